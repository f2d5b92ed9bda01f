"""The few functions of the standard library whose calls are modelled."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from gate.adapters.evaluator import dataclass as dataclassing
from gate.adapters.evaluator import plain as iteration
from gate.adapters.evaluator.attributes import run_generated
from gate.adapters.evaluator.machine import TABLES, Machine, models
from gate.adapters.evaluator.operators import checked
from gate.adapters.evaluator.outside import escape, is_inert
from gate.adapters.evaluator.plain import NONE, is_primitive, key_of, native, plain
from gate.adapters.evaluator.values import (
    BoundMethod,
    BuiltinFunction,
    BuiltinType,
    Cached,
    ClassObj,
    DictObj,
    External,
    FrozenGuard,
    FunctionObj,
    GeneratedInit,
    Host,
    InstanceObj,
    IterObj,
    ListObj,
    Names,
    NativeMethod,
    Partial,
    Proxy,
    Unknown,
    Value,
    Wrapper,
    of,
)

_IDENTITY = frozenset({"final", "override", "no_type_check", "overload", "runtime_checkable"})


_MATH = frozenset("ceil floor sqrt log log2 log10 trunc fabs isqrt gcd hypot exp".split())  # noqa: SIM905 - words on a few lines


_LOGGING = frozenset("debug info warning error exception critical log".split())  # noqa: SIM905 - words on a few lines


_TYPES = frozenset(f"typing.{name}" for name in ("TypeVar", "NewType", "ParamSpec", "NamedTuple", "TypedDict"))
_PROBES = {"shutil.which": "path", "subprocess.run": "object"}


def known(path: str) -> bool:
    """Whether the model knows what a call of this does."""
    root, _, name = path.rpartition(".")
    return (
        path in _KNOWN
        or path in _PROBES
        or (root in ("typing", "typing_extensions") and name in _IDENTITY)
        or (root == "math" and name in _MATH)
        or (root == "logging.Logger()" and name in _LOGGING)
    )


@models(TABLES.calls, External)
def call_external(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    """A call out of the package."""
    path = of(callee, External).path
    root, _, name = path.rpartition(".")
    if path in _KNOWN:
        return _KNOWN[path](machine, args, kwargs)
    if path in _PROBES:
        return _probe(machine, path, args, kwargs)
    if known(path) and root == "math" and not kwargs:
        made = native(machine, getattr(math, name), *(plain(machine, arg) for arg in args))
        result = checked(machine, made)
        for arg in args:
            result = result.also(arg)
        return result
    if known(path) and root == "logging.Logger()":
        for arg in (*args, *kwargs.values()):
            plain(machine, arg)
        return NONE
    if known(path) and len(args) == 1 and not kwargs:
        return args[0]
    why = machine.unmodelled(f"{path}() isn't modelled")
    if machine.depth or machine.guard or machine.epoch or not is_inert(path):
        raise why
    for arg in (*args, *kwargs.values()):
        if path not in _TYPES:
            escape(machine, arg)
    return Value(Unknown(why, inert=True), (machine.here(),))


def _probe(machine: Machine, path: str, args: Sequence[Value], kwargs: Names) -> Value:
    """A question to the host, taken to alter nothing; inside a `try`, the question itself may fail."""
    if path == "subprocess.run" and not machine.epoch:
        raise machine.unmodelled("runs a program while the package is imported")
    shown = [repr(arg.data)[:60] if is_primitive(arg.data) else "…" for arg in args]
    text = f"{path}({', '.join(shown)})"
    where = machine.here()
    same = (path, *shown) if path == "shutil.which" and "…" not in shown else ()
    for arg in (*args, *kwargs.values()):
        if not isinstance(arg.data, BuiltinFunction | BuiltinType | External | Host):
            _plain_all(machine, arg)
    if path == "subprocess.run" and machine.guard and machine.epoch:
        failures = (
            "",
            "FileNotFoundError",
            "PermissionError",
            "subprocess.TimeoutExpired",
            "subprocess.CalledProcessError",
        )
        key = (path, where, len(machine.answers.options))
        failed = failures[machine.answers.choose(key, len(failures), f"{text} ({where})")]
        if failed:
            raise machine.raising(failed)
    return Value(Host(_PROBES[path], text, where, same), (where,))


def _plain_all(machine: Machine, arg: Value) -> None:
    """Arguments of a probe must be plain, or answers of the host."""
    parts = arg.data if isinstance(arg.data, tuple) else arg.data.items if isinstance(arg.data, ListObj) else (arg,)
    for part in parts:
        if not isinstance(part.data, Host):
            plain(machine, part)


def _dataclass(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) == 1 and not kwargs:
        return dataclassing.make_dataclass(machine, args[0], {})
    if args:
        raise machine.unmodelled("dataclass() called like this isn't modelled")
    strange = next((name for name in kwargs if name not in dataclassing.OPTIONS), None)
    if strange is not None:
        raise machine.raising("TypeError", f"dataclass() got an unexpected keyword argument {strange!r}")
    return Value(Wrapper("dataclass", kwargs))


def _mapping_proxy(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) != 1 or kwargs or not isinstance(args[0].data, DictObj):
        raise machine.unmodelled("MappingProxyType() called like this isn't modelled")
    return Value(Proxy(args[0].data), args[0].origins, args[0].control)


def _abstract(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) != 1 or not isinstance(args[0].data, FunctionObj):
        raise machine.unmodelled("abstractmethod() called like this isn't modelled")
    machine.mutate(args[0].data)
    args[0].data.abstract = True
    return args[0]


def _cast(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) != 2 or kwargs:
        raise machine.unmodelled("cast() called like this isn't modelled")
    return args[1]


def _partial(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if not args or not isinstance(
        args[0].data, FunctionObj | BoundMethod | BuiltinFunction | BuiltinType | NativeMethod
    ):
        raise machine.unmodelled("partial() called like this isn't modelled")
    return Value(Partial(args[0], tuple(args[1:]), kwargs))


def _cache(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) == 1 and not kwargs and isinstance(args[0].data, FunctionObj):
        return Value(Cached(args[0], {}))
    if any(not is_primitive(arg.data) for arg in (*args, *kwargs.values())):
        raise machine.unmodelled("cache() called like this isn't modelled")
    return Value(Wrapper("cache", {}))


def _wraps(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if len(args) != 1 or not isinstance(args[0].data, FunctionObj):
        raise machine.unmodelled("wraps() called like this isn't modelled")
    return Value(Wrapper("wraps", {}))


def _logger(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    return Value(External("logging.Logger()"))


def _warn(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    for arg in args:
        if not isinstance(arg.data, ClassObj):
            plain(machine, arg)
    return NONE


def _chain(machine: Machine, args: Sequence[Value], kwargs: Names) -> Value:
    if kwargs:
        raise machine.unmodelled("chain() called like this isn't modelled")
    source = (item for arg in args for item in iteration.over(machine, arg))
    return Value(IterObj(source=source, epoch=machine.epoch, home=machine.frame.module.path))


_KNOWN: dict[str, Callable[[Machine, Sequence[Value], Names], Value]] = {
    "dataclasses.dataclass": _dataclass,
    "dataclasses.field": dataclassing.make_field,
    "dataclasses.replace": dataclassing.replace,
    "types.MappingProxyType": _mapping_proxy,
    "abc.abstractmethod": _abstract,
    "typing.cast": _cast,
    "functools.partial": _partial,
    "functools.cache": _cache,
    "functools.lru_cache": _cache,
    "functools.wraps": _wraps,
    "logging.getLogger": _logger,
    "warnings.warn": _warn,
    "itertools.chain": _chain,
}


@models(TABLES.calls, Wrapper)
def _wrapper(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    data = of(callee, Wrapper)
    if data.kind == "dataclass" and len(args) == 1 and not kwargs:
        return dataclassing.make_dataclass(machine, args[0], data.options)
    if data.kind == "cache" and len(args) == 1 and not kwargs:
        return _cache(machine, args, kwargs)
    if data.kind == "wraps" and len(args) == 1 and not kwargs:
        return args[0]
    if data.kind == "bound":
        return machine.call(data.options["function"], [data.options["receiver"], *args], kwargs)
    if data.kind == "object.__init__" and not args and not kwargs:
        return NONE
    if data.kind == "exception.__init__" and not kwargs:
        receiver = of(data.options["receiver"], InstanceObj)
        receiver.attributes["args"] = Value(tuple(args))
        return NONE
    raise machine.unmodelled(f"{data.kind}() called like this isn't modelled")


@models(TABLES.calls, GeneratedInit)
def _generated(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    data = of(callee, GeneratedInit)
    if not args or not isinstance(args[0].data, InstanceObj):
        raise machine.unmodelled("__init__() called like this isn't modelled")
    return run_generated(machine, data.cls, args[0], args[1:], kwargs)


@models(TABLES.calls, FrozenGuard)
def _frozen(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    raise machine.unmodelled("__setattr__() of a frozen dataclass called like this isn't modelled")


@models(TABLES.calls, Partial)
def _partial_call(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    data = of(callee, Partial)
    return machine.call(data.function, [*data.args, *args], {**data.kwargs, **kwargs})


@models(TABLES.calls, Cached)
def _cached_call(machine: Machine, callee: Value, args: Sequence[Value], kwargs: Names) -> Value:
    data = of(callee, Cached)
    if kwargs or any(type(arg.data) not in (int, str) for arg in args):
        raise machine.unmodelled("a cached function called like this isn't modelled")
    key = tuple(key_of(machine, arg) for arg in args)
    if key in data.memory:
        return data.memory[key]
    made = machine.call(data.function, args)
    if not _immutable(made):
        raise machine.unmodelled("a cached function that gives something alterable isn't modelled")
    if machine.epoch == 0:
        data.memory[key] = made
    return made


def _immutable(value: Value) -> bool:
    return is_primitive(value.data) or (isinstance(value.data, tuple) and all(map(_immutable, value.data)))
