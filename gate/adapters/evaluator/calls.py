"""Calls: how arguments meet parameters, and what functions, classes and the rest do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gate.adapters.evaluator.attributes import find
from gate.adapters.evaluator.machine import CALLS, NONE, Machine, described
from gate.adapters.evaluator.plain import equal, is_plain, plain
from gate.adapters.evaluator.scopes import Frame, block_scope, mangled
from gate.adapters.evaluator.tables import TYPES, call_outside
from gate.adapters.evaluator.values import (
    Args,
    BuiltinType,
    ClassObj,
    External,
    Function,
    FunctionObj,
    InstanceObj,
    Lazy,
    Names,
    Opaque,
    Value,
)


def call_function(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    """Run a function of the program."""
    function: FunctionObj = callee.data
    node = function.node
    if function.raises:
        raise machine.unmodelled(f"calls {function.name}, which is an overload")
    frame = frame_of(machine, callee, args, kwargs)
    if frame.scope.generator:
        return Value(Lazy(_generated(machine, node, frame), f"generator {function.name}", whole=True))
    with machine.deeper(), machine.inside(frame):
        if isinstance(node, ast.Lambda):
            made = machine.evaluate(node.body)
        else:
            signal = machine.run(node.body)
            made = signal.value if signal is not None else NONE
        made = machine.tagged(made)
        # What __iter__ gives is consumed by whoever asked for it.
        return made if function.name == "__iter__" else machine.kept(made)


def frame_of(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Frame:
    """The block that a call of a function of the program runs in, its parameters bound."""
    function: FunctionObj = callee.data
    node, outer = function.node, function.closure
    positional = [*node.args.posonlyargs, *node.args.args]
    return Frame(
        kind="function",
        module=outer.module,
        scope=block_scope(machine, node, outer.private),
        names=_bind(machine, function, args, kwargs),
        parent=outer,
        private=outer.private,
        cell=outer.cell,
        first=positional[0].arg if positional else "",
        line=node.lineno,
        epoch=machine.epoch,
    )


def _generated(machine: Machine, node: ast.FunctionDef | ast.Lambda, frame: Frame) -> Iterator[Value]:
    """All that a generator gives: its body runs as a whole, when it is consumed as a whole."""
    frame.yields = []
    with machine.deeper(), machine.inside(frame):
        if isinstance(node, ast.Lambda):
            raise machine.unmodelled("a lambda that yields isn't read")
        machine.run(node.body)
    yield from frame.yields


def _bind(machine: Machine, function: FunctionObj, args: Args, kwargs: Names) -> Names:
    """Parameters to values, as Python binds them; a TypeError of the program where they don't fit."""
    spec, private = function.node.args, function.closure.private
    positional = [mangled(p.arg, private) for p in (*spec.posonlyargs, *spec.args)]
    for each in (*args, *kwargs.values()):
        machine.kept(each)
    names = dict(zip(positional, args, strict=False))
    if len(args) > len(positional) and spec.vararg is None:
        raise machine.native(
            "TypeError", f"{function.name}() takes {len(positional)} positional arguments but {len(args)} were given"
        )
    if spec.vararg:
        names[mangled(spec.vararg.arg, private)] = Value(tuple(args[len(positional) :]))
    by_name = {mangled(p.arg, private) for p in (*spec.args, *spec.kwonlyargs)}
    rest: Names = {}
    for key, value in kwargs.items():
        if key in by_name:
            if key in names:
                raise machine.native("TypeError", f"{function.name}() got multiple values for argument {key!r}")
            names[key] = value
        elif spec.kwarg is None:
            raise machine.native("TypeError", f"{function.name}() got an unexpected keyword argument {key!r}")
        else:
            rest[key] = value
    for name, value in zip(reversed(positional), reversed(function.defaults), strict=False):
        names.setdefault(name, value)
    for name, value in function.kwdefaults.items():
        names.setdefault(name, value)
    wanted = [*positional, *(mangled(p.arg, private) for p in spec.kwonlyargs)]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise machine.native("TypeError", f"{function.name}() missing required arguments: {', '.join(missing)}")
    if spec.kwarg:
        made = machine.new_dict({key: (Value(key), value) for key, value in rest.items()})
        names[mangled(spec.kwarg.arg, private)] = Value(made)
    return names


def _callable(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    with machine.deeper():
        return callee.data.call(machine, args, kwargs)  # type: ignore[no-any-return]  # its own declaration


def _type(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    found = TYPES.get(callee.data.kind)
    if found is None:
        raise machine.unmodelled(f"{callee.data.kind.__name__}() isn't read")
    return found(machine, args, kwargs)


def _outside(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    return call_outside(machine, callee.data, args, kwargs)


def _instance(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    if not callee.data.cls.defines("__call__"):
        raise machine.unmodelled(f"calls {described(callee.data)}")
    found = callee.data.cls.find("__call__")
    return machine.call(found[1], [callee, *args], kwargs)


def instantiate(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    """`Class(…)`."""
    cls: ClassObj = callee.data
    for each in (*args, *kwargs.values()):
        machine.kept(each)
    exception = machine.classes["BaseException"] in cls.mro
    if cls.builtin and not exception:
        if cls.name == "object" and not args and not kwargs:
            return Value(Opaque("object"))
        raise machine.unmodelled(f"calls {cls.name}")
    if cls.members is not None:
        return _member(machine, cls, args, kwargs)
    if cls.defines("__new__"):
        raise machine.unmodelled(f"{cls.name} makes its instances in its own way")
    if cls.defines("__slots__"):
        own = [each for each in cls.mro if not each.builtin]
        if all("__slots__" in each.namespace for each in own) or any(
            each.namespace["__slots__"].data != () for each in own if "__slots__" in each.namespace
        ):
            raise machine.unmodelled(f"{cls.name} keeps its attributes in slots")
    if cls.mixin is not None:
        text = plain(machine, args[0]) if len(args) == 1 and not kwargs else None
        if type(text) is not str:
            raise machine.unmodelled(f"{cls.name}() called like this isn't read")
        made = InstanceObj(cls=cls, attributes={"_value_": Value(text)}, epoch=machine.epoch, born=machine.statement)
        return Value(made, args[0].origins, args[0].control)
    if cls.unmet:
        raise machine.native("TypeError", f"Can't instantiate abstract class {cls.name}")
    if machine.classes["typing.Protocol"] in cls.bases:
        raise machine.native("TypeError", "Protocols cannot be instantiated")
    made = InstanceObj(cls=cls, attributes={}, epoch=machine.epoch, born=machine.statement)
    value = Value(made, (cls.where,) if cls.where else ())
    if cls.tuple_of is not None:
        _fill_tuple(machine, made, args, kwargs)
        return value
    if exception:
        if kwargs and not cls.defines("__init__"):
            raise machine.unmodelled("hands names to an exception")
        made.attributes["args"] = Value(tuple(args))
        odd = next((each.name for each in cls.mro if each.builtin and each.name in _ODD), None)
        if odd is not None:
            raise machine.unmodelled(f"makes an exception of kind {odd}")
    found = cls.find("__init__")
    if found is not None:
        if machine.call(found[1], [value, *args], kwargs).data is not None:
            raise machine.native("TypeError", "__init__() should return None")
    elif (args or kwargs) and not exception:
        raise machine.native("TypeError", f"{cls.name}() takes no arguments")
    return value


# Exceptions whose class, arguments or fields Python settles in ways of its own.
_ODD = frozenset(
    "OSError UnicodeError UnicodeDecodeError UnicodeEncodeError UnicodeTranslateError StopIteration "  # noqa: SIM905 - words on a line
    "StopAsyncIteration GeneratorExit SyntaxError SystemExit KeyboardInterrupt CalledProcessError "
    "TimeoutExpired".split()
)


def _member(machine: Machine, cls: ClassObj, args: Args, kwargs: Names) -> Value:
    """`Enumeration(value)`."""
    if len(args) != 1 or kwargs or not cls.members:
        raise machine.unmodelled(f"{cls.name}() called like this isn't read")
    for member in cls.members.values():
        if member.data is args[0].data:
            return member
        if not isinstance(args[0].data, InstanceObj) and equal(machine, member.data.attributes["_value_"], args[0]):
            return member.also(args[0])
    if cls.defines("_missing_") or not is_plain(args[0].data):
        raise machine.unmodelled(f"{cls.name} may have a member for it")
    raise machine.native("ValueError", f"not a valid {cls.name}", sure=True)


def _fill_tuple(machine: Machine, made: InstanceObj, args: Args, kwargs: Names) -> None:
    fields = made.cls.tuple_of or ()
    given = dict(zip(fields, args, strict=False))
    if len(args) > len(fields) or set(kwargs) - set(fields) or set(kwargs) & set(given):
        raise machine.native("TypeError", f"{made.cls.name}() takes other arguments")
    given.update(kwargs)
    for name in fields:
        value = given.get(name) or (made.cls.find(name) or (made.cls, None))[1]
        if value is None:
            raise machine.native("TypeError", f"{made.cls.name}() missing argument {name!r}")
        made.attributes[name] = value


def arity(machine: Machine, adapter: Value, name: str) -> tuple[int, int, list[str]] | None:
    """How many positional parameters a method must and may get, and which by name; None where it isn't plain."""
    method = find(machine, adapter, name)
    data = method.data if method is not None else None
    taken = 0
    while isinstance(data, Function) and data.of is not None:
        data, taken = data.of.data, 1
    if not isinstance(data, FunctionObj):
        return None
    function = data.original or data
    spec = function.node.args
    most = len(spec.posonlyargs) + len(spec.args) - taken
    least = max(0, most - len(function.defaults))
    only = [each.arg for each, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True) if default is None]
    return (least, most, only) if most >= 0 or spec.vararg else None


CALLS.update(
    {
        FunctionObj: call_function,
        Function: _callable,
        ClassObj: instantiate,
        BuiltinType: _type,
        External: _outside,
        InstanceObj: _instance,
    }
)
