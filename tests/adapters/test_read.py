"""Reading base after head: what is taken over from head is what reading base alone gives, whatever was mutated."""

from __future__ import annotations

import dataclasses
import importlib.util
import random
from pathlib import Path

import pytest

from gate.adapters.model import Defaults
from gate.adapters.vmaf_tune import read_vmaf_tune
from gate.errors import AdapterError

ROOT = Path(__file__).parents[2]
PACKAGE = {
    path.name: path.read_text()
    for path in sorted((ROOT / "fixtures/adapters/vmaf-tune-shape/codec_adapters").glob("*.py"))
}
SEEDS = range(50)


def _mutants():
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "tests/adapters/evaluator/mutants.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _sources(files):
    return {f"codec_adapters/{name}": text.encode() for name, text in files.items()}


def _read(files, known=None):
    try:
        found = read_vmaf_tune(_sources(files), known)
    except AdapterError as error:
        return str(error)
    return dataclasses.replace(found, files=_sources(files))


def _mixed(make, seed):
    """Two trees: a mutant and the package, sharing some of the mutant's files."""
    mutant = make(PACKAGE, seed)
    chance = random.Random(seed)
    shared = {name: text for name, text in mutant.items() if name in PACKAGE and chance.random() < 0.5}
    return {**PACKAGE, **shared}, mutant


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_taken_over_is_what_would_have_been_read(seed):
    for one, other in (_mixed(_mutants().mutant, seed), _mixed(_mutants().random_body, seed)):
        for base, head in ((one, other), (other, one), (PACKAGE, one), (other, PACKAGE)):
            known = _read(head)
            if isinstance(known, Defaults):
                assert _read(base, known) == _read(base)


def test_a_package_is_taken_over_whole_or_not_at_all():
    changed = {**PACKAGE, "h264_nvenc.py": PACKAGE["h264_nvenc.py"] + "\n# a comment\n"}
    known = _read(changed)
    found = _read(PACKAGE, known)
    assert not any(found.adapters[key] is known.adapters[key] for key in found.adapters)
    again = _read(PACKAGE, _read(PACKAGE))
    assert again == _read(PACKAGE)


PATCH = "from .h264_nvenc import H264NvencAdapter\nH264NvencAdapter.extra_params = lambda self: {}\n"


def test_a_patch_that_head_takes_away_is_seen():
    emitting = PACKAGE["h264_nvenc.py"] + "\n    def extra_params(self):\n        return ('-bf', '3')\n"
    init = PACKAGE["__init__.py"].replace("from .x264", "from . import patch\nfrom .x264")
    head = {**PACKAGE, "h264_nvenc.py": emitting, "__init__.py": init, "patch.py": "x = 1\n"}
    base = {**head, "patch.py": PATCH.format("()")}
    found = _read(base, _read(head)).adapters["h264_nvenc"]
    assert {emission.extra for emission in found.emissions} == {()}
    assert {len(emission.extra) for emission in _read(head).adapters["h264_nvenc"].emissions} == {2}


def test_a_package_that_head_takes_away_is_seen():
    other = PACKAGE["x264.py"].replace("return ()", "return ('-bf', '3')")
    base = {**PACKAGE, "x264/__init__.py": other}
    found = _read(base, _read(PACKAGE)).adapters["libx264"]
    assert {len(emission.extra) for emission in found.emissions} == {2}
    assert {len(emission.extra) for emission in _read(PACKAGE, _read(base)).adapters["libx264"].emissions} == {0}
