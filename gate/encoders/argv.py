"""From argv tokens to options as the FFmpeg command line takes them: names, stream specifiers, values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gate.encoders import listing
from gate.encoders.values import names
from gate.errors import AdapterError
from gate.model import Location, Token
from gate.values import dataclass

CODEC = "c"

_ALIASES = {
    "codec": CODEC, "q": "qscale",
    "vcodec": "c:v", "vf": "filter:v", "vtag": "tag:v", "vframes": "frames:v", "vpre": "pre:v",
    "acodec": "c:a", "ab": "b:a", "aq": "q:a", "af": "filter:a", "atag": "tag:a", "aframes": "frames:a",
    "apre": "pre:a", "scodec": "c:s", "stag": "tag:s", "spre": "pre:s", "dcodec": "c:d", "dframes": "frames:d",
}  # fmt: skip

_FLAGS = names(
    "y n an vn sn dn stdin hide_banner stats re copyts start_at_zero shortest bitexact benchmark "
    "benchmark_all xerror ignore_unknown copy_unknown recast_media accurate_seek autorotate autoscale "
    "auto_conversion_filters report find_stream_info fix_sub_duration copyinkf dump hex debug_ts vstats "
    "force_fps qphist display_hflip display_vflip fix_sub_duration_heartbeat print_graphs"
)
"""Options of the command line that take no value; each also exists as `-no…`."""

_DROPPING = frozenset({"vn", "force_fps", "noautoscale", "noautorotate"})
"""Those of them that alter the pictures; the others never touch quality."""

NEUTRAL = names(
    "threads filter_threads filter_complex_threads cpucount cpuflags thread_queue_size "
    "max_muxing_queue_size muxing_queue_data_threshold hwaccel hwaccel_device hwaccel_output_format "
    "init_hw_device filter_hw_device qsv_device vaapi_device loglevel v progress stats_period metadata "
    "map map_metadata map_chapters movflags f tag timecode streamid disposition passlogfile vstats_file "
    "vstats_version stats_enc_pre stats_enc_post stats_mux_pre attach max_alloc ar ac sample_fmt "
    "ch_layout channel_layout muxdelay muxpreload hwaccel_flags copytb dump_attachment"
)
"""Options with a value that never touch the quality of a video stream, whatever the encoder."""

_OTHER_MEDIA = frozenset("asdt")
_FIRST_STREAM = re.compile(r"[vV]?|(?:[vV]:)?0+")
_SECOND_STREAM = re.compile(r"(?:[vV]:)?0*[1-9][0-9]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One option as given: its name without dash, specifier or alias, its text, and the lines of both.

    `spelling` is the name with specifier and alias, which FFmpeg tells options apart by.
    """

    name: str
    spelling: str
    value: str
    origins: tuple[Location, ...]


class UnreadableArgvError(AdapterError):
    """An argv that FFmpeg would refuse, or that the tables can't read. `origins` are the lines of the culprit."""

    def __init__(self, what: str, origins: tuple[Location, ...] = ()) -> None:
        super().__init__(what, where=str(origins[0]) if origins else "")
        self.origins = origins


def given(tokens: Sequence[Token]) -> list[Given]:
    """The options of one video stream in `tokens`, in order, those that never touch it left out.

    Raises: UnreadableArgvError: a token stands where an option should, an option lacks its value, or a stream specifier
    leaves open whether it reaches the first video stream.
    """
    found: list[Given] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        name = _name(token)
        if _is_flag(name):
            found += [Given(name=name, spelling=name, value="1", origins=token.origins)] if name in _DROPPING else []
            at += 1
            continue
        if at + 1 == len(tokens):
            raise UnreadableArgvError(f"option {token.text!r} has no value", token.origins)
        value = tokens[at + 1]
        if (stream := _of_video(token)) and stream not in NEUTRAL:
            found.append(Given(name=stream, spelling=name, value=value.text, origins=_both(value, token)))
        at += 2
    return found


def _name(token: Token) -> str:
    if len(token.text) < 2 or not token.text.startswith("-"):
        raise UnreadableArgvError(f"{token.text!r} stands where an option should", token.origins)
    return token.text[1:]


def _is_flag(name: str) -> bool:
    return name in _FLAGS or (name.startswith("no") and name[2:] in _FLAGS)


def _both(value: Token, name: Token) -> tuple[Location, ...]:
    # The value's lines first: where both differ, a changed value is at fault rather than the option's name.
    return tuple(dict.fromkeys(value.origins + name.origins))


def _of_video(option: Token) -> str:
    """The option's name without alias and specifier where it reaches the first video stream; empty where it doesn't.

    `b:v`, `b:v:0` and `b` are the same option. One for a second stream keeps its specifier: it matches nothing.
    """
    base, specifier = _parted(_name(option))
    if base in NEUTRAL or specifier.partition(":")[0] in _OTHER_MEDIA:
        return ""
    if _SECOND_STREAM.fullmatch(specifier):
        return f"{base}:{specifier}"
    if not _FIRST_STREAM.fullmatch(specifier):
        # By language, program, id or disposition: which stream that is, if any, only the input tells.
        reason = f"may match another stream than the first video stream, or none: {specifier!r}"
        raise UnreadableArgvError(f"the stream specifier of option {option.text!r} {reason}", option.origins)
    return _without_prefix(base)


def _parted(name: str) -> tuple[str, str]:
    base, _, specifier = name.partition(":")
    # What an alias says of the stream is all that FFmpeg takes: `-vcodec:a` is `-codec:v`.
    base, _, implied = _ALIASES.get(base, base).partition(":")
    return base, implied or specifier


def _without_prefix(base: str) -> str:
    # FFmpeg takes `vbf` for `bf:v` and `abf` for `bf:a`, but only of the options that every encoder shares.
    if base[:1] not in {"v", "a", "s"} or len(base) < 2:
        return base
    generic = listing.listing(listing.GENERIC).options
    if base in generic or base[1:] not in generic:
        return base
    return base[1:] if base.startswith("v") else ""
