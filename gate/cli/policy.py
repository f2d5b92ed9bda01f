"""`gate policy`: the policy in force with where each key comes from, and all faults of a policy file."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click

from gate import git
from gate.cli.output import COULD_NOT_JUDGE, FILE, FOLDER, PASSED, format_option, output_option, trust_option, write
from gate.documents import read_bytes
from gate.errors import GateError, PolicyError, one_line
from gate.judge.beyond import policy_faults
from gate.judge.evidence import gather
from gate.judge.refs import open_tree
from gate.judge.trust import emitted, in_force, trust_ref
from gate.policy.load import POLICY_PATH, form_faults, lines_of, load_policy
from gate.policy.schema import Policy
from gate.tree import Tree


@click.group()
def policy() -> None:
    """Show the policy in force, or check a policy file."""


@policy.command()
@click.option("--repo", type=FOLDER, help="A git repository. [default: the one here, else built-in defaults]")
@trust_option("the policy comes")
@click.option("--policy", "given", type=FILE, help="A policy file; with a trusted policy it may only tighten it.")
@format_option("text", "json")
@output_option
def show(repo: Path | None, trust: str | None, given: Path | None, format_: str, output: Path | None) -> int:
    """Print every key of the policy that a check here is judged by, and where it comes from."""
    trusted = trust_ref(repo, trust)
    binds = trusted.trust is not None and trusted.trust.trusted
    loaded = in_force(trusted.tree, binds=binds, given=given)
    contents = read_bytes(given, PolicyError) if given is not None else trusted.tree.read(POLICY_PATH)
    lines = {} if contents is None else lines_of(contents, loaded.where)
    values = loaded.policy.model_dump(mode="json", exclude_none=True)
    place, at, commit = loaded.where.partition(" at ")
    rows = [
        (key, values.get(key), f"{place}:{lines[key]}{at}{commit}" if key in lines else "default")
        for key in Policy.model_fields
    ]
    if format_ == "json":
        keys = {key: {"value": value, "from": where} for key, value, where in rows}
        text = json.dumps({"policy": loaded.where, "sha256": loaded.digest, "keys": keys}, indent=2)
    else:
        shown = (f"  {key}: {_text(value)}  # {where}" for key, value, where in rows)
        text = "\n".join([f"policy {loaded.where} ({loaded.digest[:12]})", *(one_line(line, 4000) for line in shown)])
    write(text + "\n", output)
    return PASSED


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@policy.command()
@click.argument("file", type=FILE, required=False)
@click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="A git repository.")
def check(file: Path | None, repo: Path) -> int:
    """List all faults of a policy file: its form, and selectors that can match nothing.

    FILE is the work tree's own policy by default. Exit status 2 where there are faults.
    """
    tree = open_tree(git.open_repository(repo), None)
    contents = read_bytes(file, PolicyError) if file is not None else tree.read(POLICY_PATH)
    where = str(file or POLICY_PATH)
    if contents is None:
        raise PolicyError("there is no policy", where=where, fix="`gate init` writes one")
    found = form_faults(contents, where) or _further(load_policy(contents, where).policy, tree, where)
    write("".join(f"{one_line(fault)}\n" for fault in found) or f"{where}: no faults\n", None)
    return COULD_NOT_JUDGE if found else PASSED


def _further(policy: Policy, tree: Tree, where: str) -> tuple[str, ...]:
    """What a policy of the right form says of samples, codecs and knobs that isn't so."""
    try:
        evidence = gather(policy, tree, None, pinned=True, as_of=dt.datetime.now(dt.UTC).date()).by_codec
    except GateError as error:
        return (f"{where}: {error}",)
    try:
        codecs = {one.at.codec for each in emitted(tree, policy).adapters.values() for one in each.points}
    except GateError:
        codecs = set()  # that adapters can't be read is no fault of the policy
    return tuple(f"{where}: {fault}" for fault in policy_faults(policy, evidence, codecs))
