"""Reports made by hand, one of each kind that a format must show."""

from __future__ import annotations

import dataclasses

import pytest

from gate.evidence.model import (
    Basis,
    Bd,
    Cell,
    CellDetail,
    CellKey,
    CellVerdict,
    Matched,
    Provenance,
    SourceRow,
    SourceState,
    Statistics,
    Tally,
)
from gate.judge.deciding import with_rows
from gate.judge.judged_by import PolicyInfo, SampleInfo, TolerancesInfo, Trust, WaiverInfo
from gate.judge.model import (
    SCHEMA,
    Action,
    Conclusion,
    Counts,
    JudgedCell,
    JudgedChange,
    JudgedPoint,
    PointVerdict,
    RaisesPart,
    Report,
    RuleHit,
    Suggestion,
    UnresolvedPart,
)
from gate.model import StandsFor

SOURCES = (
    "BigBuckBunny_25fps", "BirdsInCage_30fps", "CrowdRun_25fps", "ElFuente1_30fps", "ElFuente2_30fps",
    "FoxBird_25fps", "OldTownCross_25fps", "Seeking_25fps", "Tennis_24fps",
)  # fmt: skip


def tally(verdict, hits, mean=None, *, unknown=0, worst=None):
    """What a witness counts of nine sources."""
    return Tally(
        verdict=CellVerdict(verdict),
        hits=hits,
        holds=9 - hits - unknown,
        unknown=unknown,
        mean_delta=mean,
        worst_source="Tennis_24fps" if hits else None,
        worst_delta=worst or (mean - 2.09 if hits and mean is not None else None),
    )


def source_row(source, delta, interpolated, *, mismatch=2.0, matched="p1", ladder=(), because="", bd=None):
    """One source: Δ of both witnesses, None where they abstain."""
    return SourceRow(
        source=source,
        state=state(delta),
        repeats=1,
        bitrate_kbps=2000.0,
        vmaf=80.0,
        nearest=state(delta),
        matched=None
        if delta is None
        else Matched(
            preset=matched, q="2", bitrate_kbps=2000.0 * (1 + mismatch / 100), vmaf=80.0 - delta, mismatch_pct=mismatch
        ),
        delta=delta,
        interpolated=state(interpolated),
        interpolated_vmaf=None if interpolated is None else 80.0 - interpolated,
        interpolated_delta=interpolated,
        abstains_because=because,
        ladder=ladder,
        bd=bd,
        no_bd_because="" if bd else "the recipe has fewer than four points",
    )


def state(delta):
    """What a witness with the published tolerance says of a Δ."""
    if delta is None:
        return SourceState.ABSTAINS
    return SourceState.HIT if delta < -0.1 else SourceState.HOLDS


def detail(rows, *, q="2", figures=None, codec="h264_nvenc", recipe="bf3", preset="p1"):
    """A cell's detail of these rows."""
    bds = [row.bd for row in rows if row.bd]
    return CellDetail(
        key=CellKey(codec=codec, rc_mode="vbr", recipe=recipe, preset=preset, q=q),
        sources=tuple(rows),
        statistics=figures or FIGURES,
        bd_rate_pct=bds[0].rate_pct if bds else None,
        bd_vmaf=bds[0].vmaf if bds else None,
        bd_sources=len(bds),
    )


FIGURES = Statistics(
    sources=9,
    median_delta=-4.85,
    interval=(-6.54, -4.34),
    sign_test_p=0.00390625,
    floor_vmaf=0.02,
    floor_assumed=True,
    within_floor=(),
    fragile=False,
    flips=None,
)
FRAGILE = dataclasses.replace(
    FIGURES,
    median_delta=-0.11,
    interval=(-0.3, 0.02),
    sign_test_p=0.18,
    within_floor=("CrowdRun_25fps", "Tennis_24fps"),
    fragile=True,
    flips=1,
)

DEEP = detail(
    [
        source_row(
            source,
            -3.0 - at,
            -2.9 - at if at else None,
            ladder=("saturated",) if source.startswith("Fox") else (),
            because="" if at else "its bitrate is below the bare ladder's",
            bd=Bd(rate_pct=30.6, vmaf=-2.86, overlap=0.78) if at > 5 else None,
        )
        for at, source in enumerate(SOURCES)
    ]
)
DISPUTED = detail(
    [
        source_row(source, -0.11 - 0.1 * at, 0.02, mismatch=4.0, matched="p1" if at else "p4")
        if at < 7
        else source_row(source, 0.05, 0.04)
        for at, source in enumerate(SOURCES)
    ],
    q="1",
    figures=FRAGILE,
)


def cell(
    verdict,
    hits,
    mean,
    *,
    q="2",
    preset="p1",
    stands_for=None,
    action=Action.FAIL,
    basis=Basis.PUBLISHED,
    waiver=None,
    second=None,
    screened=False,
    worst=None,
):
    evidence = Cell(
        key=CellKey(codec="h264_nvenc", rc_mode="vbr", recipe="bf3", preset=preset, q=q),
        verdict=CellVerdict(verdict),
        basis=basis,
        hits=hits,
        holds=0 if verdict == "unmeasured" else 9 - hits,
        unknown=9 if verdict == "unmeasured" else 0,
        mean_delta=mean,
        worst_source="Tennis_24fps" if mean is not None else None,
        worst_delta=worst or (mean - 2.09 if mean is not None else None),
        nearest=tally(verdict if verdict != "unmeasured" else "clean", hits, mean, worst=worst),
        interpolated=second or tally(verdict if verdict != "unmeasured" else "clean", hits, mean, worst=worst),
        screened=screened,
    )
    return JudgedCell(
        cell=evidence,
        stands_for=stands_for,
        contained=False,
        new=True,
        action=action,
        waiver=waiver,
    )


STRUCTURAL = JudgedPoint(
    rc_mode="vbr-cq",
    preset="p1",
    q="23",
    knobs={"bf": "3"},
    recipe="bf3",
    adapter_presets=("ultrafast", "superfast"),
    condition="",
    cells=(
        cell("structural", 9, -3.05, q="4", second=tally("undetermined", 5, -2.9, unknown=3)),
        cell("structural", 9, -7.0, worst=-11.0),
        cell(
            "structural",
            7,
            -0.41,
            q="1",
            worst=-0.71,
            stands_for=StandsFor(preset="p2", q="1"),
            second=tally("clean", 0),
        ),
        cell("content-dependent", 2, -0.4, q="8", action=Action.NOTICE),
        cell("clean", 0, None, q="16", action=Action.PASS),
        cell("unmeasured", 0, None, q="32", action=Action.WARN, basis=Basis.FILLER),
    ),
    rules=(
        RuleHit(
            kind="forbid",
            recipe="bf=3",
            scope="rc_mode cbr|vbr, q 1|2|4",
            reason="3 B-frames lose VMAF at low bitrates on h264_nvenc",
            reference="Research-0080, ADR-0308",
            action=Action.FAIL,
            waiver=None,
        ),
    ),
    verdict=PointVerdict.STRUCTURAL,
    action=Action.FAIL,
    waiver=None,
    not_judged=True,
    why="bf3 loses VMAF against the bare encoder at the same bitrate, structurally, in 3 cells",
)

UNMEASURED = dataclasses.replace(
    STRUCTURAL,
    cells=(),
    rules=(),
    verdict=PointVerdict.UNMEASURED,
    action=Action.WARN,
    why="no sample covers av1_amf",
)

_CHANGE = JudgedChange(
    codec="h264_nvenc",
    adapter="h264_nvenc",
    path="codec_adapters/h264_nvenc.py",
    line=27,
    kind="knob-added",
    before="",
    after="bf=3",
    points=(STRUCTURAL,),
    suggestion=Suggestion(
        text="Take bf=3 back: what base emits passes.",
        verified="codec_adapters/h264_nvenc.py was read with this edit and judged again with the same evidence and policy",
        path="codec_adapters/h264_nvenc.py",
        line=27,
        before_lines=('        return ("-bf", "3")',),
        after_lines=("        return ()",),
    ),
)

(CHANGE,) = with_rows([_CHANGE], [DEEP, DISPUTED])

PASSED = Report(
    schema=SCHEMA,
    conclusion=Conclusion.SUCCESS,
    blocked=False,
    base="1" * 40,
    head="work tree",
    trust=Trust(commit="2" * 40, trusted=True),
    as_of="2026-06-01",
    samples=(
        SampleInfo(
            name="builtin:research-0080",
            digest="3" * 64,
            provenance=Provenance.RECONSTRUCTED,
            design="exact",
            miss_bound=0.0,
            rows=5668,
            sources=9,
            threshold=7,
            codecs=("h264_nvenc", "hevc_nvenc"),
        ),
    ),
    policy=PolicyInfo(
        where="built-in defaults",
        digest="4" * 64,
        mode="enforce",
        structural="7/9",
        tolerances=TolerancesInfo(bitrate_pct=5.0, vmaf=0.1),
        detector="nearest",
        baseline="any",
        reach="all",
        contains="fail",
        off_grid="nearest",
        undetermined="warn",
        unmeasured="warn",
        unresolved="error",
    ),
    changes=(),
    unresolved=(),
    raises=(),
    waivers=(),
    details=(),
    slices=(),
    notices=(),
    counts=Counts(adapters=19, gone=0, changes=0, points=0, failing=0, warned=0, not_judged=0, waived=0, unresolved=0),
)

BLOCKED = dataclasses.replace(
    PASSED,
    conclusion=Conclusion.FAILURE,
    blocked=True,
    changes=(CHANGE,),
    details=(DEEP, DISPUTED),
    raises=(
        RaisesPart(
            adapter="av1_videotoolbox",
            presets=("fast",),
            path="codec_adapters/av1_videotoolbox.py",
            line=9,
            exception="Unavailable",
            message="awaits FFmpeg",
        ),
    ),
    waivers=(
        WaiverInfo(
            codec="h264_nvenc",
            recipe="full_hq",
            scope="preset p7",
            reason="archive tier",
            owner="video team",
            expires="2026-05-01",
            status="expired",
        ),
    ),
    counts=dataclasses.replace(PASSED.counts, changes=1, points=1, failing=1, not_judged=1),
)

ADVISORY = dataclasses.replace(
    BLOCKED, conclusion=Conclusion.SUCCESS, policy=dataclasses.replace(PASSED.policy, mode="advisory")
)

NOT_JUDGED = dataclasses.replace(
    PASSED,
    changes=with_rows([dataclasses.replace(CHANGE, codec="av1_amf", adapter="av1_amf", points=(UNMEASURED,))], ()),
    counts=dataclasses.replace(PASSED.counts, changes=1, points=1, warned=1, not_judged=1),
)

ERROR = dataclasses.replace(
    PASSED,
    conclusion=Conclusion.ERROR,
    unresolved=(
        UnresolvedPart(
            adapter="h264_nvenc",
            presets=(),
            path="codec_adapters/h264_nvenc.py",
            line=31,
            reason="setattr may alter any attribute",
            action="error",
        ),
        UnresolvedPart(
            adapter="libx264",
            presets=("fast",),
            path="codec_adapters/x264.py",
            line=3,
            reason="reads os.environ",
            action="listed",
        ),
    ),
    counts=dataclasses.replace(PASSED.counts, unresolved=2),
)

REPORTS = {"passed": PASSED, "blocked": BLOCKED, "advisory": ADVISORY, "not-judged": NOT_JUDGED, "error": ERROR}


@pytest.fixture(params=sorted(REPORTS))
def named_report(request):
    """(name, report) of each kind."""
    return request.param, REPORTS[request.param]


HOSTILE = (
    "x\n::error::forged\r\n%0A`|</details><script>alert(1)</script>@everyone [a](http://evil)\x1b[31m\u202e"
    + "A" * 5000
)


@pytest.fixture
def hostile_report():
    """A blocking report in which every text that a pull request chooses tries to break out."""
    cells = tuple(
        dataclasses.replace(one, cell=dataclasses.replace(one.cell, key=dataclasses.replace(one.key, codec=HOSTILE)))
        for one in STRUCTURAL.cells
    )
    point = dataclasses.replace(
        STRUCTURAL,
        cells=cells,
        knobs={HOSTILE: HOSTILE},
        adapter_presets=(HOSTILE,),
        why=HOSTILE,
        preset=HOSTILE,
        q=HOSTILE,
    )
    offered = Suggestion(
        text=HOSTILE, verified=HOSTILE, path=HOSTILE, line=1, before_lines=(HOSTILE, "```"), after_lines=(HOSTILE,)
    )
    change = dataclasses.replace(
        CHANGE,
        adapter=HOSTILE,
        codec=HOSTILE,
        path=HOSTILE,
        kind="knob-added",
        after=HOSTILE,
        points=(point,),
        suggestion=offered,
    )
    rows = [
        dataclasses.replace(row, source=HOSTILE, abstains_because=HOSTILE, no_bd_because=HOSTILE)
        for row in DEEP.sources
    ]
    shown = dataclasses.replace(DEEP, key=dataclasses.replace(DEEP.key, codec=HOSTILE), sources=tuple(rows))
    raised = dataclasses.replace(BLOCKED.raises[0], adapter=HOSTILE, exception=HOSTILE, message=HOSTILE, path=HOSTILE)
    part = dataclasses.replace(ERROR.unresolved[0], adapter=HOSTILE, reason=HOSTILE, path=HOSTILE, presets=(HOSTILE,))
    return dataclasses.replace(
        BLOCKED,
        changes=with_rows([change], [shown]),
        details=(shown,),
        raises=(raised,),
        unresolved=(part,),
        notices=(HOSTILE,),
    )
