"""Attributes: what a dot gives, sets and takes away."""

from __future__ import annotations

import ast
from functools import partial

from gate.adapters.evaluator.machine import NONE, Machine, described
from gate.adapters.evaluator.operators import store
from gate.adapters.evaluator.plain import is_plain, items, key_of, plain, use
from gate.adapters.evaluator.scopes import bind, dunder, mangled, reserved
from gate.adapters.evaluator.tables import METHODS, UNBOUND, outside
from gate.adapters.evaluator.values import (
    Args,
    BuiltinType,
    ClassObj,
    Descriptor,
    DictObj,
    External,
    FieldObj,
    FileObj,
    Function,
    FunctionObj,
    Host,
    InstanceObj,
    Lazy,
    ListObj,
    ModuleName,
    ModuleObj,
    Names,
    Opaque,
    Quality,
    QualityText,
    Raising,
    SetObj,
    SuperObj,
    Value,
)


def attribute(machine: Machine, base: Value, name: str) -> Value:
    """`base.name`."""
    found = find(machine, base, name)
    if found is None:
        kind = type(base.data).__name__ if is_plain(base.data) else described(base.data)
        raise machine.native("AttributeError", f"{kind} has no attribute {name!r}")
    return found


def find(machine: Machine, base: Value, name: str) -> Value | None:
    """`base.name`; None where it is sure that there is none."""
    data = base.data
    match data:
        case InstanceObj():
            found = _of_instance(machine, base, name)
            return found.owed((), base.control) if found is not None else None
        case ClassObj():
            found = _of_class(machine, base, name)
        case ModuleObj():
            found = of_module(machine, data, name)
        case SuperObj():
            found = _of_super(machine, data, name)
        case External():
            if name[:1] == "_":
                raise machine.unmodelled(f"{data.path}.{name} isn't read")
            return outside(machine, f"{data.path}.{name}")
        case Descriptor(kind="property") if name == "setter":
            return Value(Function("setter", partial(_setter, base)))
        case FunctionObj() if name == "__name__":
            return Value((data.original or data).name, machine.origins())
        case Host(kind="value") if name[:1] != "_":
            return Value(Host("value", data.probe, data.where), base.origins)
        case FileObj() if name == "parent" and not data.listing:
            return Value(FileObj(data.path.rpartition("/")[0]), base.origins)
        case BuiltinType():
            if name == "__name__":
                return Value(data.kind.__name__)
            unbound = UNBOUND.get((data.kind, name))
            if unbound is None and (data.kind, name) in METHODS:
                unbound = partial(_first, data.kind, name)
            if unbound is None:
                raise machine.unmodelled(f"{data.kind.__name__}.{name} isn't read")
            return Value(Function(f"{data.kind.__name__}.{name}", unbound))
        case _:
            return _of_plain(machine, base, name)
    return found.owed(base.origins, base.control) if found is not None else None


def _setter(of: Value, machine: Machine, args: Args, kwargs: Names) -> Value:
    """`@name.setter`: what setting does isn't read, only that it is the property's affair."""
    if len(args) != 1 or kwargs or not isinstance(args[0].data, FunctionObj) or args[0].data.abstract:
        raise machine.unmodelled("this setter isn't read")
    return Value(Descriptor("property", of.data.of, sets=True), of.origins)


_KINDS: dict[type, type] = {ListObj: list, DictObj: dict, Quality: int, QualityText: str}


def kind_of(data: object) -> type:
    """The type that Python gives to a value of its own kinds."""
    if isinstance(data, SetObj):
        return frozenset if data.frozen else set
    return _KINDS.get(type(data), type(data))


def _of_plain(machine: Machine, base: Value, name: str) -> Value:
    data = base.data
    kind = Opaque if isinstance(data, Opaque) else kind_of(data)
    found = METHODS.get((kind, f"{data.path}.{name}" if isinstance(data, Opaque) else name))
    if found is None:
        use(machine, base)
        raise machine.unmodelled(f"{name} of {described(data)} isn't read")
    if isinstance(found, Value):
        return found
    return Value(Function(name, partial(found, receiver=base)), base.origins, base.control)


def _first(kind: type, name: str, machine: Machine, args: Args, kwargs: Names) -> Value:
    """`str.upper(text)`."""
    if not args or kind_of(args[0].data) is not kind:
        raise machine.unmodelled(f"{kind.__name__}.{name} called like this isn't read")
    return METHODS[kind, name](machine, args[1:], kwargs, receiver=args[0])  # type: ignore[no-any-return]


def bound(machine: Machine, found: Value, receiver: Value, cls: ClassObj) -> Value:
    """What a class attribute gives through `receiver`, an instance or, for a class method, the class."""
    data = found.data
    match data:
        case FunctionObj():
            return Value(Function(data.name, partial(_with, found, receiver), found), found.origins, found.control)
        case Function(of=Value()) if data.name in ("cache", "partialmethod", "contextmanager"):
            return Value(Function(data.name, partial(_with, found, receiver), found), found.origins, found.control)
        case Function() if machine.builtin_function(data) is None and not isinstance(data.of, Value):
            raise machine.unmodelled(f"{data.name} in a class may be bound, or not")
        case Descriptor(kind="staticmethod"):
            return data.of.owed(found.origins, found.control)
        case Descriptor(kind="classmethod"):
            return bound(machine, data.of, Value(cls), cls).owed(found.origins, found.control)
        case Descriptor(kind="property"):
            return machine.call(data.of, [receiver])
        case Descriptor(kind="cached_property"):
            return _cached(machine, data.of, receiver)
        case InstanceObj() if data.cls.defines("__get__", "__set__", "__delete__"):
            raise machine.unmodelled(f"{described(data)} decides what the attribute gives")
        case FieldObj():
            raise machine.unmodelled("a field() outside a dataclass isn't read")
    return found


def _with(function: Value, receiver: Value, machine: Machine, args: Args, kwargs: Names) -> Value:
    return machine.call(function, [receiver, *args], kwargs)


def _cached(machine: Machine, function: Value, receiver: Value) -> Value:
    """A cached property is its function, where nothing that it is made from can change between two looks."""
    if machine.answers is None or receiver.data.epoch == machine.epoch:
        raise machine.unmodelled("a cached_property is asked before all is set up")
    made = machine.call(function, [receiver])
    key_of(machine, made)  # a value that can be altered would be altered for the next look
    return made


def _of_instance(machine: Machine, base: Value, name: str) -> Value | None:
    data = base.data
    cls: ClassObj = data.cls
    if cls.defines("__getattr__", "__getattribute__"):
        raise machine.unmodelled(f"{cls.name} decides itself what its attributes are")
    if dunder(name):
        if name == "__class__":
            return Value(cls)
        own = cls.mixin or cls.members is not None or cls.tuple_of is not None or cls.face or cls.slots or cls.builtin
        if name == "__dict__" and not own:
            if cls.defines("__slots__") or machine.classes["BaseException"] in cls.mro:
                raise machine.unmodelled(f"{name} of {described(data)} isn't read")
            face = machine.new_dict({key: (Value(key), each) for key, each in data.attributes.items()})
            face.frozen = True
            data.iterating += 1  # a change would show: from now on there is none
            return Value(face, base.origins)
        if name == "__post_init__" and name in data.attributes:
            return data.attributes[name]  # type: ignore[no-any-return]
        found = cls.find(name) if name == "__post_init__" else None
        if found is not None:
            return bound(machine, found[1], base, cls)
        raise machine.unmodelled(f"{name} of {described(data)} isn't read")
    if cls.members is not None and name in ("name", "value", "_name_", "_value_") and not cls.defines(name):
        return data.attributes[f"_{name.strip('_')}_"]  # type: ignore[no-any-return]
    found = cls.find(name)
    if found is not None and isinstance(found[1].data, Descriptor) and found[1].data.kind == "property":
        return bound(machine, found[1], base, cls)
    if name in data.attributes and not (data.native and name == "args") and name != "_value_":
        return data.attributes[name]  # type: ignore[no-any-return]
    if found is not None:
        if cls.slots and cls.fields and name in cls.fields:
            return None
        return bound(machine, found[1], base, cls)
    if cls.mixin is str and cls.members is None:
        return _of_plain(machine, Value(plain(machine, base), base.origins, base.control), name)
    if cls.tuple_of is not None or cls.members is not None or cls.face or machine.classes["BaseException"] in cls.mro:
        known = METHODS.get((InstanceObj if cls.tuple_of is not None else cls.name, name))
        if known is None:
            raise machine.unmodelled(f"{name} of {described(data)} isn't read")
        return Value(Function(name, partial(known, receiver=base)))
    return None


def _derived(machine: Machine, cls: ClassObj) -> Value:
    names = [each.name for each in cls.derived]
    if len(set(names)) < len(names):
        raise machine.unmodelled("a derived class may be gone or not")
    return Value(machine.new_list([Value(each, (each.where,) if each.where else ()) for each in cls.derived]))


def _of_class(machine: Machine, base: Value, name: str) -> Value | None:
    cls: ClassObj = base.data
    if cls.builtin:
        raise machine.unmodelled(f"{cls.name}.{name} isn't read")
    if name == "__name__":
        return Value(cls.name, (cls.where,) if cls.where else ())
    if name == "__subclasses__" and not any(each.slots for each in cls.derived):
        return Value(Function("__subclasses__", lambda machine, args, kwargs: _derived(machine, cls)))
    if name == "__members__" and cls.members is not None:
        face = machine.new_dict({key: (Value(key), each) for key, each in cls.members.items()})
        face.frozen = True
        if cls.aliases:  # they stand where they were written
            raise machine.unmodelled(f"{cls.name}.{name} with aliases isn't read")
        return Value(face)
    if dunder(name):
        raise machine.unmodelled(f"{cls.name}.{name} isn't read")
    if cls.members is not None and name in {**cls.members, **cls.aliases}:
        return {**cls.members, **cls.aliases}[name]
    found = cls.find(name)
    if found is None:
        odd = name in ("mro", "register") or cls.members is not None or cls.tuple_of is not None
        if odd or machine.classes["BaseException"] in cls.mro:
            known = METHODS.get((ClassObj, name)) if cls.tuple_of is not None else None
            if known is None:
                raise machine.unmodelled(f"{cls.name}.{name} isn't read")
            return known(machine, [], {}, receiver=base)  # type: ignore[no-any-return]  # a table of functions
        return None
    data = found[1].data
    if isinstance(data, Descriptor) and data.kind == "staticmethod":
        held: Value = data.of
        return held
    if isinstance(data, Descriptor) and data.kind == "classmethod":
        return bound(machine, data.of, base, cls)
    if isinstance(data, Descriptor | FieldObj) or (cls.slots and name in (cls.fields or ())):
        raise machine.unmodelled(f"{cls.name}.{name} isn't read")
    if isinstance(data, InstanceObj) and data.cls.defines("__get__"):
        raise machine.unmodelled(f"{described(data)} decides what the attribute gives")
    return found[1]


def of_module(machine: Machine, module: ModuleObj, name: str) -> Value | None:
    """A module's name."""
    if machine.variables and (module.path, name) in machine.variables:
        return machine.variable(module, name)
    if name in module.namespace and not (dunder(name) and reserved(name)):
        machine.consult(module, name)
        return module.namespace[name]
    if name == "__name__":
        return Value(ModuleName())
    if dunder(name) or "__getattr__" in module.namespace:
        raise machine.unmodelled(f"{module.name}.{name} isn't read")
    return None


def _of_super(machine: Machine, data: SuperObj, name: str) -> Value | None:
    receiver = data.receiver.data
    cls: ClassObj = receiver if isinstance(receiver, ClassObj) else receiver.cls
    after = cls.mro[cls.mro.index(data.after) + 1 :]
    holder = next((each for each in after if name in each.namespace), None)
    if holder is None:
        if name == "__init__" and machine.classes["BaseException"] not in cls.mro:
            return Value(Function("__init__", _nothing))
        if name == "__init__" and not any(each.defines("__init__") for each in after if not each.builtin):
            return Value(Function("__init__", partial(_exception_init, data.receiver)))
        if dunder(name) or cls.mixin or any(each.builtin and each.name != "object" for each in after):
            raise machine.unmodelled(f"super().{name} isn't read")
        return None
    if dunder(name) and name not in ("__init__", "__post_init__", "__str__", "__repr__", "__len__"):
        raise machine.unmodelled(f"super().{name} isn't read")
    return bound(machine, holder.namespace[name], data.receiver, cls)


def _nothing(machine: Machine, args: Args, kwargs: Names) -> Value:
    if args or kwargs:
        raise machine.unmodelled("hands arguments to object.__init__")
    return NONE


def _exception_init(receiver: Value, machine: Machine, args: Args, kwargs: Names) -> Value:
    if kwargs:
        raise machine.unmodelled("hands names to an exception's __init__")
    machine.mutate(receiver.data)
    receiver.data.attributes["args"] = Value(tuple(machine.kept(each) for each in args))
    return NONE


def assign(machine: Machine, base: Value, name: str, value: Value, *, past: bool = False) -> None:
    """`base.name = value`; `past` a frozen dataclass, as object.__setattr__ goes."""
    machine.kept(value)
    data = base.data
    if dunder(name):
        raise machine.unmodelled(f"sets {name}")
    match data:
        case InstanceObj():
            _check_instance(machine, data, name, past=past)
            machine.mutate(data)
            data.attributes[name] = machine.tagged(value)
        case ClassObj(builtin=False, members=None, tuple_of=None):
            if data.slots or (
                isinstance(value.data, InstanceObj) and value.data.cls.defines("__get__", "__set_name__")
            ):
                raise machine.unmodelled(f"sets an attribute of {described(data)}")
            machine.mutate(data)
            data.namespace[name] = machine.tagged(value)
        case ModuleObj():
            machine.rebind(data, name, machine.tagged(value))
        case Opaque(path="logging.Logger") if name in ("propagate", "disabled") and type(value.data) is bool:
            pass  # what is logged is nobody's affair here
        case _:
            raise machine.unmodelled(f"sets an attribute of {described(data)}")


def _check_instance(machine: Machine, data: InstanceObj, name: str, *, past: bool) -> None:
    cls = data.cls
    if cls.members is not None or cls.tuple_of is not None or name == "args":
        raise machine.unmodelled(f"sets an attribute of {described(data)}")
    if not past:
        if cls.defines("__setattr__", "__delattr__"):
            raise machine.unmodelled(f"{cls.name} decides itself what it sets")
        if any(each.frozen for each in cls.mro):
            raise machine.native("dataclasses.FrozenInstanceError", f"cannot assign to field {name!r}")
    found = cls.find(name)
    if found is not None and isinstance(found[1].data, Descriptor) and found[1].data.kind == "property":
        if found[1].data.sets:
            raise machine.unmodelled(f"{cls.name}.{name} decides what is set")
        raise machine.native("AttributeError", f"property {name!r} has no setter")
    if found is not None and isinstance(found[1].data, InstanceObj) and found[1].data.cls.defines("__set__"):
        raise machine.unmodelled(f"{cls.name}.{name} decides what is set")
    if (cls.slots or cls.defines("__slots__")) and name not in (cls.fields or ()):
        raise machine.unmodelled(f"sets {name} of a class with slots")


def delete(machine: Machine, base: Value, name: str) -> None:
    """`del base.name`."""
    data = base.data
    if isinstance(data, ModuleObj) and not dunder(name):
        machine.rebind(data, name, None)
        return
    if not isinstance(data, ClassObj) or dunder(name) or data.builtin or name not in data.namespace:
        raise machine.unmodelled(f"deletes an attribute of {described(data)}")
    if data.members is not None or data.slots:
        raise machine.unmodelled(f"deletes an attribute of {described(data)}")
    machine.mutate(data)
    del data.namespace[name]


def probe(machine: Machine, base: Value, name: str) -> Value | None:
    """`getattr(base, name, default)`'s way to ask, on what belongs to the package; None where there is none."""
    data = base.data
    if not isinstance(data, InstanceObj | ClassObj | ModuleObj) or dunder(name):
        raise machine.unmodelled(f"asks {described(data)} for {name}")
    cls = data.cls if isinstance(data, InstanceObj) else data
    if isinstance(cls, ClassObj) and (cls.builtin or cls.face or machine.classes["BaseException"] in cls.mro):
        raise machine.unmodelled(f"asks {described(data)} for {name}")
    try:
        return find(machine, base, name)
    except Raising:
        raise machine.unmodelled(f"asks {described(data)} for {name}, which raises") from None


# --- what an assignment binds ---


def assign_to(machine: Machine, target: ast.expr, value: Value) -> None:
    """`target = value`."""
    machine.charge()
    if isinstance(target, ast.Name):
        bind(machine, target.id, value)
    elif isinstance(target, ast.Attribute):
        base = machine.evaluate(target.value)
        assign(machine, base, mangled(target.attr, machine.frame.private), value)
    elif isinstance(target, ast.Subscript):
        base = machine.evaluate(target.value)
        store(machine, base, machine.evaluate(target.slice), value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(machine, target.elts, value)
    else:
        raise machine.unmodelled(f"assigns to {type(target).__name__}")


def _unpack(machine: Machine, targets: list[ast.expr], value: Value) -> None:
    if isinstance(value.data, Lazy) and not any(isinstance(each, ast.Starred) for each in targets):
        raise machine.unmodelled(f"unpacks a {value.data.name}")
    found = items(machine, value)
    starred = next((place for place, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
    wanted = len(targets) - (starred is not None)
    if len(found) < wanted or (starred is None and len(found) > wanted):
        raise machine.native("ValueError", f"not the {wanted} values to unpack, but {len(found)}")
    after = len(targets) - 1 - starred if starred is not None else 0
    for place, target in enumerate(targets):
        if isinstance(target, ast.Starred):
            rest = found[place : len(found) - after]
            assign_to(machine, target.value, Value(machine.new_list(rest)))
        else:
            behind = starred is not None and place > starred
            assign_to(machine, target, found[place - len(targets) if behind else place])
