"""An operating point to an argv, for measuring."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from gate.errors import UsageError
from gate.model import Knobs

Pairs = tuple[tuple[str, str], ...]
STATISTICS = "first-pass"  # a file, relative: FFmpeg runs in a folder of the encode's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """One rate control of one family, under the label that rows carry.

    `means` are the canonical names that the reader of adapters gives it. In the values, `{q}` is the label's number;
    `{rate}` is that in bit/s, where q is a rate in Mbit/s, and `{peak}` half as much again. Two passes repeat all that
    one takes, with what `passes` adds to each. Where q is no rate it is at least `least`, the lowest that the encoder
    doesn't read as unset, and whole unless `fractions`: the encoder would round it to another label's.
    """

    means: tuple[str, ...]
    options: Pairs
    params: Pairs = ()
    passes: tuple[Pairs, ...] = ((),)
    params_passes: tuple[Pairs, ...] = ((),)
    least: int = 0
    fractions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Encoders that are told things alike.

    `params` is the option that holds the library's own parameters, empty where it has none; `plain` are then FFmpeg's
    own options of this encoder, beside those that every encoder shares, and any other knob is the library's.
    `threads` says, for a number of threads, plain options and parameters that pin it.
    """

    encoders: tuple[str, ...]
    presets: tuple[str, ...]
    modes: Mapping[str, Mode]
    preset: str = "preset"
    params: str = ""
    plain: frozenset[str] = frozenset()
    threads: Callable[[int], tuple[Pairs, Pairs]] = field(default=lambda _: ((), ()))


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _numbers(first: int, last: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(first, last + 1))


CHOOSING = frozenset(
    _names(
        "c codec vcodec b vb crf qp cq rc q qscale global_quality constant_bit_rate pass passlogfile stats bitrate tbr "
        "end_usage cq_level target_bitrate targetbitrate passes numpasses rcstatsfile qp_constant qp_i qp_p pre fpre "
        "vpre"
    )
)
"""What picks the codec, the rate control or its aim, whatever the family: a recipe must not."""

OUTSIDE = frozenset(
    _names(
        "i f t to ss sseof fs s r n y an vn sn dn frames vframes vf af filter filter_complex filter_script lavfi "
        "filter_complex_script filter_complex_threads filter_threads fps_mode vsync fpsmax frame_drop_threshold aspect "
        "autorotate autoscale apply_cropping map map_channel map_metadata map_chapters copyts copytb start_at_zero "
        "shortest shortest_buf_duration itsoffset itsscale stream_loop re readrate isync enc_time_base time_base "
        "framerate force_fps video_size pixel_format sws_flags sws_dither src_range dst_range color_range colorspace "
        "bsf vbsf tag vtag program attach dump_attachment discard timestamp metadata disposition target hwaccel "
        "hwaccel_device hwaccel_output_format init_hw_device filter_hw_device loglevel v report progress vstats "
        "vstats_file stdin hide_banner muxdelay muxpreload max_muxing_queue_size stream_group "
        # libraries' own words for the same
        "fps fps_num fps_denom seek input_res input_depth output_depth input_csp output_csp interlace "
        "encoder_bit_depth encoder_color_format input_bit_depth bit_depth width height sourcewidth sourceheight "
        "framestobeencoded frameskip limit skip csv recon"
    )
)
"""What changes the pictures, which of them there are, or where they go: no knob of an encoder, under any family."""

SHARED = frozenset(
    _names(
        "maxrate minrate bufsize bf g refs keyint_min qmin qmax qdiff trellis me_range subq rc_init_occupancy slices "
        "qblur qcomp i_qfactor b_qfactor i_qoffset b_qoffset flags flags2 profile level pix_fmt cmp thread_type "
        "force_key_frames"
    )
)
"""libavcodec's options and the command line's own, as far as they reach a video encoder of any kind."""

_TWO = ((("pass", "1"), ("passlogfile", STATISTICS)), (("pass", "2"), ("passlogfile", STATISTICS)))
_ONCE_PER_PASS: tuple[Pairs, ...] = ((), ())

# A bare target is what an adapter emits for VBR: one pass, no cap. A cap or a buffer would be a knob to the reader.
_VBR = Mode(means=("vbr",), options=(("b:v", "{rate}"),))
_VBR2 = Mode(means=("vbr",), options=_VBR.options, passes=_TWO, params_passes=_ONCE_PER_PASS)
_EQUAL = (("b:v", "{rate}"), ("maxrate", "{rate}"), ("minrate", "{rate}"))
# One second of buffer: the encoder has to keep the rate, not only to come out at it.
_CBR = Mode(means=("cbr",), options=(*_EQUAL, ("bufsize", "{rate}")))
_CRF = Mode(means=("crf",), options=(("crf", "{q}"),))
_CRF_FINE = replace(_CRF, fractions=True)
_CQP = Mode(means=("cqp",), options=(("qp", "{q}"),))
# libaom and libvpx keep a rate of their own where -b:v is missing in some versions; 0 says that there is none.
_CRF_ALONE = Mode(means=("crf",), options=(("crf", "{q}"), ("b:v", "0")))
# libx265 doesn't take -pass from FFmpeg: the library's own parameters do.
_X265_TWO = ((("pass", "1"), ("stats", STATISTICS)), (("pass", "2"), ("stats", STATISTICS)))

_X26X_PRESETS = _names("ultrafast superfast veryfast faster fast medium slow slower veryslow placebo")


def _threads(count: int) -> tuple[Pairs, Pairs]:
    return (("threads", str(count)),), ()


def _x265_threads(count: int) -> tuple[Pairs, Pairs]:
    # Frame threads cost quality, and their default depends on the machine: one, and rows of blocks in parallel.
    return (("threads", "1"),), (("pools", str(count)),)


def _svtav1_threads(count: int) -> tuple[Pairs, Pairs]:
    # A level, not a number of threads; 6 is the highest.
    return (), (("lp", str(min(count, 6))),)


_X264 = Family(
    encoders=("libx264",),
    presets=_X26X_PRESETS,
    modes={"crf": _CRF_FINE, "cqp": _CQP, "vbr": _VBR, "vbr2": _VBR2, "cbr": _CBR},
    params="x264-params",
    plain=frozenset(
        _names(
            "tune fastfirstpass wpredp a53cc crf_max aq-mode aq-strength psy psy-rd rc-lookahead weightb weightp ssim "
            "intra-refresh bluray-compat b-bias b-pyramid mixed-refs 8x8dct fast-pskip aud mbtree deblock cplxblur "
            "partitions direct-pred slice-max-size nal-hrd avcintra-class me_method motion-est forced-idr coder "
            "b_strategy chromaoffset sc_threshold noise_reduction udu_sei mb_info"
        )
    ),
    threads=_threads,
)
_X265 = Family(
    encoders=("libx265",),
    presets=_X26X_PRESETS,
    modes={
        "crf": _CRF_FINE,
        "cqp": _CQP,
        "vbr": _VBR,
        "vbr2": Mode(means=("vbr",), options=_VBR.options, passes=_ONCE_PER_PASS, params_passes=_X265_TWO),
        "cbr": _CBR,
    },
    params="x265-params",
    plain=frozenset(_names("tune forced-idr udu_sei a53cc")),
    threads=_x265_threads,
)
_SVT_AV1 = Family(
    encoders=("libsvtav1",),
    presets=_numbers(-1, 13),
    modes={
        # At 0, FFmpeg leaves either to the library, which takes 35.
        "crf": replace(_CRF, least=1),
        "cqp": replace(_CQP, least=1),
        "vbr": _VBR,
        # FFmpeg asks for CBR where maxrate is the rate, but the library refuses a maxrate beside a rate (4.2), and
        # CBR in any structure but low delay: both are said to it directly.
        "cbr": Mode(means=("cbr",), options=(("b:v", "{rate}"),), params=(("rc", "2"), ("pred-struct", "1"))),
    },
    params="svtav1-params",
    plain=frozenset(_names("dolbyvision")),
    threads=_svtav1_threads,
)
_LIBAOM = Family(
    encoders=("libaom-av1",),
    presets=_numbers(0, 11),
    modes={"crf": _CRF_ALONE, "vbr": _VBR, "vbr2": _VBR2, "cbr": _CBR},
    preset="cpu-used",
    params="aom-params",
    plain=frozenset(
        _names(
            "auto-alt-ref lag-in-frames arnr-max-frames arnr-strength aq-mode error-resilience static-thresh "
            "drop-threshold denoise-noise-level denoise-block-size undershoot-pct overshoot-pct minsection-pct "
            "maxsection-pct frame-parallel tiles tile-columns tile-rows row-mt enable-cdef enable-global-motion "
            "enable-intrabc enable-restoration usage tune still-picture enable-rect-partitions enable-1to4-partitions "
            "enable-ab-partitions enable-angle-delta enable-cfl-intra enable-filter-intra enable-intra-edge-filter "
            "enable-smooth-intra enable-paeth-intra enable-palette enable-flip-idtx enable-tx64 reduced-tx-type-set "
            "use-intra-dct-only use-inter-dct-only use-intra-default-tx-only enable-ref-frame-mvs "
            "enable-reduced-reference-set enable-obmc enable-dual-filter enable-diff-wtd-comp enable-dist-wtd-comp "
            "enable-onesided-comp enable-interinter-wedge enable-interintra-wedge enable-masked-comp "
            "enable-interintra-comp enable-smooth-interintra"
        )
    ),
    threads=_threads,
)
_LIBVPX = Family(
    encoders=("libvpx-vp9",),
    presets=_numbers(-8, 8),
    modes={"crf": _CRF_ALONE, "vbr": _VBR, "vbr2": _VBR2, "cbr": _CBR},
    preset="cpu-used",
    threads=_threads,
)
_VVENC = Family(
    encoders=("libvvenc",),
    presets=_names("faster fast medium slow slower"),
    modes={"cqp": _CQP, "vbr": _VBR, "vbr2": _VBR2},  # the library has no CBR
    params="vvenc-params",
    plain=frozenset(_names("qpa period tier")),
    threads=_threads,
)
_NVENC = Family(
    encoders=("h264_nvenc", "hevc_nvenc", "av1_nvenc"),
    presets=tuple(f"p{number}" for number in range(1, 8)),
    modes={
        "cqp": Mode(means=("cqp",), options=(("rc", "constqp"), ("qp", "{q}"))),
        # At 0, the driver chooses; between, it takes fractions.
        "vbr-cq": Mode(
            means=("vbr-cq",), options=(("rc", "vbr"), ("cq", "{q}"), ("b:v", "0")), least=1, fractions=True
        ),
        "vbr": Mode(means=("vbr",), options=(("rc", "vbr"), ("b:v", "{rate}"))),
        "cbr": Mode(
            means=("cbr",), options=(("rc", "cbr"), ("b:v", "{rate}"), ("maxrate", "{rate}"), ("bufsize", "{rate}"))
        ),
    },
)
_QSV = Family(
    encoders=("h264_qsv", "hevc_qsv", "av1_qsv", "vp9_qsv"),
    presets=_names("veryslow slower slow medium fast faster veryfast"),
    modes={
        "cqp": Mode(means=("cqp",), options=(("q:v", "{q}"),)),
        "icq": Mode(means=("icq",), options=(("global_quality", "{q}"),), least=1),  # 0 is unset
        "vbr": _VBR,
        "cbr": Mode(means=("cbr",), options=(("b:v", "{rate}"), ("maxrate", "{rate}"), ("bufsize", "{rate}"))),
    },
)
_AMF = Family(
    encoders=("h264_amf", "hevc_amf", "av1_amf"),
    presets=_names("speed balanced quality high_quality"),
    preset="quality",
    modes={
        "cqp": Mode(means=("cqp",), options=(("rc", "cqp"), ("qp_i", "{q}"), ("qp_p", "{q}"))),
        # Peak-constrained: the driver wants to be told the peak.
        "vbr": Mode(means=("vbr-peak",), options=(("rc", "vbr_peak"), ("b:v", "{rate}"), ("maxrate", "{peak}"))),
        "cbr": Mode(
            means=("cbr",), options=(("rc", "cbr"), ("b:v", "{rate}"), ("maxrate", "{rate}"), ("bufsize", "{rate}"))
        ),
    },
)
_VIDEOTOOLBOX = Family(
    encoders=("h264_videotoolbox", "hevc_videotoolbox"),
    presets=("0", "1"),
    preset="realtime",
    modes={
        "quality": Mode(means=("quality",), options=(("q:v", "{q}"),)),
        "vbr": _VBR,
        "cbr": Mode(means=("cbr",), options=(("constant_bit_rate", "1"), ("b:v", "{rate}"))),
    },
)

_FAMILIES = (_X264, _X265, _SVT_AV1, _LIBAOM, _LIBVPX, _VVENC, _NVENC, _QSV, _AMF, _VIDEOTOOLBOX)
BY_ENCODER: Mapping[str, Family] = {encoder: family for family in _FAMILIES for encoder in family.encoders}
"""Every encoder that the tables know, by FFmpeg's name of it."""


def passes(
    codec: str, rc_mode: str, preset: str, q: str, knobs: Knobs, *, frame_rate: str, threads: int
) -> tuple[tuple[str, ...], ...]:
    """FFmpeg's arguments between input and output, per pass.

    Args:
        codec: FFmpeg's name of the encoder, `libx264` say.
        rc_mode: a label of `rc_modes(codec)`.
        preset: a preset of the encoder's.
        q: the number that the rate control aims at; a rate is in Mbit/s.
        knobs: FFmpeg's option names without dash, or the encoder library's own parameters, and their values.
        frame_rate: of the clip, as `25/1`; has to be above zero. No encoder of the tables is told it.
        threads: how many the encoder may use; pinned, so that an encode repeats.

    Raises:
        UsageError: an encoder, a rate control or a preset that no table knows, a q that is no number or that the
            encoder would read as another, or a knob that the rate control sets already or that
            is none of the encoder's.
    """
    family = _family(codec)
    mode = _mode(family, codec, rc_mode)
    if preset not in family.presets:
        known = ", ".join(family.presets)
        raise UsageError(f"{preset!r} is no preset of {codec}", where="presets", fix=f"its presets are {known}")
    if threads < 1 or _number(frame_rate, "frame_rate") <= 0:
        raise UsageError(f"an encode takes a frame rate and threads above zero, not {frame_rate} and {threads}")
    values = _values(q, mode, f"{codec} ({rc_mode})")
    plain_threads, own_threads = family.threads(threads)
    plain, own = _split(family, codec, rc_mode, knobs)
    said = (("c:v", codec), (family.preset, preset), *_filled(mode.options, values), *plain_threads)
    params = (*own_threads, *_filled(mode.params, values))
    return tuple(
        _argv((*said, *each, *plain), family, (*params, *of_pass, *own))
        for each, of_pass in zip(mode.passes, mode.params_passes, strict=True)
    )


def rc_modes(codec: str) -> Mapping[str, tuple[str, ...]]:
    """The rate controls of `codec`: label -> the canonical rate controls that it means. UsageError: unknown codec."""
    return {label: mode.means for label, mode in _family(codec).modes.items()}


def takes_rate(codec: str, rc_mode: str) -> bool:
    """Whether q is a bitrate in Mbit/s under this rate control. UsageError as for `passes`."""
    return _takes_rate(_mode(_family(codec), codec, rc_mode))


def codecs() -> tuple[str, ...]:
    """The encoders that the tables know."""
    return tuple(BY_ENCODER)


def _family(codec: str) -> Family:
    if codec not in BY_ENCODER:
        known = ", ".join(BY_ENCODER)
        raise UsageError(f"no table knows the encoder {codec!r}", where="codecs", fix=f"known are {known}")
    return BY_ENCODER[codec]


def _mode(family: Family, codec: str, rc_mode: str) -> Mode:
    if rc_mode not in family.modes:
        known = ", ".join(family.modes)
        raise UsageError(f"{codec} has no rate control {rc_mode!r}", where="rc_modes", fix=f"it has {known}")
    return family.modes[rc_mode]


def _takes_rate(mode: Mode) -> bool:
    return any("{rate}" in value for _, value in (*mode.options, *mode.params))


def _values(q: str, mode: Mode, whose: str) -> dict[str, str]:
    if "/" in q:
        raise UsageError(f"{q!r} is no number", where="q")
    number = _number(q, "q")
    if not _takes_rate(mode):
        if number < mode.least:
            fix = f"from {mode.least} on"
            raise UsageError(f"{whose} takes q {q!r} for none given, and would choose itself", where="q", fix=fix)
        if number.denominator > 1 and not mode.fractions:
            raise UsageError(f"q {q!r} would be rounded: {whose} takes whole numbers", where="q")
        return {"q": q}
    rate = number * 1_000_000
    if rate < 1000:
        raise UsageError(f"q {q!r} is no rate in Mbit/s that an encoder could keep", where="q")
    return {"rate": str(round(rate)), "peak": str(round(rate * 3 / 2))}


def _number(text: str, where: str) -> Fraction:
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12}|/[1-9][0-9]{0,11})?", text):
        raise UsageError(f"{text!r} is no number", where=where)
    return Fraction(text)


def _filled(pairs: Pairs, values: Mapping[str, str]) -> Pairs:
    return tuple((name, value.format_map(values)) for name, value in pairs)


def _split(family: Family, codec: str, rc_mode: str, knobs: Knobs) -> tuple[Pairs, Pairs]:
    """The knobs as FFmpeg's options, and as parameters of the library's own."""
    taken = _taken(family, family.modes[rc_mode])
    plain: list[tuple[str, str]] = []
    own: list[tuple[str, str]] = []
    for name, value in knobs:
        _check(name, value, codec)
        if name == family.params:
            own += _opened(name, value)
        elif not family.params or name.partition(":")[0] in family.plain | SHARED:
            plain.append((name, value))
        else:
            own.append((name, value))
    for name, _ in (*plain, *own):
        _check_inside(name, codec)
        if _folded(name) in taken:
            what = f"the knob {name!r} is what the preset, the rate control {rc_mode} or its threads set for {codec}"
            raise UsageError(what, where="recipes", fix="leave it out of the recipe")
    return tuple(plain), tuple(own)


def _check(name: str, value: str, codec: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_:-]*", name):
        raise UsageError(f"{name!r} can't be a knob of {codec}: it is no name of an option", where="recipes")
    if not value:
        raise UsageError(f"the knob {name!r} of {codec} has no value", where="recipes", fix="say 1 for a switch")


def _check_inside(name: str, codec: str) -> None:
    """What isn't the encoder's would be measured as if it were: other pictures, or another depth than is scored."""
    if _folded(name) in OUTSIDE:
        what = f"the knob {name!r} is no setting of {codec}: it changes the pictures, or where they go"
        raise UsageError(what, where="recipes", fix="change the source beforehand, and leave it out of the recipe")
    if _folded(name) == "pix_fmt" and ":" in name:
        raise UsageError(f"the knob {name!r} of {codec} names a stream", where="recipes", fix="write pix_fmt")


def _opened(name: str, value: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in re.split(r"(?<!\\):", value)]
    if odd := next((key for key, sign, _ in pairs if not key or not sign), None):
        raise UsageError(f"{odd!r} in the knob {name} is not key=value", where="recipes")
    return [(key, text.replace("\\:", ":")) for key, _, text in pairs]


def _taken(family: Family, mode: Mode) -> frozenset[str]:
    pairs = (*mode.options, *mode.params, *(pair for each in (*mode.passes, *mode.params_passes) for pair in each))
    threads = (pair for each in family.threads(1) for pair in each)
    names = (family.preset, *(name for name, _ in (*pairs, *threads)))
    return frozenset(map(_folded, names)) | CHOOSING


def _folded(name: str) -> str:
    # A stream specifier counts for nothing, and separators are alike: `b:v` is `b`.
    return name.partition(":")[0].replace("-", "_").lower()


def _argv(plain: Iterable[tuple[str, str]], family: Family, params: Pairs) -> tuple[str, ...]:
    argv = tuple(part for name, value in plain for part in (f"-{name}", value))
    if not params:
        return argv
    return (*argv, f"-{family.params}", ":".join(f"{name}={_escaped(value)}" for name, value in params))


def _escaped(value: str) -> str:
    return re.sub(r"([\\:'])", r"\\\1", value)
