"""Answers of the host: each probe is an open question, and an evaluation is repeated until every answer was tried."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of one path. The first path says no to everything: a host where the probes find nothing."""

    script: list[int] = field(default_factory=list)
    options: list[int] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    given: dict[object, int] = field(default_factory=dict)

    def choose(self, question: object, options: int, text: str) -> int:
        """The answer to `question`, one of 0 … options − 1; the same each time on one path."""
        if question not in self.given:
            place = len(self.options)
            if place == len(self.script):
                self.script.append(0)
            self.options.append(options)
            self.questions.append(text)
            self.given[question] = self.script[place]
        return self.given[question]

    def restart(self) -> None:
        """Ask again from the start, with the script as it stands."""
        self.options.clear()
        self.questions.clear()
        self.given.clear()

    def advance(self) -> bool:
        """Turn to the next path; False when every one was tried."""
        del self.script[len(self.options) :]
        while self.script and self.script[-1] + 1 >= self.options[len(self.script) - 1]:
            self.script.pop()
        if not self.script:
            return False
        self.script[-1] += 1
        return True
