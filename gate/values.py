"""`dataclass` as the standard library has it, at a tenth of its cost: a cold check defines 250 of them."""

from __future__ import annotations

import operator
from dataclasses import MISSING, Field, FrozenInstanceError, field
from typing import TYPE_CHECKING

__all__ = ("dataclass", "field", "replace")

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from dataclasses import _FIELD

    def dataclass(*, slots=False, frozen=False, kw_only=False, eq=True, order=False):
        """`dataclasses.dataclass`; there are no class variables and no `__post_init__`.

        The standard library compiles six functions a class, at once. Here all classes share what they can, and
        `__init__` is compiled where a first instance is made.
        """

        def made(cls):
            fields = {}
            for base in cls.__mro__[:0:-1]:
                fields |= getattr(base, "__dataclass_fields__", {})
            names, inherited = dict(cls.__dict__), len(fields)
            for name, kind in cls.__annotations__.items():
                default = names.pop(name, MISSING)
                one = fields[name] = default if isinstance(default, Field) else field(default=default)
                one.name, one.type, one.kw_only, one._field_type = name, kind, kw_only, _FIELD
            shared = {"__repr__": _shown, "__dataclass_fields__": fields}
            shared["__slots__"] = (*tuple(fields)[inherited:], *(() if slots else ("__dict__",)))
            shared["__match_args__"] = () if kw_only else tuple(fields)
            compared = _getter([name for name, one in fields.items() if one.compare])
            for name in [*(["eq"] if eq else []), *(["lt", "le", "gt", "ge"] if order else [])]:
                shared[f"__{name}__"] = _comparison(getattr(operator, name), compared)
            if eq:
                shared["__hash__"] = (lambda self: hash(compared(self))) if frozen else None
            if frozen:
                shared |= {"__setattr__": _refused, "__delattr__": _refused, "__setstate__": _restored}
            kept = {name: value for name, value in names.items() if name not in {"__dict__", "__weakref__"}}
            value = type(cls)(cls.__name__, cls.__bases__, shared | kept)

            def first(self, *args, **kwargs):
                value.__init__ = _compiled(value, fields)
                value.__init__(self, *args, **kwargs)

            value.__init__ = first
            return value

        return made

    def replace(value, /, **changes):
        """`dataclasses.replace`."""
        for name, one in value.__dataclass_fields__.items():
            if one.init and name not in changes:
                changes[name] = getattr(value, name)
        return value.__class__(**changes)

    def _compiled(cls, fields):
        known, words, lines = {}, [], []
        for name, one in fields.items():
            known[f"set_{name}"] = getattr(cls, name).__set__  # past a frozen class's __setattr__, and faster
            item = name if one.init else f"default_{name}"
            if one.default is not MISSING:
                known[f"default_{name}"] = one.default
            elif one.default_factory is not MISSING:
                known |= {f"default_{name}": MISSING, f"make_{name}": one.default_factory, "MISSING": MISSING}
                item = f"make_{name}() if {item} is MISSING else {item}"
            words += [f"{name}=default_{name}" if f"default_{name}" in known else name] if one.init else []
            lines += [f" set_{name}(self, {item})\n"]
        star = "*, " if words and fields[next(iter(fields))].kw_only else ""
        exec(f"def __init__(self, {star}{', '.join(words)}):\n{''.join(lines) or ' pass'}", known)  # noqa: S102
        return known["__init__"]

    def _getter(names):
        """The values of an instance as a tuple."""
        return operator.attrgetter(*names) if len(names) > 1 else lambda self: tuple(getattr(self, n) for n in names)

    def _comparison(compare, key):
        def compared(self, other):
            return compare(key(self), key(other)) if other.__class__ is self.__class__ else NotImplemented

        return compared

    def _shown(self):
        shown = (f"{name}={getattr(self, name)!r}" for name, one in self.__dataclass_fields__.items() if one.repr)
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _refused(self, name, *_):
        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _restored(self, state):
        for name, value in state[1].items():
            getattr(type(self), name).__set__(self, value)
