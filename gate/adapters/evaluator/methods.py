"""Methods of text, numbers and containers: one table, every argument checked or the call refused."""

from __future__ import annotations

import ast
from functools import partial

from gate.adapters.evaluator.bounds import MAX_WIDTH
from gate.adapters.evaluator.library import check, make_set, ordered, owed
from gate.adapters.evaluator.machine import NONE, Machine
from gate.adapters.evaluator.operators import binary
from gate.adapters.evaluator.plain import as_tuple, equal, fill, held_now, items, key_of, plain, use, wrap
from gate.adapters.evaluator.statements import taken
from gate.adapters.evaluator.tables import METHODS
from gate.adapters.evaluator.text import format_method, joined
from gate.adapters.evaluator.values import (
    Args,
    ClassObj,
    DictObj,
    InstanceObj,
    ListObj,
    Names,
    SetObj,
    Value,
    View,
)

# --- methods of text: what each takes (`s` text, `S` text or a tuple of texts, `n` text or None, `i` a whole number,
# `b` a truth value; optional after `|`, names after `:`), and `A` where it looks at more than ASCII in its own way ---
TEXT_METHODS = {
    "upper": "A", "lower": "A", "title": "A", "capitalize": "A", "swapcase": "A", "casefold": "A", "isdigit": "A",
    "isalpha": "A", "isalnum": "A", "isdecimal": "A", "isnumeric": "A", "isspace": "A", "isupper": "A", "islower": "A",
    "istitle": "A", "isidentifier": "A", "isprintable": "A", "isascii": "", "strip": "A|n", "lstrip": "A|n",
    "rstrip": "A|n", "split": "A|ni:sep maxsplit", "rsplit": "A|ni:sep maxsplit", "splitlines": "A|b:keepends",
    "startswith": "S|ii", "endswith": "S|ii", "find": "s|ii", "rfind": "s|ii", "index": "s|ii", "rindex": "s|ii",
    "count": "s|ii", "replace": "ss|i", "removeprefix": "s", "removesuffix": "s", "partition": "s", "rpartition": "s",
    "ljust": "i|s", "rjust": "i|s", "center": "i|s", "zfill": "i",
}  # fmt: skip
_LETTERS = {"s": (str,), "n": (str, type(None)), "i": (int,), "b": (bool,), "S": (str, tuple)}


def _text_method(machine: Machine, args: Args, kwargs: Names, *, receiver: Value, name: str, form: str) -> Value:
    signature, _, names = form.partition(":")
    required, _, optional = signature.removeprefix("A").partition("|")
    letters = required + optional
    whole = [*args, *kwargs.values()]
    if kwargs and list(kwargs) != names.split()[len(args) : len(args) + len(kwargs)]:
        check(machine, f"str.{name}", args, kwargs, 0, len(letters), names)
        letters = "".join(letters[names.split().index(key)] for key in kwargs)
    check(machine, f"str.{name}", whole, {}, len(required), len(required + optional))
    own = str(plain(machine, receiver))
    given = [plain(machine, each) for each in whole]
    if form[:1] == "A" and not own.isascii():
        raise machine.unmodelled(f"{name}() of text beyond ASCII differs between versions of Python")
    for letter, each in zip(letters, given, strict=False):
        if type(each) not in _LETTERS[letter] or (isinstance(each, tuple) and any(type(x) is not str for x in each)):
            raise machine.unmodelled(f"str.{name}() of these isn't read")
    machine.charge(1 + (len(own) + sum(len(each) for each in given if isinstance(each, str))) // 32)
    if name == "replace":
        old, new = str(given[0]), str(given[1])
        times = own.count(old) if old else len(own) + 1
        machine.limit_text(len(own) + times * max(0, len(new) - len(old)))
    if name in ("ljust", "rjust", "center", "zfill") and given[0] > MAX_WIDTH:  # type: ignore[operator]  # an int
        raise machine.unmodelled(f"formats to a width of more than {MAX_WIDTH}")
    if "split" in name:
        machine.limit(own.count(str(given[0])) if given and given[0] else len(own.split()))
    names_given = dict(zip(kwargs, given[len(args) :], strict=True))
    sure = name in ("index", "rindex")
    function = partial(getattr(str, name), own)
    made = machine.delegate(function, *given[: len(args)], sure=sure, **names_given)
    return owed(wrap(machine, made), [receiver, *whole])


for _name, _form in TEXT_METHODS.items():
    METHODS[str, _name] = partial(_text_method, name=_name, form=_form)


def _join(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "str.join", args, kwargs, 1, 1)
    parts = items(machine, args[0])
    parts = [Value(plain(machine, e), e.origins, e.control) if isinstance(e.data, InstanceObj) else e for e in parts]
    if not all(isinstance(each.data, str) for each in parts):
        for each in parts:
            use(machine, each)
        raise machine.native("TypeError", "sequence item: expected str instance")
    return joined(machine, parts, str(plain(machine, receiver))).also(receiver).also(args[0])


def _encode(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    own = plain(machine, receiver)
    given = [plain(machine, each) for each in args]
    if kwargs or any(each not in ("ascii", "utf-8") for each in given) or len(given) > 1:
        raise machine.unmodelled("encode() and decode() called like this aren't read")
    function = own.encode if isinstance(own, str) else own.decode  # type: ignore[attr-defined]  # bytes
    return owed(wrap(machine, machine.delegate(function, *given)), [receiver])


def _format_text(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    return format_method(machine, receiver, args, kwargs)


METHODS.update(
    {(str, "join"): _join, (str, "format"): _format_text, (str, "encode"): _encode, (bytes, "decode"): _encode}
)


# --- methods of containers ---


def _held(receiver: Value) -> list[Value]:
    data = receiver.data
    return list(data) if isinstance(data, tuple) else data.items


def _index_of(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "index", args, kwargs, 1, 1)
    for place, each in enumerate(_held(receiver)):
        if equal(machine, each, args[0]):
            return Value(place, each.origins).also(args[0])
    raise machine.native("ValueError", "is not in the list", sure=True)


def _count(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "count", args, kwargs, 1, 1)
    return owed(Value(sum(equal(machine, each, args[0]) for each in _held(receiver))), [receiver])


def _append(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "append", args, kwargs, 1, 1)
    if receiver.data.cells is not None:
        machine.kept(args[0])
        return NONE  # and nothing looks at it
    machine.mutate(receiver.data)
    receiver.data.items.append(machine.tagged(machine.kept(args[0])))
    machine.limit(len(receiver.data.items))
    return NONE


def _extend(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "extend", args, kwargs, 1, 1)
    more = taken(machine, receiver.data, args[0])
    machine.mutate(receiver.data)
    receiver.data.items.extend(more)
    machine.limit(len(receiver.data.items))
    return NONE


def _insert(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "insert", args, kwargs, 2, 2)
    place = plain(machine, args[0])
    if type(place) is not int:
        raise machine.unmodelled("insert() at such a place isn't read")
    machine.mutate(receiver.data)
    receiver.data.items.insert(place, machine.tagged(machine.kept(args[1])))
    return NONE


def _list_pop(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "pop", args, kwargs, 0, 1)
    place = plain(machine, args[0]) if args else -1
    if type(place) is not int:
        raise machine.unmodelled("pop() at such a place isn't read")
    held = receiver.data.items
    if not -len(held) <= place < len(held):
        raise machine.native("IndexError", "pop index out of range")
    machine.mutate(receiver.data)
    return held.pop(place).owed(receiver.origins)  # type: ignore[no-any-return]  # a list's


def _list_remove(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    place = _index_of(machine, args, kwargs, receiver=receiver).data
    machine.mutate(receiver.data)
    del receiver.data.items[place]
    return NONE


def _reverse(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "reverse", args, kwargs, 0, 0)
    machine.mutate(receiver.data)
    receiver.data.items.reverse()
    return NONE


def _sort(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "sort", args, kwargs, 0, 0, "key reverse")
    machine.mutate(receiver.data)
    held, receiver.data.items = receiver.data.items, []  # a key function finds it empty
    try:
        held = ordered(machine, held, kwargs, settled=True)
    finally:
        receiver.data.items = held
    return NONE


def _list_copy(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "copy", args, kwargs, 0, 0)
    return Value(machine.new_list(list(receiver.data.items)), receiver.origins, receiver.control)


def _clear(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "clear", args, kwargs, 0, 0)
    machine.mutate(receiver.data)
    (receiver.data.items if isinstance(receiver.data, ListObj) else receiver.data.entries).clear()
    return NONE


def _get(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "get", args, kwargs, 1, 2)
    key, cells = key_of(machine, args[0]), receiver.data.cells
    held = held_now(machine, cells, key) if cells is not None else None
    found = ((args[0], held) if held else None) if cells is not None else receiver.data.entries.get(key)
    made = found[1].also(args[0]) if found is not None else (*args[1:], NONE)[0]
    return made.owed((), args[0].origins).owed(receiver.origins, receiver.control)


def _view(machine: Machine, args: Args, kwargs: Names, *, receiver: Value, kind: str) -> Value:
    check(machine, kind, args, kwargs, 0, 0)
    return Value(View(receiver.data, kind), receiver.origins, receiver.control)


def _dict_pop(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "pop", args, kwargs, 1, 2)
    key, data = key_of(machine, args[0]), _own(machine, receiver)
    if key not in data.entries:
        if len(args) > 1:
            return args[1]
        raise machine.native("KeyError", "", sure=True)
    machine.mutate(data)
    return data.entries.pop(key)[1].also(args[0])


def _own(machine: Machine, receiver: Value) -> DictObj:
    data: DictObj = receiver.data
    if data.frozen:
        raise machine.unmodelled("alters a read-only face of a dictionary")
    return data


def _setdefault(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "setdefault", args, kwargs, 1, 2)
    key, data = key_of(machine, args[0]), _own(machine, receiver)
    if data.cells is not None:
        if held_now(machine, data.cells, key) is None:
            fill(machine, data.cells, key, machine.kept((*args[1:], NONE)[0]))
        return held_now(machine, data.cells, key) or NONE
    if key not in data.entries:
        machine.mutate(data)
        data.entries[key] = (args[0], machine.kept((*args[1:], NONE)[0]))
    return data.entries[key][1]


def _update(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "update", args, {}, 0, 1)
    data = _own(machine, receiver)
    pairs: list[tuple[Value, Value]] = []
    if args and isinstance(args[0].data, DictObj):
        pairs += args[0].data.entries.values()
    elif args:
        for each in taken(machine, data, args[0]):
            if not isinstance(each.data, tuple | ListObj) or len(_held(each)) != 2:
                raise machine.unmodelled("fills a dictionary from something other than pairs")
            pairs.append((_held(each)[0].also(each), _held(each)[1].also(each)))
    pairs += [(Value(key), machine.kept(value)) for key, value in kwargs.items()]
    filed = [(key_of(machine, key), key, value) for key, value in pairs]
    if filed:
        machine.mutate(data)
    for key, own, value in filed:
        data.entries[key] = (data.entries[key][0] if key in data.entries else own, machine.tagged(value))
    if args and isinstance(args[0].data, DictObj):
        data.consulted |= args[0].data.consulted
    machine.limit(len(data.entries))
    return NONE


def _dict_copy(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "copy", args, kwargs, 0, 0)
    if receiver.data.factory is not None or receiver.data.frozen:
        raise machine.unmodelled("copies another kind of dictionary")
    made = machine.new_dict(dict(receiver.data.entries))
    made.consulted = dict(receiver.data.consulted)
    return Value(made, receiver.origins, receiver.control)


def _add(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "add", args, kwargs, 1, 1)
    key = key_of(machine, args[0])
    if receiver.data.cells is not None:
        fill(machine, receiver.data.cells, key, Value(True))
        return NONE
    machine.mutate(receiver.data)
    receiver.data.entries.setdefault(key, args[0])
    machine.limit(len(receiver.data.entries))
    return NONE


def _discard(machine: Machine, args: Args, kwargs: Names, *, receiver: Value, must: bool = False) -> Value:
    check(machine, "discard", args, kwargs, 1, 1)
    key = key_of(machine, args[0])
    if must and key not in receiver.data.entries:
        raise machine.native("KeyError", "", sure=True)
    machine.mutate(receiver.data)
    receiver.data.entries.pop(key, None)
    return NONE


def _set_update(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "update", args, kwargs, 0, 5)
    for arg in args:
        more = list(arg.data.entries.values()) if isinstance(arg.data, SetObj) else taken(machine, receiver.data, arg)
        for each in more:
            _add(machine, [each], {}, receiver=receiver)
    return NONE


def _algebra(machine: Machine, args: Args, kwargs: Names, *, receiver: Value, op: type[ast.operator]) -> Value:
    check(machine, "a set's method", args, kwargs, 1, 1)
    other = args[0] if isinstance(args[0].data, SetObj) else make_set(machine, args, {}, frozen=False)
    return binary(machine, op, receiver, other)


def _within(machine: Machine, args: Args, kwargs: Names, *, receiver: Value, name: str) -> Value:
    check(machine, name, args, kwargs, 1, 1)
    other = args[0] if isinstance(args[0].data, SetObj) else make_set(machine, args, {}, frozen=False)
    one, two = receiver.data.entries.keys(), other.data.entries.keys()
    return Value({"issubset": one <= two, "issuperset": one >= two, "isdisjoint": not one & two}[name])


def _set_copy(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "copy", args, kwargs, 0, 0)
    return Value(machine.new_set(dict(receiver.data.entries), frozen=receiver.data.frozen), receiver.origins)


def _bit_length(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "bit_length", args, kwargs, 0, 0)
    return wrap(machine, int(plain(machine, receiver)).bit_length())  # type: ignore[call-overload]  # an int


def _is_integer(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "is_integer", args, kwargs, 0, 0)
    return Value(float(receiver.data).is_integer())


def _as_dict(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "_asdict", args, kwargs, 0, 0)
    parts = zip(receiver.data.cls.tuple_of, as_tuple(receiver).data, strict=True)
    return Value(machine.new_dict({name: (Value(name), part) for name, part in parts}))


def _named_replace(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "_replace", args, {}, 0, 0)
    if set(kwargs) - set(receiver.data.cls.tuple_of):
        raise machine.unmodelled("_replace() of other fields isn't read")
    return machine.call(Value(receiver.data.cls), [], {**receiver.data.attributes, **kwargs})


def _named_fields(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    return Value(tuple(Value(name) for name in receiver.data.tuple_of))


METHODS.update(
    {
        (tuple, "index"): _index_of, (tuple, "count"): _count, (list, "index"): _index_of, (list, "count"): _count,
        (list, "append"): _append, (list, "extend"): _extend, (list, "insert"): _insert, (list, "pop"): _list_pop,
        (list, "remove"): _list_remove, (list, "reverse"): _reverse, (list, "sort"): _sort, (list, "copy"): _list_copy,
        (list, "clear"): _clear, (dict, "get"): _get, (dict, "keys"): partial(_view, kind="keys"),
        (dict, "values"): partial(_view, kind="values"), (dict, "items"): partial(_view, kind="items"),
        (dict, "pop"): _dict_pop, (dict, "setdefault"): _setdefault, (dict, "update"): _update,
        (dict, "copy"): _dict_copy, (dict, "clear"): _clear, (set, "add"): _add, (set, "discard"): _discard,
        (set, "remove"): partial(_discard, must=True), (set, "update"): _set_update, (set, "clear"): _clear,
        (int, "bit_length"): _bit_length, (float, "is_integer"): _is_integer,
        (InstanceObj, "_asdict"): _as_dict, (InstanceObj, "_replace"): _named_replace,
        (ClassObj, "_fields"): _named_fields,
    }
)  # fmt: skip
for _kind in (set, frozenset):
    METHODS[_kind, "copy"] = _set_copy
    for _name, _op in {"union": ast.BitOr, "intersection": ast.BitAnd, "difference": ast.Sub}.items():
        METHODS[_kind, _name] = partial(_algebra, op=_op)
    for _name in ("issubset", "issuperset", "isdisjoint"):
        METHODS[_kind, _name] = partial(_within, name=_name)
