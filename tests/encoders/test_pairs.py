"""Pairs of argvs that real FFmpeg 9.0.2 encoded, thread for thread: `pairs.jsonl`, one per line.

Each is [encoder, a, b, one bitstream?, how it should read, what it is about].
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from gate.encoders import read_point
from gate.model import Emission, Location, Point, Token

PAIRS = [json.loads(line) for line in Path(__file__).with_name("pairs.jsonl").read_text().splitlines()]


def point(encoder: str, argv: str) -> Point:
    tokens = tuple(Token(text=text, origins=()) for text in ("-c:v", encoder, *shlex.split(argv)))
    found = read_point(Emission(preset="", argv=tokens, extra=()), encoder="", where=Location(path="", line=1))
    assert isinstance(found, Point), found
    return found


@pytest.mark.parametrize(("encoder", "a", "b", "same", "right", "kind"), PAIRS)
def test_argvs_are_one_point_only_where_ffmpeg_makes_one_stream_of_them(
    encoder: str, a: str, b: str, same: bool, right: str, kind: str
) -> None:
    one, other = point(encoder, a), point(encoder, b)
    equal = one.at == other.at
    assert right == "either" or equal == (right == "equal"), (one.at, other.at)
    assert not equal or same or (right == "either" and kind in {"neutral", "two settings", "picture"})
    if kind in {"dropped option", "dropped key", "bad value"}:
        assert one.notices or other.notices
