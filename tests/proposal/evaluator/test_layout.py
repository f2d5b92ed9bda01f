"""Which file is which module, and which absolute import means one of them."""

from __future__ import annotations

import pytest

from gate.proposal.evaluator.layout import Layout, layouts

TOP = "tools/src/vmaftune/codec_adapters"
LAYOUT = Layout(
    top=TOP, paths=frozenset({f"{TOP}/__init__.py", f"{TOP}/x264.py", f"{TOP}/hw/__init__.py", f"{TOP}/hw/a.py"})
)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{TOP}/__init__.py", "codec_adapters"),
        (f"{TOP}/x264.py", "codec_adapters.x264"),
        (f"{TOP}/hw/__init__.py", "codec_adapters.hw"),
        (f"{TOP}/hw/a.py", "codec_adapters.hw.a"),
    ],
)
def test_a_file_and_its_module_name_each_other(path: str, name: str) -> None:
    assert LAYOUT.module(path) == name
    assert LAYOUT.path(name) == path


def test_a_module_that_has_no_file() -> None:
    assert LAYOUT.path("codec_adapters.missing") is None


@pytest.mark.parametrize(
    ("top", "name", "meant"),
    [
        (TOP, "vmaftune.codec_adapters.x264", "codec_adapters.x264"),
        (TOP, "vmaftune.codec_adapters", "codec_adapters"),
        (TOP, "src.vmaftune.codec_adapters.x264", "codec_adapters.x264"),
        (TOP, "codec_adapters.x264", ""),  # a second copy of it, or none: can't be told
        (TOP, "vmaftune.saliency", None),
        (TOP, "numpy", None),
        (TOP, "x264", None),
        ("src/codec_adapters", "codec_adapters.x264", "codec_adapters.x264"),
        ("codec_adapters", "codec_adapters.x264", "codec_adapters.x264"),
        ("", "x264", None),
    ],
)
def test_what_an_absolute_import_means(top: str, name: str, meant: str | None) -> None:
    assert Layout(top=top, paths=frozenset()).internal(name) == meant


def test_a_package_above_the_files() -> None:
    assert LAYOUT.above("vmaftune.saliency")
    assert not LAYOUT.above("numpy")


def test_the_topmost_package_among_the_files_is_the_root() -> None:
    paths = ["a/b/__init__.py", "a/b/c/__init__.py", "a/b/c/x.py"]
    assert layouts(paths, ["a/b/c/__init__.py"])["a/b/c/__init__.py"].top == "a/b"
