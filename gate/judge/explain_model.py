"""What an explanation found: one cell, or each that decides what a file proposes, source by source."""

from __future__ import annotations

from collections.abc import Mapping

from gate.evidence.model import CellDetail, Slice
from gate.judge.judged_by import PolicyInfo, SampleInfo, Trust, WaiverInfo
from gate.judge.model import JudgedCell, PointVerdict, RuleHit
from gate.values import dataclass

EXPLAIN_SCHEMA = "codec-gate.explain/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCell:
    """One cell with all that is known of it. `judged.action` is what the policy does with a new default at it.

    `adapter`, `path` and `line` say which change reaches it; empty and 0 where a cell was asked for by name.
    """

    codec: str
    knobs: Mapping[str, str]  # the default's own; of a cell that was asked for by name the recipe's
    judged: JudgedCell
    point_verdict: PointVerdict  # with the rules that match there
    rules: tuple[RuleHit, ...]
    detail: CellDetail
    sample: SampleInfo
    adapter: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Cells with all that is known of them: one by its name, or what `changes` of the file `path` reach."""

    schema: str
    path: str  # empty where a cell was asked for by name
    changes: int
    as_of: str
    trust: Trust | None  # None where no repository was at hand
    policy: PolicyInfo
    waivers: tuple[WaiverInfo, ...]
    cells: tuple[ExplainedCell, ...]
    slices: tuple[Slice, ...]
    notices: tuple[str, ...]
