"""Statements, patterns and handlers."""

from __future__ import annotations

import ast

from gate.adapters.evaluator.attributes import assign, assign_to, attribute, delete
from gate.adapters.evaluator.machine import NONE, STATEMENTS, Machine, Signal, described
from gate.adapters.evaluator.operators import binary, remove, store, subscript
from gate.adapters.evaluator.plain import count_on, equal, is_plain, items, iterate, key_of, method, still, truth, use
from gate.adapters.evaluator.scopes import Frame, bind, load, mangled, unbind
from gate.adapters.evaluator.values import (
    BuiltinType,
    ClassObj,
    DictObj,
    Function,
    InstanceObj,
    ListObj,
    Opaque,
    Raising,
    SetObj,
    Value,
)

BREAK, CONTINUE = Signal("break"), Signal("continue")


def _condition(machine: Machine, node: ast.expr) -> bool:
    """Decide on an expression; all that follows in this block is owed to it."""
    value = machine.evaluate(node)
    decided = truth(machine, value)
    machine.frame.under(value)
    return decided


def _expression(machine: Machine, node: ast.Expr) -> Signal | None:
    if not isinstance(node.value, ast.Constant):
        machine.evaluate(node.value)
    return None


def _nothing(machine: Machine, node: ast.stmt) -> Signal | None:
    return None


def _assign(machine: Machine, node: ast.Assign) -> Signal | None:
    value = machine.evaluate(node.value)
    for target in node.targets:
        assign_to(machine, target, value)
    return None


def _annotated(machine: Machine, node: ast.AnnAssign) -> Signal | None:
    frame, target = machine.frame, node.target
    if node.value is not None:
        assign_to(machine, target, machine.evaluate(node.value))
    elif not isinstance(target, ast.Name) and frame.kind != "function":
        # Without a value Python still looks at what the target stands on.
        for part in (target.value, *([target.slice] if isinstance(target, ast.Subscript) else [])):
            machine.evaluate(part)
    elif not isinstance(target, ast.Name):
        raise machine.unmodelled("an annotation without a value on a part of something isn't read")
    if frame.kind in ("module", "class"):
        evaluated = None if frame.module.lazy_annotations else machine.evaluate(node.annotation)
        if frame.kind == "class" and isinstance(target, ast.Name) and node.simple:
            frame.annotations[mangled(target.id, frame.private)] = (node.annotation, evaluated)
    return None


def _augmented(machine: Machine, node: ast.AugAssign) -> Signal | None:
    target, frame = node.target, machine.frame
    if isinstance(target, ast.Name):
        cells = machine.variables.get((frame.module.path, target.id)) if target.id in frame.scope.globals else None
        if cells is not None:
            count_on(machine, cells, None, cells.first[None].data, machine.evaluate(node.value))
            return None
        old = load(machine, target.id)
        bind(machine, target.id, _combined(machine, node, old, machine.evaluate(node.value)))
        return None
    base = machine.evaluate(target.value)
    if isinstance(target, ast.Attribute):
        name = mangled(target.attr, machine.frame.private)
        old = attribute(machine, base, name)
        assign(machine, base, name, _combined(machine, node, old, machine.evaluate(node.value)))
    else:
        index = machine.evaluate(target.slice)
        if isinstance(base.data, DictObj) and base.data.cells is not None and isinstance(node.op, ast.Add | ast.Sub):
            key = key_of(machine, index)
            there = base.data.cells.first.get(key)
            count_on(machine, base.data.cells, key, there and there.data, machine.evaluate(node.value))
            return None
        old = subscript(machine, base, index)
        if not isinstance(base.data, DictObj | ListObj):
            raise machine.unmodelled("this augmented assignment isn't read")
        store(machine, base, index, _combined(machine, node, old, machine.evaluate(node.value)))
    return None


def _combined(machine: Machine, node: ast.AugAssign, old: Value, more: Value) -> Value:
    machine.frame.line = node.lineno
    data = use(machine, old)
    if isinstance(data, ListObj) and isinstance(node.op, ast.Add):
        machine.mutate(data)
        data.items.extend(taken(machine, data, more))
        machine.limit(len(data.items))
        return old
    if isinstance(data, DictObj) and isinstance(node.op, ast.BitOr) and isinstance(more.data, DictObj):
        machine.mutate(data)
        for key, (own, value) in more.data.entries.items():
            data.entries[key] = (data.entries[key][0] if key in data.entries else own, value)
        return old
    name = type(node.op).__name__.lower()
    if isinstance(data, ListObj | DictObj) or (isinstance(data, SetObj) and not data.frozen):
        raise machine.unmodelled(f"this augmented assignment to {described(data)} isn't read")
    if isinstance(data, InstanceObj) and isinstance(node.op, ast.Add) and data.cls.defines("__iadd__"):
        return method(machine, old, "__iadd__", more)
    if isinstance(data, InstanceObj) and data.cls.defines(
        *(f"__i{each}__" for each in ("add", "sub", "or", "and", name))
    ):
        raise machine.unmodelled(f"{data.cls.name} decides itself what {name}= does")
    return binary(machine, type(node.op), old, more).owed(machine.origins())


def taken(machine: Machine, into: ListObj | DictObj | SetObj, value: Value) -> list[Value]:
    """All of what is put into a container, which must not change meanwhile; what raises midway leaves it half done."""
    try:
        with still(into):
            return [machine.tagged(each) for each in items(machine, value)]
    except Raising:
        raise machine.unmodelled("raises while something is filled") from None


def _delete(machine: Machine, node: ast.Delete) -> Signal | None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            unbind(machine, target.id)
        elif isinstance(target, ast.Attribute):
            delete(machine, machine.evaluate(target.value), mangled(target.attr, machine.frame.private))
        elif isinstance(target, ast.Subscript):
            base = machine.evaluate(target.value)
            remove(machine, base, machine.evaluate(target.slice))
        else:
            raise machine.unmodelled(f"deletes {type(target).__name__}")
    return None


def _if(machine: Machine, node: ast.If) -> Signal | None:
    return machine.run(node.body if _condition(machine, node.test) else node.orelse)


def _while(machine: Machine, node: ast.While) -> Signal | None:
    while _condition(machine, node.test):
        machine.charge()
        signal = machine.run(node.body)
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal
    return machine.run(node.orelse)


def _for(machine: Machine, node: ast.For) -> Signal | None:
    for item in iterate(machine, machine.evaluate(node.iter)):
        assign_to(machine, node.target, item)
        signal = machine.run(node.body)
        machine.frame.line = node.lineno
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal
    return machine.run(node.orelse)


def _break(machine: Machine, node: ast.Break) -> Signal | None:
    return BREAK


def _continue(machine: Machine, node: ast.Continue) -> Signal | None:
    return CONTINUE


def _return(machine: Machine, node: ast.Return) -> Signal | None:
    return Signal("return", machine.evaluate(node.value) if node.value else NONE)


def _assert(machine: Machine, node: ast.Assert) -> Signal | None:
    """Python run with -O passes over it, so that nothing may hang on its exception being caught."""
    if _condition(machine, node.test):
        return None
    message = machine.evaluate(node.msg) if node.msg else None
    value = machine.call(Value(machine.classes["AssertionError"]), [message] if message else [])
    raise Raising(value, machine.here(), sure=False)


# --- exceptions ---


def _raise(machine: Machine, node: ast.Raise) -> Signal | None:
    if node.exc is None:
        if not machine.frame.handling:
            raise machine.unmodelled("a bare raise outside its except block isn't read")
        raise machine.frame.handling[-1]
    value = machine.evaluate(node.exc)
    machine.frame.line = node.lineno
    if isinstance(value.data, ClassObj):
        value = machine.call(value)
    if node.cause is not None:
        cause = machine.evaluate(node.cause).data
        exception = isinstance(cause, InstanceObj) and machine.classes["BaseException"] in cause.cls.mro
        if cause is not None and not exception:
            raise machine.unmodelled("raises from something that isn't read")
    data = value.data
    machine.frame.line = node.lineno
    if not isinstance(data, InstanceObj) or machine.classes["BaseException"] not in data.cls.mro:
        use(machine, value)
        if is_plain(data):
            raise machine.native("TypeError", "exceptions must derive from BaseException")
        raise machine.unmodelled(f"raises {described(data)}")
    raise Raising(value, machine.here(), sure=True)


def _try(machine: Machine, node: ast.Try) -> Signal | None:
    if not node.finalbody:
        return _handled(machine, node)
    if any(isinstance(n, ast.Return | ast.Break | ast.Continue) for each in node.finalbody for n in ast.walk(each)):
        raise machine.unmodelled("leaves a finally block before its end")
    try:
        signal = _handled(machine, node)
    except Raising as error:
        machine.frame.handling.append(error)
        try:
            machine.run(node.finalbody)
        finally:
            machine.frame.handling.pop()
        raise
    machine.run(node.finalbody)
    return signal


def _handled(machine: Machine, node: ast.Try) -> Signal | None:
    frame, depth = machine.frame, machine.depth
    machine.guard += bool(node.handlers)
    try:
        try:
            signal = machine.run(node.body)
        finally:
            machine.guard -= bool(node.handlers)
    except Raising as error:
        machine.frame, machine.depth = frame, depth
        if not node.handlers:
            raise
        return _caught(machine, node, error)
    return signal if signal is not None else machine.run(node.orelse)


def matches(machine: Machine, error: Raising, caught: list[Value]) -> bool:
    """Whether a handler for these classes catches an exception."""
    for each in caught:
        if not isinstance(each.data, ClassObj) or machine.classes["BaseException"] not in each.data.mro:
            raise machine.unmodelled(f"catches {described(each.data)}")
    return any(each.data in error.cls.mro for each in caught)


def _caught(machine: Machine, node: ast.Try, error: Raising) -> Signal | None:
    if not error.sure:
        raise machine.unmodelled(f"catches exceptions, and Python raises {error.cls.name} here")
    frame = machine.frame
    frame.under(error.instance)
    for handler in node.handlers:
        frame.line = handler.lineno
        if handler.type is not None:
            value = machine.evaluate(handler.type)
            if not matches(machine, error, list(value.data) if isinstance(value.data, tuple) else [value]):
                continue
        name = handler.name
        if name:
            bind(machine, name, error.instance)
        frame.handling.append(error)
        try:
            signal = machine.run(handler.body)
        finally:
            frame.handling.pop()
            if name and mangled(name, frame.private) in (
                frame.names if frame.kind != "module" else frame.module.namespace
            ):
                unbind(machine, name)
        return signal
    raise error


def _with(machine: Machine, node: ast.With) -> Signal | None:
    return _within(machine, node, 0)


def _within(machine: Machine, node: ast.With, place: int) -> Signal | None:
    if place == len(node.items):
        return machine.run(node.body)
    item = node.items[place]
    manager = machine.evaluate(item.context_expr)
    data = manager.data
    caught: list[Value] = []
    if isinstance(data, Function) and data.name == "suppress" and data.of is not None:
        entered, caught = NONE, list(data.of.data)
    elif isinstance(data, Function) and data.name == "nullcontext" and data.of is not None:
        entered = data.of
    elif isinstance(data, Opaque) and data.path in ("threading.Lock", "threading.RLock"):
        entered = NONE
    elif isinstance(data, Function) and data.name == "a context manager" and data.of is not None:
        return _around_yield(machine, node, place, *data.of.data)
    elif isinstance(data, InstanceObj) and data.cls.name == "io.IOBase" and data.cls.face:
        entered = manager
    elif isinstance(data, InstanceObj) and data.cls.defines("__enter__") and data.cls.defines("__exit__"):
        return _own_manager(machine, node, place, manager)
    else:
        use(machine, manager)
        raise machine.unmodelled(f"with {described(data)} isn't read")
    if item.optional_vars is not None:
        assign_to(machine, item.optional_vars, entered)
    if not caught:
        signal = _within(machine, node, place + 1)
        if isinstance(data, InstanceObj):
            data.attributes.clear()  # closed
        return signal
    frame, depth = machine.frame, machine.depth
    machine.guard += 1
    try:
        return _within(machine, node, place + 1)
    except Raising as error:
        machine.frame, machine.depth = frame, depth
        if not error.sure:
            raise machine.unmodelled(f"catches exceptions, and Python raises {error.cls.name} here") from None
        if not matches(machine, error, caught):
            raise
        return None
    finally:
        machine.guard -= 1


def _own_manager(machine: Machine, node: ast.With, place: int, manager: Value) -> Signal | None:
    """A class of the program's own; an exception, which its `__exit__` could swallow, isn't followed."""
    entered = method(machine, manager, "__enter__")
    machine.guard += 1
    try:
        if (target := node.items[place].optional_vars) is not None:
            assign_to(machine, target, entered)
        signal = _within(machine, node, place + 1)
    except Raising as error:
        what = f"an exception of kind {error.cls.name} leaves a with of {described(manager.data)}"
        raise machine.unmodelled(what) from None
    finally:
        machine.guard -= 1
    method(machine, manager, "__exit__", NONE, NONE, NONE)
    return signal


def _around_yield(machine: Machine, node: ast.With, place: int, function: Value, frame: Frame) -> Signal | None:
    """`contextlib.contextmanager`: what stands before the one `yield`, the block, what stands behind it."""
    before, body, final, after = _parts(machine, function.data.node.body)
    if frame.yields is not None or frame.epoch != machine.epoch:
        raise machine.unmodelled("enters a context manager again")
    frame.yields = []
    here = next(at for at, each in enumerate(body) if _yields(each))
    with machine.deeper(), machine.inside(frame):
        machine.run([*before, *body[:here]])
        given = body[here].value.value  # type: ignore[attr-defined]  # the yield that was found
        entered = machine.kept(machine.evaluate(given)) if given else NONE
    try:
        if (target := node.items[place].optional_vars) is not None:
            assign_to(machine, target, entered)
        signal = _within(machine, node, place + 1)
    except Raising as error:
        if machine.classes["StopIteration"] in error.cls.mro:
            raise machine.unmodelled("StopIteration leaves a with") from None
        with machine.deeper(), machine.inside(frame):
            machine.run(final)
        raise
    with machine.deeper(), machine.inside(frame):
        try:
            machine.run(body[here + 1 :])
        except Raising:
            machine.run(final)
            raise
        machine.run([*final, *after])
    return signal


def _yields(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield)


def _parts(
    machine: Machine, statements: list[ast.stmt]
) -> tuple[list[ast.stmt], list[ast.stmt], list[ast.stmt], list[ast.stmt]]:
    """Before, the part that yields, what `finally` adds, and after; the `yield` stands plainly, and nothing returns."""
    kinds = [type(each) for statement in statements for each in ast.walk(statement)]
    odd = (ast.Return, ast.YieldFrom, ast.FunctionDef, ast.Lambda, ast.Raise)
    for at, each in enumerate(statements):
        plainly = isinstance(each, ast.Try) and not each.handlers and not each.orelse and any(map(_yields, each.body))
        if (_yields(each) or plainly) and kinds.count(ast.Yield) == 1 and not set(odd) & set(kinds):
            body, final = (each.body, each.finalbody) if isinstance(each, ast.Try) else ([each], [])
            return statements[:at], body, final, statements[at + 1 :]
    raise machine.unmodelled("a context manager of this form isn't read")


# --- match ---

_TYPES: dict[type, tuple[type, ...]] = {
    bool: (bool,), int: (int, bool), float: (float,), str: (str,), tuple: (tuple,), bytes: (bytes,),
}  # fmt: skip


def _match(machine: Machine, node: ast.Match) -> Signal | None:
    subject = machine.evaluate(node.subject)
    use(machine, subject)
    for case in node.cases:
        machine.frame.line = case.pattern.lineno
        machine.charge()
        found = _fits(machine, case.pattern, subject)
        machine.frame.under(subject)
        if found is None:
            continue
        for name, value in found.items():
            bind(machine, name, value)
        if case.guard is None or _condition(machine, case.guard):
            return machine.run(case.body)
    return None


def _fits(machine: Machine, pattern: ast.pattern, subject: Value) -> dict[str, Value] | None:
    """What a pattern binds; None where it doesn't fit."""
    data = subject.data
    match pattern:
        case ast.MatchValue():
            return {} if equal(machine, subject, machine.evaluate(pattern.value)) else None
        case ast.MatchSingleton():
            return {} if data is pattern.value else None
        case ast.MatchAs():
            found = _fits(machine, pattern.pattern, subject) if pattern.pattern else {}
            return found if found is None or pattern.name is None else {**found, pattern.name: subject}
        case ast.MatchOr():
            for each in pattern.patterns:
                found = _fits(machine, each, subject)
                if found is not None:
                    return found
            return None
        case ast.MatchSequence():
            return _fits_sequence(machine, pattern.patterns, subject)
        case ast.MatchMapping(rest=None):
            if not isinstance(data, DictObj):
                _sure(machine, data)
                return None
            bound: dict[str, Value] = {}
            for key, inner in zip(pattern.keys, pattern.patterns, strict=True):
                filed = key_of(machine, machine.evaluate(key))
                found = _fits(machine, inner, data.entries[filed][1]) if filed in data.entries else None
                if found is None:
                    return None
                bound |= found
            return bound
        case ast.MatchClass():
            kind = machine.evaluate(pattern.cls).data
            if isinstance(kind, ClassObj) and isinstance(data, InstanceObj):
                return _fits_class(machine, pattern, subject, kind)
            if pattern.kwd_attrs or len(pattern.patterns) > 1:
                raise machine.unmodelled("this pattern isn't read")
            if not isinstance(kind, BuiltinType) or kind.kind not in _TYPES:
                raise machine.unmodelled("this pattern isn't read")
            _sure(machine, data)
            if type(data) not in _TYPES[kind.kind] and not isinstance(data, _TYPES[kind.kind]):
                return None
            return _fits(machine, pattern.patterns[0], subject) if pattern.patterns else {}
    raise machine.unmodelled("this pattern isn't read")


def _fits_class(machine: Machine, pattern: ast.MatchClass, subject: Value, kind: ClassObj) -> dict[str, Value] | None:
    """A pattern of a dataclass or NamedTuple of the program's own."""
    fields = kind.tuple_of or tuple(name for name, each in (kind.fields or {}).items() if each.init and not each.kind)
    unlike = any(each.kw_only or each.kind for each in (kind.fields or {}).values())
    if not fields or unlike or len(pattern.patterns) > len(fields) or kind.defines("__match_args__"):
        raise machine.unmodelled("this pattern isn't read")
    if kind not in subject.data.cls.mro:
        return None
    bound: dict[str, Value] = {}
    names = [*fields[: len(pattern.patterns)], *pattern.kwd_attrs]
    for name, inner in zip(names, [*pattern.patterns, *pattern.kwd_patterns], strict=True):
        value = subject.data.attributes.get(name)
        if value is None:
            raise machine.unmodelled(f"matches by {name}, which isn't a plain attribute")
        found = _fits(machine, inner, value)
        if found is None:
            return None
        bound |= found
    return bound


def _sure(machine: Machine, data: object) -> None:
    if not (is_plain(data) or isinstance(data, tuple | ListObj | DictObj | SetObj)):
        raise machine.unmodelled(f"matches {described(data)}")


def _fits_sequence(machine: Machine, patterns: list[ast.pattern], subject: Value) -> dict[str, Value] | None:
    data = subject.data
    if not isinstance(data, tuple | ListObj):
        _sure(machine, data)
        if isinstance(data, range):
            raise machine.unmodelled("matches a range")
        return None
    held = list(data) if isinstance(data, tuple) else data.items
    starred = next((place for place, each in enumerate(patterns) if isinstance(each, ast.MatchStar)), None)
    wanted = len(patterns) - (starred is not None)
    if len(held) < wanted or (starred is None and len(held) != wanted):
        return None
    bound: dict[str, Value] = {}
    for place, each in enumerate(patterns):
        if isinstance(each, ast.MatchStar):
            rest = held[place : len(held) - (len(patterns) - 1 - place)]
            found: dict[str, Value] | None = {each.name: Value(machine.new_list(rest))} if each.name else {}
        else:
            behind = starred is not None and place > starred
            found = _fits(machine, each, held[place - len(patterns) if behind else place])
        if found is None:
            return None
        bound |= found
    return bound


STATEMENTS.update(
    {
        ast.Expr: _expression,
        ast.Pass: _nothing,
        ast.Global: _nothing,
        ast.Nonlocal: _nothing,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Delete: _delete,
        ast.If: _if,
        ast.While: _while,
        ast.For: _for,
        ast.Break: _break,
        ast.Continue: _continue,
        ast.Return: _return,
        ast.Assert: _assert,
        ast.Raise: _raise,
        ast.Try: _try,
        ast.With: _with,
        ast.Match: _match,
    }
)
