"""Comprehensions and generator expressions: a scope of their own, the first iterable evaluated outside it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

from gate.adapters.evaluator import plain as iteration
from gate.adapters.evaluator.attributes import attribute, delete_attribute, set_attribute
from gate.adapters.evaluator.machine import TABLES, Machine, Signal, models
from gate.adapters.evaluator.names import bind, load, unbind
from gate.adapters.evaluator.operators import binary, remove, store, subscript
from gate.adapters.evaluator.plain import NONE, described, key_of, python_type, truth
from gate.adapters.evaluator.values import (
    ClassObj,
    Comprehension,
    DictObj,
    External,
    Frame,
    InstanceObj,
    IterObj,
    ListObj,
    Raising,
    SetObj,
    Unknown,
    Value,
    comprehension_scope,
    mangled,
)

BREAK = Signal(kind="break")
CONTINUE = Signal(kind="continue")


def condition(machine: Machine, node: ast.expr) -> bool:
    """Decide on an expression; all that follows in this block is owed to it."""
    value = machine.evaluate(node)
    decided = truth(machine, value)
    machine.frame.under((*value.origins, *value.control))
    return decided


@models(TABLES.statements, ast.Expr)
def _expression(machine: Machine, node: ast.Expr) -> Signal | None:
    if not isinstance(node.value, ast.Constant):
        machine.evaluate(node.value)
    return None


@models(TABLES.statements, ast.Pass, ast.Global, ast.Nonlocal)
def _nothing(machine: Machine, node: ast.stmt) -> Signal | None:
    return None


@models(TABLES.statements, ast.Assign)
def _assign(machine: Machine, node: ast.Assign) -> Signal | None:
    value = machine.evaluate(node.value)
    for target in node.targets:
        assign_to(machine, target, value)
    return None


def assign_to(machine: Machine, target: ast.expr, value: Value) -> None:
    """`target = value`, unpacking where the target is a tuple or list."""
    machine.charge()
    if isinstance(target, ast.Name):
        bind(machine, target.id, value)
    elif isinstance(target, ast.Attribute):
        base = machine.evaluate(target.value)
        set_attribute(machine, base, mangled(target.attr, machine.frame.private), value)
    elif isinstance(target, ast.Subscript):
        base = machine.evaluate(target.value)
        store(machine, base, machine.evaluate(target.slice), value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(machine, target.elts, value)
    else:
        raise machine.unmodelled(f"assigns to {type(target).__name__}")


def _unpack(machine: Machine, targets: list[ast.expr], value: Value) -> None:
    if isinstance(value.data, Unknown):
        for target in targets:
            assign_to(machine, target.value if isinstance(target, ast.Starred) else target, value)
        return
    if python_type(value.data) in (int, float, bool, type(None)):
        name = "NoneType" if value.data is None else type(value.data).__name__
        raise machine.raising("TypeError", f"cannot unpack non-iterable {name} object")
    items = iteration.items(machine, value)
    starred = next((place for place, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
    wanted = len(targets) - (starred is not None)
    if len(items) < wanted:
        expected = f"at least {wanted}" if starred is not None else str(wanted)
        raise machine.raising("ValueError", f"not enough values to unpack (expected {expected}, got {len(items)})")
    if starred is None and len(items) > wanted:
        raise machine.raising("ValueError", f"too many values to unpack (expected {wanted})")
    after = len(targets) - 1 - starred if starred is not None else 0
    for place, target in enumerate(targets):
        if isinstance(target, ast.Starred):
            rest = items[place : len(items) - after]
            assign_to(machine, target.value, Value(machine.list_of(rest)))
        else:
            behind = starred is not None and place > starred
            assign_to(machine, target, items[place - len(targets) if behind else place])


@models(TABLES.statements, ast.AnnAssign)
def _annotated(machine: Machine, node: ast.AnnAssign) -> Signal | None:
    if node.value is not None:
        assign_to(machine, node.target, machine.evaluate(node.value))
    frame = machine.frame
    if frame.kind in ("module", "class"):
        evaluated = None if frame.module.lazy_annotations else machine.evaluate(node.annotation)
        if frame.kind == "class" and isinstance(node.target, ast.Name) and node.simple:
            frame.annotations[mangled(node.target.id, frame.private)] = (node.annotation, evaluated)
    return None


@models(TABLES.statements, ast.AugAssign)
def _augmented(machine: Machine, node: ast.AugAssign) -> Signal | None:
    target = node.target
    if isinstance(target, ast.Name):
        old = load(machine, target.id)
        bind(machine, target.id, _combined(machine, node, old, machine.evaluate(node.value)))
    elif isinstance(target, ast.Attribute):
        base = machine.evaluate(target.value)
        name = mangled(target.attr, machine.frame.private)
        old = attribute(machine, base, name)
        set_attribute(machine, base, name, _combined(machine, node, old, machine.evaluate(node.value)))
    else:
        base, index = machine.evaluate(target.value), machine.evaluate(target.slice)
        old = subscript(machine, base, index)
        store(machine, base, index, _combined(machine, node, old, machine.evaluate(node.value)))
    return None


def _combined(machine: Machine, node: ast.AugAssign, old: Value, more: Value) -> Value:
    machine.frame.line = node.lineno
    for value in (old, more):
        if isinstance(value.data, Unknown):
            raise machine.unmodelled(f"depends on something unknown: {value.data.why.reason} ({value.data.why.where})")
    if isinstance(old.data, ListObj) and isinstance(node.op, ast.Add):
        machine.mutate(old.data)
        items = [machine.tagged(item) for item in iteration.items(machine, more)]
        old.data.items.extend(items)
        machine.limit(len(old.data.items))
        return old
    if isinstance(old.data, ListObj | DictObj) or (isinstance(old.data, SetObj) and not old.data.frozen):
        raise machine.unmodelled(f"this augmented assignment to {described(old.data)} isn't modelled")
    return binary(machine, type(node.op), old, more).owed((machine.here(),))


@models(TABLES.statements, ast.Delete)
def _delete(machine: Machine, node: ast.Delete) -> Signal | None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            unbind(machine, target.id)
        elif isinstance(target, ast.Attribute):
            base = machine.evaluate(target.value)
            delete_attribute(machine, base, mangled(target.attr, machine.frame.private))
        elif isinstance(target, ast.Subscript):
            base = machine.evaluate(target.value)
            remove(machine, base, machine.evaluate(target.slice))
        else:
            raise machine.unmodelled(f"deletes {type(target).__name__}")
    return None


@models(TABLES.statements, ast.If)
def _if(machine: Machine, node: ast.If) -> Signal | None:
    return machine.run(node.body if condition(machine, node.test) else node.orelse)


@models(TABLES.statements, ast.While)
def _while(machine: Machine, node: ast.While) -> Signal | None:
    while condition(machine, node.test):
        machine.charge()
        signal = machine.run(node.body)
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal
    return machine.run(node.orelse)


@models(TABLES.statements, ast.For)
def _for(machine: Machine, node: ast.For) -> Signal | None:
    source = machine.evaluate(node.iter)
    if isinstance(source.data, Unknown):
        raise machine.unmodelled(f"depends on something unknown: {source.data.why.reason} ({source.data.why.where})")
    iteration.start(machine, source)
    for item in iteration.over(machine, source):
        machine.charge()
        assign_to(machine, node.target, item)
        signal = machine.run(node.body)
        machine.frame.line = node.lineno
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal
    return machine.run(node.orelse)


@models(TABLES.statements, ast.Break)
def _break(machine: Machine, node: ast.Break) -> Signal | None:
    return BREAK


@models(TABLES.statements, ast.Continue)
def _continue(machine: Machine, node: ast.Continue) -> Signal | None:
    return CONTINUE


@models(TABLES.statements, ast.Return)
def _return(machine: Machine, node: ast.Return) -> Signal | None:
    return Signal(kind="return", value=machine.evaluate(node.value) if node.value else NONE)


@models(TABLES.statements, ast.Assert)
def _assert(machine: Machine, node: ast.Assert) -> Signal | None:
    if condition(machine, node.test):
        return None
    args = [machine.evaluate(node.msg)] if node.msg else []
    raise machine.raising_with("AssertionError", *args)


T = TypeVar("T")


def _frame(machine: Machine, node: Comprehension) -> Frame:
    outer = machine.frame
    scope = machine.scopes.get(node)
    if scope is None:
        scope = machine.scopes[node] = comprehension_scope(node, outer.private)
    return Frame(
        kind="comprehension",
        module=outer.module,
        names={},
        scope=scope,
        parent=outer,
        private=outer.private,
        cell=outer.cell,
        prefix=f"{outer.prefix}<listcomp>.<locals>.",
        line=node.lineno,
        epoch=machine.epoch,
    )


def _results(machine: Machine, node: Comprehension, source: Value, frame: Frame, give: Callable[[], T]) -> Iterator[T]:
    """Each result; runs in `frame`, and leaves the machine as it was between two results."""
    inner = _level(machine, node.generators, 0, iteration.over(machine, source), frame, give)
    while True:
        before, machine.frame = machine.frame, frame
        try:
            item = next(inner)
        except StopIteration:
            return
        finally:
            machine.frame = before
        yield item


def _level(
    machine: Machine,
    generators: list[ast.comprehension],
    level: int,
    source: Iterator[Value],
    frame: Frame,
    give: Callable[[], T],
) -> Iterator[T]:
    generator = generators[level]
    if generator.is_async:
        raise machine.unmodelled("async comprehensions aren't modelled")
    for item in source:
        machine.charge()
        frame.control = ()
        assign_to(machine, generator.target, item)
        if not all(_holds(machine, condition) for condition in generator.ifs):
            continue
        if level + 1 == len(generators):
            yield give()
        else:
            more = iteration.over(machine, machine.evaluate(generators[level + 1].iter))
            yield from _level(machine, generators, level + 1, more, frame, give)


def _holds(machine: Machine, condition: ast.expr) -> bool:
    value = machine.evaluate(condition)
    machine.frame.under((*value.origins, *value.control))
    return truth(machine, value)


def _single(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Iterator[Value]:
    source = machine.evaluate(node.generators[0].iter)
    iteration.start(machine, source)
    frame = _frame(machine, node)
    return _results(machine, node, source, frame, lambda: machine.tagged(machine.evaluate(node.elt)))


@models(TABLES.expressions, ast.GeneratorExp)
def _generator(machine: Machine, node: ast.GeneratorExp) -> Value:
    return Value(IterObj(source=_single(machine, node), epoch=machine.epoch, home=machine.frame.module.path))


@models(TABLES.expressions, ast.ListComp)
def _list(machine: Machine, node: ast.ListComp) -> Value:
    found: list[Value] = []
    for item in _single(machine, node):
        found.append(item)
        machine.limit(len(found))
    return Value(machine.list_of(found))


@models(TABLES.expressions, ast.SetComp)
def _set(machine: Machine, node: ast.SetComp) -> Value:
    held: dict[Hashable, Value] = {}
    for item in _single(machine, node):
        held.setdefault(key_of(machine, item), item)
    return Value(machine.set_of(held, frozen=False))


@models(TABLES.expressions, ast.DictComp)
def _dict(machine: Machine, node: ast.DictComp) -> Value:
    source = machine.evaluate(node.generators[0].iter)
    frame = _frame(machine, node)

    def give() -> tuple[Value, Value]:
        return machine.evaluate(node.key), machine.tagged(machine.evaluate(node.value))

    made = machine.dict_of({})
    for key, value in _results(machine, node, source, frame, give):
        filed = key_of(machine, key)
        made.entries[filed] = (made.entries[filed][0] if filed in made.entries else key, value)
        machine.limit(len(made.entries))
    return Value(made)


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
