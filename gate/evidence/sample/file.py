"""The sample file: Parquet rows under the sweep's own names, with the manifest in its metadata; the built-in ones."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gate.documents import read_bytes, writable
from gate.errors import SampleError
from gate.evidence.model import Basis
from gate.evidence.sample.manifest import SampleManifest, parse_sample_manifest
from gate.evidence.sweep.cells import ALL, Cells, find_cells
from gate.evidence.sweep.columns import LABELS, Flags, Floats, Labels, Sweep
from gate.values import dataclass

if TYPE_CHECKING:
    import duckdb

_BUILTIN = "builtin:"
METADATA_KEY = "codec-gate.sample"
TYPES = {
    **dict.fromkeys(LABELS, "VARCHAR"),
    "is_bare_default": "BOOLEAN",
    "bitrate_kbps": "DOUBLE",
    "vmaf_score": "DOUBLE",
    "encode_time_ms": "DOUBLE",
    "basis": "VARCHAR",
    "no_effect": "BOOLEAN",
}
"""The columns of a sample file, in its order: the newer spelling of a sweep's rows, so a sample is a sweep too."""

_MOST_ROWS, _MOST_BYTES = 2_000_000, 1_000_000_000

Arrays = Mapping[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample as read: its manifest, its rows in the sweep's order, and the sha256 of the file's bytes."""

    manifest: SampleManifest
    sweep: Sweep
    digest: str

    def cells(self, of: Sweep | None = None) -> Cells:
        """Its cells by the rule that it was drawn for; or those of the whole sweep `of` that it was drawn from.

        Raises: SweepError for a source outside the manifest's corpus.
        """
        made = self.manifest
        kept = made.kept if of is None else ALL
        return find_cells(self.sweep if of is None else of, made.rule(), sources=made.corpus, kept=kept)


def write_sample(manifest: SampleManifest, sweep: Sweep, path: Path) -> str:
    """Writes `path` whole or not at all; returns its digest. One DuckDB version gives one input the same bytes."""
    content = packed(manifest, sweep)
    path = writable(path, SampleError)
    part = writable(path.with_name(path.name + ".part"), SampleError)
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SampleError(f"can't be written: {error.strerror}", where=str(path)) from error
    return hashlib.sha256(content).hexdigest()


def read_sample(
    source: Path | bytes, *, expected: str = "", where: str = "", database: duckdb.DuckDBPyConnection | None = None
) -> Sample:
    """A sample from a file or its bytes. `expected` is the sha256 that it must have, `where` its name in errors.

    `database` is a `connected()` one, for several samples: making one takes longer than reading a sample.

    The bytes that were hashed are the bytes that are read: a file that changes in between can't slip through.
    """
    where = where or (str(source) if isinstance(source, Path) else "sample")
    content = read_bytes(source, SampleError, where) if isinstance(source, Path) else source
    digest = hashlib.sha256(content).hexdigest()
    if expected and digest != expected:
        raise SampleError(
            f"is another file than the policy names: sha256 {digest[:12]}…, expected {expected[:12]}…",
            where=where,
            fix="restore the file, or update the digest where it is listed",
        )
    if content[:4] != b"PAR1" or content[-4:] != b"PAR1" or len(content) < 12:
        raise SampleError("not a sample: no whole Parquet file", where=where, fix="it may be truncated")
    manifest, arrays = _query(content, where, database)
    if not len(arrays["source"]):
        raise SampleError("the sample has no rows", where=where)
    return Sample(manifest=manifest, sweep=_sweep(arrays, manifest.corpus, where), digest=digest)


def connected() -> duckdb.DuckDBPyConnection:
    """One thread: row order and bytes must not depend on the machine, and the files are small."""
    import duckdb  # noqa: PLC0415  start-up: only where a file is read

    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    return duckdb.connect(":memory:", config={"threads": "1", "memory_limit": "2GB", **offline})


def _query(content: bytes, where: str, database: duckdb.DuckDBPyConnection | None) -> tuple[SampleManifest, Arrays]:
    """Manifest and columns of the Parquet file that `content` is."""
    import duckdb  # noqa: PLC0415

    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "sample.parquet")
            file.write_bytes(content)
            if database is not None:
                return _read(database, str(file), where)
            with connected() as alone:
                return _read(alone, str(file), where)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].replace(str(file), "the file")
        raise SampleError(f"not a sample: {reason}", where=where, fix="it may be damaged") from error
    except OSError as error:
        fix = "set TMPDIR to a folder that can be written"
        raise SampleError(f"no room to unpack it: {error.strerror}", where=where, fix=fix) from error


def _read(connection: duckdb.DuckDBPyConnection, file: str, where: str) -> tuple[SampleManifest, Arrays]:
    manifest = parse_sample_manifest(_metadata(connection, file, where), where)
    columns = ", ".join(_columns(connection, file, where))
    _check_size(connection, file, where)
    rows = connection.execute(f"SELECT {columns} FROM read_parquet(?)", [file]).fetchnumpy()  # noqa: S608  our names
    return manifest, cast("Arrays", rows)


def _metadata(connection: duckdb.DuckDBPyConnection, file: str, where: str) -> bytes:
    found = connection.execute(
        "SELECT value FROM parquet_kv_metadata(?) WHERE key = ?", [file, METADATA_KEY.encode()]
    ).fetchall()
    if len(found) != 1:
        raise SampleError(
            "not a sample: a Parquet file without a manifest inside", where=where, fix="see `gate sample build`"
        )
    return bytes(found[0][0])


def _columns(connection: duckdb.DuckDBPyConnection, file: str, where: str) -> list[str]:
    """What is read of it; a sample of an older gate knows no `no_effect`."""
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [file]).fetchall()
    found = {name: kind for name, kind, *_ in described}
    for name, kind in TYPES.items():
        if found.get(name, "BOOLEAN" if name == "no_effect" else None) != kind:
            raise SampleError(f"column {name} is {found.get(name, 'missing')}, not {kind}", where=where)
    return [name for name in TYPES if name in found]


def _check_size(connection: duckdb.DuckDBPyConnection, file: str, where: str) -> None:
    """Refuse what unpacks to gigabytes before it does: a page of a few bytes may stand for a thousand million rows."""
    (rows,) = connection.execute("SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(?)", [file]).fetchall()[
        0
    ]
    (size,) = connection.execute(
        "SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata(?)", [file]
    ).fetchall()[0]
    if rows <= _MOST_ROWS and size <= _MOST_BYTES:
        texts = " + ".join(f"sum(strlen({name}))" for name, kind in TYPES.items() if kind == "VARCHAR")
        (length,) = connection.execute(f"SELECT {texts} FROM read_parquet(?)", [file]).fetchall()[0]  # noqa: S608
        size = max(size, int(length or 0))
    if rows > _MOST_ROWS or size > _MOST_BYTES:
        what = f"unpacks to {rows:,} rows of {size:,} bytes, more than a sample's {_MOST_ROWS:,} of {_MOST_BYTES:,}"
        raise SampleError(what, where=where, fix="thin it: `gate sample build --design exact`")


def _sweep(arrays: Arrays, corpus: tuple[str, ...], where: str) -> Sweep:
    """Columns to a Sweep; SampleError where a value can't be one of a row's."""
    for name, values in arrays.items():
        if type(values) is not np.ndarray:  # DuckDB hands out a masked array; asking numpy.ma would import it first
            raise SampleError(f"column {name} has a row without a value", where=where)
    labels: Mapping[str, Any] = {name: factorised(arrays[name]) for name in LABELS}
    basis = factorised(arrays["basis"])
    sweep = Sweep(
        **labels,
        bare=np.asarray(arrays["is_bare_default"], np.bool_),
        bitrate_kbps=_floats(arrays["bitrate_kbps"]),
        vmaf=_floats(arrays["vmaf_score"]),
        encode_ms=_floats(arrays["encode_time_ms"]),
        basis=basis.codes.astype(np.int8),
        bases=tuple(_basis(name, where) for name in basis.names),
        no_effect=flags if (flags := np.asarray(arrays.get("no_effect", False), np.bool_)).any() else None,
    )
    wrong = _labels_at_fault(labels, sweep.bare, corpus) or _numbers_at_fault(sweep)
    if wrong:
        raise SampleError(wrong, where=where, fix="build the sample again from its sweep")
    return sweep


def _labels_at_fault(labels: Mapping[str, Labels], bare: Flags, corpus: tuple[str, ...]) -> str:
    """What no sample's labels can be; empty where nothing is wrong."""
    for name, column in labels.items():
        if "" in column.names:
            return f"column {name} has an empty label"
    recipe = labels["recipe"]
    if (bare != (np.array(recipe.names) == "bare")[recipe.codes]).any():
        return "is_bare_default and recipe contradict each other"
    stray = next((source for source in labels["source"].names if source not in corpus), None)
    return "" if stray is None else f"source {stray!r} is not in the manifest's corpus"


def _numbers_at_fault(sweep: Sweep) -> str:
    """What no sample's numbers can be; empty where nothing is wrong."""
    if not all(np.isfinite(values).all() for values in (sweep.bitrate_kbps, sweep.vmaf, sweep.encode_ms)):
        return "a row holds a number that isn't finite"
    if sweep.bitrate_kbps.min() <= 0:
        return "a row has a bitrate of 0 or less"
    return ""


def _floats(values: np.ndarray[Any, Any]) -> Floats:
    return np.ascontiguousarray(values, np.float64)


def _basis(name: str, where: str) -> Basis:
    try:
        return Basis(name)
    except ValueError as error:
        raise SampleError(f"basis {name!r} is none of {', '.join(Basis)}", where=where) from error


def factorised(values: np.ndarray[Any, Any]) -> Labels:
    """Text to codes, names in the order of first appearance."""
    index: dict[str, int] = {}
    codes = np.fromiter((index.setdefault(value, len(index)) for value in values.tolist()), np.int32, len(values))
    return Labels(codes=codes, names=tuple(index))


def packed(manifest: SampleManifest, sweep: Sweep) -> bytes:
    """The bytes of the sample file."""
    columns = {name: _texts(getattr(sweep, name)) for name in LABELS} | {
        "is_bare_default": sweep.bare,
        "bitrate_kbps": sweep.bitrate_kbps,
        "vmaf_score": sweep.vmaf,
        "encode_time_ms": sweep.encode_ms,
        "basis": np.array([basis.value for basis in sweep.bases], np.object_)[sweep.basis],
        "no_effect": np.zeros_like(sweep.bare) if sweep.no_effect is None else sweep.no_effect,
    }
    typed = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in TYPES.items())
    with tempfile.TemporaryDirectory() as folder, connected() as connection:
        file = Path(folder, "sample.parquet")
        connection.register("columns", columns)
        connection.execute(
            f"COPY (SELECT {typed} FROM columns) TO {_quoted(str(file))} (FORMAT parquet, COMPRESSION zstd, "  # noqa: S608
            f"ROW_GROUP_SIZE 1048576, KV_METADATA {{{_quoted(METADATA_KEY)}: {_quoted(manifest.to_json())}}})"
        )
        return file.read_bytes()


def _texts(labels: Labels) -> np.ndarray[Any, np.dtype[np.object_]]:
    return np.array(labels.names, np.object_)[labels.codes]


def _quoted(text: str) -> str:
    """A SQL string literal: COPY takes no parameters for its target and options."""
    return "'" + text.replace("'", "''") + "'"


_PACKAGE = Path(__file__).resolve().parents[2]
_SHIPPED = {
    "measured": "fixtures/measured/sample.parquet",
    "research-0080": "fixtures/research-0080/sample.parquet",
}
"""Name -> the file in a source tree; a wheel holds it as `gate/builtin/<name>.parquet` (pyproject: force-include)."""


def builtin_samples() -> Mapping[str, Path]:
    """Name -> file of every built-in sample, in an installed wheel as in a source tree."""
    return MappingProxyType({name: _place(name, source) for name, source in _SHIPPED.items()})


def builtin_sample(name: str) -> Path:
    """The file of one built-in sample. SampleError where there is none of that name."""
    samples = builtin_samples()
    if name not in samples:
        raise SampleError(f"no built-in sample is called {name!r}", fix=f"there is {', '.join(sorted(samples))}")
    return samples[name]


def _place(name: str, source: str) -> Path:
    """The wheel's place, else the source tree's; where neither has it, reading the file will say so."""
    installed = _PACKAGE / "builtin" / f"{name}.parquet"
    return installed if installed.is_file() else _PACKAGE.parent / source


def open_sample(name: str, expected: str = "") -> Sample:
    """A sample by the name that commands take: a file, or `builtin:NAME`. SampleError where it isn't one."""
    if name.startswith(_BUILTIN):
        return read_sample(builtin_sample(name.removeprefix(_BUILTIN)), expected=expected, where=name)
    return read_sample(Path(name), expected=expected)
