"""The only module that runs git: a function per question, git's environment scrubbed, NUL-separated answers."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gate.errors import GitError, one_line

# Settings of the user or of the judged repository must not run programs or change what is read. `safe.directory` goes
# along with every command because a container's checkout belongs to another uid, and global config isn't ours to write.
_SETTINGS = ("safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotePath=false")
_SCRUBBED = frozenset(
    {
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CEILING_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_PAGER",
    }
)  # fmt: skip

FILE, SYMLINK, GITLINK = "100644", "120000", "160000"
REGULAR = frozenset({FILE, "100755"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a tree: its mode as git writes it (`100644`, `120000` for a symlink), object id and path."""

    mode: str
    oid: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository: `top` is the work tree's root, or the git directory of a bare one; ids are of `object_format`."""

    top: Path
    bare: bool
    shallow: bool
    object_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a remote is reached: the server that `token` is for, and for how long to wait."""

    server: str = ""
    token: str = field(default="", repr=False)
    seconds: float = 60


def open_repository(folder: Path) -> Repository:
    """The repository that holds `folder`.

    Raises:
        GitError: git is not installed, or `folder` is not in a repository.
    """
    if not folder.is_dir():
        raise GitError("no such folder", where=str(folder), fix="give --repo a git repository")
    # A repository without a work tree answers all but the last question.
    asked = (
        "--is-bare-repository",
        "--is-shallow-repository",
        "--show-object-format",
        "--absolute-git-dir",
        "--show-toplevel",
    )
    answers = _run(folder, ("rev-parse", *asked)).stdout.decode("utf-8", "surrogateescape").splitlines()
    if len(answers) < len(asked) - 1:
        raise GitError("not a git repository", where=str(folder), fix="give --repo a git repository, bare or not")
    bare, shallow, object_format, git_dir, *top = answers
    if bare != "true" and not top:
        raise GitError("not inside a work tree", where=str(folder), fix="give --repo the work tree's folder")
    return Repository(
        top=Path(top[0] if top else git_dir),
        bare=bare == "true",
        shallow=shallow == "true",
        object_format=object_format,
    )


def resolve(repo: Repository, ref: str) -> str | None:
    """The commit id that `ref` names, None where there is no such commit."""
    if not ref or ref.startswith("-") or not ref.isprintable():
        return None
    done = _run(repo.top, ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"))
    return None if done.returncode else done.stdout.decode("ascii").strip()


def commit(repo: Repository, ref: str, what: str) -> str:
    """The commit id that `ref` names; `what` (`--base`, `trust ref`) is for the error.

    Raises:
        GitError: no such commit here.
    """
    oid = resolve(repo, ref)
    if oid is None:
        fix = (
            "fetch it first; in a shallow checkout set `fetch-depth: 0`"
            if repo.shallow
            else "check its spelling, or fetch it"
        )
        raise GitError(f"no such commit: {ref}", where=what, fix=fix)
    return oid


def upstream_default(repo: Repository) -> str | None:
    """The remote's default branch as a full ref (`refs/remotes/origin/main`), None where there is no remote branch."""
    done = _run(repo.top, ("for-each-ref", "--format=%(refname)%00%(symref)", "refs/remotes"))
    refs = dict(line.split("\0") for line in done.stdout.decode("utf-8", "surrogateescape").splitlines())
    heads = {name: target for name, target in refs.items() if name.endswith("/HEAD") and target in refs}
    for name in ("refs/remotes/upstream/HEAD", "refs/remotes/origin/HEAD", *sorted(heads)):
        if name in heads:
            return heads[name]
    tries = (f"refs/remotes/{remote}/{branch}" for remote in ("upstream", "origin") for branch in ("main", "master"))
    return next((name for name in tries if name in refs), None)


def merge_base(repo: Repository, one: str, other: str) -> str | None:
    """The best common ancestor of two commits, None where git knows of none (or a shallow clone has cut it off)."""
    done = _run(repo.top, ("merge-base", one, other))
    return None if done.returncode else done.stdout.decode("ascii").split()[0]


def parents(repo: Repository, commit_id: str) -> tuple[str, ...]:
    """A commit's parents as the commit itself names them, also where a shallow clone has cut them off."""
    done = _run(repo.top, ("cat-file", "commit", commit_id))
    head = done.stdout.partition(b"\n\n")[0].decode("utf-8", "replace") if not done.returncode else ""
    return tuple(line.split(" ")[1] for line in head.splitlines() if line.startswith("parent "))


def remote_url(repo: Repository, remote: str) -> str:
    """Where a remote is, empty where there is no such remote."""
    done = _run(repo.top, ("config", "--get", f"remote.{remote}.url"))
    return "" if done.returncode else done.stdout.decode("utf-8", "surrogateescape").strip()


def remote_tips(repo: Repository, remote: str, refs: Sequence[str], access: Access) -> Mapping[str, str]:
    """What `refs` name in the remote now, by full ref name; one that it doesn't have is missing.

    Raises:
        GitError: the remote can't be asked.
    """
    done = _remote(repo, ("ls-remote", "--quiet", "--", remote, *refs), access)
    if done.returncode:
        raise GitError(_safe_url(f"can't ask {remote}: {_words(done)}"), where=str(repo.top))
    lines = (line.split("\t") for line in done.stdout.decode("utf-8", "surrogateescape").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2 and words[1] in refs}


def fetch(repo: Repository, remote: str, refs: Sequence[str], access: Access, depth: str = "") -> None:
    """Bring refs (or commit ids) into the object store; `depth` is a git option such as `--depth=1`. Moves no ref.

    Raises:
        GitError: the remote can't be reached, or hasn't got them.
    """
    quiet = (
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--refmap=",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
    )
    done = _remote(repo, ("fetch", *quiet, *((depth,) if depth else ()), "--", remote, *refs), access)
    if done.returncode:
        raise GitError(_safe_url(f"can't fetch from {remote}: {_words(done)}"), where=str(repo.top))


def _remote(repo: Repository, args: Sequence[str], access: Access) -> subprocess.CompletedProcess[bytes]:
    """With the checkout's own credentials first: beside a second `Authorization` header GitHub refuses both."""
    done = _run(repo.top, args, timeout=access.seconds)
    if not done.returncode or not access.token or not access.server.startswith("http"):
        return done
    words = base64.b64encode(f"x-access-token:{access.token}".encode()).decode("ascii")
    key = f"http.{access.server}/.extraheader"
    given = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": ""}
    given |= {"GIT_CONFIG_KEY_1": key, "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {words}"}
    return _run(repo.top, args, timeout=access.seconds, extra=given)


def _safe_url(words: str) -> str:
    """Without the passwords that URLs may carry."""
    return re.sub(r"//[^/@\s]*@", "//", words)


def entries(repo: Repository, commit_id: str, prefixes: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Every file of a commit's tree below `prefixes` (all of it without any), in git's order."""
    folders = [prefix for prefix in prefixes if prefix]
    paths = ("--", *folders) if folders and len(folders) == len(prefixes) else ()
    done = _run(repo.top, ("ls-tree", "-r", "-z", "--full-tree", commit_id, *paths))
    if done.returncode:
        raise GitError(f"can't list the tree of {commit_id}: {_words(done)}", where=str(repo.top))
    return tuple(_entry(record) for record in _records(done.stdout))


def _entry(record: str) -> Entry:
    head, _, path = record.partition("\t")
    mode, _, oid = head.split(" ")
    return Entry(mode=mode, oid=oid, path=path)


def object_id(repo: Repository, contents: bytes) -> str:
    """The id under which the repository would store a file of these contents."""
    hashed = hashlib.new(repo.object_format, b"blob %d\0" % len(contents), usedforsecurity=False)
    hashed.update(contents)
    return hashed.hexdigest()


def work_tree_files(repo: Repository) -> tuple[str, ...]:
    """Paths of the tracked and the untracked, not ignored files of the work tree, sorted; deleted ones may be named.

    Untracked bytecode caches are left out: Python left them there, and they are no part of a proposal.
    """
    asked = ("ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard", "--deduplicate")
    done = _run(repo.top, asked)
    if done.returncode:
        raise GitError(f"can't list the work tree: {_words(done)}", where=str(repo.top))
    tagged = [record.partition(" ") for record in _records(done.stdout)]
    return tuple(sorted({path for tag, _, path in tagged if tag != "?" or "__pycache__/" not in path}))


def blobs(repo: Repository, oids: Iterable[str]) -> Mapping[str, bytes]:
    """The contents of many objects, by id, from one process.

    Raises:
        GitError: an object isn't in the repository (a partial clone that can't reach its remote, a damaged one).
    """
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    done = _run(repo.top, ("cat-file", "--batch"), given="".join(f"{oid}\n" for oid in wanted).encode("ascii"))
    found: dict[str, bytes] = {}
    at = 0
    for oid in wanted:
        end = done.stdout.find(b"\n", at)
        words = done.stdout[at:end].split(b" ") if end >= 0 else []
        if len(words) != 3:
            raise GitError(
                f"object {oid} is missing",
                where=str(repo.top),
                fix="fetch it; in a partial clone run `git fetch --refetch`",
            )
        size = int(words[2])
        found[oid] = done.stdout[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found


def changed_paths(repo: Repository, base: str, head: str | None) -> frozenset[str]:
    """Paths that differ between two commits, or between `base` and the work tree (untracked files not counted)."""
    ends = (base, head) if head is not None else (base,)
    done = _run(repo.top, ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", *ends, "--"))
    if done.returncode:
        raise GitError(f"can't compare {base} with {head or 'the work tree'}: {_words(done)}", where=str(repo.top))
    return frozenset(_records(done.stdout))


def _records(output: bytes) -> list[str]:
    return [record.decode("utf-8", "surrogateescape") for record in output.split(b"\0") if record]


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    return one_line(done.stderr.decode("utf-8", "replace").strip(), 300)


def _run(
    folder: Path,
    args: Sequence[str],
    given: bytes | None = None,
    *,
    timeout: float | None = None,
    extra: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if name not in _SCRUBBED}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
    environment |= extra or {}
    try:
        return subprocess.run(  # noqa: S603 - a fixed program, its arguments in a list, no shell
            ["git", *settings, "-C", str(folder), *args],  # noqa: S607 - git of the user's PATH, on purpose
            input=given if given is not None else b"",
            capture_output=True,
            env=environment,
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise GitError(f"git {args[0]} did not end within {timeout:g} s", where=str(folder)) from None
    except FileNotFoundError:
        raise GitError("git is not installed, or not on PATH", fix="install git") from None
