"""Sorting, with `key` and `reverse` as Python has them."""

from __future__ import annotations

from collections.abc import Sequence

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import native, plain
from gate.proposal.evaluator.truth import truth
from gate.proposal.evaluator.values import Value


def sort_values(machine: Machine, items: Sequence[Value], options: dict[str, Value]) -> list[Value]:
    """`sorted(items, **options)`; stable."""
    if set(options) - {"key", "reverse"}:
        raise machine.unmodelled("these arguments of sorted() aren't modelled")
    backwards = truth(machine, options["reverse"]) if "reverse" in options else False
    keyed = list(zip(sort_keys(machine, items, options.get("key")), items, strict=True))
    machine.charge(len(keyed) * 4)
    return [item for _, item in native(machine, sorted, keyed, key=lambda pair: pair[0], reverse=backwards)]


def sort_keys(machine: Machine, items: Sequence[Value], key: Value | None) -> list[object]:
    """What each item is ordered by."""
    if key is None or key.data is None:
        return [plain(machine, item) for item in items]
    return [plain(machine, machine.call(key, [item])) for item in items]
