"""The suggestion for a change that fails: the nearest default that passes, as the same judge has said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gate.adapters.changes import changed_files, changes
from gate.adapters.model import Change, ChangedPoint, ChangeKind, Defaults
from gate.errors import GateError
from gate.evidence.model import CellKey, CellVerdict
from gate.judge.edits import Edit, applied, edits
from gate.judge.model import Action, JudgedChange, Suggestion
from gate.judge.points import Judge, judge_changes
from gate.tree import CommittedTree, Sources, Tree

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


def _suggestion(
    change: Change, judged: tuple[JudgedChange, ...], compared: Compared, *, tries: bool
) -> Suggestion | None:
    found = next((words for words, points in _nearest(change, compared.base) if _passes(change, points, compared)), "")
    other = _best_recipe(change, compared) if tries else ""
    text = " ".join(part for part in (found, other) if part)
    if not text:
        return None
    tried = (
        next(_judged_edits(change, judged, compared, back=found == _back(change)), None) if tries and found else None
    )
    where = tried.where if tried else change.where
    return Suggestion(
        text=text,
        verified=f"{where.path} was read with this edit and {_JUDGED}" if tried else _JUDGED,
        path=where.path,
        line=where.line,
        before_lines=tried.before if tried else (),
        after_lines=tried.after if tried else (),
    )


# --- defaults that may pass -----------------------------------------------------------------------------------------


def _nearest(change: Change, base: Defaults) -> Iterator[tuple[str, tuple[ChangedPoint, ...]]]:
    """What base emits for these presets, then the bare encoder: each with the words that offer it."""
    before = base.adapters.get(change.adapter)
    emitted = {point.adapter_preset: point.at for point in before.points} if before else {}
    kept = [replace(point, at=emitted[point.presets[0]]) for point in change.points if point.presets[0] in emitted]
    if change.kind is not ChangeKind.STANDING and len(kept) == len(change.points):
        yield _back(change), tuple(kept)
    if any(point.at.knobs for point in change.points):
        dropped = ", ".join(dict.fromkeys(f"{k}={v}" for point in change.points for k, v in point.at.knobs))
        bare = tuple(replace(point, at=replace(point.at, knobs=(), limits=())) for point in change.points)
        yield f"Drop {dropped}: the bare encoder passes.", bare


def _back(change: Change) -> str:
    if change.before:
        return f"Go back to {change.before}: what base emits passes."
    return f"Take {change.after} back: what base emits passes."


def _passes(change: Change, points: tuple[ChangedPoint, ...], compared: Compared) -> bool:
    """Whether these points in the change's place would fail nowhere, warn nowhere and be judged everywhere."""
    judged = judge_changes([replace(change, points=points)], compared.base, compared.judge)
    return not _faults(judged)


def _faults(judged: Sequence[JudgedChange]) -> set[_Fault]:
    return {
        _said(change)
        for change in judged
        if change.action.gravity > Action.NOTICE.gravity or any(point.not_judged for point in change.points)
    }


def _said(change: JudgedChange) -> _Fault:
    return change.adapter, change.codec, change.kind, change.before, change.after


# --- a recipe of the catalogue --------------------------------------------------------------------------------------


def _best_recipe(change: Change, compared: Compared) -> str:
    """The catalogue's recipe that is clean wherever these points reach, and on the hull of the most slices."""
    evidence = compared.judge.evidence.get(change.codec)
    if evidence is None or evidence.details is None:
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


def _judged_edits(change: Change, judged: Sequence[JudgedChange], compared: Compared, *, back: bool) -> Iterator[Edit]:
    """Edits of head's file after which this change is gone, and nothing else is worse than it was.

    Where the words say `back` to what base emits, the edit leaves no change that wasn't there before it.
    """
    if change.kind is ChangeKind.STANDING:
        return
    before, known = _faults(judged), set(map(_said, judged))
    own = (change.adapter, change.codec, change.kind.value, change.before, change.after)
    for edit in edits(change, compared.base.files, compared.head.files):
        head = _reread(edit, compared)
        if head is None or not _as_whole(head, compared.head):
            continue
        found = changes(compared.base, head, changed_files(compared.base.files, head.files))
        judged_anew = judge_changes(found, compared.base, compared.judge)
        after = _faults(judged_anew)
        if own not in after and after <= before and not (back and set(map(_said, judged_anew)) - known):
            yield edit


def _reread(edit: Edit, compared: Compared) -> Defaults | None:
    contents = applied(compared.head.files[edit.where.path], edit)
    try:
        return compared.read(EditedTree(tree=compared.tree, path=edit.where.path, contents=contents))
    except GateError:
        return None


def _as_whole(after: Defaults, before: Defaults) -> bool:
    """Whether an edit left every adapter emitting for the presets that it emitted for, and nothing newly unread."""
    return _emitting(after) == _emitting(before) and _unread(after) <= _unread(before)


def _emitting(defaults: Defaults) -> Mapping[str, frozenset[str]]:
    return {
        key: frozenset(point.adapter_preset for point in adapter.points) for key, adapter in defaults.adapters.items()
    }


def _unread(defaults: Defaults) -> set[tuple[str, str, str]]:
    parts = [("", part) for part in defaults.unresolved]
    parts += [(key, part) for key, adapter in defaults.adapters.items() for part in adapter.unresolved]
    return {(key, part.preset, part.reason) for key, part in parts}
