"""Mutants of adapter packages: syntax trees altered at random, from a seed, and random method bodies."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Callable

Files = dict[str, str]

MODULE_LEVEL = """
NvencAdapter.extra_params = lambda self: ("-bf", "3")
H264NvencAdapter.encoder = "patched"
setattr(NvencAdapter, "quality_default", 40)
_LEVELS["slow"] = "p1"
_LEVELS.update({"medium": "p7"}, fast="p2")
_LEVELS = dict(reversed(list(_LEVELS.items())))
PRESETS = PRESETS[::-1]
PRESETS = tuple(p for p in PRESETS if p != "slow")
PRESETS += ("slow",)
SPEED = {k: v + 1 for k, v in SPEED.items()}
CQ_DEFAULT += 1
from . import _nvenc_common as common; common.CQ_DEFAULT = 7
from . import _nvenc_common as common; common._LEVELS["slow"] = "p2"
from ._nvenc_common import _LEVELS as levels; levels.pop("fast")
from ._nvenc_common import NvencAdapter as Base; Base.extra_params = lambda self, x=["-x"]: tuple(x)
from .x264 import X264Adapter as Other; Other.encoder = "other"
import dataclasses as dc; X = dc.replace(X264Adapter(), encoder="e")
_REGISTRY["more"] = X264Adapter(name="more", quality_default=1)
_REGISTRY.pop("libaom-av1")
del _REGISTRY["h264_nvenc"]
_REGISTRY = dict(sorted(_REGISTRY.items()))
for key in list(_REGISTRY): object.__setattr__(_REGISTRY[key], "quality_default", len(key))
str = lambda value: f"<{value}>"
tuple = list
len = None
def nvenc_preset(name): return name[::-1]
def helper(*a, **k): return (a, k)
class Mixin: extra = ("-m", "1")
class NvencAdapter: pass
try: raise ValueError("x")
except ValueError as e: CQ_DEFAULT = 11
if CQ_DEFAULT > 20: CQ_LIMITS = (0, 20)
assert CQ_DEFAULT
import os; BF = os.environ.get("HOME")
import re; WORD = re.compile("x")
import logging; log = logging.getLogger(__name__)
global_list = []; global_list.append(1)
with open("x") as f: pass
""".strip().splitlines()

CLASS_LEVEL = """
quality_default: int = 40
quality_default = 41
encoder = "bare"
encoder: str = "e" + "2"
name: str
extra: tuple[str, ...] = ("-e", "1")
def extra_params(self): return ("-bf", "3")
def extra_params(self, preset, quality): return (preset, str(quality))
def extra_params(self, *rest): return tuple(map(str, rest))
@property\n    def encoder(self): return "prop"
@property\n    def quality_default(self): return 12
@staticmethod\n    def extra_params(): return ("-s", "1")
@classmethod\n    def extra_params(cls): return (cls.__name__,)
def __post_init__(self): object.__setattr__(self, "encoder", self.name + "!")
def __getattr__(self, name): return "got-" + name
def __init__(self): object.__setattr__(self, "x", 1)
def __eq__(self, other): return True
def validate(self, preset, quality): raise RuntimeError(f"no {preset} at {quality}")
def validate(self, preset, quality): return None
presets: tuple[str, ...] = ("a", "b")
for quality_default in range(3): pass
tags: list = dataclasses.field(default_factory=list)
tags: list = []
flag: bool = False; extra_params = lambda self: ("-f", str(self.flag))
__private = "1"
def __bool__(self): return False
__slots__ = ()
""".strip().splitlines()

FUNCTION_LEVEL = """
return ["-x", "y"]
return ()
return None
quality = 7
preset = preset.upper()
quality += 1
args = [self.encoder]
args.append(str(quality))
raise ValueError("no")
raise KeyError(preset)
try: return ("-t", str(1 // 0))\n        except ZeroDivisionError as e: return (str(e),)
for i in range(3): quality = i
while quality > 3: quality -= 2
if quality > 3: return ["-q", f"{quality:03d}"]
if preset in ("slow", "fast"): quality = -1
del preset
assert quality < 0, preset
x, *y = preset
self.quality_default = 3
self.presets += ("x",)
global CQ_DEFAULT
import shutil\n        if shutil.which("x"): quality = 99
import shutil\n        if shutil.which("x"): raise RuntimeError("found")
str = repr
words = [w for w in preset if w > "f"]; quality = len(words)
def inner(a, b=quality): return f"{a}{b}"
preset = (lambda p: p * 2)(preset)
with open("x") as f: pass
print(preset)
quality = {True: 1, 1: 2, 1.0: 3}[1]
preset, quality = quality, preset
""".strip().splitlines()

EXPRESSIONS = """
self
self.encoder
self.presets
quality
preset
str(quality)
(preset,)
[quality]
quality + 1
quality * 2.5
f"{quality!r:>5}"
preset[0]
preset[9:]
preset or "x"
not quality
None
True
-1
"-bf"
("-a", "b")
[*preset]
{"a": 1}
{"a": 1}["b"]
preset.upper()
preset.split("s")
",".join(preset)
sorted(preset)
max(preset)
len(preset)
dict(a=preset).get("a")
[c for c in preset if c != "s"]
tuple(reversed(preset))
quality if preset else None
1 < 2 < quality
quality is None
preset in self.presets
(lambda: preset)()
next(iter(preset))
list(zip(preset, range(2)))
isinstance(quality, (int, str))
"%s" % preset
"{:>4}".format(preset)
int("7") // 2
super().extra_params()
NotImplemented
...
""".strip().splitlines()

DECORATORS = ["property", "staticmethod", "classmethod", "dataclasses.dataclass", "dataclasses.dataclass(frozen=True)",
              "dataclasses.dataclass(kw_only=True, frozen=True)", "dataclasses.dataclass(frozen=True, slots=True)",
              "dataclasses.dataclass(frozen=True, order=True)", "dataclasses.dataclass(frozen=True, eq=False)", "print", "repr"]  # fmt: skip
CONSTANTS: list[object] = ["", "-bf", "p1", "slow", "medium", "name", "encoder", "preset", "quality_default", "h264_nvenc",
                           0, 1, -1, 23, 40, 2.5, True, False, None, b"x", "é\n", "%d", "{}"]  # fmt: skip


def _blocks(tree: ast.AST, kind: type[ast.AST]) -> list[list[ast.stmt]]:
    return [node.body for node in ast.walk(tree) if isinstance(node, kind)]  # type: ignore[attr-defined]


def _snippet(text: str) -> list[ast.stmt]:
    return ast.parse(text.replace("\\n        ", "\n").replace("\\n    ", "\n")).body


def _insert(tree: ast.Module, rng: random.Random) -> None:
    kind, pool = rng.choice(
        [
            (ast.Module, MODULE_LEVEL),
            (ast.ClassDef, CLASS_LEVEL),
            (ast.FunctionDef, FUNCTION_LEVEL),
            (ast.FunctionDef, FUNCTION_LEVEL),
        ]
    )
    blocks = _blocks(tree, kind)
    if blocks:
        block = rng.choice(blocks)
        place = rng.choice([len(block), rng.randint(0, len(block))])
        block[place:place] = _snippet(rng.choice(pool))


def _shuffle(tree: ast.Module, rng: random.Random) -> None:
    blocks = [
        block for kind in (ast.Module, ast.ClassDef, ast.FunctionDef) for block in _blocks(tree, kind) if len(block) > 1
    ]
    if not blocks:
        return
    block = rng.choice(blocks)
    one, other = rng.sample(range(len(block)), 2)
    what = rng.randrange(3)
    if what == 0:
        block[one], block[other] = block[other], block[one]
    elif what == 1:
        block.insert(other, copy.deepcopy(block[one]))
    else:
        del block[one]


def _constant(tree: ast.Module, rng: random.Random) -> None:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    if found:
        rng.choice(found).value = rng.choice(CONSTANTS)  # type: ignore[assignment]


def _name(tree: ast.Module, rng: random.Random) -> None:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    if len(found) > 1:
        rng.choice(found).id = rng.choice(found).id


def _expression(tree: ast.Module, rng: random.Random) -> None:
    places = [
        (node, field)
        for node in ast.walk(tree)
        for field, value in ast.iter_fields(node)
        if isinstance(value, ast.expr)
        and field in ("value", "test", "iter", "left", "right", "func", "elt", "body", "orelse", "exc")
    ]
    lists = [node.elts for node in ast.walk(tree) if isinstance(node, ast.Tuple | ast.List) and node.elts]
    lists += [node.args for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    made = ast.parse(rng.choice(EXPRESSIONS), mode="eval").body
    if lists and rng.random() < 0.5:
        chosen = rng.choice(lists)
        chosen[rng.randrange(len(chosen))] = made
    elif places:
        node, field = rng.choice(places)
        if not (isinstance(node, ast.Attribute | ast.Subscript | ast.Starred) and not isinstance(node.ctx, ast.Load)):
            setattr(node, field, made)


def _operator(tree: ast.Module, rng: random.Random) -> None:
    for node in rng.sample(found := list(ast.walk(tree)), len(found)):
        if isinstance(node, ast.Compare):
            pool = [ast.Eq, ast.NotEq, ast.Lt, ast.GtE, ast.In, ast.NotIn, ast.Is]
            node.ops[rng.randrange(len(node.ops))] = rng.choice(pool)()
            return
        if isinstance(node, ast.BinOp | ast.AugAssign):
            node.op = rng.choice([ast.Add, ast.Sub, ast.Mult, ast.Mod, ast.FloorDiv, ast.BitOr])()
            return
        if isinstance(node, ast.BoolOp):
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            return


def _wrap(tree: ast.Module, rng: random.Random) -> None:
    blocks = [block for block in _blocks(tree, ast.FunctionDef) if block]
    if not blocks:
        return
    block = rng.choice(blocks)
    shells = [
        "if preset: pass",
        "for _ in (1, 2): pass",
        "try: pass\nexcept Exception as e: return (type(e).__name__,)",
        "try: pass\nfinally: quality = 1",
        "while True:\n    pass\n    break",
        "def inner():\n    pass\nreturn inner()",
    ]
    shell = ast.parse(rng.choice(shells)).body
    shell[0].body[0:1] = list(block)  # type: ignore[attr-defined]
    block[:] = shell


def _decorate(tree: ast.Module, rng: random.Random) -> None:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if found:
        node = rng.choice(found)
        decorator = ast.parse(rng.choice(DECORATORS), mode="eval").body
        if node.decorator_list and rng.random() < 0.4:
            node.decorator_list[0] = decorator
        elif rng.random() < 0.2:
            node.decorator_list.clear()
        else:
            node.decorator_list.insert(0, decorator)


def _bases(tree: ast.Module, rng: random.Random) -> None:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    if found:
        node = rng.choice(found)
        names = [each.name for each in found] + ["object", "Protocol", "ValueError", "NvencAdapter", "str"]
        node.bases.insert(rng.randint(0, len(node.bases)), ast.Name(rng.choice(names), ast.Load()))
        if rng.random() < 0.5:
            node.bases.pop()


def _registry(tree: ast.Module, rng: random.Random) -> None:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if calls:
        node = rng.choice(calls)
        value = ast.Constant(rng.choice(CONSTANTS))  # type: ignore[arg-type]
        if rng.random() < 0.5:
            node.args.append(value)
        else:
            node.keywords.append(ast.keyword(rng.choice(["encoder", "quality_default", "presets", "bf"]), value))


MUTATIONS: list[Callable[[ast.Module, random.Random], None]] = [
    _insert, _insert, _insert, _shuffle, _constant, _name, _expression, _expression, _operator, _wrap, _decorate, _bases, _registry,
]  # fmt: skip


def mutant(package: Files, seed: int) -> Files:
    """The package with one to three of its places altered. Not every mutant is Python that imports."""
    rng = random.Random(seed)
    files = dict(package)
    for _ in range(rng.choice([1, 1, 2, 3])):
        name = rng.choice(sorted(files))
        try:
            tree = ast.parse(files[name])
            rng.choice(MUTATIONS)(tree, rng)
            files[name] = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            ast.parse(files[name])
        except (SyntaxError, ValueError, TypeError, AttributeError, IndexError):
            continue
    return files


# --- random method bodies -------------------------------------------------------------------------------------------

ATOMS = ["a", "b", "c", "d", "s", "t", "1", "0", "2", "-3", "2.5", "True", "None", "''", "'ab'", "'x y'", "[]", "[1, 'a']", "('p', 2)", "{'k': 1}", "{1}", "(c,)"]  # fmt: skip
FORMS = [
    "({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} // {1})", "({0} % {1})", "({0} / {1})", "({0} & {1})", "({0} ** {2})",
    "({0} == {1})", "({0} != {1})", "({0} < {1})", "({0} <= {1} < {2})", "({0} in {1})", "({0} not in {1})", "({0} is None)",
    "({0} and {1})", "({0} or {1})", "(not {0})", "(-{0})", "({0} if {1} else {2})", "{0}[{1}]", "{0}[{1}:]", "{0}[::-1]", "{0}[:{1}:{2}]",
    "[{0}, {1}]", "({0}, {1})", "{{{0}: {1}}}", "{{{0}, {1}}}", "[*{0}, {1}]", "{{**{0}, 'z': {1}}}", "'{{}}|{{!r:>4}}'.format({0}, {1})",
    "str({0})", "repr({0})", "int({0})", "float({0})", "bool({0})", "len({0})", "tuple({0})", "list({0})", "dict({0})", "set({0})", "frozenset({0})",
    "sorted({0})", "min({0})", "max({0}, {1})", "sum({0})", "abs({0})", "round({0}, {1})", "list(range({0}))", "list(enumerate({0}))",
    "list(zip({0}, {1}))", "any({0})", "all({0})", "list(reversed({0}))", "isinstance({0}, (str, list))", "list(map(str, {0}))", "divmod({0}, {1})",
    "{0}.join({1})", "{0}.upper()", "{0}.split()", "{0}.replace({1}, {2})", "{0}.strip({1})", "{0}.startswith({1})", "{0}.count({1})", "{0}.index({1})",
    "{0}.get({1}, {2})", "list({0}.items())", "{0}.find({1})", "{0}.zfill({1})", "{0}.partition({1})", "{0}.format({1})", "({0} % ({1},))", "{0}.title()",
    "[q for q in {0}]", "[q for q in {0} if q]", "{{q: {1} for q in {0}}}", "[(p, q) for p in {0} for q in {1}]", "(lambda q: {0})({1})", "(s := {0})",
    "list(filter(None, {0}))", "sorted({0}, key=str)", "sorted({0}, reverse=True)", "{0}.copy()", "{0}.pop()", "next(iter({0}), {1})", "type({0}).__name__", "hasattr({0}, 'join')",
]  # fmt: skip
STATEMENTS = [
    "{v} = {0}", "{v} = {0}", "{v} += {0}", "{v}.append({0})", "{v}[{0}] = {1}", "{v}.extend({0})", "{v}.update({0})", "{v}, *{w} = {0}", "del {v}[{0}]",
    "{v} = {w}", "{v}.insert({0}, {1})", "{v}.setdefault({0}, []).append({1})", "{v} = {v}, {w}",
]  # fmt: skip


def _random_expression(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(ATOMS)
    form = rng.choice(FORMS)
    parts = (_random_expression(rng, depth - 1) for _ in range(3))
    return form.format(*(f"({part})" if part.lstrip("-").replace(".", "").isdecimal() else part for part in parts))


def _random_statement(rng: random.Random, depth: int) -> list[str]:
    kind = rng.random()
    if depth and kind < 0.35:
        inner = [f"    {line}" for _ in range(rng.randint(1, 2)) for line in _random_statement(rng, depth - 1)]
        head = rng.choice(["if {0}:", "for {v} in {0}:", "try:", "for {v} in {0}:", "while {0}:"])
        head = head.format(_random_expression(rng, 2), v=rng.choice("abcdst"))
        lines = [head, *inner]
        if head == "try:":
            lines += [
                f"except {rng.choice(['TypeError', 'Exception', '(KeyError, IndexError)', 'ValueError'])} as e:",
                "    out.append(type(e).__name__)",
            ]
        elif head.startswith("while"):
            lines += ["    break"]
        elif rng.random() < 0.3:
            lines += ["else:", *(f"    {line}" for line in _random_statement(rng, 0))]
        return lines
    text = rng.choice(STATEMENTS)
    try:
        return [
            text.format(
                _random_expression(rng, 2), _random_expression(rng, 1), v=rng.choice("abcdst"), w=rng.choice("abcdst")
            )
        ]
    except (IndexError, KeyError):
        return ["pass"]


def random_body(package: Files, seed: int) -> Files:
    """The package with a random `extra_params` in one adapter: what it computes is shown in what it emits."""
    rng = random.Random(seed)
    body = ["a, b, c, d, s, t = 3, 'ab', [1, 'x'], {'k': 'v', 2: [0]}, 'word', (1, 'z')", "out = []"]
    for _ in range(rng.randint(1, 5)):
        body += [
            "try:",
            *(f"    {line}" for line in _random_statement(rng, 2)),
            "except Exception as e:",
            "    out.append(type(e).__name__)",
        ]
    body += ["return tuple(map(str, out)) + (repr((a, b, c, d, s, t)),)"]
    head = "\n    def extra_params(self):\n        "
    return {**package, "x264.py": package["x264.py"] + head + "\n        ".join(body) + "\n"}
