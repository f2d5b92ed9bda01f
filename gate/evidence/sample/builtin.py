"""The samples that ship with the gate, by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from gate.errors import SampleError

_PACKAGE = Path(__file__).resolve().parents[2]
_SHIPPED = {
    "measured": "fixtures/measured/sample.parquet",
    "research-0080": "fixtures/research-0080/sample.parquet",
}
"""Name -> the file in a source tree; a wheel holds it as `gate/builtin/<name>.parquet` (pyproject: force-include)."""


def builtin_samples() -> Mapping[str, Path]:
    """Name -> file of every built-in sample, in an installed wheel as in a source tree."""
    return MappingProxyType({name: _place(name, source) for name, source in _SHIPPED.items()})


def builtin_sample(name: str) -> Path:
    """The file of one built-in sample. SampleError where there is none of that name."""
    samples = builtin_samples()
    if name not in samples:
        raise SampleError(f"no built-in sample is called {name!r}", fix=f"there is {', '.join(sorted(samples))}")
    return samples[name]


def _place(name: str, source: str) -> Path:
    """The wheel's place, else the source tree's; where neither has it, reading the file will say so."""
    installed = _PACKAGE / "builtin" / f"{name}.parquet"
    return installed if installed.is_file() else _PACKAGE.parent / source
