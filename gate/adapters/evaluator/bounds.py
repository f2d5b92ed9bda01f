"""What an evaluation may cost, and how it stops: outside the model, out of bounds, or by an exception of its own."""

from __future__ import annotations

from dataclasses import dataclass

from gate.model import Location

MAX_STEPS_LOAD = 150_000  # while the package is imported
MAX_STEPS_EMISSION = 30_000  # one preset of one adapter; a real one takes about 200
MAX_STEPS_TOTAL = 600_000  # all of a package; a real one takes about 40,000
MAX_STEPS_AFTER = 20_000  # what the rest of the import gets once a statement has used up its steps
MAX_CALLS = 40  # modelled calls inside each other
MAX_TEXT = 50_000  # characters of one string
MAX_ITEMS = 10_000  # elements of one container
MAX_BITS = 4_096  # of one integer
MAX_WIDTH = 10_000  # width and precision in a format specification
MAX_PATHS = 64  # answers of the host that are tried for one emission
MAX_TEMPLATE = 4_096  # characters of a template for `%`
MAX_BASES = 32  # of one class
MAX_ANCESTORS = 100  # of one class
MAX_SOURCE = 256_000  # bytes of one source file; a real one has at most 16,000
MAX_SOURCES = 4_000_000  # bytes of all of them


class Unmodelled(Exception):  # noqa: N818 - not an error: the model ends here
    """The evaluator leaves its closed world; nothing that depends on this point is known.

    Attributes:
        reason: what isn't modelled, or which bound was passed.
        where: the line.
        depth: how many modelled calls were running.
        outlives: it would alter what an earlier part of the evaluation made.
    """

    def __init__(self, reason: str, where: Location, depth: int = 0, *, outlives: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where
        self.depth = depth
        self.outlives = outlives


@dataclass(slots=True)
class Meter:
    """Steps left; the one thing that decides when an evaluation that doesn't end is given up."""

    total: int = MAX_STEPS_TOTAL
    budget: int = MAX_STEPS_LOAD
    allowed: int = MAX_STEPS_LOAD

    def restart(self, steps: int) -> None:
        """Give the next part of the evaluation `steps` of what is left."""
        self.allowed = self.budget = max(0, min(steps, self.total))

    def charge(self, steps: int) -> bool:
        """Take `steps`; False once they are used up."""
        self.budget -= steps
        self.total -= steps
        return self.budget >= 0
