"""The use cases behind `gate sweep`: count and estimate a plan, measure it. Values in, words out."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from gate.documents import share
from gate.encoders import RateControlMode
from gate.errors import UsageError, one_line
from gate.evidence.measure import encode, ffmpeg
from gate.evidence.measure.designs import Chosen, design_of
from gate.evidence.measure.estimate import Pace, calibrate, mean_times, typical
from gate.evidence.measure.local import LocalExecutor, cores
from gate.evidence.measure.model import Clips, Encode, Outcome, Tools
from gate.evidence.measure.plan import Plan, RowKey, plan_of
from gate.evidence.measure.processes import Processes
from gate.evidence.measure.progress import duration
from gate.evidence.measure.rows import Row, tools_of
from gate.evidence.measure.run import Executor, Run, Told, check_evidence, forget_stale, in_order, without_effect
from gate.evidence.measure.sources import decode, usual_rates
from gate.evidence.measure.spec import BARE, LoadedSpec, Spec, read_spec
from gate.evidence.measure.store import (
    FAILURES,
    MANIFEST,
    SPEC,
    SWEEP,
    Store,
    manifest_of,
    manifest_text,
    open_store,
    read_rows,
)
from gate.evidence.sample.manifest import find_manifest
from gate.evidence.sweep.cells import threshold

Progress = Callable[[bool], AbstractContextManager[Told]]  # given whether what is ahead may turn out to be more
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be measured, and with what. `jobs` 0: as many as the cores have threads for."""

    spec: Path
    ffmpeg: Path | None = None
    design: str = "full"
    structural: str = "7/9"
    jobs: int = 0
    device: str = ""
    driver: str = ""
    scheduler: str = ""  # of a Dask cluster; empty: this machine measures


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """What an executor works with: clips by source, tools, a folder for temporary files, encodes at a time.

    `threads` is how many each encode takes.
    """

    clips: Clips
    tools: Tools
    folder: Path
    jobs: int
    threads: int = 1
    programs: Processes = field(default_factory=Processes)  # what runs for encodes here

    def measure(self, asked: Encode) -> Outcome:
        """One encode, made and scored here."""
        clip = self.clips[asked.source]
        return encode.measure(asked, clip, self.tools, self.folder, programs=self.programs)


def on_this_machine(bench: Machinery) -> Executor:
    """The executor of this machine."""
    return LocalExecutor(bench.measure, bench.jobs)


def on_cluster(address: str) -> Callable[[Machinery], Executor]:
    """The executor of a Dask cluster. UsageError where `distributed` isn't installed, or for what is no address."""
    try:
        from gate.evidence.measure.cluster import ClusterExecutor, check_address  # noqa: PLC0415  heavy; only a cluster needs it
        from gate.evidence.measure.worker import Settings  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        fix = "pip install codec-gate[cluster]"
        raise UsageError(f"{error.name} isn't installed", where="--scheduler", fix=fix) from None
    check_address(address)
    return lambda bench: ClusterExecutor(address, Settings(clips=bench.clips, tools=bench.tools, threads=bench.threads))


def measure(
    asked: Asked,
    output: Path,
    *,
    limit: int | None,
    retry_failed: bool,
    progress: Progress,
    said: Callable[[str], None],
) -> tuple[str, bool]:
    """Measure what a spec asks for into the folder `output`: words, and whether nothing failed.

    Raises: UsageError for what can't be measured or written; GateError for what stopped the run, or interrupted it.
    """
    executor = on_cluster(asked.scheduler) if asked.scheduler else on_this_machine
    loaded = _read(asked.spec)
    hits = _threshold(asked, loaded.spec)
    _chosen(asked, loaded, _outline(loaded), hits)  # what is wrong with it is said before anything is decoded
    tools = _tools(asked, loaded.spec)
    with open_store(output) as store:
        clips = decode(loaded, tools, store.clips)
        plan = plan_of(loaded.spec, {name: clip.frame_rate for name, clip in clips.items()}, where=str(loaded.path))
        chosen = _chosen(asked, loaded, plan, hits)
        keys = {place: encode.key(each, clips[place.source], tools) for place, each in plan.encodes.items()}
        check_evidence(store, plan, keys, tools_of(tools))
        if retry_failed:
            store.failures.clear()
        stale = forget_stale(store, keys)
        old = [f"{stale:,} failures were of another measurement; those encodes are made again"] if stale else []
        for line in (*store.said, *old, chosen.words):
            said(one_line(line))
        _describe(store, loaded, tools, chosen, made=0, whole=False)
        bench = Machinery(
            clips=clips, tools=tools, folder=store.encodes, jobs=_jobs(asked, loaded.spec), threads=loaded.spec.threads
        )
        with progress(chosen.least != chosen.most) as told:
            run = Run(
                plan=plan,
                keys=keys,
                course=chosen.course,
                store=store,
                tools=tools,
                executor=executor(bench),
                told=told,
                limit=limit,
                end=bench.programs.end,
            )
            run.go()
        return _ended(run, chosen, loaded)


def _ended(run: Run, chosen: Chosen, loaded: LoadedSpec) -> tuple[str, bool]:
    """What a run came to. One that its limit ended leaves the rows as they came, for the next to go on with."""
    store = run.store
    ahead = len(run.course.wanted(store, ()))
    if not ahead:
        in_order(store, run.plan)
        store.sweep_up()
    _describe(store, loaded, run.tools, chosen, made=run.made, whole=not ahead)
    lines = [f"{store.folder / SWEEP}: {len(store.rows):,} rows of {len(run.plan.encodes):,}, {run.made:,} made now"]
    lines += _no_effect(store)
    if ahead:
        lines.append(f"at least {ahead:,} encodes are still to be made; the same command goes on with them")
    lines += _failures(store)
    return _text(lines), not store.failures


def _text(lines: Iterable[str]) -> str:
    """Titles, names and an encoder's words are data: none of them makes a line, or speaks to a terminal."""
    return "".join(f"{one_line(line)}\n" for line in lines)


def _no_effect(store: Store) -> list[str]:
    return [
        f"no effect: recipe {recipe} of {codec} gives the bare encoder's stream wherever both were measured"
        for codec, recipe in without_effect(store.rows.values())
    ]


def _failures(store: Store) -> list[str]:
    if not store.failures:
        return []
    reasons = [f"  {place}: {failed.reason}" for place, failed in list(store.failures.items())[:_SHOWN]]
    count = len(store.failures)
    return [f"{count:,} encode{'s' if count > 1 else ''} failed, see {store.folder / FAILURES}", *reasons]


def _describe(store: Store, loaded: LoadedSpec, tools: Tools, chosen: Chosen, *, made: int, whole: bool) -> None:
    """Write the manifest and the spec beside the rows. The day is that on which the last row was made."""
    before = find_manifest(store.folder / SWEEP)
    today = dt.datetime.now(dt.UTC).date()
    day = before.measured_on if before and before.measured_on and not made else today
    notes = (f"design {chosen.words}", *_no_effect(store))
    lacks = tuple(_lacks(store, chosen, whole))
    manifest = manifest_of(loaded.spec, tools, measured_on=day, notes=notes, lacks=lacks)
    store.write(MANIFEST, manifest_text(manifest))
    store.write(SPEC, loaded.contents)


def _lacks(store: Store, chosen: Chosen, whole: bool) -> Iterable[str]:
    """What a sample of these rows can't know of, though the spec asks for it."""
    if not whole:
        yield "unfinished: the run that would have made the rest did not come to its end"
    if store.failures:
        recipes = sorted({f"{place.codec} {place.recipe}" for place in store.failures})
        more = f" and {len(recipes) - _SHOWN} more" if len(recipes) > _SHOWN else ""
        count = len(store.failures)
        yield f"{count:,} encode{'s' if count > 1 else ''} failed: of {', '.join(recipes[:_SHOWN])}{more}"
    if chosen.miss_bound or chosen.name.startswith("budget"):
        yield f"measured by {chosen.words}"


def plan(asked: Asked, rows: Path | None) -> str:
    """What measuring a spec takes, in encodes and in time; `rows` is a sweep so far, a folder or a file, or None.

    Raises: UsageError for what can't be measured; SweepError for rows that no run wrote.
    """
    loaded = _read(asked.spec)
    spec = loaded.spec
    hits = _threshold(asked, spec)
    made = _outline(loaded)
    chosen = _chosen(asked, loaded, made, hits)
    known = _rows_so_far(rows, made)
    lines = [
        f"{loaded.path}: {spec.title or 'a sweep'}",
        f"{len(spec.sources)} sources, structural from {hits} of them",
        *_table(spec, made),
        chosen.words,
        f"encodes  {_between(f'{chosen.least:,}', f'{chosen.most:,}')}",
    ]
    if known:
        lines.append(f"on disk  {len(known):,} of them")
    lines.append(f"time     {_time(asked, loaded, made, chosen, known)}")
    return _text(lines)


def _table(spec: Spec, plan: Plan) -> list[str]:
    """The grid, a line per codec."""
    lines = []
    for name, codec in spec.codecs.items():
        qualities = ", ".join(f"{len(found)} {label}" for label, found in codec.rc_modes.items())
        count = sum(place.codec == name for place in plan.encodes)
        recipes = sum(recipe != BARE for recipe in codec.recipes)
        lines.append(
            f"  {name}: recipes {recipes} and bare, presets {len(codec.presets)}, qualities {qualities}: "
            f"{count:,} encodes in full"
        )
    return [*lines, f"  together {len(plan.encodes):,} encodes in full"]


def _rows_so_far(rows: Path | None, plan: Plan) -> dict[RowKey, Row]:
    if rows is None:
        return {}
    path = rows / SWEEP if rows.is_dir() else rows
    if not path.is_file():
        raise UsageError("there are no rows", where=str(path), fix="give the folder of `gate sweep run`")
    return {place: row for place, row in read_rows(path).items() if place in plan.encodes}


def _time(asked: Asked, loaded: LoadedSpec, plan: Plan, chosen: Chosen, known: dict[RowKey, Row]) -> str:
    """How long it takes from here on, and what says so."""
    try:
        pace, count = _calibrated(asked, loaded)
    except UsageError as error:
        return f"not estimated: {error}"
    source = f"calibrated by {count} encodes of {loaded.spec.sources[0]}"
    if known:
        pace = Pace(
            encode_ms=mean_times((place, row.encode_time_ms) for place, row in known.items()), beside_ms=pace.beside_ms
        )
        source = f"from the encode times of these rows; scoring {source}"
    jobs = _jobs(asked, loaded.spec)
    least, most = (pace.seconds(plan, max(0, count - len(known)), jobs) for count in (chosen.least, chosen.most))
    return f"about {_between(duration(least), duration(most))}, {jobs} at a time; {source}"


def _calibrated(asked: Asked, loaded: LoadedSpec) -> tuple[Pace, int]:
    tools = _tools(asked, loaded.spec)
    first = loaded.spec.corpus.sources[:1]
    with tempfile.TemporaryDirectory(prefix="gate-sweep-") as folder:
        clips = decode(loaded, tools, Path(folder), first)
        rates = usual_rates(loaded.spec.corpus) | {name: clip.frame_rate for name, clip in clips.items()}
        encodes = list(typical(plan_of(loaded.spec, rates, where=str(loaded.path)), first[0].label))
        bench = Machinery(clips=clips, tools=tools, folder=Path(folder), jobs=1)
        return calibrate(encodes, bench.measure), len(encodes)


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def _read(path: Path) -> LoadedSpec:
    """The spec at `path`, with rate controls that the gate knows."""
    loaded = read_spec(path)
    for name, codec in loaded.spec.codecs.items():
        for label, modes in codec.means.items():
            for mode in modes:
                if mode not in set(RateControlMode) - {RateControlMode.UNKNOWN}:
                    known = ", ".join(each for each in RateControlMode if each)
                    where = f"{path}: codecs.{name}.means.{label}"
                    raise UsageError(f"no rate control {mode!r}", where=where, fix=f"one of {known}")
    return loaded


def _outline(loaded: LoadedSpec) -> Plan:
    """The plan as far as it can be told without its sources."""
    return plan_of(loaded.spec, usual_rates(loaded.spec.corpus), where=str(loaded.path))


def _threshold(asked: Asked, spec: Spec) -> int:
    return threshold(len(spec.sources), share(asked.structural, "--structural"))


def _chosen(asked: Asked, loaded: LoadedSpec, plan: Plan, hits: int) -> Chosen:
    return design_of(asked.design, plan, threshold=hits, seed=loaded.spec.seed)


def _tools(asked: Asked, spec: Spec) -> Tools:
    path = ffmpeg.find(asked.ffmpeg)
    found = ffmpeg.tools(
        path, model=spec.vmaf.model, pooling=spec.vmaf.pooling, device=asked.device, driver=asked.driver
    )
    if not asked.scheduler:  # on a cluster each worker tries its own: this machine may have no such device
        ffmpeg.require_encoders(path, spec.codecs)
    return found


def _jobs(asked: Asked, spec: Spec) -> int:
    """Encodes at a time: threads times jobs is what the cores take."""
    return asked.jobs or max(1, cores() // spec.threads)
