"""What `gate explain` tells: cells source by source, and what the policy would do with a new default there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gate.exhibit import Exhibit, Slice
from gate.verdict import JudgedCell, PointVerdict, PolicyInfo, RuleHit, SampleInfo, Trust, WaiverInfo

SCHEMA = "codec-gate.explain/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCell:
    """One cell with all that is known of it. `cell.action` is what the policy does with a new default at it.

    `adapter`, `path` and `line` say which change reaches it; empty and 0 where a cell was asked for by name.
    """

    codec: str
    knobs: Mapping[str, str]  # the default's own; of a cell that was asked for by name the recipe's
    cell: JudgedCell
    point_verdict: PointVerdict  # with the rules that match there
    rules: tuple[RuleHit, ...]
    exhibit: Exhibit
    sample: SampleInfo
    adapter: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that was asked for. `subject` is the cell or the file in words."""

    schema: str
    subject: str
    as_of: str
    trust: Trust | None  # None where no repository was at hand
    policy: PolicyInfo
    waivers: tuple[WaiverInfo, ...]
    cells: tuple[ExplainedCell, ...]
    slices: tuple[Slice, ...]
    notices: tuple[str, ...]
