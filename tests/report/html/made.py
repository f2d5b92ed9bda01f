"""A small page: two cells on two sources, one of them hit, with the planes that they lie in."""

from __future__ import annotations

from gate.evidence.model import Basis, Cell, CellKey, CellVerdict, Matched, Rung, Slice, SourceRow, SourceState
from gate.judge.model import Action
from gate.report.html.model import Corpus, Listing, Note, Page, PageCell, Table

CAPTION = "Evidence: toy (RECONSTRUCTED); N = 2."


def row(source, state=SourceState.HIT, *, delta=-1.0, because=""):
    measured = state in {SourceState.HIT, SourceState.HOLDS}
    return SourceRow(
        source=source,
        state=state,
        repeats=1,
        bitrate_kbps=1000.12345 if measured else None,
        vmaf=90.0 if measured else None,
        nearest=state,
        matched=Matched(preset="p1", q="23", bitrate_kbps=1010.0, vmaf=91.0, mismatch_pct=0.99) if measured else None,
        delta=delta if measured else None,
        interpolated=SourceState.ABSTAINS,
        interpolated_vmaf=None,
        interpolated_delta=None,
        abstains_because=because,
        ladder=(),
        bd=None,
        no_bd_because="",
    )


def cell(
    recipe="bf3",
    *,
    codec="h264_nvenc",
    rc_mode="vbr",
    q="1",
    hits=2,
    sources=2,
    verdict=CellVerdict.STRUCTURAL,
    mean=-1.0,
):
    return Cell(
        key=CellKey(codec=codec, rc_mode=rc_mode, recipe=recipe, preset="p4", q=q),
        verdict=verdict,
        basis=Basis.PUBLISHED,
        hits=hits,
        holds=sources - hits,
        unknown=0,
        mean_delta=mean if hits else None,
        worst_source="A" if hits else None,
        worst_delta=mean if hits else None,
    )


def rung(recipe, kbps, vmaf, *, hull=False):
    return Rung(recipe=recipe, preset="p4", q="1", bitrate_kbps=kbps, vmaf=vmaf, on_hull=hull)


def plane(source):
    rungs = (rung("bare", 500.0, 80.0), rung("bare", 1010.0, 91.0, hull=True), rung("bf3", 1000.12345, 90.0))
    return Slice(source=source, codec="h264_nvenc", rc_mode="vbr", rungs=rungs)


def page(*, name="toy", cells=None, notes=(), warnings=("toy is RECONSTRUCTED, not measured.",)):
    shown = PageCell(
        cell=cell(), corpus=0, sources=(row("A"), row("B", SourceState.ABSTAINS)), adapters=("h264_nvenc",),
        action=Action.FAIL, about=("One thing.", "Another thing."),
    )  # fmt: skip
    bare = PageCell(cell=cell("spatial_aq", hits=0, verdict=CellVerdict.CLEAN), corpus=0)
    return Page(
        title=f"Sweep {name}",
        headline=f"BLOCKED: {name}",
        action=Action.FAIL,
        warnings=warnings,
        notes=notes
        or (
            Note(
                title=name,
                action=Action.FAIL,
                place=f"{name}:1",
                answers=(("to do", "Take it back."),),
                listings=(Listing(title=name, lines=("- a", f"+ {name}"), shown=True),),
            ),
        ),
        corpora=(
            Corpus(
                codecs=("h264_nvenc",),
                tolerance_vmaf=0.1,
                caption=CAPTION,
            ),
        ),
        cells=(shown, bare) if cells is None else cells,
        slices=(plane("A"), plane("B")),
        tables=(Table(caption="Codecs", head=("codec", "rows"), rows=(("h264_nvenc", "6"),)),),
        facts=(("Evidence", CAPTION),),
    )
