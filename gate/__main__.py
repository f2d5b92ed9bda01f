"""`python -m gate`, where the `gate` command isn't on PATH."""

import os
import sys

# `python -m` puts the working folder first on the path. There lies the repository under judgement, and a `click.py` or
# a `pathlib.py` in it must not be run in place of the real one. `os` and `sys` are loaded before Python looks there.
sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != os.path.realpath(os.curdir)]  # noqa: PTH

from gate.cli.main import main  # noqa: E402

main()
