"""One registered instance to an adapter: its fields, then what it emits for each of its presets and qualities."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable
from functools import partial
from typing import TypeVar

from gate.adapters.evaluator.attributes import attribute, find
from gate.adapters.evaluator.bounds import QUALITIES, Unmodelled
from gate.adapters.evaluator.calls import arity
from gate.adapters.evaluator.harness import (
    Outcome,
    Words,
    explore,
    frame_at,
    over_qualities,
    quality_value,
    sayable,
    without_threads,
    words,
)
from gate.adapters.evaluator.machine import NONE, Machine
from gate.adapters.evaluator.plain import items
from gate.adapters.evaluator.text import text
from gate.adapters.evaluator.values import InstanceObj, ModuleObj, QualityText, Value
from gate.adapters.model import Adapter, Raised
from gate.model import Emission, Location, Token, Unresolved
from gate.values import dataclass

T = TypeVar("T")
Given = tuple[Words, Words]  # ffmpeg_codec_args and extra_params
_DATA = ("name", "encoder", "quality_knob", "quality_default")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of the registry, and where its class stands."""

    machine: Machine
    name: str
    value: Value
    where: Location

    def ask(self, question: Callable[[], T], same: Callable[[T], Hashable], quality: int | None = None) -> Outcome[T]:
        """Every answer to a question about the adapter."""

        def framed() -> T:
            with self.machine.inside(frame_at(self.machine, self.where)):
                return question()

        return explore(self.machine, framed, same, quality)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """What an adapter says of itself; `data` holds the plain fields, None where it lacks one."""

    data: dict[str, Value]
    presets: Words
    limits: tuple[int, int]
    own: tuple[int, int] | None = None

    def text(self, name: str) -> str:
        value = self.data.get(name, NONE).data
        return "" if value is None else str(value)


def read_adapter(machine: Machine, registry: ModuleObj, key: Value, value: Value) -> Adapter:
    """The adapter of a key: what `get_adapter` gives for it, or else the registry's own; `points` stay empty."""
    registered = key.origins[0] if key.origins else Location(path=registry.path, line=1)
    name = str(key.data)
    entry = _Entry(machine=machine, name=name, value=value, where=registered)
    stopped = machine.world
    if stopped is None and "get_adapter" in registry.namespace:
        given = _got(entry, registry, key)
        stopped = given if isinstance(given, Unmodelled) else None
        value = value if isinstance(given, Unmodelled) else given
    data = value.data
    where = (data.cls.where if isinstance(data, InstanceObj) else None) or registered
    entry = _Entry(machine=machine, name=name, value=value, where=where)
    if stopped is None and not isinstance(data, InstanceObj):
        stopped = Unmodelled("isn't an instance of a class that the language reads", registered)
    empty = _Fields(data={}, presets=(), limits=QUALITIES)
    if stopped is not None and not isinstance(data, InstanceObj):
        return _adapter(entry, key, empty, whole=stopped)
    fields = _fields(entry)
    if isinstance(fields, Unmodelled):
        return _adapter(entry, key, empty, whole=stopped or fields)
    if not fields.presets:
        stopped = stopped or Unmodelled("has no presets, so nothing tells what it emits by default", where)
    return _adapter(entry, key, fields, whole=stopped)


def _got(entry: _Entry, registry: ModuleObj, key: Value) -> Value | Unmodelled:
    """What callers get for the key."""
    held = entry.value.data

    def question() -> Value:
        function = attribute(entry.machine, Value(registry), "get_adapter")
        return entry.machine.call(function, [Value(key.data, key.origins)])

    outcome = entry.ask(question, lambda found: id(found.data) if found.data is held else _shape(found))
    if outcome.unresolved is not None:
        return outcome.unresolved
    if outcome.given is None:
        where = outcome.failure.where if outcome.failure else entry.where
        return Unmodelled("get_adapter raises for this key", where)
    return outcome.given


def _shape(value: Value) -> Hashable:
    data = value.data
    if not isinstance(data, InstanceObj):
        return repr(data)
    return (data.cls.name, *((name, repr(each.data)) for name, each in data.attributes.items()))


def _fields(entry: _Entry) -> _Fields | Unmodelled:
    data: dict[str, Value] = {}
    for name in _DATA:
        found = _settled(entry.ask(partial(_plain_field, entry, name), _key), name)
        if isinstance(found, Unmodelled):
            return found
        data[name] = found
    if data["quality_default"].data is None:
        return Unmodelled("has no quality_default", entry.where)
    presets = _settled(entry.ask(lambda: _presets(entry), lambda found: tuple(map(_key, found))), "presets")
    if isinstance(presets, Unmodelled):
        return presets
    own = _limits(entry)
    default = data["quality_default"].data
    every = [*QUALITIES, *(own or ()), *([default] if type(default) is int else [])]
    return _Fields(data=data, presets=presets, limits=(min(every), max(every)), own=own)


def _settled(outcome: Outcome[T], name: str) -> T | Unmodelled:
    if outcome.unresolved is not None:
        return outcome.unresolved
    if outcome.failure is not None:
        return Unmodelled(f"{name} raises {outcome.failure.exception}", outcome.failure.where)
    if outcome.given is None:
        raise TypeError("an evaluation gave nothing at all")
    return outcome.given


def _key(value: Value) -> Hashable:
    data: object = value.data
    return data if isinstance(data, Hashable) else id(data)


def _plain_field(entry: _Entry, name: str) -> Value:
    found = find(entry.machine, entry.value, name)
    if found is None:
        return NONE
    if isinstance(found.data, InstanceObj) and found.data.cls.mixin is str:
        found = Value(found.data.attributes["_value_"].data, found.origins, found.control)
    if type(found.data) not in (str, int, float):
        raise entry.machine.unmodelled(f"{name} isn't a string or number that the language reads")
    if not sayable(str(found.data)):
        raise entry.machine.unmodelled(f"{name} isn't text that can be written")
    return found


def _presets(entry: _Entry) -> Words:
    value = find(entry.machine, entry.value, "presets")
    if value is None:
        raise entry.machine.unmodelled("has no presets")
    found = words(entry.machine, Value(tuple(items(entry.machine, value)), value.origins, value.control))
    if len(found) > 200:
        raise entry.machine.unmodelled("has more than 200 presets")
    return found


def _limits(entry: _Entry) -> tuple[int, int] | None:
    """The adapter's own range of qualities, None where it names none."""

    def asked() -> Words:
        value = find(entry.machine, entry.value, "quality_range")
        return tuple(items(entry.machine, value)) if value is not None else ()

    given = entry.ask(asked, lambda pair: tuple(map(_key, pair))).given or ()
    numbers = [each.data for each in given if type(each.data) is int and abs(each.data) < 10_000]
    return (min(numbers), max(numbers)) if len(numbers) == 2 else None


def _adapter(entry: _Entry, key: Value, fields: _Fields, *, whole: Unmodelled | None) -> Adapter:
    """Everything put together; with `whole`, nothing is known of what it emits."""
    emissions: list[Emission] = []
    raised: list[Raised] = []
    unresolved: list[Unresolved] = []
    touched = set(_class_lines(entry.value))
    for value in (key, entry.value, *fields.data.values(), *fields.presets):
        touched.update(value.origins + value.control)
    if whole is not None:
        unresolved.append(Unresolved(reason=whole.reason, where=whole.where, adapter=entry.name))
    for name, preset in {str(each.data): each for each in fields.presets if whole is None}.items():
        for place, outcome in enumerate(_asked(entry, fields, preset)):
            touched |= outcome.touched
            if outcome.unresolved is not None:
                if not any(each.preset == name for each in unresolved):
                    at = "" if place == 0 else f" (at {outcome.qualities or 'another quality'})"
                    why = outcome.unresolved
                    unresolved.append(
                        Unresolved(reason=why.reason + at, where=why.where, adapter=entry.name, preset=name)
                    )
            elif place == 0 and outcome.failure is not None:
                what, message = outcome.failure.exception, outcome.failure.message
                raised.append(Raised(preset=name, exception=what, message=message, where=outcome.failure.where))
            if outcome.given is not None:
                emissions.append(_emission(name, outcome))
    machine = entry.machine
    return Adapter(
        key=entry.name,
        name=fields.text("name") or entry.name,
        encoder=fields.text("encoder"),
        where=entry.where,
        quality_knob=fields.text("quality_knob"),
        quality_default=fields.text("quality_default"),
        presets=tuple(dict.fromkeys(str(each.data) for each in fields.presets)),
        emissions=tuple(emissions),
        points=(),
        quality_range=fields.own,
        raised=tuple(raised),
        unresolved=tuple(unresolved),
        files=frozenset(machine.consulted),
        touched=frozenset(touched),
        definitions=_definitions(machine) if unresolved else frozenset(),
    )


def _definitions(machine: Machine) -> frozenset[str]:
    """What the evaluation consulted, as syntax trees without positions: all that was read where nothing is known."""
    if machine.world is not None:
        trees = {ast.dump(machine.layout.tree(each.path)) for each in machine.modules.values()}
        return frozenset(trees | machine.unreadable)
    return frozenset(map(ast.dump, machine.collector | machine.mutations))


def _asked(entry: _Entry, fields: _Fields, preset: Value) -> list[Outcome[Given]]:
    default = fields.data["quality_default"]

    def ask(value: Value, quality: int | None = None) -> Outcome[Given]:
        return entry.ask(
            lambda: (_argv(entry, fields, preset, value), _extra(entry, preset, value)),
            _compared,
            quality,
        )

    if type(default.data) is not int:  # a quality that isn't a whole number is tried as it is
        return [ask(default)]
    found = []
    at = lambda quality: ask(quality_value(quality).owed(default.origins, default.control), quality)  # noqa: E731
    for outcome in over_qualities(at, default.data, fields.limits):
        found.append(outcome)
        if outcome.unresolved is not None and outcome.qualities.low == outcome.qualities.high:
            break  # not every quality of sixty-four again
    return found


def _compared(given: Given) -> Hashable:
    return tuple(without_threads(str(word.data) for word in part) for part in given)


def _argv(entry: _Entry, fields: _Fields, preset: Value, quality: Value) -> Words:
    machine = entry.machine
    method = find(machine, entry.value, "ffmpeg_codec_args")
    if method is not None:
        return words(machine, machine.call(method, [preset, quality]))
    encoder, knob = fields.data["encoder"], fields.data["quality_knob"]
    if knob.data is None or not isinstance(encoder.data, str):
        raise machine.unmodelled("has neither ffmpeg_codec_args nor an encoder and a quality_knob")
    where = Value(None, machine.origins())
    shown = quality
    if not isinstance(quality.data, str):
        shown = text(machine, quality)
    option = Value(f"-{knob.data}").also(knob)
    return tuple(each.also(where) for each in (Value("-c:v"), encoder, Value("-preset"), preset, option, shown))


def _extra(entry: _Entry, preset: Value, quality: Value) -> Words:
    """`extra_params`, as the project's dispatcher calls it: with (preset, quality) where two must or may be given.

    A method that takes either must not care.
    """
    machine = entry.machine
    method = find(machine, entry.value, "extra_params")
    if method is None:
        return ()
    takes = arity(machine, entry.value, "extra_params")
    if takes is None:
        raise machine.unmodelled("extra_params isn't a plain method")
    least, most, only = takes
    if only:
        raise machine.unmodelled(f"extra_params wants {', '.join(only)} by name")
    given = [words(machine, machine.call(method))] if least == 0 else []
    if most >= 2 and least <= 2:
        given.append(words(machine, machine.call(method, [preset, quality])))
    if not given:
        raise machine.unmodelled("extra_params takes something other than (preset, quality)")
    if len({tuple(str(word.data) for word in each) for each in given}) > 1:
        raise machine.unmodelled("extra_params gives one thing with (preset, quality) and another without")
    return given[-1]


def _emission(preset: str, outcome: Outcome[Given]) -> Emission:
    argv, extra = (tuple(map(_token, part)) for part in outcome.given or ((), ()))
    return Emission(preset=preset, argv=argv, extra=extra, condition=outcome.condition, qualities=outcome.qualities)


def _token(word: Value) -> Token:
    """A word with the lines that made it, then the conditions under which it was made."""
    origins = tuple(dict.fromkeys(word.origins[:10] + word.control))[:12]
    template = word.data.template if isinstance(word.data, QualityText) else ""
    return Token(text=str(word.data), origins=origins, template=template)


def _class_lines(value: Value) -> list[Location]:
    """The lines at which the classes and their methods start."""
    if not isinstance(value.data, InstanceObj):
        return []
    order = [each for each in value.data.cls.mro if not each.builtin]
    lines = [each.where for each in order if each.where is not None]
    for name in ("ffmpeg_codec_args", "extra_params"):
        defining = next((each for each in order if name in each.namespace), None)
        lines.extend(defining.namespace[name].origins if defining else ())
    return lines
