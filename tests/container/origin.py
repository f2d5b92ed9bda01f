"""A pull request as the server has it: a bare repository with its branches, its merge ref, and what the event says."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.container.server import header

CHANGES = ("b-frames", "harmless")
NUMBER = 7
NAME = "o/r"
_TRAPS = {  # a working directory that Python would import from, were it asked to
    "gate/__init__.py": "raise SystemExit(0)\n",
    "gate/github/action.py": "raise SystemExit(0)\n",
    "numpy.py": "raise SystemExit(0)\n",
    "sitecustomize.py": "raise SystemExit(0)\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The bare repository, and the commits that the event and the command line name."""

    bare: Path
    base: str
    head: str
    merge: str

    def event(self) -> dict[str, object]:
        """What GitHub hands to a `pull_request` job."""
        repository = {"full_name": NAME, "default_branch": "main", "fork": False, "owner": {"login": "o"}, "name": "r"}
        return {
            "action": "synchronize",
            "number": NUMBER,
            "repository": repository,
            "pull_request": {
                "number": NUMBER,
                "merge_commit_sha": self.merge,
                "base": {"ref": "main", "sha": self.base, "repo": repository},
                "head": {"ref": "topic", "sha": self.head, "repo": repository},
                "user": {"login": "author"},
            },
            "sender": {"login": "author"},
        }


def make_origin(folder: Path, adapters: Path, change: str, policy: str = "") -> Origin:
    """A repository with the bundled adapters on main, and a pull request that makes one of the bundled changes."""
    top = folder / "origin"
    shutil.copytree(adapters / "vmaf-tune-shape", top)
    if policy:
        (top / ".github").mkdir()
        (top / ".github/codec-gate.yml").write_text(policy)
    _git(top, "init", "--quiet", "--initial-branch", "main")
    base = _commit(top, "Adapters as they are")
    _git(top, "checkout", "--quiet", "-b", "topic")
    shutil.copytree(adapters / "changes" / change, top, dirs_exist_ok=True)
    for path, contents in _TRAPS.items():
        (top / path).parent.mkdir(exist_ok=True)
        (top / path).write_text(contents)
    head = _commit(top, "The change")
    _git(top, "checkout", "--quiet", "--detach", "main")
    _git(top, "merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
    merge = _git(top, "rev-parse", "HEAD")
    _git(top, "update-ref", f"refs/pull/{NUMBER}/merge", merge)
    _git(top, "update-ref", f"refs/pull/{NUMBER}/head", head)
    bare = folder / "served" / NAME
    bare.parent.mkdir(parents=True)
    _git(top, "clone", "--quiet", "--mirror", str(top), str(bare))
    _git(bare, "symbolic-ref", "HEAD", "refs/heads/main")
    _git(bare, "config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub's
    _git(bare, "config", "uploadpack.allowFilter", "true")
    return Origin(bare=bare, base=base, head=head, merge=merge)


def check_out(origin: Origin, server: str, workspace: Path, token: str = "") -> None:
    """The merge ref at depth 1 and nothing else, as `actions/checkout` leaves it.

    With a token: of a private repository, sparse (so that blobs are left out), with `persist-credentials: false`.
    """
    workspace.mkdir()
    ref = f"refs/remotes/pull/{NUMBER}/merge"
    _git(workspace, "init", "--quiet")
    _git(workspace, "remote", "add", "origin", f"{server}/{NAME}")
    shown = ("-c", f"http.extraheader=AUTHORIZATION: {header(token)}") if token else ()
    filtered = ("--filter=blob:none",) if token else ()
    _git(workspace, *shown, "fetch", "--quiet", "--no-tags", "--depth=1", *filtered, "origin", f"+{origin.merge}:{ref}")
    if token:
        _git(workspace, "sparse-checkout", "set", ".github")
    _git(workspace, *shown, "checkout", "--quiet", "--force", ref)


def _commit(top: Path, message: str) -> str:
    _git(top, "add", "--all")
    _git(top, "commit", "--quiet", "--message", message)
    return _git(top, "rev-parse", "HEAD")


def _git(top: Path, *args: str) -> str:
    settings = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *settings, "-C", str(top), *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"git {' '.join(args)} failed: {done.stderr}")
    return done.stdout.strip()
