"""The policy file's bytes to a `Policy`; where the file must lie; the built-in defaults."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gate.documents import explain, read_yaml
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
        _, what = explain(error, "policy")
        raise PolicyError(what, where=where, fix="see `gate schema policy`") from None
    return LoadedPolicy(policy=policy, where=where, digest=hashlib.sha256(contents).hexdigest())


def _kind(document: Any) -> str:
    return "nothing" if document is None else f"a {type(document).__name__}"
