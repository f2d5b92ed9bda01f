"""The shipped measured sweep: measured again, row by row, and what a sequential run of its spec would have taken."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np

from benchmarks.floors import run_floor
from gate.errors import GateError, UsageError
from gate.evidence.measure import encode, ffmpeg
from gate.evidence.measure.designs import design_of
from gate.evidence.measure.model import Clips, Encode, Failure, Outcome, Row, RowKey, Tools
from gate.evidence.measure.plan import Plan, plan_of
from gate.evidence.measure.run import LocalExecutor, Run, cores, in_order
from gate.evidence.measure.schedule import states_of, units_of
from gate.evidence.measure.sources import decode
from gate.evidence.measure.spec import LoadedSpec, read_spec
from gate.evidence.measure.store import SWEEP, open_store
from gate.evidence.model import CellKey, CellVerdict, Detector
from gate.evidence.sweep.cells import Rule, find_cells, threshold
from gate.evidence.sweep.codecs import to_model
from gate.evidence.sweep.manifest import find_manifest
from gate.evidence.sweep.read import read_sweep

MEASURED = Path(__file__).parents[2] / "fixtures/measured"
TARGET = 1.3  # encodes of `exact`, beside the floor of any exact run

Score = tuple[float, float]  # bitrate in kbit/s, VMAF


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where the sweep is what it says it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=MEASURED, help="holds sweep.parquet or sweep.jsonl, and spec.yaml"
    )
    asked = parser.add_subparsers(required=True, dest="asked")
    again = asked.add_parser("rerun", help="measure random rows again")
    again.add_argument("count", type=int, nargs="?", default=50)
    again.add_argument("--seed", type=int, default=None, help="default: another one each time; it is printed")
    again.add_argument("--ffmpeg", type=Path, default=None)
    asked.add_parser("designs", help="what sequential runs of the spec take, and find")
    options = parser.parse_args(arguments)
    sweep = _sweep(options.folder)
    if options.asked == "designs":
        return max(designs(sweep, detector) for detector in (Detector.NEAREST, Detector.POOLED))
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    return rerun(sweep, options.count, seed, options.ffmpeg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A whole measured sweep: its file, its spec, the plan of that, and what was measured at each place."""

    path: Path
    loaded: LoadedSpec
    plan: Plan
    scores: Mapping[RowKey, Score]


def _sweep(folder: Path) -> Sweep:
    path = next((path for path in (folder / "sweep.parquet", folder / SWEEP) if path.exists()), None)
    if path is None:
        raise UsageError("there is no sweep.parquet or sweep.jsonl", where=str(folder))
    loaded = read_spec(folder / "spec.yaml")
    rows = read_sweep(path)
    labels = (rows.source, rows.codec, rows.rc_mode, rows.recipe, rows.preset, rows.q)
    places = (RowKey(*(label.of(row) for label in labels)) for row in range(len(rows)))
    scores = dict(zip(places, zip(rows.bitrate_kbps.tolist(), rows.vmaf.tolist(), strict=True), strict=True))
    plan = plan_of(loaded.spec, where=str(loaded.path))
    if len(scores) < len(rows) or scores.keys() - plan.encodes.keys():
        raise UsageError("holds rows that its spec doesn't ask for, or one twice", where=str(path))
    missing = len(plan.encodes) - len(scores)
    print(
        f"{path}: {len(scores):,} rows of {len(plan.encodes):,}"
        + (f"; {missing:,} failed, or weren't made" if missing else "")
    )
    return Sweep(path=path, loaded=loaded, plan=plan, scores=scores)


# --- the same encodes again ------------------------------------------------------------------------------------------


def rerun(sweep: Sweep, count: int, seed: int, program: Path | None) -> int:
    """Measure random rows again; 1 where one differs though the tools are the same."""
    vmaf = sweep.loaded.spec.vmaf
    tools = ffmpeg.tools(ffmpeg.find(program), model=vmaf.model, pooling=vmaf.pooling)
    same = _same_tools(sweep.path, tools)
    chosen = random.Random(seed).sample(sorted(sweep.scores), min(count, len(sweep.scores)))
    with tempfile.TemporaryDirectory(prefix="gate-rerun-") as folder:
        clips = decode(sweep.loaded, tools, Path(folder))
        outcomes = list(_measured([sweep.plan.encodes[place] for place in chosen], clips, tools, Path(folder)))
    differing = sum(_differs(sweep.scores[outcome.place], outcome) for outcome in outcomes)
    found = [(sweep.scores[each.place], each) for each in outcomes if isinstance(each, Row)]
    bitrate = max((abs(each.bitrate_kbps - before[0]) for before, each in found), default=0.0)
    vmaf_off = max((abs(each.vmaf_score - before[1]) for before, each in found), default=0.0)
    print(f"{len(outcomes)} random rows measured again (seed {seed}): {differing} differ; largest differences "
          f"{bitrate:g} kbit/s and {vmaf_off:g} VMAF")  # fmt: skip
    if not same and differing:
        print("the tools are others than those of the sweep, so differences prove nothing")
    return 1 if differing and same else 0


def _same_tools(path: Path, tools: Tools) -> bool:
    manifest = find_manifest(path)
    if manifest is None:
        raise UsageError("has no manifest beside it", where=str(path))
    known = {"ffmpeg": tools.ffmpeg_version, "libvmaf": tools.libvmaf_version}
    for name, version in known.items():
        print(f"{name:8} {version}; the sweep was measured with {manifest.tools.get(name)}")
    return all(manifest.tools.get(name) == version for name, version in known.items())


def _measured(encodes: Sequence[Encode], clips: Clips, tools: Tools, folder: Path) -> Iterator[Outcome]:
    def measure(asked: Encode) -> Outcome:
        return encode.measure(asked, clips[asked.place.source], tools, folder)

    with LocalExecutor(measure, cores()) as executor:
        for each in encodes:
            executor.submit("", each)
        left = len(encodes)
        while left:
            outcomes = executor.completed(1.0)
            left -= len(outcomes)
            yield from outcomes


def _differs(before: Score, outcome: Outcome) -> bool:
    """Whether an outcome isn't what was measured before; one that isn't is printed."""
    place = outcome.place
    if isinstance(outcome, Failure):
        print(f"  {place}: FAILED: {outcome.reason}")
        return True
    now = (outcome.bitrate_kbps, outcome.vmaf_score)
    if now == before:
        return False
    print(f"  {place}: {now[0] - before[0]:+g} kbit/s, {now[1] - before[1]:+g} VMAF: {before} is now {now}")
    return True


NO_TOOLS = Tools(ffmpeg=Path(), ffmpeg_version="", libvmaf_version="", model="", pooling="")

# --- what sequential runs take ---------------------------------------------------------------------------------------


def designs(sweep: Sweep, detector: Detector) -> int:
    """Run the spec under each design, the sweep standing in for FFmpeg; 1 where `exact` misses or takes too much."""
    print(f"by {detector}:")
    hits = threshold(len(sweep.plan.sources), Fraction("7/9"))
    with tempfile.TemporaryDirectory(prefix="gate-designs-") as folder:
        found = {name: _replayed(sweep, name, Rule(structural=hits, detector=detector), Path(folder) / str(index))
                 for index, name in enumerate(("full", "exact", "screen:2", "screen:1"))}  # fmt: skip
    floor = found["full"].floor
    print(f"{'floor':9} {floor:6,} encodes, of any run that misses nothing, known only in hindsight")
    whole = found["full"].structural
    for name, ended in found.items():
        missed, wrong = len(whole - ended.structural), len(ended.structural - whole)
        print(f"{name:9} {ended.encodes:6,} encodes, {ended.encodes / floor:.3f} × the floor; structural "
              f"{len(ended.structural)}, missed {missed}, wrong {wrong}; bound {ended.bound}")  # fmt: skip
    exact = found["exact"]
    print(f"exact takes {exact.encodes / floor:.3f} × its floor (target ≤ {TARGET}) and "
          f"{exact.encodes / found['full'].encodes:.1%} of the full run")  # fmt: skip
    return 0 if exact.structural == whole and exact.encodes <= TARGET * floor else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a run under one design came to."""

    encodes: int
    structural: frozenset[CellKey]
    floor: int  # of the rows that it has
    bound: str


@dataclass(slots=True)
class Replay:
    """An executor that answers from the sweep, in any order; what the sweep hasn't got fails again."""

    sweep: Sweep
    random: random.Random
    slots: int = 8
    waiting: list[tuple[str, Encode]] = field(default_factory=list)

    def submit(self, key: str, encode: Encode) -> None:
        self.waiting.append((key, encode))

    def completed(self, timeout: float) -> Sequence[Outcome]:
        if not self.waiting:
            return []
        key, asked = self.waiting.pop(self.random.randrange(len(self.waiting)))
        score = self.sweep.scores.get(asked.place)
        if score is None:
            return [Failure(key=key, place=asked.place, command=(), reason="failed in the sweep", words="")]
        return [Row(place=asked.place, key=key, bitrate_kbps=score[0], vmaf_score=score[1], encode_time_ms=1.0,
                    knobs=dict(asked.knobs), bitstream=key, settings_sha256=key, tools=NO_TOOLS.setup)]  # fmt: skip

    def stop(self) -> None:
        self.waiting.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _replayed(sweep: Sweep, design: str, rule: Rule, folder: Path) -> Ended:
    plan, hits = sweep.plan, int(rule.structural)
    chosen = design_of(design, plan, threshold=hits, seed=sweep.loaded.spec.seed, rule=rule)
    keys = {place: f"{number}" for number, place in enumerate(plan.encodes)}
    with open_store(folder) as store:
        run = Run(plan=plan, keys=keys, schedule=chosen.schedule, store=store,
                  executor=Replay(sweep, random.Random(1)), report=lambda progress: None)  # fmt: skip
        run.go()
        in_order(store, plan)
        floor = sum(
            run_floor(
                states_of(each, plan.sources, store, rule),
                np.full(len(plan.sources), len(each.rungs)),
                threshold=hits,
                encodes=np.array([len(unit) for unit in units_of(each, rule)]),
            )
            for each in plan.strata
            if each.cells
        )
    structural = _structural(folder / SWEEP, plan.sources, rule)
    return Ended(encodes=run.made, structural=structural, floor=floor, bound=str(chosen.miss_bound))


def _structural(path: Path, sources: tuple[str, ...], rule: Rule) -> frozenset[CellKey]:
    rows = read_sweep(path)
    cells = to_model(find_cells(rows, rule, sources=sources))
    return frozenset(key for key, cell in cells.items() if cell.verdict is CellVerdict.STRUCTURAL)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except GateError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
