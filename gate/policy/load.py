"""The policy file's bytes to a Policy: strict YAML, errors that name line or key path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gate.documents import read_yaml
from gate.errors import PolicyError
from gate.policy.schema import Policy

POLICY_PATH = ".github/codec-gate.yml"
MISNAMED = (".github/codec-gate.yaml", "codec-gate.yml", "codec-gate.yaml", ".codec-gate.yml", ".codec-gate.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A policy, where it came from, and the sha256 of what was read. `trusted`: flags may only tighten it."""

    policy: Policy
    where: str
    digest: str
    trusted: bool = False


def default_policy() -> LoadedPolicy:
    """The documented defaults, for a repository that has no policy."""
    policy = Policy.model_construct()
    digest = hashlib.sha256(policy.model_dump_json().encode()).hexdigest()
    return LoadedPolicy(policy=policy, where="built-in defaults", digest=digest)


def load_policy(contents: bytes, where: str) -> LoadedPolicy:
    """Parse and validate a policy.

    Raises:
        PolicyError: not UTF-8, not YAML, a key given twice or unknown, a value out of range; with line or key path.
    """
    document = read_yaml(contents, where, PolicyError)
    if not isinstance(document, dict):
        raise PolicyError(f"holds {_kind(document)}, not keys", where=where, fix="see `gate schema policy`")
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        raise _worded(error, where) from None
    return LoadedPolicy(policy=policy, where=where, digest=hashlib.sha256(contents).hexdigest())


def _worded(error: ValidationError, where: str) -> PolicyError:
    """The first fault in words; the count of the others, since one mended line may mend several."""
    faults = error.errors(include_url=False)
    first = faults[0]
    path = _path(first["loc"]) or "policy"
    kind = first["type"]
    said = {
        "extra_forbidden": "unknown key",
        "missing": "is missing",
    }.get(kind, first["msg"].removeprefix("Value error, "))
    value = "" if kind in {"missing", "extra_forbidden", "value_error"} else f" (got {_short(first['input'])})"
    more = f"; {len(faults) - 1} more" if len(faults) > 1 else ""
    return PolicyError(f"{path}: {said}{value}{more}", where=where, fix="see `gate schema policy`")


def _path(loc: Sequence[int | str]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _kind(document: Any) -> str:
    return "nothing" if document is None else f"a {type(document).__name__}"
