"""Python's built-in functions and types, as far as plain data goes. One that isn't here isn't modelled."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from gate.proposal.evaluator.attributes import attribute
from gate.proposal.evaluator.bounds import MAX_WIDTH
from gate.proposal.evaluator.formatting import formatted, owed
from gate.proposal.evaluator.instances import set_attribute
from gate.proposal.evaluator.machine import TABLES, Machine, models
from gate.proposal.evaluator.operators import binary, checked
from gate.proposal.evaluator.plain import NONE, described, native, plain, python_type, use
from gate.proposal.evaluator.scope import Frame
from gate.proposal.evaluator.shown import text
from gate.proposal.evaluator.values import (
    BoundMethod,
    BuiltinFunction,
    BuiltinType,
    ClassMethodObj,
    ClassObj,
    DictObj,
    FunctionObj,
    Host,
    InstanceObj,
    ListObj,
    Names,
    NativeMethod,
    PropertyObj,
    Proxy,
    Raising,
    SetObj,
    StaticObj,
    SuperObj,
    UnboundNative,
    Value,
    View,
    of,
)

Run = Callable[[Machine, Sequence[Value], Names], Value]


FUNCTIONS: dict[str, Run] = {}


def builtin(name: str, least: int, most: int, *named: str) -> Callable[[Run], Run]:
    """Register the decorated function as the built-in `name`, with that many arguments."""

    def register(function: Run) -> Run:
        def run(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
            if not least <= len(args) <= most or set(kwargs) - set(named):
                raise machine.unmodelled(f"{name}() called like this isn't modelled")
            return function(machine, args, kwargs)

        FUNCTIONS[name] = run
        return function

    return register


@models(TABLES.calls, BuiltinFunction)
def _function(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    name = of(callee, BuiltinFunction).name
    found = FUNCTIONS.get(name)
    if found is None:
        raise machine.unmodelled(f"{name}() isn't modelled")
    return found(machine, args, kwargs)


@builtin("len", 1, 1)
def _len(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if isinstance(data, View):
        return Value(len(data.of.entries)).also(args[0])
    if isinstance(data, ListObj | DictObj | SetObj | Proxy):
        inner = data.of if isinstance(data, Proxy) else data
        machine.live(inner)
        held = inner.items if isinstance(inner, ListObj) else inner.entries
        return Value(len(held)).also(args[0])
    if isinstance(data, Host):
        return Value(Host("value", data.probe, data.where)).also(args[0])
    if isinstance(data, tuple):
        return Value(len(data)).also(args[0])
    return Value(native(machine, len, plain(machine, args[0]))).also(args[0])


@builtin("repr", 1, 1)
def _repr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(text(machine, args[0], repr)), args)


@builtin("ascii", 1, 1)
def _ascii(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return owed(Value(text(machine, args[0], ascii)), args)


@builtin("format", 1, 2)
def _format(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    spec = plain(machine, args[1]) if len(args) > 1 else ""
    if not isinstance(spec, str):
        raise machine.raising("TypeError", f"format() argument 2 must be str, not {type(spec).__name__}")
    return owed(Value(formatted(machine, args[0], spec)), args)


def _numeric(name: str, function: Callable[..., object], least: int, most: int) -> None:
    @builtin(name, least, most)
    def run(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
        given = [plain(machine, arg) for arg in args]
        if len(given) > 1 and isinstance(given[1], int) and abs(given[1]) > MAX_WIDTH:
            raise machine.unmodelled(f"rounds to more than {MAX_WIDTH} digits")
        made = native(machine, function, *given)
        return owed(Value(made) if isinstance(made, str) else checked(machine, made), args)


for _name, _python, _least, _most in (
    ("abs", abs, 1, 1),
    ("round", round, 1, 2),
    ("chr", chr, 1, 1),
    ("ord", ord, 1, 1),
    ("hex", hex, 1, 1),
    ("oct", oct, 1, 1),
    ("bin", bin, 1, 1),
):
    _numeric(_name, _python, _least, _most)


@builtin("pow", 2, 2)
def _pow(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return binary(machine, ast.Pow, args[0], args[1])


@builtin("divmod", 2, 2)
def _divmod(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value((binary(machine, ast.FloorDiv, *args), binary(machine, ast.Mod, *args)))


@builtin("print", 0, 255, "sep", "end")
def _print(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    for arg in (*args, *kwargs.values()):
        text(machine, arg)
    return NONE


@builtin("callable", 1, 1)
def _callable(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    data = use(machine, args[0])
    if isinstance(
        data, FunctionObj | BoundMethod | BuiltinFunction | BuiltinType | ClassObj | NativeMethod | UnboundNative
    ):
        return Value(True).also(args[0])
    if python_type(data) is None:
        raise machine.unmodelled(f"whether {described(data)} can be called isn't modelled")
    return Value(False).also(args[0])


@builtin("isinstance", 2, 2)
def _isinstance(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(_is_instance(machine, use(machine, args[0]), args[1])).also(args[0])


def _is_instance(machine: Machine, data: object, kinds: Value) -> bool:
    wanted = use(machine, kinds)
    if isinstance(wanted, tuple):
        return any(_is_instance(machine, data, each) for each in wanted)
    if isinstance(wanted, BuiltinType) and wanted.kind is object:
        return True
    kind = python_type(data)
    if isinstance(wanted, BuiltinType) and kind is not None:
        return issubclass(kind, wanted.kind)
    if isinstance(wanted, ClassObj) and isinstance(data, InstanceObj):
        if any(machine.classes["typing.Protocol"] in each.bases for each in (wanted,)) or wanted.abstract:
            raise machine.unmodelled(f"isinstance() of {wanted.name} isn't modelled")
        return wanted in data.cls.mro
    if isinstance(wanted, ClassObj) and kind is not None and not wanted.abstract:
        return False
    if isinstance(wanted, BuiltinType) and isinstance(data, InstanceObj) and not data.cls.enum:
        return False
    raise machine.unmodelled("isinstance() of this isn't modelled")


@builtin("issubclass", 2, 2)
def _issubclass(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    one, other = use(machine, args[0]), use(machine, args[1])
    if not isinstance(one, ClassObj) or not isinstance(other, ClassObj) or other.abstract:
        raise machine.unmodelled("issubclass() of this isn't modelled")
    return Value(other in one.mro)


@builtin("getattr", 2, 3)
def _getattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    name = plain(machine, args[1])
    if not isinstance(name, str):
        raise machine.raising("TypeError", "attribute name must be string, not " + repr(type(name).__name__))
    if len(args) < 3:
        return attribute(machine, args[0], name).also(args[1])
    try:
        found = machine.attribute(args[0], name)
    except Raising as error:
        if not machine.is_a(error.cls, "AttributeError"):
            raise
        found = None
    return args[2] if found is None else found.also(args[1])


@builtin("hasattr", 2, 2)
def _hasattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if isinstance(args[0].data, Host):
        raise machine.unmodelled("asks for an attribute of what a probe finds")
    marker = Value(())
    found = _getattr(machine, [args[0], args[1], marker], {})
    return Value(found is not marker).also(args[0])


@builtin("setattr", 3, 3)
def _setattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    name = plain(machine, args[1])
    if not isinstance(name, str):
        raise machine.unmodelled("setattr() called like this isn't modelled")
    set_attribute(machine, args[0], name, args[2].also(args[1]))
    return NONE


@builtin("property", 1, 1)
def _property(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(PropertyObj(args[0]), args[0].origins, args[0].control)


@builtin("staticmethod", 1, 1)
def _staticmethod(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(StaticObj(args[0]), args[0].origins, args[0].control)


@builtin("classmethod", 1, 1)
def _classmethod(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(ClassMethodObj(args[0]), args[0].origins, args[0].control)


@builtin("super", 0, 2)
def _super(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) == 2 and isinstance(args[0].data, ClassObj):
        return Value(SuperObj(args[0].data, args[1]))
    frame = machine.frame
    cls = frame.cell.cls if frame.cell else None
    if args or frame.kind != "function" or cls is None or frame.first not in frame.names:
        raise machine.unmodelled("super() called like this isn't modelled")
    around: Frame | None = frame
    while around is not None and around.kind in ("function", "comprehension"):
        if "__class__" in around.scope.bound:
            raise machine.unmodelled("super() beside a variable __class__ isn't modelled")
        around = around.parent
    return Value(SuperObj(cls, frame.names[frame.first]))
