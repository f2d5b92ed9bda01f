"""Callables that the standard library hands out, called as Python refuses: unknown to the reader, and no bug in it."""

from __future__ import annotations

import pytest

from gate.adapters.vmaf_tune import read_vmaf_tune

PACKAGE = """
import dataclasses
import functools


def f(*args):
    return 1


@dataclasses.dataclass(frozen=True)
class Adapter:
    name: str = "libx264"
    encoder: str = "libx264"
    quality_knob: str = "crf"
    quality_range: tuple = (0, 51)
    quality_default: int = 23
    presets: tuple = ("fast",)
    kept = functools.partialmethod(f, 1)

    def ffmpeg_codec_args(self, preset, quality):
        return ["-c:v", "libx264", "-preset", preset, "-crf", str(quality), *EXTRA]

    def extra_params(self):
        return ()


EXTRA = ("-bf", str(%s))
_REGISTRY = {"libx264": Adapter()}


def get_adapter(name):
    return _REGISTRY[name]
"""


@pytest.mark.parametrize(
    "call",
    [
        "functools.lru_cache(None)()",
        "functools.lru_cache(maxsize=8)(x=1)",
        "functools.lru_cache(maxsize=8)(f, f)",
        "functools.lru_cache(None)(f, x=1)",
        "functools.wraps(f)()",
        "functools.wraps(f)(f, f)",
        "functools.wraps(f)(f, x=1)",
        "functools.partial()",
        "functools.partial(x=1)",
        "functools.partialmethod()",
        "functools.partialmethod(x=1)",
        "Adapter.kept()",
    ],
)
def test_a_call_that_python_refuses_is_unknown(call: str) -> None:
    names: dict[str, object] = {}
    exec(PACKAGE % "1", names)
    with pytest.raises((TypeError, AttributeError, IndexError)):
        eval(call, names)
    adapter = read_vmaf_tune({"p/__init__.py": (PACKAGE % call).encode()}).adapters["libx264"]
    assert adapter.unresolved
    assert not adapter.emissions
