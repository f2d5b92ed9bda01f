"""The use case behind `gate sample fetch`: the samples that a policy has by URL, into the cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from gate.check import trusted_policy
from gate.errors import PolicyError, UsageError
from gate.fetching import Remote, fetch
from gate.policy.load import load_policy
from gate.policy.schema import Policy, Sample
from gate.proposal import git
from gate.proposal.refs import resolve_refs
from gate.sweep.sample import read_sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be fetched: one address with its digest, what a policy file lists, or the repository's policy."""

    url: str | None
    sha256: str | None
    policy: Path | None
    repo: Path
    trust: str | None
    offline: bool


def provide(wanted: Wanted, told: Callable[[str], None]) -> str:
    """Fill the cache; a line per sample: its file, digest, provenance, design and rows.

    Raises:
        UsageError: an address without a digest, or the other way round.
        PolicyError: the policy can't be read. SampleError: a sample can't be had, or is none.
    """
    listed = _listed(wanted)
    lines = [_provided(part, wanted.offline, told) for part in listed if part.url is not None]
    return "".join(lines) or "the policy lists no sample with a `url`: there is nothing to fetch\n"


def _listed(wanted: Wanted) -> Sequence[Sample]:
    if (wanted.url is None) is not (wanted.sha256 is None):
        raise UsageError("an address and its digest belong together", fix="give URL --sha256 DIGEST")
    if wanted.url is not None and wanted.policy is not None:
        raise UsageError("URL and --policy name two different things to fetch", fix="give one of them")
    if wanted.url is not None:
        return (_pinned(wanted),)
    return _policy(wanted).samples


def _pinned(wanted: Wanted) -> Sample:
    try:
        return Sample.model_validate({"url": wanted.url, "sha256": wanted.sha256})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = "--sha256" if "sha256" in fault["loc"] else str(wanted.url)
        raise UsageError(fault["msg"].removeprefix("Value error, "), where=where) from None


def _policy(wanted: Wanted) -> Policy:
    if wanted.policy is None:
        repo = git.open_repository(wanted.repo)
        return trusted_policy(resolve_refs(repo, base=None, head=None, trust=wanted.trust).trust).policy
    try:
        contents = wanted.policy.read_bytes()
    except OSError as error:
        raise PolicyError(f"can't be read: {error.strerror}", where=str(wanted.policy)) from None
    return load_policy(contents, str(wanted.policy)).policy


def _provided(part: Sample, offline: bool, told: Callable[[str], None]) -> str:
    remote = Remote(url=part.url or "", sha256=part.sha256 or "")
    path = fetch(remote, offline=offline, told=told)
    sample = read_sample(path, expected=remote.sha256, where=remote.url)
    manifest = sample.manifest
    said = f"{manifest.provenance.value}, design {manifest.design.text}, {len(sample.sweep):,} rows"
    return f"{path}\n  sha256 {sample.digest}\n  from {remote.url}\n  {said}\n"
