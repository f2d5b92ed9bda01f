"""FFmpeg's options by encoder family: what in an argv is preset, quality, rate control or knob, and what is neither."""

from gate.encoders.families import family_of
from gate.encoders.modes import RATE_MODES, RateControlMode
from gate.encoders.read import canonical_knobs, read_point

__all__ = ["RATE_MODES", "RateControlMode", "canonical_knobs", "family_of", "read_point"]
