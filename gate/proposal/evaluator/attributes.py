"""Attribute access: modules, classes by resolution order, instances with properties, and Python's own types."""

from __future__ import annotations

from collections.abc import Callable

from gate.proposal.evaluator.machine import TABLES, Machine, models
from gate.proposal.evaluator.methods import METHODS
from gate.proposal.evaluator.plain import described, is_primitive, python_type, use
from gate.proposal.evaluator.values import (
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
