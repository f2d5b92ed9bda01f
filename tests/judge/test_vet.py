"""`gate vet` says of a recommendation what `gate check` says of an adapter with these defaults, and its source counts."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.errors import GateError, PolicyError, SweepError
from gate.evidence.sample.build import build_sample, sweep_file
from gate.evidence.sample.design import Design
from gate.evidence.sample.file import write_sample
from gate.evidence.sweep.manifest import SweepManifest
from gate.evidence.sweep.read import read_sweep
from gate.judge.check import Request as Check
from gate.judge.check import check
from gate.judge.recommendations import read_recommendations
from gate.judge.vet import vet
from gate.judge.vet_model import OnSource
from gate.report.json import render_json
from gate.report.vet import headline, render_vet_csv, render_vet_text

DAY = dt.date(2026, 6, 1)
MANIFEST = "adapters: {paths: 'defaults.yml', reader: manifest}\n"
# Recommended labels beside the arguments that an adapter emits for the same point.
RATES = {
    "vbr": lambda q: f"-b:v {q}M",
    "cbr": lambda q: f"-rc cbr -b:v {q}M",
    "cqp": lambda q: f"-qp {q}",
    "vbr-cq": lambda q: f"-cq {q}",
    "crf": lambda q: f"-crf {q}",
}
KNOBS: tuple[dict[str, str], ...] = (
    {"bf": "3"}, {"bf": "4"}, {"bf": "0"}, {"spatial-aq": "1"}, {"spatial_aq": "true", "bf": "3"}, {"temporal-aq": "1"},
    {"bf": "3", "rc-lookahead": "20"}, {"rc-lookahead": "20"}, {"aq-strength": "8"}, {}, {"no-such": "1"},
    {"bf": "3", "spatial-aq": "1", "temporal-aq": "1", "rc-lookahead": "32"},
)  # fmt: skip
POLICIES = (
    "",
    "published_patterns: false",
    "{off_grid: bracket, unmeasured: fail}",
    "{off_grid: exact, contains: warn, published_patterns: false}",
    "forbid: [{codec: hevc_nvenc, knobs: {bf: 3}, rc_mode: cqp, q: 25, preset: [p1, p2], reason: so}]",
    "waivers: [{codec: h264_nvenc, knobs: {bf: 3}, reason: r, owner: o, expires: 2027-01-01}]",
    "waivers: [{codec: h264_nvenc, recipe: bf3, rc_mode: vbr, q: 2, reason: r, owner: o, expires: 2027-01-01}]",
)
NVENC = st.tuples(
    st.sampled_from(["h264_nvenc", "hevc_nvenc", "av1_nvenc"]),
    st.sampled_from(["p1", "p2", "p4", "p5", "p7"]),
    st.sampled_from([("vbr", q) for q in ("1", "1.5", "2", "4", "9")] + [("cbr", "1"), ("cbr", "3")]
                    + [("cqp", q) for q in ("19", "22", "25", "40")] + [("vbr-cq", "23")]),
    st.sampled_from(KNOBS),
)  # fmt: skip
X264 = st.tuples(  # no sample covers it
    st.just("libx264"), st.sampled_from(["medium", "slow"]), st.just(("crf", "23")), st.sampled_from(KNOBS)
)


def _with(policy: str, **more: str) -> str:
    """A policy's text beside the adapters of these tests."""
    text = policy if not policy.startswith("{") else policy.strip("{}").replace(", ", "\n")
    return MANIFEST + text + "\n" + "".join(f"{key}: {value}\n" for key, value in more.items())


def _adapters(points):
    """A manifest of adapters that emit these points, one each."""
    listed = []
    for index, (codec, preset, (mode, q), knobs) in enumerate(points):
        words = [part for name, value in knobs.items() for part in (f"-{name}", value)]
        argv = ["-preset", preset, *RATES[mode](q).split(), *words]
        listed.append({"name": f"a{index}", "encoder": codec, "presets": {preset: argv}})
    return json.dumps({"adapters": listed})


def _base():
    """An adapter of base that head keeps: one that went would make a new one of the same points a rename."""
    return _adapters([("h264_nvenc", "p1", ("vbr", "2"), {})]).replace('"a0"', '"base"')


def _recommended(points):
    rows = [
        {"codec": codec, "rc_mode": mode, "preset": preset, "q": q, "knobs": knobs}
        for codec, preset, (mode, q), knobs in points
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def _checked(top: Path, policy: Path):
    """What a check says of every adapter's only point."""
    report = check(
        Check(
            repo=top, base=None, head=None, trust=None, judge_all=False, policy=policy, sample=None, adapters=(),
            reader=None, as_of=DAY,
        )
    )  # fmt: skip
    (*points,) = [point for change in report.changes for point in change.points]
    return {change.adapter: change.points[0] for change in report.changes}, report, points


def _vet(file: Path, **more):
    given = {"repo": None, "trust": None, "policy": None, "sample": None, "as_of": DAY}
    return vet(read_recommendations(file), **(given | more))


def _same(checked, found):
    """The parts of a judged point that don't name the adapter's own preset."""
    names = ("rc_mode", "preset", "q", "knobs", "recipe", "cells", "rules", "verdict", "action", "waiver", "not_judged")
    for name in names:
        if name == "cells":
            plain = [[(c.key, c.cell.verdict, c.action, c.waiver, c.stands_for) for c in p.cells]
                     for p in (checked, found)]  # fmt: skip
            assert plain[0] == plain[1]
        else:
            assert getattr(checked, name) == getattr(found, name), name


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(points=st.lists(NVENC | X264, min_size=20, max_size=40, unique_by=str), policy=st.sampled_from(POLICIES))
def test_the_verdict_is_a_checks(work, points, policy):
    work.commit({"defaults.yml": _base()})
    listed = json.loads(_adapters(points))["adapters"] + json.loads(_base())["adapters"]
    work.write({"defaults.yml": json.dumps({"adapters": listed}), "policy.yml": _with(policy, reach="emitted")})
    work.write({"list.jsonl": _recommended(points)})
    checked, report, _ = _checked(work.top, work.top / "policy.yml")
    found, kept = _vet(work.top / "list.jsonl", repo=work.top, policy=work.top / "policy.yml")
    assert len(found.recommendations) == len(points)
    for index, one in enumerate(found.recommendations):
        _same(checked[f"a{index}"], found.points[one.point].judged)
        assert one.dropped is (checked[f"a{index}"].action == "fail")
    assert [waiver.status for waiver in found.waivers] == [waiver.status for waiver in report.waivers]
    assert len(kept.splitlines()) == found.counts.kept


def test_the_bundled_adapters_recommended(work):
    """Every default of the package in vmaf-tune's shape, with B-frames in, as a recommendation."""
    top = Path(__file__).parents[2] / "fixtures/adapters"
    files = [(path, top / "vmaf-tune-shape") for path in (top / "vmaf-tune-shape").rglob("*.py")]
    work.commit({str(path.relative_to(root)): path.read_bytes() for path, root in files})
    changed = top / "changes/b-frames"
    work.write({str(path.relative_to(changed)): path.read_bytes() for path in changed.rglob("*.py")})
    work.write({"policy.yml": "reach: emitted\n"})
    _, _, points = _checked(work.top, work.top / "policy.yml")
    assert points
    rows = [("h264_nvenc", point.preset, (point.rc_mode, point.q), dict(point.knobs)) for point in points]
    work.write({"list.jsonl": _recommended(rows)})
    found, _ = _vet(work.top / "list.jsonl", repo=work.top, policy=work.top / "policy.yml")
    for point, one in zip(points, found.recommendations, strict=True):
        _same(point, found.points[one.point].judged)


# --- one codec, measured on nine sources: bf3 loses on three of them ------------------------------------------------

SOURCES = tuple(f"s{i}" for i in range(9))


@cache
def _sample_bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "sweep.jsonl", Path(folder) / "s.parquet"
        path.write_text("".join(json.dumps(row) + "\n" for row in _rows()))
        sweep = read_sweep(path)
        origin = SweepManifest.model_validate(
            {
                "schema": "codec-gate.sweep/1",
                "provenance": "measured",
                "corpus": SOURCES,
                "recipes": {"libx264": {"bf9": {"bf": "9"}}},
                "rc_modes": {"libx264": {"rate": ["vbr"]}},
            }
        )
        manifest, rows = build_sample(sweep, origin, sweep_file(path, sweep), design=Design("full"))
        write_sample(manifest, rows, out)
        return out.read_bytes()


def _rows():
    for i, source in enumerate(SOURCES):
        for recipe, bitrate, vmaf in (("bare", 1000.0, 80.0), ("bf9", 990.0, 70.0 if i < 3 else 81.0)):
            row = {"source": source, "codec": "libx264", "rc_mode": "rate", "recipe": recipe, "preset": "slow", "q": 1}
            yield row | {"bitrate_kbps": bitrate, "vmaf_score": vmaf, "encode_time_ms": 1.0}
        row = {"source": source, "codec": "libx264", "rc_mode": "rate", "recipe": "bare", "preset": "fast", "q": 1}
        yield row | {"bitrate_kbps": 980.0, "vmaf_score": 79.0, "encode_time_ms": 1.0}


@pytest.fixture
def nine(tmp_path):
    """A folder with that sample in it, and no repository around it."""
    (tmp_path / "s.parquet").write_bytes(_sample_bytes())
    return tmp_path


ONE = {"codec": "libx264", "rc_mode": "rate", "recipe": "bf9", "preset": "slow", "q": 1}


def _listed(folder: Path, *rows, policy: str = "version: 1"):
    (folder / "list.json").write_text(json.dumps(rows))
    (folder / "p.yml").write_text(policy)
    return _vet(folder / "list.json", repo=None, policy=folder / "p.yml", sample=folder / "s.parquet")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """No repository here, so that nothing but what a test gives decides."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("more", "on_source", "dropped"),
    [
        ({"source": "s0"}, OnSource.LOSES, True),
        ({"src": "/clips/s0.yuv"}, OnSource.LOSES, True),
        ({"src": "C:\\clips\\s8.mkv"}, OnSource.ON_HULL, False),
        ({"source": "s8"}, OnSource.ON_HULL, False),
        ({"source": "elsewhere"}, OnSource.UNKNOWN, False),
        ({}, OnSource.NO_SOURCE, False),
        ({"source_class": "anime"}, OnSource.NO_SOURCE, False),
        ({"source": "s0", "preset": "medium"}, OnSource.NOT_ASKED, False),  # unmeasured: no cell, no hull
        ({"source": "s0", "recipe": "bare"}, OnSource.NOT_ASKED, False),
    ],
)
def test_where_a_cell_is_content_dependent_its_sources_hull_decides(nine, more, on_source, dropped):
    report, kept = _listed(nine, ONE | more)
    (one,) = report.recommendations
    assert (one.on_source, one.dropped) == (on_source, dropped)
    assert json.loads(kept) == ([] if dropped else [ONE | more])
    assert report.counts.not_judged_on_source == (on_source in {OnSource.NO_SOURCE, OnSource.UNKNOWN})


def test_what_beats_it_is_named(nine):
    report, _ = _listed(nine, ONE | {"source": "s1"})
    assert headline(report) == "0 of 1 kept: 1 lose on their source"
    text = render_vet_text(report, width=120, color=False)
    assert "off the hull of s1: bare at fast, q 1 (980 kbit/s, VMAF 79.00) beats it (990 kbit/s, VMAF 70.00)" in text


@pytest.mark.parametrize(
    ("waiver", "dropped"),
    [
        ("{codec: libx264, recipe: bf9, reason: r, owner: o, expires: 2027-01-01}", False),
        (
            "{codec: libx264, knobs: {bf: 9}, rc_mode: rate, preset: slow, reason: r, owner: o, expires: 2027-01-01}",
            False,
        ),
        ("{codec: libx264, recipe: bf9, reason: r, owner: o, expires: 2026-01-01}", True),
        ("{codec: libx264, recipe: bf9, preset: fast, reason: r, owner: o, expires: 2027-01-01}", True),
        ("{codec: libx265, knobs: {bf: 9}, reason: r, owner: o, expires: 2027-01-01}", True),
    ],
)
def test_a_waiver_lets_it_through(nine, waiver, dropped):
    report, _ = _listed(nine, ONE | {"source": "s0"}, policy=f"waivers: [{waiver}]")
    assert report.recommendations[0].dropped is dropped
    assert (report.waivers[0].status == "used") is not dropped


def test_advisory_drops_nothing_and_says_so(nine):
    report, kept = _listed(nine, ONE | {"source": "s0"}, ONE | {"source": "s8"}, policy="mode: advisory")
    assert headline(report) == "ADVISORY, 1 of 2 would be kept: 1 lose on their source"
    assert len(json.loads(kept)) == 2


def test_the_notices_say_how_sources_and_classes_are_taken(nine):
    report, _ = _listed(nine, ONE | {"source": "elsewhere"}, ONE | {"class": "anime"})
    notices = "\n".join(report.notices)
    assert "1 name only a class of sources, which no sample measures" in notices
    assert "1 name a source that no sample of their codec has (elsewhere, say)" in notices
    assert "no repository here" in notices


def test_the_reports(nine):
    rows = [ONE | {"source": f"s{i}"} for i in range(9)] + [ONE | {"q": 77}, ONE | {"recipe": "bare"}]
    report, _ = _listed(nine, *rows, policy="max_evidence_age: {days: 1}")
    assert headline(report) == "8 of 11 kept: 3 lose on their source; 1 not judged"
    loaded = json.loads(render_json(report))
    assert (loaded["schema"], loaded["counts"]["dropped_for"]) == ("codec-gate.vet/1", {"loses-on-source": 3})
    assert [one["dropped"] for one in loaded["recommendations"]] == [True] * 3 + [False] * 8
    assert loaded["points"][loaded["recommendations"][0]["point"]]["judged"]["verdict"] == "content-dependent"
    survivors = list(csv.DictReader(io.StringIO(render_vet_csv(report))))
    assert [row["source"] for row in survivors] == [f"s{i}" for i in range(3, 9)] + ["", ""]
    assert survivors[0]["knobs"] == "bf=9"
    text = render_vet_text(report, width=80, color=False)
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("8 of 11 kept: 3 lose on their source; 1 not judged\n\nDropped\n3  libx264 rate, bf9")
    assert "each judged at its own rate control and target; presets and targets between" in " ".join(text.split())


def test_hostile_text_stays_on_its_line(nine):
    report, _ = _listed(nine, ONE | {"source": "a\n::error::b\x1b[31m"}, ONE | {"knobs": {"x\n": "y"}, "recipe": "n\r"})
    for text in (render_vet_text(report, width=100, color=False), headline(report)):
        assert "\x1b" not in text
        assert not any(line.startswith("::error") for line in text.splitlines())


@pytest.mark.parametrize(
    ("row", "what"),
    [({"recipe": "bf8"}, "no sample has a recipe 'bf8' of libx264"), ({"rc_mode": "x"}, "neither a label"),
     ({"knobs": {"crf": "9"}, "recipe": "mine"}, "`q` is 1, but the knobs say 9")],
)  # fmt: skip
def test_bad_input_names_its_line(nine, row, what):
    with pytest.raises(SweepError) as caught:
        _listed(nine, ONE, ONE | row)
    assert str(caught.value.where).endswith("list.json:1")
    assert what in caught.value.what


@pytest.mark.parametrize(("said", "dropped"), [("drop", True), ("warn", False), ("keep", False)])
@pytest.mark.parametrize("more", [{"source": "elsewhere"}, {}])
def test_a_clip_that_nobody_measured_is_the_policys(nine, more, said, dropped):
    report, kept = _listed(nine, ONE | more, policy=f"unknown_source: {said}")
    (one,) = report.recommendations
    assert (one.dropped, one.decided_by) == (dropped, "unknown-source" if dropped else "content-dependent")
    assert (json.loads(kept) == []) is dropped
    assert ("look at them" in render_vet_text(report, width=100, color=False)) is (said == "warn")
    on_hull, _ = _listed(nine, ONE | {"source": "s8"}, policy=f"unknown_source: {said}")
    assert not on_hull.recommendations[0].dropped


def test_nothing_recommended(nine):
    report, kept = _listed(nine)
    assert (headline(report), kept) == ("0 of 0 kept", "[]")


def test_the_policy_is_the_trust_refs_and_only_tightened(work):
    work.commit({".github/codec-gate.yml": "published_patterns: false\n"})
    work.write({"list.json": json.dumps([{"codec": "h264_nvenc", "rc_mode": "vbr", "preset": "p1", "q": 2,
                                          "knobs": "bf=3"}]), "loose.yml": "undetermined: pass\n"})  # fmt: skip
    given = {"repo": work.top, "trust": "main"}
    report, _ = _vet(work.top / "list.json", **given)
    assert (report.counts.dropped_for, report.policy.reach) == ({"structural": 1}, "emitted")
    assert report.policy.where.startswith(".github/codec-gate.yml at ")
    with pytest.raises(PolicyError, match="looser than the trusted policy in undetermined"):
        _vet(work.top / "list.json", **given, policy=work.top / "loose.yml")
    with pytest.raises(GateError):
        _vet(work.top / "list.json", repo=work.top / "none")
