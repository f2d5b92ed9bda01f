"""What evidence a report shows: every new cell that isn't plainly clean, and the planes that these cells lie in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gate.exhibit import Exhibit, Slice
from gate.model import CellKey, CellVerdict, CodecEvidence, disagree
from gate.verdict import JudgedCell, JudgedChange, cell_key


def exhibited(changes: Iterable[JudgedChange], evidence: Mapping[str, CodecEvidence]) -> tuple[Exhibit, ...]:
    """The exhibits of these changes' cells, each cell once, in the order in which the changes reach them."""
    by_codec: dict[str, dict[CellKey, None]] = {}
    for change in changes:
        for cell in (cell for point in change.points for cell in point.cells if cell.new and _is_of_weight(cell)):
            by_codec.setdefault(change.codec, {})[cell_key(change.codec, cell)] = None
    found = ((evidence[codec].exhibits, keys) for codec, keys in by_codec.items())
    return tuple(shown for exhibits, keys in found if exhibits is not None for shown in exhibits.of(keys))


def slices(exhibits: Iterable[Exhibit], evidence: Mapping[str, CodecEvidence]) -> tuple[Slice, ...]:
    """The rate–distortion planes of these exhibits."""
    by_codec: dict[str, list[CellKey]] = {}
    for shown in exhibits:
        by_codec.setdefault(shown.codec, []).append(cell_key(shown.codec, shown))
    found = ((evidence[codec].exhibits, keys) for codec, keys in by_codec.items())
    return tuple(plane for known, keys in found if known is not None for plane in known.slices(keys))


def _is_of_weight(cell: JudgedCell) -> bool:
    """Whether people will want to see its evidence: it loses somewhere, is open, or the witnesses disagree on it."""
    if cell.contained:
        return cell.verdict is CellVerdict.STRUCTURAL
    if cell.verdict is CellVerdict.UNMEASURED:
        return False
    return cell.verdict is not CellVerdict.CLEAN or disagree(cell.published, cell.interpolated)
