"""A project with the bundled adapters in a real repository, and the command line as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate.cli.main import run

ADAPTERS = Path(__file__).parents[2] / "fixtures/adapters"
PACKAGE = "codec_adapters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run ended."""

    status: int
    out: str
    err: str

    @property
    def report(self):
        """The JSON that it printed."""
        return json.loads(self.out)


@pytest.fixture
def project(work):
    """A repository on main whose only commit holds the bundled adapters."""
    files = {
        str(path.relative_to(ADAPTERS / "vmaf-tune-shape")): path.read_bytes()
        for path in (ADAPTERS / "vmaf-tune-shape").rglob("*.py")
    }
    work.commit(files)
    return work


@pytest.fixture
def gate(capfdbinary, monkeypatch, tmp_path):
    """Run `gate` in this process, as `main` would."""

    def call(*args, cwd=None):
        monkeypatch.chdir(cwd or tmp_path)
        monkeypatch.setenv("COLUMNS", "100")
        status = run([str(arg) for arg in args])
        out, err = capfdbinary.readouterr()
        return Ended(status=status, out=out.decode(), err=err.decode())

    return call


@pytest.fixture
def program():
    """Run `gate` as a program of its own."""

    def call(*args, cwd):
        done = subprocess.run(
            [sys.executable, "-m", "gate", *map(str, args)], cwd=cwd, capture_output=True, text=True, check=False
        )
        return Ended(status=done.returncode, out=done.stdout, err=done.stderr)

    return call


def edit(project, path, *pairs):
    """Replace text in a file of the work tree; each old text must be there."""
    text = (project.top / path).read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    project.write({path: text})


@pytest.fixture(name="edit")
def _edit():
    return edit
