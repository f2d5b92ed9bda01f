"""From a recommendation to the operating points that it stands for, through the repository's own adapters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from gate.adapters.model import Adapter
from gate.encoders import RateControlMode, family_of, read_point
from gate.encoders.values import label_number, plain
from gate.errors import AdapterError
from gate.evidence.model import CodecEvidence
from gate.evidence.sweep.row import quality_mode
from gate.judge.recommendations import Recommendation
from gate.model import Emission, Knobs, Location, OperatingPoint, Token, Unresolved
from gate.values import dataclass, field, replace

_NOWHERE = Location(path="", line=0)
_RATE_CONTROL = frozenset({"rc", "cbr"})
_BARE = "bare"
_ADAPTERS_OWN = frozenset({"", "unknown"})  # rate control: the one that the adapter emits
_CONSTANT_QUALITY = frozenset({"cq", "quality"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A point and the adapter's name of its preset; empty where no adapter emits it."""

    at: OperatingPoint
    preset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encode:
    """What an adapter, or the encoder itself, makes of a preset, of knobs behind it, and of a quality."""

    preset: str
    read: OperatingPoint
    alone: OperatingPoint  # the same without the recommendation's knobs
    said: OperatingPoint  # these knobs by themselves


@dataclass(frozen=True, slots=False, kw_only=True)
class Reading:
    """Recommendations to points. `adapters` by registry key; `evidence` by codec. Remembers what it has read."""

    adapters: Mapping[str, Adapter]
    evidence: Mapping[str, CodecEvidence]
    _encodes: dict[tuple[object, ...], tuple[_Encode, ...]] = field(default_factory=dict)

    def points(self, one: Recommendation) -> tuple[Named, ...]:
        """The points that it stands for: one, or one per preset of its adapter where it names none.

        None at all where the adapter raises by design for it: then there is nothing to encode, and nothing to lose.

        Raises: AdapterError: nothing says what encodes it, a label is nobody's, or two keys contradict each other.
        """
        adapter = self._adapter(one)
        if not one.rc_mode and adapter is None:
            known = f"; the adapters are {', '.join(self.adapters)}" if self.adapters else ""
            fix = f"give it, or --repo DIR whose adapters know {one.codec}{known}"
            raise AdapterError("`rc_mode` is missing", fix=fix)
        return tuple(self._named(one, encode, adapter) for encode in self._encoded(one, adapter))

    def _adapter(self, one: Recommendation) -> Adapter | None:
        """The adapter that encodes it: registered as its codec, with a preset of that name, or any."""
        adapter = self.adapters.get(one.codec) or self._by_encoder.get(one.codec)
        if adapter is not None and one.preset and one.preset not in adapter.presets:
            if not one.rc_mode:
                known = ", ".join(adapter.presets)
                raise AdapterError(f"adapter {adapter.key} has no preset {one.preset!r}", fix=f"it has {known}")
            return None  # a name of the encoder's own
        if adapter is None and not one.preset and family_of(one.codec).preset:
            raise AdapterError("`preset` is missing", fix=f"give it, or --repo DIR whose adapters know {one.codec}")
        return adapter

    @cached_property
    def _by_encoder(self) -> Mapping[str, Adapter]:
        """Encoder -> its adapter, where it has just one."""
        every = [adapter.encoder for adapter in self.adapters.values()]
        return {a.encoder: a for a in self.adapters.values() if every.count(a.encoder) == 1}

    def _encoded(self, one: Recommendation, adapter: Adapter | None) -> tuple[_Encode, ...]:
        # Without a rate control of its own, the recommendation's q is the adapter's quality: each is read by itself.
        quality = "" if adapter is None or _names_mode(one) else one.q
        key = (one.codec, one.preset, one.knobs, quality, adapter is None)
        if key not in self._encodes:
            self._encodes[key] = tuple(
                [_by_encoder(one)] if adapter is None else _by_adapter(adapter, one.preset, one.knobs or (), quality)
            )
        return self._encodes[key]

    def _named(self, one: Recommendation, encode: _Encode, adapter: Adapter | None) -> Named:
        read, alone = encode.read, encode.alone
        evidence = self.evidence.get(read.codec)
        if read.preset != alone.preset:
            what = f"`preset` is {encode.preset}, but the knobs say {read.preset}"
            raise AdapterError(what, fix="leave it out of the knobs")
        knobs = _knobs(one, read, alone, evidence, through=adapter is not None)
        if adapter is not None and not _names_mode(one):
            return Named(at=replace(read, knobs=knobs), preset=encode.preset)
        mode, number = _mode(read.codec, one.rc_mode, evidence), label_number(one.q)
        quality = one.q if number is None else plain(number)
        said = encode.said
        if said.q and said.q != quality:
            raise AdapterError(f"`q` is {quality}, but the knobs say {said.q}", fix="leave it out of the knobs")
        if _decide_mode(one.knobs or ()) and said.rc_mode and said.rc_mode != mode:
            what = f"`rc_mode` means {mode}, but the knobs say {said.rc_mode}"
            raise AdapterError(what, fix="leave it out of the knobs")
        at = OperatingPoint(
            codec=read.codec, rc_mode=mode, preset=alone.preset, q=quality, knobs=knobs, context=read.context
        )
        return Named(at=at, preset=encode.preset if adapter is not None else "")


def _names_mode(one: Recommendation) -> bool:
    return one.rc_mode not in _ADAPTERS_OWN | _CONSTANT_QUALITY


def _by_encoder(one: Recommendation) -> _Encode:
    """The preset and knobs as the encoder's own, whose preset a codec without such an option keeps as a label."""
    read, alone = _read(one.codec, one.preset, one.knobs or ()), _read(one.codec, one.preset, ())
    if not family_of(one.codec).preset:
        read, alone = replace(read, preset=one.preset), replace(alone, preset=one.preset)
    return _Encode(preset=one.preset, read=read, alone=alone, said=_read(one.codec, "", one.knobs or ()))


def _by_adapter(adapter: Adapter, preset: str, knobs: Knobs, quality: str) -> Iterable[_Encode]:
    """What the adapter emits for the preset (each, for none) at a quality (any, for none), knobs behind it."""
    number = label_number(quality)
    if quality and number is None:
        raise AdapterError(f"`q` is no quality of adapter {adapter.key}: {quality!r}", fix="give a number")
    raising = {raised.preset for raised in adapter.raised}
    for name in (name for name in ([preset] if preset else adapter.presets) if name not in raising):
        emissions = [
            e for e in adapter.emissions if e.preset == name and (number is None or float(number) in e.qualities)
        ]
        if not emissions:
            raise AdapterError(_nothing(adapter, name, quality))
        for emission in emissions:
            read, alone = (_at(adapter, emission, quality, extra) for extra in (knobs, ()))
            yield _Encode(preset=name, read=read, alone=alone, said=_read(read.codec, "", knobs))


def _at(adapter: Adapter, emission: Emission, quality: str, knobs: Knobs) -> OperatingPoint:
    number = label_number(quality) if quality else None
    tokens: Sequence[Token] = emission.tokens
    follows = any(token.template for token in tokens)
    if number is not None and number.denominator == 1:
        tokens = [token.at(int(number)) for token in tokens]
    argv = replace(emission, argv=(*tokens, *_tokens(knobs)), extra=())
    found = read_point(argv, encoder=adapter.encoder, adapter=adapter.key, where=adapter.where, recommended=True)
    if isinstance(found, Unresolved):
        raise AdapterError(f"what adapter {adapter.key} emits for it can't be read: {found.reason}")
    if number is not None and not follows and found.at.q == adapter.quality_default:
        return replace(found.at, q=plain(number))
    return found.at


def _nothing(adapter: Adapter, preset: str, quality: str) -> str:
    reasons = [f"{part.reason} ({part.where})" for part in adapter.unresolved if part.preset in ("", preset)]
    at = f" at quality {quality}" if quality else ""
    return f"adapter {adapter.key} emits nothing for preset {preset!r}{at}: {'; '.join(reasons) or 'out of its range'}"


def _mode(codec: str, rc_mode: str, evidence: CodecEvidence | None) -> str:
    """The canonical rate control that a label means: of several the one that the fewest other labels mean, too."""
    meanings = evidence.rc_modes.get(rc_mode) if evidence else None
    if meanings is None and rc_mode in _CONSTANT_QUALITY | _ADAPTERS_OWN:
        return quality_mode(codec)
    if evidence is None:
        return rc_mode
    if meanings is None and rc_mode not in set(RateControlMode):
        known = ", ".join(evidence.rc_modes)
        raise AdapterError(f"`rc_mode` {rc_mode!r} is neither a label of {codec}'s sample ({known}) nor a rate control")
    if not meanings or rc_mode in meanings:
        return rc_mode
    return min(sorted(meanings), key=lambda mode: sum(mode in others for others in evidence.rc_modes.values()))


def _knobs(
    one: Recommendation, read: OperatingPoint, alone: OperatingPoint, evidence: CodecEvidence | None, *, through: bool
) -> Knobs:
    """What the encode is really given: the adapter's own knobs, and the recipe's or the given ones over them."""
    own = dict(alone.knobs)
    known = () if one.recipe == _BARE else evidence.recipes.get(one.recipe) if evidence and one.recipe else None
    given = None if one.knobs is None else read.knobs
    if given is None and known is None:
        if through and not one.recipe:
            return alone.knobs
        if not one.recipe:
            raise AdapterError("`recipe` and `knobs` are missing", fix="give one of them; `bare` is a recipe, too")
        raise AdapterError(f"no sample has a recipe {one.recipe!r} of {one.codec}", fix="give its `knobs`")
    if given is not None and known is not None and given != _over(own, known):
        raise AdapterError(f"`recipe` {one.recipe!r} has other knobs than the ones given", fix="give one of them")
    return given if given is not None else _over(own, known or ())


def _over(own: Mapping[str, str], knobs: Knobs) -> Knobs:
    return tuple(sorted({**own, **dict(knobs)}.items()))


def _decide_mode(knobs: Knobs) -> bool:
    """Whether the rate control stands among them: it is no knob, and would be lost where it is another one."""
    return any(name.partition(":")[0].replace("-", "_") in _RATE_CONTROL for name, _ in knobs)


def _read(codec: str, preset: str, knobs: Knobs) -> OperatingPoint:
    family = family_of(codec)
    chosen = [(family.preset, preset)] if family.preset and preset else []
    argv = tuple(_tokens([("c:v", codec), *chosen, *knobs]))
    emission = Emission(preset=preset, argv=argv, extra=())
    found = read_point(emission, encoder=codec, where=_NOWHERE, recommended=True)
    if isinstance(found, Unresolved):
        raise AdapterError(found.reason)
    return found.at


def _tokens(pairs: Iterable[tuple[str, str]]) -> Iterable[Token]:
    for name, value in pairs:
        yield Token(text=f"-{name}", origins=())
        yield Token(text=value, origins=())
