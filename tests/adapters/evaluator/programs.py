"""Small programs of the language that Python adapters are read in, each an adapter of one package, made from a seed.

Each program is built from a few constructs, and says which: a fuzz counts by them.
"""

from __future__ import annotations

import random
from collections.abc import Callable

HEAD = """from __future__ import annotations

import dataclasses
import enum
import functools
import itertools
import operator
from typing import Final, NamedTuple


@dataclasses.dataclass(frozen=True)
class Base:
    name: str = "base"
    encoder: str = "libx264"
    quality_knob: str = "crf"
    quality_default: int = 23
    quality_range: tuple[int, int] = (0, 51)
    presets: tuple[str, ...] = ("fast", "medium", "slow")

    def flags(self) -> tuple[str, ...]:
        return ("-a", "1")

    def ffmpeg_codec_args(self, preset: str, quality: int) -> list[str]:
        return ["-c:v", self.encoder, "-preset", preset, "-crf", str(quality)]

    def extra_params(self) -> tuple[str, ...]:
        return ()


TABLE: Final = {"fast": 1, "medium": 2, "slow": 3}
NAMES: Final = ("b", "a", "c")


class Level(enum.Enum):
    LOW = "low"
    HIGH = "high"


class Mode(str, enum.Enum):
    ONE = "one"
    TWO = "two"


class Rank(enum.IntEnum):
    FIRST = 1
    SECOND = 2


class Pair(NamedTuple):
    key: str
    value: int = 4


@dataclasses.dataclass
class Box:
    items: list = dataclasses.field(default_factory=list)
    size: int = 2


@dataclasses.dataclass(frozen=True, order=True)
class Rung:
    n: int
    label: str = "x"
"""

Chance = random.Random
Made = tuple[list[str], str]  # statements before, and an expression


def bare(r: Chance) -> str:
    """A whole number that may stand in an f-string of any version."""
    return r.choice(["quality", "len(preset)", "self.quality_default", "len(NAMES)"])


def number(r: Chance, depth: int = 0) -> str:
    """A whole number."""
    simple = [str(r.randint(-3, 40)), "quality", "len(preset)", "len(NAMES)", "TABLE[preset]", "self.quality_default"]
    if depth > 2:
        return r.choice(simple)
    a, b = number(r, depth + 1), number(r, depth + 1)
    return r.choice(
        [
            *simple,
            f"({a} {r.choice(['+', '-', '*'])} {b})",
            f"({a} // {r.randint(1, 7)})",
            f"({a} % {r.randint(1, 7)})",
            f"max({a}, {b})",
            f"min({a}, {b}, {r.randint(0, 9)})",
            f"abs({a})",
            f"sum(range(max(0, {a} % 9)))",
            f"({a} if {condition(r, depth + 1)} else {b})",
            f"int({condition(r, depth + 1)})",
            f"round({a} / 4)",
            f"TABLE.get({text(r, depth + 1)}, {b})",
            f"len({sequence(r, depth + 1)})",
            f"{sequence(r, depth + 1)}.count({text(r, depth + 1)})",
            "Rank.SECOND.value",
            f"sorted([{a}, {b}])[0]",
            f"functools.reduce(operator.add, [{a}, {b}], 1)",
            f"Pair('k', {a}).value",
            f"Rung({a}).n",
            f"divmod({a}, {r.randint(1, 5)})[1]",
        ]
    )


def text(r: Chance, depth: int = 0) -> str:
    """Text."""
    simple = ["preset", "self.encoder", repr(r.choice(["-bf", "aq", "x=1", "", "A b"])), "str(quality)", "NAMES[1]"]
    if depth > 2:
        return r.choice(simple)
    a, b, n = text(r, depth + 1), text(r, depth + 1), number(r, depth + 1)
    return r.choice(
        [
            *simple,
            f"({a} + {b})",
            f"str({n})",
            f'f"{{{bare(r)}}}:{{preset}}"',
            f'f"{{{bare(r)}:03d}}"',
            f'f"{{{bare(r)} + 1:>6}}{{self.encoder!r:<8}}"',
            f'"%s=%d" % ({a}, {n})',
            f'"%5.1f" % ({n} / 2)',
            f'"{{}}-{{x}}".format({n}, x={a})',
            f"{a}.{r.choice(['upper', 'lower', 'strip', 'title', 'capitalize'])}()",
            f"{a}.replace('a', {b})",
            f"({a})[{r.randint(0, 2)}:{r.randint(1, 5)}]",
            f'"{r.choice([":", ",", ""])}".join({sequence(r, depth + 1)})',
            f"({a} if {condition(r, depth + 1)} else {b})",
            f"({a} or {b})",
            f"Level.{r.choice(['LOW', 'HIGH'])}.value",
            "Level('low').name",
            "Level['HIGH'].value",
            "Mode.ONE.value.upper()",
            f"str({sequence(r, depth + 1)})",
            f"repr({a})",
            f"Pair({a}).key",
            f"Rung(1, {a}).label",
            f"dict(k={a})['k']",
            f"{a}.partition('=')[0]",
            f"type({n}).__name__",
            f"max({a}, {b})",
            f"{a}.zfill(4)",
            f"str({condition(r, depth + 1)})",
        ]
    )


def condition(r: Chance, depth: int = 0) -> str:
    """A truth value."""
    simple = ["preset == 'slow'", f"quality < {r.randint(0, 50)}", "self.quality_default > 20", "True"]
    if depth > 2:
        return r.choice(simple)
    a, b = condition(r, depth + 1), condition(r, depth + 1)
    n, m, t = number(r, depth + 1), number(r, depth + 1), text(r, depth + 1)
    return r.choice(
        [
            *simple,
            f"({a} {r.choice(['and', 'or'])} {b})",
            f"(not {a})",
            f"({n} {r.choice(['<', '<=', '>', '>=', '==', '!='])} {m})",
            f"({r.randint(0, 9)} < {n} <= {m})",
            f"({t} {r.choice(['in', 'not in'])} {sequence(r, depth + 1)})",
            f"({t} in {{'fast': 1, 'a': 2}})",
            f"{t}.startswith(('f', 's'))",
            f"any({n} > x for x in range(4))",
            f"all(x for x in {sequence(r, depth + 1)})",
            f"isinstance({r.choice([n, t])}, (int, tuple))",
            f"({t} == {text(r, depth + 1)})",
            "(None is None)",
            "(Level.LOW is Level.LOW)",
            "(Mode.ONE == 'one')",
            f"(Rung({n}) < Rung({m}))",
            f"(Pair('a', {n}) == ('a', {m}))",
            f"({{1, 2}} >= {{{n}}})",
            "hasattr(self, 'encoder')",
            f"bool({n})",
        ]
    )


def sequence(r: Chance, depth: int = 0) -> str:
    """A sequence of texts."""
    simple = ["NAMES", "self.presets", "('x', preset)", "['p', 'q']", "tuple(TABLE)"]
    if depth > 2:
        return r.choice(simple)
    a, s, t, n = sequence(r, depth + 1), sequence(r, depth + 1), text(r, depth + 1), number(r, depth + 1)
    return r.choice(
        [
            *simple,
            f"tuple(sorted({a}))",
            f"[x + {t} for x in {a}]",
            f"[x for x in {a} if len(x) > {r.randint(0, 3)}]",
            f"(*{a}, {t})",
            f"list({a})[::{r.choice([1, 2, -1])}]",
            f"(list({a}) + list({s}))",
            f"tuple(str(x) for x in range({n} % 5))",
            f"list(map({r.choice(['str.upper', 'str'])}, {a}))",
            f"[k for k, v in TABLE.items() if v != {n}]",
            f"list(itertools.chain({a}, {s}))",
            f"[f'{{i}}{{x}}' for i, x in enumerate({a})]",
            f"[x + y for x, y in zip({a}, {s})]",
            f"list(reversed(list({a})))",
            f"list(dict.fromkeys({a}))",
            f"{t}.split('=')",
            f"sorted({{x: 1 for x in {a}}}, key=len)",
            f"[e.value for e in {r.choice(['Level', 'Mode'])}]",
            f"list(filter(None, {a}))",
            f"[*{{**TABLE, {t}: 1}}]",
            f"sorted({{*{a}}})",
        ]
    )


def words(r: Chance) -> str:
    """The words that a method adds."""
    return r.choice(
        [f"('-k', {text(r)})", f"tuple({sequence(r)})", f"[{text(r)}, {text(r)}]", f"('-n', str({number(r)}))"]
    )


def straight(r: Chance) -> str:
    return f"x = {text(r)}\ny = {number(r)}\nreturn ('-x', x, '-y', str(y))"


def branches(r: Chance) -> str:
    return f"if {condition(r)}:\n    return {words(r)}\nelif {condition(r)}:\n    out = {words(r)}\nelse:\n    out = ()\nreturn tuple(out)"


def loops(r: Chance) -> str:
    leave = r.choice(["break", "continue", "pass"])
    return (
        f"out = []\nfor i, x in enumerate({sequence(r)}):\n    if {condition(r)}:\n        {leave}\n    out.append(x * (i % 3))\n"
        f"else:\n    out.append('end')\nn = {number(r)} % 4\nwhile n > 0:\n    n -= 1\n    out += [str(n)]\nreturn out"
    )


def tables(r: Chance) -> str:
    return (
        f"d = {{'k': {text(r)}, **{{x: 'v' for x in {sequence(r)}}}}}\nd[{text(r)}] = 'w'\nd.update(z={text(r)})\n"
        f"d.setdefault('q', 'r')\nd.pop({text(r)}, None)\nreturn [f'{{k}}={{v}}' for k, v in d.items()]"
    )


def unpacking(r: Chance) -> str:
    return (
        f"a, *b = ({text(r)}, *{sequence(r)})\n(c, d), e = ({text(r)}, {text(r)}), {text(r)}\nreturn [a, *b, c, d, e]"
    )


def functions(r: Chance) -> str:
    return (
        f"def f(x, y={text(r)}, *rest, z='z', **more):\n    return x + y + ''.join(rest) + z + ''.join(more)\n"
        f"g = lambda *a: f(*a, w='w')\nh = functools.partial(f, {text(r)})\nreturn [f({text(r)}), g('1', '2', '3'), h(z={text(r)})]"
    )


def closures(r: Chance) -> str:
    return (
        f"n = {number(r)}\ndef up(by):\n    nonlocal n\n    n += by\n    return n\n"
        f"return [str(up({r.randint(1, 4)})), str(up({number(r)})), str(n)]"
    )


def exceptions(r: Chance) -> str:
    return (
        f"try:\n    if {condition(r)}:\n        raise ValueError({text(r)})\n    out = ['fine']\nexcept (KeyError, ValueError) as e:\n"
        f"    out = ['caught', str(e)]\nelse:\n    out.append('else')\nfinally:\n    done = 'f'\n"
        f"try:\n    v = str(TABLE[{text(r)}])\nexcept KeyError:\n    v = 'none'\nreturn [*out, done, v]"
    )


def matches(r: Chance) -> str:
    return (
        f"match {r.choice([number(r), text(r), sequence(r)])}:\n    case 1 | 2 | 'fast':\n        out = 'a'\n    case [x, *rest] if len(rest) > 1:\n"
        "        out = x\n    case str():\n        out = 's'\n    case int(n):\n        out = str(n)\n    case _:\n        out = 'o'\nreturn ['-m', out]"
    )


def classes(r: Chance) -> str:
    return (
        f"b = Box([{text(r)}], {number(r)})\nb.items.append({text(r)})\nb.size += 1\nc = dataclasses.replace(b, size={number(r)})\n"
        "k = dataclasses.asdict(c)\np = Pair('k', b.size)._replace(key='l')\n"
        "return [*b.items, str(b.size), str(c.size), str(k), p.key, str(Box() == Box()), str(len(dataclasses.fields(b)))]"
    )


def formats(r: Chance) -> str:
    return f"t = {text(r)}\nn = {number(r)}\nreturn [{', '.join(text(r) for _ in range(3))}, f'{{n:>6}}|{{t:<4}}|{{t!r}}|{{n + 1:x}}']"


def inheritance(r: Chance) -> str:
    return f"return [*super().flags(), *self.own({text(r)}), type(self).__name__]"


def generators(r: Chance) -> str:
    return (
        f"def g(n):\n    for i in range(n % 4):\n        yield str(i)\n    yield from {sequence(r)}\n"
        f"return [*g({number(r)}), *(x for x in {sequence(r)} if x), next(iter({sequence(r)}), 'none')]"
    )


KINDS: dict[str, Callable[[Chance], str]] = {
    each.__name__: each
    for each in (
        straight, branches, loops, tables, unpacking, functions, closures, exceptions, matches, classes, formats,
        inheritance, generators,
    )
}  # fmt: skip


def program(kind: str, number_of: int, r: Chance) -> str:
    """One adapter class whose extra_params is a program of this kind."""
    body = KINDS[kind](r).replace("\n", "\n        ")
    where = r.choice(["extra_params", "ffmpeg_codec_args"])
    if where == "extra_params":
        method = f"    def extra_params(self, preset, quality):\n        {body}\n"
    else:
        method = f"    def added(self, preset, quality):\n        {body}\n\n    def ffmpeg_codec_args(self, preset, quality):\n        return [*super().ffmpeg_codec_args(preset, quality), *self.added(preset, quality)]\n"
    return (
        f"\n\n@dataclasses.dataclass(frozen=True)\nclass A{number_of}(Base):\n    quality_default: int = {r.randint(15, 35)}\n\n"
        f"    def own(self, x):\n        return (x, x[:1])\n\n{method}"
    )


def package(seed: int, size: int = 40) -> tuple[dict[str, str], dict[str, str]]:
    """The files of a package of so many programs, and the kind of each by its registry key."""
    r = Chance(seed)
    kinds = [r.choice(list(KINDS)) for _ in range(size)]
    made = HEAD + "".join(program(kind, place, r) for place, kind in enumerate(kinds))
    entries = "".join(f'    "a{place}": A{place}(),\n' for place in range(size))
    made += f"\n\n_REGISTRY = {{\n{entries}}}\n\n\ndef get_adapter(key):\n    return _REGISTRY[key]\n"
    return {"__init__.py": made}, {f"a{place}": kind for place, kind in enumerate(kinds)}
