"""`gate sample`:  sample build, info, verify, diff, fetch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from gate.cli.output import BLOCKED, FILE, FOLDER, PASSED, color, progress, width, write
from gate.errors import SampleError, UsageError, one_line
from gate.evidence.model import CellKey, Provenance
from gate.evidence.sample.build import digest_of, sweep_file
from gate.evidence.sample.compare import Comparison
from gate.evidence.sample.design import design_of
from gate.evidence.sample.download import Remote, fetch
from gate.evidence.sample.file import Sample, open_sample, read_sample, write_sample
from gate.evidence.sample.join import Part, build_joined, joined, setups_of, stacked
from gate.evidence.sample.manifest import SampleManifest, find_manifest, read_manifest
from gate.evidence.sample.verify import Verification, verify_sample
from gate.evidence.sample.verify import sample_info as read_info
from gate.evidence.sweep.read import read_sweep
from gate.judge.trust import NO_TREE, in_force, trust_ref
from gate.policy.load import structural_share
from gate.policy.schema import PinnedSample, Policy


@click.command("fetch")
@click.argument("url", required=False)
@click.option("--sha256", metavar="DIGEST", help="The digest that the file at URL must have.")
@click.option("--policy", type=FILE, help="Fetch what this policy file lists.")
@click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="Without URL: whose policy counts.")
@click.option("--trust", metavar="REF", help="Where the policy comes from. [default: the upstream default branch]")
@click.option("--offline", is_flag=True, help="Download nothing: only check that the cache has it.")
def sample_fetch(**options: Any) -> int:
    """Download samples into the cache, each checked against its digest.

    Without URL, all that the policy lists with a `url`. The cache is the folder that CODEC_GATE_CACHE names, else the
    platform's place for caches. No token is ever sent.
    """

    with progress("sample fetch") as told:
        text = provide(FetchRequest(**options), told)
    write(text, None)
    return PASSED


@click.group()
def sample() -> None:
    """Build and look at samples: the evidence that the gate judges by."""


@sample.command("build")
@click.argument("sweeps", metavar="SWEEP...", type=FILE, nargs=-1, required=True)
@click.option("--output", "-o", type=FILE, required=True, help="The sample file to write.")
@click.option("--manifest", type=FILE, help="The sweeps' manifest. [default: the one beside each]")
@click.option(
    "--design",
    default="exact",
    show_default=True,
    metavar="DESIGN",
    help="exact misses nothing; screen:S clears cells that hold on S sources, and states what it may miss; "
    "budget:ROWS takes the best that fits.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--structural", default="7/9", show_default=True, help="Sources on which a cell must regress.")
@click.option("--mixed", is_flag=True, help="Put sweeps of different devices, tools or corpora together on purpose.")
def sample_build(**options: Any) -> int:
    """Draw a stratified sample from one sweep, or from several that were measured alike."""

    with progress("sample build") as told:
        text = build(BuildRequest(**options), told)
    write(text, None)
    return PASSED


@sample.command("info")
@click.argument("file", metavar="SAMPLE")
def sample_info(file: str) -> int:
    """Print a sample's manifest. SAMPLE is a file, or builtin:NAME."""

    write(describe(file), None)
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
        text, sound = verify(file, sha256, against)
    write(text, None)
    return PASSED if sound else BLOCKED


@sample.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--repo", type=FOLDER, help="Say which defaults of this repository's work tree are hit.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="Where adapters are, in place of the policy's.")
@click.option("--format", "format_", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--output", "-o", type=FILE, help="Write the result to this file.")
def sample_diff(format_: str, output: Path | None, **options: Any) -> int:
    """Tell what a new sample changes: verdicts, corpus, grids, tools, and shipped defaults that it hits.

    OLD and NEW are files, or builtin:NAME. A report, not a check: the exit status is 0 whatever it finds.
    """
    from gate.judge.refresh import compared
    from gate.report.sample_diff import render_difference_json, render_difference_markdown, render_difference_text

    with progress("sample diff"):
        found = compared(**options)
    if format_ == "json":
        write(render_difference_json(found), output)
    elif format_ == "markdown":
        write(render_difference_markdown(found), output)
    else:
        write(render_difference_text(found, width=width(), color=color(output)), output)
    return PASSED


sample.add_command(sample_fetch)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """What is to be fetched: one address with its digest, what a policy file lists, or the repository's policy."""

    url: str | None
    sha256: str | None
    policy: Path | None
    repo: Path
    trust: str | None
    offline: bool


def provide(wanted: FetchRequest, told: Callable[[str], None]) -> str:
    """Fill the cache; a line per sample: its file, digest, provenance, design and rows.

    Raises:
        UsageError: an address without a digest, or the other way round.
        PolicyError: the policy can't be read. SampleError: a sample can't be had, or is none.
    """
    listed = _listed(wanted)
    lines = [_provided(part, wanted.offline, told) for part in listed if part.url is not None]
    return "".join(lines) or "the policy lists no sample with a `url`: there is nothing to fetch\n"


def _listed(wanted: FetchRequest) -> Sequence[PinnedSample]:
    if (wanted.url is None) is not (wanted.sha256 is None):
        raise UsageError("an address and its digest belong together", fix="give URL --sha256 DIGEST")
    if wanted.url is not None and wanted.policy is not None:
        raise UsageError("URL and --policy name two different things to fetch", fix="give one of them")
    if wanted.url is not None:
        return (_pinned(wanted),)
    return _policy(wanted).samples


def _pinned(wanted: FetchRequest) -> PinnedSample:
    try:
        return PinnedSample.model_validate({"url": wanted.url, "sha256": wanted.sha256})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = "--sha256" if "sha256" in fault["loc"] else str(wanted.url)
        raise UsageError(fault["msg"].removeprefix("Value error, "), where=where) from None


def _policy(wanted: FetchRequest) -> Policy:
    tree = trust_ref(wanted.repo, wanted.trust).tree if wanted.policy is None else NO_TREE
    return in_force(tree, given=wanted.policy).policy


def _provided(part: PinnedSample, offline: bool, told: Callable[[str], None]) -> str:
    remote = Remote(url=part.url or "", sha256=part.sha256 or "")
    path = fetch(remote, offline=offline, told=told)
    sample = read_sample(path, expected=remote.sha256, where=remote.url)
    manifest = sample.manifest
    said = f"{manifest.provenance.value}, design {manifest.design.text}, {len(sample.sweep):,} rows"
    return f"{path}\n  sha256 {sample.digest}\n  from {remote.url}\n  {said}\n"


_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRequest:
    """What to build a sample from, and how; `structural` and `design` as the command line spells them."""

    sweeps: Sequence[Path]
    output: Path
    manifest: Path | None
    design: str
    seed: int
    structural: str
    mixed: bool


def build(wanted: BuildRequest, told: Callable[[str], None]) -> str:
    """Draw a sample from sweeps and write it; what was written, in words.

    Raises:
        SweepError: a sweep can't be read. SampleError: no manifest, no such design, sweeps that differ in what they
        were made with (unless `mixed`), or the sample can't be written.
    """
    design, rule = design_of(wanted.design), structural_share(wanted.structural)
    told("reading the sweep")
    whole = joined([_part(sweep, wanted.manifest) for sweep in wanted.sweeps], mixed=wanted.mixed)
    told("drawing")
    made, kept = build_joined(whole, design=design, seed=wanted.seed, rule=rule)
    told("writing")
    digest = write_sample(made, kept, wanted.output)
    share = len(kept) / len(whole.rows)
    mix = ", MIXED" if made.mixed else ""
    return (
        f"{wanted.output}: {len(kept):,} of {len(whole.rows):,} rows ({share:.1%}), design {made.design.text}, "
        f"miss bound {_bound(made.miss_bound.exact)}, {made.provenance}{mix}\nsha256 {digest}\n"
        + "".join(f"LACKS {one_line(lack)}\n" for lack in made.lacks)
    )


def _part(sweep: Path, manifest: Path | None) -> Part:
    rows = read_sweep(sweep)
    origin = read_manifest(manifest) if manifest is not None else find_manifest(sweep)
    if origin is None:
        fix = f"write {sweep.name}.manifest.yaml beside it, or give --manifest; see `gate schema manifest`"
        raise SampleError("has no manifest, so its provenance is unknown", where=str(sweep), fix=fix)
    file = sweep_file(sweep, rows)
    return Part(path=sweep, file=file, rows=rows, origin=origin, setups=setups_of(sweep, origin.setup))


def describe(name: str) -> str:
    """What a sample says of itself, one `key  value` line each."""
    info = read_info(open_sample(name))
    provenance = info.provenance.upper() if info.provenance is Provenance.RECONSTRUCTED else info.provenance.value
    lines = [
        ("sample", f"{name}: {info.title}"),
        ("sha256", info.digest),
        ("provenance", provenance),
        ("design", f"{info.design}, seed {info.seed}, {_miss(info.miss_bound)}"),
        ("rows", f"{info.rows:,} ({info.bare_rows:,} bare), {info.share:.1%} of the sweep's {info.sweep_rows:,}"),
        ("sweep", f"{info.sweep_name}, sha256 {info.sweep_digest}"),
        ("rule", f"structural from {info.threshold}, ±{info.tolerances.bitrate_pct:g} % bitrate, "
                 f"{info.tolerances.vmaf:g} VMAF"),
        ("sources", ", ".join(info.sources)),
        ("codecs", ", ".join(info.codecs)),
        ("cells", ", ".join(f"{count:,} {basis}" for basis, count in info.cell_basis)),
    ]  # fmt: skip
    lines += [("LACKS", lack) for lack in info.lacks]
    if info.mixed:
        lines.append(("MIXED", "sweeps that differ in setup, corpus or tools were put together on purpose"))
    lines += [("made with", str(setup)) for setup in info.setups]
    lines += [("unreachable", f"{name}: the manifest names no knobs") for name in info.uncatalogued]
    lines += [("unreachable", f"{name}: the manifest doesn't say what it means") for name in info.meaningless]
    return "".join(f"{key:<12}{one_line(value)}\n" for key, value in lines)


def _miss(bound: str) -> str:
    return "misses no structural cell" if bound == "0" else f"misses a structural cell with p ≤ {_bound(bound)}"


def _bound(bound: str) -> str:
    """`0`, or `2/9 (22.2%)`."""
    return bound if bound == "0" else f"{bound} ({float(Fraction(bound)):.1%})"


def verify(name: str, digest: str | None, against: Sequence[Path]) -> tuple[str, bool]:
    """Words, and whether a sample is true to its manifest, and to the whole sweep where that is given."""
    sample = open_sample(name, digest or "")
    if not against:
        found = verify_sample(sample)
    else:
        sweep = stacked([read_sweep(path) for path in against])
        found = verify_sample(sample, sweep, against_digest=digest_of(against))
    return "".join(f"{one_line(line)}\n" for line in _words(name, sample, found)), found.sound


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
