"""Values as text: `str`, `repr`, `format`, f-strings, `%`; what differs between versions is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

from gate.adapters.evaluator.bounds import MAX_DIGITS, MAX_TEMPLATE, MAX_WIDTH
from gate.adapters.evaluator.machine import Machine, described
from gate.adapters.evaluator.plain import is_plain, method, plain, use, wrap
from gate.adapters.evaluator.values import (
    Args,
    DictObj,
    Host,
    InstanceObj,
    ListObj,
    ModuleName,
    Names,
    Quality,
    QualityText,
    SetObj,
    Value,
)
from gate.model import QUALITY, Location

_SPEC = re.compile(r"(?:[^{}]?[<>^=])?[-+ ]?#?0?(\d*)[,_]?(?:\.(\d+))?[bcdeEfFgGosxX%]?")
_PERCENT = re.compile(r"%(?:\(([^()%]*)\))?([-#0 +]*)(\d*)(?:\.(\d+))?(.?)", re.DOTALL)
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}!:\[\].]*)(?:!([rsa]))?(?::([^{}]*))?\}|[{}]")


def text(machine: Machine, value: Value, conversion: Callable[[object], str] = str) -> Value:
    """`str(value)`, or `repr` or `ascii`."""
    if isinstance(value.data, Host) and value.data.kind == "text" and conversion is str:
        return value
    if isinstance(value.data, Host) and value.data.probe == "os.cpu_count()" and conversion is str:
        return Value(Host("text", value.data.probe, value.data.where), value.origins, value.control)
    data = use(machine, value)
    if conversion is str:
        if type(data) is str or isinstance(data, QualityText):
            return value
        if isinstance(data, Quality):
            return Value(QualityText.of(QUALITY, int(data)), value.origins, value.control)
    if isinstance(data, InstanceObj) and data.cls.mixin is str and data.cls.members is None:
        return text(machine, Value(plain(machine, value), value.origins, value.control), conversion)
    if isinstance(data, InstanceObj):
        made = _instance(machine, value, conversion)
        return Value(made.data, made.origins, made.control).also(value)
    whole = _shown(machine, value)
    machine.charge(size(whole) // 8)
    machine.limit_text(size(whole))
    if conversion is not str or type(whole) is not str:
        _same_everywhere(machine, whole)
    return gathered(Value(wrap(machine, machine.delegate(conversion, whole)).data), value)


def _shown(machine: Machine, value: Value, depth: int = 0) -> object:
    """Plain data to be shown; an enumeration's member within would show differently from version to version."""
    machine.charge()
    data = value.data
    if isinstance(data, InstanceObj | SetObj) or depth > 20:
        raise machine.unmodelled(f"shows {described(data)} as text")
    if isinstance(data, tuple | ListObj):
        made = [_shown(machine, each, depth + 1) for each in (data if isinstance(data, tuple) else data.items)]
        return made if isinstance(data, ListObj) else tuple(made)
    if isinstance(data, DictObj) and not data.factory and not data.frozen:
        pairs = data.entries.values()
        return {_shown(machine, key, depth + 1): _shown(machine, each, depth + 1) for key, each in pairs}
    return plain(machine, value)


def _same_everywhere(machine: Machine, whole: object) -> None:
    """Which characters are printed as they are differs between versions; so does how long an integer may get."""
    if isinstance(whole, str) and not whole.isascii():
        raise machine.unmodelled("shows text beyond ASCII as a literal")
    if isinstance(whole, int) and whole.bit_length() > MAX_DIGITS:
        raise machine.unmodelled(f"writes a number of more than {MAX_DIGITS} bits")
    if isinstance(whole, tuple | list):
        for each in whole:
            _same_everywhere(machine, each)
    if isinstance(whole, dict):
        _same_everywhere(machine, (*whole, *whole.values()))


def _instance(machine: Machine, value: Value, conversion: Callable[[object], str]) -> Value:
    data = value.data
    cls = data.cls
    names = ("__str__", "__repr__") if conversion is str else ("__repr__",)
    if cls.defines(*names):
        name = next(name for name in names if cls.defines(name))
        made = method(machine, value, name)
        if not (type(made.data) is str or isinstance(made.data, QualityText)):
            raise machine.unmodelled(f"{name} of {cls.name} gives no text")
        return made
    if conversion is not str:
        raise machine.unmodelled(f"shows {described(data)} as text")
    if cls.members is not None:
        if cls.text == "value":
            return text(machine, data.attributes["_value_"])
        if cls.text == "member":
            return Value(f"{cls.name}.{data.attributes['_name_'].data}")
        raise machine.unmodelled(f"shows {described(data)} as text, which differs between versions of Python")
    if machine.classes["BaseException"] not in cls.mro or cls.defines("args"):
        raise machine.unmodelled(f"shows {described(data)} as text")
    if data.native or machine.classes["OSError"] in cls.mro or machine.classes["UnicodeError"] in cls.mro:
        raise machine.unmodelled("uses the words of an exception that Python itself raises")
    args = data.attributes["args"]
    if len(args.data) == 1:
        return text(machine, args.data[0], repr if machine.classes["KeyError"] in cls.mro else str)
    return text(machine, args) if args.data else Value("")


def size(whole: object) -> int:
    """A floor of how long the text of plain data gets; shared parts count as often as they show."""
    if isinstance(whole, str | bytes):
        return len(whole)
    if isinstance(whole, dict):
        return sum(size(k) + size(v) + 4 for k, v in whole.items())
    if isinstance(whole, tuple | list):
        return sum(size(item) + 2 for item in whole)
    return 1


def gathered(made: Value, source: Value) -> Value:
    """What is made from a value, owed to it and to its elements."""
    made = made.also(source)
    data = source.data
    held: list[Value] = []
    if isinstance(data, tuple):
        held = list(data[:64])
    elif isinstance(data, ListObj):
        held = data.items[:64]
    elif isinstance(data, DictObj):
        held = [item for _, item in list(data.entries.values())[:64]]
    for item in held:
        made = made.also(item)
    return made


def _check_spec(machine: Machine, spec: str, value: object) -> None:
    found = _SPEC.fullmatch(spec)
    if found is None or not spec.isascii():
        raise machine.unmodelled(f"formats by {spec[:40]!r}")
    for number in found.groups():
        if number and (len(number) > 4 or int(number) > MAX_WIDTH):
            raise machine.unmodelled(f"formats to a width of more than {MAX_WIDTH}")
    _same_everywhere(machine, value if isinstance(value, int) else None)


CONVERSIONS: dict[int, Callable[[object], str]] = {115: str, 114: repr, 97: ascii}


def formatted(machine: Machine, value: Value, spec: str, conversion: int = -1) -> Value:
    """`format(value, spec)`, after `!r`, `!s` or `!a`."""
    if conversion != -1:
        value = text(machine, value, CONVERSIONS[conversion])
    if isinstance(value.data, InstanceObj) and value.data.cls.mixin is str and value.data.cls.members is None:
        value = text(machine, value)
    if isinstance(value.data, Host) and not spec:
        return value if value.data.kind == "text" else text(machine, value)
    data = use(machine, value)
    if isinstance(data, Quality) and spec in ("", "d"):
        return text(machine, value)
    if isinstance(data, InstanceObj):
        if data.cls.mixin is int and spec[-1:] in tuple("bdoxX"):
            data = plain(machine, value)
        elif data.cls.defines("__format__") or (
            data.cls.mixin is not None and data.cls.text != "value" and not data.cls.defines("__str__")
        ):
            raise machine.unmodelled(f"formats {described(data)}, which differs between versions of Python")
        elif not spec:
            return text(machine, value)
        else:
            raise machine.unmodelled(f"formats {described(data)}")
    elif not spec:
        return text(machine, value)
    elif not is_plain(data) or data is None:
        raise machine.unmodelled(f"formats {described(data)}")
    else:
        data = plain(machine, value)
    _check_spec(machine, spec, data)
    return Value(wrap(machine, machine.delegate(format, data, spec)).data, value.origins, value.control)


def module_name(machine: Machine, parts: list[Value]) -> Value | None:
    """`f"{__name__}.x"`: a module's name that is known but for where the package stands."""
    if not isinstance(parts[0].data, ModuleName) or not parts[0].data.of or parts[0].data.inner:
        return None
    rest = "".join(str(plain(machine, each)) for each in parts[1:])
    return Value(ModuleName(parts[0].data.of, rest), machine.origins()) if rest[:1] == "." else None


def joined(machine: Machine, parts: list[Value], between: str = "") -> Value:
    """Texts put together; where the quality shows in one, it shows in the whole."""
    if any(isinstance(each.data, Host) for each in parts):
        if sum(each.data != "" for each in parts) > 1:
            raise machine.unmodelled("puts what the host answers beside other text")
        return next(each for each in parts if isinstance(each.data, Host))
    machine.limit_text(sum(len(each.data) for each in parts) + len(between) * max(0, len(parts) - 1))
    machine.charge(len(parts))
    origins: tuple[Location, ...] = ()
    control: tuple[Location, ...] = ()
    for each in parts:
        whole = Value(None, origins, control).also(each)
        origins, control = whole.origins, whole.control
    if any(isinstance(each.data, QualityText) for each in parts):
        templates = [each.data.template if isinstance(each.data, QualityText) else each.data for each in parts]
        quality = machine.span.quality if machine.span else 0
        return Value(QualityText.of(between.join(templates), quality), origins, control)
    return Value(between.join(each.data for each in parts), origins, control)


def percent(machine: Machine, template: str, right: Value) -> Value:
    """`template % arguments`, one plain form at a time."""
    if len(template) > MAX_TEMPLATE:
        raise machine.unmodelled(f"formats by a template of more than {MAX_TEMPLATE} characters")
    mapping = right.data if isinstance(right.data, DictObj) and not right.data.frozen else None
    args = list(right.data) if isinstance(right.data, tuple) else [right]
    parts, end, used = [], 0, 0
    for found in _PERCENT.finditer(template):
        name, flags, width, precision, kind = found.groups()
        parts.append(Value(template[end : found.start()]))
        end = found.end()
        if kind == "%" and found.group() == "%%":
            parts.append(Value("%"))
            continue
        if kind not in "sdifgxXr" or kind == "" or any(len(each or "") > 3 for each in (width, precision)):
            raise machine.unmodelled(f"formats by {found.group()[:40]!r}")
        if name is not None:
            if mapping is None or name not in mapping.entries:
                raise machine.unmodelled("formats by name what isn't there")
            value = mapping.entries[name][1]
        elif used >= len(args) or mapping is not None:
            raise machine.native("TypeError", "not enough arguments for format string")
        else:
            value, used = args[used], used + 1
        parts.append(_percent_one(machine, value, (flags, width, precision, kind)))
    if used < len(args) and mapping is None:
        if isinstance(right.data, tuple):
            raise machine.native("TypeError", "not all arguments converted during string formatting")
        raise machine.unmodelled("formats what no field takes")
    return joined(machine, [*parts, Value(template[end:])])


def _percent_one(machine: Machine, value: Value, form: tuple[str, str, str | None, str]) -> Value:
    flags, width, precision, kind = form
    if kind in "sr":
        value = text(machine, value, str if kind == "s" else repr)
        if not flags and not width and precision is None:
            return value
    elif not is_plain(value.data) or isinstance(value.data, str | bytes | range | None):
        raise machine.native("TypeError", f"%{kind} format: a real number is required")
    elif isinstance(value.data, Quality) and kind in "di" and not (flags or width or precision):
        return text(machine, value)
    data = plain(machine, value)
    _same_everywhere(machine, data if isinstance(data, int) else None)
    shown = "%" + flags + width + ("" if precision is None else f".{precision}") + kind
    return Value(wrap(machine, machine.delegate(lambda: shown % (data,))).data, value.origins, value.control)


def format_method(machine: Machine, receiver: Value, args: Args, kwargs: Names) -> Value:
    """`template.format(…)` with plain fields: `{}`, `{0}`, `{name:>3}`."""
    template = str(plain(machine, receiver))
    if len(template) > MAX_TEMPLATE:
        raise machine.unmodelled(f"formats by a template of more than {MAX_TEMPLATE} characters")
    parts, end, automatic = [], 0, 0
    numbered = False
    for found in _FIELD.finditer(template):
        parts.append(Value(template[end : found.start()]))
        end = found.end()
        if found.group() in ("{{", "}}"):
            parts.append(Value(found.group()[0]))
            continue
        name, conversion, spec = found.groups()
        if name is None:
            raise machine.unmodelled("formats by a template of another form than {name!r:spec}")
        if name == "":
            value, automatic = _argument(machine, args, automatic), automatic + 1
        elif name.isdigit() and name.isascii() and len(name) < 4:
            value, numbered = _argument(machine, args, int(name)), True
        elif name in kwargs and name.isidentifier():
            value = kwargs[name]
        else:
            raise machine.unmodelled("formats by a name that isn't there")
        if numbered and automatic:
            raise machine.unmodelled("counts the fields of a template in two ways")
        parts.append(formatted(machine, value, spec or "", ord(conversion) if conversion else -1))
    return joined(machine, [*parts, Value(template[end:])]).also(receiver)


def _argument(machine: Machine, args: Args, place: int) -> Value:
    if place >= len(args):
        raise machine.native("IndexError", "Replacement index out of range for positional args tuple")
    return args[place]
