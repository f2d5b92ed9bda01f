"""What each kind of expression gives."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Sequence

from gate.adapters.evaluator import plain as iteration
from gate.adapters.evaluator.attributes import attribute
from gate.adapters.evaluator.calls import not_callable
from gate.adapters.evaluator.library import pairs
from gate.adapters.evaluator.machine import TABLES, Machine, models
from gate.adapters.evaluator.names import bind_walrus, load
from gate.adapters.evaluator.operators import UNARY, binary, compare, is_type, subscript
from gate.adapters.evaluator.outside import call_unknown, is_pure, is_writing, outside_operation, outside_value
from gate.adapters.evaluator.plain import described, host_from, is_primitive, key_of, native, plain, truth
from gate.adapters.evaluator.text import formatted, gathered
from gate.adapters.evaluator.values import DictObj, External, FunctionObj, Proxy, Unknown, Value, mangled


def here(machine: Machine, node: ast.AST, value: Value) -> Value:
    """The value, owed to this line as well."""
    line = machine.frame.line = node.lineno  # type: ignore[attr-defined]
    return value.owed(machine.frame.module.spot(line))


@models(TABLES.expressions, ast.Constant)
def _constant(machine: Machine, node: ast.Constant) -> Value:
    if not is_primitive(node.value):
        raise machine.unmodelled(f"{type(node.value).__name__} constants aren't modelled")
    where = machine.here()
    if machine.epoch:
        machine.touched.add(where)
    return Value(node.value, (where,))


@models(TABLES.expressions, ast.Name)
def _name(machine: Machine, node: ast.Name) -> Value:
    value = load(machine, node.id)
    if machine.epoch:
        machine.touched.update(value.origins)
    return here(machine, node, value)


@models(TABLES.expressions, ast.Attribute)
def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    base = machine.evaluate(node.value)
    machine.frame.line = node.end_lineno or node.lineno
    if isinstance(base.data, Unknown):
        if is_writing(node.attr):
            raise machine.unmodelled(f"{node.attr} of something unknown: {base.data.why.reason}")
        return outside_operation(machine, base, [])
    return here(machine, node, attribute(machine, base, mangled(node.attr, machine.frame.private)))


@models(TABLES.expressions, ast.Subscript)
def _subscript(machine: Machine, node: ast.Subscript) -> Value:
    base = machine.evaluate(node.value)
    index = machine.evaluate(node.slice)
    machine.frame.line = node.lineno
    if isinstance(base.data, Unknown) or isinstance(index.data, Unknown):
        return outside_operation(machine, base, [base, index])
    if isinstance(base.data, External) and not is_type(base.data):
        return outside_operation(machine, Value(outside_value(machine, base.data)), [index])
    return here(machine, node, subscript(machine, base, index))


@models(TABLES.expressions, ast.Slice)
def _slice(machine: Machine, node: ast.Slice) -> Value:
    parts = [machine.evaluate(part) if part else Value(None) for part in (node.lower, node.upper, node.step)]
    made = Value(slice(*(plain(machine, part) for part in parts)))
    for part in parts:
        made = made.also(part)
    return made


@models(TABLES.expressions, ast.JoinedStr)
def _joined(machine: Machine, node: ast.JoinedStr) -> Value:
    texts: list[str] = []
    owed, length, host = Value(None), 0, None
    for part in node.values:
        value = machine.evaluate(part)
        host = host or host_from(machine, value)
        texts.append(value.data if isinstance(value.data, str) else "")
        length += len(texts[-1])
        machine.limit_text(length)
        if not isinstance(part, ast.Constant):
            owed = owed.also(value)
    if host is not None:
        return host
    return here(machine, node, Value("".join(texts), owed.origins, owed.control))


@models(TABLES.expressions, ast.FormattedValue)
def _formatted(machine: Machine, node: ast.FormattedValue) -> Value:
    value = machine.evaluate(node.value)
    spec = machine.evaluate(node.format_spec) if node.format_spec else Value("")
    host = host_from(machine, value, spec)
    if host is not None:
        return host
    if not isinstance(spec.data, str):
        raise machine.unmodelled("this format specification isn't modelled")
    made = Value(formatted(machine, value, spec.data, node.conversion))
    return made.also(gathered(value)).also(spec)


def _elements(machine: Machine, nodes: Sequence[ast.expr]) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            found.extend(iteration.items(machine, machine.evaluate(node.value)))
        else:
            found.append(machine.evaluate(node))
        machine.limit(len(found))
    return found


@models(TABLES.expressions, ast.Tuple)
def _tuple(machine: Machine, node: ast.Tuple) -> Value:
    return Value(tuple(_elements(machine, node.elts)))


@models(TABLES.expressions, ast.List)
def _list(machine: Machine, node: ast.List) -> Value:
    return Value(machine.list_of(_elements(machine, node.elts)))


@models(TABLES.expressions, ast.Set)
def _set(machine: Machine, node: ast.Set) -> Value:
    held: dict[Hashable, Value] = {}
    for item in _elements(machine, node.elts):
        held.setdefault(key_of(machine, item), item)
    return Value(machine.set_of(held, frozen=False))


@models(TABLES.expressions, ast.Dict)
def _dict(machine: Machine, node: ast.Dict) -> Value:
    made = machine.dict_of({})
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            more = machine.evaluate(value_node)
            if not isinstance(more.data, DictObj | Proxy):
                raise machine.unmodelled(f"unpacks {described(more.data)} into a dictionary")
            found = [(key, more.part(value)) for key, value in pairs(machine, more)]
        else:
            found = [(machine.evaluate(key_node), machine.evaluate(value_node))]
        for key, value in found:
            filed = key_of(machine, key)
            made.entries[filed] = (made.entries[filed][0] if filed in made.entries else key, value)
        machine.limit(len(made.entries))
    return Value(made)


@models(TABLES.expressions, ast.BinOp)
def _binary(machine: Machine, node: ast.BinOp) -> Value:
    left = machine.evaluate(node.left)
    right = machine.evaluate(node.right)
    machine.frame.line = node.lineno
    if isinstance(left.data, Unknown) or isinstance(right.data, Unknown):
        return outside_operation(machine, left, [left, right])
    return binary(machine, type(node.op), left, right)


@models(TABLES.expressions, ast.UnaryOp)
def _unary(machine: Machine, node: ast.UnaryOp) -> Value:
    value = machine.evaluate(node.operand)
    if isinstance(node.op, ast.Not):
        return Value(not truth(machine, value)).also(value)
    host = host_from(machine, value)
    if host is not None:
        return host
    if not is_primitive(value.data):
        raise machine.unmodelled(f"an operator on {described(value.data)}")
    return Value(native(machine, UNARY[type(node.op)][0], value.data)).also(value)


@models(TABLES.expressions, ast.Compare)
def _compare(machine: Machine, node: ast.Compare) -> Value:
    left = machine.evaluate(node.left)
    result = Value(True)
    for place, (operator, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = machine.evaluate(right_node)
        machine.frame.line = node.lineno
        if isinstance(left.data, Unknown) or isinstance(right.data, Unknown):
            return outside_operation(machine, left, [left, right])
        result = compare(machine, type(operator), left, right).owed(result.origins, result.control)
        if place < len(node.ops) - 1 and not truth(machine, result):
            return result
        left = right
    return result


@models(TABLES.expressions, ast.BoolOp)
def _boolean(machine: Machine, node: ast.BoolOp) -> Value:
    value = machine.evaluate(node.values[0])
    for each in node.values[1:]:
        if truth(machine, value) is isinstance(node.op, ast.Or):
            return value
        condition = value
        value = machine.evaluate(each).owed((), (*condition.origins, *condition.control))
    return value


@models(TABLES.expressions, ast.IfExp)
def _either(machine: Machine, node: ast.IfExp) -> Value:
    condition = machine.evaluate(node.test)
    chosen = machine.evaluate(node.body if truth(machine, condition) else node.orelse)
    return chosen.owed((), (*condition.origins, *condition.control))


@models(TABLES.expressions, ast.NamedExpr)
def _walrus(machine: Machine, node: ast.NamedExpr) -> Value:
    value = machine.evaluate(node.value)
    bind_walrus(machine, node.target.id, value)
    return value


@models(TABLES.expressions, ast.Lambda)
def _lambda(machine: Machine, node: ast.Lambda) -> Value:
    defaults = tuple(machine.evaluate(each) for each in node.args.defaults)
    named = {
        mangled(arg.arg, machine.frame.private): machine.evaluate(each)
        for arg, each in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if each is not None
    }
    made = FunctionObj(
        node=node,
        name=f"{machine.frame.prefix}<lambda>",
        defaults=defaults,
        kwdefaults=named,
        closure=machine.frame,
        where=machine.here(),
        epoch=machine.epoch,
        home=machine.frame.module.path,
    )
    return Value(made, (machine.here(),))


@models(TABLES.expressions, ast.Call)
def _call(machine: Machine, node: ast.Call) -> Value:
    callee = machine.evaluate(node.func)
    args = _elements(machine, node.args)
    kwargs: dict[str, Value] = {}
    for keyword in node.keywords:
        for name, value in _keyword(machine, keyword):
            if name in kwargs:
                raise machine.unmodelled("passes a keyword argument twice")
            kwargs[name] = value
    machine.frame.line = node.lineno
    if isinstance(callee.data, Unknown):
        return call_unknown(machine, callee, [*args, *kwargs.values()])
    given = [*args, *kwargs.values()]
    if is_pure(callee.data) and any(isinstance(value.data, Unknown) for value in given):
        return outside_operation(machine, callee, given)
    if type(callee.data) not in TABLES.calls:
        raise not_callable(machine, callee)
    return here(machine, node, machine.call(callee, args, kwargs))


def _keyword(machine: Machine, keyword: ast.keyword) -> list[tuple[str, Value]]:
    value = machine.evaluate(keyword.value)
    if keyword.arg is not None:
        return [(mangled(keyword.arg, machine.frame.private), value)]
    if not isinstance(value.data, DictObj | Proxy):
        raise machine.unmodelled(f"unpacks {described(value.data)} into keyword arguments")
    found = []
    for key, item in pairs(machine, value):
        if not isinstance(key.data, str):
            raise machine.raising("TypeError", "keywords must be strings")
        found.append((key.data, item))
    return found
