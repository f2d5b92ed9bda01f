"""What an evaluation may cost, and how it stops: outside the language, out of bounds, or by an exception of its own."""

from __future__ import annotations

from gate.model import Location

MAX_STEPS_LOAD = 150_000  # while the package is imported
MAX_STEPS_EMISSION = 30_000  # one preset of one adapter; a real one takes about 200
MAX_STEPS_TOTAL = 4_000_000  # all of a package; a real one takes about 60,000
MAX_STEPS_AFTER = 20_000  # what the rest of the import gets once a statement has used up its steps
MAX_CALLS = 40  # calls of the program's own functions inside each other
MAX_TEXT = 50_000  # characters of one string
MAX_ITEMS = 10_000  # elements of one container
MAX_BITS = 4_096  # of one integer
MAX_DIGITS = 1_000  # of a number as text
MAX_WIDTH = 1_000  # width and precision of a format
MAX_PATHS = 64  # answers of the host that are tried for one emission
MAX_LOADS = 16  # and for one import of the package
MAX_TEMPLATE = 4_096  # characters of a template
MAX_BASES = 32  # of one class
MAX_ANCESTORS = 100  # of one class
MAX_NAMES = 2_000  # of one class or module
MAX_SOURCE = 256_000  # bytes of one source file; a real one has at most 16,000
MAX_SOURCES = 4_000_000  # bytes of all of them
MAX_FILES = 2_000  # that imports may lead to
QUALITIES = (0, 63)  # tried beside an adapter's own range: what the measured codecs' scales hold


class Unmodelled(Exception):  # noqa: N818 - not an error: the language ends here
    """The program leaves the language; nothing that depends on this point is known.

    Attributes:
        reason: what isn't read, or which bound was passed.
        where: the line.
        outlives: it would alter what an earlier part of the evaluation made.
    """

    def __init__(self, reason: str, where: Location, *, outlives: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where
        self.outlives = outlives
