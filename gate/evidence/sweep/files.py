"""Sweep files by their content: which form, which compression, whether they are whole, and their lines."""

from __future__ import annotations

import gzip
import io
import tempfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, Final

from gate.errors import SweepError
from gate.evidence.sweep.row import SPELLINGS
from gate.values import dataclass

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_BOM: Final = b"\xef\xbb\xbf"
_ROWS_MAX: Final = 200_000_000
_LINE_MAX: Final = 16 * 1024 * 1024  # DuckDB's own limit for one JSON object
_CHUNK: Final = 1024 * 1024
_GZIP_ERRORS: Final = (EOFError, gzip.BadGzipFile, zlib.error)
_FORMS: Final = "JSONL, a JSON array, CSV (`,`, `;` or tab; plain, .gz, .zst) or Parquet"
_SEPARATORS: Final = ",;\t"
# One column, whatever the line holds: no quote, no escape, and a separator that no text file has.
_ZSTD_LINES: Final = """
    SELECT line FROM read_csv(?, columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', comment = '',
                              header = false, auto_detect = false, compression = 'zstd', max_line_size = ?,
                              hive_partitioning = false)"""


class Form(StrEnum):
    """How a file spells rows."""

    JSONL = "jsonl"
    JSON = "json"  # one array
    CSV = "csv"
    PARQUET = "parquet"


class Packing(StrEnum):
    """How a file is compressed, in DuckDB's words."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file that looks like a sweep."""

    path: Path
    form: Form
    packing: Packing
    separator: str = ","  # between the cells of a CSV

    def place(self, number: int) -> str:
        """Where a row stands, for errors: a line, or in Parquet a row, both counted from 1."""
        return f"{self.path}: row {number}" if self.form is Form.PARQUET else f"{self.path}:{number}"


def identify(path: Path) -> DataFile:
    """What `path` is, by its content; its name decides only what the content leaves open.

    Raises: SweepError for what is missing, no regular file, empty, cut short, or neither of the forms.
    """
    head = _file_head(path)
    if head.startswith(b"PAR1"):
        return DataFile(path=path, form=Form.PARQUET, packing=Packing.NONE)
    packing = Packing.GZIP if head.startswith(b"\x1f\x8b") else Packing.ZSTD if _is_zstd(head) else Packing.NONE
    _check_whole(path, packing)
    form, separator = _form(path, packing)
    return DataFile(path=path, form=form, packing=packing, separator=separator)


def lines(file: DataFile) -> Generator[tuple[int, str]]:
    """The lines of a text file with their numbers from 1, without line ends and without a byte order mark."""
    if file.packing is Packing.ZSTD:
        yield from _zstd_lines(file.path)
        return
    with _opened(file.path, file.packing) as stream:
        number = 0
        while line := stream.readline(_LINE_MAX + 1):
            number += 1
            if len(line) > _LINE_MAX:
                raise SweepError("the line is longer than 16 MiB", where=file.place(number))
            yield number, _decoded(line.removeprefix(_BOM) if number == 1 else line, file.place(number))


@contextmanager
def connection() -> Iterator[DuckDBPyConnection]:
    """A private in-memory DuckDB that keeps the file's order, spills beyond 1 GB and loads nothing from outside."""
    import duckdb  # noqa: PLC0415  heavy; only where a file is read

    with tempfile.TemporaryDirectory(prefix="gate-sweep-") as spill:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": "1GB",
            "temp_directory": spill,
            "preserve_insertion_order": "true",
            "autoinstall_known_extensions": "false",
        }
        with duckdb.connect(config=settings) as con:
            con.execute("SET enable_progress_bar = false")
            yield con


def check_rows(con: DuckDBPyConnection, name: str, where: str) -> None:
    """Refuse a Parquet file that says it has more rows than any sweep: a page of a few bytes may stand for millions.

    Raises: SweepError.
    """
    rows = con.execute("SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata(?)", [name]).fetchall()[0][0]
    if rows > _ROWS_MAX:
        raise SweepError(f"unpacks to {rows:,} rows, more than a sweep's {_ROWS_MAX:,}", where=where)


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name by which DuckDB finds exactly this file, even where its own holds glob characters."""
    absolute = path.resolve()
    if not set("*?[]{}") & set(str(absolute)):
        yield str(absolute)
        return
    with tempfile.TemporaryDirectory(prefix="gate-sweep-") as folder:
        link = Path(folder) / "sweep"
        link.symlink_to(absolute)
        yield str(link)


def _file_head(path: Path) -> bytes:
    if path.is_dir():
        raise SweepError("is a directory, not a sweep", where=str(path))
    if path.exists() and not path.is_file():
        raise SweepError("is not a regular file", where=str(path), fix="write it to a file first")
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SweepError(f"cannot be read: {reason}", where=str(path)) from None
    if not head:
        raise SweepError("is empty", where=str(path))
    return head


def _is_zstd(head: bytes) -> bool:
    return head.startswith(MAGIC) or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F)


def _check_whole(path: Path, packing: Packing) -> None:
    """DuckDB checks neither gzip's checksum nor where a zstd stream ends, so both are checked here."""
    if packing is Packing.ZSTD:
        check_whole(path)
    elif packing is Packing.GZIP:
        try:
            with gzip.open(path, "rb") as stream:
                while stream.read(_CHUNK):
                    pass
        except _GZIP_ERRORS as error:
            raise SweepError(f"is cut short or damaged: {error}", where=str(path)) from None


def _form(path: Path, packing: Packing) -> tuple[Form, str]:
    """The form, and of a CSV what stands between its cells: what its header has most of."""
    head = _text_head(path, packing)
    text = head.lstrip(" \t\r\n\v\f")
    if not text:
        raise SweepError("is empty", where=str(path))
    if text[0] in "{[":
        return Form.JSONL if text[0] == "{" else Form.JSON, ","
    suffixes = {suffix.lower() for suffix in path.suffixes}
    if "\0" not in head:
        header = head.split("\n", 1)[0]
        separator = max(_SEPARATORS, key=header.count)
        cells = {cell.strip().strip('"') for cell in header.split(separator)}
        if suffixes & {".csv", ".tsv"} or cells & {key for keys in SPELLINGS.values() for key in keys}:
            return Form.CSV, separator
        if suffixes & {".jsonl", ".ndjson", ".json"}:
            return Form.JSONL, ","
    if ".parquet" in suffixes:
        raise SweepError("is not a Parquet file", where=str(path))
    raise SweepError("is not a sweep", where=str(path), fix=f"{_FORMS} is")


def _text_head(path: Path, packing: Packing) -> str:
    """The first characters of a text; NUL where it is none that we read."""
    if packing is Packing.ZSTD:
        with closing(_zstd_lines(path)) as found:
            return next((line for _, line in found if line.strip()), "")
    with _opened(path, packing) as stream:
        head = stream.read(_CHUNK)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SweepError("is UTF-16 text", where=str(path), fix="write it as UTF-8")
    return head.removeprefix(_BOM).decode("utf-8", errors="replace")


def _opened(path: Path, packing: Packing) -> IO[bytes]:
    if packing is Packing.GZIP:
        return io.BufferedReader(gzip.open(path, "rb"))
    return path.open("rb")


def _zstd_lines(path: Path) -> Generator[tuple[int, str]]:
    """Python reads no zstd before 3.14, so DuckDB hands out the lines."""
    import duckdb  # noqa: PLC0415

    with connection() as con, reachable(path) as name:
        try:
            found = con.execute(_ZSTD_LINES, [name, _LINE_MAX])
            number = 0
            while rows := found.fetchmany(10_000):
                for (line,) in rows:
                    number += 1
                    yield number, (line or "").removeprefix("\ufeff") if number == 1 else (line or "")
        except duckdb.Error:
            raise SweepError("is not UTF-8 text, or its compressed data are damaged", where=str(path)) from None


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        what = f"not UTF-8 text: byte 0x{line[error.start]:02x} at column {error.start + 1}"
        raise SweepError(what, where=where, fix="write it as UTF-8") from None


MAGIC: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = b"\x2a\x4d\x18"  # after a first byte of 0x50 to 0x5f (RFC 8878, 3.1.2)
_RLE: Final = 1


def check_whole(path: Path) -> None:
    """Raises SweepError where the file ends inside a frame: decoders take a cut at a block's edge for the end."""
    with path.open("rb") as stream:
        while magic := stream.read(4):
            if magic[1:] == _SKIPPABLE and 0x50 <= magic[0] <= 0x5F:
                _skip(stream, int.from_bytes(_take(stream, 4), "little"))
            elif magic == MAGIC:
                _walk_frame(stream)
            else:
                raise SweepError("is damaged: something that is no zstd frame follows", where=str(path))


def _walk_frame(stream: BinaryIO) -> None:
    """RFC 8878, 3.1.1: header, blocks up to the last, checksum."""
    descriptor = _take(stream, 1)[0]
    single_segment, has_checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    window = 0 if single_segment else 1
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    content_size = (1 if single_segment else 0, 2, 4, 8)[descriptor >> 6]
    _skip(stream, window + dictionary + content_size)
    last = False
    while not last:
        header = int.from_bytes(_take(stream, 3), "little")
        last = bool(header & 1)
        _skip(stream, 1 if header >> 1 & 3 == _RLE else header >> 3)
    _skip(stream, 4 if has_checksum else 0)


def _take(stream: BinaryIO, size: int) -> bytes:
    taken = stream.read(size)
    if len(taken) < size:
        raise SweepError("is cut short: the compressed data ends early", where=stream.name)
    return taken


def _skip(stream: BinaryIO, size: int) -> None:
    if size:
        stream.seek(size - 1, 1)
        _take(stream, 1)


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'
