"""`gate vet`: a recommender's output, filtered by the rules of a check."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from gate.cli.output import (
    BLOCKED,
    FILE,
    FOLDER,
    PASSED,
    as_of_option,
    color,
    evidence_options,
    format_option,
    trust_option,
    width,
    write,
)
from gate.judge.recommendations import read_recommendations
from gate.judge.vet import vet as filtered
from gate.judge.vet_model import VetReport
from gate.report import vet as rendering
from gate.report.json import render_json


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--repo", type=FOLDER, help="The repository whose policy counts. [default: the one here, else built-in defaults]"
)
@trust_option("the policy comes")
@evidence_options
@click.option("--override", type=FILE, help="A file with `waivers`, as a policy has them, that count here too.")
@click.option("--encoder", default="", metavar="NAME", help="What encodes the entries that don't say it: a ladder's.")
@as_of_option("waivers and evidence are")
@format_option("text", "json", "csv", help="The report, or as csv only what survives.")
@click.option("--output", "-o", type=FILE, metavar="KEPT", help="Write what survives to this file, in FILE's own form.")
def vet(
    file: Path,
    repo: Path | None,
    trust: str | None,
    policy: Path | None,
    sample: Path | None,
    override: Path | None,
    encoder: str,
    as_of: dt.date,
    format_: str,
    output: Path | None,
) -> int:
    """Drop from a recommender's output what the gate would block as a default.

    FILE is JSON (an array, or an object with `recommendations`, an auto plan's `cells`, a comparison's `rows`, a
    ladder's `renditions`), JSONL (corpus rows, say) or CSV. Each entry has codec (or encoder) and q (crf, best_crf);
    preset, rc_mode, recipe, knobs (extra_params) and source (src) may be given. It is read through the repository's
    adapters: preset is the adapter's name of it, rate control and knobs are what the adapter emits, the entry's own
    knobs behind them; without a preset it stands for every preset of the adapter. rc_mode, where given, is a label of
    the sample or a canonical rate control such as vbr-cq. An entry is judged at exactly its rate control and q
    (`reach: emitted`), whatever the policy's reach. Where its cell is content-dependent, the hull of its source's slice
    decides; for another clip the policy's `unknown_source` does, and the report says so.

    Exit status: 0 all kept, 1 something dropped, 2 could not judge.
    """
    report, kept = filtered(
        read_recommendations(file, encoder),
        repo=repo,
        trust=trust,
        policy=policy,
        sample=sample,
        override=override,
        as_of=as_of,
    )
    if output is not None:
        write(kept, output)
    write(_rendered(report, format_), None)
    return BLOCKED if report.counts.dropped and report.policy.mode == "enforce" else PASSED


def _rendered(report: VetReport, format_: str) -> str:
    if format_ == "json":
        return render_json(report)
    if format_ == "csv":
        return rendering.render_vet_csv(report)
    return rendering.render_vet_text(report, width=width(), color=color(None))
