"""What lies outside the package: the little of the standard library that is modelled, and what the rest could alter.

Importing a module from outside is taken not to alter the package. Calling into it alters what it is handed: that is
poisoned. Parts of the standard library that can reach anything by name are never called past.
"""

from __future__ import annotations

from collections.abc import Sequence

from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.plain import described, is_primitive
from gate.adapters.evaluator.values import (
    BuiltinFunction,
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    Heap,
    Host,
    ListObj,
    NativeMethod,
    Proxy,
    SetObj,
    Unknown,
    Value,
    of,
)

# Called at the top level of a module, these give something unknown and reach nothing that they aren't handed. Modules
# that reach objects by name, run programs or write files aren't here.
_INERT = frozenset(
    "abc array base64 bisect calendar collections copy dataclasses datetime decimal difflib enum errno fnmatch "  # noqa: SIM905 - words on a few lines
    "fractions functools getpass glob hashlib heapq html itertools json keyword locale logging math numbers operator "
    "pathlib platform posixpath pprint random re secrets shlex stat statistics string struct sysconfig textwrap time "
    "tomllib types typing typing_extensions unicodedata uuid warnings zlib argparse".split()
)
_ASKING = ("os.environ", "os.getenv", "os.path", "os.fspath", "os.cpu_count", "os.getcwd", "os.sep", "os.name")
_REACHING = frozenset({"types.FunctionType", "types.CodeType", "types.new_class"})
# Methods by which something unknown could write a file, one of the package's perhaps.
_WRITING = frozenset(
    "write_text write_bytes write open unlink rename replace rmdir mkdir touch symlink_to hardlink_to chmod".split()  # noqa: SIM905 - words on a few lines
)
_DECORATORS = frozenset(
    f"functools.{name}" for name in ("cached_property", "singledispatch", "total_ordering", "partialmethod")
) | {"enum.unique"}
_PURE = frozenset(
    "abs all any ascii bin chr divmod format hex isinstance len max min oct ord pow repr round sorted sum".split()  # noqa: SIM905 - words on a few lines
)


def is_inert(path: str) -> bool:
    """Whether calling this reaches only what it is handed."""
    if path.rpartition(".")[2] in _WRITING and path.startswith("pathlib"):
        return False
    return path.startswith(_ASKING) or (path.partition(".")[0] in _INERT and path not in _REACHING)


def is_writing(name: str) -> bool:
    """A method that could write a file, one of the package's perhaps."""
    return name in _WRITING


def outside_operation(machine: Machine, base: Value, operands: Sequence[Value]) -> Value:
    """Anything done with an unknown value: unknown again at the top level of a module, else the end of the model."""
    unknown = next(value.data for value in (base, *operands) if isinstance(value.data, Unknown))
    if machine.depth or machine.guard or machine.epoch:
        raise machine.unmodelled(f"depends on something unknown: {unknown.why.reason} ({unknown.why.where})")
    inert = True
    for operand in (base, *operands):
        if isinstance(operand.data, Unknown):
            inert = inert and operand.data.inert
        else:
            escape(machine, operand)
    return Value(Unknown(unknown.why, inert), (machine.here(),))


def outside_value(machine: Machine, outside: External) -> Unknown:
    """A part of something outside the package: `os.environ["PRESET"]`."""
    return Unknown(machine.unmodelled(f"{outside.path}[…] isn't modelled"), inert=is_inert(outside.path))


def call_unknown(machine: Machine, callee: Value, args: Sequence[Value]) -> Value:
    """A call of something unknown."""
    unknown = of(callee, Unknown)
    if machine.depth or machine.guard or machine.epoch or not unknown.inert:
        raise machine.unmodelled(f"calls something unknown: {unknown.why.reason} ({unknown.why.where})")
    for arg in args:
        escape(machine, arg)
    return Value(Unknown(unknown.why, inert=True), (machine.here(),))


def is_pure(callee: object) -> bool:
    """A callable of Python's own that alters nothing: with something unknown among its arguments, its result is too."""
    if isinstance(callee, BuiltinFunction):
        return callee.name in _PURE
    if isinstance(callee, NativeMethod):
        return isinstance(callee.receiver.data, str | bytes | tuple)
    return isinstance(callee, BuiltinType)


def escape(machine: Machine, value: Value) -> None:
    """Code outside the model gets hold of the value: from here on nothing is known of what it could alter."""
    machine.charge()
    data = value.data
    if is_primitive(data) or isinstance(data, Host | BuiltinType | BuiltinFunction):
        return
    if (isinstance(data, Unknown) and data.inert) or (isinstance(data, External) and is_inert(data.path)):
        return
    if isinstance(data, tuple):
        for item in data:
            escape(machine, item)
        return
    if isinstance(data, ListObj | DictObj | SetObj | Proxy):
        _escape_container(machine, data)
        return
    # A function could be called, an instance has methods that could be, a class can be made an instance of.
    raise machine.unmodelled(f"hands {described(data)} to code outside the package")


def _escape_container(machine: Machine, data: ListObj | DictObj | SetObj | Proxy) -> None:
    held = data.of if isinstance(data, Proxy) else data
    if held.poison is not None:
        return
    poison(machine, held)
    if isinstance(held, DictObj):
        inner = [part for pair in held.entries.values() for part in pair]
    else:
        inner = list(held.items if isinstance(held, ListObj) else held.entries.values())
    for item in inner:
        escape(machine, item)


def poison(machine: Machine, heap: Heap) -> None:
    """Nothing is known of `heap` from here on."""
    if heap.epoch != machine.epoch:
        raise machine.unmodelled("hands something that outlives the call to code outside the package", outlives=True)
    heap.poison = heap.poison or machine.unmodelled("code outside the package could have altered this")
    if heap.home != machine.frame.module.path:
        machine.crossed.add(machine.frame.module.path)


def decorated(machine: Machine, path: str, target: Value) -> Value:
    """A decorator from outside: what it decorates is unknown. One that could call it isn't passed at all."""
    why = machine.unmodelled(f"decorator {path} isn't modelled")
    if path not in _DECORATORS and not path.startswith(("typing.", "typing_extensions.", "contextlib.")):
        raise why
    if isinstance(target.data, ClassObj):
        poison(machine, target.data)
    return Value(Unknown(why), (machine.here(),))
