"""Which file is which module, and which absolute import means one of them."""

from __future__ import annotations

import pytest

from gate.adapters.evaluator.layout import Layout, layouts

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
        (TOP, "vmaftune.saliency", ""),
        (TOP, "numpy", None),
        (TOP, "x264", None),
        ("src/codec_adapters", "codec_adapters.x264", "codec_adapters.x264"),
        ("codec_adapters", "codec_adapters.x264", "codec_adapters.x264"),
        ("", "x264", None),
    ],
)
def test_what_an_absolute_import_means(top: str, name: str, meant: str | None) -> None:
    assert Layout(top=top, paths=frozenset()).internal(name) == meant


def test_the_topmost_package_among_the_files_is_the_root() -> None:
    paths = ["a/b/__init__.py", "a/b/c/__init__.py", "a/b/c/x.py"]
    assert layouts(paths, ["a/b/c/__init__.py"])["a/b/c/__init__.py"].top == "a/b"


@pytest.mark.parametrize(
    ("unread", "file"),
    [
        (f"{TOP}/x264/__init__.py", f"{TOP}/x264.py"),
        (f"{TOP}/x264/deep/er.py", ""),  # a folder without an __init__ comes after the file
        (f"{TOP}/x264", f"{TOP}/x264.py"),
        (f"{TOP}/x264.so", f"{TOP}/x264.py"),
        (f"{TOP}/x264.abi3.so", f"{TOP}/x264.py"),
        (f"{TOP}/x264.cp311-win_amd64.pyd", f"{TOP}/x264.py"),
        (f"{TOP}/x264.pyc", f"{TOP}/x264.py"),
        (f"{TOP}/x264.pyw", f"{TOP}/x264.py"),
        (f"{TOP}/__pycache__/x264.cpython-311.pyc", f"{TOP}/x264.py"),
        (f"{TOP}/__pycache__/x264.cpython-311.opt-1.pyc", f"{TOP}/x264.py"),
        (f"{TOP}/__init__.abi3.so", f"{TOP}/__init__.py"),
        (f"{TOP}/hw/__init__.pyd", f"{TOP}/hw/__init__.py"),
        (f"{TOP}/hw/__pycache__/a.cpython-311.pyc", f"{TOP}/hw/a.py"),
        (f"{TOP}/README.md", ""),
        (f"{TOP}/x264.md", ""),
        (f"{TOP}/x264.json", ""),
        (f"{TOP}/x2645.so", ""),
        (f"{TOP}/hw/x264.so", ""),
        (f"{TOP}/hw/data.json", ""),
        (f"{TOP}/data/x264/a.json", ""),
        (f"{TOP}/__pycache__/x264.txt", ""),
        ("other/x264.so", ""),
    ],
)
def test_what_python_could_import_instead_of_a_file(unread: str, file: str) -> None:
    layout = layouts(LAYOUT.paths, [f"{TOP}/__init__.py"], [unread])[f"{TOP}/__init__.py"]
    rivals = {path: layout.rival(path) for path in sorted(LAYOUT.paths)}
    assert {path: rival for path, rival in rivals.items() if rival} == ({file: unread} if file else {})


@pytest.mark.parametrize(
    ("unread", "name", "could"),
    [
        (f"{TOP}/fast.abi3.so", "fast", True),
        (f"{TOP}/fast.py", "fast", True),
        (f"{TOP}/fast/x.txt", "fast", True),
        (f"{TOP}/fast.txt", "fast", False),
    ],
)
def test_what_a_module_without_a_file_could_be(unread: str, name: str, could: bool) -> None:
    layout = layouts(LAYOUT.paths, [f"{TOP}/__init__.py"], [unread])[f"{TOP}/__init__.py"]
    assert layout.unread(f"codec_adapters.{name}") == (unread if could else None)


def test_a_folder_without_an_init_could_be_a_module() -> None:
    layout = Layout(top="a", paths=frozenset({"a/__init__.py", "a/b/c.py"}))
    assert layout.unread("a.b") == "a/b/c.py"


def test_a_package_goes_before_a_file_of_its_name() -> None:
    layout = Layout(top="a", paths=frozenset({"a/__init__.py", "a/b.py", "a/b/__init__.py"}))
    assert layout.path("a.b") == "a/b/__init__.py"
