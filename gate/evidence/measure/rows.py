"""A row of the sweep, or a failure, as one line of JSON each, and back; which rows' streams are bare's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gate.errors import SweepError
from gate.evidence.measure.model import Encode, Failure, Outcome, Row, RowKey
from gate.evidence.measure.spec import BARE
from gate.evidence.sweep.row import read_row
from gate.values import replace

_TOOLS: Final = ("device", "driver", "ffmpeg", "libvmaf", "model", "pooling")
_TEXTS: Final = ("key", "bitstream", "settings_sha256", *_TOOLS)


def for_encode(known: Outcome, encode: Encode) -> Outcome:
    """What is known of an encode whose command is another's: that was made already."""
    if isinstance(known, Failure):
        return replace(known, place=encode.place)
    return replace(known, place=encode.place, knobs=dict(encode.knobs), no_effect=False)


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
        **({"library": row.library} if row.library else {}),
        **({"no_effect": True} if row.no_effect else {}),
    }


def raw_failure(failure: Failure) -> dict[str, object]:
    """The keys of a failure's line."""
    return {
        **failure.place._asdict(),
        "key": failure.key,
        "command": list(failure.command),
        "reason": failure.reason,
        "words": failure.words,
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
    _must_hold(raw, where, dict.fromkeys(_TEXTS, str) | {"knob_dict": dict})
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
        library=str(raw.get("library", "")),
        no_effect=raw.get("no_effect") is True,
    )


def read_failure_line(line: str, where: str) -> Failure:
    """The inverse of a failure's line. SweepError for what this program didn't write."""
    raw = _object(line, where)
    _must_hold(raw, where, dict.fromkeys((*RowKey._fields, "key", "reason", "words"), str) | {"command": list})
    return Failure(
        place=RowKey(*(raw[key] for key in RowKey._fields)),
        key=raw["key"],
        command=tuple(map(str, raw["command"])),
        reason=raw["reason"],
        words=raw["words"],
    )


_FOREIGN: Final = "the line is not one that `gate sweep run` wrote; give another folder"


def _must_hold(raw: Mapping[str, object], where: str, kinds: Mapping[str, type]) -> None:
    for key, kind in kinds.items():
        if not isinstance(raw.get(key), kind):
            raise SweepError(f"`{key}` is missing", where=where, fix=_FOREIGN)


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
    return [
        replace(row, no_effect=row.place.recipe != BARE and bare.get(row.place._replace(recipe=BARE)) == row.bitstream)
        for row in found
    ]
