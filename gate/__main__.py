"""`python -m gate`, where the `gate` command isn't on PATH."""

from gate.cli import main

main()
