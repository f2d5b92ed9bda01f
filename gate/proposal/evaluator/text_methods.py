"""Methods of str and bytes."""

from __future__ import annotations

from collections.abc import Sequence

from gate.proposal.evaluator import iteration, templates
from gate.proposal.evaluator.formatting import gathered
from gate.proposal.evaluator.machine import Machine
from gate.proposal.evaluator.methods import METHODS, Method, arguments, method
from gate.proposal.evaluator.plain import entries, native, plain, type_name
from gate.proposal.evaluator.shown import size
from gate.proposal.evaluator.values import DictObj, Proxy, Value

_TEXT = (  # noqa: SIM905 - words on a few lines
    "upper lower title capitalize casefold swapcase strip lstrip rstrip startswith endswith removeprefix removesuffix "
    "find rfind index rindex count isdigit isalpha isalnum isdecimal isnumeric isupper islower isspace isidentifier "
    "istitle isascii isprintable"
).split()


_PARTS = "split rsplit splitlines partition rpartition".split()  # noqa: SIM905 - words on a few lines


_PADDED = "center ljust rjust zfill expandtabs".split()  # noqa: SIM905 - words on a few lines


def _text_method(kind: type, name: str) -> Method:
    def run(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
        given = [plain(machine, arg) for arg in args]
        named = {key: plain(machine, arg) for key, arg in kwargs.items()}
        if name in _PADDED:
            width = given[0] if given and isinstance(given[0], int) else 0
            tabs = len(str(receiver.data)) if name == "expandtabs" else 1
            machine.fits_text(max(width, 8) * tabs)
        machine.charge(size(receiver.data) // 64)
        made = native(machine, getattr(kind, name), receiver.data, *given, **named)
        owed = receiver
        for arg in args:
            owed = owed.also(gathered(arg))
        if isinstance(made, list | tuple):
            parts = [Value(part, owed.origins, owed.control) for part in made]
            machine.fits(len(parts))
            return Value(tuple(parts) if isinstance(made, tuple) else machine.list_of(parts))
        if isinstance(made, str | bytes):
            machine.fits_text(len(made))
        return Value(made, owed.origins, owed.control)

    return run


for _kind in (str, bytes):
    for _name in (*_TEXT, *_PARTS, *_PADDED):
        if hasattr(_kind, _name):
            METHODS[(_kind, _name)] = _text_method(_kind, _name)


@method(str, "replace")
def _replace(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    given = [plain(machine, arg) for arg in args]
    text = receiver.data
    if kwargs or len(given) not in (2, 3) or not isinstance(text, str):
        raise machine.unmodelled("replace() with these arguments isn't modelled")
    old, new = given[0], given[1]
    if isinstance(old, str) and isinstance(new, str):
        machine.fits_text(len(text) + text.count(old) * len(new))
    made = native(machine, str.replace, text, *given)
    owed = receiver
    for arg in args:
        owed = owed.also(arg)
    return Value(made, owed.origins, owed.control)


@method(str, "join")
def _join(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "join", args, kwargs, 1, 1)
    parts = iteration.items(machine, args[0])
    if not isinstance(receiver.data, str):
        raise machine.unmodelled("join() of bytes isn't modelled")
    texts: list[str] = []
    owed = Value(None)
    for place, part in enumerate(parts):
        data = plain(machine, part)
        if not isinstance(data, str):
            message = f"sequence item {place}: expected str instance, {type_name(part.data)} found"
            raise machine.raising("TypeError", message)
        texts.append(data)
        owed = owed.also(part)
    machine.fits_text(sum(map(len, texts)) + len(receiver.data) * len(texts))
    return Value(receiver.data.join(texts), owed.origins, owed.control).also(receiver).also(args[0])


@method(str, "format")
def _format(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    return templates.fill(machine, receiver, args, kwargs)


@method(str, "format_map")
def _format_map(machine: Machine, receiver: Value, args: Sequence[Value], kwargs: dict[str, Value]) -> Value:
    arguments(machine, "format_map", args, kwargs, 1, 1)
    data = args[0].data
    if not isinstance(data, DictObj | Proxy):
        raise machine.unmodelled("format_map() of this isn't modelled")
    given = {str(key.data): value for key, value in entries(machine, data).values()}
    return templates.fill(machine, receiver, [], given)
