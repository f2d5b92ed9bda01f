"""The policy file's bytes to a `Policy`; where the file must lie; the built-in defaults."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from gate.documents import Document, explain, faults, read_yaml
from gate.errors import PolicyError
from gate.policy.schema import Policy
from gate.values import dataclass

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

    Raises: PolicyError: not UTF-8, not YAML, a key given twice or unknown, a value out of range; with line or key path.
    """
    try:
        policy = Policy.model_validate(_document(contents, where).data)
    except ValidationError as error:
        _, what = explain(error, "policy")
        raise PolicyError(what, where=where, fix="see `gate schema policy`, or `gate policy check`") from None
    return LoadedPolicy(policy=policy, where=where, digest=hashlib.sha256(contents).hexdigest())


def lines_of(contents: bytes, where: str) -> Mapping[str, int]:
    """The keys that a policy sets, with the lines that they stand on; PolicyError as `load_policy`."""
    document = _document(contents, where)
    return {key: document.where((key,)).line for key in document.data}


def form_faults(contents: bytes, where: str) -> tuple[str, ...]:
    """All that is wrong with a policy's form, `policy.yml:3: mode: …`; PolicyError where it is no document of keys."""
    document = _document(contents, where)
    try:
        Policy.model_validate(document.data)
    except ValidationError as error:
        return tuple(f"{document.where(path)}: {what}" for path, what in faults(error, "policy"))
    return ()


def _document(contents: bytes, where: str) -> Document:
    document = read_yaml(contents, where, PolicyError)
    if not isinstance(document.data, dict):
        raise PolicyError(f"holds {_kind(document.data)}, not keys", where=where, fix="see `gate schema policy`")
    return document


def _kind(document: Any) -> str:
    return "nothing" if document is None else f"a {type(document).__name__}"
