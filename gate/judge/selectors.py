"""Selectors of rules and waivers that can match nothing: a codec, preset, rate control, recipe or knob nobody knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from gate.encoders import RateControlMode, canonical_knobs, family_of
from gate.encoders.families import FAMILIES
from gate.errors import PolicyError
from gate.evidence.model import CodecEvidence
from gate.judge.place import rank
from gate.policy.rules import exemptions, ship_blockers
from gate.policy.schema import Policy, Selection

Evidence = Mapping[str, CodecEvidence]


def dead_selectors(policy: Policy, evidence: Evidence, codecs: Collection[str]) -> Iterator[str]:
    """What is wrong with each selector of the policy that can match nothing, `forbid[0]: …`.

    Args:
        evidence: what the policy's samples say, by codec.
        codecs: what the adapters emit, also where no table knows it.
    """
    for key in ("forbid", "discourage", "waivers"):
        for place, part in enumerate(getattr(policy, key)):
            yield from (f"{key}[{place}] can match nothing: {fault}" for fault in _faults(part, evidence, codecs))


def policy_faults(policy: Policy, evidence: Evidence, codecs: Collection[str]) -> Iterator[str]:
    """Every fault that a policy of the right form may still have: selectors that are dead, or that name no knob."""
    yield from dead_selectors(policy, evidence, codecs)
    catalogues = {codec: known.recipes for codec, known in evidence.items()}
    for key in ("forbid", "discourage", "waivers"):
        for place, part in enumerate(getattr(policy, key)):
            alone = policy.model_copy(update={"forbid": (), "discourage": (), "waivers": (), key: (part,)})
            try:
                ship_blockers(alone, catalogues, canonical_knobs)
                exemptions(alone.waivers, catalogues, canonical_knobs, dt.date.min)
            except PolicyError as error:
                yield error.what.replace(f"{key}[0]", f"{key}[{place}]", 1)


def _faults(part: Selection, evidence: Evidence, codecs: Collection[str]) -> Iterator[str]:
    codec, known, family = part.codec, evidence.get(part.codec), family_of(part.codec)
    if known is None and not family.name and codec not in codecs:
        yield _unknown("codec", codec, {*evidence, *codecs, *(one for family in FAMILIES for one in family.encoders)})
        return
    labels = {mode.value for mode in RateControlMode if mode.value} | set(known.rc_modes if known else ())
    yield from (_unknown("rate control", mode, labels) for mode in part.rc_mode or () if mode not in labels)
    if not family.name:
        return
    measured = known.presets if known else ()
    if family.presets:
        presets = {*family.presets, *measured}
        odd = (one for one in part.preset or () if one not in presets and rank(codec, one) is None)
        yield from (_unknown(f"preset of {codec}", one, presets) for one in odd)
    if part.knobs is not None:
        named = {name for knobs in (known.recipes.values() if known else ()) for name, _ in knobs}
        options = named | family.names(codec)
        for name in part.knobs if options else ():
            if not {name.lstrip("-"), _dashed(name)} & options:
                yield _unknown(f"option of {codec}", name, options)


def _dashed(name: str) -> str:
    return name.lstrip("-").partition(":")[0].replace("_", "-")


def _unknown(noun: str, name: str, names: Iterable[str]) -> str:
    nearest = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f"nobody knows the {noun} {name}" + (f" (did you mean {nearest[0]}?)" if nearest else "")
