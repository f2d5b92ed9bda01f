"""What a verdict rests on, in words: samples and what they show, the compared trees, the policy's rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gate.evidence.model import Content, Detector, Provenance
from gate.judge.judged_by import PolicyInfo, SampleInfo, Trust
from gate.judge.model import JudgedChange, Report
from gate.report.wording import counted, short


def sample_of(change: JudgedChange, report: Report) -> SampleInfo | None:
    """The sample that serves a change's codec."""
    return next((sample for sample in report.samples if change.codec in sample.codecs), None)


def sample_line(sample: SampleInfo) -> str:
    """One sample: name, provenance, content, design, size, what decides, and what it may miss."""
    otherwise = f"drawn for another rule ({sample.drawn_otherwise}), may leave structural cells open"
    promise = otherwise if sample.drawn_otherwise else "no structural cell missed"
    if sample.miss_bound:
        cleared = f"misses a structural cell with p ≤ {sample.miss_bound:.1%}"
        promise = f"{cleared}; {otherwise}" if sample.drawn_otherwise else cleared
    size = f"{sample.rows:,} rows, {sample.sources} clips, structural from {sample.threshold}/{sample.sources}"
    who = f"{provenance(sample)}, {content(sample)}"
    return f"{sample.name} ({who}), {sample.design}: {promise}; {size} by {sample.detector}"


def figure_line(sample: SampleInfo, policy: PolicyInfo) -> str:
    """What stands under every figure of a page: what it rests on, and what counts as a loss."""
    within = loss_line(vmaf=policy.tolerances.vmaf, bitrate_pct=policy.tolerances.bitrate_pct, detector=sample.detector)
    return f"{sample.name}: {provenance(sample)}, {content(sample)}; {within}"


def loss_line(*, vmaf: float, bitrate_pct: float, detector: str) -> str:
    """`a loss is more than 0.1 VMAF by nearest, within ±5 % bitrate`."""
    curves = detector in {Detector.INTERPOLATED, Detector.POOLED}
    return f"a loss is more than {vmaf:g} VMAF by {detector}" + (
        "" if curves else f", within ±{bitrate_pct:g} % bitrate"
    )


def provenance(sample: SampleInfo) -> str:
    """Where a sample's rows come from; loud where nobody measured them."""
    found = sample.provenance
    return found.value.upper() if found is Provenance.RECONSTRUCTED else found.value


def content(sample: SampleInfo) -> str:
    """What its sources show, and how large they are; loud where nobody would watch them."""
    found = sample.content.value if sample.content else "content not stated"
    size = f" of {sample.clips}" if sample.clips else ""
    what = found.upper() if sample.content is Content.SYNTHETIC else found
    return f"{what}, {counted(sample.sources, 'clip')}{size}"


def evidence_warnings(samples: Iterable[SampleInfo]) -> Iterator[str]:
    """Said at the top: evidence that nobody measured, or of sources that nobody watches."""
    for sample in samples:
        if sample.provenance is Provenance.RECONSTRUCTED:
            yield f"Evidence {sample.name} is RECONSTRUCTED from published aggregates, not measured."
        if sample.content is Content.SYNTHETIC or sample.toy:
            kind = "SYNTHETIC" if sample.content is Content.SYNTHETIC else "of TOY SIZE"
            size = f" of {sample.clips}" if sample.clips else ""
            clips = counted(sample.sources, "generated clip" if sample.content is Content.SYNTHETIC else "clip")
            yield f"Evidence {sample.name} is {kind}: {clips}{size}, not film."


def refs_line(report: Report) -> str:
    """The compared and the trusted trees."""
    trust = f"trust {trust_text(report.trust)}"
    return f"base {short(report.base)}, head {short(report.head)}, {trust}, as of {report.as_of}"


def trust_text(trust: Trust) -> str:
    """The trusted commit, and whether it is one."""
    return short(trust.commit) + ("" if trust.trusted else " (base stands in: no target branch is known)")


def policy_line(policy: PolicyInfo) -> str:
    """A policy and the rule that it sets."""
    name = f"{policy.where} ({short(policy.digest)}), {policy.mode}"
    return f"{name}: {rule_line(policy)}; applies to {_REACH[policy.reach]}; {OFF_GRID[policy.off_grid]}"


_REACH = {"all": "every measured rate control and target", "emitted": "the rate control and target that are emitted"}
OFF_GRID = {
    "nearest": "presets and targets between measured ones are judged at the nearest",
    "bracket": "presets and targets between measured ones are judged at both neighbours",
    "exact": "presets and targets that weren't measured are not judged",
}
_BASELINES = {"any": "any preset", "same-preset": "the same preset"}


def rule_line(policy: PolicyInfo) -> str:
    """What counts as a regression, and on how many sources as structural."""
    tolerances = policy.tolerances
    return (
        f"structural where {policy.structural} of the clips (at least {policy.min_sources}) lose more than "
        f"{tolerances.vmaf:g} VMAF by {policy.detector}, against {_BASELINES[policy.baseline]} within "
        f"±{tolerances.bitrate_pct:g} % bitrate"
    )
