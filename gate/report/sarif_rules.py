"""The rules that a SARIF log names, each with what it means and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: a title, what it means, what mends it, and the level that it usually has."""

    title: str
    means: str
    mend: str
    level: str

    def as_sarif(self, name: str) -> dict[str, Any]:
        """A reportingDescriptor."""
        return {
            "id": name,
            "name": "".join(word.capitalize() for word in name.split("-")),
            "shortDescription": {"text": self.title},
            "fullDescription": {"text": self.means},
            "help": {"text": f"{self.means} {self.mend}", "markdown": f"{self.means}\n\n**What to do.** {self.mend}"},
            "defaultConfiguration": {"level": self.level},
            "properties": {"tags": ["encoder-defaults", "vmaf"]},
        }


_WAIVE = "Or have it waived in `.github/codec-gate.yml` on the target branch, with an owner and an expiry date."

# The gravest first: where a line has several findings, the first one names the result.
RULES = {
    "structural": Rule(
        title="Default falls in a structural cell",
        means="The default loses VMAF against the bare encoder at the same bitrate on most sources of the corpus, "
        "so it is no accident of content.",
        mend=f"Take the default back. {_WAIVE}",
        level="error",
    ),
    "forbidden": Rule(
        title="Default runs into a ship-blocker",
        means="The policy forbids this recipe, or a knob set that contains it.",
        mend=f"Take the default back. {_WAIVE}",
        level="error",
    ),
    "contains-structural": Rule(
        title="Default contains a structural recipe",
        means="The knobs contain a recipe that loses VMAF against the bare encoder on most sources of the corpus. "
        "The set as a whole was not measured.",
        mend=f"Take the recipe out of it, or measure the set and pin the sample. {_WAIVE}",
        level="error",
    ),
    UNRESOLVED: Rule(
        title="Adapter can't be read",
        means="The gate never runs the code that it judges, and this construct lies outside what it can model, "
        "so what the adapter emits is not known.",
        mend="Write it with constants, names and plain methods, or declare the defaults in a manifest.",
        level="error",
    ),
    "undetermined": Rule(
        title="Evidence leaves the default open",
        means="Too many sources are unknown to tell whether the loss is structural.",
        mend="Measure the cell on more sources and pin the new sample in the policy.",
        level="warning",
    ),
    "unmeasured": Rule(
        title="Default was never measured",
        means="No measured cell stands for this default, so nothing is known of it.",
        mend="Measure it and pin the new sample in the policy.",
        level="warning",
    ),
    "discouraged": Rule(
        title="Default is discouraged",
        means="The policy discourages this recipe, or a knob set that contains it.",
        mend="Think twice, and say in the pull request why it is worth it.",
        level="warning",
    ),
    "content-dependent": Rule(
        title="Default loses on some content",
        means="The default loses VMAF against the bare encoder on some sources, and structural loss is ruled out.",
        mend="Nothing has to be done; look whether your content is among those sources.",
        level="note",
    ),
}
