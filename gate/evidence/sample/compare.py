"""Two judgements of the same cells side by side: a sample's, and the whole sweep's."""

from __future__ import annotations

from gate.evidence.model import RULED_OUT, CellKey, CellVerdict
from gate.evidence.sweep.cells import COUNTED, Cells
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Of the sweep's cells, how many the sample judges alike, and which it doesn't.

    `missed` are structural in the sweep and cleared by the sample's screen: what its miss bound is about.
    `cleared_early` are undetermined in the sweep and cleared by the screen, on the sources that it did compare.
    `structural` counts the sweep's structural cells, `found` those of them that the sample proves.
    """

    right: int
    wrong: tuple[CellKey, ...]
    left_open: tuple[CellKey, ...]
    missed: tuple[CellKey, ...] = ()
    cleared_early: tuple[CellKey, ...] = ()
    structural: int = 0
    found: int = 0


def compare(sample: Cells, sweep: Cells) -> Comparison:
    """Structural verdicts, cell by cell. A cell that only the sample has is wrong; one that it lacks is left open."""
    found, expected = structural_verdicts(sample), structural_verdicts(sweep)
    cleared = {key for key, screened in zip(found, sample.screened.tolist(), strict=True) if screened}
    kinds: dict[str, list[CellKey]] = {"missed": [], "cleared_early": [], "left_open": [], "wrong": []}
    for key, verdict in expected.items():
        if found.get(key) is not verdict:
            kinds[_kind(found.get(key, CellVerdict.UNDETERMINED), verdict, screened=key in cleared)].append(key)
    kinds["wrong"] += [key for key in found if key not in expected]
    structural = [key for key, verdict in expected.items() if verdict is CellVerdict.STRUCTURAL]
    return Comparison(
        right=sum(found.get(key) is verdict for key, verdict in expected.items()),
        **{kind: tuple(keys) for kind, keys in kinds.items()},
        structural=len(structural),
        found=sum(found.get(key) is CellVerdict.STRUCTURAL for key in structural),
    )


def structural_verdicts(cells: Cells) -> dict[CellKey, CellVerdict]:
    """Structural, undetermined or clean, which stands for all that is ruled out. Filler is judged like the rest."""
    columns = (cells.codec, cells.rc_mode, cells.recipe, cells.preset, cells.q)
    texts = ([column.names[code] for code in column.codes.tolist()] for column in columns)
    return {
        CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset=preset, q=q): _coarse(COUNTED[verdict])
        for codec, rc_mode, recipe, preset, q, verdict in zip(*texts, cells.verdict.tolist(), strict=True)
    }


def _kind(sample: CellVerdict, sweep: CellVerdict, *, screened: bool) -> str:
    """What it is called that the two judge a cell differently."""
    if screened:
        return "missed" if sweep is CellVerdict.STRUCTURAL else "cleared_early"
    return "left_open" if sample is CellVerdict.UNDETERMINED else "wrong"


def _coarse(verdict: CellVerdict) -> CellVerdict:
    return CellVerdict.CLEAN if verdict in RULED_OUT else verdict
