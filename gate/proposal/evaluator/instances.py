"""Instances: making one, `__init__` by hand or by dataclass, and assigning to its attributes."""

from __future__ import annotations

from collections.abc import Sequence

from gate.proposal.evaluator.attributes import is_dunder, lookup, of_class
from gate.proposal.evaluator.equality import equals
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import NONE, described, method_of, use
from gate.proposal.evaluator.values import (
    ClassObj,
    External,
    FieldObj,
    FrozenGuard,
    FunctionObj,
    GeneratedInit,
    InstanceObj,
    ModuleObj,
    Names,
    PropertyObj,
    Unknown,
    Value,
    of,
)


def instantiate(machine: Machine, cls: ClassObj, args: Sequence[Value], kwargs: Names) -> Value:
    """`cls(*args, **kwargs)`."""
    for each in cls.mro:
        machine.live(each)
    if cls.enum:
        return _member(machine, cls, args, kwargs)
    _instantiable(machine, cls)
    made = InstanceObj(cls=cls, attributes={}, epoch=machine.epoch, home=machine.frame.module.path)
    where = (machine.here(),)
    value = Value(made, where)
    if machine.is_a(cls, "BaseException"):
        made.attributes["args"] = Value(tuple(args))
    init = lookup(machine, cls, "__init__")
    if init is None:
        if machine.is_a(cls, "BaseException") and not kwargs:
            return value
        if args or kwargs:
            raise machine.raising("TypeError", f"{cls.name}() takes no arguments")
        return value
    given = machine.call(of_class(machine, init[1], value), args, kwargs)
    if given.data is not None:
        raise machine.raising("TypeError", "__init__() should return None")
    return value


def _instantiable(machine: Machine, cls: ClassObj) -> None:
    if cls.builtin and not machine.is_a(cls, "BaseException") and cls.name != "object":
        raise machine.unmodelled(f"instances of {cls.name} aren't modelled")
    if machine.classes["typing.Protocol"] in cls.bases:
        raise machine.unmodelled(f"{cls.name} is a protocol")
    if method_of(cls, "__new__"):
        raise machine.unmodelled(f"{cls.name} defines __new__")
    if any(each.abstract for each in cls.mro):
        for name in {name for each in cls.mro for name in each.namespace}:
            found = lookup(machine, cls, name)
            inner = found[1].data if found else None
            inner = inner.getter.data if isinstance(inner, PropertyObj) else inner
            if isinstance(inner, FunctionObj) and inner.abstract:
                raise machine.unmodelled(f"{cls.name} has abstract methods")


def _member(machine: Machine, cls: ClassObj, args: Sequence[Value], kwargs: Names) -> Value:
    """The member of an enumeration with that value."""
    if len(args) != 1 or kwargs:
        raise machine.unmodelled(f"{cls.name}() called like this isn't modelled")
    for member in cls.members.values():
        held = of(member, InstanceObj)
        if held is args[0].data or equals(machine, held.attributes["value"], args[0]):
            return member.also(args[0])
    raise machine.unmodelled(f"{cls.name} has no such member")


def real_fields(cls: ClassObj) -> dict[str, FieldObj]:
    """A dataclass's fields without the class variables that hide some."""
    return {name: field for name, field in (cls.fields or {}).items() if not field.pseudo}


def run_generated(machine: Machine, cls: ClassObj, receiver: Value, args: Sequence[Value], kwargs: Names) -> Value:
    """The `__init__` that dataclass wrote for `cls`."""
    fields = {name: field for name, field in real_fields(cls).items() if field.init}
    positional = [name for name, field in fields.items() if not field.kw_only]
    given = _given(machine, cls, positional, fields, args, kwargs)
    for name, field in real_fields(cls).items():
        if name in given:
            value = given[name]
        elif field.factory is not None:
            value = machine.call(field.factory, [])
        elif field.default is not None and field.init:
            value = field.default
        else:
            continue
        put(machine, receiver, name, value)
    hook = lookup(machine, _class_of(receiver), "__post_init__")
    if hook is not None:
        machine.call(of_class(machine, hook[1], receiver), [])
    return NONE


def _given(
    machine: Machine,
    cls: ClassObj,
    positional: list[str],
    fields: dict[str, FieldObj],
    args: Sequence[Value],
    kwargs: Names,
) -> Names:
    name = f"{cls.qualname}.__init__"
    if len(args) > len(positional):
        raise machine.raising("TypeError", _too_many(name, positional, fields, args))
    given: Names = dict(zip(positional, args, strict=False))
    for key, value in kwargs.items():
        if key not in fields:
            raise machine.raising("TypeError", f"{name}() got an unexpected keyword argument '{key}'")
        if key in given:
            raise machine.raising("TypeError", f"{name}() got multiple values for argument '{key}'")
        given[key] = value
    missing = [key for key, f in fields.items() if key not in given and f.default is None and f.factory is None]
    if missing:
        kind = "keyword-only" if all(fields[key].kw_only for key in missing) else "positional"
        listed = ", ".join(f"'{key}'" for key in missing)
        plural = "s" if len(missing) > 1 else ""
        message = f"{name}() missing {len(missing)} required {kind} argument{plural}: {listed}"
        raise machine.raising("TypeError", message)
    return given


def _too_many(name: str, positional: list[str], fields: dict[str, FieldObj], args: Sequence[Value]) -> str:
    most = len(positional) + 1
    least = 1 + sum(fields[key].default is None and fields[key].factory is None for key in positional)
    takes = f"{most}" if least == most else f"from {least} to {most}"
    plural = "" if most == 1 else "s"
    return f"{name}() takes {takes} positional argument{plural} but {len(args) + 1} were given"


def _class_of(receiver: Value) -> ClassObj:
    return of(receiver, InstanceObj).cls


def put(machine: Machine, receiver: Value, name: str, value: Value) -> None:
    """Set an attribute as the generated `__init__` does: past the guard of a frozen dataclass, not past others."""
    cls = _class_of(receiver)
    guard = lookup(machine, cls, "__setattr__")
    if guard is not None and not isinstance(guard[1].data, FrozenGuard):
        raise machine.unmodelled(f"{cls.name} defines __setattr__")
    assign(machine, receiver, name, value)


def assign(machine: Machine, receiver: Value, name: str, value: Value) -> None:
    """`object.__setattr__`: a property's setter, or the instance's own attribute."""
    instance = of(receiver, InstanceObj)
    machine.mutate(instance)
    found = lookup(machine, instance.cls, name)
    inner = found[1].data if found else None
    if isinstance(inner, PropertyObj):
        if inner.setter is None:
            message = f"property '{name}' of '{instance.cls.name}' object has no setter"
            raise machine.raising("AttributeError", message)
        machine.call(inner.setter, [receiver, value])
        return
    if isinstance(inner, InstanceObj) and method_of(inner.cls, "__set__"):
        raise machine.unmodelled(f"{inner.cls.name} is a descriptor")
    if isinstance(inner, Unknown) or instance.cls.enum or is_dunder(name):
        raise machine.unmodelled(f"assigns to {name!r} of {described(instance)}")
    if any(each.slots for each in instance.cls.mro) and name not in real_fields(instance.cls):
        raise machine.unmodelled(f"assigns to {name!r} of a class with __slots__")
    instance.attributes[name] = machine.tagged(value)


def set_attribute(machine: Machine, target: Value, name: str, value: Value) -> None:
    """`target.name = value`."""
    data = use(machine, target)
    if isinstance(data, InstanceObj):
        guarded(machine, data, name, "assign to")
        assign(machine, target, name, value)
    elif isinstance(data, ClassObj):
        if data.builtin or data.enum or (name.startswith("__") and name.endswith("__")):
            raise machine.unmodelled(f"assigns to {name!r} of class {data.name}")
        machine.mutate(data)
        if isinstance(value.data, InstanceObj) and method_of(value.data.cls, "__get__"):
            raise machine.unmodelled(f"{value.data.cls.name} is a descriptor")
        data.namespace[name] = machine.tagged(value)
    elif isinstance(data, ModuleObj):
        if name.startswith("__") and name.endswith("__"):
            raise machine.unmodelled(f"assigns to {name!r} of module {data.name}")
        machine.mutate(data)
        data.namespace[name] = machine.tagged(value)
    elif isinstance(data, External):
        raise machine.unmodelled(f"alters {data.path}")
    else:
        raise machine.unmodelled(f"assigns to {name!r} of {described(data)}")


def guarded(machine: Machine, instance: InstanceObj, name: str, verb: str) -> None:
    """What a frozen dataclass does to an assignment: each guard on the resolution order is asked in turn."""
    for each in instance.cls.mro:
        machine.live(each)
        guard = each.namespace.get("__setattr__")
        if guard is None:
            continue
        if not isinstance(guard.data, FrozenGuard):
            raise machine.unmodelled(f"{each.name} defines __setattr__")
        if instance.cls is guard.data.cls or name in real_fields(guard.data.cls):
            raise machine.raising("dataclasses.FrozenInstanceError", f"cannot {verb} field {name!r}")


def delete_attribute(machine: Machine, target: Value, name: str) -> None:
    """`del target.name`."""
    data = use(machine, target)
    if isinstance(data, InstanceObj):
        guarded(machine, data, name, "delete")
    if isinstance(data, ClassObj | ModuleObj) and name in data.namespace and not name.startswith("__"):
        if isinstance(data, ClassObj) and (data.enum or data.builtin):
            raise machine.unmodelled(f"deletes {name!r} of class {data.name}")
        machine.mutate(data)
        del data.namespace[name]
        return
    raise machine.unmodelled(f"deletes {name!r} of {described(data)}")


__all__ = ["GeneratedInit", "assign", "delete_attribute", "instantiate", "put", "run_generated", "set_attribute"]
