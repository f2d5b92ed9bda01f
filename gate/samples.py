"""The use cases behind `gate sample`: build one from a sweep, tell what one is, verify one. Values in, words out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gate.errors import SampleError
from gate.model import CellKey, Provenance
from gate.policy.load import structural_share
from gate.sweep.build import build_sample, sweep_file
from gate.sweep.builtin import builtin_sample
from gate.sweep.design import Design, Exact
from gate.sweep.manifest import SweepManifest, find_manifest, read_manifest
from gate.sweep.read import read_sweep
from gate.sweep.sample import Sample, read_sample, write_sample
from gate.sweep.verify import Verification, sample_info, verify_sample

_DESIGNS: dict[str, Design] = {"exact": Exact()}
_BUILTIN = "builtin:"
_SHOWN = 10


def build(
    sweep: Path,
    *,
    output: Path,
    manifest: Path | None,
    design: str,
    seed: int,
    structural: str,
    told: Callable[[str], None],
) -> str:
    """Draw a sample from a sweep and write it; what was written, in words.

    Raises:
        SweepError: the sweep can't be read. SampleError: no manifest, or the sample can't be written.
    """
    told("reading the sweep")
    rows = read_sweep(sweep)
    origin = _origin(sweep, manifest)
    told("drawing")
    made, kept = build_sample(
        rows, origin, sweep_file(sweep, rows), design=_DESIGNS[design], seed=seed, rule=structural_share(structural)
    )
    told("writing")
    digest = write_sample(made, kept, output)
    share = len(kept) / len(rows)
    return (
        f"{output}: {len(kept):,} of {len(rows):,} rows ({share:.1%}), design {design}, "
        f"miss bound {made.miss_bound.exact}, {made.provenance}\nsha256 {digest}\n"
    )


def _origin(sweep: Path, manifest: Path | None) -> SweepManifest:
    found = read_manifest(manifest) if manifest is not None else find_manifest(sweep)
    if found is None:
        fix = f"write {sweep.name}.manifest.yaml beside it, or give --manifest; see `gate schema manifest`"
        raise SampleError("has no manifest, so its provenance is unknown", where=str(sweep), fix=fix)
    return found


def describe(name: str) -> str:
    """What a sample says of itself, one `key  value` line each."""
    info = sample_info(_open(name))
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
    lines += [("unreachable", f"{name}: the manifest names no knobs") for name in info.uncatalogued]
    lines += [("unreachable", f"{name}: the manifest doesn't say what it means") for name in info.meaningless]
    return "".join(f"{key:<12}{value}\n" for key, value in lines)


def _miss(bound: str) -> str:
    return "misses no structural cell" if bound == "0" else f"misses a structural cell with p ≤ {bound}"


def verify(name: str, digest: str | None, against: Path | None) -> tuple[str, bool]:
    """Words, and whether a sample is true to its manifest, and to the whole sweep where that is given."""
    sample = _open(name, digest or "")
    if against is None:
        found = verify_sample(sample)
    else:
        sweep = read_sweep(against)
        found = verify_sample(sample, sweep, against_digest=sweep_file(against, sweep).sha256)
    return "".join(f"{line}\n" for line in _words(name, sample, found)), found.sound


def _words(name: str, sample: Sample, found: Verification) -> list[str]:
    lines = [f"{name}: {'sound' if found.sound else 'NOT SOUND'}, sha256 {sample.digest}"]
    lines += [f"  {problem}" for problem in found.problems]
    beside = found.comparison
    if beside is not None:
        lines.append(
            f"  beside the whole sweep: {beside.right:,} cells right, {len(beside.wrong):,} wrong, "
            f"{len(beside.left_open):,} left open"
        )
        lines += [f"  wrong: {_cell(key)}" for key in beside.wrong[:_SHOWN]]
        lines += [f"  left open: {_cell(key)}" for key in beside.left_open[:_SHOWN]]
    return lines


def _cell(key: CellKey) -> str:
    return f"{key.codec} ({key.rc_mode}, {key.recipe}, {key.preset}, q={key.q})"


def _open(name: str, expected: str = "") -> Sample:
    if name.startswith(_BUILTIN):
        return read_sample(builtin_sample(name.removeprefix(_BUILTIN)), expected=expected, where=name)
    return read_sample(Path(name), expected=expected)
