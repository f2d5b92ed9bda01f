"""The reference of exit statuses and errors, from the one exception tree."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from docsite.markdown import code, page, plain, table
from gate import errors
from gate.cli.output import BLOCKED, BUG, COULD_NOT_JUDGE, PASSED
from gate.errors import GateError
from gate.policy.load import POLICY_PATH, load_policy

_STATUSES = {
    PASSED: "passed. New defaults that nobody measured may be among them: the first line counts them.",
    BLOCKED: "blocked: a new default must not ship. Of `gate vet`: something was dropped. Of `gate sample verify`: the "
    "sample isn't sound.",
    COULD_NOT_JUDGE: "could not judge: a wrong option, policy, sample or ref, or adapters that can't be read. Of "
    "`gate sweep run`: an encode failed.",
    BUG: "a bug in the gate; it prints what to report.",
}


def errors_page() -> str:
    """Exit statuses, the shape of a message, and the kinds of errors."""
    return page(
        "Exit statuses and errors",
        table(("exit status", "meaning"), [(f"**{status}**", plain(words)) for status, words in _STATUSES.items()]),
        "A message is one line on standard error: where, what was wrong, and in parentheses what to do about it.",
        f"```text\ngate: error: {_example()}\n```",
        "All of these end in exit status 2:",
        table(("kind", "when"), [(code(kind.__name__), plain(_first(kind))) for kind in kinds()]),
        "The action's own messages, with what to do: [Troubleshooting](../action.md#troubleshooting).",
    )


def _example() -> str:
    """A real message."""
    try:
        load_policy(b"structural: 10/9", POLICY_PATH)
    except GateError as error:
        return str(error)
    raise AssertionError("10 of 9 sources is a threshold now: take another example")


def kinds() -> Iterator[type[GateError]]:
    """Every kind of error that `gate.errors` has, in the order of the source."""
    for found in vars(errors).values():
        if inspect.isclass(found) and issubclass(found, GateError) and found is not GateError:
            yield found


def _first(kind: type[GateError]) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n", 1)[0]
