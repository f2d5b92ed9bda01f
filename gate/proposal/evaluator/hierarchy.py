"""Classes that are there before any adapter: `object`, Python's exceptions, and the bases that change nothing."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

from gate.proposal.evaluator.values import ClassObj

_ELSEWHERE = {
    "dataclasses.FrozenInstanceError": "AttributeError",
    "subprocess.SubprocessError": "Exception",
    "subprocess.TimeoutExpired": "subprocess.SubprocessError",
    "subprocess.CalledProcessError": "subprocess.SubprocessError",
}


class InconsistentOrder(Exception):  # noqa: N818 - becomes the program's own TypeError
    """The bases have no consistent order."""


def linearised(cls: ClassObj, bases: Sequence[ClassObj]) -> tuple[ClassObj, ...]:
    """The method resolution order (C3) of `cls` over `bases`."""
    rows = [list(base.mro) for base in bases] + [list(bases)]
    order = [cls]
    while rows := [row for row in rows if row]:
        for row in rows:
            if not any(row[0] in other[1:] for other in rows):
                head = row[0]
                break
        else:
            raise InconsistentOrder
        order.append(head)
        rows = [row[1:] if row[0] is head else row for row in rows]
    return tuple(order)


def _builtin(name: str, *bases: ClassObj, abstract: bool = False) -> ClassObj:
    made = ClassObj(name=name, bases=bases, namespace={}, builtin=True, abstract=abstract)
    made.mro = linearised(made, bases)
    return made


def standard_classes() -> dict[str, ClassObj]:
    """By the name, or dotted path, that a program knows them by. Made afresh: nothing is shared between evaluations."""
    found = {"object": _builtin("object")}

    def add(kind: type) -> ClassObj:
        if kind.__name__ not in found:
            bases = [add(base) for base in kind.__bases__]
            found[kind.__name__] = _builtin(kind.__name__, *bases)
        return found[kind.__name__]

    for name, kind in vars(builtins).items():
        if isinstance(kind, type) and issubclass(kind, BaseException):
            found[name] = add(kind)
    for path, base in _ELSEWHERE.items():
        found[path] = _builtin(path.rpartition(".")[2], found[base])
    for path in ("typing.Generic", "abc.ABC"):
        found[path] = _builtin(path.rpartition(".")[2], found["object"], abstract=path == "abc.ABC")
    found["typing.Protocol"] = _builtin("Protocol", found["typing.Generic"], abstract=True)
    for path in ("Generic", "Protocol"):
        found[f"typing_extensions.{path}"] = found[f"typing.{path}"]
    return found
