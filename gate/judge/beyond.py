"""What a verdict doesn't reach: changed files that use adapters, a new codec's hull, selectors that match nothing."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from gate.adapters.model import ChangeKind, Defaults
from gate.encoders import RateControlMode, canonical_knobs, family_of
from gate.encoders.families import FAMILIES
from gate.errors import PolicyError
from gate.evidence.model import CodecEvidence
from gate.judge.evidence import Evidence
from gate.judge.model import JudgedChange, UnreadFile
from gate.judge.place import rank
from gate.judge.refs import Refs
from gate.policy.rules import exemptions, ship_blockers
from gate.policy.schema import Policy, Selection
from gate.tree import Match, matcher

if TYPE_CHECKING:
    from gate.evidence.sweep.summary import HullRecipes

_USES = frozenset({"get_adapter", "ffmpeg_codec_args", "extra_params"})
_TEST = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py")
_LINES = 5  # of a file that uses adapters: enough to find the place
_RECIPES = 6
# Ten bits, wide colour and transfer curves: whatever the option, these are the words that FFmpeg has for them.
_OFF_EVIDENCE = re.compile(
    r"p010(le)?|p210(le)?|p410(le)?|x2rgb10(le)?|yuv4\d\dp1[026](le)?|main-?10|main-?12|high-?10|high422|rext|bt2020\S*"
    r"|smpte2084|smpte2086|arib-std-b67|.*\b(hdr10?|hdr-opt|hdr10-opt|mastering-display|master-display|max-cll"
    r"|content-light|dolbyvision|dhdr10-info)\b.*"
)
_BUILTIN = "builtin:"


def unread_files(refs: Refs, base: Defaults, head: Defaults, policy: Policy) -> tuple[UnreadFile, ...]:
    """The changed files that no reader reads and that decide, or may decide, what adapters come to.

    They are those that the policy's `watch` names, and Python files that import the adapters' package or use its
    methods; tests don't count among these.
    """
    changed = refs.head.since(refs.base)
    read = matcher([glob for part in policy.adapters for glob in part.paths])
    files = {path for side in (base, head) for adapter in side.adapters.values() for path in adapter.files}
    packages = {
        PurePosixPath(adapter.where.path).parent.name for side in (base, head) for adapter in side.adapters.values()
    }
    watched = matcher(policy.watch)
    return tuple(
        _unread(sorted(path for path in changed if not read(path) and path not in files), refs, packages, watched)
    )


def _unread(paths: Iterable[str], refs: Refs, packages: Collection[str], watched: Match) -> Iterator[UnreadFile]:
    for path in paths:
        lines = () if watched(path) or not _is_code(path) else _uses(path, refs, packages)
        if lines or watched(path):
            yield UnreadFile(path=path, lines=lines[:_LINES], watched=watched(path))


def _is_code(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.endswith(".py") and _TEST.fullmatch(name) is None


def _uses(path: str, refs: Refs, packages: Collection[str]) -> tuple[int, ...]:
    """The lines of head's file, or of base's where head has none, that use adapters."""
    contents = refs.head.read(path)
    text = (refs.base.read(path) if contents is None else contents) or b""
    if not any(word.encode() in text for word in (*_USES, *packages) if word):
        return ()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        words = re.compile(rb"\b(" + "|".join(map(re.escape, (*_USES, *packages))).encode() + rb")\b")
        return tuple(number for number, line in enumerate(text.split(b"\n"), start=1) if words.search(line))
    return tuple(sorted({node.lineno for node in ast.walk(tree) if _is_use(node, packages)}))  # type: ignore[attr-defined]


def _is_use(node: ast.AST, packages: Collection[str]) -> bool:
    if isinstance(node, ast.Import):
        return any(part in packages for alias in node.names for part in alias.name.split("."))
    if isinstance(node, ast.ImportFrom):
        names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        return any(name in packages or name in _USES for name in names)
    if isinstance(node, ast.Attribute):
        return node.attr in _USES
    if isinstance(node, ast.Constant):  # getattr(adapter, "extra_params")
        return node.value in _USES if isinstance(node.value, str) else False
    return isinstance(node, ast.Name) and node.id in _USES


def notices(
    changes: Sequence[JudgedChange], base: Defaults, head: Defaults, evidence: Evidence, unread: Sequence[UnreadFile]
) -> Iterator[str]:
    """What stands beside the verdicts, a line each."""
    for file in unread:
        lines = f" (line{'s' if len(file.lines) > 1 else ''} {', '.join(map(str, file.lines))})" if file.lines else ""
        why = "is watched" if file.watched else "uses the adapters"
        yield f"NOT JUDGED: {file.path}{lines} changed and {why}, but no reader reads it: what it makes of them is open"
    new = {change.adapter: change.codec for change in changes if change.kind == ChangeKind.NEW_ADAPTER}
    hulls = _hulls(evidence, set(new.values())) if new else {}
    for key, codec in new.items():
        yield f"new adapter {key}: " + (hulls.get(codec) or f"no hull entry of {codec} yet: bare default")
    changed = dict.fromkeys(change.adapter for change in changes)
    yield from _passed_over(base, head)
    yield from _around(changed, head)
    yield from _off_evidence(changed, head, evidence)


def _passed_over(base: Defaults, head: Defaults) -> Iterator[str]:
    """What FFmpeg or a library newly ignores or reads otherwise than meant, though it may change no default."""
    for key, adapter in head.adapters.items():
        before = {text for text, _ in base.adapters[key].notices} if key in base.adapters else set()
        yield from (f"{key}: {text} ({where})" for text, where in adapter.notices if text not in before)


def _around(adapters: Iterable[str], head: Defaults) -> Iterator[str]:
    """The context of what changed: a sample's recipes were measured without it."""
    for key in adapters:
        points = head.adapters[key].points if key in head.adapters else ()
        said = dict.fromkeys(f"{name}={value}" for point in points for name, value in point.at.context)
        if said:
            yield f"{key} emits {', '.join(said)}, which shapes every encode alike (context): only the knobs are judged"


def _hulls(evidence: Evidence, codecs: Collection[str]) -> dict[str, str]:
    """Codec -> which recipes are on the hulls of its sample's slices."""
    from gate.evidence.sweep.summary import hull_recipes  # noqa: PLC0415 - start-up: only a new adapter needs it

    found = {}
    for sample, info in zip(evidence.opened, evidence.samples, strict=True):
        served = [codec for codec in codecs if codec in info.codecs]
        rows = [row for row in hull_recipes(sample.sweep) if row.codec in served] if served else []
        for codec in served:
            said = "; ".join(_row(row) for row in rows if row.codec == codec)
            where = f"{info.name} ({info.provenance}; each on how many of {info.sources} sources)"
            found[codec] = f"on the hulls of {codec} in {where}: {said}"
    return found


def _row(row: HullRecipes) -> str:
    more = f" and {len(row.recipes) - _RECIPES} more" if len(row.recipes) > _RECIPES else ""
    return f"{row.rc_mode}: " + ", ".join(f"{recipe} {count}" for recipe, count in row.recipes[:_RECIPES]) + more


def _off_evidence(adapters: Iterable[str], head: Defaults, evidence: Evidence) -> Iterator[str]:
    """Where a changed default leaves what the built-in clips are: eight bits of standard dynamic range."""
    builtin = {codec for info in evidence.samples if info.name.startswith(_BUILTIN) for codec in info.codecs}
    for key in adapters:
        adapter = head.adapters.get(key)
        if adapter is None or adapter.encoder not in builtin:
            continue
        tokens = (token.text for emission in adapter.emissions for token in emission.tokens)
        found = list(dict.fromkeys(text for text in tokens if _OFF_EVIDENCE.fullmatch(text.lower())))
        if found:
            clips = "clips of 8 bits and standard dynamic range, 24 to 30 fps, a few seconds long"
            yield f"{key} emits {', '.join(found)}: the evidence is of {clips}, and shows nothing of what it does there"


ByCodec = Mapping[str, CodecEvidence]


def dead_selectors(policy: Policy, evidence: ByCodec, codecs: Collection[str]) -> Iterator[str]:
    """What is wrong with each selector of the policy that can match nothing, `forbid[0]: …`.

    `codecs` are what the adapters emit, also where no table knows it.
    """
    for key in ("forbid", "discourage", "waivers"):
        for place, part in enumerate(getattr(policy, key)):
            yield from (f"{key}[{place}] can match nothing: {fault}" for fault in _dead(part, evidence, codecs))


def policy_faults(policy: Policy, evidence: ByCodec, codecs: Collection[str]) -> Iterator[str]:
    """Every fault that a policy of the right form may still have: selectors that are dead, or that name no knob."""
    yield from dead_selectors(policy, evidence, codecs)
    catalogues = {codec: known.recipes for codec, known in evidence.items()}
    for key in ("forbid", "discourage", "waivers"):
        for place, part in enumerate(getattr(policy, key)):
            alone = policy.model_copy(update={"forbid": (), "discourage": (), "waivers": (), key: (part,)})
            try:
                ship_blockers(alone, catalogues, canonical_knobs)
                exemptions(alone.waivers, catalogues, canonical_knobs, dt.date.min)
            except PolicyError as error:
                yield error.what.replace(f"{key}[0]", f"{key}[{place}]", 1)


def _dead(part: Selection, evidence: ByCodec, codecs: Collection[str]) -> Iterator[str]:
    codec, known, family = part.codec, evidence.get(part.codec), family_of(part.codec)
    if known is None and not family.name and codec not in codecs:
        yield _unknown("codec", codec, {*evidence, *codecs, *(one for family in FAMILIES for one in family.encoders)})
        return
    labels = {mode.value for mode in RateControlMode if mode.value} | set(known.rc_modes if known else ())
    yield from (_unknown("rate control", mode, labels) for mode in part.rc_mode or () if mode not in labels)
    if not family.name:
        return
    measured = known.presets if known else ()
    if family.presets:
        presets = {*family.presets, *measured}
        odd = (one for one in part.preset or () if one not in presets and rank(codec, one) is None)
        yield from (_unknown(f"preset of {codec}", one, presets) for one in odd)
    if part.knobs is not None:
        named = {name for knobs in (known.recipes.values() if known else ()) for name, _ in knobs}
        options = named | family.names(codec)
        for name in part.knobs if options else ():
            if not {name.lstrip("-"), _dashed(name)} & options:
                yield _unknown(f"option of {codec}", name, options)


def _dashed(name: str) -> str:
    return name.lstrip("-").partition(":")[0].replace("_", "-")


def _unknown(noun: str, name: str, names: Iterable[str]) -> str:
    nearest = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
    return f"nobody knows the {noun} {name}" + (f" (did you mean {nearest[0]}?)" if nearest else "")
