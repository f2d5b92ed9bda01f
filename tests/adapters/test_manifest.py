"""The `manifest` reader: what it reads, the line of each word, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.adapters.manifest import read_manifest
from gate.errors import AdapterError

FIXTURES = Path(__file__).parents[2] / "fixtures" / "adapters" / "manifest"


def read(name: str, content: bytes) -> dict[str, list[str]]:
    """Adapter -> one line per preset."""
    adapters = read_manifest({name: content}).adapters
    return {
        key: [f"{e.preset}: {' '.join(t.text for t in (*e.argv, *e.extra))}" for e in adapter.emissions]
        for key, adapter in adapters.items()
    }


NVENC = [f"{preset}: -c:v h264_nvenc -preset {preset} -cq 23" for preset in ("p1", "p4", "p7")]


def test_the_yaml_example() -> None:
    path = FIXTURES / "encoder-defaults.yaml"
    assert read(path.name, path.read_bytes()) == {
        "h264-nvenc": NVENC,
        "av1-software": [
            "slow: -c:v libaom-av1 -crf 35 -cpu-used 2 -row-mt 1",
            "fast: -c:v libaom-av1 -crf 35 -cpu-used 6 -row-mt 1",
        ],
        "hevc-qsv": [
            "slow: -c:v hevc_qsv -preset slow -global_quality 24",
            "fast: -c:v hevc_qsv -preset fast -global_quality 24",
        ],
    }


@pytest.mark.parametrize("ending", ["json", "toml"])
def test_json_and_toml_say_the_same(ending: str) -> None:
    path = FIXTURES / f"encoder-defaults.{ending}"
    assert read(path.name, path.read_bytes()) == {"h264-nvenc": NVENC}


def test_each_word_has_its_line() -> None:
    path = FIXTURES / "encoder-defaults.yaml"
    adapters = read_manifest({path.name: path.read_bytes()}).adapters
    fast = adapters["av1-software"].emissions[1]
    lines = {token.text: token.origins[0].line for token in (*fast.argv, *fast.extra)}
    text = path.read_text().splitlines()
    assert text[lines["6"] - 1] == "        - 6"
    assert text[lines["-row-mt"] - 1] == "    extra: -row-mt 1"
    assert text[adapters["hevc-qsv"].where.line - 1] == "  - name: hevc-qsv"


BAD = {
    "an empty file": ("a.yaml", b"", "a.yaml:1: the file: input should be a valid dictionary"),
    "a missing key": ("a.yaml", b"adapters:\n- name: x\n", "a.yaml:2: adapters[0].encoder: is missing"),
    "an unknown key": (
        "a.yaml",
        b"adapters:\n- name: x\n  encoder: y\n  presets: [a]\n  colour: red\n",
        "a.yaml:5: adapters[0].colour: unknown key",
    ),
    "a preset that is a number of words": (
        "a.yaml",
        b"adapters:\n- name: x\n  encoder: y\n  presets:\n    a: 'x \"'\n",
        "a.yaml:5: adapters[0].presets.a: no closing quotation",
    ),
    "no presets": ("a.yaml", b"adapters:\n- {name: x, encoder: y, presets: []}\n", "a.yaml:2: adapters[0].presets"),
    "a word that is a list": (
        "a.yaml",
        b"adapters:\n- name: x\n  encoder: y\n  presets:\n    a:\n    - [b]\n",
        "a.yaml:6: adapters[0].presets.a[0]: input should be a valid string",
    ),
    "an alias": ("a.yaml", b"a: &x 1\nb: *x\n", "a.yaml:2: is not YAML: aliases are not supported"),
    "a key twice": ("a.yaml", b"a: 1\na: 2\n", "a.yaml:2: is not YAML: key 'a' is given twice"),
    "a tag that makes objects": ("a.yaml", b"adapters: !!python/object:os.system {}\n", "a.yaml:1: is not YAML"),
    "no YAML": ("a.yaml", b"- a\n b: [\n", "a.yaml:2: is not YAML"),
    "no JSON": ("a.json", b"{\n", "a.json:2: is not JSON"),
    "a JSON key twice": ("a.json", b'{"a": 1, "a": 2}', "a.json: is not JSON: a key is given twice in one object"),
    "no TOML": ("a.toml", b"a = 1\nb =\n", "a.toml:2: is not TOML"),
    "not UTF-8": ("a.yaml", b"a: 1\nb: \xff\n", "a.yaml:2: is not UTF-8"),
    "deep YAML": ("a.yaml", b"[" * 50_000, "a.yaml:1: is nested too deeply"),
    "deep JSON": ("a.json", b"[" * 50_000, "a.json:1: is nested too deeply"),
    "a huge file": ("a.yaml", b"#" * 1_000_001, "a.yaml: has 1000001 bytes, more than a document's 1000000"),
    "two adapters of one name": (
        "a.yaml",
        b"adapters:\n- {name: x, encoder: y, presets: [a]}\n- {name: x, encoder: y, presets: [a]}\n",
        "a.yaml:3: adapter 'x' is declared twice",
    ),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_manifest_is_one_error_with_its_line(name: str) -> None:
    path, content, wanted = BAD[name]
    with pytest.raises(AdapterError) as caught:
        read_manifest({path: content})
    assert str(caught.value).startswith(wanted)
    assert "\n" not in str(caught.value)
