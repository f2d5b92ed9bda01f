"""Plans: every row of the grid once, in the order of a finished sweep, with the arguments that the tables give."""

from __future__ import annotations

import pytest
import yaml

from gate.encoders import write
from gate.errors import UsageError
from gate.evidence.measure.model import RowKey
from gate.evidence.measure.plan import plan_of, written_once
from gate.evidence.measure.spec import read_spec
from tests.evidence.measure.grids import grid, spec_text


def test_the_order_is_codec_rate_control_source_recipe_preset_quality(tmp_path):
    plan = grid(tmp_path, 2, 1, qualities=2)
    assert list(plan.encodes)[:6] == [
        RowKey("s0", "libx264", "crf", "bare", "fast", "20"),
        RowKey("s0", "libx264", "crf", "bare", "fast", "21"),
        RowKey("s0", "libx264", "crf", "bare", "medium", "20"),
        RowKey("s0", "libx264", "crf", "bare", "medium", "21"),
        RowKey("s0", "libx264", "crf", "r0", "fast", "20"),
        RowKey("s0", "libx264", "crf", "r0", "fast", "21"),
    ]
    assert len(plan.encodes) == 2 * 2 * 2 * 2 * 2
    assert all(encode.place == place for place, encode in plan.encodes.items())


def test_strata_and_encodes_make_up_the_same_grid(tmp_path):
    plan = grid(tmp_path, 3, 2)
    places = [
        place
        for stratum in plan.strata
        for source in plan.sources
        for place in (*stratum.ladder(source), *(stratum.place(cell, source) for cell in range(len(stratum.cells))))
    ]
    assert places == list(plan.encodes)


def test_each_encode_is_the_command_of_its_row(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(spec_text(tmp_path))
    spec = read_spec(path).spec
    for encode in plan_of(spec, where="").encodes.values():
        expected = write.passes(
            encode.place.codec,
            encode.place.rc_mode,
            encode.place.preset,
            encode.place.q,
            encode.knobs,
            threads=spec.threads,
        )
        assert encode.passes == expected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"codecs": {"libx262": {"presets": ["a"], "rc_modes": {"crf": [1]}}}}, "libx262"),
        ({"codecs": {"libx264": {"presets": ["faster-still"], "rc_modes": {"crf": [1]}}}}, "faster-still"),
        ({"codecs": {"libx264": {"presets": ["fast"], "rc_modes": {"la-icq": [1]}}}}, "la-icq"),
        ({"codecs": {"libx264": {"presets": ["fast"], "rc_modes": {"crf": ["fine"]}}}}, "fine"),
        (
            {"codecs": {"libx264": {"presets": ["fast"], "rc_modes": {"crf": [1]}, "recipes": {"a": {"crf": 2}}}}},
            "crf",
        ),
    ],
)
def test_what_no_table_knows_names_file_and_place(tmp_path, changes, said):
    path = tmp_path / "spec.yaml"
    path.write_text(spec_text(tmp_path, **changes))
    spec = read_spec(path).spec
    with pytest.raises(UsageError, match=said) as caught:
        plan_of(spec, where=str(path))
    assert caught.value.where.startswith(f"{path}: codecs.{next(iter(yaml.safe_load(path.read_text())['codecs']))} (")


@pytest.mark.parametrize(
    ("codec", "one", "other", "same"),
    [
        ("libx264", {"aq-mode": "3"}, {"x264-params": "aq-mode=3"}, True),
        ("libx264", {"aq-mode": "3", "bf": "8"}, {"x264-params": "bframes=8:aq-mode=3"}, True),
        ("libx265", {"rc-lookahead": "40"}, {"x265-params": "rc-lookahead=40"}, True),
        ("libsvtav1", {"enable-qm": "1"}, {"svtav1-params": "enable-qm=1"}, True),
        ("libx264", {"aq-mode": "3"}, {"x264-params": "aq-mode=2"}, False),
        ("libx264", {"aq-mode": "3"}, {"x264-params": "aq-mode=3:bframes=8"}, False),
        ("libx264", {"aq-mode": "3"}, {"aq-mode": "3", "pix_fmt": "yuv420p10le"}, False),  # other pictures
        ("libx264", {}, {"x264-params": "threads=2"}, False),  # never taken for bare
    ],
)
def test_recipes_that_come_to_one_command_are_written_once(codec, one, other, same):
    knobs = {name: tuple(sorted(found.items())) for name, found in (("one", one), ("other", other))}
    written = written_once(codec, {"bare": (), **knobs})
    assert (written["one"] == written["other"]) is same
    assert written["one"] == knobs["one"]
    assert written["bare"] == ()
