"""What differs between two samples of the same codecs: cells' verdicts, and what the manifests say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gate.difference import CellChange, FactChange, Kind, SampleDifference, kind_of
from gate.model import Cell, CellKey
from gate.sweep.cells import find_cells
from gate.sweep.detector import Tolerances, detect
from gate.sweep.manifest import SampleManifest, screens_of
from gate.sweep.sample import Sample
from gate.sweep.table import to_model


def difference(old: Sample, new: Sample) -> SampleDifference:
    """`new` beside `old`, each judged by the rule that its own manifest states. Filler is unmeasured in both."""
    before, after = cells_of(old), cells_of(new)
    found: dict[Kind, list[CellChange]] = {}
    for key in sorted({**before, **after}):
        change = CellChange(key=key, before=before.get(key), after=after.get(key))
        kind = kind_of(change)
        if kind is not None:
            found.setdefault(kind, []).append(change)
    return SampleDifference(
        old=old.digest,
        new=new.digest,
        became=tuple(found.get("became", ())),
        ceased=tuple(found.get("ceased", ())),
        other=tuple(found.get("other", ())),
        appeared=tuple(found.get("appeared", ())),
        disappeared=tuple(found.get("disappeared", ())),
        facts=tuple(_changed(dict(_facts(old.manifest)), dict(_facts(new.manifest)))),
    )


def cells_of(sample: Sample) -> Mapping[CellKey, Cell]:
    """The sample's cells, judged by the published rule at its own tolerances and threshold."""
    manifest = sample.manifest
    tolerances = Tolerances(bitrate_pct=manifest.tolerances.bitrate_pct, vmaf=manifest.tolerances.vmaf)
    return to_model(
        find_cells(
            sample.sweep,
            detect(sample.sweep, tolerances),
            sources=manifest.corpus,
            rule=manifest.threshold.hits,
            screens=screens_of(manifest.screens),
        )
    )


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[FactChange]:
    for what in dict.fromkeys([*old, *new]):
        before, after = old.get(what, ""), new.get(what, "")
        if before != after:
            yield FactChange(what=what, before=before, after=after)


def _facts(manifest: SampleManifest) -> Iterator[tuple[str, str]]:
    """What a manifest says that verdicts can hang on, by key path, as text. Order within a list says nothing."""
    yield "provenance", manifest.provenance.value
    yield "measured_on", str(manifest.measured_on or "")
    yield "corpus", _listed(manifest.corpus)
    yield "threshold", f"{manifest.threshold.hits}/{manifest.threshold.sources}"
    yield "tolerances.bitrate_pct", f"{manifest.tolerances.bitrate_pct:g}"
    yield "tolerances.vmaf", f"{manifest.tolerances.vmaf:g}"
    yield "design", manifest.design.text
    yield "miss_bound", manifest.miss_bound.exact
    yield "setup", "; ".join(map(str, manifest.setups))
    for tool, version in manifest.tools.items():
        yield f"tools.{tool}", version
    for mode, meaning in manifest.quality.items():
        yield f"quality.{mode}", meaning
    for codec in manifest.grids:
        yield from _facts_of(codec, manifest)


def _facts_of(codec: str, manifest: SampleManifest) -> Iterator[tuple[str, str]]:
    grid = manifest.grids[codec]
    yield f"grids.{codec}.presets", _listed(grid.presets)
    for mode, qualities in grid.qualities.items():
        yield f"grids.{codec}.{mode}", _listed(qualities)
    for mode, meanings in manifest.rc_modes.get(codec, {}).items():
        yield f"rc_modes.{codec}.{mode}", _listed(meanings)
    for recipe, knobs in manifest.recipes.get(codec, {}).items():
        if recipe != "bare":
            text = knobs if isinstance(knobs, str) else _listed(f"{name}={value}" for name, value in knobs.items())
            yield f"recipes.{codec}.{recipe}", text


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts))
