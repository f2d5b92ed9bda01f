"""The detectors in a check: which one decides is the policy's choice, and all are told whatever it says."""

from __future__ import annotations

import pytest

H264 = "codec_adapters/h264_nvenc.py"
EXTRA = (
    '    encoder: str = "h264_nvenc"\n\n    def extra_params(self) -> tuple[str, ...]:\n        return ("-bf", "3")\n'
)
KEY = ("rc_mode", "recipe", "preset", "q")


@pytest.fixture
def report(project, gate, edit):
    """The report on three B-frames under a policy."""

    def call(policy=""):
        edit(project, H264, ('    encoder: str = "h264_nvenc"\n', EXTRA))
        if policy:
            (project.top / "policy.yml").write_text(policy)
        given = ("--policy", project.top / "policy.yml") if policy else ()
        return gate("check", "--repo", project.top, "--format", "json", *given)

    return call


def _cells(found):
    return {
        tuple(cell[name] for name in KEY): cell
        for change in found["changes"]
        for point in change["points"]
        for cell in point["cells"]
    }


def test_every_deciding_cell_is_exhibited_once_with_the_sources_that_it_counts(report):
    found = report().report
    shown = {tuple(exhibit[name] for name in KEY): exhibit for exhibit in found["exhibits"]}
    assert len(shown) == len(found["exhibits"])
    cells = {key: cell for key, cell in _cells(found).items() if cell["verdict"] != "unmeasured"}
    assert shown.keys() == cells.keys()
    for key, cell in cells.items():
        for detector in ("state", "nearest", "interpolated", "pooled"):
            count = cell if detector == "state" else cell[detector]
            states = [source[detector] for source in shown[key]["sources"]]
            assert (states.count("hit"), states.count("holds"), len(states)) == (count["hits"], count["holds"], 9)
    planes = {(plane["rc_mode"], plane["source"]) for plane in found["slices"]}
    assert planes == {(key[0], source["source"]) for key in cells for source in shown[key]["sources"]}
    rungs = [rung for plane in found["slices"] for rung in plane["rungs"]]
    assert {rung["recipe"] for rung in rungs} >= {"bare", "bf3"}
    assert all(rung["on_hull"] for rung in rungs if rung["recipe"] not in {"bare", "bf3"})


@pytest.mark.parametrize("detector", ["nearest", "interpolated", "both", "filled", "pooled"])
def test_the_detector_is_the_policys_choice(report, detector):
    ended = report(f"detector: {detector}\npublished_patterns: false\n")
    found = ended.report
    assert found["policy"]["detector"] == detector
    assert ended.status == (
        detector != "pooled"
    )  # the sample was drawn for nearest: of a ladder that is thinned none is taken
    for cell in _cells(found).values():
        assert cell["detector"] == detector
        if cell["verdict"] == "unmeasured":
            continue
        if detector in ("nearest", "interpolated", "pooled"):
            assert (cell["hits"], cell["holds"]) == (cell[detector]["hits"], cell[detector]["holds"])
        elif detector == "both":
            assert cell["hits"] <= min(cell["nearest"]["hits"], cell["interpolated"]["hits"])
        else:
            assert cell["hits"] >= cell["nearest"]["hits"]
