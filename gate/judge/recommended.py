"""From a recommendation's labels to the operating point that an adapter with these defaults would emit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gate.encoders import RateControlMode, family_of, read_point
from gate.encoders.values import label_number, plain
from gate.errors import AdapterError
from gate.evidence.model import CodecEvidence
from gate.model import Emission, Knobs, Location, OperatingPoint, Token, Unresolved

_NOWHERE = Location(path="", line=0)
_RATE_CONTROL = frozenset({"rc", "cbr"})
_BARE = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """What a preset and knobs come to as an argv; `alone` is the preset without them. No knobs said are None."""

    codec: str
    preset: str
    knobs: Knobs | None
    read: OperatingPoint
    alone: OperatingPoint


def read_arguments(codec: str, preset: str, knobs: Knobs | None) -> Arguments:
    """A recommendation's preset and knobs (FFmpeg options without dash), read as an adapter's argv is.

    Raises:
        AdapterError: a value is none of its option's, or the knobs name another preset.
    """
    read, alone = _read(codec, preset, knobs or ()), _read(codec, preset, ())
    if read.preset != alone.preset:
        raise AdapterError(f"`preset` is {preset}, but the knobs say {read.preset}", fix="leave it out of the knobs")
    return Arguments(codec=codec, preset=preset, knobs=knobs, read=read, alone=alone)


def recommended_point(
    said: Arguments, *, rc_mode: str, q: str, recipe: str, evidence: CodecEvidence | None
) -> OperatingPoint:
    """The point, in the terms of `gate.encoders`.

    Args:
        said: codec, preset and knobs.
        rc_mode: a label of the sample that serves the codec, else a canonical rate control.
        q: a label, or its number.
        recipe: a name of the sample's catalogue, `bare`, or empty.
        evidence: what serves the codec; None where no sample does.

    Raises:
        AdapterError: a label that nobody knows, or two columns that contradict each other.
    """
    codec, read = said.codec, said.read
    mode, number = _mode(codec, rc_mode, evidence), label_number(q)
    quality = q if number is None else plain(number)
    if read.q and read.q != quality:
        raise AdapterError(f"`q` is {quality}, but the knobs say {read.q}", fix="leave it out of the knobs")
    if _decide_mode(said.knobs or ()) and read.rc_mode and read.rc_mode != mode:
        raise AdapterError(f"`rc_mode` means {mode}, but the knobs say {read.rc_mode}", fix="leave it out of the knobs")
    return OperatingPoint(
        codec=codec,
        rc_mode=mode,
        preset=said.alone.preset if family_of(codec).preset else said.preset,
        q=quality,
        knobs=_knobs(codec, recipe, None if said.knobs is None else read.knobs, evidence),
    )


def _mode(codec: str, rc_mode: str, evidence: CodecEvidence | None) -> str:
    """The canonical rate control that a label means: of several the one that the fewest other labels mean, too."""
    if evidence is None:
        return rc_mode
    meanings = evidence.rc_modes.get(rc_mode)
    if meanings is None and rc_mode not in set(RateControlMode):
        known = ", ".join(evidence.rc_modes)
        raise AdapterError(f"`rc_mode` {rc_mode!r} is neither a label of {codec}'s sample ({known}) nor a rate control")
    if not meanings or rc_mode in meanings:
        return rc_mode
    return min(sorted(meanings), key=lambda mode: sum(mode in others for others in evidence.rc_modes.values()))


def _knobs(codec: str, recipe: str, knobs: Knobs | None, evidence: CodecEvidence | None) -> Knobs:
    """What the recipe's name and the knobs come to; they must not contradict each other."""
    known = () if recipe == _BARE else evidence.recipes.get(recipe) if evidence and recipe else None
    if knobs is None and known is None:
        if not recipe:
            raise AdapterError("`recipe` and `knobs` are missing", fix="give one of them; `bare` is a recipe, too")
        raise AdapterError(f"no sample has a recipe {recipe!r} of {codec}", fix="give its `knobs`")
    if knobs is not None and known is not None and knobs != known:
        raise AdapterError(f"`recipe` {recipe!r} has other knobs than the ones given", fix="give one of them")
    return (known if knobs is None else knobs) or ()


def _decide_mode(knobs: Knobs) -> bool:
    """Whether the rate control stands among them: it is no knob, and would be lost where it is another one."""
    return any(name.partition(":")[0].replace("-", "_") in _RATE_CONTROL for name, _ in knobs)


def _read(codec: str, preset: str, knobs: Knobs) -> OperatingPoint:
    family = family_of(codec)
    chosen = [(family.preset, preset)] if family.preset and preset else []
    argv = tuple(_tokens([("c:v", codec), *chosen, *knobs]))
    found = read_point(Emission(preset=preset, argv=argv, extra=()), encoder=codec, where=_NOWHERE)
    if isinstance(found, Unresolved):
        raise AdapterError(found.reason)
    return found.at


def _tokens(pairs: Iterable[tuple[str, str]]) -> Iterable[Token]:
    for name, value in pairs:
        yield Token(text=f"-{name}", origins=())
        yield Token(text=value, origins=())
