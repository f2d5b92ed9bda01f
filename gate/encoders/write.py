"""An operating point to an argv, for measuring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from gate.encoders import listing
from gate.encoders.families import FAMILIES, family_of
from gate.encoders.modes import Pairs, Writing, Written
from gate.encoders.values import names
from gate.errors import UsageError
from gate.model import Knobs

CHOOSING = names(
    "c codec vcodec b vb crf qp cq rc q qscale global_quality constant_bit_rate pass passlogfile stats bitrate tbr "
    "end_usage cq_level target_bitrate targetbitrate passes numpasses rcstatsfile qp_constant qp_i qp_p pre fpre "
    "vpre"
)
"""What picks the codec, the rate control or its aim, whatever the family: a recipe must not."""

OUTSIDE = names(
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
"""What changes the pictures, which of them there are, or where they go: no knob of an encoder, under any family."""

BY_ENCODER: Mapping[str, Writing] = {
    encoder: family.writing
    for family in FAMILIES
    if family.writing
    for encoder in family.writing.encoders or family.encoders
}


def passes(codec: str, rc_mode: str, preset: str, q: str, knobs: Knobs, *, threads: int) -> tuple[tuple[str, ...], ...]:
    """FFmpeg's arguments between input and output, per pass.

    Args:
        codec: FFmpeg's name of the encoder, `libx264` say.
        rc_mode: a label of `rc_modes(codec)`.
        preset: a preset of the encoder's.
        q: the number that the rate control aims at; a rate is in Mbit/s.
        knobs: FFmpeg's option names without dash, or the encoder library's own parameters, and their values.
        threads: how many the encoder may use; pinned, so that an encode repeats.

    Raises:
        UsageError: an encoder, a rate control or a preset that no table knows, a q that is no number or that the
            encoder would read as another, or a knob that the rate control sets already or that
            is none of the encoder's.
    """
    family = _family(codec)
    mode = _mode(family, codec, rc_mode)
    presets = family.presets or tuple(family_of(codec).presets)
    if preset not in presets:
        known = ", ".join(presets)
        raise UsageError(f"{preset!r} is no preset of {codec}", where="presets", fix=f"its presets are {known}")
    if threads < 1:
        raise UsageError(f"an encode takes threads above zero, not {threads}")
    values = _values(q, mode, codec, rc_mode)
    plain_threads, own_threads = family.threads(threads)
    plain, own = _split(family, codec, rc_mode, knobs)
    said = (("c:v", codec), (family_of(codec).preset, preset), *_filled(mode.options, values), *plain_threads)
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


def _family(codec: str) -> Writing:
    if codec not in BY_ENCODER:
        known = ", ".join(BY_ENCODER)
        raise UsageError(f"no table knows the encoder {codec!r}", where="codecs", fix=f"known are {known}")
    return BY_ENCODER[codec]


def _mode(family: Writing, codec: str, rc_mode: str) -> Written:
    if rc_mode not in family.modes:
        known = ", ".join(family.modes)
        raise UsageError(f"{codec} has no rate control {rc_mode!r}", where="rc_modes", fix=f"it has {known}")
    return family.modes[rc_mode]


def _takes_rate(mode: Written) -> bool:
    return any("{rate}" in value for _, value in (*mode.options, *mode.params))


def _values(q: str, mode: Written, codec: str, rc_mode: str) -> dict[str, str]:
    if "/" in q:
        raise UsageError(f"{q!r} is no number", where="q")
    number, whose = _number(q, "q"), f"{codec} ({rc_mode})"
    if not _takes_rate(mode):
        most = _highest(mode, codec)
        if most is not None and number > most:
            what = f"{whose} takes no q {q!r}: it would be refused, or be {most:g} under another label"
            raise UsageError(what, where="q", fix=f"up to {most:g}")
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


def _highest(mode: Written, codec: str) -> float | None:
    """The highest q: the library's own bound, else that of FFmpeg's option."""
    if mode.most is not None:
        return mode.most
    named = [listing.listing(codec).options.get(name) for name, value in mode.options if value == "{q}"]
    return min((option.highest for option in named if option and option.highest is not None), default=None)


def _number(text: str, where: str) -> Fraction:
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12}|/[1-9][0-9]{0,11})?", text):
        raise UsageError(f"{text!r} is no number", where=where)
    return Fraction(text)


def _filled(pairs: Pairs, values: Mapping[str, str]) -> Pairs:
    return tuple((name, value.format_map(values)) for name, value in pairs)


def _split(family: Writing, codec: str, rc_mode: str, knobs: Knobs) -> tuple[Pairs, Pairs]:
    """The knobs as FFmpeg's options, and as parameters of the library's own."""
    taken = _taken(family, family.modes[rc_mode], family_of(codec).preset)
    ours = {*listing.listing(codec).options, *listing.listing(listing.GENERIC).options, "pix_fmt", "force_key_frames"}
    plain: list[tuple[str, str]] = []
    own: list[tuple[str, str]] = []
    for name, value in knobs:
        _check(name, value, codec)
        if name == family.params:
            own += _opened(name, value)
        elif not family.params or name.partition(":")[0] in ours:
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


def _taken(family: Writing, mode: Written, preset: str) -> frozenset[str]:
    pairs = (*mode.options, *mode.params, *(pair for each in (*mode.passes, *mode.params_passes) for pair in each))
    threads = (pair for each in family.threads(1) for pair in each)
    names = (preset, *(name for name, _ in (*pairs, *threads)))
    return frozenset(map(_folded, names)) | CHOOSING


def _folded(name: str) -> str:
    # A stream specifier counts for nothing, and separators are alike: `b:v` is `b`.
    return name.partition(":")[0].replace("-", "_").lower()


def _argv(plain: Iterable[tuple[str, str]], family: Writing, params: Pairs) -> tuple[str, ...]:
    argv = tuple(part for name, value in plain for part in (f"-{name}", value))
    if not params:
        return argv
    return (*argv, f"-{family.params}", ":".join(f"{name}={_escaped(value)}" for name, value in params))


def _escaped(value: str) -> str:
    return re.sub(r"([\\:'])", r"\\\1", value)
