"""Every command that a page shows does what the page says: run in order, in a fresh folder per page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docsite.shown import Command, Contents, needs, steps

TOP = Path(__file__).parents[2]
DOCS = TOP / "docs"
PLACEHOLDERS = {"samples.md"}  # addresses and digests that nobody can have: test_mentions.py reads these commands
PAGES = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if "```console" in page.read_text() and str(page.relative_to(DOCS)) not in PLACEHOLDERS
]
EVERYTHING = os.environ.get("GATE_DOCS") == "all"  # what `make docs` says


def run(command, folder, environment):
    """Exit status, output, and the folder in which it leaves its shell."""
    end = Path(environment["HOME"]) / "pwd"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{command.text}\npwd >'{end}'"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    there = Path(end.read_text().rstrip("\n")) if end.exists() else folder
    end.unlink(missing_ok=True)
    return done.returncode, done.stdout, there


@pytest.fixture
def environment(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PROJECT": str(TOP),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_pages_commands_do_what_it_shows(page, tmp_path, environment):
    text = page.read_text()
    if needs(text) and not EVERYTHING:
        pytest.skip(f"needs {needs(text)}: `make docs` runs it")
    folder = tmp_path / "here"
    folder.mkdir()
    for step in steps(text):
        if isinstance(step, Contents):
            (folder / step.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / step.path).write_text(step.text)
            continue
        status, printed, folder = run(step, folder, environment)
        where = f"{page.relative_to(TOP)}:{step.line}: $ {step.text}"
        assert status == step.status, f"{where}\n(exit status {status})\n{printed}"
        assert step.matches(printed), f"{where}\nshown:\n{step.output}\nprinted:\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_command_of_a_page_is_found(page):
    """One in an indented block, or behind another prompt, would never run."""
    text = page.read_text()
    shown = sum(block.count("\n$ ") for block in re.findall(r"```console\n.*?```", f"\n{text}", re.DOTALL))
    found = [step for step in steps(text) if isinstance(step, Command) and not step.hidden]
    assert shown == len(found) > 0
    assert not re.search(r"^[ \t]+```", text, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_a_reader_sees_the_name_of_every_file_that_he_is_to_write(page):
    text = page.read_text()
    for comment in re.finditer(r"^<!-- file: (.*?) -->$", text, re.MULTILINE):
        assert f"`{comment[1]}`" in text[: comment.start()].rstrip().rpartition("\n\n")[2]


SHOWN = "$ one\n$ two \\\n>   more\nout\n\n  …\nend … of it\n(exit status 2)\n"


def test_commands_are_found_with_output_and_status():
    first, second = steps(f"Text\n\n```console\n{SHOWN}```\n")
    assert first == Command(text="one", line=4)
    assert second == Command(text="two \\\n  more", line=5, output="out\n\n  …\nend … of it\n", status=2)


@pytest.mark.parametrize("fence", ["```text", "```yaml", "```"])
def test_other_blocks_hold_no_commands(fence):
    assert list(steps(f"{fence}\n$ one\n```\n")) == []


def test_files_and_set_up_are_comments():
    page = (
        "<!-- set-up: git init\ngit add . -->\n\n<!-- file: a/b.yml -->\n```yaml\nx: 1\n```\n\n```console\n$ ls\n```\n"
    )
    set_up, contents, command = steps(page)
    assert set_up == Command(text="git init\ngit add .", line=1, hidden=True)
    assert contents == Contents(path="a/b.yml", text="x: 1\n")
    assert command == Command(text="ls", line=10)


def test_what_a_page_needs():
    assert needs("# A page\n\n<!-- needs: FFmpeg -->\n") == "FFmpeg"
    assert needs("# A page\n") == ""


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (None, "whatever\n", True),
        ("a\n", "a\n", True),
        ("a\n", "a", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("a\n…\n", "a\n", True),
        ("…\nc\n", "a\nb\nc\n", True),
        ("a\n…\nc\n", "a\nb\n", False),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b\nc\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_output_matches(shown, printed, same):
    assert Command(text="x", line=1, output=shown).matches(printed) is same
