"""Ship-blockers (the four published patterns are here) and waivers, made ready to match; when a waiver is expired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, Literal

from gate.errors import AdapterError, PolicyError
from gate.model import Coordinates, Knobs
from gate.policy.schema import Policy, Rule, Selection, Waiver, knob_text
from gate.values import dataclass

Canonical = Callable[[str, Mapping[str, str]], Knobs]
"""(codec, FFmpeg options without dash) -> canonical knobs."""
Catalogues = Mapping[str, Mapping[str, Knobs]]
"""codec -> recipe -> canonical knobs, of the samples in use."""

# What the published findings propose to forbid, by knobs so that it outlives any sample.
_FULL_HQ = {
    "tune": "hq",
    "multipass": "fullres",
    "spatial-aq": "1",
    "temporal-aq": "1",
    "rc-lookahead": "32",
    "bf": "3",
}
_FORBIDDEN: tuple[tuple[str, Mapping[str, str], Mapping[str, Any], str], ...] = (
    ("h264_nvenc", {"bf": "3"}, {"rc_mode": ("vbr", "cbr"), "q": ("1", "2", "4")},
     "3 B-frames lose VMAF at low bitrates on h264_nvenc"),
    ("h264_nvenc", {"spatial-aq": "1"}, {"rc_mode": ("cbr",)}, "spatial AQ loses VMAF under CBR on h264_nvenc"),
    ("h264_nvenc", _FULL_HQ, {"rc_mode": ("vbr",), "preset": ("p7",), "q": ("1",)},
     "the full high-quality recipe loses VMAF at p7 and 1 Mbit/s on h264_nvenc"),
    ("hevc_nvenc", {"spatial-aq": "1"}, {"rc_mode": ("cbr", "vbr"), "q": ("1", "2")},
     "spatial AQ loses VMAF at low bitrates on hevc_nvenc"),
)  # fmt: skip
_LOST = {"h264_nvenc": "2.71", "hevc_nvenc": "3.31", "av1_nvenc": "0.34"}
_KINDS: tuple[Literal["forbid", "discourage"], ...] = ("forbid", "discourage")
PUBLISHED: tuple[tuple[Literal["forbid", "discourage"], Rule], ...] = (
    *(
        (
            "forbid",
            Rule.model_construct(codec=codec, knobs=knobs, **where, reason=why, reference="Research-0080, ADR-0308"),
        )
        for codec, knobs, where, why in _FORBIDDEN
    ),
    *(
        (
            "discourage",
            Rule.model_construct(
                codec=codec,
                knobs={"tune": "hq", "multipass": "fullres"},
                rc_mode=("vbr-cq",),
                reason=f"under constant quality the recipe with tune hq and multipass lost {lost} VMAF on {codec}",
                reference="Research-0063",
            ),
        )
        for codec, lost in _LOST.items()
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of an operating point that is no knob, and the selector that names it."""

    name: str
    selector: str


_RATE_CONTROL = _Part(name="rate control", selector="rc_mode")
_QUALITY = _Part(name="quality or bitrate", selector="q")
_PRESET = _Part(name="preset", selector="preset")
# Only to word an error: whether an option is a knob of the codec, the option tables have said before.
_PARTS: Mapping[str, _Part] = {
    **dict.fromkeys(("rc", "cbr", "constant_bit_rate", "flags"), _RATE_CONTROL),
    **dict.fromkeys(("b", "vb", "crf", "cq", "qp", "q", "qscale", "global_quality", "profile"), _QUALITY),
    **dict.fromkeys(("qp_i", "qp_p", "qp_b", "qvbr_quality_level"), _QUALITY),
    **dict.fromkeys(("preset", "quality", "cpu_used", "speed", "realtime"), _PRESET),
}


_AXES = ("rc_mode", "preset", "q")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The places that a rule or waiver names; None means every."""

    rc_mode: frozenset[str] | None
    preset: frozenset[str] | None
    q: frozenset[str] | None

    def within(self, place: Coordinates) -> tuple[Coordinates, ...]:
        """The part of `place` that lies in the scope: what a place leaves open is narrowed to what the scope names."""
        axes = [_narrowed(getattr(self, axis), getattr(place, axis)) for axis in _AXES]
        return tuple(Coordinates(rc_mode=rc_mode, preset=preset, q=q) for rc_mode, preset, q in product(*axes))

    def covers(self, place: Coordinates) -> bool:
        """Whether all that the place may mean lies in the scope: what is left open is covered by no narrower scope."""
        return all((named := getattr(self, axis)) is None or getattr(place, axis) in named for axis in _AXES)

    def __str__(self) -> str:
        named = ((axis, getattr(self, axis)) for axis in _AXES)
        return ", ".join(f"{axis} {'|'.join(sorted(wanted))}" for axis, wanted in named if wanted is not None)


def _narrowed(wanted: frozenset[str] | None, got: str) -> Sequence[str]:
    if wanted is None:
        return (got,)
    if not got:
        return sorted(wanted)
    return (got,) if got in wanted else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipBlocker:
    """A rule of the policy. It matches any knob set that contains `knobs`."""

    kind: Literal["forbid", "discourage"]
    codec: str
    knobs: Knobs
    label: str
    scope: Scope
    reason: str
    reference: str

    def matches(self, codec: str, knobs: Knobs) -> bool:
        """Whether a point's knobs contain the rule's."""
        return codec == self.codec and set(self.knobs) <= set(knobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A waiver of the policy, `index` its place there."""

    index: int
    codec: str
    knobs: Knobs
    label: str
    scope: Scope
    reason: str
    owner: str
    expires: dt.date
    expired: bool


def ship_blockers(policy: Policy, catalogues: Catalogues, canonical: Canonical) -> tuple[ShipBlocker, ...]:
    """The published patterns (unless switched off) and the policy's own rules, `forbid` first.

    Raises: PolicyError: a rule names a recipe that no sample's catalogue has.
    """
    published = PUBLISHED if policy.published_patterns else ()
    rules = [(kind, rule, "published pattern") for kind, rule in published]
    rules += [(kind, rule, f"{kind}[{i}]") for kind in _KINDS for i, rule in enumerate(getattr(policy, kind))]
    return tuple(
        ShipBlocker(
            kind=kind,
            reference=rule.reference,
            **_selected(rule, key, catalogues, canonical),
        )
        for kind, rule, key in sorted(rules, key=lambda rule: rule[0] != "forbid")
    )


def exemptions(
    waivers: Sequence[Waiver], catalogues: Catalogues, canonical: Canonical, as_of: dt.date
) -> tuple[Exemption, ...]:
    """The policy's waivers, in its order; one whose day has come (UTC) is expired.

    Raises: PolicyError: a waiver names a recipe that no sample's catalogue has.
    """
    return tuple(
        Exemption(
            index=i,
            owner=waiver.owner,
            expires=waiver.expires,
            expired=as_of >= waiver.expires,
            **_selected(waiver, f"waivers[{i}]", catalogues, canonical),
        )
        for i, waiver in enumerate(waivers)
    )


def _selected(part: Selection, key: str, catalogues: Catalogues, canonical: Canonical) -> dict[str, Any]:
    """What a rule and a waiver have in common, made ready to match."""
    axes = {axis: frozenset(named) if (named := getattr(part, axis)) else None for axis in _AXES}
    return {
        "codec": part.codec,
        "knobs": _knobs(part, key, catalogues, canonical),
        "label": part.recipe if part.recipe is not None else knob_text(part.knobs or {}),
        "scope": Scope(**axes),
        "reason": part.reason,
    }


def _knobs(part: Selection, key: str, catalogues: Catalogues, canonical: Canonical) -> Knobs:
    if part.knobs is not None:
        try:
            return _canonical(part.codec, part.knobs, f"{key}.knobs", canonical)
        except AdapterError as unreadable:
            raise PolicyError(f"{key}.knobs: {unreadable.what}", where="policy", fix=unreadable.fix) from unreadable
    known = catalogues.get(part.codec, {})
    if part.recipe is None or part.recipe not in known:
        names = ", ".join(name for name in known if name != "bare") or "none"
        what = f"{key}.recipe: no sample has a recipe {part.recipe!r} of {part.codec}; it has {names}"
        raise PolicyError(what, where="policy", fix="name the knobs instead, or correct the name")
    return known[part.recipe]


def _canonical(codec: str, named: Mapping[str, str], key: str, canonical: Canonical) -> Knobs:
    """The knobs that `named` come to. Dropping what is none in silence would widen the rule, so it is an error."""
    knobs = canonical(codec, named)
    kept = {_folded(name) for name, _ in knobs}
    for name, value in named.items():
        part = _PARTS.get(_folded(name))
        if part and _folded(name) not in kept and not canonical(codec, {name: value}):
            what = f"{key}: {name}={value} is no knob of {codec}: it decides the {part.name}"
            raise PolicyError(what, where="policy", fix=f"leave it out and select by {part.selector}")
    if not knobs:
        what = f"{key}: {knob_text(named)} is what {codec} does anyway, or no knob"
        fix = "name a knob that differs from the encoder's default, and select what is no knob by rc_mode, preset or q"
        raise PolicyError(what, where="policy", fix=fix)
    return knobs


def _folded(name: str) -> str:
    return name.strip().removeprefix("-").partition(":")[0].replace("-", "_")
