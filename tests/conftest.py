"""Real git repositories for tests, and the hypothesis profile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A real repository in a temporary folder."""

    top: Path

    def git(self, *args: str) -> str:
        """Run git in it; the test fails where git does."""
        done = subprocess.run(["git", "-C", str(self.top), *args], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files of the work tree."""
        for path, contents in files.items():
            place = self.top / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(contents.encode() if isinstance(contents, str) else contents)

    def commit(self, files: Mapping[str, str | bytes], message: str = "change") -> str:
        """Write, add and commit; the commit's id."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _git_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's user reaches the tests' git."""
    config = tmp_path / "gitconfig"
    config.write_text(
        "[user]\n\tname = T\n\temail = t@example.org\n[init]\n\tdefaultBranch = main\n[commit]\n\tgpgsign = false\n"
    )
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """An empty repository on branch main."""
    top = tmp_path / "work"
    top.mkdir()
    made = Work(top=top)
    made.git("init", "--quiet")
    return made
