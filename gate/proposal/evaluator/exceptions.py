"""`raise` and `try`, with Python's rules for which handler catches and what `finally` overrides."""

from __future__ import annotations

import ast

from gate.proposal.evaluator.machine import TABLES, Machine, Signal, models
from gate.proposal.evaluator.names import bind, unbind
from gate.proposal.evaluator.plain import described
from gate.proposal.evaluator.values import ClassObj, External, InstanceObj, Raising, Value


@models(TABLES.statements, ast.Raise)
def _raise(machine: Machine, node: ast.Raise) -> Signal | None:
    if node.exc is None:
        frame = machine.frame
        if not frame.handling:
            raise machine.unmodelled("a bare raise outside its except block isn't modelled")
        raise frame.handling[-1]
    value = machine.evaluate(node.exc)
    if isinstance(value.data, ClassObj) and machine.is_a(value.data, "BaseException"):
        machine.frame.line = node.lineno
        value = machine.call(value, [])
    if node.cause is not None:
        cause = machine.evaluate(node.cause).data
        if cause is not None and not isinstance(cause, InstanceObj | ClassObj):
            raise machine.unmodelled("raises from something that isn't modelled")
    data = value.data
    machine.frame.line = node.lineno
    if isinstance(data, External):
        raise machine.unmodelled(f"raises {data.path}")
    if not isinstance(data, InstanceObj) or not machine.is_a(data.cls, "BaseException"):
        if isinstance(data, InstanceObj | ClassObj) or type(data) in (str, int, type(None)):
            raise machine.raising("TypeError", "exceptions must derive from BaseException")
        raise machine.unmodelled(f"raises {described(data)}")
    raise Raising(value, machine.here())


@models(TABLES.statements, ast.Try)
def _try(machine: Machine, node: ast.Try) -> Signal | None:
    if not node.finalbody:
        return _handled(machine, node)
    machine.guard += 1
    try:
        outcome: Signal | Raising | None
        try:
            outcome = _handled(machine, node)
        except Raising as error:
            outcome = error
    finally:
        machine.guard -= 1
    last = machine.run(node.finalbody)
    if last is not None:
        return last
    if isinstance(outcome, Raising):
        raise outcome
    return outcome


def _handled(machine: Machine, node: ast.Try) -> Signal | None:
    machine.guard += bool(node.handlers)
    try:
        signal = machine.run(node.body)
    except Raising as error:
        caught = error
    else:
        return machine.run(node.orelse) if signal is None else signal
    finally:
        machine.guard -= bool(node.handlers)
    machine.frame.under((caught.where, *caught.instance.origins))
    for handler in node.handlers:
        if handler.type is None or matches(machine, caught, machine.evaluate(handler.type)):
            return _handle(machine, handler, caught)
    raise caught


def _handle(machine: Machine, handler: ast.ExceptHandler, caught: Raising) -> Signal | None:
    frame = machine.frame
    if handler.name:
        bind(machine, handler.name, caught.instance)
    frame.handling.append(caught)
    try:
        return machine.run(handler.body)
    finally:
        frame.handling.pop()
        if handler.name:
            _forget(machine, handler.name)


def _forget(machine: Machine, name: str) -> None:
    """The name of a caught exception is gone after its block, if the block didn't delete it."""
    try:
        unbind(machine, name)
    except Raising:
        return


def matches(machine: Machine, caught: Raising, wanted: Value) -> bool:
    """Whether `except wanted` catches."""
    data = wanted.data
    if isinstance(data, tuple):
        return any(matches(machine, caught, each) for each in data)
    if isinstance(data, External) and data.path in machine.classes:
        data = machine.classes[data.path]
    if isinstance(data, ClassObj) and machine.is_a(data, "BaseException"):
        return data in caught.cls.mro
    raise machine.unmodelled(f"catches {described(data)}")
