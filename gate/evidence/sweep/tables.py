"""The tables of `gate analyze`: regressions, clusters (every non-bare cell), the hull of each slice; CSV or Parquet."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import numpy as np

from gate.documents import writable
from gate.errors import UsageError
from gate.evidence.sweep.cells import COUNTED, Cells
from gate.evidence.sweep.columns import Ints, Labels
from gate.evidence.sweep.summary import Analysis

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


_NAME_MAX: Final = 180  # bytes; file systems end at 255


class TableForm(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


def tables(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each table with its file name, without suffix."""
    yield "regressions", regressions(analysis)
    yield "clusters", clusters(analysis.cells)
    yield from pareto(analysis)


def regressions(analysis: Analysis) -> pd.DataFrame:
    """Every regression with its reference, in the file's order."""
    import pandas as pd  # noqa: PLC0415  heavy; only where a table is made

    sweep, findings = analysis.sweep, analysis.findings
    rows = np.flatnonzero(findings.regression)
    bare = findings.reference[rows]
    labels = ("source", "codec", "rc_mode", "recipe", "preset", "q")
    return pd.DataFrame(
        {
            **{name: _column(getattr(sweep, name), rows) for name in labels},
            "bitrate_kbps": sweep.bitrate_kbps[rows],
            "vmaf_score": sweep.vmaf[rows],
            "bare_bitrate_kbps": sweep.bitrate_kbps[bare],
            "bare_vmaf_score": sweep.vmaf[bare],
            "delta": findings.delta[rows],
        }
    )


def clusters(cells: Cells) -> pd.DataFrame:
    """Every non-bare cell, with the verdict that its counts come to."""
    import pandas as pd  # noqa: PLC0415

    every = np.arange(len(cells))
    labels = ("codec", "rc_mode", "recipe", "preset", "q")
    return pd.DataFrame(
        {
            **{name: _column(getattr(cells, name), every) for name in labels},
            "hits": cells.hits,
            "holds": cells.holds,
            "unknown": cells.unknown,
            "verdict": _column(Labels(codes=cells.verdict.astype(np.int32), names=COUNTED), every),
            "mean_delta": cells.mean_delta,
            "worst_source": pd.Series(cells.worst_source, dtype="object"),
            "worst_delta": cells.worst_delta,
        }
    )


def pareto(analysis: Analysis) -> Iterator[tuple[str, pd.DataFrame]]:
    """The hull of each slice by bitrate."""
    import pandas as pd  # noqa: PLC0415

    sweep, slices = analysis.sweep, analysis.slices
    names = slice_names(analysis)
    ends = np.searchsorted(slices.of[analysis.hull], np.arange(len(slices) + 1))
    for index, name in enumerate(names):
        rows = analysis.hull[ends[index] : ends[index + 1]]
        labels = ("source", "codec", "rc_mode", "recipe", "preset", "q")
        columns: dict[str, Any] = {label: _column(getattr(sweep, label), rows) for label in labels}
        columns |= {"bitrate_kbps": sweep.bitrate_kbps[rows], "vmaf_score": sweep.vmaf[rows]}
        yield name, pd.DataFrame(columns | {"encode_time_ms": sweep.encode_ms[rows]})


def slice_names(analysis: Analysis) -> list[str]:
    """`pareto_<source>_<codec>_<rc_mode>` per slice, safe as file names and distinct whatever the labels hold.

    Odd characters are percent-encoded. Of names that would be one file (in any case of letters) the later get `~2` ...
    """
    sweep, taken, names = analysis.sweep, dict[str, int](), []
    for row in analysis.slices.first.tolist():
        labels = (sweep.source.of(row), sweep.codec.of(row), sweep.rc_mode.of(row))
        name = "_".join(("pareto", *(quote(label, safe="").replace("~", "%7E") for label in labels)))[:_NAME_MAX]
        count = taken[name.casefold()] = taken.get(name.casefold(), 0) + 1
        names.append(name if count == 1 else f"{name}~{count}")
    return names


@contextmanager
def writer(form: TableForm) -> Iterator[Callable[[pd.DataFrame, Path], None]]:
    """How a table is written in this form; floats so that they read back exactly, and NaN as nothing."""
    if form is TableForm.CSV:
        yield lambda table, path: table.to_csv(path, index=False, lineterminator="\n")
        return
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as con:
        yield lambda table, path: _write_parquet(con, table, path)


def _write_parquet(con: DuckDBPyConnection, table: pd.DataFrame, path: Path) -> None:
    con.register("found", table)
    columns = ", ".join(
        f'CASE WHEN NOT isnan("{name}") THEN "{name}" END AS "{name}"' if kind == "float64" else f'"{name}"'
        for name, kind in table.dtypes.items()
    )
    target = str(path).replace("'", "''")  # a parameter can't stand there
    con.execute(f"COPY (SELECT {columns} FROM found) TO '{target}' (FORMAT parquet)")  # noqa: S608


def _column(labels: Labels, rows: Ints) -> pd.Categorical:
    import pandas as pd  # noqa: PLC0415

    return pd.Categorical.from_codes(labels.codes[rows], categories=pd.Index(labels.names, dtype="object"))


def write_tables(analysis: Analysis, out: Path, *, form: TableForm = TableForm.CSV, summary: str) -> None:
    """Write summary.md, regressions, clusters and one pareto table per slice into `out`; `summary` is its text.

    Everything is written beside first and moved into place when all is there; files of the same names are replaced,
    others are left alone.

    Raises: UsageError where `out` can't be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".analyze-", dir=out) as folder, writer(form) as write:
            for name, table in tables(analysis):
                write(table, Path(folder) / f"{name}.{form}")
            (Path(folder) / "summary.md").write_text(summary, encoding="utf-8")
            for written in sorted(Path(folder).iterdir()):
                written.replace(writable(out / written.name, UsageError))
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror or error}", where=str(out)) from None
