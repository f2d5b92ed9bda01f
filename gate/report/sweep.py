"""A sweep's figures as Markdown: `summary.md` of `gate analyze`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gate.evidence.model import Cell, Provenance
from gate.evidence.sweep.summary import Spread, Summary
from gate.report.gfm import code

_RECIPES: Final = 12
_PROVENANCE: Final = {
    Provenance.RECONSTRUCTED: "> **RECONSTRUCTED, NOT MEASURED.** Rows were made to meet published figures.",
    Provenance.IMPORTED: "> **Imported.** These rows were measured by others.",
    Provenance.MEASURED: "> Measured.",
}


def render(summary: Summary, *, name: str, provenance: Provenance | None = None) -> str:
    """The whole of summary.md. `name` is the sweep's; the provenance, where known, is the first line."""
    parts = [
        *([_PROVENANCE[provenance]] if provenance else []),
        f"# Sweep {code(name)}",
        _totals(summary),
        "## Codecs",
        _coded(CODEC_HEAD, codec_rows(summary)),
        "Percentiles are over all rows of a codec, interpolated linearly.",
        "## Rate control",
        _coded(RATE_HEAD, rate_rows(summary)),
        "## Worst offenders",
        _worst(summary),
        "## Structural cells",
        _structural(summary),
        "## Cells by hits",
        _histogram(summary),
        "## Hull recipes",
        _hull_recipes(summary),
        "## Per-slice hull sizes",
        _table(
            ("source", "codec", "rc_mode", "hull size"),
            ((code(h.source), code(h.codec), code(h.rc_mode), f"{h.size:,}") for h in summary.hulls),
        ),
        "## Noise floor",
        _noise(summary.noise),
    ]
    return "\n\n".join(parts) + "\n"


def _totals(summary: Summary) -> str:
    rule = summary.rule
    lines = [
        f"- {summary.rows:,} rows{_of_filler(summary.filler_rows)}, {summary.bare:,} of them bare;"
        f" {len(summary.sources)} sources",
        *([f"- {summary.failed:,} encodes failed, and are no rows"] if summary.failed else []),
        f"- {summary.slices:,} slices, {summary.slices_with_hull:,} with a hull",
        f"- {summary.candidates:,} candidate rows, {summary.not_comparable:,} not comparable,"
        f" **{summary.regressions:,} regressions**",
        f"- {summary.cells:,} cells{_of_filler(summary.filler_cells)}: "
        + ", ".join(f"{count:,} {verdict}" for verdict, count in reversed(tuple(summary.verdicts.items()))),
        f"- a regression: more than {rule.tolerances.vmaf:g} VMAF below the nearest bare row within"
        f" {rule.tolerances.bitrate_pct:g} % of its bitrate (baseline: {rule.baseline});"
        f" structural: on at least {summary.threshold} of {len(summary.sources)} sources",
    ]
    return "\n".join(lines)


def _of_filler(count: int) -> str:
    return f" ({count:,} filler)" if count else ""


CODEC_HEAD: Final = ("codec", "rows", "slices", "max VMAF", "p50 kbit/s", "p95 kbit/s", "p50 encode ms", "regressions")
RATE_HEAD: Final = ("rate control", "regressions", "rows", "%")


def codec_rows(summary: Summary) -> Iterator[tuple[str, ...]]:
    """A codec per row, under CODEC_HEAD."""
    for c in summary.codecs:
        rates = f"{c.bitrate_p50_kbps:.0f}", f"{c.bitrate_p95_kbps:.0f}", f"{c.encode_p50_ms:.0f}"
        yield c.codec, f"{c.rows:,}", f"{c.slices:,}", f"{c.max_vmaf:.2f}", *rates, f"{c.regressions:,}"


def rate_rows(summary: Summary) -> Iterator[tuple[str, ...]]:
    """A rate control per row, under RATE_HEAD."""
    for mode in summary.rc_modes:
        yield mode.rc_mode, f"{mode.regressions:,}", f"{mode.rows:,}", f"{mode.rate_pct:.1f}"


def _coded(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return _table(head, ((code(first), *rest) for first, *rest in rows))


def _worst(summary: Summary) -> str:
    if not summary.worst:
        return "None: nothing regresses."
    head = ("codec", "rc_mode", "source", "preset", "q", "recipe", "VMAF", "bare VMAF", "Δ", "kbit/s", "bare kbit/s")
    rows = (
        (
            *(code(label) for label in (o.codec, o.rc_mode, o.source, o.preset, o.q, o.recipe)),
            f"{o.vmaf:.2f}", f"{o.bare_vmaf:.2f}", f"{o.delta:.2f}",
            f"{o.bitrate_kbps:.0f}", f"{o.bare_bitrate_kbps:.0f}",
        )
        for o in summary.worst
    )  # fmt: skip
    return _table(head, rows)


def _structural(summary: Summary) -> str:
    least = f"{summary.threshold} of {len(summary.sources)}"
    rule = f"Cells that regress on at least {least} sources: {len(summary.structural):,}."
    if not summary.structural:
        return rule
    head = ("codec", "rc_mode", "recipe", "preset", "q", "hits", "mean Δ", "worst source", "worst Δ", "basis")
    return rule + "\n\n" + _table(head, (_structural_row(cell) for cell in summary.structural))


def _structural_row(cell: Cell) -> tuple[str, ...]:
    key = cell.key
    return (
        *(code(label) for label in (key.codec, key.rc_mode, key.recipe, key.preset, key.q)),
        f"{cell.hits} of {cell.sources}",
        f"{cell.mean_delta:.2f}",
        code(cell.worst_source or ""),
        f"{cell.worst_delta:.2f}",
        cell.basis.value,
    )


def _histogram(summary: Summary) -> str:
    rows = ((str(hits), f"{count:,}") for hits, count in enumerate(summary.histogram) if count)
    return _table(("hits", "cells"), rows)


def _hull_recipes(summary: Summary) -> str:
    """Which recipes are on the hull of at least one source, and of how many."""
    rows = []
    for found in summary.hull_recipes:
        shown = [f"{code(recipe)} {count}" for recipe, count in found.recipes[:_RECIPES]]
        more = [f"and {len(found.recipes) - _RECIPES} more"] if len(found.recipes) > _RECIPES else []
        rows.append((code(found.codec), code(found.rc_mode), ", ".join(shown + more)))
    note = f"Each with the number of sources, of {len(summary.sources)}, on whose hull it is."
    return _table(("codec", "rc_mode", "recipes on a hull"), rows) + "\n\n" + note


def _noise(noise: Spread | None) -> str:
    if noise is None:
        return "Unknown: nothing was encoded twice."
    return (
        f"{noise.repeated:,} encodes were repeated. Their spread (highest minus lowest):"
        f" VMAF median {noise.vmaf_median:.3f}, at most {noise.vmaf_max:.3f};"
        f" bitrate median {noise.bitrate_pct_median:.2f} %, at most {noise.bitrate_pct_max:.2f} %."
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
