"""`gate sample build | info | verify | diff | fetch`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from gate.cli.output import (
    BLOCKED,
    FILE,
    FOLDER,
    PASSED,
    adapters_option,
    color,
    format_option,
    output_option,
    progress,
    rule_options,
    trust_option,
    width,
    write,
)
from gate.documents import explain, share
from gate.errors import SampleError, UsageError, one_line
from gate.evidence.model import CellKey, Provenance
from gate.evidence.sample.build import Comparison, digest_of, sweep_file
from gate.evidence.sample.design import design_of
from gate.evidence.sample.download import Remote, fetch
from gate.evidence.sample.file import Sample, open_sample, read_sample, write_sample
from gate.evidence.sample.join import Part, build_joined, joined, setups_of, stacked
from gate.evidence.sample.manifest import SampleManifest
from gate.evidence.sample.verify import Verification, unreachable, verify_sample
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.manifest import find_manifest, read_manifest
from gate.evidence.sweep.nearest import Baseline
from gate.evidence.sweep.read import read_described
from gate.judge.evidence import rule_of
from gate.judge.trust import NO_TREE, in_force, trust_ref
from gate.policy.schema import PinnedSample
from gate.values import replace

_SHOWN = 10


@click.group()
def sample() -> None:
    """Build and look at samples: the evidence that the gate judges by."""


@sample.command("fetch")
@click.argument("url", required=False)
@click.option("--sha256", metavar="DIGEST", help="The digest that the file at URL must have.")
@click.option("--policy", type=FILE, help="Fetch what this policy file lists.")
@click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="Without URL: whose policy counts.")
@trust_option("the policy comes")
@click.option("--offline", is_flag=True, help="Download nothing: only check that the cache has it.")
def sample_fetch(
    url: str | None, sha256: str | None, policy: Path | None, repo: Path, trust: str | None, offline: bool
) -> int:
    """Download samples into the cache, each checked against its digest.

    Without URL, all that the policy lists with a `url`. The cache is the folder that CODEC_GATE_CACHE names, else the
    platform's place for caches. No token is ever sent.
    """
    if (url is None) is not (sha256 is None):
        raise UsageError("an address and its digest belong together", fix="give URL --sha256 DIGEST")
    if url is not None and policy is not None:
        raise UsageError("URL and --policy name two different things to fetch", fix="give one of them")
    with progress("sample fetch") as told:
        if url is not None:
            listed: Sequence[PinnedSample] = (_pinned(url, sha256),)
        else:
            tree = trust_ref(repo, trust).tree if policy is None else NO_TREE
            listed = in_force(tree, given=policy).policy.samples
        lines = [_fetched(part, offline, told) for part in listed if part.url is not None]
    write("".join(lines) or "the policy lists no sample with a `url`: there is nothing to fetch\n", None)
    return PASSED


def _pinned(url: str, sha256: str | None) -> PinnedSample:
    try:
        return PinnedSample.model_validate({"url": url, "sha256": sha256})
    except ValidationError as error:
        path, what = explain(error, url)
        option = "--sha256" if "sha256" in path else url
        raise UsageError(what.removeprefix("sha256: "), where=option) from None


def _fetched(part: PinnedSample, offline: bool, told: Callable[[str], None]) -> str:
    remote = Remote(url=part.url or "", sha256=part.sha256 or "")
    path = fetch(remote, offline=offline, told=told)
    found = read_sample(path, expected=remote.sha256, where=remote.url)
    said = f"{found.manifest.provenance.value}, design {found.manifest.design.text}, {len(found.sweep):,} rows"
    return f"{path}\n  sha256 {found.digest}\n  from {remote.url}\n  {said}\n"


@sample.command("build")
@click.argument("sweeps", metavar="SWEEP...", type=FILE, nargs=-1, required=True)
@click.option("--output", "-o", type=FILE, required=True, help="The sample file to write.")
@click.option("--manifest", type=FILE, help="The sweeps' manifest. [default: the one beside each]")
@click.option(
    "--design",
    default="exact",
    show_default=True,
    metavar="DESIGN",
    help="full keeps every row; exact misses nothing; screen:S clears cells that hold on S sources, and states what "
    "it may miss; budget:ROWS takes the best that fits.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@rule_options
@click.option("--mixed", is_flag=True, help="Put sweeps of different devices, tools or corpora together on purpose.")
def sample_build(
    sweeps: tuple[Path, ...],
    output: Path,
    manifest: Path | None,
    design: str,
    seed: int,
    mixed: bool,
    **rule: Any,
) -> int:
    """Draw a stratified sample from one sweep, or from several that were measured alike.

    What a sample promises holds for the rule that it was drawn for: give the policy that it is to serve. Of that the
    detector of the listed sample with the output's name counts, where it has one.
    """
    with progress("sample build") as told:
        drawn, by = design_of(design), rule_for(output, **rule)
        told("reading the sweep")
        whole = joined([_part(sweep, manifest) for sweep in sweeps], mixed=mixed)
        told("drawing")
        made, kept = build_joined(whole, design=drawn, seed=seed, rule=by)
        told("writing")
        digest = write_sample(made, kept, output)
    part = f"{len(kept):,} of {len(whole.rows):,} rows ({len(kept) / len(whole.rows):.1%})"
    mix = ", MIXED" if made.mixed else ""
    bound = _bound(made.miss_bound.exact)
    lines = [f"{output}: {part}, design {made.design.text}, miss bound {bound}, {made.provenance}{mix}"]
    lines += [f"sha256 {digest}", *(f"LACKS {one_line(lack)}" for lack in made.lacks)]
    write("".join(f"{line}\n" for line in lines), None)
    return PASSED


def rule_for(
    output: Path | None, *, policy: Path | None, detector: str | None, baseline: str | None, structural: str | None
) -> Rule:
    """The rule of a policy, or the documented one, with what is said in its place.

    Where the policy lists a sample with the output's name, and a detector for it, that counts.
    """
    loaded = in_force(NO_TREE, given=policy).policy
    own = [part.detector for part in loaded.samples if part.path and output and Path(part.path).name == output.name]
    rule = rule_of(loaded, detector or next(iter(own), None))
    return replace(
        rule,
        baseline=Baseline(baseline) if baseline else rule.baseline,
        structural=share(structural, "--structural") if structural else rule.structural,
    )


def _part(sweep: Path, manifest: Path | None) -> Part:
    origin = read_manifest(manifest) if manifest is not None else find_manifest(sweep)
    if origin is None:
        fix = f"write {sweep.name}.manifest.yaml beside it, or give --manifest; see `gate schema manifest`"
        raise SampleError("has no manifest, so its provenance is unknown", where=str(sweep), fix=fix)
    rows = read_described(sweep, origin)
    unsaid = {codec: {mode: (mode,)} for codec, mode in rows.modes.items()}
    origin = origin.model_copy(update={"rc_modes": {**unsaid, **origin.rc_modes}})
    if rows.failed:
        lack = f"{rows.failed:,} encodes of {sweep.name} that failed"
        origin = origin.model_copy(update={"lacks": (*origin.lacks, lack)})
    file = sweep_file(sweep, rows)
    return Part(path=sweep, file=file, rows=rows, origin=origin, setups=setups_of(sweep, origin.setup))


@sample.command("info")
@click.argument("file", metavar="SAMPLE")
@format_option("text", "json", help="json is the whole manifest, with the sample's sha256.")
def sample_info(file: str, format_: str) -> int:
    """Print a sample's manifest and what it covers. SAMPLE is a file, or builtin:NAME."""
    held = open_sample(file)
    if format_ == "json":
        write(json.dumps({"sha256": held.digest, **held.manifest.model_dump(mode="json")}, indent=2) + "\n", None)
        return PASSED
    made, rows = held.manifest, held.manifest.rows
    tolerances, threshold = made.tolerances, made.threshold
    lines = [
        ("sample", f"{file}: {made.title}"),
        ("sha256", held.digest),
        ("provenance", made.provenance.upper() if made.provenance is Provenance.RECONSTRUCTED else made.provenance),
        ("content", ", ".join(filter(None, (made.content or "not stated", str(made.clips or ""))))),
        ("design", f"{made.design.text}, seed {made.design.seed}, {_miss(made.miss_bound.exact)}"),
        ("rows", f"{rows.total:,} ({rows.bare:,} bare), {rows.total / max(1, made.sweep.rows):.1%} of the sweep's "
                 f"{made.sweep.rows:,}"),
        ("sweep", f"{made.sweep.name}, sha256 {made.sweep.sha256}"),
        ("rule", f"structural from {threshold.hits}/{threshold.sources}, ±{tolerances.bitrate_pct:g} % bitrate, "
                 f"{tolerances.vmaf:g} VMAF, detector {made.detector}, baseline {made.baseline}"),
        ("sources", ", ".join(made.corpus)),
        ("cells", ", ".join(f"{count:,} {basis}" for basis, count in made.basis.cells.items())),
    ]  # fmt: skip
    for codec, grid in made.grids.items():
        targets = "; ".join(f"{mode} at {', '.join(found)}" for mode, found in grid.qualities.items())
        covered = f"recipes {', '.join(made.recipes.get(codec, ()))}; presets {', '.join(grid.presets)}; {targets}"
        lines.append(("covers", f"{codec}: {covered}"))
    lines += [("LACKS", lack) for lack in made.lacks]
    if made.mixed:
        lines.append(("MIXED", "sweeps that differ in setup, corpus or tools were put together on purpose"))
    lines += [("made with", str(setup)) for setup in made.setups]
    lines += [("unreachable", line) for line in unreachable(held)]
    write("".join(f"{key:<12}{one_line(value)}\n" for key, value in lines), None)
    return PASSED


@sample.command("verify")
@click.argument("file", metavar="SAMPLE")
@click.option("--sha256", metavar="DIGEST", help="The digest that it must have.")
@click.option(
    "--against",
    type=FILE,
    metavar="SWEEP",
    multiple=True,
    help="Compare its verdicts with the whole sweep's. Several, in the order in which it was built from them.",
)
def sample_verify(file: str, sha256: str | None, against: tuple[Path, ...]) -> int:
    """Check that a sample is whole, and what it gets right. SAMPLE is a file, or builtin:NAME."""
    with progress("sample verify"):
        opened = open_sample(file, sha256 or "")
        if against:
            sweep = stacked([read_described(path, find_manifest(path)) for path in against])
            found = verify_sample(opened, sweep, against_digest=digest_of(against))
        else:
            found = verify_sample(opened)
    write("".join(f"{one_line(line)}\n" for line in _words(file, opened, found)), None)
    return PASSED if found.sound else BLOCKED


@sample.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--repo", type=FOLDER, help="Say which defaults of this repository's work tree are hit.")
@adapters_option
@format_option("text", "json", "markdown")
@output_option
def sample_diff(
    old: str, new: str, repo: Path | None, adapters: tuple[str, ...], format_: str, output: Path | None
) -> int:
    """Tell what a new sample changes: verdicts, corpus, grids, tools, and shipped defaults that it hits.

    OLD and NEW are files, or builtin:NAME. A report, not a check: the exit status is 0 whatever it finds.
    """
    from gate.judge.refresh import refresh
    from gate.report.sample_diff import render_difference_json, render_difference_markdown, render_difference_text

    with progress("sample diff"):
        here = Path() if repo is None and adapters else repo
        found = refresh(open_sample(old), open_sample(new), repo=here, adapters=adapters)
    if format_ == "json":
        write(render_difference_json(found), output)
    elif format_ == "markdown":
        write(render_difference_markdown(found), output)
    else:
        write(render_difference_text(found, width=width(), color=color(output)), output)
    return PASSED


def _miss(bound: str) -> str:
    return "misses no structural cell" if bound == "0" else f"misses a structural cell with p ≤ {_bound(bound)}"


def _bound(bound: str) -> str:
    """`0`, or `2/9 (22.2%)`."""
    return bound if bound == "0" else f"{bound} ({float(Fraction(bound)):.1%})"


def _words(name: str, sample: Sample, found: Verification) -> list[str]:
    mixed = ", MIXED" if sample.manifest.mixed else ""
    lines = [f"{name}: {'sound' if found.sound else 'NOT SOUND'}{mixed}, sha256 {sample.digest}"]
    lines += [f"  {problem}" for problem in found.problems]
    beside = found.comparison
    if beside is not None:
        lines.append(
            f"  beside the whole sweep: {beside.right:,} cells right, {len(beside.wrong):,} wrong, "
            f"{len(beside.left_open):,} left open"
        )
        lines += _missed(sample.manifest, beside)
        for kind in ("wrong", "missed", "left_open"):
            keys: tuple[CellKey, ...] = getattr(beside, kind)
            lines += [f"  {kind.replace('_', ' ')}: {_cell(key)}" for key in keys[:_SHOWN]]
            lines += [f"  … and {len(keys) - _SHOWN:,} more"] if len(keys) > _SHOWN else []
    return lines


def _missed(manifest: SampleManifest, beside: Comparison) -> list[str]:
    """What the screen missed, beside what it states that it may; nothing where a design clears nothing early."""
    if not manifest.screen:
        return []
    rate = f" ({len(beside.missed) / beside.structural:.1%})" if beside.structural else ""
    early = f"; {len(beside.cleared_early):,} cleared that the sweep leaves open" if beside.cleared_early else ""
    return [
        f"  missed by the screen: {len(beside.missed):,} of {beside.structural:,} structural cells{rate}; "
        f"each with p ≤ {_bound(manifest.miss_bound.exact)}{early}"
    ]


def _cell(key: CellKey) -> str:
    return f"{key.codec} ({key.rc_mode}, {key.recipe}, {key.preset}, q={key.q})"
