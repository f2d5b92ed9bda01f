"""Specs: what they hold, and what a bad one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gate.errors import UsageError
from gate.evidence.measure.spec import read_spec, spec_schema

SPEC: dict[str, Any] = {
    "schema": "codec-gate.spec/1",
    "title": "A sweep",
    "corpus": {
        "frames": 10,
        "sources": [
            {"synthetic": "grain"},
            {"name": "crowd", "file": "clips/crowd.mkv", "sha256": "0" * 64},
            {"file": "raw/foreman.yuv", "raw": {"size": "352x288", "frame_rate": 30}},
        ],
    },
    "codecs": {
        "libx264": {
            "presets": ["fast", "medium"],
            "rc_modes": {"crf": [23, 28.0], "vbr": [1.5, "2"]},
            "means": {"crf": ["crf"]},
            "recipes": {"aq2": {"aq-mode": 2}, "psy": {"psy-rd": "1.0:0.15"}},
        }
    },
    "vmaf": {"model": "vmaf_v0.6.1", "pooling": "harmonic_mean"},
    "threads": 2,
    "seed": 7,
}
X264 = ("codecs", "libx264")


def _changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """A deep copy of SPEC with one value replaced; None takes the key out."""
    copy: dict[str, Any] = json.loads(json.dumps(SPEC))
    inner: Any = copy
    for part in path[:-1]:
        inner = inner[part]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copy


def _read(folder: Path, document: object):
    path = folder / "spec.yaml"
    path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
    return read_spec(path)


def test_numbers_are_the_labels_that_sweeps_have(tmp_path):
    spec = _read(tmp_path, SPEC).spec
    assert spec.codecs["libx264"].rc_modes == {"crf": ("23", "28"), "vbr": ("1.5", "2")}
    assert spec.codecs["libx264"].recipes["aq2"] == {"aq-mode": "2"}


def test_sources_are_called_what_they_are_made_of_unless_they_have_a_name(tmp_path):
    assert _read(tmp_path, SPEC).spec.sources == ("grain", "crowd", "foreman")


def test_what_was_read_is_kept_byte_by_byte(tmp_path):
    loaded = _read(tmp_path, SPEC)
    assert loaded.contents == (tmp_path / "spec.yaml").read_bytes()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("schema",), None, "schema: is missing"),
        (("schema",), "codec-gate.spec/2", "schema: "),
        (("codecz",), {}, "codecz: unknown key"),
        (("codecs",), {}, "codecs: "),
        (("corpus", "sources"), [], "corpus.sources: "),
        (("corpus", "sources", 0), {}, "corpus.sources[0]: a source is either `synthetic` or a `file`"),
        (("corpus", "sources", 0), {"synthetic": "grain", "file": "a"}, "either `synthetic` or a `file`"),
        (("corpus", "sources", 0), {"synthetic": "grain", "sha256": "0" * 64}, "`sha256` is for files"),
        (("corpus", "sources", 0), {"name": "crowd", "synthetic": "grain"}, "two sources are called 'crowd'"),
        (("corpus", "sources", 1, "sha256"), "abc", "corpus.sources[1].sha256: "),
        (("corpus", "sources", 2, "raw", "size"), "352", "corpus.sources[2].raw.size: "),
        (("corpus", "sources", 2, "raw", "frame_rate"), "fast", "corpus.sources[2].raw.frame_rate: "),
        (("corpus", "frames"), None, "corpus: say how much of each source is measured"),
        (("corpus", "frames"), 0, "corpus.frames: "),
        (("corpus", "seconds"), 2, "corpus: say how much of each source is measured"),
        ((*X264, "presets"), [], "codecs.libx264.presets: "),
        ((*X264, "presets"), ["fast", "fast"], "codecs.libx264: presets names fast twice"),
        ((*X264, "rc_modes"), {}, "codecs.libx264.rc_modes: "),
        ((*X264, "rc_modes", "crf"), [], "codecs.libx264: rc_modes.crf names no quality"),
        ((*X264, "rc_modes", "vbr"), ["2", "2.00"], "codecs.libx264: rc_modes.vbr names 2.0 twice"),
        ((*X264, "means"), {"cfr": ["crf"]}, "codecs.libx264: means.cfr: no such label under rc_modes"),
        ((*X264, "recipes", "aq2"), {}, "codecs.libx264: recipes.aq2 holds no knob"),
        ((*X264, "recipes", "bare"), {"aq-mode": 1}, "codecs.libx264: recipes.bare holds knobs"),
        ((*X264, "recipes", "twin"), {"aq-mode": "2"}, "codecs.libx264: recipes.twin is the same as recipes.aq2"),
        ((*X264, "recipes", "twin"), {"aq_mode": "2"}, "codecs.libx264: recipes.twin is the same as recipes.aq2"),
        ((*X264, "recipes", "aq2", "aq_mode"), 3, "codecs.libx264: recipes.aq2 names aq_mode twice"),
        ((*X264, "recipes", "aq2", "aq-mode"), "1\0", "codecs.libx264.recipes.aq2.aq-mode: holds a null character"),
        (("corpus", "sources", 1, "file"), "a\0b", "corpus.sources[1].file: holds a null character"),
        (("corpus", "sources", 0, "start"), 2, "corpus.sources[0]: `start` is for files"),
        (("corpus", "sources", 0, "licence"), "CC0", "corpus.sources[0]: `licence` is for files"),
        (("corpus", "sources", 1, "start"), -1, "corpus.sources[1].start: "),
        (("corpus", "sources", 1, "crop"), "8x8+1", "corpus.sources[1].crop: "),
        (("corpus", "sources", 1, "scale"), "480", "corpus.sources[1].scale: "),
        (("corpus", "sources", 1, "decimate"), 1, "corpus.sources[1].decimate: "),
        (("corpus", "sources", 1, "fps"), "24,scale=2", "corpus.sources[1].fps: "),
        (("corpus", "sources", 1, "pixel_format"), "yuv420p,negate", "corpus.sources[1].pixel_format: "),
        ((*X264, "recipes", "aq2", "aq-mode"), True, "codecs.libx264.recipes.aq2.aq-mode: true is not text"),
        (("vmaf", "pooling"), "median", "vmaf.pooling: "),
        (("threads",), 0, "threads: "),
    ],
)
def test_a_bad_spec_names_file_and_key(tmp_path, path, value, said):
    with pytest.raises(UsageError) as caught:
        _read(tmp_path, _changed(path, value))
    assert said in caught.value.what
    assert caught.value.where == str(tmp_path / "spec.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a spec is a mapping of keys"),
        ("- a\n", "a spec is a mapping of keys"),
        ("a: [\n", "is not YAML"),
        ("a: 1\na: 2\n", "key 'a' is given twice"),
    ],
)
def test_what_is_no_mapping_is_told_so(tmp_path, text, said):
    with pytest.raises(UsageError, match=said):
        _read(tmp_path, text)


def test_a_missing_file_is_told_so(tmp_path):
    with pytest.raises(UsageError, match="can't be read: No such file"):
        read_spec(tmp_path / "none.yaml")


def test_the_schema_takes_what_the_reader_takes():
    schema = spec_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(SPEC, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_changed(("codecz",), {}), schema)
