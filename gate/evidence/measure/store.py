"""A run's folder, locked and crash-safe: rows and failures as they come, and the manifest beside them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import yaml

from gate.documents import writable
from gate.encoders import write
from gate.errors import GateError, SweepError, UsageError
from gate.evidence.measure.model import Clips, Failure, Row, RowKey, Tools
from gate.evidence.measure.rows import line_of, raw_failure, raw_row, read_failure_line, read_row_line
from gate.evidence.measure.spec import BARE, Codec, Spec
from gate.evidence.model import Provenance
from gate.evidence.sweep.manifest import Clips as ClipSize
from gate.evidence.sweep.manifest import KnobSet, Setup, SweepManifest
from gate.values import dataclass, field

SWEEP: Final = "sweep.jsonl"
FAILURES: Final = "failures.jsonl"
MANIFEST: Final = "sweep.jsonl.manifest.yaml"
SPEC: Final = "spec.yaml"
CLIPS: Final = ".work-sources"
ENCODES: Final = ".work-encodes"
_STALE: Final = ".work-*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open folder. `rows` and `failures` hold what is on disk, and nothing that isn't."""

    folder: Path
    rows: dict[RowKey, Row]
    failures: dict[RowKey, Failure]
    notes: list[str] = field(default_factory=list)  # what was mended on opening, in words

    @property
    def clips(self) -> Path:
        """Where decoded sources lie; kept by a run that was broken off, removed by one that came to its end."""
        return self.folder / CLIPS

    @property
    def encodes(self) -> Path:
        """Where encodes in flight keep their files."""
        return self.folder / ENCODES

    def add(self, row: Row) -> None:
        """Put a row on disk. It stands in `rows` only once it is there."""
        _append(self.folder / SWEEP, line_of(raw_row(row)))
        self.rows[row.place] = row
        self.failures.pop(row.place, None)

    def fail(self, failed: Failure) -> None:
        """Put a failure on disk."""
        _append(self.folder / FAILURES, line_of(raw_failure(failed)))
        self.failures[failed.place] = failed

    def write(self, name: str, contents: bytes) -> None:
        """Replace a file of the folder as one step."""
        _replace(self.folder / name, contents)

    def settle(self, rows: Iterable[Row], failures: Iterable[Failure]) -> None:
        """Replace rows and failures by these, in this order: the last step of a run that has measured all."""
        self.write(SWEEP, b"".join(line_of(raw_row(row)) for row in rows))
        failed = b"".join(line_of(raw_failure(each)) for each in failures)
        if failed:
            self.write(FAILURES, failed)
        else:
            (self.folder / FAILURES).unlink(missing_ok=True)

    def sweep_up(self) -> None:
        """Remove every temporary file."""
        for path in self.folder.glob(_STALE):
            _remove(path)


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """The store in `folder`, made where there is none, locked until it is left.

    A torn last line, which a killed run leaves behind, is cut off; files of its encodes in flight are removed.

    Raises: UsageError where it can't be written or another run is in it; SweepError for a line that no run wrote.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't be made: {error.strerror}", where=str(folder), fix="give another folder") from None
    with _locked(folder):
        notes = [note for name in (SWEEP, FAILURES) if (note := _mend(folder / name))]
        rows = read_rows(folder / SWEEP)
        read = (read_failure_line(line, where) for line, where in _lines(folder / FAILURES))
        failures = {failed.place: failed for failed in read if failed.place not in rows}  # of two, the last one counts
        store = Store(folder=folder, rows=rows, failures=failures, notes=notes)
        _clear(store)
        try:
            yield store
        finally:
            _remove(store.encodes)


def _clear(store: Store) -> None:
    """Away with what a killed run was at; a new folder for what this one is at."""
    try:
        for path in store.folder.glob(_STALE):
            if path.name != CLIPS:
                _remove(path)
        store.encodes.mkdir()
    except OSError as error:
        what = f"can't be written to: {error.strerror or error}"
        raise UsageError(what, where=str(store.folder), fix="make it writable, or give another folder") from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The folder itself is locked, so that no lock file is left behind, whatever happens."""
    import fcntl  # noqa: PLC0415  not on every system; only where a sweep is measured

    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(folder), fix="give another folder") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError("another run is measuring here", where=str(folder), fix="wait for it to end") from None
        yield
    finally:
        os.close(handle)


def _mend(path: Path) -> str:
    """Cut off what stands after the last line end; what was done, in words."""
    contents = _contents(path)
    whole = contents.rfind(b"\n") + 1
    if whole == len(contents):
        return ""
    try:
        with path.open("r+b") as file:
            file.truncate(whole)
            os.fsync(file.fileno())
    except OSError as error:
        raise _unwritable(path, error) from None
    return f"{path}: cut off a torn last line of {len(contents) - whole} bytes, which a broken-off run left behind"


def _contents(path: Path) -> bytes:
    """Of a file of the folder; none where it isn't there yet."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        what = f"can't be read: {error.strerror}"
        raise UsageError(what, where=str(path), fix="move it away, or give another folder") from None


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(_contents(path).split(b"\n")[:-1], start=1):
        try:
            yield line.decode(), f"{path}:{number}"
        except UnicodeDecodeError:
            raise SweepError("not UTF-8 text", where=f"{path}:{number}") from None


def read_rows(path: Path) -> dict[RowKey, Row]:
    """The rows of a measured sweep's file, as they stand there; a torn last line is passed over.

    Raises: SweepError for a line that no run wrote, or a row that stands there twice.
    """
    found: dict[RowKey, Row] = {}
    for line, where in _lines(path):
        row = read_row_line(line, where)
        if row.place in found:
            raise SweepError(f"{row.place} stands there twice", where=where)
        found[row.place] = row
    return found


def _append(path: Path, line: bytes) -> None:
    """One line in one write, on disk when this returns. What can't be written whole is taken back."""
    new = not path.exists()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            _write_whole(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            _sync_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None


def _write_whole(handle: int, line: bytes) -> None:
    before = os.fstat(handle).st_size
    try:
        if os.write(handle, line) != len(line):
            raise OSError("only a part of it could be written; the disk may be full")
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, before)
        raise


def _replace(path: Path, contents: bytes) -> None:
    path = writable(path, UsageError)
    new = path.with_name(f".work-{path.name}")
    try:
        with new.open("wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(path: Path, error: OSError) -> GateError:
    fix = "make room and run the same command again; what is on disk is kept"
    return UsageError(f"can't be written: {error.strerror or error}", where=str(path), fix=fix)


def _remove(path: Path) -> None:
    """An orphan of a killed run may still be writing into its folder, so that a file turns up while others go."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    for _ in range(10):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
    raise UsageError("can't be removed", where=str(path), fix="end what is still writing there, and run again")


def manifest_of(
    spec: Spec, tools: Tools, clips: Clips, *, measured_on: dt.date, notes: tuple[str, ...], lacks: tuple[str, ...] = ()
) -> SweepManifest:
    """The manifest of a sweep that was measured by `spec`; `lacks` says what of it isn't in the rows."""
    return SweepManifest(
        schema="codec-gate.sweep/1",
        provenance=Provenance.MEASURED,
        title=spec.title,
        corpus=spec.sources,
        content=spec.corpus.shows,
        clips=_largest(clips),
        recipes={name: _recipes(codec) for name, codec in spec.codecs.items()},
        rc_modes={name: _meanings(name, codec) for name, codec in spec.codecs.items()},
        quality=_quality(spec),
        tools={"ffmpeg": tools.ffmpeg_version, "libvmaf": tools.libvmaf_version}
        | {codec: version for codec, version in tools.libraries.items() if version},
        measured_on=measured_on,
        notes=notes,
        lacks=lacks,
        sweep=SWEEP,
        setup=Setup(**tools.setup),
    )


def _largest(clips: Clips) -> ClipSize:
    largest = max(clips.values(), key=lambda clip: clip.width * clip.height)
    seconds = round(float(largest.frames / Fraction(largest.frame_rate)), 3)
    return ClipSize(width=largest.width, height=largest.height, seconds=seconds)


def manifest_text(manifest: SweepManifest) -> bytes:
    """The manifest as a YAML file."""
    values = manifest.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    first = {"schema": manifest.schema_, "sweep": manifest.sweep}
    text: str = yaml.safe_dump({**first, **values}, sort_keys=False, allow_unicode=True, width=120)
    return text.encode()


def _recipes(codec: Codec) -> dict[str, KnobSet]:
    bare: dict[str, KnobSet] = {BARE: {}}
    return bare | {recipe: dict(knobs) for recipe, knobs in codec.recipes.items()}


def _meanings(name: str, codec: Codec) -> dict[str, tuple[str, ...]]:
    """Label -> the canonical rate controls that it means: the spec's word, else the encoder's own table."""
    table = write.rc_modes(name)
    return {label: codec.means.get(label) or table[label] for label in codec.rc_modes}


def _quality(spec: Spec) -> dict[str, str]:
    """What q counts under each label; nothing where codecs disagree."""
    found: dict[str, set[str]] = {}
    for name, codec in spec.codecs.items():
        for label in codec.rc_modes:
            unit = "target bitrate, Mbit/s" if write.takes_rate(name, label) else "the encoder's own scale"
            found.setdefault(label, set()).add(unit)
    return {label: min(units) for label, units in found.items() if len(units) == 1}
