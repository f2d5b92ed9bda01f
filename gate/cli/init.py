"""`gate init`: writes a starter policy, the workflow and a ruleset for a repository that has none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import click
from jinja2 import Environment

from gate import __version__, git
from gate.adapters.manifest import read_manifest
from gate.cli.output import FOLDER, PASSED, write
from gate.errors import AdapterError, UsageError
from gate.evidence.sample.file import open_sample
from gate.policy.load import POLICY_PATH
from gate.policy.schema import Policy
from gate.tree import WorkTree
from gate.values import dataclass

WORKFLOW = ".github/workflows/codec-gate.yml"
RULESET = ".github/codec-gate.ruleset.json"
_OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")  # GitHub reads the first that exists
_MARKS = (b"_REGISTRY", b"quality_knob")
_DECLARES = (b"adapters", b"encoder", b"presets")
_ACTION = re.compile(r"(docker://|\./)?[\w./-]+(@[\w.:/-]+)?( # [\w.-]+)?")
_PINNED = re.compile(r"@(sha256:[0-9a-f]{64}|[0-9a-f]{40})( |$)|^\./")


@dataclass(frozen=True, slots=True, kw_only=True)
class Globs:
    """Where adapters of one kind are."""

    reader: str
    paths: tuple[str, ...]


@click.command()
@click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="A clone of your repository.")
@click.option("--adapters", multiple=True, metavar="GLOB", help="Where adapters are. [default: they are looked for]")
@click.option("--reader", type=click.Choice(["vmaf-tune", "manifest"]), default="vmaf-tune", show_default=True)
@click.option("--action", metavar="REF", help="The action, OWNER/NAME@COMMIT. [default: the released one]")
@click.option("--owner", metavar="@TEAM", help="Write CODEOWNERS too, with this owner of .github/.")
def init(repo: Path, adapters: tuple[str, ...], reader: str, action: str | None, owner: str | None) -> int:
    """Write a starter policy, workflow and ruleset; never over what is there."""
    clone = git.open_repository(repo)
    if clone.bare:
        raise UsageError("is a bare repository, so there is nowhere to write", where=str(clone.top), fix="use a clone")
    found = (Globs(reader=reader, paths=adapters),) if adapters else find_adapters(clone)
    uses = _action(action)
    files = {POLICY_PATH: _policy(found), WORKFLOW: _workflow(uses), RULESET: _ruleset(reviewed=owner is not None)}
    if owner is not None:
        files[_OWNERS[0]] = _code_owners(owner)
    _write(clone.top, files)
    write(_told(files, found, uses, owner), None)
    return PASSED


def find_adapters(repo: git.Repository) -> tuple[Globs, ...]:
    """Folders that look like a package of codec adapters, and documents that declare adapters."""
    tree = WorkTree(repo=repo)
    listed = [PurePosixPath(path) for path in tree.files if path.isprintable()]
    packages = {path.parent for path in listed if path.name == "__init__.py" and _is_registry(tree, path, listed)}
    documents = [path for path in listed if path.suffix in {".yaml", ".yml", ".json", ".toml"}]
    found = (
        Globs(reader="vmaf-tune", paths=tuple(sorted(str(folder / "*.py") for folder in packages))),
        Globs(reader="manifest", paths=tuple(sorted(str(path) for path in documents if _declares(tree, path)))),
    )
    return tuple(part for part in found if part.paths)


def _is_registry(tree: WorkTree, path: PurePosixPath, listed: Sequence[PurePosixPath]) -> bool:
    """Whether the package maps names to adapters, and some file of it has a quality knob."""
    registry, knob = _MARKS
    if registry not in _contents(tree, path):
        return False
    siblings = (other for other in listed if other.parent == path.parent and other.suffix == ".py")
    return any(knob in _contents(tree, other) for other in siblings)


def _declares(tree: WorkTree, path: PurePosixPath) -> bool:
    contents = _contents(tree, path)
    if not all(mark in contents for mark in _DECLARES):
        return False
    try:
        return bool(read_manifest({str(path): contents}).adapters)
    except AdapterError:
        return False


def _contents(tree: WorkTree, path: PurePosixPath) -> bytes:
    try:
        return tree.read(str(path)) or b""
    except AdapterError:  # a symlink: the gate won't follow it later either
        return b""


def _action(given: str | None) -> str:
    action = given or _template("action.txt").strip().replace("VERSION", __version__)  # a release writes its commit
    if not _ACTION.fullmatch(action):
        raise UsageError(f"{action!r} is not an action", where="--action", fix="write OWNER/NAME@COMMIT")
    if _PINNED.search(action):
        return action
    return f"{action} # zizmor: ignore[unpinned-uses] a tag; --action pins it by commit"


def _policy(found: Sequence[Globs]) -> str:
    parts = found or (Globs(reader="vmaf-tune", paths=("**/codec_adapters/*.py",)),)
    lines = [f"  - paths: {json.dumps(part.paths, ensure_ascii=False)}\n    reader: {part.reader}" for part in parts]
    return _template("policy.yml").replace("@ADAPTERS@", "\n".join(lines)).replace("@SAMPLES@", "\n".join(_samples()))


def _samples() -> Iterable[str]:
    """The evidence that ships with the gate, as a policy without `samples` has it, pinned."""
    for part in Policy.model_validate({}).samples:
        opened = open_sample(f"builtin:{part.builtin}")
        made = opened.manifest
        content = f", {made.content.value} content" if made.content else ""
        yield f"  - builtin: {part.builtin} # {made.provenance.value}{content}: {', '.join(made.recipes)}"
        yield f"    sha256: {opened.digest}"
        if part.detector:
            yield f"    detector: {part.detector} # docs/evidence.md says why"


def _ruleset(*, reviewed: bool) -> str:
    """Without owners nobody has to approve: who maintains alone can't approve his own pull requests."""
    ruleset = json.loads(_template("ruleset.json"))
    pull_request = ruleset["rules"][0]["parameters"]
    pull_request |= {"required_approving_review_count": int(reviewed), "require_code_owner_review": reviewed}
    return json.dumps(ruleset, indent=2) + "\n"


def _workflow(action: str) -> str:
    return _template("workflow.yml").replace("ACTION_REFERENCE", action)


def _code_owners(owner: str) -> str:
    if not re.fullmatch(r"@[\w-]+(/[\w.-]+)?|[^\s@#]+@[^\s@#]+", owner):
        raise UsageError(f"{owner!r} is no owner", where="--owner", fix="write @user, @organization/team or an e-mail")
    return f"# Whoever may edit these files can switch the gate off.\n/.github/ {owner}\n"


def _template(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _write(top: Path, files: Mapping[str, str]) -> None:
    """All or nothing, and never over what is there."""
    for path in [*files, *(_OWNERS if _OWNERS[0] in files else ())]:
        if (top / path).exists() or (top / path).is_symlink():
            fix = "move it away, or edit it by hand" if path not in _OWNERS else "add /.github/ to it by hand"
            raise UsageError("is there already, and nothing was written", where=path, fix=fix)
    try:
        for path, text in files.items():
            place = top / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"can't be written: {error.strerror}", where=str(error.filename or top)) from None


def _told(files: Iterable[str], found: Sequence[Globs], action: str, owner: str | None) -> str:
    """What was written and pinned, what it imposes, what is left to do by hand."""
    form = Environment(trim_blocks=True, keep_trailing_newline=True).from_string(_template("told.txt"))  # noqa: S701 - text
    return form.render(
        files=files,
        found=[path for part in found for path in part.paths],
        action=action.partition(" # ")[0],
        pinned=_PINNED.search(action),
        owner=owner,
        policy=POLICY_PATH,
        workflow=WORKFLOW,
        ruleset=RULESET,
    )
