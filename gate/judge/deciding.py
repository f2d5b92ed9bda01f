"""Which cells decide a change, and which are worth showing source by source: worked out once, for every format."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from statistics import median

from gate.encoders import RATE_MODES
from gate.encoders.unseen import unseen
from gate.encoders.values import label_number
from gate.evidence.model import CellDetail, CellKey, CellVerdict, CodecEvidence, Slice, disagree, is_off_target
from gate.judge.model import CellRow, JudgedCell, JudgedChange, OffTarget
from gate.values import replace

_QUIET = {CellVerdict.CLEAN, CellVerdict.CLEARED, CellVerdict.NO_EFFECT}


def details(changes: Iterable[JudgedChange], evidence: Mapping[str, CodecEvidence]) -> tuple[CellDetail, ...]:
    """These changes' cells of weight, source by source, each once, in the order in which the changes reach them."""
    cells = (judged for change in changes for point in change.points for judged in point.cells)
    keys = dict.fromkeys(judged.key for judged in cells if judged.decides and _is_of_weight(judged))
    return tuple(detail for codec, of in _by_codec(keys).items() for detail in evidence[codec].details.of(of))


def quiet_details(changes: Iterable[JudgedChange], evidence: Mapping[str, CodecEvidence]) -> tuple[CellDetail, ...]:
    """The same of changes that have no cell of weight: a report says how much a recipe gains where nothing loses."""
    found: dict[CellKey, None] = {}
    for change in changes:
        cells = [judged for point in change.points for judged in point.cells if judged.decides]
        if not any(map(_is_of_weight, cells)):
            found |= dict.fromkeys(judged.key for judged in cells if judged.cell.verdict in _QUIET)
    return tuple(detail for codec, of in _by_codec(found).items() for detail in evidence[codec].details.of(of))


def slices(details: Iterable[CellDetail], evidence: Mapping[str, CodecEvidence]) -> tuple[Slice, ...]:
    """The rate–distortion planes that these cells lie in."""
    by_codec = _by_codec(one.key for one in details)
    return tuple(plane for codec, of in by_codec.items() for plane in evidence[codec].details.slices(of))


def _by_codec(keys: Iterable[CellKey]) -> Mapping[str, list[CellKey]]:
    found: dict[str, list[CellKey]] = {}
    for key in keys:
        found.setdefault(key.codec, []).append(key)
    return found


def with_rows(changes: Iterable[JudgedChange], details: Iterable[CellDetail]) -> tuple[JudgedChange, ...]:
    """The changes with their rows; both are ordered by what blocks, then by the deepest loss."""
    by_key = {detail.key: detail for detail in details}
    found = (replace(change, rows=_rows(change, by_key)) for change in changes)
    return tuple(sorted(found, key=lambda change: (-change.action.gravity, change.depth)))


def with_caveats(
    changes: Iterable[JudgedChange], evidence: Mapping[str, CodecEvidence], encoded: Collection[str]
) -> tuple[JudgedChange, ...]:
    """The changes with why their verdict isn't the last word: what VMAF can't see, and where rate control missed.

    `encoded`: the codecs whose rows are real encodes; a reconstructed row's bitrate says nothing of rate control.
    """
    return tuple(
        replace(
            change,
            unseen=_unseen(change, evidence[change.codec]),
            off_target=tuple(_off_target(change, evidence[change.codec])) if change.codec in encoded else (),
        )
        if change.shown
        else change
        for change in changes
    )


def _off_target(change: JudgedChange, evidence: CodecEvidence) -> Iterator[OffTarget]:
    found: dict[str, list[list[float]]] = {}
    for row in change.deciding:
        key, rate = row.cell.key, label_number(row.cell.key.q)
        if row.detail and rate and evidence.rc_modes[key.rc_mode] & RATE_MODES:
            made = (source.bitrate_kbps for source in row.detail.sources if source.bitrate_kbps is not None)
            found.setdefault(key.rc_mode, []).append([float(kbps / (1000 * float(rate)) - 1) for kbps in made])
    for rc_mode, cells in found.items():
        missing = [misses for misses in cells if is_off_target(misses)]
        if missing:
            typical = median(miss for misses in missing for miss in misses)
            yield OffTarget(rc_mode=rc_mode, missing=len(missing), cells=len(cells), median_miss=typical)


def _unseen(change: JudgedChange, evidence: CodecEvidence) -> tuple[str, ...]:
    losing = dict.fromkeys(row.cell.key.recipe for row in change.shown if row.cell.hits)
    return tuple(dict.fromkeys(said for recipe in losing for said in unseen(change.codec, evidence.recipes[recipe])))


def _rows(change: JudgedChange, details: Mapping[CellKey, CellDetail]) -> tuple[CellRow, ...]:
    found: dict[CellKey, tuple[JudgedCell, list[str]]] = {}
    for judged in (judged for point in change.points for judged in point.cells if judged.decides):
        kept, presets = found.setdefault(judged.key, (judged, []))
        if kept.action.gravity < judged.action.gravity:
            found[judged.key] = (judged, presets)
        presets.append((judged.stands_for or judged.key).preset)
    rows = (
        CellRow(
            judged=judged,
            presets=tuple(dict.fromkeys(presets)),
            shown=_is_of_weight(judged),
            detail=details.get(key),
        )
        for key, (judged, presets) in found.items()
    )
    return tuple(sorted(rows, key=_order))


def _order(row: CellRow) -> tuple[int, float, int]:
    return -row.judged.action.gravity, row.cell.worst_delta or 0.0, -row.cell.hits


def _is_of_weight(judged: JudgedCell) -> bool:
    """Whether it loses somewhere, is open, or another detector calls it structural."""
    cell = judged.cell
    if cell.verdict in _QUIET:
        return any(other and disagree(cell, other) for other in (cell.nearest, cell.interpolated, cell.pooled))
    return cell.verdict is not CellVerdict.UNMEASURED
