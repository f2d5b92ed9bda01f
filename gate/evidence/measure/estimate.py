"""How long a plan takes: encode times per codec and preset, and what scoring adds to each."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from gate.errors import UsageError
from gate.evidence.measure.model import Clips, Encode, Failure, Outcome, Row, RowKey
from gate.evidence.measure.plan import Plan, Stratum
from gate.evidence.measure.spec import BARE

Grade = tuple[str, str]  # (codec, preset): what encode time hangs on most
Times = Mapping[Grade, float]
Sizes = Mapping[str, float]  # source -> megapixels of all its pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Mean time in ms for a million pixels: of encoding per (codec, preset), and of all that an encode takes beside.

    That is scoring, and starting programs.
    """

    encode_ms: Times
    beside_ms: float

    def seconds(self, plan: Plan, sizes: Sizes, encodes: int, jobs: int) -> float:
        """The wall time of so many encodes of a plan, taken evenly from all of it, `jobs` at a time."""
        total = sum(self._of(place.codec, place.preset) * sizes[place.source] for place in plan.encodes)
        return total / max(1, len(plan.encodes)) * encodes / jobs / 1000

    def _of(self, codec: str, preset: str) -> float:
        """What is unknown of one preset is taken from the codec's others; of one codec, from all."""
        known = self.encode_ms.get((codec, preset))
        if known is None:
            alike = [ms for (name, _), ms in self.encode_ms.items() if name == codec] or list(self.encode_ms.values())
            known = _mean(alike)
        return known + self.beside_ms


def sizes_of(clips: Clips) -> Sizes:
    """How much each clip holds."""
    return {name: clip.width * clip.height * clip.frames / 1e6 for name, clip in clips.items()}


def mean_times(encode_times: Iterable[tuple[RowKey, float]], sizes: Sizes) -> Times:
    """Mean encode time in ms for a million pixels, per (codec, preset)."""
    times: dict[Grade, list[float]] = defaultdict(list)
    for place, encode_ms in encode_times:
        times[place.codec, place.preset].append(encode_ms / sizes[place.source])
    return {grade: _mean(found) for grade, found in times.items()}


def calibrate(encodes: Iterable[Encode], measure: Callable[[Encode], Outcome], sizes: Sizes) -> Pace:
    """The pace of a few encodes, made here and now, one after the other. UsageError where one fails."""
    made: list[tuple[Row, float]] = []
    for encode in encodes:
        begun = time.monotonic()
        outcome = measure(encode)
        if isinstance(outcome, Failure):
            what = f"a bare encode failed, {encode.codec} at preset {encode.preset}: {outcome.reason}"
            raise UsageError(what, fix="see its words with `gate sweep run --limit 1`")
        made.append((outcome, 1000 * (time.monotonic() - begun)))
    times = mean_times(((row.place, row.encode_time_ms) for row, _ in made), sizes)
    beside = [(wall_ms - row.encode_time_ms) / sizes[row.place.source] for row, wall_ms in made]
    return Pace(encode_ms=times, beside_ms=_mean(beside))


def typical(plan: Plan) -> Iterator[Encode]:
    """Two bare encodes per codec and preset: the first quality of its first rate control, the last of its last.

    Each is of another source than the one before, so that no clip's own pace is taken for all of them.
    """
    strata: dict[str, list[Stratum]] = defaultdict(list)
    for stratum in plan.strata:
        strata[stratum.codec].append(stratum)
    turn = 0
    for codec, found in strata.items():
        for preset in dict.fromkeys(preset for preset, _ in found[0].rungs):
            for stratum, end in ((found[0], 0), (found[-1], -1)):
                q = [q for own, q in stratum.rungs if own == preset][end]
                source = plan.sources[turn % len(plan.sources)]
                turn += 1
                yield plan.encodes[RowKey(source, codec, stratum.rc_mode, BARE, preset, q)]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
