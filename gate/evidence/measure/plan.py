"""From a spec to encodes: every row of the grid, in the order in which a finished sweep holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from gate.encoders import canonical_knobs, write
from gate.encoders.argv import UnreadableArgvError
from gate.errors import UsageError
from gate.evidence.measure.model import Encode, RowKey
from gate.evidence.measure.spec import BARE, Codec, Spec
from gate.model import Knobs
from gate.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """One (codec, rc_mode): its C cells as (recipe, preset, q), and its bare rungs as (preset, q)."""

    index: int
    codec: str
    rc_mode: str
    cells: tuple[tuple[str, str, str], ...]
    rungs: tuple[tuple[str, str], ...]

    def ladder(self, source: str) -> Iterator[RowKey]:
        """The bare rows of one of its slices."""
        return (RowKey(source, self.codec, self.rc_mode, BARE, preset, q) for preset, q in self.rungs)

    def place(self, cell: int, source: str) -> RowKey:
        """The row of one of its cells."""
        return RowKey(source, self.codec, self.rc_mode, *self.cells[cell])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a spec can ask for: `encodes` in the order of a finished sweep, and what they make up."""

    sources: tuple[str, ...]
    strata: tuple[Stratum, ...]
    encodes: Mapping[RowKey, Encode]


def plan_of(spec: Spec, *, where: str) -> Plan:
    """The plan of a spec; `where` is the spec's file, for errors.

    Raises: UsageError for an encoder, a rate-control mode, a preset, a quality or a knob that no table knows.
    """
    args = {codec: dict(_passes(spec, codec, where)) for codec in spec.codecs}
    encodes = (
        Encode(
            place=RowKey(source, name, rc_mode, recipe, preset, q),
            knobs=knobs,
            passes=args[name][rc_mode, recipe, preset, q],
        )
        for name, codec in spec.codecs.items()
        for rc_mode, qualities in codec.rc_modes.items()
        for source in spec.sources
        for recipe, knobs in recipes(codec).items()
        for preset, q in product(codec.presets, qualities)
    )
    found = {encode.place: encode for encode in encodes}
    return Plan(sources=spec.sources, strata=tuple(strata(spec)), encodes=found)


def recipes(codec: Codec) -> dict[str, Knobs]:
    """Recipe -> its knobs, `bare` first."""
    return {BARE: ()} | {recipe: tuple(sorted(knobs.items())) for recipe, knobs in codec.recipes.items()}


def written_once(codec: str, recipes: Mapping[str, Knobs]) -> dict[str, Knobs]:
    """Recipe -> the knobs that it is encoded with: those of the first that comes to the same.

    One may say by a library's parameters what another says by FFmpeg's options: that is one command, measured once.
    Only what is a knob through and through counts: what is read as none may still change the stream.
    """
    first: dict[Knobs, Knobs] = {}
    return {name: first.setdefault(_meaning(codec, knobs), knobs) for name, knobs in recipes.items()}


def _meaning(codec: str, knobs: Knobs) -> Knobs:
    """The canonical knobs, where each setting of the recipe is one; else the recipe's own words."""
    settings = sum(value.count("=") if name.endswith("-params") else 1 for name, value in knobs)
    try:
        canonical = canonical_knobs(codec, dict(knobs))
    except UnreadableArgvError:
        return knobs
    return canonical if settings and len(canonical) >= settings else knobs


def strata(spec: Spec) -> Iterable[Stratum]:
    """The strata of a spec, numbered as `gate.evidence.sample.design.strata` numbers those of the finished sweep."""
    found = ((name, codec, rc_mode) for name, codec in spec.codecs.items() for rc_mode in codec.rc_modes)
    for index, (name, codec, rc_mode) in enumerate(found):
        rungs = tuple(product(codec.presets, codec.rc_modes[rc_mode]))
        candidates = [recipe for recipe in codec.recipes if recipe != BARE]
        cells = tuple((recipe, preset, q) for recipe in candidates for preset, q in rungs)
        yield Stratum(index=index, codec=name, rc_mode=rc_mode, cells=cells, rungs=rungs)


def _passes(
    spec: Spec, name: str, where: str
) -> Iterator[tuple[tuple[str, str, str, str], tuple[tuple[str, ...], ...]]]:
    codec = spec.codecs[name]
    written = written_once(name, recipes(codec))
    for rc_mode, qualities in codec.rc_modes.items():
        for (recipe, knobs), preset, q in product(written.items(), codec.presets, qualities):
            try:
                made = write.passes(name, rc_mode, preset, q, knobs, threads=spec.threads)
            except UsageError as error:
                place = f"{where}: codecs.{name} ({rc_mode}, {recipe}, {preset}, q={q})"
                raise UsageError(error.what, where=place, fix=error.fix) from None
            yield (rc_mode, recipe, preset, q), made
