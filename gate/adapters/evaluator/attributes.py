"""Attribute access: modules, classes by resolution order, instances with properties, and Python's own types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gate.adapters.evaluator.machine import TABLES, Machine, models
from gate.adapters.evaluator.plain import NONE, described, equals, is_primitive, method_of, python_type, use
from gate.adapters.evaluator.values import (
    BoundMethod,
    BuiltinType,
    Cached,
    ClassMethodObj,
    ClassObj,
    DictObj,
    External,
    FieldObj,
    FrozenGuard,
    FunctionObj,
    GeneratedInit,
    Host,
    InstanceObj,
    ListObj,
    ModuleObj,
    Names,
    NativeMethod,
    Partial,
    PropertyObj,
    Proxy,
    SetObj,
    SlotMember,
    StaticObj,
    SuperObj,
    UnboundNative,
    Unknown,
    Value,
    View,
    Wrapper,
    of,
)

Method = Callable[[Machine, Value, Sequence[Value], dict[str, Value]], Value]


METHODS: dict[tuple[type, str], Method] = {}


def method(kind: type, *names: str) -> Callable[[Method], Method]:
    """Register the decorated function as these methods of `kind`."""

    def register(function: Method) -> Method:
        for name in names:
            METHODS[(kind, name)] = function
        return function

    return register


def arguments(
    machine: Machine, name: str, args: Sequence[Value], kwargs: dict[str, Value], least: int, most: int
) -> None:
    """Refuse what isn't `least` to `most` positional arguments."""
    if kwargs:
        raise machine.unmodelled(f"keyword arguments of {name}() aren't modelled")
    if not least <= len(args) <= most:
        raise machine.unmodelled(f"{name}() with {len(args)} arguments isn't modelled")


# Names that reach behind the model: what they give could alter anything.
_DUNDER_OF_CLASS = {"__name__", "__qualname__", "__init__", "__setattr__", "__eq__"}


def is_dunder(name: str) -> bool:
    """A name that Python keeps for itself."""
    return name.startswith("__") and name.endswith("__") and len(name) > 4


def attribute(machine: Machine, value: Value, name: str) -> Value:
    """`value.name`; the program's AttributeError where there is none."""
    found = machine.attribute(value, name)
    if found is not None:
        return found
    data = value.data
    if isinstance(data, ClassObj):
        raise machine.raising("AttributeError", f"type object '{data.name}' has no attribute '{name}'")
    if isinstance(data, ModuleObj):
        raise machine.unmodelled(f"module {data.name} has no attribute {name!r} that the model knows")
    kind = data.cls.name if isinstance(data, InstanceObj) else getattr(python_type(data), "__name__", "object")
    raise machine.raising("AttributeError", f"'{kind}' object has no attribute '{name}'")


def lookup(machine: Machine, cls: ClassObj, name: str, after: ClassObj | None = None) -> tuple[ClassObj, Value] | None:
    """Where the resolution order of `cls` finds `name`, from behind `after` on."""
    skipping = after is not None
    for each in cls.mro:
        machine.live(each)
        if not skipping and name in each.namespace:
            return each, each.namespace[name]
        if each is after:
            skipping = False
    return None


@models(TABLES.attributes, ModuleObj)
def _module(machine: Machine, value: Value, name: str) -> Value | None:
    module = of(value, ModuleObj)
    machine.live(module)
    if name in module.namespace and not is_dunder(name):
        return module.namespace[name].also(value)
    if is_dunder(name) or "__getattr__" in module.namespace or not module.loaded:
        raise machine.unmodelled(f"attribute {name!r} of module {module.name} isn't modelled")
    return None


@models(TABLES.attributes, ClassObj)
def _class(machine: Machine, value: Value, name: str) -> Value | None:
    cls = of(value, ClassObj)
    machine.live(cls)
    if name in ("__name__", "__qualname__"):
        shown = cls.name if name == "__name__" else cls.qualname or cls.name
        return Value(shown, value.origins, value.control)
    if cls.enum and name in cls.members:
        return cls.members[name].owed((), value.control)
    found = lookup(machine, cls, name)
    if found is None:
        if is_dunder(name) or cls.builtin or any(each.builtin and each.name != "object" for each in cls.mro):
            raise machine.unmodelled(f"attribute {name!r} of class {cls.name} isn't modelled")
        return None
    if is_dunder(name) and name not in _DUNDER_OF_CLASS:
        raise machine.unmodelled(f"attribute {name!r} of class {cls.name} isn't modelled")
    inner = use(machine, found[1])
    if isinstance(inner, StaticObj):
        return inner.of
    if isinstance(inner, ClassMethodObj):
        return bound(machine, inner.of, value)
    if isinstance(inner, SlotMember):
        raise machine.unmodelled("reads a slot of a dataclass through its class")
    _no_descriptor(machine, inner)
    return found[1].owed((), value.control)


@models(TABLES.attributes, InstanceObj)
def _instance(machine: Machine, value: Value, name: str) -> Value | None:
    instance = of(value, InstanceObj)
    machine.live(instance)
    if name == "__class__":
        return Value(instance.cls).also(value)
    if instance.cls.enum and name in ("name", "value", "_name_", "_value_"):
        return instance.attributes[name.strip("_")].owed((), value.control)
    if lookup(machine, instance.cls, "__getattribute__"):
        raise machine.unmodelled(f"{instance.cls.name} defines __getattribute__")
    found = lookup(machine, instance.cls, name)
    if found is not None and isinstance(found[1].data, PropertyObj):
        return machine.call(found[1].data.getter, [value])
    if instance.native:
        raise machine.unmodelled("uses the words of an exception that Python itself raises")
    if name in instance.attributes and not is_dunder(name):
        if found is not None:
            _no_descriptor(machine, use(machine, found[1]))
        return instance.attributes[name].owed((), value.control)
    if found is None:
        return _missing(machine, value, instance, name)
    if is_dunder(name) and not isinstance(found[1].data, FunctionObj | GeneratedInit | FrozenGuard):
        raise machine.unmodelled(f"attribute {name!r} of {described(instance)} isn't modelled")
    return of_class(machine, found[1], value)


def _missing(machine: Machine, value: Value, instance: InstanceObj, name: str) -> Value | None:
    hook = lookup(machine, instance.cls, "__getattr__")
    if is_dunder(name):
        raise machine.unmodelled(f"attribute {name!r} of {described(instance)} isn't modelled")
    if hook is not None:
        return machine.call(of_class(machine, hook[1], value), [Value(name)])
    if machine.is_a(instance.cls, "BaseException") or instance.cls.enum:
        raise machine.unmodelled(f"attribute {name!r} of {described(instance)} isn't modelled")
    return None


def of_class(machine: Machine, found: Value, receiver: Value) -> Value:
    """What a class attribute is when it is read through an instance."""
    inner = use(machine, found)
    if isinstance(inner, FunctionObj):
        return bound(machine, found, receiver)
    if isinstance(inner, StaticObj):
        return inner.of
    if isinstance(inner, ClassMethodObj):
        return bound(machine, inner.of, Value(of(receiver, InstanceObj).cls))
    if isinstance(inner, PropertyObj):
        return machine.call(inner.getter, [receiver])
    if isinstance(inner, SlotMember):
        raise machine.unmodelled("reads a slot that holds nothing")
    if isinstance(inner, GeneratedInit | FrozenGuard):
        return Value(Wrapper("bound", {"function": found, "receiver": receiver}))
    if isinstance(inner, Cached | UnboundNative | Partial) or (
        isinstance(inner, External) and inner.path != "logging.Logger()"
    ):
        raise machine.unmodelled(f"whether {described(inner)} becomes a method isn't modelled")
    _no_descriptor(machine, inner)
    return found.owed((), receiver.control)


def bound(machine: Machine, function: Value, receiver: Value) -> Value:
    """A function with its first argument."""
    inner = use(machine, function)
    if not isinstance(inner, FunctionObj):
        raise machine.unmodelled(f"{described(inner)} as a method isn't modelled")
    return Value(BoundMethod(inner, receiver), function.origins, function.control)


def _no_descriptor(machine: Machine, inner: object) -> None:
    """A class attribute that decides itself what reading it gives isn't modelled."""
    if isinstance(inner, InstanceObj):
        for hook in ("__get__", "__set__", "__delete__"):
            if lookup(machine, inner.cls, hook):
                raise machine.unmodelled(f"{inner.cls.name} is a descriptor")
    if isinstance(inner, FieldObj):
        raise machine.unmodelled("a field() outside a dataclass")


@models(TABLES.attributes, SuperObj)
def _super(machine: Machine, value: Value, name: str) -> Value | None:
    data = of(value, SuperObj)
    receiver = data.receiver.data
    cls = receiver if isinstance(receiver, ClassObj) else receiver.cls if isinstance(receiver, InstanceObj) else None
    if cls is None or data.after not in cls.mro:
        raise machine.unmodelled("super() of something that isn't modelled")
    found = lookup(machine, cls, name, after=data.after)
    if found is not None:
        if isinstance(receiver, ClassObj):
            inner = use(machine, found[1])
            return bound(machine, inner.of, data.receiver) if isinstance(inner, ClassMethodObj) else found[1]
        return of_class(machine, found[1], data.receiver)
    if name in ("__init__", "__setattr__"):
        kind = "exception" if machine.is_a(cls, "BaseException") and name == "__init__" else "object"
        return Value(Wrapper(f"{kind}.{name}", {"receiver": data.receiver}))
    if name == "__init_subclass__":
        return Value(Wrapper("object.__init__", {}))
    if is_dunder(name):
        raise machine.unmodelled(f"super().{name} isn't modelled")
    raise machine.raising("AttributeError", f"'super' object has no attribute '{name}'")


@models(TABLES.attributes, BuiltinType)
def _type(machine: Machine, value: Value, name: str) -> Value | None:
    data = of(value, BuiltinType)
    if name in ("__name__", "__qualname__"):
        return Value(data.kind.__name__)
    if (data.kind, name) in METHODS or (data.kind, name) in ((dict, "fromkeys"), (object, "__setattr__")):
        return Value(UnboundNative(data.kind, name))
    raise machine.unmodelled(f"{data.kind.__name__}.{name} isn't modelled")


@models(TABLES.attributes, FunctionObj)
def _function(machine: Machine, value: Value, name: str) -> Value | None:
    data = of(value, FunctionObj)
    if name == "__name__":
        return Value(data.name.rpartition(".")[2])
    raise machine.unmodelled(f"attribute {name!r} of a function isn't modelled")


@models(TABLES.attributes, PropertyObj)
def _property(machine: Machine, value: Value, name: str) -> Value | None:
    if name == "setter":
        return Value(NativeMethod(value, name))
    raise machine.unmodelled(f"attribute {name!r} of a property isn't modelled")


@models(TABLES.attributes, External)
def _external(machine: Machine, value: Value, name: str) -> Value | None:
    data = of(value, External)
    if is_dunder(name):
        raise machine.unmodelled(f"{data.path}.{name} isn't modelled")
    if f"{data.path}.{name}" in ("typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"):
        return Value(False, value.origins, value.control)
    return Value(External(f"{data.path}.{name}"), value.origins, value.control)


@models(TABLES.attributes, Host)
def _host(machine: Machine, value: Value, name: str) -> Value | None:
    data = of(value, Host)
    if is_dunder(name):
        raise machine.unmodelled(f"{name} of what {data.probe} finds")
    if data.kind == "object":
        made = Host("value", data.probe, data.where, (data.part_of or data, name))
        return Value(made, value.origins, value.control)
    return Value(NativeMethod(value, name), value.origins, value.control)


@models(TABLES.attributes, Unknown)
def _unknown(machine: Machine, value: Value, name: str) -> Value | None:
    raise of(value, Unknown).why


def _native(machine: Machine, value: Value, name: str) -> Value | None:
    data = value.data
    kind: type | None = python_type(data)
    if isinstance(data, Proxy):
        kind = Proxy
    if kind is not None and (kind, name) in METHODS:
        return Value(NativeMethod(value, name), value.origins, value.control)
    if isinstance(data, int | float) and name in ("real", "imag", "numerator", "denominator"):
        raise machine.unmodelled(f"attribute {name!r} of a number isn't modelled")
    if name == "__class__" and kind is not None and kind is not Proxy:
        return Value(BuiltinType(kind))
    if is_dunder(name) or kind is None or hasattr(kind, name):
        raise machine.unmodelled(f"attribute {name!r} of {described(data)} isn't modelled")
    return None


_KINDS: tuple[type, ...] = (bool, int, float, str, bytes, type(None), range, slice, tuple, ListObj, DictObj, SetObj)
_REGISTER: Callable[..., object] = models(TABLES.attributes, *_KINDS, Proxy, View)
_REGISTER(_native)

__all__ = ["attribute", "bound", "is_dunder", "is_primitive", "lookup", "of_class"]


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
