"""Which way is stricter, key by key: flags and inputs may only tighten a trusted policy."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from gate.errors import PolicyError
from gate.policy.schema import EvidenceAge, Policy

# From loosest to strictest. Where a key isn't a scale, another value is refused altogether.
_SCALES: dict[str, tuple[str | bool, ...]] = {
    "mode": ("advisory", "enforce"),
    "reach": ("emitted", "all"),
    "unknown_source": ("keep", "warn", "drop"),
    "contains": ("pass", "warn", "fail"),
    "undetermined": ("pass", "warn", "fail"),
    "unmeasured": ("pass", "warn", "fail"),
    "unresolved": ("warn", "error"),
    "published_patterns": (False, True),
}

# Of these no value is stricter than another one: each blocks what others pass.
_FIXED = ("detector", "baseline", "off_grid", "samples")


def tightened(trusted: Policy, given: Policy, where: str, rule: str = "the trusted policy") -> Policy:
    """`given`, where nothing in it is looser than in `trusted`. PolicyError: a key is looser; names every such key."""
    looser = list(_looser(trusted, given))
    if looser:
        what = f"looser than {rule} in {', '.join(looser)}"
        fix = "change the policy on the target branch, or add a waiver there; locally, --trust HEAD takes your commit's"
        raise PolicyError(what, where=where, fix=fix)
    return given


def _looser(trusted: Policy, given: Policy) -> Iterable[str]:
    for key, scale in _SCALES.items():
        if scale.index(getattr(given, key)) < scale.index(getattr(trusted, key)):
            yield key
    yield from (key for key in _FIXED if getattr(given, key) != getattr(trusted, key))
    if given.min_sources > trusted.min_sources:
        yield "min_sources"
    if _more(trusted.structural, given.structural):
        yield "structural"
    if given.tolerances.vmaf > trusted.tolerances.vmaf:
        yield "tolerances.vmaf"
    if given.tolerances.bitrate_pct != trusted.tolerances.bitrate_pct:
        yield "tolerances.bitrate_pct"  # wider matches more rows, narrower worse ones: neither is the stricter
    if _older(trusted.max_evidence_age, given.max_evidence_age):
        yield "max_evidence_age"
    if not set(_adapter_globs(trusted)) <= set(_adapter_globs(given)):
        yield "adapters"
    kept = {"watch": given.watch, "forbid": given.forbid, "discourage": given.discourage + given.forbid}
    for key, rules in kept.items():
        if not set(map(repr, getattr(trusted, key))) <= set(map(repr, rules)):
            yield key
    if not set(map(repr, given.waivers)) <= set(map(repr, trusted.waivers)):
        yield "waivers"


def _more(trusted: int | str, given: int | str) -> bool:
    """Whether `given` asks for more sources. A number and a fraction don't compare, so a switch counts as looser."""
    if isinstance(trusted, str) is not isinstance(given, str):
        return True
    return Fraction(given) > Fraction(trusted)


def _adapter_globs(policy: Policy) -> Iterable[tuple[str, str]]:
    return ((part.reader, glob) for part in policy.adapters for glob in part.paths)


def _older(trusted: EvidenceAge | None, given: EvidenceAge | None) -> bool:
    if trusted is None:
        return False
    if given is None or given.days > trusted.days:
        return True
    return (trusted.action, given.action) == ("fail", "warn")
