"""Calls: how arguments meet parameters, and what each kind of callable does."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from gate.adapters.evaluator.attributes import METHODS, assign, instantiate, lookup, of_class
from gate.adapters.evaluator.machine import TABLES, Machine, models
from gate.adapters.evaluator.plain import NONE, described, python_type, use
from gate.adapters.evaluator.values import (
    BoundMethod,
    ClassObj,
    Frame,
    FunctionObj,
    Host,
    InstanceObj,
    Names,
    NativeMethod,
    PropertyObj,
    UnboundNative,
    Unknown,
    Value,
    function_scope,
    mangled,
    of,
)


@models(TABLES.calls, FunctionObj)
def call_function(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    """Run a function of the program."""
    function = of(callee, FunctionObj)
    machine.live(function)
    node, outer = function.node, function.closure
    scope = machine.scopes.get(node)
    if scope is None:
        scope = machine.scopes[node] = function_scope(node, outer.private)
    if scope.generator:
        raise machine.unmodelled(f"{function.name} is a generator")
    names = bind(machine, function, args, kwargs)
    positional = [*node.args.posonlyargs, *node.args.args]
    frame = Frame(
        kind="function",
        module=outer.module,
        names=names,
        scope=scope,
        parent=outer,
        private=outer.private,
        cell=outer.cell,
        prefix=f"{function.name}.<locals>.",
        first=positional[0].arg if positional else "",
        line=node.lineno,
        epoch=machine.epoch,
    )
    machine.depth += 1
    try:
        with machine.inside(frame):
            machine.deeper()
            machine.nesting += 1
            try:
                return _body(machine, node)
            finally:
                machine.nesting -= 2
    finally:
        machine.depth -= 1


def _body(machine: Machine, node: ast.FunctionDef | ast.Lambda) -> Value:
    if isinstance(node, ast.Lambda):
        return machine.tagged(machine.evaluate(node.body))
    signal = machine.run(node.body)
    if signal is None or signal.value is None:
        return machine.tagged(NONE)
    return machine.tagged(signal.value)


def bind(machine: Machine, function: FunctionObj, args: Sequence[Value], kwargs: Names) -> Names:
    """Parameters to values, as Python binds them; a TypeError of the program where they don't fit."""
    spec, name, private = function.node.args, function.name, function.closure.private
    positional = [*spec.posonlyargs, *spec.args]
    names: Names = {mangled(p.arg, private): a for p, a in zip(positional, args, strict=False)}
    if len(args) > len(positional) and spec.vararg is None:
        raise machine.raising("TypeError", _too_many(function, positional, args, kwargs))
    if spec.vararg:
        names[mangled(spec.vararg.arg, private)] = Value(tuple(args[len(positional) :]))
    by_name = {mangled(p.arg, private) for p in (*spec.args, *spec.kwonlyargs)}
    rest: Names = {}
    for key, value in kwargs.items():
        if key in by_name:
            if key in names:
                raise machine.raising("TypeError", f"{name}() got multiple values for argument '{key}'")
            names[key] = value
        elif spec.kwarg is None:
            raise machine.raising("TypeError", f"{name}() got an unexpected keyword argument '{key}'")
        else:
            rest[key] = value
    _defaults(machine, function, names)
    if spec.kwarg:
        names[mangled(spec.kwarg.arg, private)] = Value(
            machine.dict_of({key: (Value(key), value) for key, value in rest.items()})
        )
    return names


def _defaults(machine: Machine, function: FunctionObj, names: Names) -> None:
    spec, private = function.node.args, function.closure.private
    positional = [mangled(p.arg, private) for p in (*spec.posonlyargs, *spec.args)]
    for key, value in zip(reversed(positional), reversed(function.defaults), strict=False):
        names.setdefault(key, value)
    missing = [key for key in positional if key not in names]
    if missing:
        raise machine.raising("TypeError", _lacking(function.name, "positional", missing))
    only = [mangled(p.arg, private) for p in spec.kwonlyargs]
    for key, value in function.kwdefaults.items():
        names.setdefault(key, value)
    missing = [key for key in only if key not in names]
    if missing:
        raise machine.raising("TypeError", _lacking(function.name, "keyword-only", missing))


def _lacking(name: str, kind: str, missing: list[str]) -> str:
    quoted = [f"'{each}'" for each in missing]
    if len(quoted) == 1:
        return f"{name}() missing 1 required {kind} argument: {quoted[0]}"
    listed = ", ".join(quoted[:-1]) + ("," if len(quoted) > 2 else "") + f" and {quoted[-1]}"
    return f"{name}() missing {len(quoted)} required {kind} arguments: {listed}"


def _too_many(function: FunctionObj, positional: list[ast.arg], args: Sequence[Value], kwargs: Names) -> str:
    most, least = len(positional), len(positional) - len(function.defaults)
    takes = str(most) if least == most else f"from {least} to {most}"
    plural = "" if most == 1 and least == most else "s"
    were = "was" if len(args) == 1 else "were"
    given = [key for key in kwargs if key in {p.arg for p in function.node.args.kwonlyargs}]
    if given:
        extra = f"positional argument{'s' if len(args) != 1 else ''} (and {len(given)} keyword-only argument"
        were = f"{extra}{'s' if len(given) != 1 else ''}) were"
    return f"{function.name}() takes {takes} positional argument{plural} but {len(args)} {were} given"


@models(TABLES.calls, BoundMethod)
def _bound(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    method = of(callee, BoundMethod)
    function = Value(method.function, callee.origins, callee.control)
    return call_function(machine, function, [method.receiver, *args], kwargs)


@models(TABLES.calls, NativeMethod)
def _native(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    method = of(callee, NativeMethod)
    data = method.receiver.data
    if isinstance(data, Host):
        if data.kind == "path":
            raise machine.unmodelled(f"calls a method of what {data.probe} finds")
        made = Host("value", data.probe, data.where)
        return Value(made, callee.origins, callee.control)
    if isinstance(data, PropertyObj):
        return Value(PropertyObj(data.getter, args[0]))
    kind = python_type(data) or type(data)
    found = METHODS.get((kind, method.name))
    if found is None:
        raise machine.unmodelled(f"{kind.__name__}.{method.name}() isn't modelled")
    return found(machine, method.receiver, args, kwargs)


@models(TABLES.calls, UnboundNative)
def _unbound(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    method = of(callee, UnboundNative)
    if method.kind is object and method.name == "__setattr__":
        return _object_setattr(machine, args, kwargs)
    if not args or python_type(args[0].data) is not method.kind or (method.kind, method.name) not in METHODS:
        raise machine.unmodelled(f"{method.kind.__name__}.{method.name}() called like this isn't modelled")
    return METHODS[(method.kind, method.name)](machine, args[0], args[1:], kwargs)


def _object_setattr(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    """The way around a frozen dataclass that its own `__post_init__` uses."""
    if kwargs or len(args) != 3 or not isinstance(args[0].data, InstanceObj) or not isinstance(args[1].data, str):
        raise machine.unmodelled("object.__setattr__() called like this isn't modelled")
    assign(machine, args[0], args[1].data, args[2])
    return NONE


@models(TABLES.calls, ClassObj)
def _class(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    cls = of(callee, ClassObj)
    return instantiate(machine, cls, args, kwargs)


@models(TABLES.calls, InstanceObj)
def _instance(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    instance = of(callee, InstanceObj)
    hook = lookup(machine, instance.cls, "__call__")
    if hook is None:
        raise machine.raising("TypeError", f"'{instance.cls.name}' object is not callable")
    return machine.call(of_class(machine, hook[1], callee), args, kwargs)


@models(TABLES.calls, Unknown)
def _unknown(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    raise machine.unmodelled(f"calls something unknown: {callee.data.why.reason}")  # type: ignore[attr-defined]


def not_callable(machine: Machine, callee: Value) -> Exception:
    """What calling a number, a string or a list gives."""
    data = use(machine, callee)
    kind = python_type(data)
    if kind is None:
        return machine.unmodelled(f"calls {described(data)}")
    name = "NoneType" if kind is type(None) else kind.__name__
    return machine.raising("TypeError", f"'{name}' object is not callable")
