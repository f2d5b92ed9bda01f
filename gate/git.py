"""The only module that runs git: a function per question, git's environment scrubbed, NUL-separated answers."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from gate.errors import GitError, one_line
from gate.values import dataclass, field

# Settings of the user or of the judged repository must not run programs or change what is read. `safe.directory` goes
# along with every command because a container's checkout belongs to another uid, and global config isn't ours to write.
_SETTINGS = ("safe.directory=*", "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.quotePath=false")
_SCRUBBED = frozenset(
    {
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_CEILING_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_PAGER",
    }
)  # fmt: skip

_TRACKING = "refs/remotes/"
FILE, SYMLINK, GITLINK = "100644", "120000", "160000"
REGULAR = frozenset({FILE, "100755"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a tree: its mode as git writes it (`100644`, `120000` for a symlink), object id and path."""

    mode: str
    oid: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a remote is reached: the server that `token` is for, and for how long to wait."""

    server: str = ""
    token: str = field(default="", repr=False)
    seconds: float = 60


ANYBODY = Access()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository: `top` is the work tree's root, or the git directory of a bare one; ids are of `object_format`."""

    top: Path
    bare: bool
    shallow: bool
    object_format: str
    access: Access = ANYBODY


def open_repository(folder: Path, access: Access = ANYBODY) -> Repository:
    """The repository that holds `folder`; whatever git fetches for it, on our demand or its own, is asked by `access`.

    Raises:
        GitError: git is not installed, or `folder` is not in a repository.
    """
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises at a name that no file system can hold
        raise GitError("no such folder", where=one_line(str(folder), 200), fix="give --repo a git repository")
    # A repository without a work tree answers all but the last question.
    answers = _run(folder, (
        "rev-parse", "--is-bare-repository", "--is-shallow-repository", "--show-object-format", "--absolute-git-dir",
        "--show-toplevel",
    )).stdout.decode("utf-8", "surrogateescape").splitlines()  # fmt: skip
    if len(answers) < 4:
        raise GitError("not a git repository", where=str(folder), fix="give --repo a git repository, bare or not")
    bare, shallow, object_format, git_dir, *top = answers
    if bare != "true" and not top:
        raise GitError("not inside a work tree", where=str(folder), fix="give --repo the work tree's folder")
    place, is_bare, is_shallow = Path(top[0] if top else git_dir), bare == "true", shallow == "true"
    return Repository(top=place, bare=is_bare, shallow=is_shallow, object_format=object_format, access=access)


def resolve(repo: Repository, ref: str) -> str | None:
    """The commit id that `ref` names, None where there is no such commit.

    Raises:
        GitError: a short name that a tag and a branch bear, or that begins a commit's id too.
    """
    if not ref or ref.startswith("-") or not ref.isprintable():
        return None
    meanings = _meanings(repo, re.split(r"[~^:]|@\{", ref, maxsplit=1)[0])
    if len(meanings) > 1:
        raise GitError(f"means {' and '.join(meanings)}", where=ref, fix="write the full name")
    return _word(repo, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}") or None


def _meanings(repo: Repository, name: str) -> Sequence[str]:
    """What a short name may stand for, where git would choose; a tag is never taken for a remote's branch either."""
    if name in {"", "@", "HEAD"} or re.search(r"[*?\[\\ ]|^refs/|^([0-9a-f]{40}|[0-9a-f]{64})$", name):
        return ()
    places = [f"refs/{folder}{name}" for folder in ("", "heads/", "remotes/", "tags/")]
    listed = _lines(repo, "for-each-ref", "--format=%(refname)", *places, f"{_TRACKING}*/{name}")
    found = [ref for ref in listed if ref in places or (places[-1] in listed and ref.endswith(f"/{name}"))]
    if found and re.fullmatch(r"[0-9a-f]{7,63}", name):
        found += _lines(repo, "rev-parse", f"--disambiguate={name}")
    return found


def commit(repo: Repository, ref: str, what: str) -> str:
    """The commit id that `ref` names; `what` (`--base`, `trust ref`) is for the error.

    Raises:
        GitError: no such commit here.
    """
    oid = resolve(repo, ref)
    if oid is None:
        fix = (
            "run `git fetch --unshallow` (a job: `fetch-depth: 0`)"
            if repo.shallow
            else "check its spelling, or fetch it"
        )
        raise GitError(f"no such commit: {ref}", where=what, fix=fix)
    return oid


_USUAL = ("main", "master", "trunk", "develop")


def upstream_default(repo: Repository, head: str | None = None) -> str | None:
    """The branch that `head` (the branch at hand for None) is meant for, as a full ref; None where nothing tells.

    A remote's default branch, else the only one of the usual names that it has, else the branch's own upstream, unless
    that is merely its copy in the remote.
    """
    refs = dict(line.split("\0") for line in _lines(repo, "for-each-ref", "--format=%(refname)%00%(symref)", _TRACKING))
    names = dict.fromkeys(("upstream", "origin", *(ref.split("/")[2] for ref in refs)))
    for name in names:
        if (target := refs.get(f"{_TRACKING}{name}/HEAD")) in refs:
            return target
    usual = ([ref for branch in _USUAL if (ref := f"{_TRACKING}{name}/{branch}") in refs] for name in names)
    several = next(filter(None, usual), [])
    if len(several) == 1:
        return several[0]
    here = head is None or head == "HEAD"
    branch = _word(repo, "symbolic-ref", "-q", "--short", "HEAD") if here else str(head).removeprefix("refs/heads/")
    for upstream in _lines(repo, "for-each-ref", "--format=%(upstream)", f"refs/heads/{branch}"):
        copy = upstream.startswith(_TRACKING) and upstream.split("/", 3)[3] == branch
        if upstream and (not copy or upstream in several):
            return upstream
    return None


def remotes(repo: Repository) -> Mapping[str, bool]:
    """Every remote, by name, and whether its branches are here; that of branches without one has no name."""
    fetched = {ref.split("/")[2] for ref in _lines(repo, "for-each-ref", "--format=%(refname)", _TRACKING)}
    return {name: name in fetched for name in _lines(repo, "remote") or ([""] if fetched else [])}


def merge_base(repo: Repository, one: str, other: str) -> str | None:
    """The best common ancestor of two commits, None where git knows of none (or a shallow clone has cut it off)."""
    return one if one == other else _word(repo, "merge-base", one, other) or None


def parents(repo: Repository, commit_id: str) -> tuple[str, ...]:
    """A commit's parents as the commit itself names them, also where a shallow clone has cut them off."""
    lines = iter(_lines(repo, "cat-file", "commit", commit_id))
    return tuple(line.split(" ")[1] for line in takewhile(bool, lines) if line.startswith("parent "))


def remote_url(repo: Repository, remote: str) -> str:
    """Where a remote is, empty where there is no such remote."""
    return _word(repo, "config", "--get", f"remote.{remote}.url")


def remote_tips(repo: Repository, remote: str, refs: Sequence[str]) -> Mapping[str, str]:
    """What `refs` name in the remote now, by full ref name; one that it doesn't have is missing.

    Raises:
        GitError: the remote can't be asked.
    """
    words = ("ls-remote", "--quiet", "--", remote, *refs)
    out = _told(repo, f"can't ask {remote}", words, repo.access.seconds)
    lines = (line.split("\t") for line in out.decode("utf-8", "surrogateescape").splitlines())
    return {words[1]: words[0] for words in lines if len(words) == 2 and words[1] in refs}


def fetch(repo: Repository, remote: str, refs: Sequence[str], depth: str = "") -> None:
    """Bring refs (or commit ids) into the object store; `depth` is a git option such as `--depth=1`. Moves no ref.

    Raises:
        GitError: the remote can't be reached, or hasn't got them.
    """
    words = (
        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", "--no-recurse-submodules",
        "--no-auto-maintenance", *((depth,) if depth else ()), "--", remote, *refs,
    )  # fmt: skip
    _told(repo, f"can't fetch from {remote}", words, repo.access.seconds)


def entries(repo: Repository, commit_id: str, prefixes: Sequence[str] = ()) -> tuple[Entry, ...]:
    """Every file of a commit's tree below `prefixes` (all of it without any), in git's order."""
    folders = [prefix for prefix in prefixes if prefix]
    paths = ("--", *folders) if folders and len(folders) == len(prefixes) else ()
    out = _told(repo, f"can't list the tree of {commit_id}", ("ls-tree", "-r", "-z", "--full-tree", commit_id, *paths))
    parts = (record.partition("\t") for record in _records(out))
    heads = ((head.split(" "), path) for head, _, path in parts)
    return tuple(Entry(mode=mode, oid=oid, path=path) for (mode, _, oid), path in heads)


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
    tagged = [record.partition(" ") for record in _records(_told(repo, "can't list the work tree", asked))]
    return tuple(sorted({path for tag, _, path in tagged if tag != "?" or "__pycache__/" not in path}))


def blobs(repo: Repository, oids: Iterable[str]) -> Mapping[str, bytes]:
    """The contents of many objects, by id, from one process.

    Raises:
        GitError: an object isn't in the repository (a partial clone that can't reach its remote, a damaged one).
    """
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    found = _batch(repo, wanted, {"GIT_NO_LAZY_FETCH": "1"})
    missing = [oid for oid in wanted if oid not in found]
    if missing and (remote := _promisor(repo)):
        # All at once; git by itself would ask for one after the other.
        with suppress(GitError):
            fetch(repo, remote, missing)
        found |= _batch(repo, missing)
    for oid in wanted:
        if oid not in found:
            fix = "fetch it; in a partial clone run `git fetch --refetch --no-filter`"
            raise GitError(f"object {oid} is missing", where=str(repo.top), fix=fix)
    return found


def _promisor(repo: Repository) -> str:
    """The remote that a partial clone gets from what it lacks; empty for a whole clone."""
    key = _word(repo, "config", "--name-only", "--type=bool", "--get-regexp", r"^remote\..*\.promisor$", "true")
    return key.removeprefix("remote.").rpartition(".")[0]


def _batch(repo: Repository, oids: Sequence[str], extra: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Those of the objects that are here."""
    done = _run(repo, ("cat-file", "--batch"), "".join(f"{oid}\n" for oid in oids).encode("ascii"), extra=extra)
    found: dict[str, bytes] = {}
    at = 0
    while (end := done.stdout.find(b"\n", at)) >= 0:
        words = done.stdout[at:end].split(b" ")
        at = end + 1
        if len(words) == 3:
            found[words[0].decode("ascii")] = done.stdout[at : at + int(words[2])]
            at += int(words[2]) + 1
    return found


def changed_paths(repo: Repository, base: str, head: str | None) -> frozenset[str]:
    """Paths that differ between two commits, or between `base` and the work tree (untracked files not counted)."""
    ends = (base, head) if head is not None else (base,)
    words = ("diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", *ends, "--")
    return frozenset(_records(_told(repo, f"can't compare {base} with {head or 'the work tree'}", words)))


def _told(repo: Repository, what: str, args: Sequence[str], timeout: float | None = None) -> bytes:
    """What git prints; `what` fails where git does, without the passwords that URLs may carry."""
    done = _run(repo, args, timeout=timeout)
    if done.returncode:
        said = one_line(done.stderr.decode("utf-8", "replace").strip(), 300)
        raise GitError(re.sub(r"//[^/@\s]*@", "//", f"{what}: {said}"), where=str(repo.top))
    return done.stdout


def _lines(repo: Repository, *args: str) -> list[str]:
    """What git prints, by line; nothing where it fails."""
    return _run(repo, args).stdout.decode("utf-8", "surrogateescape").splitlines()


def _word(repo: Repository, *args: str) -> str:
    """The first line that git prints, empty where it fails."""
    done = _run(repo, args)
    return "" if done.returncode else done.stdout.decode("utf-8", "surrogateescape").partition("\n")[0]


def _records(output: bytes) -> list[str]:
    return [record.decode("utf-8", "surrogateescape") for record in output.split(b"\0") if record]


def _run(
    where: Repository | Path,
    args: Sequence[str],
    given: bytes = b"",
    *,
    timeout: float | None = None,
    extra: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """With the checkout's own credentials first: beside a second `Authorization` header GitHub refuses both.

    Whatever reads objects may fetch in a partial clone, so every command that failed is tried with the token.
    """
    folder, access = (where.top, where.access) if isinstance(where, Repository) else (where, ANYBODY)
    done = _once(folder, args, given, timeout, extra or {})
    if not done.returncode or not access.token or not access.server.startswith("http"):
        return done
    return _once(folder, args, given, timeout, {**(extra or {}), **_credentials(access)})


def _credentials(access: Access) -> Mapping[str, str]:
    """The token as a header for its server alone, in place of whatever header the configuration has for it."""
    words = base64.b64encode(f"x-access-token:{access.token}".encode("utf-8", "surrogateescape")).decode("ascii")
    key = f"http.{access.server}/.extraheader"
    given = {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": key, "GIT_CONFIG_VALUE_0": ""}
    return given | {"GIT_CONFIG_KEY_1": key, "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {words}"}


def _once(
    folder: Path, args: Sequence[str], given: bytes, timeout: float | None, extra: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    environment = {name: value for name, value in os.environ.items() if name not in _SCRUBBED}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603 - a fixed program, its arguments in a list, no shell
            ["git", *settings, "-C", str(folder), *args],  # noqa: S607 - git of the user's PATH, on purpose
            input=given, capture_output=True, env={**environment, **extra}, check=False, timeout=timeout,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise GitError(f"git {args[0]} did not end within {timeout:g} s", where=str(folder)) from None
    except FileNotFoundError:
        raise GitError("git is not installed, or not on PATH", fix="install git") from None
    except (OSError, ValueError) as error:  # words that no command line can hold
        raise GitError(
            f"git {args[0]} can't be run: {one_line(str(error), 100)}", where=one_line(str(folder), 200)
        ) from None
