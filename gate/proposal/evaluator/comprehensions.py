"""Comprehensions and generator expressions: a scope of their own, the first iterable evaluated outside it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

from gate.proposal.evaluator import iteration
from gate.proposal.evaluator.equality import key_of
from gate.proposal.evaluator.machine import TABLES, Machine, models
from gate.proposal.evaluator.scope import Comprehension, Frame, comprehension_scope
from gate.proposal.evaluator.statements import assign_to
from gate.proposal.evaluator.truth import truth
from gate.proposal.evaluator.values import IterObj, Value

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
