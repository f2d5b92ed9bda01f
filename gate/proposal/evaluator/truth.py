"""Truth, and the questions to the host that it may hang on."""

from __future__ import annotations

from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.plain import described, entries, is_primitive, method_of, use
from gate.proposal.evaluator.values import (
    BoundMethod,
    BuiltinFunction,
    BuiltinType,
    ClassObj,
    DictObj,
    External,
    FunctionObj,
    Host,
    InstanceObj,
    ListObj,
    ModuleObj,
    NativeMethod,
    Proxy,
    SetObj,
    Value,
    View,
)


def truth(machine: Machine, value: Value) -> bool:  # noqa: PLR0911 - one per kind
    """Whether the value counts as true; an answer of the host is asked for."""
    data = use(machine, value)
    if is_primitive(data) or isinstance(data, tuple):
        return bool(data)
    if isinstance(data, ListObj):
        machine.live(data)
        return bool(data.items)
    if isinstance(data, DictObj | Proxy):
        return bool(entries(machine, data))
    if isinstance(data, SetObj):
        machine.live(data)
        return bool(data.entries)
    if isinstance(data, View):
        return bool(entries(machine, data.of))
    if isinstance(data, Host):
        return host_truth(machine, data)
    if isinstance(data, InstanceObj):
        machine.live(data)
        if method_of(data.cls, "__bool__") or method_of(data.cls, "__len__") or data.cls.enum:
            raise machine.unmodelled(f"{data.cls.name} decides itself whether it is true")
        return True
    if isinstance(
        data, FunctionObj | ClassObj | BuiltinType | BuiltinFunction | BoundMethod | NativeMethod | ModuleObj
    ):
        return True
    if isinstance(data, External) and data.path in ("subprocess.run", "shutil.which"):
        return True
    raise machine.unmodelled(f"whether {described(data)} is true isn't known")


def host_truth(machine: Machine, host: Host) -> bool:
    """Ask the host. A path that is found isn't empty."""
    if host.kind == "object":
        return True
    if host.kind == "path":
        return not host_is_none(machine, host)
    return bool(_ask(machine, host, "true"))


def host_is_none(machine: Machine, host: Host) -> bool:
    """Ask the host whether it answers None at all."""
    if host.kind == "object":
        return False
    if host.kind == "value":
        if machine.answers.given.get((host.part_of or host, "true")) == 1:
            return False
        return bool(_ask(machine, host, "none"))
    return not _ask(machine, host, "found")


def _ask(machine: Machine, host: Host, question: str) -> int:
    if machine.epoch == 0:
        raise machine.unmodelled(f"what {host.probe} finds decides how the module is built")
    key = (host.part_of or host, question)
    return machine.answers.choose(key, 2, f"{host.probe} ({host.where})")


def host_from(machine: Machine, *values: Value) -> Value | None:
    """What is computed from an answer of the host: an answer of the host."""
    for value in values:
        if isinstance(value.data, Host):
            source = value.data
            made = Host("value", source.probe, source.where)
            return Value(made).also(value)
    return None
