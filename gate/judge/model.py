"""What was found: report, change, point, cell, action, verdict: the values that every format is made from."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from gate.evidence.model import Cell, CellDetail, CellKey, CellVerdict, Slice
from gate.judge.judged_by import PolicyInfo, SampleInfo, Trust, WaiverInfo
from gate.model import StandsFor
from gate.values import dataclass, field

SCHEMA = "codec-gate.report/2"


class Conclusion(StrEnum):
    """How the check ends; `error` is a gate that could not judge, and never looks green."""

    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


class Action(StrEnum):
    """What something found means for the check, the gravest last."""

    PASS = "pass"  # noqa: S105 - not a password
    NOTICE = "notice"
    WARN = "warn"
    FAIL = "fail"

    @property
    def gravity(self) -> int:
        """0 for pass up to 3 for fail."""
        return _GRAVITY[self]


_GRAVITY = {action: gravity for gravity, action in enumerate(Action)}


class PointVerdict(StrEnum):
    """What decided a point, the gravest last."""

    BARE = "bare"
    NO_EFFECT = "no effect"
    CLEAN = "clean"
    CLEARED = "cleared"
    CONTENT_DEPENDENT = "content-dependent"
    DISCOURAGED = "discouraged"
    UNMEASURED = "unmeasured"
    UNDETERMINED = "undetermined"
    CONTAINS_STRUCTURAL = "contains-structural"
    FORBIDDEN = "forbidden"
    STRUCTURAL = "structural"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCell:
    """One cell that a point reaches. `new` is False where base reached it too: then it is only listed."""

    cell: Cell
    stands_for: StandsFor | None
    contained: bool  # the recipe is contained in the point's knobs, not equal to them
    new: bool
    action: Action
    waiver: int | None  # index into `waivers`

    @property
    def key(self) -> CellKey:
        """The cell's key in the evidence."""
        return self.cell.key

    @property
    def decides(self) -> bool:
        """Whether it is new; a recipe that the knobs contain says something only where it is structural."""
        return self.new and (not self.contained or self.cell.verdict is CellVerdict.STRUCTURAL)


def reached(cell: Cell, *, contained: bool, stands_for: StandsFor | None, new: bool) -> JudgedCell:
    """A cell that a point reaches, before the policy says what it does with it."""
    return JudgedCell(cell=cell, stands_for=stands_for, contained=contained, new=new, action=Action.PASS, waiver=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """A ship-blocker of the policy that a point matches."""

    kind: Literal["forbid", "discourage"]
    recipe: str
    scope: str
    reason: str
    reference: str
    action: Action
    waiver: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPoint:
    """An operating point with all that was found of it."""

    rc_mode: str
    preset: str
    q: str
    knobs: Mapping[str, str]
    context: Mapping[str, str] = field(default_factory=dict)  # what shapes every encode alike; not measured
    recipe: str | None
    adapter_presets: tuple[str, ...]
    condition: str
    cells: tuple[JudgedCell, ...]
    rules: tuple[RuleHit, ...]
    verdict: PointVerdict
    action: Action
    waiver: int | None
    not_judged: bool  # something new of it reaches no cell, or one that is unmeasured or undetermined
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The nearest default that passes. Made only where the same judge has said that it does; `verified` says how.

    `after_lines` take the place of `before_lines` of head's file, from `line` on; both are empty where no edit was
    judged, and `after_lines` where lines are to go.
    """

    text: str
    verified: str
    path: str
    line: int
    before_lines: tuple[str, ...]
    after_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRow:
    """A new cell of a change, with every preset of the adapter that it answers for. `detail` where it was worked out.

    `shown`: worth a line of its own; the rest are counted.
    """

    judged: JudgedCell
    presets: tuple[str, ...]
    shown: bool
    detail: CellDetail | None

    @property
    def cell(self) -> Cell:
        """What the evidence says."""
        return self.judged.cell

    @property
    def verdict(self) -> str:
        """What the evidence says, or that a waiver lets it ship: then it isn't shown as structural."""
        return self.cell.verdict.value if self.judged.waiver is None else "waived"

    @property
    def stands_for(self) -> tuple[str, ...]:
        """The presets that it answers for without being measured at them."""
        return tuple(preset for preset in self.presets if preset != self.cell.key.preset)


@dataclass(frozen=True, slots=True, kw_only=True)
class OffTarget:
    """Of the `cells` that decide a change under one rate control, those whose encodes missed their target bitrate.

    `median_miss` is over all their clips, a share: −0.16 where 16 % too few bits were spent.
    """

    rc_mode: str
    missing: int
    cells: int
    median_miss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedChange:
    """One change of an adapter's defaults, with the line at fault and every new point that it makes.

    `rows` are its new cells, each once, the gravest and deepest first; a report's changes have them, in that order too.
    `unseen` says which of its losing recipes are for what VMAF can't see, `off_target` where rate control missed.
    """

    codec: str
    adapter: str
    path: str
    line: int
    kind: str
    before: str
    after: str
    points: tuple[JudgedPoint, ...]
    suggestion: Suggestion | None = None  # only where it fails
    rows: tuple[CellRow, ...] = ()
    unseen: tuple[str, ...] = ()
    off_target: tuple[OffTarget, ...] = ()

    @property
    def action(self) -> Action:
        """The gravest action of its points."""
        return max((point.action for point in self.points), key=lambda action: action.gravity, default=Action.PASS)

    @property
    def not_judged(self) -> bool:
        """Whether something new of it has no verdict; a change that fails is judged."""
        return self.action is not Action.FAIL and any(point.not_judged for point in self.points)

    @property
    def worst_point(self) -> JudgedPoint | None:
        """The point that decides it."""
        order = list(PointVerdict)
        return max(self.points, key=lambda point: (point.action.gravity, order.index(point.verdict)), default=None)

    @property
    def shown(self) -> tuple[CellRow, ...]:
        """The rows worth a line of their own."""
        return tuple(row for row in self.rows if row.shown)

    @property
    def deciding(self) -> tuple[CellRow, ...]:
        """The shown rows with the change's own action: what all figures of the change are taken over."""
        return tuple(row for row in self.shown if row.judged.action is self.action)

    @property
    def depth(self) -> float:
        """The deepest Δ VMAF on one source over all deciding cells; 0 where none loses."""
        return min((row.cell.worst_delta or 0.0 for row in self.deciding), default=0.0)

    @property
    def worst_blocking(self) -> CellRow | None:
        """The cell that blocks with the deepest loss on a source; None where none with evidence does."""
        return next((row for row in self.shown if row.judged.action is Action.FAIL), None)


UnreadAction = Literal["error", "warn", "listed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnresolvedPart:
    """Something of an adapter that could not be read. `listed`: all that it hangs on is as in base, so nothing new."""

    adapter: str  # empty for the whole package
    presets: tuple[str, ...]  # empty for all
    path: str
    line: int
    reason: str
    action: UnreadAction


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadFile:
    """A changed file that no reader reads, and that uses adapters (on these `lines`) or is `watched` by the policy."""

    path: str
    lines: tuple[int, ...]
    watched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisesPart:
    """A method that raises by design: no point, nothing to judge."""

    adapter: str
    presets: tuple[str, ...]
    path: str
    line: int
    exception: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many of what. `gone` are adapters of base that head lacks, or that emit for fewer presets than before.

    `failing`, `warned`, `not_judged` and `waived` are of `changes`; `not_judged` has beside that what can't be
    read, where the policy only warns of it.
    """

    adapters: int
    gone: int
    renamed: int = 0
    changes: int
    points: int
    failing: int
    warned: int
    not_judged: int
    waived: int
    unresolved: int


FailOn = Literal["blocked", "not-judged", "warning"]
"""What ends a check in failure beside an error: what blocks, also what wasn't judged, or also what is warned of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that one check found."""

    schema: str
    conclusion: Conclusion
    blocked: bool  # what enforce mode concludes, also where advisory mode doesn't
    base: str
    head: str
    trust: Trust
    as_of: str
    samples: tuple[SampleInfo, ...]
    policy: PolicyInfo
    changes: tuple[JudgedChange, ...]
    unresolved: tuple[UnresolvedPart, ...]
    raises: tuple[RaisesPart, ...]
    unread: tuple[UnreadFile, ...] = ()
    waivers: tuple[WaiverInfo, ...]
    details: tuple[CellDetail, ...]  # source by source, of every new cell that isn't plainly clean; each cell once
    slices: tuple[Slice, ...]  # the rate–distortion planes that these cells lie in
    notices: tuple[str, ...]
    counts: Counts

    def fails_on(self, fail_on: FailOn) -> bool:
        """Whether more than the policy's own blocks ends it in failure."""
        more = {
            "blocked": 0,
            "not-judged": self.counts.not_judged,
            "warning": self.counts.not_judged + self.counts.warned,
        }
        return self.conclusion is Conclusion.SUCCESS and more[fail_on] > 0
