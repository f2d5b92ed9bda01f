"""The use cases behind `gate sample`: build one from sweeps, tell what one is, verify one. Values in, words out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from gate.errors import SampleError, one_line
from gate.model import CellKey, Provenance
from gate.policy.load import structural_share
from gate.sweep.build import digest_of, sweep_file
from gate.sweep.builtin import builtin_sample
from gate.sweep.compare import Comparison
from gate.sweep.join import Part, build_joined, joined, stacked
from gate.sweep.manifest import SampleManifest, find_manifest, read_manifest
from gate.sweep.read import read_sweep
from gate.sweep.sample import Sample, read_sample, write_sample
from gate.sweep.screen import design_of
from gate.sweep.setups import setups_of
from gate.sweep.verify import Verification, sample_info, verify_sample

_BUILTIN = "builtin:"
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to build a sample from, and how; `structural` and `design` as the command line spells them."""

    sweeps: Sequence[Path]
    output: Path
    manifest: Path | None
    design: str
    seed: int
    structural: str
    mixed: bool


def build(wanted: Wanted, told: Callable[[str], None]) -> str:
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
    info = sample_info(open_sample(name))
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


def open_sample(name: str, expected: str = "") -> Sample:
    """A sample by the name that commands take: a file, or `builtin:NAME`. SampleError where it isn't one."""
    if name.startswith(_BUILTIN):
        return read_sample(builtin_sample(name.removeprefix(_BUILTIN)), expected=expected, where=name)
    return read_sample(Path(name), expected=expected)
