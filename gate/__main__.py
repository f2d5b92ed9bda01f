"""`python -m gate`, where the `gate` command isn't on PATH."""

import sys
from pathlib import Path

# `python -m` puts the working folder first on the path. There lies the repository under judgement, and a `click.py` in
# it must not be run in place of the real one.
sys.path[:] = [entry for entry in sys.path if entry and Path(entry).resolve() != Path.cwd()]

from gate.cli import main  # noqa: E402

main()
