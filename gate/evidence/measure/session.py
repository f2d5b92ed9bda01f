"""`gate sweep`: a spec counted and estimated, or measured into a folder. Values in, words out."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from gate.encoders import RateControlMode
from gate.errors import UsageError, one_line
from gate.evidence.measure import encode, ffmpeg
from gate.evidence.measure.designs import Chosen, Pace, calibrate, design_of, mean_times, sizes_of, typical
from gate.evidence.measure.model import Clips, Encode, Outcome, Row, RowKey, Tools
from gate.evidence.measure.plan import Plan, plan_of
from gate.evidence.measure.processes import Processes
from gate.evidence.measure.progress import duration
from gate.evidence.measure.run import (
    Executor,
    LocalExecutor,
    Reporter,
    Run,
    check_evidence,
    cores,
    forget_stale,
    in_order,
    off_target,
    without_effect,
)
from gate.evidence.measure.sources import decode
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
from gate.evidence.sweep.cells import MIN_SOURCES, Rule, threshold
from gate.evidence.sweep.manifest import find_manifest
from gate.values import dataclass, replace

Progress = Callable[[bool], AbstractContextManager[Reporter]]  # given whether what is ahead may turn out to be more
_SHOWN = 5


def on_cluster(address: str) -> Callable[[Clips, Tools, int], Executor]:
    """The executor of a Dask cluster, given clips, tools and the threads of an encode.

    Raises: UsageError where `distributed` isn't installed, or for what is no address.
    """
    try:
        from gate.evidence.measure.cluster import ClusterExecutor, check_address  # noqa: PLC0415  heavy; only a cluster needs it
        from gate.evidence.measure.worker import Settings  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        fix = "pip install codec-gate[cluster]"
        raise UsageError(f"{error.name} isn't installed", where="--scheduler", fix=fix) from None
    check_address(address)
    return lambda clips, tools, threads: ClusterExecutor(address, Settings(clips=clips, tools=tools, threads=threads))


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A spec, and how it is measured: what `gate sweep plan` and `gate sweep run` have in common.

    `rule` is what a design judges the rows by on the way. `jobs` are the encodes at a
    time; 0: as many as the cores have threads for. `ffmpeg` None is imageio-ffmpeg's. `scheduler` is the address of a
    Dask cluster; empty: this machine measures.
    """

    loaded: LoadedSpec
    rule: Rule
    design: str = "full"
    jobs: int = 0
    ffmpeg: Path | None = None
    device: str = ""  # what encodes, for the rows
    driver: str = ""
    scheduler: str = ""

    def measure(
        self,
        output: Path,
        *,
        progress: Progress,
        warn: Callable[[str], None],
        limit: int | None = None,
        retry_failed: bool = False,
    ) -> tuple[str, bool]:
        """Measure what the spec asks for into the folder `output`: words, and whether nothing failed.

        Raises: UsageError for what can't be measured or written; GateError for what stopped the run, or interrupted it.
        """
        loaded = self.loaded
        elsewhere = on_cluster(self.scheduler) if self.scheduler else None
        plan = _plan(loaded)  # what is wrong with it is said before anything is decoded
        chosen = self._chosen(plan)
        tools = self._tools()
        with open_store(output) as store:
            clips = decode(loaded, tools, store.clips)
            keys = {place: encode.key(each, clips[place.source], tools) for place, each in plan.encodes.items()}
            check_evidence(store, keys, tools)
            if retry_failed:
                store.failures.clear()
            stale = forget_stale(store, keys)
            old = [f"{stale:,} failures were of another measurement; those encodes are made again"] if stale else []
            for line in (*store.notes, *old, chosen.words):
                warn(one_line(line))
            _describe(store, loaded, tools, clips, chosen, made=0, whole=False)
            programs = Processes()
            executor = (
                elsewhere(clips, tools, loaded.spec.threads)
                if elsewhere
                else LocalExecutor(_measuring(clips, tools, store.encodes, programs), self._jobs)
            )
            with progress(chosen.least != chosen.most) as report:
                run = Run(
                    plan=plan,
                    keys=keys,
                    schedule=chosen.schedule,
                    store=store,
                    executor=executor,
                    report=report,
                    limit=limit,
                    end=programs.end,
                )
                run.go()
            return _ended(run, chosen, loaded, tools, clips)

    def plan(self, rows: Path | None = None) -> str:
        """What measuring the spec takes, in encodes and in time; `rows` is a sweep so far, a folder or a file.

        Raises: UsageError for what can't be measured; SweepError for rows that no run wrote.
        """
        loaded, plan = self.loaded, _plan(self.loaded)
        chosen = self._chosen(plan)
        known = _rows_so_far(rows, plan)
        estimate = self._time(plan, chosen, known)
        lines = [
            f"{loaded.path}: {loaded.spec.title or 'a sweep'}",
            f"{_sources(len(loaded.spec.sources))}, structural from {self._hits} of them",
            *_table(loaded.spec, plan),
            chosen.words,
            f"encodes  {_between(f'{chosen.least:,}', f'{chosen.most:,}')}",
        ]
        if known:
            lines.append(f"on disk  {len(known):,} of them")
        return _text([*lines, f"time     {estimate}"])

    def _time(self, plan: Plan, chosen: Chosen, known: dict[RowKey, Row]) -> str:
        """How long it takes from here on, and what says so. What `measure` would refuse is refused here, too."""
        loaded, tools = self.loaded, self._tools()
        with tempfile.TemporaryDirectory(prefix="gate-sweep-") as folder:
            clips = decode(loaded, tools, Path(folder))
            sizes = sizes_of(clips)
            encodes = list(typical(plan))
            pace = calibrate(encodes, _measuring(clips, tools, Path(folder), Processes()), sizes)
        source = f"calibrated by {len(encodes)} encodes of {len({each.place.source for each in encodes})} sources"
        if known:
            times = mean_times(((place, row.encode_time_ms) for place, row in known.items()), sizes)
            pace = Pace(encode_ms=times, beside_ms=pace.beside_ms)
            source = f"from the encode times of these rows; scoring {source}"
        left = (max(0, count - len(known)) for count in (chosen.least, chosen.most))
        least, most = (duration(pace.seconds(plan, sizes, count, self._jobs)) for count in left)
        return f"about {_between(least, most)}, {self._jobs} at a time; {source}"

    @property
    def _hits(self) -> int:
        return threshold(len(self.loaded.spec.sources), self.rule.structural)

    @property
    def _jobs(self) -> int:
        """Encodes at a time: threads times jobs is what the cores take."""
        return self.jobs or max(1, cores() // self.loaded.spec.threads)

    def _chosen(self, plan: Plan) -> Chosen:
        return design_of(self.design, plan, threshold=self._hits, seed=self.loaded.spec.seed, rule=self.rule)

    def _tools(self) -> Tools:
        path, vmaf = ffmpeg.find(self.ffmpeg), self.loaded.spec.vmaf
        found = ffmpeg.tools(path, model=vmaf.model, pooling=vmaf.pooling, device=self.device, driver=self.driver)
        # On a cluster each worker tries its own: this machine may have no such device.
        libraries = ffmpeg.library_versions(path, self.loaded.spec.codecs, required=not self.scheduler)
        return replace(found, libraries=libraries)


def _measuring(clips: Clips, tools: Tools, folder: Path, programs: Processes) -> Callable[[Encode], Outcome]:
    """What makes and scores one encode on this machine, with temporary files in `folder`."""
    return lambda each: encode.measure(each, clips[each.place.source], tools, folder, programs=programs)


def _ended(run: Run, chosen: Chosen, loaded: LoadedSpec, tools: Tools, clips: Clips) -> tuple[str, bool]:
    """What a run came to. One that its limit ended leaves the rows as they came, for the next to go on with."""
    store = run.store
    ahead = len(run.schedule.ahead(store, ()))
    if not ahead:
        in_order(store, run.plan)
        store.sweep_up()
    _describe(store, loaded, tools, clips, chosen, made=run.made, whole=not ahead)
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


def _describe(
    store: Store, loaded: LoadedSpec, tools: Tools, clips: Clips, chosen: Chosen, *, made: int, whole: bool
) -> None:
    """Write the manifest and the spec beside the rows. The day is that on which the last row was made."""
    before = find_manifest(store.folder / SWEEP)
    today = dt.datetime.now(dt.UTC).date()
    day = before.measured_on if before and before.measured_on and not made else today
    notes = (f"design {chosen.words}", *_no_effect(store), *off_target(store.rows.values()))
    lacks = tuple(_lacks(store, chosen, whole))
    made_of = manifest_of(loaded.spec, tools, clips, measured_on=day, notes=notes, lacks=lacks)
    manifest = made_of.model_copy(update={"thinned": chosen.name != "full"})
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


def _sources(count: int) -> str:
    few = f" (too few: on fewer than {MIN_SOURCES} nothing is called structural)" if count < MIN_SOURCES else ""
    return f"{count} sources{few}"


def _between(least: str, most: str) -> str:
    return least if least == most else f"{least} to {most}"


def opened(path: Path) -> LoadedSpec:
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


def _plan(loaded: LoadedSpec) -> Plan:
    return plan_of(loaded.spec, where=str(loaded.path))
