"""`def` and `class`: functions with their defaults, classes with their order of resolution, decorators."""

from __future__ import annotations

import ast

from gate.adapters.evaluator.attributes import lookup
from gate.adapters.evaluator.bounds import MAX_ANCESTORS, MAX_BASES
from gate.adapters.evaluator.machine import TABLES, InconsistentOrder, Machine, Signal, linearised, models
from gate.adapters.evaluator.names import bind
from gate.adapters.evaluator.outside import decorated
from gate.adapters.evaluator.plain import method_of
from gate.adapters.evaluator.stdlib import known
from gate.adapters.evaluator.values import (
    BoundMethod,
    BuiltinType,
    ClassCell,
    ClassMethodObj,
    ClassObj,
    External,
    Frame,
    FunctionObj,
    InstanceObj,
    Unknown,
    Value,
    block_scope,
    mangled,
    parameters,
)

_ENUMS = {"enum.Enum", "enum.StrEnum", "enum.IntEnum"}
_REFUSED = ("__slots__", "__classcell__", "__mro_entries__", "__dict__", "__bases__", "__class__")


@models(TABLES.statements, ast.FunctionDef)
def _function(machine: Machine, node: ast.FunctionDef) -> Signal | None:
    decorators = [_decorator(machine, each) for each in node.decorator_list]
    args, private = node.args, machine.frame.private
    defaults = tuple(machine.evaluate(each) for each in args.defaults)
    named = {
        mangled(arg.arg, private): machine.evaluate(each)
        for arg, each in zip(args.kwonlyargs, args.kw_defaults, strict=True)
        if each is not None
    }
    if not machine.frame.module.lazy_annotations:
        for annotation in [*(arg.annotation for arg in parameters(args)), node.returns]:
            if annotation is not None:
                machine.evaluate(annotation)
    machine.frame.line = node.lineno
    made = FunctionObj(
        node=node,
        name=f"{machine.frame.prefix}{node.name}",
        defaults=defaults,
        kwdefaults=named,
        closure=machine.frame,
        where=machine.here(),
        epoch=machine.epoch,
        home=machine.frame.module.path,
    )
    bind(machine, node.name, _apply(machine, decorators, Value(made, (machine.here(),))))
    return None


def _decorator(machine: Machine, node: ast.expr) -> Value:
    """The decorator; one that code outside the package would make is not made, if its arguments are plain."""
    if isinstance(node, ast.Call) and all(isinstance(each, ast.Constant) for each in _arguments(node)):
        maker = machine.evaluate(node.func)
        if isinstance(maker.data, External) and not known(maker.data.path):
            return maker
    return machine.evaluate(node)


def _arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def _apply(machine: Machine, decorators: list[Value], target: Value) -> Value:
    for decorator in reversed(decorators):
        data = decorator.data
        if isinstance(data, External) and not known(data.path):
            target = decorated(machine, data.path, target)
        else:
            made = machine.call(decorator, [target])
            target = made.owed(target.origins)
    return target


@models(TABLES.statements, ast.ClassDef)
def _class(machine: Machine, node: ast.ClassDef) -> Signal | None:
    decorators = [_decorator(machine, each) for each in node.decorator_list]
    bases = [machine.evaluate(each) for each in node.bases]
    options = {each.arg or "**": machine.evaluate(each.value) for each in node.keywords}
    outer, cell = machine.frame, ClassCell()
    frame = Frame(
        kind="class",
        module=outer.module,
        names={},
        scope=block_scope(node.body, node.name),
        parent=outer,
        private=node.name,
        cell=cell,
        prefix=f"{outer.prefix}{node.name}.",
        line=node.lineno,
        epoch=machine.epoch,
    )
    with machine.inside(frame):
        machine.run(node.body)
    machine.frame.line = node.lineno
    value = _created(machine, node, bases, options, frame)
    if isinstance(value.data, ClassObj):
        cell.cls = value.data
    bind(machine, node.name, _apply(machine, decorators, value))
    return None


def _created(
    machine: Machine, node: ast.ClassDef, bases: list[Value], options: dict[str, Value], frame: Frame
) -> Value:
    metaclass = options.pop("metaclass", None)
    abstract = metaclass is not None and metaclass.data == External("abc.ABCMeta")
    if metaclass is not None and not abstract:
        raise machine.unmodelled(f"class {node.name} has a metaclass")
    paths = {base.data.path for base in bases if isinstance(base.data, External)}
    if paths & _ENUMS:
        return _enumeration(machine, node, bases, frame)
    known_bases: list[ClassObj] = []
    protocol = any(base.data == External("typing.Protocol") for base in bases)
    for base in bases:
        found = _base(machine, base)
        if protocol and (found is None or not _is_protocol(machine, found)):
            raise machine.unmodelled(f"protocol {node.name} has other bases")
        if found is None:
            why = machine.unmodelled(f"class {node.name} has a base that isn't modelled")
            return Value(Unknown(why), (machine.here(),))
        known_bases.append(found)
    for name in _REFUSED:
        if name in frame.names:
            raise machine.unmodelled(f"class {node.name} defines {name}")
    if "__doc__" in frame.names and not isinstance(frame.names["__doc__"].data, str | None):
        raise machine.unmodelled(f"the __doc__ of class {node.name} isn't text")  # dataclass asks whether it is true
    made = _assembled(machine, node, known_bases, frame)
    made.abstract = abstract or any(each.abstract for each in made.bases)
    _hooks(machine, made, options)
    return Value(made, (machine.here(),))


def _assembled(machine: Machine, node: ast.ClassDef, bases: list[ClassObj], frame: Frame) -> ClassObj:
    made = ClassObj(
        name=node.name,
        qualname=frame.prefix[:-1],
        bases=tuple(bases) or (machine.classes["object"],),
        namespace=frame.names,
        where=machine.here(),
        annotations=frame.annotations,
        module=frame.module,
        epoch=machine.epoch,
        home=frame.module.path,
    )
    if len(bases) > MAX_BASES or sum(len(base.mro) for base in bases) > MAX_ANCESTORS:
        raise machine.unmodelled(f"class {node.name} has too many bases")
    try:
        made.mro = linearised(made, made.bases)
    except InconsistentOrder:
        message = "Cannot create a consistent method resolution\norder (MRO) for bases "
        raise machine.raising("TypeError", message + ", ".join(base.name for base in bases)) from None
    builtin = next(
        (place for place, each in enumerate(made.mro) if each.builtin and _is_exception(machine, each)), None
    )
    if builtin is not None and not all(each.builtin for each in made.mro[builtin:]):
        raise machine.unmodelled(f"class {node.name} puts an exception class before others")
    if len(set(bases)) != len(bases):
        raise machine.raising("TypeError", "duplicate base class")
    if sum(base.enum for base in bases):
        raise machine.unmodelled(f"class {node.name} inherits from an enumeration")
    return made


def _base(machine: Machine, base: Value) -> ClassObj | None:
    data = base.data
    if isinstance(data, ClassObj):
        machine.live(data)
        return data
    if isinstance(data, BuiltinType) and data.kind is object:
        return machine.classes["object"]
    if isinstance(data, External):
        return machine.classes.get(data.path)
    return None


def _is_exception(machine: Machine, cls: ClassObj) -> bool:
    return machine.is_a(cls, "BaseException")


def _is_protocol(machine: Machine, cls: ClassObj) -> bool:
    protocol = machine.classes["typing.Protocol"]
    return cls in (*protocol.mro, machine.classes["abc.ABC"]) or protocol in cls.bases


def _hooks(machine: Machine, made: ClassObj, options: dict[str, Value]) -> None:
    """What Python calls while it makes a class."""
    for value in made.namespace.values():
        if isinstance(value.data, InstanceObj) and method_of(value.data.cls, "__set_name__"):
            raise machine.unmodelled(f"{value.data.cls.name} defines __set_name__")
    hook = lookup(machine, made, "__init_subclass__", after=made)
    if hook is None:
        if options:
            raise machine.unmodelled(f"class {made.name} has keywords")
        return
    inner = hook[1].data
    function = inner.of.data if isinstance(inner, ClassMethodObj) else inner
    if not isinstance(function, FunctionObj):
        raise machine.unmodelled("this __init_subclass__ isn't modelled")
    machine.call(Value(BoundMethod(function, Value(made))), [], options)


def _enumeration(machine: Machine, node: ast.ClassDef, bases: list[Value], frame: Frame) -> Value:
    """A plain enumeration of constants; anything finer isn't modelled."""
    made = ClassObj(
        name=node.name,
        bases=(machine.classes["object"],),
        namespace={},
        where=machine.here(),
        module=frame.module,
        epoch=machine.epoch,
        home=frame.module.path,
        enum=True,
    )
    made.mro = (made, machine.classes["object"])
    mixed = len(bases) > 1 or bases[0].data != External("enum.Enum")
    made.compares = mixed
    seen: list[object] = []
    for name, value in frame.names.items():
        if isinstance(value.data, FunctionObj) and not name.startswith("_"):
            made.namespace[name] = value
            continue
        if name.startswith("_") or type(value.data) not in (str, int, float):
            raise machine.unmodelled(f"{name!r} in enumeration {node.name} isn't modelled")
        if value.data in seen or frame.annotations.get(name):
            raise machine.unmodelled(f"{name!r} in enumeration {node.name} isn't modelled")
        seen.append(value.data)
        parts = {"name": Value(name, value.origins), "value": value}
        member = InstanceObj(cls=made, attributes=parts, epoch=machine.epoch, home=frame.module.path)
        made.members[name] = Value(member, value.origins)
    return Value(made, (machine.here(),))
