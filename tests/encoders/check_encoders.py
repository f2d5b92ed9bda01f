"""`make encoders`: pairs of generated argvs, as the gate reads them and as real FFmpeg encodes them."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations, islice
from pathlib import Path

from gate.encoders import read_point
from gate.model import Emission, Location, OperatingPoint, Token
from gate.model import Point as ReadPoint
from tests.encoders.generated import ALONE, defaults, subjects
from tests.encoders.streams import REFUSED, Encoders, find_ffmpeg

CACHE = Path(".cache/encoders")


def point(encoder: str, argv: str) -> OperatingPoint | None:
    """What the gate reads of an argv after `-c:v ENCODER`; None where it can't."""
    tokens = tuple(Token(text=text, origins=()) for text in ("-c:v", encoder, *shlex.split(argv)))
    found = read_point(Emission(preset="", argv=tokens, extra=()), encoder="", where=Location(path="", line=1))
    return found.at if isinstance(found, ReadPoint) else None


def main() -> int:
    """0 where no pair that the gate reads as equal encodes differently, and it reads all that FFmpeg takes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--encoder", action="append", choices=ALONE, help="only these")
    options.add_argument("--share", type=int, default=1, help="every so-many-th subject only")
    options.add_argument("--show", action="store_true", help="print the false changes also")
    asked = options.parse_args()
    ffmpeg = Encoders(find_ffmpeg(), CACHE)
    total: Counter[str] = Counter()
    for encoder in asked.encoder or ALONE:
        found, false_changes = _check(encoder, ffmpeg, asked.share, show=asked.show)
        print(f"{encoder}: " + ", ".join(f"{found[name]} {name}" for name in _COLUMNS))
        for reason, count in false_changes.most_common():
            print(f"    false changes by {reason}: {count}")
        total += found
    ffmpeg.save()
    print(f"FFmpeg {ffmpeg.version}: " + ", ".join(f"{total[name]} {name}" for name in _COLUMNS))
    return 1 if total["missed"] or total["unreadable"] or total["wrong defaults"] else 0


_REPEATS = 12
_COLUMNS = (
    "pairs",
    "refused by FFmpeg",
    "missed",
    "unrepeatable",
    "false changes",
    "unreadable",
    "defaults",
    "wrong defaults",
    "encodes",
)


def _check(encoder: str, ffmpeg: Encoders, share: int, *, show: bool) -> tuple[Counter[str], Counter[str]]:
    found: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    by_point: dict[OperatingPoint, dict[str, str]] = defaultdict(dict)
    before = ffmpeg.encoded
    for what, argvs in islice(subjects(encoder), share // 2, None, share):
        read = {argv: point(encoder, argv) for argv in (f"{ALONE[encoder]} {argv}".strip() for argv in argvs)}
        streams = {argv: ffmpeg.stream(encoder, shlex.split(argv)) for argv in read}
        for argv, at in read.items():
            if streams[argv] != REFUSED:
                found["unreadable"] += at is None
                if at is None:
                    print(f"  unreadable: {encoder} {argv}")
                else:
                    by_point[at].setdefault(streams[argv], argv)
        for a, b in combinations(read, 2):
            if REFUSED in {streams[a], streams[b]}:
                found["refused by FFmpeg"] += 1
                continue
            found["pairs"] += 1
            if streams[a] == streams[b] and read[a] != read[b]:
                found["false changes"] += 1
                reasons[what.split()[0]] += 1
                if show:
                    print(f"  false change ({what}): {encoder}: {a!r} and {b!r}")
    for streams in by_point.values():
        if len(streams) > 1:
            missed = _repeatable(ffmpeg, encoder, tuple(streams.values()))
            found["missed" if missed else "unrepeatable"] += len(streams) - 1
            print(
                f"  {'MISSED' if missed else 'unrepeatable'}: {encoder}: " + " and ".join(map(repr, streams.values()))
            )
    for alone, given in islice(defaults(encoder), share // 2, None, share):
        streams = {argv: ffmpeg.stream(encoder, shlex.split(argv)) for argv in (alone, given)}
        if REFUSED in streams.values():
            continue
        found["defaults"] += 1
        if streams[alone] != streams[given] and _repeatable(ffmpeg, encoder, (alone, given)):
            found["wrong defaults"] += 1
            print(f"  WRONG DEFAULT: {encoder}: {given!r}")
    found["encodes"] = ffmpeg.encoded - before
    return found, reasons


def _repeatable(ffmpeg: Encoders, encoder: str, argvs: Sequence[str]) -> bool:
    """Whether each argv gives one stream however often it is encoded.

    x265 reads memory that it never wrote where `zones` isn't a list of zones: one argv, two streams.
    """
    return all(ffmpeg.repeats(encoder, shlex.split(argv), _REPEATS) for argv in argvs)


if __name__ == "__main__":
    sys.exit(main())
