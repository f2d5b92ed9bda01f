"""`gate sample fetch`: samples that lie at a URL, into the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gate.commands.terminal import FILE, FOLDER, PASSED, progress, write


@click.command("fetch")
@click.argument("url", required=False)
@click.option("--sha256", metavar="DIGEST", help="The digest that the file at URL must have.")
@click.option("--policy", type=FILE, help="Fetch what this policy file lists.")
@click.option("--repo", type=FOLDER, default=Path(), show_default="here", help="Without URL: whose policy counts.")
@click.option("--trust", metavar="REF", help="Where the policy comes from. [default: the upstream default branch]")
@click.option("--offline", is_flag=True, help="Download nothing: only check that the cache has it.")
def sample_fetch(**options: Any) -> int:
    """Download samples into the cache, each checked against its digest.

    Without URL, all that the policy lists with a `url`. The cache is the folder that CODEC_GATE_CACHE names, else the
    platform's place for caches; an interrupted download is gone on with. No token is ever sent.
    """
    from gate.provision import Wanted, provide

    with progress("sample fetch") as told:
        text = provide(Wanted(**options), told)
    write(text, None)
    return PASSED
