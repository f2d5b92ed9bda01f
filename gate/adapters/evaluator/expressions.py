"""Expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator

from gate.adapters.evaluator.attributes import assign_to, attribute
from gate.adapters.evaluator.classes import make_function
from gate.adapters.evaluator.machine import EXPRESSIONS, NONE, Machine, described
from gate.adapters.evaluator.operators import binary, compare, subscript, unary
from gate.adapters.evaluator.plain import items, iterate, key_of, plain, truth
from gate.adapters.evaluator.scopes import Comprehension, Frame, bind_walrus, block_scope, load, mangled
from gate.adapters.evaluator.text import formatted, joined, module_name, text
from gate.adapters.evaluator.values import (
    ClassObj,
    DictObj,
    InstanceObj,
    Lazy,
    ModuleName,
    Names,
    SuperObj,
    Unknown,
    Value,
)
from gate.model import QUALITY


def _constant(machine: Machine, node: ast.Constant) -> Value:
    value = node.value
    if isinstance(value, complex):
        raise machine.unmodelled("complex numbers aren't read")
    if isinstance(value, int):
        machine.number(value)
    if isinstance(value, str):
        machine.limit_text(len(value))
        if QUALITY in value:
            raise machine.unmodelled("a private character in text isn't read")
    return Value(value, machine.origins())


def _name(machine: Machine, node: ast.Name) -> Value:
    return load(machine, node.id).owed(machine.origins())


def _attribute(machine: Machine, node: ast.Attribute) -> Value:
    base = machine.evaluate(node.value)
    machine.frame.line = node.lineno
    where = machine.origins()
    found = attribute(machine, base, mangled(node.attr, machine.frame.private))
    machine.frame.line = node.lineno
    return found.owed(where)


def _subscript(machine: Machine, node: ast.Subscript) -> Value:
    base = machine.evaluate(node.value)
    index = machine.evaluate(node.slice)
    machine.frame.line = node.lineno
    return subscript(machine, base, index)


def _slice(machine: Machine, node: ast.Slice) -> Value:
    return Value(slice(*(machine.evaluate(each) if each else NONE for each in (node.lower, node.upper, node.step))))


def _elements(machine: Machine, nodes: list[ast.expr]) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            found.extend(machine.tagged(each) for each in items(machine, machine.evaluate(node.value)))
            machine.limit(len(found))
        else:
            found.append(machine.tagged(machine.kept(machine.evaluate(node))))
    return found


def _tuple(machine: Machine, node: ast.Tuple) -> Value:
    return Value(tuple(_elements(machine, node.elts)))


def _list(machine: Machine, node: ast.List) -> Value:
    return Value(machine.new_list(_elements(machine, node.elts)))


def _set(machine: Machine, node: ast.Set) -> Value:
    held: dict[Hashable, Value] = {}
    for each in _elements(machine, node.elts):
        held.setdefault(key_of(machine, each), each)
    return Value(machine.new_set(held))


def _dict(machine: Machine, node: ast.Dict) -> Value:
    made = machine.new_dict({})
    top = machine.frame.kind == "module"
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        with machine.collecting() as consulted:
            if key_node is None:
                more = machine.evaluate(value_node).data
                if not isinstance(more, DictObj):
                    raise machine.unmodelled(f"unpacks {described(more)}")
                for filed, (key, value) in more.entries.items():
                    made.entries[filed] = (
                        made.entries[filed][0] if filed in made.entries else key,
                        machine.tagged(value),
                    )
                    made.consulted[filed] = frozenset(consulted) | more.consulted.get(filed, frozenset())
                continue
            key = machine.tagged(machine.evaluate(key_node))
            value = machine.tagged(machine.kept(machine.evaluate(value_node)))
            filed = key_of(machine, key)
            made.entries[filed] = (made.entries[filed][0] if filed in made.entries else key, value)
            if top:
                consulted |= {key_node, value_node}
                made.consulted[filed] = frozenset(consulted)
    machine.limit(len(made.entries))
    return Value(made)


def _binary(machine: Machine, node: ast.BinOp) -> Value:
    left = machine.evaluate(node.left)
    right = machine.evaluate(node.right)
    machine.frame.line = node.lineno
    return binary(machine, type(node.op), left, right)


def _unary(machine: Machine, node: ast.UnaryOp) -> Value:
    return unary(machine, type(node.op), machine.evaluate(node.operand))


def _boolean(machine: Machine, node: ast.BoolOp) -> Value:
    stop = isinstance(node.op, ast.Or)
    decided: list[Value] = []
    for each in node.values[:-1]:
        value = machine.evaluate(each)
        if truth(machine, value) is stop:
            return _under(value, decided)
        decided.append(value)
    return _under(machine.evaluate(node.values[-1]), decided)


def _under(value: Value, conditions: list[Value]) -> Value:
    for each in conditions:
        value = value.owed((), (*each.origins, *each.control))
    return value


def _compare(machine: Machine, node: ast.Compare) -> Value:
    left = machine.evaluate(node.left)
    found = Value(True)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = machine.evaluate(right_node)
        machine.frame.line = node.lineno
        found = compare(machine, type(op), left, right).also(found)
        if not found.data:
            return found
        left = right
    return found


def _if(machine: Machine, node: ast.IfExp) -> Value:
    condition = machine.evaluate(node.test)
    chosen = machine.evaluate(node.body if truth(machine, condition) else node.orelse)
    return _under(chosen, [condition])


def _walrus(machine: Machine, node: ast.NamedExpr) -> Value:
    value = machine.evaluate(node.value)
    bind_walrus(machine, node.target.id, value)
    return value


def _lambda(machine: Machine, node: ast.Lambda) -> Value:
    return make_function(machine, node, "<lambda>")


def _joined(machine: Machine, node: ast.JoinedStr) -> Value:
    parts: list[Value] = []
    for each in node.values:
        if isinstance(each, ast.FormattedValue):
            value = machine.evaluate(each.value)
            spec = str(plain(machine, machine.evaluate(each.format_spec))) if each.format_spec else ""
            first = not parts and isinstance(value.data, ModuleName) and not spec and each.conversion == -1
            parts.append(value if first else formatted(machine, value, spec, each.conversion))
        else:
            parts.append(machine.evaluate(each))
    named = module_name(machine, parts) if parts and isinstance(parts[0].data, ModuleName) else None
    return named or joined(machine, [text(machine, each) for each in parts])


def _yield(machine: Machine, node: ast.Yield | ast.YieldFrom) -> Value:
    frame = machine.frame
    if frame.yields is None:
        raise machine.unmodelled("yields in a place of its own")
    given = machine.evaluate(node.value) if node.value else NONE
    more = items(machine, given) if isinstance(node, ast.YieldFrom) else [machine.kept(given)]
    frame.yields.extend(machine.tagged(each) for each in more)
    machine.limit(len(frame.yields))
    if isinstance(node, ast.YieldFrom):
        return Value(Unknown(machine.unmodelled("what a generator returns isn't read")))
    return NONE


def arguments(machine: Machine, node: ast.Call) -> tuple[list[Value], Names]:
    """The arguments of a call, in the order in which Python evaluates them."""
    args: list[Value] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            args.extend(items(machine, machine.evaluate(each.value)))
            machine.limit(len(args))
        else:
            args.append(machine.evaluate(each))
    kwargs: Names = {}
    for keyword in node.keywords:
        if keyword.arg is not None:
            more = {keyword.arg: machine.evaluate(keyword.value)}
        else:
            data = machine.evaluate(keyword.value).data
            if not isinstance(data, DictObj) or not all(type(key) is str for key in data.entries):
                raise machine.unmodelled(f"hands {described(data)} on as names")
            more = {str(key): value for key, (_, value) in data.entries.items()}
        if more.keys() & kwargs.keys():
            raise machine.native("TypeError", "got multiple values for a keyword argument")
        kwargs.update(more)
    return args, kwargs


def _call(machine: Machine, node: ast.Call) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args and not node.keywords:
        return _super(machine)
    callee = machine.evaluate(node.func)
    args, kwargs = arguments(machine, node)
    machine.frame.line = node.lineno
    where = machine.origins()
    made = machine.call(callee, args, kwargs)
    machine.frame.line = node.lineno
    return made.owed((), callee.control) if made.origins else made.owed(where)


def _super(machine: Machine) -> Value:
    frame = machine.frame
    if load(machine, "super").data is not SUPER or frame.kind != "function" or frame.cell is None:
        raise machine.unmodelled("super() stands where it isn't read")
    outer: Frame | None = frame
    while outer is not None and outer.kind != "module":
        if "__class__" in outer.scope.bound:
            raise machine.unmodelled("super() stands where it isn't read")
        outer = outer.parent
    cls, receiver = frame.cell.cls, frame.names.get(mangled(frame.first, frame.private))
    if cls is None or receiver is None or not isinstance(receiver.data, InstanceObj | ClassObj):
        raise machine.unmodelled("super() stands where it isn't read")
    of = receiver.data if isinstance(receiver.data, ClassObj) else receiver.data.cls
    if cls not in of.mro:
        raise machine.unmodelled("super() stands where it isn't read")
    return Value(SuperObj(cls, receiver))


SUPER = type("Super", (), {"name": "super"})()

# --- comprehensions ---


def _frame(machine: Machine, node: Comprehension) -> Frame:
    outer = machine.frame
    return Frame(
        kind="comprehension",
        module=outer.module,
        names={},
        scope=block_scope(machine, node, outer.private),
        parent=outer,
        private=outer.private,
        cell=outer.cell,
        line=node.lineno,
        epoch=machine.epoch,
    )


def _results(
    machine: Machine, node: Comprehension, give: Callable[[], tuple[Value, ...]]
) -> Iterator[tuple[Value, ...]]:
    """Each result, made only when it is asked for; the machine stays as it was between two of them."""
    source = machine.evaluate(node.generators[0].iter)
    first = source.data.source if isinstance(source.data, Lazy) and not source.data.whole else iterate(machine, source)
    frame = _frame(machine, node)

    def run() -> Iterator[tuple[Value, ...]]:
        inner = _level(machine, node.generators, 0, first, frame, give)
        while True:
            before, machine.frame = machine.frame, frame
            try:
                item = next(inner, None)
            finally:
                machine.frame = before
            if item is None:
                return
            yield item

    return run()


def _level(
    machine: Machine,
    generators: list[ast.comprehension],
    level: int,
    source: Iterator[Value],
    frame: Frame,
    give: Callable[[], tuple[Value, ...]],
) -> Iterator[tuple[Value, ...]]:
    generator = generators[level]
    if generator.is_async:
        raise machine.unmodelled("asynchronous comprehensions aren't read")
    for item in source:
        machine.charge()
        frame.control = ()
        assign_to(machine, generator.target, item)
        holds = True
        for condition in generator.ifs:
            value = machine.evaluate(condition)
            frame.under(value)
            if not truth(machine, value):
                holds = False
                break
        if not holds:
            continue
        if level + 1 == len(generators):
            yield give()
        else:
            inner = machine.evaluate(generators[level + 1].iter)
            more = (
                inner.data.source if isinstance(inner.data, Lazy) and not inner.data.whole else iterate(machine, inner)
            )
            yield from _level(machine, generators, level + 1, more, frame, give)


def _single(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Iterator[Value]:
    found = _results(machine, node, lambda: (machine.tagged(machine.kept(machine.evaluate(node.elt))),))
    return (each[0] for each in found)


def _generator(machine: Machine, node: ast.GeneratorExp) -> Value:
    return Value(Lazy(_single(machine, node), "generator"))


def _list_comp(machine: Machine, node: ast.ListComp) -> Value:
    found: list[Value] = []
    for item in _single(machine, node):
        found.append(item)
        machine.limit(len(found))
    return Value(machine.new_list(found))


def _set_comp(machine: Machine, node: ast.SetComp) -> Value:
    held: dict[Hashable, Value] = {}
    for item in _single(machine, node):
        held.setdefault(key_of(machine, item), item)
        machine.limit(len(held))
    return Value(machine.new_set(held))


def _dict_comp(machine: Machine, node: ast.DictComp) -> Value:
    made = machine.new_dict({})
    pairs = _results(
        machine, node, lambda: (machine.evaluate(node.key), machine.tagged(machine.kept(machine.evaluate(node.value))))
    )
    for key, value in pairs:
        filed = key_of(machine, key)
        made.entries[filed] = (made.entries[filed][0] if filed in made.entries else key, value)
        machine.limit(len(made.entries))
    return Value(made)


EXPRESSIONS.update(
    {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Slice: _slice,
        ast.Tuple: _tuple,
        ast.List: _list,
        ast.Set: _set,
        ast.Dict: _dict,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: _boolean,
        ast.Compare: _compare,
        ast.IfExp: _if,
        ast.NamedExpr: _walrus,
        ast.Lambda: _lambda,
        ast.JoinedStr: _joined,
        ast.Call: _call,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        ast.GeneratorExp: _generator,
        ast.ListComp: _list_comp,
        ast.SetComp: _set_comp,
        ast.DictComp: _dict_comp,
    }
)
