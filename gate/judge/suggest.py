"""The suggestion for a change that fails: the nearest default that passes, as the same judge has said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from gate.adapters.changes import changed_files, changes, of_preset
from gate.adapters.model import Change, ChangedPoint, ChangeKind, Defaults, Differs
from gate.errors import GateError
from gate.evidence.model import CellKey, CellVerdict
from gate.judge.edits import Edit, applied, edits
from gate.judge.model import Action, JudgedChange, Suggestion
from gate.judge.points import Judge, judge_changes
from gate.model import Knobs, OperatingPoint
from gate.tree import CommittedTree, Sources, Tree
from gate.values import dataclass, replace

_MOST = 20  # changes whose edits and recipes are tried: each is judged anew
_HARMLESS = (CellVerdict.CLEAN, CellVerdict.CLEARED)
_JUDGED = "judged again with the same evidence and policy"
_Fault = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a check compared and judged by, at hand to judge a part of it again.

    `read` reads head's adapters out of a tree as the check did; `found` are the changes that it judged.
    """

    base: Defaults
    head: Defaults
    tree: Tree
    read: Callable[[Tree], Defaults]
    found: Sequence[Change]
    judge: Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedTree:
    """A tree in which one file has other contents."""

    tree: Tree
    path: str
    contents: bytes

    @property
    def name(self) -> str:
        return f"{self.tree.name}, edited"

    def sources(self, globs: Sequence[str]) -> Sources:
        found = self.tree.sources(globs)
        edited = {path: self.contents if path == self.path else text for path, text in found.contents.items()}
        return replace(found, contents=edited)

    def read(self, path: str) -> bytes | None:
        return self.contents if path == self.path else self.tree.read(path)

    def since(self, base: CommittedTree) -> frozenset[str]:
        return self.tree.since(base) | {self.path}


def with_suggestions(judged: tuple[JudgedChange, ...], compared: Compared) -> tuple[JudgedChange, ...]:
    """The judged changes, `compared.found` as it was judged, each failing one with the nearest default that passes."""
    failing = [at for at, change in enumerate(judged) if change.action is Action.FAIL]
    made = {at: _suggestion(compared.found[at], judged, compared, tries=at in failing[:_MOST]) for at in failing}
    return tuple(replace(change, suggestion=made.get(at)) for at, change in enumerate(judged))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Words that offer a default in the place of one that fails, what it comes to, and what it takes back."""

    words: str
    points: tuple[ChangedPoint, ...]
    parts: tuple[Differs, ...] = ()


def _suggestion(
    change: Change, judged: tuple[JudgedChange, ...], compared: Compared, *, tries: bool
) -> Suggestion | None:
    found = next((way for way in _nearest(change, compared.base) if _passes(change, way.points, compared)), None)
    other = _best_recipe(change, compared) if tries else ""
    text = " ".join(part for part in (found.words if found else "", other) if part)
    if not text:
        return None
    tried = next(_judged_edits(change, judged, compared, found), None) if tries and found else None
    where = tried.where if tried else found.parts[0].where if found and found.parts else change.where
    return Suggestion(
        text=text,
        verified=f"{where.path} was read with this edit and {_JUDGED}" if tried else _JUDGED,
        path=where.path,
        line=where.line,
        before_lines=tried.before if tried else (),
        after_lines=tried.after if tried else (),
    )


# --- defaults that may pass -----------------------------------------------------------------------------------------

_KNOBS = {ChangeKind.KNOB_ADDED, ChangeKind.KNOB_CHANGED, ChangeKind.KNOB_REMOVED}
_REST = "the rest as it is passes."


def _nearest(change: Change, base: Defaults) -> Iterator[_Way]:
    """What is nearest first: one knob taken back, all of them, all that differs; one knob dropped, the bare encoder."""
    before = base.adapters.get(change.adapter)
    olds = {
        preset: old[0].at for point in change.points for preset in point.presets if (old := of_preset(before, preset))
    }
    named = all(preset in olds for point in change.points for preset in point.presets)
    if change.kind is not ChangeKind.STANDING and named:
        knobs = tuple(part for part in change.differences if part.kind in _KNOBS)
        several = len(change.differences) > 1
        for parts in [*((knob,) for knob in knobs if several), *([knobs] if len(knobs) > 1 else [])]:
            if parts != change.differences:
                yield _Way(words=f"{_back(parts)}: {_REST}", points=_taken_back(change, olds, parts), parts=parts)
        yield _Way(
            words=f"{_back(change.differences)}: what base emits passes.",
            points=tuple(_each(change, lambda at, preset: olds[preset])),
            parts=change.differences,
        )
    texts = dict.fromkeys(knob for point in change.points for knob in point.at.knobs)
    for knob in texts if len(texts) > 1 else ():
        yield _Way(words=f"Drop {'='.join(knob)}: {_REST}", points=tuple(_each(change, partial(_without, knob))))
    if texts:
        dropped = ", ".join("=".join(knob) for knob in texts)
        bare = tuple(replace(point, at=replace(point.at, knobs=(), limits=())) for point in change.points)
        yield _Way(words=f"Drop {dropped}: the bare encoder passes.", points=bare)


def _back(parts: Sequence[Differs]) -> str:
    """`Take bf=3 back and go back to q=23`."""
    added = ", ".join(part.after for part in parts if part.after and not part.before)
    changed = ", ".join(part.before for part in parts if part.before)
    said = [*([f"take {added} back"] if added else []), *([f"go back to {changed}"] if changed else [])]
    words = " and ".join(said)
    return words[:1].upper() + words[1:]


def _each(change: Change, made: Callable[[OperatingPoint, str], OperatingPoint]) -> Iterator[ChangedPoint]:
    """The change's points preset by preset, each as `made` makes it: presets may have come from different points."""
    for point in change.points:
        for preset in point.presets:
            yield replace(point, at=made(point.at, preset), presets=(preset,))


def _without(knob: tuple[str, str], at: OperatingPoint, preset: str) -> OperatingPoint:
    return replace(at, knobs=tuple(one for one in at.knobs if one != knob))


def _taken_back(
    change: Change, olds: Mapping[str, OperatingPoint], parts: Sequence[Differs]
) -> tuple[ChangedPoint, ...]:
    """The points with these knobs as base has them."""
    names = {(part.after or part.before).partition("=")[0] for part in parts}

    def made(at: OperatingPoint, preset: str) -> OperatingPoint:
        def mixed(new: Knobs, old: Knobs) -> Knobs:
            kept = [knob for knob in new if knob[0] not in names]
            return tuple(sorted([*kept, *(knob for knob in old if knob[0] in names)]))

        old = olds[preset]
        return replace(at, knobs=mixed(at.knobs, old.knobs), context=mixed(at.context, old.context))

    return tuple(_each(change, made))


def _passes(change: Change, points: tuple[ChangedPoint, ...], compared: Compared) -> bool:
    """Whether these points in the change's place would fail nowhere, warn nowhere and be judged everywhere."""
    judged = judge_changes([replace(change, points=points)], compared.base, compared.judge)
    return not _faults(judged)


def _faults(judged: Sequence[JudgedChange]) -> set[_Fault]:
    return {
        (change.adapter, change.codec, change.kind, change.before, change.after)
        for change in judged
        if change.action.gravity > Action.NOTICE.gravity or any(point.not_judged for point in change.points)
    }


# --- a recipe of the catalogue --------------------------------------------------------------------------------------


def _best_recipe(change: Change, compared: Compared) -> str:
    """The catalogue's recipe that is clean wherever these points reach, and on the hull of the most slices."""
    evidence = compared.judge.evidence.get(change.codec)
    if evidence is None:
        return ""
    clean = {recipe: keys for recipe in evidence.recipes if (keys := _clean_cells(change, recipe, compared))}
    if not clean:
        return ""
    planes = evidence.details.slices(key for keys in clean.values() for key in keys)
    best = ("", 0, 0)
    for recipe, keys in clean.items():
        presets = {key.preset for key in keys}
        tried = [
            [rung.on_hull for rung in plane.rungs if rung.recipe == recipe and rung.preset in presets]
            for plane in planes
            if any(key.rc_mode == plane.rc_mode for key in keys)
        ]
        on, of = sum(any(rungs) for rungs in tried), sum(bool(rungs) for rungs in tried)
        if 2 * on > of and on * max(best[2], 1) > best[1] * of:
            best = (recipe, on, of)
    recipe, on, of = best
    if not recipe:
        return ""
    knobs = ", ".join(f"{name}={value}" for name, value in evidence.recipes[recipe])
    return (
        f"Recipe {recipe} ({knobs}) in its place passes too: clean or cleared in all {len(clean[recipe])} cells "
        f"that it reaches, and on the Pareto hull of {on} of the {of} slices in which it was measured."
    )


def _clean_cells(change: Change, recipe: str, compared: Compared) -> tuple[CellKey, ...]:
    """The cells that the change's points would reach with a recipe's knobs; none unless it loses in none of them."""
    knobs = compared.judge.evidence[change.codec].recipes[recipe]
    points = tuple(replace(point, at=replace(point.at, knobs=knobs)) for point in change.points)
    if not knobs or not _passes(change, points, compared):
        return ()
    (judged,) = judge_changes([replace(change, points=points)], Defaults(adapters={}), compared.judge)
    cells = [cell for point in judged.points for cell in point.cells if not cell.contained]
    if any(cell.cell.verdict not in _HARMLESS for cell in cells):
        return ()
    return tuple(dict.fromkeys(cell.key for cell in cells))


# --- edits ----------------------------------------------------------------------------------------------------------


def _judged_edits(change: Change, judged: Sequence[JudgedChange], compared: Compared, way: _Way) -> Iterator[Edit]:
    """Edits of head's file after which these presets emit what the words say, and all else what it emitted.

    What the same line at fault changes elsewhere goes back with it to what base emits.
    """
    if change.kind is ChangeKind.STANDING:
        return
    wanted = {(change.adapter, preset): point.at for point in way.points for preset in point.presets}
    kept, base = _emitted(compared.head), _emitted(compared.base)
    before = _faults(judged)
    # A line in a module that several adapters share changes all of them, and is taken back for all of them.
    same = [other for other in compared.found if other.where == change.where]
    shared = {(one.adapter, preset) for one in same for point in one.points for preset in point.presets}
    # The differences that are taken back say where; without any the change does.
    at = replace(change, differences=way.parts, where=way.parts[0].where) if way.parts else change
    for edit in edits(at, compared.base.files, compared.head.files):
        head = _reread(edit, compared)
        if head is None or not _unread(head) <= _unread(compared.head):
            continue
        after = _emitted(head)
        if after.keys() != kept.keys() or not all(after[key] <= {at} for key, at in wanted.items()):
            continue
        moved = {key for key in kept.keys() - wanted.keys() if after[key] != kept[key]}
        if not moved <= shared or any(after[key] != base.get(key) for key in moved):
            continue
        found = changes(compared.base, head, changed_files(compared.base.files, head.files))
        if _faults(judge_changes(found, compared.base, compared.judge)) < before:
            yield edit


def _reread(edit: Edit, compared: Compared) -> Defaults | None:
    contents = applied(compared.head.files[edit.where.path], edit)
    try:
        return compared.read(EditedTree(tree=compared.tree, path=edit.where.path, contents=contents))
    except GateError:
        return None


def _emitted(defaults: Defaults) -> Mapping[tuple[str, str], frozenset[OperatingPoint]]:
    """(registry key, preset) -> what it emits."""
    found: dict[tuple[str, str], set[OperatingPoint]] = {}
    for key, adapter in defaults.adapters.items():
        for point in adapter.points:
            found.setdefault((key, point.adapter_preset), set()).add(point.at)
    return {default: frozenset(points) for default, points in found.items()}


def _unread(defaults: Defaults) -> set[tuple[str, str, str]]:
    parts = [("", part) for part in defaults.unresolved]
    parts += [(key, part) for key, adapter in defaults.adapters.items() for part in adapter.unresolved]
    return {(key, part.preset, part.reason) for key, part in parts}
