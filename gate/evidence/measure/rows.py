"""What is kept of an encode: its row of the sweep, or its failure, as one line of JSON each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gate.errors import SweepError
from gate.evidence.measure.model import Encode, Failure, Outcome, Tools
from gate.evidence.measure.plan import RowKey, row_key
from gate.evidence.measure.spec import BARE
from gate.evidence.sweep.row import read_row

_TOOLS: Final = ("device", "driver", "ffmpeg", "libvmaf", "model", "pooling")
_TEXTS: Final = ("key", "bitstream", "settings_sha256", *_TOOLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the sweep, schema 3, and beside it what a measurement can be repeated and checked by."""

    place: RowKey
    bitrate_kbps: float
    vmaf_score: float
    encode_time_ms: float
    knobs: Mapping[str, str]
    key: str
    bitstream: str
    settings_sha256: str
    tools: Mapping[str, str]
    no_effect: bool = False  # the stream is, byte for byte, the bare encoder's


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRow:
    """One encode that came to nothing. Never evidence."""

    place: RowKey
    key: str
    command: tuple[str, ...]
    reason: str
    words: str


def kept_of(outcome: Outcome, tools: Tools) -> Row | FailedRow:
    """What is kept of an encode: its row, or its failure."""
    if isinstance(outcome, Failure):
        return FailedRow(
            place=row_key(outcome.encode),
            key=outcome.key,
            command=outcome.command,
            reason=outcome.reason,
            words=outcome.words,
        )
    return Row(
        place=row_key(outcome.encode),
        bitrate_kbps=outcome.bitrate_kbps,
        vmaf_score=outcome.vmaf_score,
        encode_time_ms=round(outcome.encode_time_ms, 3),
        knobs=dict(outcome.encode.knobs),
        key=outcome.key,
        bitstream=outcome.bitstream,
        settings_sha256=hashlib.sha256(outcome.settings.encode()).hexdigest(),
        tools=tools_of(tools),
    )


def tools_of(tools: Tools) -> dict[str, str]:
    """What of the tools stands in every row."""
    values = (
        tools.device,
        tools.driver,
        tools.ffmpeg_version,
        tools.libvmaf_version,
        tools.model,
        tools.pooling,
    )
    return dict(zip(_TOOLS, values, strict=True))


def for_encode(known: Row | FailedRow, encode: Encode) -> Row | FailedRow:
    """What is known of an encode whose command is another's: that was made already."""
    if isinstance(known, FailedRow):
        return replace(known, place=row_key(encode))
    return replace(known, place=row_key(encode), knobs=dict(encode.knobs), no_effect=False)


def raw_row(row: Row) -> dict[str, object]:
    """The keys of schema 3, in the order in which lines have them, and those of the measurement."""
    return {
        **row.place._asdict(),
        "bitrate_kbps": row.bitrate_kbps,
        "vmaf_score": row.vmaf_score,
        "encode_time_ms": row.encode_time_ms,
        "is_bare_default": row.place.recipe == BARE,
        "knob_dict": dict(row.knobs),
        "key": row.key,
        "bitstream": row.bitstream,
        "settings_sha256": row.settings_sha256,
        **row.tools,
        **({"no_effect": True} if row.no_effect else {}),
    }


def raw_failure(failed: FailedRow) -> dict[str, object]:
    """The keys of a failure's line."""
    return {
        **failed.place._asdict(),
        "key": failed.key,
        "command": list(failed.command),
        "reason": failed.reason,
        "words": failed.words,
    }


def line_of(raw: Mapping[str, object]) -> bytes:
    """One line. The same values make the same bytes."""
    return (json.dumps(raw, ensure_ascii=False, separators=(", ", ": ")) + "\n").encode("utf-8", "backslashreplace")


def read_row_line(line: str, where: str) -> Row:
    """The inverse of a row's line. SweepError for what this program didn't write."""
    raw = _object(line, where)
    try:
        read = read_row(raw)
    except SweepError as error:
        raise SweepError(error.what, where=where) from None
    missing = [key for key in _TEXTS if not isinstance(raw.get(key), str)]
    if missing or not isinstance(raw.get("knob_dict"), dict):
        raise SweepError(f"`{missing[0] if missing else 'knob_dict'}` is missing", where=where, fix=_FOREIGN)
    return Row(
        place=RowKey(read.source, read.codec, read.rc_mode, read.recipe, read.preset, read.q),
        bitrate_kbps=read.bitrate_kbps,
        vmaf_score=read.vmaf,
        encode_time_ms=read.encode_ms,
        knobs=raw["knob_dict"],
        key=raw["key"],
        bitstream=raw["bitstream"],
        settings_sha256=raw["settings_sha256"],
        tools={key: raw[key] for key in _TOOLS},
        no_effect=raw.get("no_effect") is True,
    )


def read_failure_line(line: str, where: str) -> FailedRow:
    """The inverse of a failure's line. SweepError for what this program didn't write."""
    raw = _object(line, where)
    texts = (*RowKey._fields, "key", "reason", "words")
    missing = [key for key in texts if not isinstance(raw.get(key), str)]
    command = raw.get("command")
    if missing or not isinstance(command, list):
        raise SweepError(f"`{missing[0] if missing else 'command'}` is missing", where=where, fix=_FOREIGN)
    return FailedRow(
        place=RowKey(*(raw[key] for key in RowKey._fields)),
        key=raw["key"],
        command=tuple(map(str, command)),
        reason=raw["reason"],
        words=raw["words"],
    )


_FOREIGN: Final = "the line is not one that `gate sweep run` wrote; give another folder"


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SweepError(f"not JSON: {error}", where=where) from None
    if not isinstance(raw, dict):
        raise SweepError("not an object", where=where, fix=_FOREIGN)
    return raw


def with_effects(rows: Iterable[Row]) -> list[Row]:
    """The rows, those marked whose stream is the bare encoder's of the same source, preset and quality."""
    found = list(rows)
    bare = {row.place: row.bitstream for row in found if row.place.recipe == BARE}
    return [replace(row, no_effect=_is_bares(row, bare)) for row in found]


def _is_bares(row: Row, bare: Mapping[RowKey, str]) -> bool:
    return row.place.recipe != BARE and bare.get(row.place._replace(recipe=BARE)) == row.bitstream
