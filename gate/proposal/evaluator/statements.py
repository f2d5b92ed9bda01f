"""What each kind of statement does, but for definitions, imports and `try`."""

from __future__ import annotations

import ast

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.attributes import attribute
from gate.proposal.evaluator.instances import delete_attribute, set_attribute
from gate.proposal.evaluator.machine import TABLES, Machine, Signal, models
from gate.proposal.evaluator.names import bind, load, unbind
from gate.proposal.evaluator.operators import binary
from gate.proposal.evaluator.plain import NONE, described, python_type
from gate.proposal.evaluator.scope import mangled
from gate.proposal.evaluator.subscripts import remove, store, subscript
from gate.proposal.evaluator.truth import truth
from gate.proposal.evaluator.values import DictObj, ListObj, SetObj, Unknown, Value

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
