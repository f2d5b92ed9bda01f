"""The policy file's bytes to a Policy: strict YAML, errors that name line or key path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import ValidationError

from gate.errors import PolicyError
from gate.policy.schema import Policy

PLACE = ".github/codec-gate.yml"
_MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A policy, where it came from, and the sha256 of what was read."""

    policy: Policy
    where: str
    digest: str


def default_policy() -> LoadedPolicy:
    """The documented defaults, for a repository that has no policy."""
    policy = Policy()
    digest = hashlib.sha256(policy.model_dump_json().encode()).hexdigest()
    return LoadedPolicy(policy=policy, where="built-in defaults", digest=digest)


def load_policy(contents: bytes, where: str) -> LoadedPolicy:
    """Parse and validate a policy.

    Raises:
        PolicyError: not UTF-8, not YAML, a key given twice or unknown, a value out of range; with line or key path.
    """
    document = _yaml(contents, where)
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


def _yaml(contents: bytes, where: str) -> Any:
    if len(contents) > _MAX_BYTES:
        raise PolicyError(f"has {len(contents)} bytes, more than a policy's {_MAX_BYTES}", where=where)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PolicyError(f"byte {error.start} is not UTF-8", where=where, fix="save the file as UTF-8") from None
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{where}:{mark.line + 1}" if mark else where
        raise PolicyError(f"is not YAML: {error.problem or error.context}", where=place) from None
    except (yaml.YAMLError, ValueError) as error:
        raise PolicyError(f"is not YAML: {error}", where=where) from None
    except RecursionError:
        raise PolicyError("is nested too deeply", where=where) from None


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses what would be silently lost or blown up: a key given twice, anchors and aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not supported in a policy", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            try:
                twice = key in seen
                seen.add(key)
            except TypeError:
                raise yaml.constructor.ConstructorError(
                    None, None, "a key is not a plain word", key_node.start_mark
                ) from None
            if twice:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
        return super().construct_mapping(node, deep)
