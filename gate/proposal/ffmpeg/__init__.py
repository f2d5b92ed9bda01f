"""FFmpeg's options by encoder family: what in an argv is preset, quality, rate control or knob, and what is neither."""

from gate.proposal.ffmpeg.families import family_of
from gate.proposal.ffmpeg.modes import RATE_MODES, RateControlMode
from gate.proposal.ffmpeg.point import canonical_knobs, read_point

__all__ = ["RATE_MODES", "RateControlMode", "canonical_knobs", "family_of", "read_point"]
