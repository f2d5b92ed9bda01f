"""Functions and classes as statements; dataclasses, enumerations, NamedTuples."""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import Any

from gate.adapters.evaluator.attributes import attribute
from gate.adapters.evaluator.bounds import MAX_ANCESTORS, MAX_BASES, MAX_NAMES
from gate.adapters.evaluator.layout import TypeAlias
from gate.adapters.evaluator.machine import NONE, STATEMENTS, Machine, Signal, described, linearised, refuse
from gate.adapters.evaluator.plain import equal, is_plain, key_of, method, plain
from gate.adapters.evaluator.scopes import Cell, Frame, Scope, bind, block_scope, dunder, mangled
from gate.adapters.evaluator.tables import OUTSIDE_CALLS, TYPES
from gate.adapters.evaluator.values import (
    Args,
    BuiltinType,
    ClassObj,
    Descriptor,
    DictObj,
    External,
    FieldObj,
    Function,
    FunctionObj,
    InstanceObj,
    ListObj,
    Names,
    SetObj,
    Unknown,
    Value,
)

_HOOKS = ("__init_subclass__", "__class_getitem__", "__mro_entries__", "__prepare__", "__instancecheck__")


def make_function(machine: Machine, node: ast.FunctionDef | ast.Lambda, name: str) -> Value:
    """The function that a `def` or `lambda` makes; its defaults are evaluated now."""
    spec, frame = node.args, machine.frame
    block_scope(machine, node, frame.private)
    defaults = tuple(machine.kept(machine.evaluate(each)) for each in spec.defaults)
    kwdefaults = {
        mangled(param.arg, frame.private): machine.kept(machine.evaluate(each))
        for param, each in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)
        if each is not None
    }
    if isinstance(node, ast.FunctionDef):
        frame = with_parameters(machine, node)
        if not frame.module.lazy_annotations:
            for param in (*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg):
                if param is not None and param.annotation is not None:
                    with machine.inside(frame):
                        machine.evaluate(param.annotation)
            if node.returns is not None:
                with machine.inside(frame):
                    machine.evaluate(node.returns)
    where = frame.module.spot(node.lineno)
    made = FunctionObj(
        node=node,
        name=name,
        defaults=defaults,
        kwdefaults=kwdefaults,
        closure=frame,
        where=where[0],
        epoch=machine.epoch,
        born=machine.statement,
    )
    return Value(made, where)


def with_parameters(machine: Machine, node: ast.FunctionDef | ast.ClassDef) -> Frame:
    """The block around, or one more where there are type parameters: they are names of annotations, and no more."""
    outer = machine.frame
    params = getattr(node, "type_params", [])
    if not params:
        return outer
    if outer.kind == "class" and not outer.module.lazy_annotations:
        raise machine.unmodelled("type parameters within a class aren't read")
    names = {getattr(each, "name", None) or each.arg: Value(External("typing.TypeVar")) for each in params}
    return Frame(
        kind="function", module=outer.module, names=names, scope=Scope(bound=frozenset(names)), parent=outer,
        private=outer.private, cell=outer.cell, line=node.lineno, epoch=machine.epoch,
    )  # fmt: skip


def _alias(machine: Machine, node: Any) -> Signal | None:
    bind(machine, node.name.id, Value(External("a type alias"), machine.origins()))
    return None


def decorated(machine: Machine, decorators: list[ast.expr], make: partial[Value]) -> Value:
    """What the decorators, evaluated first and applied last to first, make of it."""
    wrappers = [machine.evaluate(each) for each in decorators]
    made = make()
    for node, wrapper in zip(reversed(decorators), reversed(wrappers), strict=True):
        machine.frame.line = node.lineno
        made = machine.call(wrapper, [made])
    return made


def _def(machine: Machine, node: ast.FunctionDef) -> Signal | None:
    bind(machine, node.name, decorated(machine, node.decorator_list, partial(make_function, machine, node, node.name)))
    return None


def _async_def(machine: Machine, node: ast.AsyncFunctionDef) -> Signal | None:
    if node.decorator_list or node.args.defaults or node.args.kw_defaults:
        raise machine.unmodelled("an asynchronous function with decorators or defaults isn't read")
    bind(machine, node.name, Value(Unknown(machine.unmodelled(f"{node.name} is asynchronous")), machine.origins()))
    return None


def _class(machine: Machine, node: ast.ClassDef) -> Signal | None:
    bind(machine, node.name, decorated(machine, node.decorator_list, partial(_class_body, machine, node)))
    return None


def _is_typed_dict(data: object) -> bool:
    return data == External("typing.TypedDict") or (isinstance(data, Function) and data.name == "a TypedDict")


def _typed_dict(machine: Machine, node: ast.ClassDef) -> Value:
    """A dictionary under another name: its annotations say nothing when it runs."""
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is None:
            if not machine.frame.module.lazy_annotations:
                machine.evaluate(each.annotation)
        elif not isinstance(each, ast.Pass) and not (
            isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        ):
            raise machine.unmodelled("a TypedDict that holds more than annotations isn't read")
    if any(each.arg != "total" or type(machine.evaluate(each.value).data) is not bool for each in node.keywords):
        raise machine.unmodelled("this TypedDict isn't read")
    where = machine.frame.module.spot(node.lineno)
    return Value(Function("a TypedDict", TYPES[dict]), where)


def _bases(machine: Machine, given: list[Value]) -> tuple[tuple[ClassObj, ...], type | None]:
    """The bases, and the plain type that an enumeration's members are mixed with."""
    found: list[ClassObj] = []
    mixin: type | None = None
    for each in given:
        data = each.data
        if isinstance(data, External) and data.path in machine.classes:
            data = machine.classes[data.path]  # Generic[T], Protocol[T]
        if isinstance(data, BuiltinType) and data.kind is object:
            data = machine.classes["object"]
        if isinstance(data, BuiltinType) and machine.classes["typing.Protocol"] in found:
            raise machine.native("TypeError", "Protocols can only inherit from other protocols")
        if isinstance(data, BuiltinType) and data.kind in (str, int) and mixin is None and not found:
            mixin = data.kind
        elif isinstance(data, ClassObj):
            found.append(data)
        elif isinstance(data, Unknown):
            raise machine.unknown(data)
        else:
            raise machine.unmodelled(f"{described(data)} as a base class isn't read")
    protocol, generic = machine.classes["typing.Protocol"], machine.classes["typing.Generic"]
    if protocol in found:
        plain = (protocol, generic, machine.classes["object"])
        if mixin is not None or any(base not in plain and protocol not in base.bases for base in found):
            raise machine.native("TypeError", "Protocols can only inherit from other protocols")
    enum = machine.classes["enum.Enum"]
    if mixin is int and not any(enum in base.mro for base in found):
        raise machine.unmodelled("a subclass of int isn't read")
    return tuple(found), mixin


def _class_body(machine: Machine, node: ast.ClassDef) -> Value:
    around = with_parameters(machine, node)
    with machine.inside(around):
        given = [machine.evaluate(each) for each in node.bases]
    if around is not machine.frame:
        given.append(Value(machine.classes["typing.Generic"]))
    if given and all(_is_typed_dict(each.data) for each in given):
        return _typed_dict(machine, node)
    bases, mixin = _bases(machine, given)
    if len(bases) > MAX_BASES or max([len(base.mro) for base in bases], default=0) > MAX_ANCESTORS:
        raise machine.unmodelled("has too many base classes")
    abstract = any(base.abstract for base in bases)
    for keyword in node.keywords:
        data = machine.evaluate(keyword.value).data
        if keyword.arg != "metaclass" or data not in (External("abc.ABCMeta"), External("enum.EnumMeta")):
            raise machine.unmodelled(f"the keyword {keyword.arg or '**'} of a class isn't read")
        abstract = abstract or data == External("abc.ABCMeta")
    if any(base.defines(*_HOOKS) for base in bases):
        raise machine.unmodelled("a base class runs code when it is derived from")
    outer = machine.frame
    cell = Cell()
    frame = Frame(
        kind="class",
        module=outer.module,
        names={},
        scope=block_scope(machine, node, node.name),
        parent=around,
        private=node.name,
        cell=cell,
        line=node.lineno,
        epoch=machine.epoch,
    )
    with machine.inside(frame):
        machine.run(node.body)
    if len(frame.names) > MAX_NAMES:
        raise machine.unmodelled(f"has more than {MAX_NAMES} names")
    made = ClassObj(
        name=node.name,
        bases=bases or (machine.classes["object"],),
        namespace=frame.names,
        where=outer.module.spot(node.lineno)[0],
        abstract=abstract,
        annotations=frame.annotations,
        module=outer.module,
        epoch=machine.epoch,
        born=machine.statement,
    )
    order = linearised(made, made.bases)
    if order is None:
        raise machine.native("TypeError", "Cannot create a consistent method resolution order")
    made.mro = order
    cell.cls = made
    _settle(machine, made, mixin)
    for base in made.bases:
        base.derived.append(made)
    return Value(made, outer.module.spot(node.lineno))


_EXCEPTION = {
    "args",
    "with_traceback",
    "add_note",
    "name",
    "path",
    "obj",
    "value",
    "code",
    "errno",
    "strerror",
    "filename",
}


def _settle(machine: Machine, cls: ClassObj, mixin: type | None) -> None:
    """What Python does with a class once its body has run."""
    for name, value in list(cls.namespace.items()):
        data = value.data
        decides = data.cls.defines("__set__", "__delete__") if isinstance(data, InstanceObj) else False
        if (
            isinstance(data, InstanceObj)
            and data.cls.defines("__get__")
            and (name in cls.annotations or cls.bases[0].builtin is False)
        ):
            decides = True  # whoever looks at the class's attributes asks it
        if isinstance(data, InstanceObj) and (dunder(name) or decides):
            raise machine.unmodelled(f"{name} of {cls.name} decides what the class does")
        if isinstance(data, InstanceObj) and data.cls.defines("__set_name__"):
            method(machine, value, "__set_name__", Value(cls), Value(name))
    if machine.classes["BaseException"] in cls.mro and _EXCEPTION & cls.namespace.keys():
        raise machine.unmodelled("an exception class with such names isn't read")
    native = [base for base in cls.mro if base.builtin and base.name not in ("object", "Generic", "Protocol", "ABC")]
    if cls.abstract:
        names = {name for each in cls.mro for name in each.namespace}
        cls.unmet = frozenset(n for n in names if (found := cls.find(n)) and is_abstract(found[1]))
    cls.frozen = any(base.frozen for base in cls.bases) and any(base.fields is not None for base in cls.bases)
    cls.compares = False
    inherited = next((base for base in cls.mro[1:] if base.fields is not None), None)
    if inherited is not None:
        cls.frozen, cls.orders, cls.slots = inherited.frozen, inherited.orders, inherited.slots
        cls.fields = None
    if machine.classes["enum.Enum"] in cls.mro:
        _enumeration(machine, cls, mixin)
    elif mixin is not None or any(base.mixin for base in cls.bases):
        # A subclass of str: what it has beside its own methods is str's.
        if any(map(dunder, cls.namespace)) or len(cls.bases) > 1 or cls.abstract:
            raise machine.unmodelled("a subclass of str that isn't plain isn't read")
        cls.mixin = str
    elif machine.classes["typing.NamedTuple"] in cls.bases:
        if len(cls.bases) > 1:
            raise machine.unmodelled("a NamedTuple with other bases isn't read")
        _named_tuple(machine, cls)
    elif any(base.tuple_of is not None for base in cls.bases):
        raise machine.unmodelled("a class derived from a NamedTuple isn't read")
    elif any(machine.classes["BaseException"] not in base.mro for base in native):
        raise machine.unmodelled("these base classes aren't read")


def is_abstract(value: Value) -> bool:
    """Whether a class attribute is marked by abc.abstractmethod."""
    data = value.data
    if isinstance(data, Descriptor):
        return is_abstract(data.of)
    return isinstance(data, FunctionObj) and data.abstract


def make_class(machine: Machine, args: Args) -> Value:
    """`type(name, bases, {})`."""
    name, bases, names = (each.data for each in args)
    plain_bases = isinstance(bases, tuple) and all(isinstance(each.data, ClassObj) for each in bases)
    odd = not plain_bases or any(base.data.defines(*_HOOKS) or base.data.members is not None for base in bases)
    if type(name) is not str or odd or not isinstance(names, DictObj) or names.entries or not name.isascii():
        raise machine.unmodelled("type() called like this isn't read")
    made = ClassObj(
        name=name,
        bases=tuple(base.data for base in bases) or (machine.classes["object"],),
        namespace={},
        where=machine.here(),
        abstract=any(base.data.abstract for base in bases),
        module=machine.frame.module,
        epoch=machine.epoch,
        born=machine.statement,
    )
    made.mro = linearised(made, made.bases) or refuse(machine, "these base classes aren't read")
    _settle(machine, made, None)
    return Value(made, machine.origins())


# --- enumerations ---


def _enumeration(machine: Machine, cls: ClassObj, mixin: type | None) -> None:
    own = {"enum.IntEnum": int, "enum.StrEnum": str}
    for path, kind in own.items():
        if machine.classes[path] in cls.mro:
            mixin = kind
    for base in cls.mro[1:]:
        if base.mixin and base.members is None:
            raise machine.unmodelled("an enumeration of a subclass of str isn't read")
        if base.members:
            raise machine.native("TypeError", f"{base.name} has members and can't be derived from")
        mixin = mixin or base.mixin
    hooks = ("_missing_", "_generate_next_value_", "_ignore_", "_order_", "__new__", "__init__", "__eq__", "__hash__")
    if cls.defines(*hooks[1:]):
        raise machine.unmodelled(f"{cls.name} makes its members in its own way")
    cls.mixin, cls.members, cls.aliases = mixin, {}, {}
    strenum = machine.classes["enum.StrEnum"] in cls.mro
    cls.text = "value" if strenum else "" if machine.classes["enum.IntEnum"] in cls.mro else "member"
    count: int | None = 0
    for name, written in list(cls.namespace.items()):
        value, data = written, written.data
        if name[:1] == "_" or isinstance(data, FunctionObj | Descriptor | Function):
            if name[:1] == "_" and not dunder(name):
                raise machine.unmodelled(f"{name} in an enumeration isn't read")
            continue
        if isinstance(data, External) and data.path == "enum.auto()":
            if strenum:
                value = Value(name.lower(), value.origins)
            elif count is None or mixin is str:
                raise machine.unmodelled("auto() after other values differs between versions of Python")
            else:
                value = Value(count + 1, value.origins)
        elif not is_plain(data) and not isinstance(data, tuple):
            raise machine.unmodelled(f"{name} of {cls.name} isn't plain data")
        if mixin is not None and type(value.data) is not mixin:
            raise machine.unmodelled(f"{name} of {cls.name} is made from another type")
        plain(machine, value)
        whole = value.data
        count = whole if type(whole) is int and count is not None and whole > count else None
        same = next(
            (each for each in cls.members.values() if equal(machine, each.data.attributes["_value_"], value)), None
        )
        if same is not None:
            cls.aliases[name] = same
        else:
            attributes = {"_name_": Value(name, value.origins), "_value_": value}
            member = InstanceObj(cls=cls, attributes=attributes, epoch=machine.epoch, born=machine.statement)
            cls.members[name] = Value(member, value.origins, value.control)
        del cls.namespace[name]


# --- NamedTuples ---


def _named_tuple(machine: Machine, cls: ClassObj) -> None:
    names = tuple(cls.annotations)
    seen = False
    for name in names:
        if name[:1] == "_" or (seen and name not in cls.namespace):
            raise machine.unmodelled("this NamedTuple isn't read")
        seen = seen or name in cls.namespace
    odd = {"__new__", "__init__", "__getitem__", "__iter__", "__len__", "_fields", "_asdict", "_replace", "_make"}
    if odd & cls.namespace.keys():
        raise machine.unmodelled("this NamedTuple isn't read")
    cls.tuple_of = names


# --- dataclasses ---

_HEAD = re.compile(r"^(?:\s*(\w+)\s*\.)?\s*(\w+)")
_OPTIONS = frozenset({"init", "repr", "eq", "order", "unsafe_hash", "frozen", "kw_only", "slots"})


def _dataclass(machine: Machine, args: Args, kwargs: Names) -> Value:
    options = {}
    for name, value in kwargs.items():
        if name not in _OPTIONS or type(value.data) is not bool:
            raise machine.unmodelled(f"dataclass({name}=…) isn't read")
        options[name] = value.data
    if args:
        if len(args) != 1 or options:
            raise machine.unmodelled("dataclass() called like this isn't read")
        return _make(machine, args[0], options)

    def apply(machine: Machine, args: Args, kwargs: Names) -> Value:
        if len(args) != 1 or kwargs:
            raise machine.unmodelled("dataclass() called like this isn't read")
        return _make(machine, args[0], options)

    return Value(Function("dataclass", apply), machine.origins())


def _make(machine: Machine, target: Value, options: dict[str, bool]) -> Value:
    cls = target.data
    if isinstance(cls, FunctionObj):
        raise machine.native("AttributeError", "'function' object has no attribute '__mro__'")
    if not isinstance(cls, ClassObj) or cls.builtin or cls.mixin or cls.members is not None or cls.tuple_of is not None:
        raise machine.unmodelled(f"dataclass of {described(cls)} isn't read")
    if machine.classes["BaseException"] in cls.mro or not options.get("init", True) or cls.born != machine.statement:
        raise machine.unmodelled("this dataclass isn't read")
    if cls.fields is not None or options.get("unsafe_hash") or (options.get("order") and not options.get("eq", True)):
        raise machine.unmodelled("this dataclass isn't read")
    bases = [base for base in cls.mro[1:] if base.fields is not None]
    frozen = options.get("frozen", False)
    if any(base.frozen != frozen for base in bases):
        raise machine.native("TypeError", "cannot inherit frozen dataclass from a non-frozen one, or the reverse")
    fields: dict[str, FieldObj] = {}
    for base in reversed(bases):
        fields.update(base.fields or {})
    fields.update(_own_fields(machine, cls, kw_only=options.get("kw_only", False)))
    cls.fields = fields
    cls.frozen = frozen
    own = cls.namespace
    if frozen and {"__setattr__", "__delattr__"} & own.keys():
        raise machine.native("TypeError", "Cannot overwrite attribute __setattr__")
    if options.get("order") and {"__lt__", "__le__", "__gt__", "__ge__"} & own.keys():
        raise machine.native("TypeError", "Cannot overwrite attribute __lt__")
    seen = ""
    for name, field in fields.items():
        if field.kind == "ClassVar" or not field.init or field.kw_only:
            continue
        if field.default is None and field.factory is None and seen:
            raise machine.native("TypeError", f"non-default argument {name!r} follows default argument")
        seen = seen or (name if field.default is not None or field.factory is not None else "")
    if options.get("eq", True):
        cls.compares = "__eq__" not in own
    cls.orders = options.get("order", False)
    if options.get("slots"):
        _slots(machine, cls)
    if "__init__" not in own:
        own["__init__"] = Value(
            Function("cache", partial(_init, cls, cls.find("__post_init__") is not None), Value(None))
        )
    return target


def _own_fields(machine: Machine, cls: ClassObj, *, kw_only: bool) -> dict[str, FieldObj]:
    found: dict[str, FieldObj] = {}
    for name, (annotation, evaluated) in cls.annotations.items():
        kind = _special(machine, cls, annotation, evaluated)
        if kind == "KW_ONLY":
            kw_only = True
            continue
        inherited = cls.find(name)
        default = inherited[1] if inherited else None
        made = FieldObj(name=name, kind=kind)
        if default is not None and isinstance(default.data, FieldObj):
            given = default.data
            if kind == "ClassVar":
                raise machine.unmodelled("a ClassVar made with field() isn't read")
            made = FieldObj(
                name=name, kind=kind, default=given.default, factory=given.factory, init=given.init,
                compare=given.compare, kw_only=given.kw_only, metadata=given.metadata,
            )  # fmt: skip
            if given.default is None:
                cls.namespace.pop(name, None)
            else:
                cls.namespace[name] = given.default
        elif default is not None and not (inherited and inherited[0].slots and name in (inherited[0].fields or ())):
            made.default = default
        made.kw_only = kw_only if made.kw_only is None else made.kw_only
        _check_default(machine, made)
        found[name] = made
    for name, value in cls.namespace.items():
        if isinstance(value.data, FieldObj) and name not in cls.annotations:
            raise machine.native("TypeError", f"{name!r} is a field but has no type annotation")
    return found


def _check_default(machine: Machine, field: FieldObj) -> None:
    held = field.default.data if field.default else None
    if field.kind != "ClassVar" and (
        isinstance(held, ListObj | DictObj) or (isinstance(held, SetObj) and not held.frozen)
    ):
        raise machine.native(
            "ValueError", f"mutable default for field {field.name} is not allowed: use default_factory"
        )
    if isinstance(held, Descriptor):
        raise machine.unmodelled(f"the default of field {field.name} is a descriptor")
    if isinstance(held, InstanceObj) and (held.cls.defines("__eq__") or (held.cls.compares and not held.cls.frozen)):
        raise machine.unmodelled(f"the default of field {field.name} may not hash")
    if field.kind != "ClassVar" and field.factory is not None and field.kind:
        raise machine.unmodelled("an InitVar with a default_factory isn't read")


def _special(machine: Machine, cls: ClassObj, annotation: ast.expr, evaluated: Value | None) -> str:
    """Whether an annotation is `ClassVar`, `InitVar` or `KW_ONLY`, as dataclasses decides it: by text, or by value."""
    if evaluated is not None and not isinstance(evaluated.data, str):
        path = evaluated.data.path if isinstance(evaluated.data, External) else ""
        if isinstance(evaluated.data, Unknown):
            raise machine.unknown(evaluated.data)
    else:
        whole = evaluated.data if evaluated is not None else None
        if whole is None:
            constant = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
            whole = repr(annotation.value) if constant else ast.unparse(annotation)  # type: ignore[attr-defined]
        match = _HEAD.match(whole)
        if match is None:
            return ""
        prefix, name = match.groups()
        head = prefix or name
        if head in cls.namespace and head not in cls.annotations:
            raise machine.unmodelled(f"the annotation {whole[:60]!r} isn't read")
        known = cls.module.namespace.get(head) if cls.module else None
        if known is not None and isinstance(known.data, Unknown):
            raise machine.unknown(known.data)
        path = known.data.path if known is not None and isinstance(known.data, External) else ""
        path = f"{path}.{name}" if prefix and path else path
    special = {"typing.ClassVar": "ClassVar", "dataclasses.InitVar": "InitVar", "dataclasses.KW_ONLY": "KW_ONLY"}
    return special.get(path.replace("typing_extensions.", "typing."), "")


def _slots(machine: Machine, cls: ClassObj) -> None:
    """`slots=True` makes a new class: no class attributes behind the fields, and `super()` looks at the old one."""
    for value in cls.namespace.values():
        if isinstance(value.data, FunctionObj | Descriptor | Function):
            function = value.data.of.data if isinstance(value.data, Descriptor) else value.data
            nodes = ast.walk(function.node) if isinstance(function, FunctionObj) else []
            plain_method = isinstance(function, FunctionObj) and function.closure.cell is not None
            if not plain_method or {n.id for n in nodes if isinstance(n, ast.Name)} & {"super", "__class__"}:
                raise machine.unmodelled("a dataclass with slots that isn't plain isn't read")
    if "__slots__" in cls.namespace:
        raise machine.native("TypeError", f"{cls.name} already specifies __slots__")
    cls.slots = True
    for name in cls.fields or ():
        cls.namespace.pop(name, None)


def _init(cls: ClassObj, after: bool, machine: Machine, args: Args, kwargs: Names) -> Value:
    """The `__init__` that dataclass writes."""
    instance: InstanceObj = args[0].data
    fields = {name: field for name, field in (cls.fields or {}).items() if field.kind != "ClassVar"}
    if not isinstance(instance, InstanceObj) or cls not in instance.cls.mro or instance.cls.defines("__setattr__"):
        raise machine.unmodelled("a generated __init__ called like this isn't read")
    positional = [name for name, field in fields.items() if field.init and not field.kw_only]
    given = dict(zip(positional, args[1:], strict=False))
    accepted = {name for name, field in fields.items() if field.init}
    if len(args) - 1 > len(positional) or set(kwargs) - accepted or set(kwargs) & set(given):
        raise machine.native("TypeError", f"{cls.name}.__init__() got other arguments than its fields")
    given.update(kwargs)
    hidden = []
    for name, field in fields.items():
        value = given.get(name) or field.default
        if value is None and field.factory is not None:
            value = machine.call(field.factory)
        if value is None:
            if field.init:
                raise machine.native("TypeError", f"{cls.name}.__init__() missing argument {name!r}")
            continue
        found = instance.cls.find(name)
        if found is not None and isinstance(found[1].data, Descriptor | InstanceObj) and found[1] is not field.default:
            raise machine.unmodelled(f"{cls.name}.{name} is a field and something else")
        if field.kind == "InitVar":
            hidden.append(value)
        else:
            instance.attributes[name] = machine.kept(value)
    if after:
        machine.call(attribute(machine, args[0], "__post_init__"), hidden)
    return NONE


def _field(machine: Machine, args: Args, kwargs: Names) -> Value:
    known = {"default", "default_factory", "init", "repr", "hash", "compare", "metadata", "kw_only"}
    if args or set(kwargs) - known or {"default", "default_factory"} <= set(kwargs):
        raise machine.unmodelled("field() called like this isn't read")
    for name in ("init", "repr", "hash", "compare", "kw_only"):
        if name in kwargs and type(kwargs[name].data) is not bool:
            raise machine.unmodelled(f"field({name}=…) isn't read")
    default = kwargs.get("default")
    if default is not None and isinstance(default.data, External | Unknown):
        raise machine.unmodelled("field() with something from outside the package isn't read")
    made = FieldObj(
        default=default,
        factory=kwargs.get("default_factory"),
        init=kwargs["init"].data if "init" in kwargs else True,
        compare=kwargs["compare"].data if "compare" in kwargs else True,
        kw_only=kwargs["kw_only"].data if "kw_only" in kwargs else None,
        metadata=kwargs.get("metadata"),
        epoch=machine.epoch,
        born=machine.statement,
    )
    return Value(made)


def instance_fields(machine: Machine, value: Value) -> tuple[InstanceObj, dict[str, FieldObj]]:
    """A dataclass's instance and the fields that it has as attributes."""
    data = value.data
    cls = (
        next((each for each in data.cls.mro if each.fields is not None), None)
        if isinstance(data, InstanceObj)
        else None
    )
    if cls is None:
        raise machine.unmodelled(f"asks {described(data)} for fields")
    return data, {name: field for name, field in (cls.fields or {}).items() if not field.kind}


def _replace(machine: Machine, args: Args, kwargs: Names) -> Value:
    data, fields = instance_fields(machine, args[0]) if len(args) == 1 else instance_fields(machine, NONE)
    changes = dict(kwargs)
    every = next(each.fields for each in data.cls.mro if each.fields is not None) or {}
    if any(field.kind == "InitVar" for field in every.values()):
        raise machine.unmodelled("replace() of a class with an InitVar isn't read")
    for name, field in fields.items():
        if not field.init:
            if name in changes:
                raise machine.native("ValueError", f"field {name} is declared with init=False")
        elif name not in changes:
            changes[name] = attribute(machine, args[0], name)
    return machine.call(Value(data.cls), [], changes)


def _fields(machine: Machine, args: Args, kwargs: Names) -> Value:
    if len(args) != 1 or kwargs:
        raise machine.unmodelled("fields() called like this isn't read")
    data = args[0].data
    cls = data if isinstance(data, ClassObj) else data.cls if isinstance(data, InstanceObj) else None
    holder = next((each for each in cls.mro if each.fields is not None), None) if cls else None
    if holder is None or holder.fields is None:
        raise machine.unmodelled("fields() of this isn't read")
    faces = []
    for field in holder.fields.values():
        if field.kind:
            continue
        names = {"name": Value(field.name), "init": Value(field.init), "compare": Value(field.compare)}
        metadata = field.metadata or Value(machine.new_dict({}))
        if not isinstance(metadata.data, DictObj):
            raise machine.unmodelled("metadata of another kind isn't read")
        names["metadata"] = metadata
        if field.default is not None:
            names["default"] = field.default
        faces.append(Value(InstanceObj(cls=machine.face("dataclasses.Field"), attributes=names, epoch=machine.epoch)))
    return Value(tuple(faces)).also(args[0])


def _is_dataclass(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = args[0].data if len(args) == 1 and not kwargs else None
    cls = data.cls if isinstance(data, InstanceObj) else data
    if not isinstance(cls, ClassObj):
        raise machine.unmodelled("is_dataclass() of this isn't read")
    return Value(any(each.fields is not None for each in cls.mro), args[0].origins)


def _as(machine: Machine, args: Args, kwargs: Names, *, named: bool) -> Value:
    if len(args) != 1 or kwargs:
        raise machine.unmodelled("asdict() called like this isn't read")
    return _copied(machine, args[0], named=named, depth=0, top=True)


def _copied(machine: Machine, value: Value, *, named: bool, depth: int, top: bool = False) -> Value:
    machine.charge()
    data = value.data
    if depth > 10:
        raise machine.unmodelled("is nested too deeply")
    if isinstance(data, tuple):
        return Value(tuple(_copied(machine, each, named=named, depth=depth + 1) for each in data), value.origins)
    if isinstance(data, ListObj):
        return Value(machine.new_list([_copied(machine, each, named=named, depth=depth + 1) for each in data.items]))
    if isinstance(data, DictObj) and data.factory is None and not data.frozen:
        pairs = {
            key: (own, _copied(machine, each, named=named, depth=depth + 1))
            for key, (own, each) in data.entries.items()
        }
        return Value(machine.new_dict(pairs))
    if is_plain(data) or (isinstance(data, InstanceObj) and data.cls.members is not None):
        return value
    if not top and not isinstance(data, InstanceObj):
        raise machine.unmodelled(f"copies {described(data)}")
    _, fields = instance_fields(machine, value)
    parts = {name: _copied(machine, attribute(machine, value, name), named=named, depth=depth + 1) for name in fields}
    if not named:
        return Value(tuple(parts.values()))
    return Value(machine.new_dict({key_of(machine, Value(name)): (Value(name), part) for name, part in parts.items()}))


STATEMENTS.update(
    {
        ast.FunctionDef: _def,
        ast.AsyncFunctionDef: _async_def,
        ast.ClassDef: _class,
        TypeAlias: _alias,
    }
)
OUTSIDE_CALLS.update(
    {
        "dataclasses.dataclass": _dataclass,
        "dataclasses.field": _field,
        "dataclasses.replace": _replace,
        "dataclasses.fields": _fields,
        "dataclasses.is_dataclass": _is_dataclass,
        "dataclasses.asdict": partial(_as, named=True),
        "dataclasses.astuple": partial(_as, named=False),
    }
)
