"""`dataclasses.dataclass`, `field` and `replace`, by the rules of Python's own module."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from gate.adapters.evaluator.attributes import instantiate, lookup, real_fields
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.plain import plain, truth, type_name
from gate.adapters.evaluator.values import (
    ClassObj,
    DictObj,
    External,
    FieldObj,
    FrozenGuard,
    FunctionObj,
    GeneratedInit,
    InstanceObj,
    ListObj,
    Names,
    SetObj,
    SlotMember,
    Value,
)

_MODELLED = {"frozen", "eq", "order", "repr", "kw_only", "slots", "unsafe_hash", "match_args", "init"}
OPTIONS = _MODELLED | {"weakref_slot"}
_HEAD = re.compile(r"\s*(?:(\w+)\s*\.)?\s*(\w+)")


def make_dataclass(machine: Machine, target: Value, options: Names) -> Value:
    """What `@dataclass(**options)` makes of a class."""
    cls = target.data
    if not isinstance(cls, ClassObj) or cls.enum or cls.builtin:
        raise machine.unmodelled("dataclass() of something that isn't a plain class")
    machine.mutate(cls)
    if set(options) - _MODELLED:
        raise machine.unmodelled(f"dataclass option {min(set(options) - _MODELLED)!r} isn't modelled")
    chosen = {name: truth(machine, value) for name, value in options.items()}
    if not chosen.get("init", True) or chosen.get("unsafe_hash"):
        raise machine.unmodelled("dataclass(init=False) and unsafe_hash aren't modelled")
    _check_frozen(machine, cls, frozen=chosen.get("frozen", False))
    fields = _inherited(cls)
    fields.update(_own_fields(machine, cls, kw_only=chosen.get("kw_only", False)))
    _check_order(machine, cls, fields)
    cls.fields = fields
    cls.frozen = chosen.get("frozen", False)
    _write_methods(machine, cls, chosen)
    if chosen.get("slots"):
        _slots(machine, cls)
    return target


def _check_frozen(machine: Machine, cls: ClassObj, *, frozen: bool) -> None:
    bases = [made for base in cls.mro[1:] if (made := _made_dataclass(base))]
    if any(base.frozen for base in bases) and not frozen:
        raise machine.raising("TypeError", "cannot inherit non-frozen dataclass from a frozen one")
    if bases and not any(base.frozen for base in bases) and frozen:
        raise machine.raising("TypeError", "cannot inherit frozen dataclass from a non-frozen one")
    if bases and frozen and not all(base.frozen for base in bases):
        raise machine.unmodelled("a frozen dataclass with frozen and other bases isn't modelled")


def _inherited(cls: ClassObj) -> dict[str, FieldObj]:
    fields: dict[str, FieldObj] = {}
    for base in reversed(cls.mro[1:]):
        made = _made_dataclass(base)
        fields.update((made.fields or {}) if made else {})
    return fields


def _made_dataclass(cls: ClassObj) -> ClassObj | None:
    """The class whose fields `cls` shows: its own, or those that it inherits whole."""
    return next((each for each in cls.mro if each.fields is not None), None)


def _own_fields(machine: Machine, cls: ClassObj, *, kw_only: bool) -> dict[str, FieldObj]:
    found: dict[str, FieldObj] = {}
    marked = kw_only
    for name, (annotation, evaluated) in cls.annotations.items():
        kind = _special(machine, cls, annotation, evaluated)
        if kind == "KW_ONLY":
            marked = True
            continue
        if kind == "InitVar":
            raise machine.unmodelled("InitVar fields aren't modelled")
        if kind != "ClassVar":
            found[name] = _field(machine, cls, name, kw_only=marked)
        elif isinstance(_default(machine, cls, name), FieldObj):
            raise machine.unmodelled("a ClassVar made with field() isn't modelled")
        else:
            found[name] = FieldObj(pseudo=True, init=False)
    for name, value in cls.namespace.items():
        if isinstance(value.data, FieldObj) and name not in cls.annotations:
            raise machine.raising("TypeError", f"{name!r} is a field but has no type annotation")
    return found


def _default(machine: Machine, cls: ClassObj, name: str) -> object:
    found = lookup(machine, cls, name)
    return found[1].data if found else None


def _field(machine: Machine, cls: ClassObj, name: str, *, kw_only: bool) -> FieldObj:
    found = lookup(machine, cls, name)
    default = found[1] if found else None
    if default is not None and isinstance(default.data, SlotMember):
        default = None
    if default is not None and isinstance(default.data, FieldObj):
        made = default.data
        machine.live(made)
        made = FieldObj(
            default=made.default, factory=made.factory, init=made.init, compare=made.compare, kw_only=made.kw_only
        )
        if made.default is None:
            cls.namespace.pop(name, None)
        else:
            cls.namespace[name] = made.default
    else:
        made = FieldObj(default=default)
    made.kw_only = kw_only if made.kw_only is None else made.kw_only
    held = made.default.data if made.default else None
    mutable = isinstance(held, ListObj | DictObj) or (isinstance(held, SetObj) and not held.frozen)
    if mutable:
        message = f"mutable default <class '{type_name(held)}'> for field {name} is not allowed: use default_factory"
        raise machine.raising("ValueError", message)
    if isinstance(held, InstanceObj) and held.cls.compares and not held.cls.frozen:
        raise machine.unmodelled(f"the default of field {name} may not hash")
    return made


def _special(machine: Machine, cls: ClassObj, annotation: ast.expr, evaluated: Value | None) -> str:
    """Whether an annotation is `ClassVar`, `InitVar` or `KW_ONLY`; decided on its text, as dataclasses does."""
    if evaluated is None:
        is_text = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
        text = repr(annotation.value) if is_text else ast.unparse(annotation)  # type: ignore[attr-defined]
    elif isinstance(evaluated.data, str):
        text = evaluated.data
    else:
        text = ast.unparse(annotation)
    match = _HEAD.match(text)
    if match is None:
        return ""
    prefix, name = match.groups()
    head = prefix or name
    space = cls.module.namespace if cls.module else {}
    if head in cls.namespace and head not in cls.annotations:
        raise machine.unmodelled(f"the annotation {text[:60]!r} isn't modelled")
    known = space.get(head)
    path = known.data.path if known is not None and isinstance(known.data, External) else ""
    path = f"{path}.{name}" if prefix and path else path
    special = {
        "typing.ClassVar": "ClassVar",
        "dataclasses.InitVar": "InitVar",
        "dataclasses.KW_ONLY": "KW_ONLY",
    }
    if path.startswith("typing_extensions."):
        raise machine.unmodelled(f"the annotation {text[:60]!r} isn't modelled")
    return special.get(path, "")


def _check_order(machine: Machine, cls: ClassObj, fields: dict[str, FieldObj]) -> None:
    seen = ""
    for name, field in fields.items():
        if field.kw_only or not field.init:
            continue
        if field.default is None and field.factory is None:
            if seen:
                raise machine.raising("TypeError", f"non-default argument {name!r} follows default argument")
        else:
            seen = name


def _write_methods(machine: Machine, cls: ClassObj, chosen: dict[str, bool]) -> None:
    cls.namespace.setdefault("__init__", Value(GeneratedInit(cls)))
    if chosen.get("eq", True):
        cls.compares = "__eq__" not in cls.namespace
    if chosen.get("order"):
        raise_if = [name for name in ("__lt__", "__le__", "__gt__", "__ge__") if name in cls.namespace]
        if raise_if:
            raise machine.unmodelled(f"a dataclass that orders itself and defines {raise_if[0]}")
    if cls.frozen:
        if any(name in cls.namespace for name in ("__setattr__", "__delattr__")):
            raise machine.raising("TypeError", f"Cannot overwrite attribute __setattr__ in class {cls.name}")
        cls.namespace["__setattr__"] = Value(FrozenGuard(cls))


def _slots(machine: Machine, cls: ClassObj) -> None:
    """`slots=True` makes a new class: no class attributes behind the fields, and `super()` looks at the old one."""
    for value in cls.namespace.values():
        if isinstance(value.data, FunctionObj):
            names = {n.id for n in ast.walk(value.data.node) if isinstance(n, ast.Name)}
            if names & {"super", "__class__"}:
                raise machine.unmodelled("super() in a dataclass with slots isn't modelled")
    cls.slots = True
    for name in real_fields(cls):
        if name in cls.annotations:
            cls.namespace[name] = Value(SlotMember())


def make_field(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    """`dataclasses.field(...)`."""
    known = {"default", "default_factory", "init", "repr", "hash", "compare", "metadata", "kw_only"}
    if args or set(kwargs) - known or {"default", "default_factory"} <= set(kwargs):
        raise machine.unmodelled("field() called like this isn't modelled")
    if any(isinstance(value.data, External) for value in kwargs.values()):
        raise machine.unmodelled("field() with something from outside the package isn't modelled")
    kw_only = kwargs.get("kw_only")
    made = FieldObj(
        default=kwargs.get("default"),
        factory=kwargs.get("default_factory"),
        init=truth(machine, kwargs["init"]) if "init" in kwargs else True,
        compare=truth(machine, kwargs["compare"]) if "compare" in kwargs else True,
        kw_only=bool(plain(machine, kw_only)) if kw_only else None,
        epoch=machine.epoch,
        home=machine.frame.module.path,
    )
    return Value(made)


def replace(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    """`dataclasses.replace(instance, **changes)`."""
    data = args[0].data if len(args) == 1 else None
    if not isinstance(data, InstanceObj) or data.cls.fields is None:
        raise machine.unmodelled("replace() called like this isn't modelled")
    machine.live(data)
    changes = dict(kwargs)
    for name, field in real_fields(data.cls).items():
        if not field.init:
            if name in changes:
                raise machine.unmodelled("replace() of a field that isn't in __init__")
        elif name not in changes:
            if name not in data.attributes:
                raise machine.unmodelled("replace() of an instance that lacks a field")
            changes[name] = data.attributes[name]
    return instantiate(machine, data.cls, [], changes)
