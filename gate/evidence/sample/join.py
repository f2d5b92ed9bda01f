"""Several sweeps as one: their rows one after the other, and manifests that must agree, or are mixed on purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gate.errors import SampleError
from gate.evidence.sample.build import build_sample, digest_of
from gate.evidence.sample.design import Design
from gate.evidence.sample.manifest import SampleManifest
from gate.evidence.sweep.cells import Rule
from gate.evidence.sweep.columns import LABELS, Labels, Sweep
from gate.evidence.sweep.exact import note_knobs
from gate.evidence.sweep.fast import distinct_texts
from gate.evidence.sweep.files import identify
from gate.evidence.sweep.manifest import Setup, SweepFile, SweepManifest
from gate.values import dataclass

KEYS = tuple(Setup.model_fields)


def setups_of(path: Path, said: Setup) -> tuple[Setup, ...]:
    """The distinct setups of the rows in `path`, sorted; what a row doesn't say is as `said` of the whole file.

    Nothing where neither says anything. Raises: SweepError for a file that can't be read; SampleError where a row
    contradicts `said`.
    """
    rows = distinct_texts(identify(path), KEYS)
    found = {_completed(Setup(**dict(zip(KEYS, row, strict=True))), said, path) for row in rows}
    return tuple(sorted(found, key=str)) if found != {Setup()} else ()


def _completed(row: Setup, said: Setup, path: Path) -> Setup:
    own, whole = dict(row), dict(said)
    for key in KEYS:
        if own[key] and whole[key] and own[key] != whole[key]:
            what = f"rows say {key} {own[key]!r}, but the manifest says {whole[key]!r} of them all"
            raise SampleError(what, where=str(path), fix=f"correct setup.{key}, or leave it to the rows")
    return Setup(**{key: own[key] or whole[key] for key in KEYS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One sweep file: its rows, what its manifest says, and what its rows were made with (nothing: nobody said)."""

    path: Path
    file: SweepFile
    rows: Sweep
    origin: SweepManifest
    setups: tuple[Setup, ...]

    @property
    def corpus(self) -> tuple[str, ...]:
        """The sources that are declared; those in the rows where none are."""
        return self.origin.corpus or self.rows.source.names


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What a sample is drawn from. `files` are the parts, where there are several; `file` is then all of them."""

    file: SweepFile
    files: tuple[SweepFile, ...]
    rows: Sweep
    origin: SweepManifest
    setups: tuple[Setup, ...]
    mixed: bool


_Clash = tuple[str, str]
"""A key on which two parts differ with what each says, and where."""


def joined(parts: Sequence[Part], *, mixed: bool) -> Whole:
    """The parts as one sweep. SampleError where they differ in what rows were made with, in corpus or tools.

    With `mixed` such differences are recorded, not refused. Provenance, knobs of a recipe, and the meanings of rc_mode
    and q have to agree even then: nothing could be said of a sample in which they don't.
    """
    _check_distinct(parts)
    for what, where in _contradictions(parts):
        raise SampleError(what, where=where, fix="build a sample of each; a policy may list several")
    clashes = list(_clashes(parts))
    if clashes and not mixed:
        what, where = clashes[0]
        raise SampleError(what, where=where, fix="build a sample of each, or mix them on purpose with --mixed")
    setups = tuple(sorted({setup for part in parts for setup in part.setups or (Setup(),)}, key=str))
    several = len(parts) > 1
    return Whole(
        file=_all_of(parts) if several else parts[0].file,
        files=tuple(part.file for part in parts) if several else (),
        rows=stacked([part.rows for part in parts]) if several else parts[0].rows,
        origin=_merged(parts) if several else parts[0].origin,
        setups=() if setups == (Setup(),) else setups,
        mixed=bool(clashes),
    )


def build_joined(whole: Whole, *, design: Design, seed: int, rule: Rule) -> tuple[SampleManifest, Sweep]:
    """`build_sample` of a joined sweep, with what it was joined from in the manifest."""
    made, kept = build_sample(whole.rows, whole.origin, whole.file, design=design, seed=seed, rule=rule)
    return made.model_copy(update={"sweeps": whole.files, "setups": whole.setups, "mixed": whole.mixed}), kept


def stacked(sweeps: Sequence[Sweep]) -> Sweep:
    """The rows of several sweeps, one after the other; names in the order of first appearance."""
    knobs: dict[tuple[str, str], str] = {}
    for sweep in sweeps:
        for key, text in sweep.knobs.items():
            note_knobs(knobs, key, text)
    bases = tuple(dict.fromkeys(basis for sweep in sweeps for basis in sweep.bases))
    return Sweep(
        **{name: _stacked([getattr(sweep, name) for sweep in sweeps]) for name in LABELS},
        bare=np.concatenate([sweep.bare for sweep in sweeps]),
        bitrate_kbps=np.concatenate([sweep.bitrate_kbps for sweep in sweeps]),
        vmaf=np.concatenate([sweep.vmaf for sweep in sweeps]),
        encode_ms=np.concatenate([sweep.encode_ms for sweep in sweeps]),
        basis=np.concatenate([np.array([bases.index(b) for b in s.bases], np.int8)[s.basis] for s in sweeps]),
        bases=bases,
        knobs=knobs,
        modes={codec: mode for sweep in sweeps for codec, mode in sweep.modes.items()},
        failed=sum(sweep.failed for sweep in sweeps),
        no_effect=np.concatenate([s.no_effect if s.no_effect is not None else np.zeros_like(s.bare) for s in sweeps])
        if any(s.no_effect is not None for s in sweeps)
        else None,
    )


def _stacked(columns: Sequence[Labels]) -> Labels:
    place = {name: i for i, name in enumerate(dict.fromkeys(name for column in columns for name in column.names))}
    codes = [np.array([place[name] for name in column.names], np.int32)[column.codes] for column in columns]
    return Labels(codes=np.concatenate(codes), names=tuple(place))


def _check_distinct(parts: Sequence[Part]) -> None:
    seen: dict[str, Path] = {}
    for part in parts:
        if part.file.sha256 in seen:
            raise SampleError(f"is the same file as {seen[part.file.sha256]}", where=str(part.path), fix="give it once")
        seen[part.file.sha256] = part.path


def _contradictions(parts: Sequence[Part]) -> Iterator[_Clash]:
    """What no sample can hold two of."""
    yield from _differing("provenance", [(part.origin.provenance.value, part) for part in parts])
    for name in ("recipes", "rc_modes"):
        said = [(codec, key, value, p) for p in parts for codec, of in getattr(p.origin, name).items()
                for key, value in of.items()]  # fmt: skip
        for pair in dict.fromkeys((codec, key) for codec, key, _, _ in said):
            values = [(str(value), part) for codec, key, value, part in said if (codec, key) == pair]
            yield from _differing(f"{name}.{'.'.join(pair)}", values)
    for mode in dict.fromkeys(mode for part in parts for mode in part.origin.quality):
        yield from _differing(
            f"quality.{mode}", [(p.origin.quality[mode], p) for p in parts if mode in p.origin.quality]
        )


def _clashes(parts: Sequence[Part]) -> Iterator[_Clash]:
    """What may be mixed on purpose only. A key that one part gives and another doesn't differs too."""
    for key in KEYS:
        yield from _differing(key, [(getattr(s, key), part) for part in parts for s in part.setups or (Setup(),)])
    yield from _differing("corpus", [(", ".join(sorted(part.corpus)), part) for part in parts])
    for tool in dict.fromkeys(tool for part in parts for tool in part.origin.tools):
        yield from _differing(f"tools.{tool}", [(part.origin.tools.get(tool, ""), part) for part in parts])


def _differing(key: str, values: Iterable[tuple[str, Part]]) -> Iterator[_Clash]:
    (first, one), *rest = values
    for value, other in rest:
        if value != first:
            said, also = (repr(text) if text else "not given" for text in (first, value))
            yield f"{key} differs: {said} and {also}", str(one.path) if one is other else f"{one.path} and {other.path}"
            return


def _all_of(parts: Sequence[Part]) -> SweepFile:
    return SweepFile(
        name=" + ".join(part.file.name for part in parts),
        sha256=digest_of([part.path for part in parts]),
        rows=sum(part.file.rows for part in parts),
    )


def _merged(parts: Sequence[Part]) -> SweepManifest:
    """One manifest for all; of ages the oldest, and none where one isn't known."""
    origins = [part.origin for part in parts]
    days = [origin.measured_on for origin in origins]
    merged: dict[str, Any] = {
        "title": " + ".join(dict.fromkeys(origin.title for origin in origins if origin.title)),
        "corpus": tuple(dict.fromkeys(source for part in parts for source in part.corpus)),
        "recipes": _united([origin.recipes for origin in origins]),
        "rc_modes": _united([origin.rc_modes for origin in origins]),
        "quality": {mode: text for origin in origins for mode, text in origin.quality.items()},
        "tools": _tools(origins),
        "measured_on": min((day for day in days if day is not None), default=None) if all(days) else None,
        "notes": tuple(dict.fromkeys(note for origin in origins for note in origin.notes)),
        "lacks": tuple(dict.fromkeys(lack for origin in origins for lack in origin.lacks)),
        "references": tuple(dict.fromkeys(text for origin in origins for text in origin.references)),
    }
    return origins[0].model_copy(update=merged)


def _united(several: Sequence[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    united: dict[str, dict[str, Any]] = {}
    for by_codec in several:
        for codec, of in by_codec.items():
            united.setdefault(codec, {}).update(of)
    return united


def _tools(origins: Sequence[SweepManifest]) -> dict[str, str]:
    found: dict[str, dict[str, None]] = {}
    for origin in origins:
        for tool, version in origin.tools.items():
            found.setdefault(tool, {})[version] = None
    return {tool: " | ".join(versions) for tool, versions in found.items()}
