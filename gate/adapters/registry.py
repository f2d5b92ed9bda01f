"""One registered instance to an adapter: its fields, then what it emits for each of its presets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from gate.adapters.evaluator.bounds import Unmodelled
from gate.adapters.evaluator.harness import Outcome, alike, arity, explore, frame_at, neighbours, sayable, words
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.plain import items
from gate.adapters.evaluator.values import InstanceObj, ModuleObj, Value, of
from gate.adapters.model import Adapter, Raised
from gate.model import Emission, Location, Token, Unresolved

T = TypeVar("T")
Words = tuple[Value, ...]
Given = tuple[Words, Words]  # ffmpeg_codec_args and extra_params
NOTHING = Value(None)
_DATA = ("name", "encoder", "quality_knob", "quality_default")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of the registry, and where its class stands."""

    machine: Machine
    registry: ModuleObj
    key: Value
    value: Value
    where: Location

    @property
    def name(self) -> str:
        return of(self.key, str)

    def ask(self, question: Callable[[], T], same: Callable[[T], Hashable]) -> Outcome[T]:
        """Every answer to a question about the adapter."""

        def framed() -> T:
            with self.machine.inside(frame_at(self.machine, self.where)):
                return question()

        return explore(self.machine, framed, same)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """What an adapter says of itself; `data` holds the plain fields, None where it lacks one."""

    data: dict[str, Value]
    presets: Words

    def text(self, name: str) -> str:
        value = self.data.get(name, NOTHING).data
        return "" if value is None else str(value)


def read_adapter(machine: Machine, registry: ModuleObj, key: Value, value: Value) -> Adapter:
    """The adapter that `value` is; whatever isn't known of it stands in `unresolved`. `points` stay empty."""
    registered = key.origins[0] if key.origins else Location(path=registry.path, line=1)
    instance = value.data
    where = (instance.cls.where if isinstance(instance, InstanceObj) else None) or registered
    entry = _Entry(machine=machine, registry=registry, key=key, value=value, where=where)
    if not isinstance(instance, InstanceObj):
        why = machine.world or Unmodelled("isn't an instance of a class that the model knows", registered)
        return _adapter(entry, _Fields(data={}, presets=()), whole=why)
    fields = _fields(entry)
    stopped = machine.world or (fields if isinstance(fields, Unmodelled) else None)
    if isinstance(fields, Unmodelled):
        fields = _Fields(data={}, presets=())
    elif not fields.presets:
        stopped = stopped or Unmodelled("has no presets, so nothing tells what it emits by default", where)
    return _adapter(entry, fields, whole=stopped)


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
    return presets if isinstance(presets, Unmodelled) else _Fields(data=data, presets=presets)


def _settled(outcome: Outcome[T], name: str) -> T | Unmodelled:
    if outcome.unresolved is not None:
        return outcome.unresolved
    if outcome.failure is not None:
        return Unmodelled(f"{name} raises {outcome.failure.exception}", outcome.failure.where)
    if outcome.given is None:
        raise TypeError("an evaluation gave nothing at all")
    return outcome.given


def _key(value: Value) -> Hashable:
    data = value.data
    return data if isinstance(data, Hashable) else id(data)


def _plain_field(entry: _Entry, name: str) -> Value:
    found = entry.machine.attribute(entry.value, name) or NOTHING
    if found is not NOTHING and type(found.data) not in (str, int, float):
        raise entry.machine.unmodelled(f"{name} isn't a string or number that the model knows")
    if not sayable(str(found.data)):
        raise entry.machine.unmodelled(f"{name} isn't text that can be written")
    return found


def _presets(entry: _Entry) -> Words:
    value = entry.machine.attribute(entry.value, "presets")
    if value is None:
        raise entry.machine.unmodelled("has no presets")
    found = items(entry.machine, value)
    if not all(isinstance(item.data, str) and sayable(item.data) for item in found):
        raise entry.machine.unmodelled("presets aren't all strings that the model knows")
    return tuple(found)


def _adapter(entry: _Entry, fields: _Fields, *, whole: Unmodelled | None) -> Adapter:
    """Everything put together; with `whole`, nothing is known of what it emits."""
    emissions: list[Emission] = []
    raised: list[Raised] = []
    unresolved: list[Unresolved] = []
    given: dict[str, Given] = {}
    touched = set(_class_lines(entry.value))
    for value in (entry.key, entry.value, *fields.data.values(), *fields.presets):
        touched.update(value.origins + value.control)
    if whole is not None:
        unresolved.append(Unresolved(reason=whole.reason, where=whole.where, adapter=entry.name))
    for name, preset in {of(each, str): each for each in fields.presets if whole is None}.items():
        outcome = _emitted(entry, fields, preset, fields.data["quality_default"])
        touched |= outcome.touched
        if outcome.unresolved is not None:
            why = outcome.unresolved
            unresolved.append(Unresolved(reason=why.reason, where=why.where, adapter=entry.name, preset=name))
        if outcome.failure is not None:
            what, message = outcome.failure.exception, outcome.failure.message
            raised.append(Raised(preset=name, exception=what, message=message, where=outcome.failure.where))
        if outcome.given is not None:
            emissions.append(_emission(name, outcome.given, outcome.condition))
            given[name] = outcome.given
    swayed, probed = _swayed(entry, fields, given) if given else ([], set())
    unresolved += swayed
    return Adapter(
        key=entry.name,
        name=fields.text("name") or entry.name,
        encoder=fields.text("encoder"),
        where=entry.where,
        quality_knob=fields.text("quality_knob"),
        quality_default=fields.text("quality_default"),
        presets=tuple(of(preset, str) for preset in fields.presets),
        emissions=tuple(emissions),
        points=(),
        raised=tuple(raised),
        unresolved=tuple(unresolved),
        files=_files(entry, touched | probed, everything=bool(unresolved)),
        touched=frozenset(touched),
    )


def _emitted(entry: _Entry, fields: _Fields, preset: Value, quality: Value) -> Outcome[Given]:
    return entry.ask(
        lambda: (_argv(entry, fields, preset, quality), _extra(entry, preset, quality)),
        lambda given: tuple(map(_texts, given)),
    )


def _texts(words: Words) -> tuple[str, ...]:
    return tuple(of(word, str) for word in words)


def _swayed(entry: _Entry, fields: _Fields, given: Mapping[str, Given]) -> tuple[list[Unresolved], set[Location]]:
    """The presets that emit something else at another quality than the default, and the lines that told.

    To save time the first, middle and last preset are tried; where one of them differs, all are.
    """
    qualities = neighbours(fields.data["quality_default"].data, [each.data for each in _limits(entry)])
    names = list(given)
    some = {names[0], names[len(names) // 2], names[-1]}
    found, touched = _tried(entry, fields, given, some, qualities)
    return _tried(entry, fields, given, names, qualities) if found else (found, touched)


def _tried(
    entry: _Entry, fields: _Fields, given: Mapping[str, Given], names: Collection[str], qualities: Sequence[int | float]
) -> tuple[list[Unresolved], set[Location]]:
    found: list[Unresolved] = []
    touched: set[Location] = set()
    for name, preset in {of(each, str): each for each in fields.presets}.items():
        if name in names:
            why, lines = _sways(entry, fields, preset, given[name], qualities)
            touched |= lines
            if why is not None:
                found.append(Unresolved(reason=why.reason, where=why.where, adapter=entry.name, preset=name))
    return found, touched


def _sways(
    entry: _Entry, fields: _Fields, preset: Value, given: Given, qualities: Sequence[int | float]
) -> tuple[Unmodelled | None, frozenset[Location]]:
    """Whether the first of the qualities at which nothing is raised gives something else."""
    touched: frozenset[Location] = frozenset()
    for quality in qualities:
        outcome = _emitted(entry, fields, preset, Value(quality))
        touched |= outcome.touched
        if outcome.unresolved is not None:
            return outcome.unresolved, touched
        if outcome.given is not None:
            numbers = fields.data["quality_default"].data, quality
            pairs = zip(given, outcome.given, strict=True)
            same = all(alike(_texts(one), _texts(two), numbers, fields.text("quality_knob")) for one, two in pairs)
            why = Unmodelled("emits something else at another quality than its default", entry.where)
            return None if same else why, touched
    return None, touched


def _limits(entry: _Entry) -> tuple[Value, ...]:
    """`quality_range`, empty where it isn't known."""

    def asked() -> Words:
        value = entry.machine.attribute(entry.value, "quality_range")
        return tuple(items(entry.machine, value)) if value is not None else ()

    return entry.ask(asked, lambda pair: tuple(map(_key, pair))).given or ()


def _argv(entry: _Entry, fields: _Fields, preset: Value, quality: Value) -> Words:
    machine = entry.machine
    method = machine.attribute(entry.value, "ffmpeg_codec_args")
    if method is not None:
        return words(machine, machine.call(method, [preset, quality]))
    encoder, knob = fields.data["encoder"], fields.data["quality_knob"]
    if knob.data is None or not isinstance(encoder.data, str):
        raise machine.unmodelled("has neither ffmpeg_codec_args nor an encoder and a quality_knob")
    where = Value(None, (machine.here(),))
    option = Value(f"-{knob.data}").also(knob)
    stands_in = (Value("-c:v"), encoder, Value("-preset"), preset, option, quality)
    return tuple(Value(str(part.data), part.origins, part.control).also(where) for part in stands_in)


def _extra(entry: _Entry, preset: Value, quality: Value) -> Words:
    """`extra_params`, with `(preset, quality)` where it takes them; a method that takes either must not care."""
    machine = entry.machine
    method = machine.attribute(entry.value, "extra_params")
    if method is None:
        return ()
    takes = arity(machine, of(entry.value, InstanceObj), "extra_params")
    if takes is None:
        raise machine.unmodelled("extra_params isn't a plain method")
    least, most = takes
    given = [words(machine, machine.call(method, []))] if least == 0 else []
    if least <= 2 <= most:
        given.append(words(machine, machine.call(method, [preset, quality])))
    if not given:
        raise machine.unmodelled("extra_params takes something other than (preset, quality)")
    if len({tuple(word.data for word in each) for each in given}) > 1:
        raise machine.unmodelled("extra_params gives one thing with (preset, quality) and another without")
    return given[-1]


def _emission(preset: str, given: Given, condition: str) -> Emission:
    argv, extra = (tuple(_token(word) for word in part) for part in given)
    return Emission(preset=preset, argv=argv, extra=extra, condition=condition)


def _token(word: Value) -> Token:
    """A word with the lines that made it, then the conditions under which it was made."""
    origins = tuple(dict.fromkeys(word.origins[:10] + word.control))[:12]
    return Token(text=of(word, str), origins=origins)


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


def _files(entry: _Entry, touched: set[Location], *, everything: bool) -> frozenset[str]:
    """Every file whose contents could alter the adapter.

    The registry's file, that of its class with all that it imports, and those that alter what other files made. Where
    something is unresolved, every file of the package, imported or not: which of them led there can't be told.
    """
    if everything or not isinstance(entry.value.data, InstanceObj):
        layout = entry.machine.layout
        return layout.own.union(layout.eclipsed.values())
    by_path = {module.path: module for module in entry.machine.modules.values()}
    files = {entry.registry.path}
    waiting = {each.module.path for each in entry.value.data.cls.mro if each.module is not None}
    waiting |= {line.path for line in touched} | entry.machine.crossed
    while waiting := waiting - files:
        path = waiting.pop()
        files.add(path)
        if path in by_path:
            waiting |= by_path[path].imports
    return frozenset(files)
