"""The bundled corpus: nine sources, all different, the same on every run and at every size."""

from itertools import pairwise

import pytest

from gate.evidence.measure import ffmpeg
from gate.evidence.measure.sources import prepare
from gate.evidence.measure.spec import Corpus, Source
from gate.evidence.measure.synthetic import SYNTHETIC

SOURCES = tuple(Source(synthetic=name) for name in SYNTHETIC)


@pytest.fixture(scope="module")
def tools():
    return ffmpeg.tools(ffmpeg.find(None), model="vmaf_v0.6.1", pooling="mean")


def made(tools, folder, size="128x72", rate="25/1", frames=4):
    corpus = Corpus(sources=SOURCES, frames=frames, size=size, frame_rate=rate)
    return prepare(corpus, tools, folder, base=folder)


@pytest.fixture(scope="module")
def corpus(tools, tmp_path_factory):
    return made(tools, tmp_path_factory.mktemp("corpus"))


def test_nine_of_them_and_all_different(corpus):
    assert len({clip.digest for clip in corpus.values()}) == 9


def test_the_same_in_two_makes(corpus, tools, tmp_path):
    assert {clip.digest for clip in made(tools, tmp_path).values()} == {clip.digest for clip in corpus.values()}


@pytest.mark.parametrize("name", SYNTHETIC)
def test_every_picture_is_another(name, corpus):
    pictures = corpus[name].path.read_bytes().split(b"FRAME\n")[1:]
    assert all(before != after for before, after in pairwise(pictures))


def test_other_sizes_and_rates(tools, tmp_path):
    clips = made(tools, tmp_path, size="96x160", rate="24000/1001", frames=1)
    assert {(clip.width, clip.height, clip.frame_rate) for clip in clips.values()} == {(96, 160, "24000/1001")}
