"""What `gate vet` found of a recommender's output, for a terminal and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gate.errors import one_line
from gate.judge.vet_model import LOSES, OPEN, UNKNOWN_SOURCE, OnSource, VetReport, Vetted
from gate.report import basis, wording
from gate.report.text import facts, paper, written
from gate.values import dataclass

_ROWS = 20  # a terminal's worth; JSON holds all
_WORDS = {
    LOSES: "lose on their source",
    UNKNOWN_SOURCE: "content-dependent, for a clip that nobody measured",
    "contains-structural": "with a structural recipe inside",
}
_COLUMNS = (
    "line", "codec", "rc_mode", "recipe", "knobs", "preset", "q", "source", "source_class", "verdict", "action",
    "not_judged", "on_source", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Recommendations that ended alike, and the points among them."""

    first: Vetted
    count: int
    presets: tuple[str, ...]
    qualities: tuple[str, ...]
    why: str


def headline(report: VetReport) -> str:
    """`9,412 of 10,000 kept: 512 structural, 60 forbidden, 16 lose on their source; 300 not judged`."""
    counts = report.counts
    dropped = ", ".join(f"{count:,} {_WORDS.get(reason, reason)}" for reason, count in counts.dropped_for.items())
    open_ones = [f"{counts.not_judged:,} not judged"] if counts.not_judged else []
    if counts.not_judged_on_source:
        open_ones.append(f"{counts.not_judged_on_source:,} not judged on their source")
    open_ones += [f"{counts.waived:,} waived"] if counts.waived else []
    advisory = report.policy.mode == "advisory" and counts.dropped > 0
    kept = f"{counts.kept:,} of {counts.recommendations:,} {'would be ' if advisory else ''}kept"
    text = f"{kept}: {dropped}" if dropped else kept
    return ("ADVISORY, " if report.policy.mode == "advisory" else "") + "; ".join([text, *open_ones])


def render_vet_text(report: VetReport, *, width: int, color: bool) -> str:
    """The report as lines of at most `width` columns, with ANSI colour or without."""
    console = paper(width=width, color=color)
    style = "bold red" if report.counts.dropped else "bold yellow" if report.counts.not_judged else "bold green"
    console.print(Text(headline(report), style=style))
    for warning in basis.evidence_warnings(report.samples):
        console.print(Text(one_line(warning), style="yellow"))
    _print_groups(console, report, "Dropped", [one for one in report.recommendations if one.dropped])
    _print_groups(
        console, report, "Kept, but look at them", [one for one in report.recommendations if _is_flagged(report, one)]
    )
    console.print()
    console.print(facts(_rest(report)))
    return written(console)


def render_vet_csv(report: VetReport) -> str:
    """What survives, a line each, with what was found of it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in (one for one in report.recommendations if not one.dropped or report.policy.mode == "advisory"):
        judged = report.points[one.point].judged
        knobs = ",".join(f"{name}={value}" for name, value in judged.knobs.items())
        found = (one.decided_by, judged.action.value, int(judged.not_judged), one.on_source.value, _why(report, one))
        what = (one.line, one.codec, one.rc_mode, one.recipe, knobs, one.preset, one.q, one.source, one.source_class)
        writer.writerow(what + found)
    return out.getvalue()


def _is_flagged(report: VetReport, one: Vetted) -> bool:
    judged = report.points[one.point].judged
    open_on_source = one.on_source in OPEN and report.policy.unknown_source != "keep"
    return not one.dropped and (
        judged.not_judged or judged.action == "warn" or open_on_source or one.waiver is not None
    )


def _print_groups(console: Console, report: VetReport, title: str, found: Sequence[Vetted]) -> None:
    if not found:
        return
    groups = _groups(report, found)
    console.print()
    console.print(Text(title, style="bold"))
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for group in groups[:_ROWS]:
        table.add_row(Text(f"{group.count:,}"), _words(report, group))
    console.print(table)
    if len(groups) > _ROWS:
        console.print(Text(f"… and {len(groups) - _ROWS} more such groups (--format json has them all)", style="dim"))


def _words(report: VetReport, group: _Group) -> Text:
    one = group.first
    name = f"{one.codec} {one.rc_mode}, {_recipe(report, one)}"
    where = f"  preset {_few(group.presets)}; q {_few(group.qualities)}; first in line {one.line}"
    text = Text(one_line(name, 200), style="bold")
    text.append(one_line(where, 200), style="not bold")
    text.append(f"\n{one_line(group.why)}", style="not bold dim")
    return text


def _groups(report: VetReport, found: Iterable[Vetted]) -> list[_Group]:
    """By codec, rate control, recipe and verdict; the largest first."""
    members: dict[tuple[str, ...], list[Vetted]] = {}
    for one in found:
        waived = "" if one.waiver is None else "waived"
        key = (one.codec, one.rc_mode, _recipe(report, one), one.decided_by, one.on_source, waived)
        members.setdefault(key, []).append(one)
    groups = [_group(report, same) for same in members.values()]
    return sorted(groups, key=lambda group: -group.count)


def _few(labels: Sequence[str]) -> str:
    return ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")


def _group(report: VetReport, same: Sequence[Vetted]) -> _Group:
    return _Group(
        first=same[0],
        count=len(same),
        presets=tuple(dict.fromkeys(one.preset for one in same)),
        qualities=tuple(dict.fromkeys(one.q for one in same)),
        why=_why(report, same[0]),
    )


def _recipe(report: VetReport, one: Vetted) -> str:
    judged = report.points[one.point].judged
    return one.recipe or judged.recipe or ", ".join(f"{name}={value}" for name, value in judged.knobs.items()) or "bare"


def _why(report: VetReport, one: Vetted) -> str:
    """One sentence for whoever made the recommendation."""
    judged = report.points[one.point].judged
    if one.decided_by == LOSES and one.row is not None and one.beaten_by is not None:
        rival = one.beaten_by
        name = f"{rival.recipe} at {rival.preset}, q {rival.q}"
        figures = f"{rival.bitrate_kbps:.0f} kbit/s, VMAF {rival.vmaf:.2f}"
        own = f"{one.row.bitrate_kbps:.0f} kbit/s, VMAF {one.row.vmaf:.2f}"
        return f"off the hull of {one.source}: {name} ({figures}) beats it ({own})"
    waived = f"waived by waivers[{one.waiver}]: " if one.waiver is not None else ""
    on_source = {
        OnSource.NO_SOURCE: "; it names no source, so which side of the hull it is on is open",
        OnSource.UNKNOWN: "; the sample has no row of it on its source",
    }.get(one.on_source, "")
    return f"{waived}{judged.why}{on_source}"


def _rest(report: VetReport) -> Iterator[tuple[str, str]]:
    yield from (("notice", notice) for notice in report.notices)
    yield from (("waiver", wording.waiver(waiver)) for waiver in report.waivers)
    yield from (("evidence", basis.sample_line(sample)) for sample in report.samples)
    trust = f", trust {wording.short(report.trust.commit)}" if report.trust else ""
    policy = report.policy
    name = f"{policy.where} ({wording.short(policy.digest)}), {policy.mode}"
    rule = f"each judged at its own rate control and target; {basis.OFF_GRID[policy.off_grid]}"
    yield "policy", f"{name}: {rule}{trust}, as of {report.as_of}"
