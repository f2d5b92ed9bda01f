"""Two judgements of the same cells side by side: a sample's, and the whole sweep's."""

from __future__ import annotations

from dataclasses import dataclass

from gate.model import CellKey, CellVerdict
from gate.sweep.cells import COUNTED, Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Of the sweep's cells, how many the sample judges alike; which it judges wrongly, and which it leaves open."""

    right: int
    wrong: tuple[CellKey, ...]
    left_open: tuple[CellKey, ...]


def compare(sample: Cells, sweep: Cells) -> Comparison:
    """Structural verdicts, cell by cell. A cell that only the sample has is wrong; one that it lacks is left open."""
    found, expected = structural_verdicts(sample), structural_verdicts(sweep)
    differing = [key for key, verdict in expected.items() if found.get(key) != verdict]
    left_open = [key for key in differing if found.get(key, CellVerdict.UNDETERMINED) is CellVerdict.UNDETERMINED]
    strays = [key for key in found if key not in expected]
    return Comparison(
        right=len(expected) - len(differing),
        wrong=tuple([key for key in differing if key not in set(left_open)] + strays),
        left_open=tuple(left_open),
    )


def structural_verdicts(cells: Cells) -> dict[CellKey, CellVerdict]:
    """Structural, undetermined or clean, which stands for all that is ruled out. Filler is judged like the rest."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    texts = ([column.names[code] for code in column.codes.tolist()] for column in columns)
    return {
        CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q): _coarse(COUNTED[verdict])
        for codec, rc_mode, recipe, preset, q, verdict in zip(*texts, cells.verdict.tolist(), strict=True)
    }


def _coarse(verdict: CellVerdict) -> CellVerdict:
    return CellVerdict.CLEAN if verdict is CellVerdict.CONTENT_DEPENDENT else verdict
