"""The manifest beside a measured sweep: what its rows can't say of themselves."""

from __future__ import annotations

import datetime as dt

import yaml

from gate.measure import families
from gate.measure.model import Tools
from gate.measure.rows import tools_of
from gate.measure.spec import BARE, Codec, Spec
from gate.measure.store import SWEEP
from gate.model import Provenance
from gate.sweep.manifest import KnobSet, Setup, SweepManifest


def manifest_of(
    spec: Spec, tools: Tools, *, measured_on: dt.date, notes: tuple[str, ...], lacks: tuple[str, ...] = ()
) -> SweepManifest:
    """The manifest of a sweep that was measured by `spec`; `lacks` says what of it isn't in the rows."""
    return SweepManifest(
        schema="codec-gate.sweep/1",
        provenance=Provenance.MEASURED,
        title=spec.title,
        corpus=spec.sources,
        recipes={name: _recipes(codec) for name, codec in spec.codecs.items()},
        rc_modes={name: _meanings(name, codec) for name, codec in spec.codecs.items()},
        quality=_quality(spec),
        tools={"ffmpeg": tools.ffmpeg_version, "libvmaf": tools.libvmaf_version},
        measured_on=measured_on,
        notes=notes,
        lacks=lacks,
        sweep=SWEEP,
        setup=Setup(**tools_of(tools)),
    )


def manifest_text(manifest: SweepManifest) -> bytes:
    """The manifest as a YAML file."""
    values = manifest.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    first = {"schema": manifest.schema_, "sweep": manifest.sweep}
    text: str = yaml.safe_dump({**first, **values}, sort_keys=False, allow_unicode=True, width=120)
    return text.encode()


def _recipes(codec: Codec) -> dict[str, KnobSet]:
    bare: dict[str, KnobSet] = {BARE: {}}
    return bare | {recipe: dict(knobs) for recipe, knobs in codec.recipes.items()}


def _meanings(name: str, codec: Codec) -> dict[str, tuple[str, ...]]:
    """Label -> the canonical rate controls that it means: the spec's word, else the encoder's own table."""
    table = families.rc_modes(name)
    return {label: codec.means.get(label) or table[label] for label in codec.rc_modes}


def _quality(spec: Spec) -> dict[str, str]:
    """What q counts under each label; nothing where codecs disagree."""
    found: dict[str, set[str]] = {}
    for name, codec in spec.codecs.items():
        for label in codec.rc_modes:
            unit = "target bitrate, Mbit/s" if families.takes_rate(name, label) else "the encoder's own scale"
            found.setdefault(label, set()).add(unit)
    return {label: min(units) for label, units in found.items() if len(units) == 1}
