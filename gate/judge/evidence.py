"""Which sample serves which codec: the policy's samples, found, checked against their digests, and judged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gate.documents import Held, read_bytes
from gate.encoders import canonical_knobs
from gate.errors import PolicyError, SampleError
from gate.evidence.model import CodecEvidence, Detector
from gate.evidence.sample.file import Sample, builtin_sample, connected, read_sample
from gate.evidence.sample.manifest import SampleManifest
from gate.evidence.sample.sequential import miss_bound
from gate.evidence.sweep.cells import Kept, Rule, threshold
from gate.evidence.sweep.codecs import codec_evidence
from gate.evidence.sweep.nearest import Baseline, Tolerances
from gate.judge.judged_by import SampleInfo
from gate.model import Knobs
from gate.policy.load import POLICY_PATH
from gate.policy.schema import EvidenceAge, PinnedSample, Policy
from gate.tree import Tree
from gate.values import dataclass, replace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LFS = b"version https://git-lfs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the samples of a policy say: the evidence of each codec, and each sample's own line in the report.

    `opened` are the samples themselves, for whoever needs their rows.
    """

    by_codec: Mapping[str, CodecEvidence]
    samples: tuple[SampleInfo, ...]
    notices: Mapping[str, tuple[str, ...]]  # sample's name -> what the reader has to know of it
    aged: tuple[str, ...]  # of whichever sample: the policy asks for it
    opened: tuple[Sample, ...]
    asked: bool  # somebody named the sample

    def shown(self, codecs: Collection[str]) -> tuple[tuple[SampleInfo, ...], tuple[str, ...]]:
        """The samples that decide on these codecs, or were asked for, and the notices about them."""
        found = tuple(one for one in self.samples if self.asked or not set(codecs).isdisjoint(one.codecs))
        return found, (*self.aged, *(notice for one in found for notice in self.notices[one.name]))

    @property
    def catalogues(self) -> Mapping[str, Mapping[str, Knobs]]:
        """Codec -> recipe -> canonical knobs."""
        return {codec: evidence.recipes for codec, evidence in self.by_codec.items()}


def gather(policy: Policy, trust: Tree, given: Path | Held | None, *, pinned: bool, as_of: dt.date) -> Evidence:
    """Read the policy's samples and judge every cell by the policy's rule.

    A sample that is `given` takes their place; where a trusted policy has `pinned` them, it must be one of them.

    Raises: SampleError: a sample is missing, is another file than the policy pins, isn't one, or is too old.
    PolicyError: two samples serve one codec, or the threshold is impossible for a corpus.
    """
    by_codec: dict[str, CodecEvidence] = {}
    served_by: dict[str, str] = {}
    infos: list[SampleInfo] = []
    notices: dict[str, tuple[str, ...]] = {}
    aged: list[str] = []
    with connected() as database:
        found = _opened(policy.samples, trust, given, pinned, database)
    for name, sample, part in found:
        rule = rule_of(policy, part.detector if part else None)
        aged += _aged(name, sample.manifest, policy.max_evidence_age, as_of)
        notices[name] = (
            *(f"evidence {name} lacks rows, {lack}" for lack in sample.manifest.lacks),
            *_drawn_otherwise(name, sample.manifest, rule),
        )
        served = _served(name, sample, part.codecs if part else None, rule)
        for codec in served:
            if codec in served_by:
                what = f"{codec} is served by {served_by[codec]} and by {name}"
                raise PolicyError(what, where="samples", fix="list `codecs` so that each codec has one sample")
            served_by[codec] = name
        by_codec |= served
        infos.append(_info(name, sample, served, rule))
    return Evidence(
        by_codec=by_codec,
        samples=tuple(infos),
        notices=notices,
        aged=tuple(aged),
        opened=tuple(sample for _, sample, _ in found),
        asked=given is not None,
    )


def sample_evidence(sample: Sample, rule: Rule, kept: Kept) -> Mapping[str, CodecEvidence]:
    """What one sample says of each codec by a rule, recipes and rate controls in canonical terms."""
    manifest = sample.manifest
    return codec_evidence(
        sample.sweep,
        sample=sample.digest,
        sources=manifest.corpus,
        recipes={
            codec: {recipe: canonical_knobs(codec, knobs) for recipe, knobs in recipes.items()}
            for codec, recipes in manifest.recipes.items()
        },
        rc_modes={
            codec: {label: frozenset(meanings) for label, meanings in labels.items()}
            for codec, labels in manifest.rc_modes.items()
        },
        rule=rule,
        kept=kept,
    )


def _opened(
    listed: Sequence[PinnedSample],
    trust: Tree,
    given: Path | Held | None,
    pinned: bool,
    database: DuckDBPyConnection,
) -> Sequence[tuple[str, Sample, PinnedSample | None]]:
    """Each sample by its name, and what the policy says of it."""
    if given is None:
        return [(_name(part), _open(part, trust, database), part) for part in listed]
    sample = read_sample(read_bytes(given, SampleError), where=str(given), database=database)
    if not pinned:
        return [(str(given), sample, None)]
    # What is at hand with the very digest need not be had from elsewhere.
    at_hand = {sample.digest: sample}
    opened = [(_name(part), at_hand.get(part.sha256 or "") or _open(part, trust, database), part) for part in listed]
    if sample.digest not in {known.digest for _, known, _ in opened}:
        fix = "list it in the policy of the target branch"
        raise SampleError(
            f"the trusted policy lists no sample with sha256 {sample.digest[:12]}…", where=str(given), fix=fix
        )
    return opened


def _name(part: PinnedSample) -> str:
    return f"builtin:{part.builtin}" if part.builtin is not None else str(part.path or part.url)


def _open(part: PinnedSample, trust: Tree, database: DuckDBPyConnection) -> Sample:
    read = partial(read_sample, expected=part.sha256 or "", where=_name(part), database=database)
    if part.builtin is not None:
        return read(builtin_sample(part.builtin))
    if part.url is not None:
        from gate.evidence.sample.download import Remote, fetch  # noqa: PLC0415 - start-up: only a sample with a `url` needs it

        # Read by its digest again: what lies in a cache may have been swapped since it was looked at.
        held = fetch(Remote(url=part.url, sha256=part.sha256 or ""))
        return read(held)
    contents = trust.read(part.path or "")
    if contents is None:
        raise SampleError(
            f"no such file in the trust ref {trust.name[:12]}", where=str(part.path), fix="commit it there"
        )
    if contents.startswith(_LFS):
        raise SampleError("is a Git LFS pointer, not the sample", where=str(part.path), fix="commit the file itself")
    return read(contents)


def rule_of(policy: Policy, detector: str | None = None) -> Rule:
    """The policy's rule, or the same with another detector."""
    return Rule(
        tolerances=Tolerances(bitrate_pct=policy.tolerances.bitrate_pct, vmaf=policy.tolerances.vmaf),
        baseline=Baseline(policy.baseline),
        detector=Detector(detector or policy.detector),
        structural=policy.share,
        min_sources=policy.min_sources,
    )


def _served(name: str, sample: Sample, codecs: tuple[str, ...] | None, rule: Rule) -> Mapping[str, CodecEvidence]:
    found = sample_evidence(sample, rule, _kept(sample.manifest, rule))
    if codecs is None:
        return found
    missing = [codec for codec in codecs if codec not in found]
    if missing:
        raise PolicyError(f"{name} holds no rows of {missing[0]}", where="samples", fix="correct `codecs`")
    return {codec: found[codec] for codec in codecs}


def _kept(manifest: SampleManifest, rule: Rule) -> Kept:
    """What the sample kept, its screens where the rule calls no cell structural on fewer sources than it states.

    Below that the screen misses more often than its manifest states, and clears nothing: its cells stay open.
    """
    clears = threshold(len(manifest.corpus), rule.structural) >= manifest.threshold.hits
    return manifest.kept if clears else replace(manifest.kept, screens={})


def _info(name: str, sample: Sample, served: Mapping[str, CodecEvidence], rule: Rule) -> SampleInfo:
    manifest = sample.manifest
    required = threshold(len(manifest.corpus), rule.structural)
    screen = manifest.screen if _kept(manifest, rule).screens else 0
    return SampleInfo(
        name=name,
        digest=sample.digest,
        provenance=manifest.provenance,
        content=manifest.content,
        clips=str(manifest.clips or ""),
        toy=manifest.clips is not None and manifest.clips.toy,
        detector=rule.detector,
        design=manifest.design.text,
        # At the policy's own threshold: the manifest's bound holds at the one that the sample was drawn for.
        miss_bound=float(miss_bound(len(manifest.corpus), required, screen)) if screen else 0.0,
        rows=len(sample.sweep),
        sources=len(manifest.corpus),
        threshold=required,
        codecs=tuple(served),
        setups=tuple(map(str, manifest.setups)),
        mixed=manifest.mixed,
        drawn_otherwise=_otherwise(manifest, rule),
    )


def _aged(name: str, manifest: SampleManifest, limit: EvidenceAge | None, as_of: dt.date) -> list[str]:
    if limit is None:
        return []
    day = manifest.measured_on
    if day is not None and (as_of - day).days <= limit.days:
        return []
    age = f"was measured on {day}" if day else "doesn't say when it was measured"
    what = f"{age}, and the policy allows {limit.days} days"
    if limit.action == "fail":
        raise SampleError(what, where=name, fix="refresh the sample")
    return [f"evidence {name} {what}: refresh it"]


def _drawn_otherwise(name: str, manifest: SampleManifest, rule: Rule) -> list[str]:
    """Said where the policy judges by another rule than the one by which the sample's rows were chosen."""
    other = _otherwise(manifest, rule)
    if not other:
        return []
    what = f"evidence {name} was not drawn for this policy's rule ({other})"
    command = f"gate sample build {manifest.sweep.name} --detector {rule.detector} --policy {POLICY_PATH}"
    can = f"`{command} -o …` draws one that settles them"
    return [f"{what}: cells that the whole sweep would settle, also as structural, may be left open; {can}"]


def _otherwise(manifest: SampleManifest, rule: Rule) -> str:
    """What of the policy's rule isn't that by which the sample's rows were chosen; empty where nothing is.

    Verdicts count what is there, so none is wrong. But what a design promises holds for its own rule only.
    """
    if not manifest.kept.thinned:
        return ""
    drawn, wanted = manifest.tolerances, rule.tolerances
    required = threshold(len(manifest.corpus), rule.structural)
    return ", ".join(
        f"{key} {value}"
        for key, value, differs in (
            ("detector", rule.detector, rule.detector != manifest.detector),
            ("baseline", rule.baseline, rule.baseline != manifest.baseline),
            ("bitrate tolerance", f"{wanted.bitrate_pct:g} %", wanted.bitrate_pct != drawn.bitrate_pct),
            ("VMAF tolerance", f"{wanted.vmaf:g}", wanted.vmaf != drawn.vmaf),
            ("structural from", f"{required}/{len(manifest.corpus)}", required < manifest.threshold.hits),
        )
        if differs
    )
