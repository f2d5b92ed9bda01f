"""What the families' rate controls have in common: a rate as q, and quality before rate."""

from __future__ import annotations

from fractions import Fraction

from gate.proposal.ffmpeg.modes import RateControlMode
from gate.proposal.ffmpeg.options import RateControl, Settings
from gate.proposal.ffmpeg.values import plain


def mbit(rate: Fraction | None) -> str:
    """A rate in bit/s as q: Mbit/s, the shortest decimal text; empty where there is none."""
    return plain(rate / 1_000_000) if rate else ""


def by_rate(settings: Settings, mode: RateControlMode, *uses: str) -> RateControl:
    """`mode` aiming at `-b:v`. A maxrate, a minrate and a buffer stay knobs: they bend what the encoder does."""
    q_from = ("b",) if "b" in settings.by_name else ()
    return RateControl(mode=mode, q=mbit(settings.number("b")), uses=uses, q_from=q_from)


def by_quality(settings: Settings, mode: RateControlMode, option: str, *uses: str) -> RateControl:
    """`mode` aiming at the quality that `option` sets."""
    q_from = (option,) if option in settings.by_name else ()
    return RateControl(mode=mode, q=settings.text(option), uses=uses, q_from=q_from)


def by_equal_rates(settings: Settings) -> RateControl | None:
    """CBR where rate, maxrate and minrate are one and the same; else None."""
    rate = settings.number("b")
    if not rate or settings.number("maxrate") != rate or settings.number("minrate") != rate:
        return None
    return by_rate(settings, RateControlMode.CBR, "maxrate", "minrate")
