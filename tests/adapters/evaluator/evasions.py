"""Ways to change what an adapter emits without changing what its methods seem to say. Data for `test_evasions`.

Each case is (what it does, its edits, whether the evaluator reads it right or leaves it unresolved). An edit is
(file, text to append) or (file, old, new).
"""

from __future__ import annotations

H264 = "h264_nvenc.py"
HEVC = "hevc_nvenc.py"
BASE = "_nvenc_common.py"
INIT = "__init__.py"
QSV = "h264_qsv.py"
AOM = "libaom.py"
X264 = "x264.py"

BF = 'return ("-bf", "3")'
EXTRA = 'def extra_params(self) -> tuple[str, ...]:\n        """Nothing beyond the defaults."""\n        return ()'

Edit = tuple[str, str] | tuple[str, str, str]
Case = tuple[str, tuple[Edit, ...], str]


def method(body: str, head: str = "def extra_params(self):") -> str:
    """A method to append to the last class of a file."""
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    return f"\n    {head}\n{indented}\n"


PATCHES: list[Case] = [
    (
        "a method assigned to the class later",
        ((H264, f"\n\ndef f(self):\n    {BF}\n\n\nH264NvencAdapter.extra_params = f\n"),),
        "right",
    ),
    (
        "a lambda assigned to the class later",
        ((H264, '\nH264NvencAdapter.extra_params = lambda self: ("-bf", "3")\n'),),
        "right",
    ),
    (
        "setattr on the class",
        ((H264, '\nsetattr(H264NvencAdapter, "extra_params", lambda self: ("-bf", "3"))\n'),),
        "right",
    ),
    (
        "setattr in a loop over classes",
        (
            (
                INIT,
                '\nfor c in (H264NvencAdapter, HevcNvencAdapter):\n    setattr(c, "extra_" + "params", lambda self: ("-bf", "3"))\n',
            ),
        ),
        "right",
    ),
    (
        "type.__setattr__",
        ((H264, '\ntype.__setattr__(H264NvencAdapter, "extra_params", lambda self: ("-bf", "3"))\n'),),
        "unresolved",
    ),
    (
        "the base class patched by a sibling",
        (
            (
                H264,
                '\nfrom . import _nvenc_common\n_nvenc_common.NvencAdapter.extra_params = lambda self: ("-bf", "3")\n',
            ),
        ),
        "right",
    ),
    ("a method's defaults patched", ((H264, "\nNvencAdapter.extra_params.__defaults__ = ()\n"),), "unresolved"),
    (
        "a method's code patched",
        ((H264, "\ndef f(self):\n    return ('-bf', '3')\nNvencAdapter.extra_params.__code__ = f.__code__\n"),),
        "unresolved",
    ),
    ("globals()", ((BASE, '\nglobals()["CQ_DEFAULT"] = 40\n'),), "unresolved"),
    (
        "vars() of a module",
        ((H264, '\nfrom . import _nvenc_common\nvars(_nvenc_common)["_LEVELS"]["slow"] = "p7"\n'),),
        "unresolved",
    ),
    (
        "__dict__ of a module",
        ((H264, '\nfrom . import _nvenc_common\n_nvenc_common.__dict__["_LEVELS"]["slow"] = "p7"\n'),),
        "unresolved",
    ),
    (
        "sys.modules",
        ((H264, '\nimport sys\nsys.modules[__name__.rpartition(".")[0] + "._nvenc_common"]._LEVELS["slow"] = "p7"\n'),),
        "unresolved",
    ),
    (
        "sys.modules and a method that alters",
        (
            (
                H264,
                '\nimport sys\nX = sys.modules[__name__.rpartition(".")[0] + "._nvenc_common"]._LEVELS.update(slow="p7")\n',
            ),
        ),
        "unresolved",
    ),
    (
        "importlib",
        (
            (
                H264,
                '\nimport importlib\nm = importlib.import_module("._nvenc_common", __package__)\nm._LEVELS["slow"] = "p7"\n',
            ),
        ),
        "unresolved",
    ),
    ("__subclasses__", ((INIT, '\nNvencAdapter.__subclasses__()[0].encoder = "x"\n'),), "right"),
    (
        "gc",
        (
            (
                INIT,
                '\nimport gc\nfor o in gc.get_objects():\n    if isinstance(o, NvencAdapter):\n        object.__setattr__(o, "encoder", "x")\n',
            ),
        ),
        "unresolved",
    ),
    ("exec", ((H264, "\nexec(\"H264NvencAdapter.extra_params = lambda self: ('-bf', '3')\")\n"),), "unresolved"),
    ("eval in a method", ((H264, method("return eval(\"('-bf', '3')\")")),), "unresolved"),
    (
        "a constant reassigned by another module",
        ((HEVC, '\nfrom . import _nvenc_common\n_nvenc_common._LEVELS = {**_nvenc_common._LEVELS, "slow": "p7"}\n'),),
        "right",
    ),
    (
        "an imported dictionary altered",
        ((HEVC, '\nfrom ._nvenc_common import _LEVELS\n_LEVELS["slow"] = "p7"\n'),),
        "right",
    ),
    (
        "an imported dictionary updated",
        ((HEVC, '\nfrom ._nvenc_common import _LEVELS as m\nm.update(slow="p7", fast="p1")\n'),),
        "right",
    ),
    (
        "an alias of a dictionary altered",
        ((BASE, '\nalias = _LEVELS\nalias.pop("slow")\nalias["slow"] = "p1"\n'),),
        "right",
    ),
    (
        "a dictionary altered behind its proxy",
        (
            (
                AOM,
                "SPEED: Mapping[str, int] = MappingProxyType({",
                "_S = {}\nSPEED: Mapping[str, int] = MappingProxyType(_S)\n_S.update({",
            ),
        ),
        "right",
    ),
    ("the registry extended", ((INIT, '\n_REGISTRY["again"] = H264NvencAdapter(encoder="hevc_nvenc")\n'),), "right"),
    (
        "the registry updated",
        ((INIT, '\n_REGISTRY.update({"h264_nvenc": H264NvencAdapter(quality_default=40)})\n'),),
        "right",
    ),
    (
        "the registry rebuilt",
        ((INIT, "\n_REGISTRY = {k: v for k, v in reversed(list(_REGISTRY.items()))}\n"),),
        "right",
    ),
    ("an entry deleted", ((INIT, '\ndel _REGISTRY["h264_qsv"]\n'),), "right"),
    (
        "the registry altered by a late import",
        (
            (INIT, "\nfrom . import late\n"),
            ("late.py", 'from . import _REGISTRY, X264Adapter\n_REGISTRY["x"] = X264Adapter(quality_default=9)\n'),
        ),
        "right",
    ),
    (
        "a file that nobody imports alters the package",
        (("plugin.py", 'from ._nvenc_common import _LEVELS\n_LEVELS["slow"] = "p7"\n'),),
        "unresolved",
    ),
    (
        "object.__setattr__ on a registered instance",
        ((INIT, '\nobject.__setattr__(_REGISTRY["h264_nvenc"], "quality_default", 40)\n'),),
        "right",
    ),
    ("a frozen instance assigned to", ((INIT, '\n_REGISTRY["h264_nvenc"].quality_default = 40\n'),), "right"),
    (
        "a star import",
        (("knobs.py", "def nvenc_preset(name):\n    return 'p7'\n"), (BASE, "\nfrom .knobs import *\n")),
        "right",
    ),
    (
        "a module's __getattr__",
        (
            ("knobs.py", "def __getattr__(name):\n    return 40\n"),
            (H264, "\nfrom .knobs import DEFAULT\nH264NvencAdapter.__init__.__defaults__\n"),
        ),
        "unresolved",
    ),
    (
        "a decorator from outside on the class",
        (
            (
                H264,
                "@dataclasses.dataclass(frozen=True)",
                "import copy\n@copy.copy\n@dataclasses.dataclass(frozen=True)",
            ),
        ),
        "unresolved",
    ),
    (
        "a decorator of the package on a method",
        (
            (H264, method(BF).replace("    def", "    @wrap\n    def")),
            (
                H264,
                "@dataclasses",
                "def wrap(f):\n    def inner(self):\n        return (*f(self), '-b_ref_mode', 'middle')\n    return inner\n\n\n@dataclasses",
            ),
        ),
        "right",
    ),
    (
        "a decorator of the package on the class",
        (
            (
                H264,
                "@dataclasses",
                "def bf(c):\n    c.extra_params = lambda self: ('-bf', '3')\n    return c\n\n\n@bf\n@dataclasses",
            ),
        ),
        "right",
    ),
    (
        "a metaclass",
        (
            (
                H264,
                "class H264NvencAdapter(NvencAdapter):",
                "class H264NvencAdapter(NvencAdapter, metaclass=type('M', (type,), {})):",
            ),
        ),
        "unresolved",
    ),
    (
        "__init_subclass__",
        (
            (
                BASE,
                method(
                    "super().__init_subclass__()\ncls.extra_params = lambda self: ('-bf', '3')",
                    "def __init_subclass__(cls):",
                ),
            ),
        ),
        "unresolved",
    ),
    (
        "__set_name__",
        (
            (
                H264,
                "@dataclasses",
                "class D:\n    def __set_name__(self, owner, name):\n        owner.extra_params = lambda self: ('-bf', '3')\n\n\n@dataclasses",
            ),
            (H264, "\n    d = D()\n"),
        ),
        "right",
    ),
    (
        "a descriptor",
        (
            (
                H264,
                "@dataclasses",
                "class D:\n    def __get__(self, obj, kind):\n        return lambda: ('-bf', '3')\n\n\n@dataclasses",
            ),
            (H264, "\n    extra_params = D()\n"),
        ),
        "unresolved",
    ),
    (
        "__getattribute__",
        (
            (
                H264,
                method(
                    "return {'encoder': 'x'}.get(n) or object.__getattribute__(self, n)",
                    "def __getattribute__(self, n):",
                ),
            ),
        ),
        "unresolved",
    ),
    (
        "__getattr__ for what isn't there",
        (
            (
                X264,
                method(
                    "if n == 'ffmpeg_codec_args':\n    return lambda p, q: ['-c:v', 'x']\nraise AttributeError(n)",
                    "def __getattr__(self, n):",
                ),
            ),
        ),
        "unresolved",
    ),
    (
        "__post_init__",
        ((H264, method("object.__setattr__(self, 'quality_default', 40)", "def __post_init__(self):")),),
        "right",
    ),
    (
        "__new__",
        (
            (H264, method("return object.__new__(HevcNvencAdapter)", "def __new__(cls):")),
            (H264, "from ._nvenc", "from .hevc_nvenc import HevcNvencAdapter\nfrom ._nvenc"),
        ),
        "unresolved",
    ),
    ("an __init__ by hand", ((H264, method("super().__init__(quality_default=40)", "def __init__(self):")),), "right"),
    ("__slots__", ((X264, "    name: str", "    __slots__ = ()\n    name: str"),), "right"),
    ("a dataclass with slots", ((X264, "frozen=True", "frozen=True, slots=True"),), "right"),
]

SEMANTICS: list[Case] = [
    (
        "a conditional in a class body",
        ((H264, "\n    if quality_flag := True:\n        quality_default: int = 40\n"),),
        "right",
    ),
    (
        "a loop in a class body",
        (
            (
                H264,
                "\n    for quality_default in (1, 2, 40):\n        pass\n    quality_default: int = quality_default\n",
            ),
        ),
        "right",
    ),
    (
        "a mutable default argument shared across calls",
        ((H264, method("seen.append('-x')\nreturn tuple(seen)", "def extra_params(self, seen=[]):")),),
        "unresolved",
    ),
    (
        "a counter",
        (
            (H264, "@dataclasses", "CALLS = []\n\n\n@dataclasses"),
            (H264, method("CALLS.append(1)\nreturn ('-bf', '3') if len(CALLS) > 3 else ()")),
        ),
        "unresolved",
    ),
    (
        "a global counter",
        (
            (H264, "@dataclasses", "N = 0\n\n\n@dataclasses"),
            (H264, method("global N\nN += 1\nreturn ('-bf', '3') if N > 3 else ()")),
        ),
        "unresolved",
    ),
    ("a property over a field", ((H264, method("return 'x'", "@property\n    def encoder(self):")),), "right"),
    (
        "a property",
        (
            (QSV, method("return ('-bf', '3')", "@property\n    def knobs(self):")),
            (QSV, "return ()", "return self.knobs"),
        ),
        "right",
    ),
    ("a class attribute behind an instance's field", ((H264, "\nH264NvencAdapter.quality_default = 40\n"),), "right"),
    (
        "a class attribute that isn't a field",
        (
            (H264, "\n    FLAG = ('-bf', '3')\n" + method("return self.FLAG")),
            (H264, "\n\nH264NvencAdapter.FLAG = ()\n"),
        ),
        "right",
    ),
    (
        "resolution order",
        (
            (
                H264,
                "class H264NvencAdapter(NvencAdapter):",
                "class Mix:\n    def extra_params(self):\n        return ('-bf', '3')\n\n\n@dataclasses.dataclass(frozen=True)\nclass H264NvencAdapter(Mix, NvencAdapter):",
            ),
        ),
        "right",
    ),
    (
        "resolution order, the other way",
        (
            (
                H264,
                "class H264NvencAdapter(NvencAdapter):",
                "class Mix:\n    def extra_params(self):\n        return ('-bf', '3')\n\n\n@dataclasses.dataclass(frozen=True)\nclass H264NvencAdapter(NvencAdapter, Mix):",
            ),
        ),
        "right",
    ),
    (
        "no consistent resolution order",
        ((H264, "class H264NvencAdapter(NvencAdapter):", "class H264NvencAdapter(object, NvencAdapter):"),),
        "right",
    ),
    (
        "fields keep the place of the base",
        ((INIT, "H264NvencAdapter()", 'H264NvencAdapter("a", "b", "cq", (0, 1), 1)'),),
        "right",
    ),
    (
        "constructor arguments",
        ((INIT, "H264NvencAdapter()", "H264NvencAdapter(quality_default=40, **{'encoder': 'e'})"),),
        "right",
    ),
    ("too many constructor arguments", ((INIT, "X264Adapter()", "X264Adapter(1, 2, 3, 4, 5, 6)"),), "right"),
    ("an unknown constructor argument", ((INIT, "X264Adapter()", "X264Adapter(bf=3)"),), "right"),
    (
        "dataclasses.replace",
        (
            (
                INIT,
                '\n_REGISTRY["h264_nvenc"] = __import__("dataclasses").replace(H264NvencAdapter(), quality_default=40)\n',
            ),
        ),
        "unresolved",
    ),
    (
        "replace, imported",
        (
            (
                INIT,
                '\nimport dataclasses as d\n_REGISTRY["h264_nvenc"] = d.replace(H264NvencAdapter(), quality_default=40)\n',
            ),
        ),
        "right",
    ),
    ("a field without annotation", ((H264, "\n    quality_default = 40\n"),), "right"),
    (
        "a ClassVar",
        (
            (H264, "import dataclasses\n", "import dataclasses\nfrom typing import ClassVar\n"),
            (
                H264,
                "\n    knobs: ClassVar[dict[str, str]] = {'-bf': '3'}\n"
                + method("return tuple(x for p in self.knobs.items() for x in p)"),
            ),
        ),
        "right",
    ),
    (
        "a ClassVar under another name",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport typing as t\n"),
            (H264, "\n    quality_default: t.ClassVar[int] = 40\n"),
        ),
        "right",
    ),
    ("a mutable field default", ((H264, "\n    knobs: list = []\n"),), "right"),
    (
        "field(default_factory)",
        (
            (
                H264,
                "\n    knobs: list = dataclasses.field(default_factory=lambda: ['-bf', '3'])\n"
                + method("return tuple(self.knobs)"),
            ),
        ),
        "right",
    ),
    (
        "a mutable field altered by the method",
        (
            (
                H264,
                "\n    knobs: list = dataclasses.field(default_factory=list)\n"
                + method("self.knobs.append('-bf')\nreturn tuple(self.knobs)"),
            ),
        ),
        "unresolved",
    ),
    (
        "field(init=False)",
        ((H264, "\n    quality_default: int = dataclasses.field(default=40, init=False)\n"),),
        "right",
    ),
    ("KW_ONLY", ((X264, "    name: str", "    _: dataclasses.KW_ONLY\n    name: str"),), "right"),
    (
        "InitVar",
        (
            (
                H264,
                "\n    bf: dataclasses.InitVar[int] = 3\n"
                + method("object.__setattr__(self, 'quality_default', bf)", "def __post_init__(self, bf):"),
            ),
        ),
        "right",
    ),
    (
        "a frozen dataclass over a plain one",
        ((BASE, "@dataclasses.dataclass(frozen=True)", "@dataclasses.dataclass"),),
        "right",
    ),
    (
        "presets computed",
        (
            (
                QSV,
                'PRESETS = ("veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")',
                'PRESETS = tuple(sorted({f"{a}{b}" for a in ("very", "") for b in ("fast", "slow")} | {"medium"}))',
            ),
        ),
        "right",
    ),
    (
        "presets from a set",
        (
            (
                QSV,
                'PRESETS = ("veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")',
                'PRESETS = tuple({"a", "b", "c"})',
            ),
        ),
        "unresolved",
    ),
    (
        "name mangling",
        (
            (H264, "\n    __bf = '3'\n" + method("return ('-bf', self.__bf)")),
            (H264, "\n\nH264NvencAdapter._H264NvencAdapter__bf = '4'\n"),
        ),
        "right",
    ),
    (
        "name mangling of a module's name",
        ((H264, "@dataclasses", "_H264NvencAdapter__g = '7'\n\n\n@dataclasses"), (H264, method("return ('-bf', __g)"))),
        "right",
    ),
    (
        "nonlocal",
        ((H264, method("n = 1\ndef up():\n    nonlocal n\n    n += 2\nup()\nreturn ('-bf', str(n))")),),
        "right",
    ),
    (
        "late-binding lambdas",
        ((H264, method("fs = [lambda: i for i in range(4)]\nreturn tuple(str(f()) for f in fs)")),),
        "right",
    ),
    (
        "captured defaults",
        ((H264, method("fs = [lambda i=i: i for i in range(4)]\nreturn tuple(str(f()) for f in fs)")),),
        "right",
    ),
    ("a generator used twice", ((H264, method("g = (str(i) for i in range(3))\nreturn (*g, '|', *g)")),), "unresolved"),
    (
        "a generator bound late",
        ((H264, method("k = '1'\ng = (k + i for i in 'ab')\nk = '2'\nreturn tuple(g)")),),
        "unresolved",
    ),
    (
        "zip eats one more",
        ((H264, method("a = iter('abcd')\nb = iter('xy')\nz = list(zip(a, b))\nreturn tuple(a)")),),
        "unresolved",
    ),
    (
        "equal keys of a dictionary",
        ((H264, method("d = {1: 'a', True: 'b', 1.0: 'c', '1': 'd'}\nreturn tuple(f'{k}{v}' for k, v in d.items())")),),
        "right",
    ),
    (
        "order of a dictionary",
        (
            (
                H264,
                method(
                    "d = dict(a='1', b='2')\nd['a'] = '3'\nd.update(c='4')\ndel d['a']\nd['a'] = '5'\nreturn tuple(d) + tuple(d.values())"
                ),
            ),
        ),
        "right",
    ),
    (
        "a dictionary that grows in its loop",
        ((H264, method("d = {'a': 1}\nfor k in d:\n    d[k + 'x'] = 1\nreturn ()")),),
        "unresolved",
    ),
    (
        "a list that grows in its loop",
        ((H264, method("a = ['1']\nfor x in a:\n    if len(a) < 4:\n        a.append(x + '1')\nreturn tuple(a)")),),
        "unresolved",
    ),
    ("`is` on constants", ((H264, method("return ('-bf', '3') if 300 is 300 else ()")),), "unresolved"),
    ("`is` on a bool", ((H264, method("return ('-bf', '3') if (1 == 1) is True else ()")),), "right"),
    (
        "string prefixes",
        ((H264, method("return (r'\\x41', '\\x41', u'a' 'b', f'{1!r:>3}', '\\N{DIGIT THREE}', rf'\\{2}')")),),
        "right",
    ),
    ("chained comparisons", ((H264, method("return ('-bf', '3') if 1 < 3 > 2 in (2, 5) != () else ()")),), "right"),
    ("a shadowed builtin", ((BASE, '\nstr = lambda x: "40"\n'),), "right"),
    (
        "a builtin shadowed by a parameter",
        ((H264, method("return tuple(str(x) for x in 'ab')", "def extra_params(self, str=lambda x: x * 2):")),),
        "right",
    ),
    (
        "a local before its assignment",
        ((H264, method("x = CQ\nCQ = 3\nreturn (str(x),)")), (H264, "@dataclasses", "CQ = 1\n\n\n@dataclasses")),
        "right",
    ),
    ("class scope is invisible to methods", ((H264, "\n    BF = '3'\n" + method("return ('-bf', BF)")),), "right"),
    (
        "class scope in a comprehension",
        ((H264, "\n    N = 2\n    T = tuple(str(i) for i in range(N))\n" + method("return self.T")),),
        "right",
    ),
    (
        "class scope in a comprehension's body",
        ((H264, "\n    N = 2\n    T = tuple(str(N) for i in range(2))\n"),),
        "right",
    ),
    ("a comprehension keeps its names", ((H264, method("i = 'k'\nx = [i for i in 'ab']\nreturn (i, *x)")),), "right"),
    ("a walrus in a comprehension", ((H264, method("x = [y := c for c in 'abc']\nreturn (y, *x)")),), "right"),
    (
        "try, finally, return",
        ((H264, method("try:\n    return ('-bf', '3')\nfinally:\n    return ('-bf', '4')")),),
        "unresolved",
    ),
    (
        "an exception swallowed by finally",
        (
            (
                H264,
                method(
                    "for i in range(2):\n    try:\n        raise ValueError\n    finally:\n        continue\nreturn ('-bf', '3')"
                ),
            ),
        ),
        "unresolved",
    ),
    (
        "else of a loop",
        ((H264, method("for i in ():\n    break\nelse:\n    return ('-bf', '3')\nreturn ()")),),
        "right",
    ),
    (
        "else of a try",
        ((H264, method("try:\n    x = 1\nexcept ValueError:\n    return ()\nelse:\n    return ('-bf', str(x))")),),
        "right",
    ),
    (
        "an exception as a way to branch",
        ((H264, method("try:\n    {}['a']\nexcept LookupError as e:\n    return ('-bf', '3')")),),
        "right",
    ),
    (
        "the words of an exception of its own",
        (
            (
                H264,
                method(
                    "try:\n    raise ValueError('a', 1)\nexcept LookupError as e:\n    return ('-bf', '3')\nexcept Exception as e:\n    return (str(e), e.args[0])"
                ),
            ),
        ),
        "right",
    ),
    (
        "the words of Python's own exceptions",
        ((H264, method("try:\n    {}['a']\nexcept LookupError as e:\n    return ('-bf', str(e))")),),
        "unresolved",
    ),
    (
        "the name of a caught exception is gone",
        ((H264, method("e = '1'\ntry:\n    1 / 0\nexcept ZeroDivisionError as e:\n    pass\nreturn (e,)")),),
        "right",
    ),
    (
        "except*",
        ((H264, method("try:\n    raise ValueError\nexcept* ValueError:\n    x = '3'\nreturn (x,)")),),
        "unresolved",
    ),
    (
        "an exception of its own",
        (
            (H264, "@dataclasses", "class NoGpu(RuntimeError):\n    pass\n\n\n@dataclasses"),
            (H264, method("raise NoGpu('none', 3)")),
        ),
        "right",
    ),
    ("assert", ((H264, method("assert self.name == 'x', f'not {self.name}'\nreturn ()")),), "right"),
    (
        "keyword-only and positional-only",
        (
            (
                H264,
                method(
                    "def f(a, /, b='2', *c, d='4', **e):\n    return (a, b, *c, d, *e, *e.values())\nreturn f('1') + f('1', 'x', 'y', d='z', a='q')"
                ),
            ),
        ),
        "right",
    ),
    ("a missing argument", ((H264, method("def f(a, b, *, c):\n    return ()\nreturn f(1)")),), "right"),
    (
        "unpacking with a star",
        ((H264, method("a, *b, (c, d) = '1', '2', '3', ('4', '5')\nreturn (a, *b, c, d)")),),
        "right",
    ),
    ("too few values to unpack", ((H264, method("a, b = ('1',)\nreturn ()")),), "right"),
    (
        "aliases of a list",
        ((H264, method("a = b = ['1']\nb += ['2']\nc = a + ['3']\nc.append('4')\nreturn tuple(a + c)")),),
        "right",
    ),
    (
        "a list inside a tuple",
        ((H264, method("t = ([],)\ntry:\n    t[0] += ['x']\nexcept TypeError:\n    pass\nreturn tuple(t[0])")),),
        "unresolved",
    ),
    ("multiplied aliases", ((H264, method("a = [[]] * 3\na[0].append('x')\nreturn tuple(a[2])")),), "right"),
    (
        "slices",
        ((H264, method("a = list('abcdef')\na[1:3] = ['x']\ndel a[-1]\nreturn tuple(a[::-1]) + tuple(a[10:])")),),
        "unresolved",
    ),
    (
        "formats",
        (
            (
                H264,
                method(
                    "return ('%s-%03d' % ('a', 7), '{0}{1:>4}{0!r}'.format('x', 3), '{a[0]}'.format(a='yz'), f'{3.14159:.2f}', f'{12:{5}}')"
                ),
            ),
        ),
        "unresolved",
    ),
    (
        "dunder methods of a package class",
        (
            (H264, "@dataclasses", "class K:\n    def __str__(self):\n        return '3'\n\n\n@dataclasses"),
            (H264, method("return ('-bf', str(K()))")),
        ),
        "right",
    ),
    (
        "__bool__",
        (
            (H264, "@dataclasses", "class K:\n    def __bool__(self):\n        return False\n\n\n@dataclasses"),
            (H264, method("return () if K() else ('-bf', '3')")),
        ),
        "right",
    ),
    (
        "__eq__",
        (
            (H264, "@dataclasses", "class K:\n    def __eq__(self, o):\n        return True\n\n\n@dataclasses"),
            (H264, method("return ('-bf', '3') if K() == 7 or 7 == K() or K() in (1,) else ()")),
        ),
        "right",
    ),
    (
        "__add__ and __radd__",
        (
            (
                H264,
                "@dataclasses",
                "class K:\n    def __radd__(self, o):\n        return ('-bf', '3')\n\n\n@dataclasses",
            ),
            (H264, method("return () + K()")),
        ),
        "unresolved",
    ),
    (
        "__iter__",
        (
            (
                H264,
                "@dataclasses",
                "class K:\n    def __iter__(self):\n        return iter(('-bf', '3'))\n\n\n@dataclasses",
            ),
            (H264, method("return (*K(),)")),
        ),
        "right",
    ),
    (
        "__contains__",
        (
            (H264, "@dataclasses", "class K:\n    def __contains__(self, o):\n        return True\n\n\n@dataclasses"),
            (H264, method("return ('-bf', '3') if 7 in K() else ()")),
        ),
        "right",
    ),
    (
        "__getitem__",
        (
            (H264, "@dataclasses", "class K:\n    def __getitem__(self, o):\n        return '3'\n\n\n@dataclasses"),
            (H264, method("return ('-bf', K()[0])")),
        ),
        "right",
    ),
    (
        "__call__",
        (
            (H264, "@dataclasses", "class K:\n    def __call__(self, o):\n        return (o, '3')\n\n\n@dataclasses"),
            (H264, method("return K()('-bf')")),
        ),
        "right",
    ),
    (
        "__hash__ and __eq__ of a key",
        (
            (
                H264,
                "@dataclasses",
                "class K:\n    def __hash__(self):\n        return hash('a')\n    def __eq__(self, o):\n        return True\n\n\n@dataclasses",
            ),
            (H264, method("return ('-bf', {'a': '3'}.get(K(), '4'))")),
        ),
        "unresolved",
    ),
    (
        "__format__",
        (
            (H264, "@dataclasses", "class K:\n    def __format__(self, s):\n        return '3'\n\n\n@dataclasses"),
            (H264, method("return ('-bf', f'{K()}')")),
        ),
        "unresolved",
    ),
    (
        "__len__ decides truth",
        (
            (H264, "@dataclasses", "class K:\n    def __len__(self):\n        return 0\n\n\n@dataclasses"),
            (H264, method("return () if K() else ('-bf', '3')")),
        ),
        "right",
    ),
    (
        "a subclass of str",
        (
            (
                H264,
                "@dataclasses",
                "class K(str):\n    def __eq__(self, o):\n        return True\n    __hash__ = str.__hash__\n\n\n@dataclasses",
            ),
            (H264, method("return ('-bf', '3') if K('a') == 'b' else ()")),
        ),
        "unresolved",
    ),
    (
        "equality of dataclasses",
        ((H264, method("return ('-bf', '3') if H264NvencAdapter() == self and NvencAdapter() != self else ()")),),
        "right",
    ),
    (
        "super()",
        ((H264, method("return (*super().extra_params(), *super().ffmpeg_codec_args('slow', 3)[-2:])")),),
        "right",
    ),
    (
        "super() with arguments",
        ((H264, method("return tuple(super(H264NvencAdapter, self).ffmpeg_codec_args('slow', 3))")),),
        "unresolved",
    ),
    (
        "static and class methods",
        (
            (
                H264,
                "\n    N = '3'\n"
                + method("return ('-bf', cls.N)", "@classmethod\n    def k(cls):")
                + method("return ('-x', n)", "@staticmethod\n    def s(n):")
                + method("return self.k() + self.s('1') + H264NvencAdapter.s('2')"),
            ),
        ),
        "right",
    ),
    (
        "annotations that are evaluated",
        (
            (X264, "from __future__ import annotations\n\n", ""),
            (X264, "    name: str", "    boom: missing = 1\n    name: str"),
        ),
        "right",
    ),
    ("annotations that aren't", ((X264, "    name: str", "    boom: missing() = 1\n    name: str"),), "right"),
    (
        "an annotation with an effect",
        (
            (X264, "from __future__ import annotations\n\n", ""),
            (X264, "@dataclasses", "L = []\n\n\n@dataclasses"),
            (
                X264,
                "    presets: tuple[str, ...] =",
                "    x: L.append('slow') = 1\n    presets: tuple[str, ...] = tuple(L) or",
            ),
        ),
        "right",
    ),
    (
        "an enumeration",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nimport enum\n\n\nclass Bf(enum.Enum):\n    NONE = '0'\n    THREE = '3'\n\n",
            ),
            (H264, method("return ('-bf', Bf.THREE.value)")),
        ),
        "right",
    ),
    (
        "a string enumeration",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nimport enum\n\n\nclass Bf(enum.StrEnum):\n    NONE = '0'\n    THREE = '3'\n\n",
            ),
            (H264, method("return ('-bf', Bf.THREE)")),
        ),
        "right",
    ),
    (
        "functools.cache",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nimport functools\n\n\n@functools.cache\ndef bf(n):\n    return ('-bf', str(n))\n\n",
            ),
            (H264, method("return bf(3)")),
        ),
        "right",
    ),
    (
        "functools.partial",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom functools import partial\n\n\ndef bf(k, n):\n    return (k, str(n))\n\n",
            ),
            (H264, method("return partial(bf, '-bf')(n=3)")),
        ),
        "right",
    ),
    ("a generator function", ((H264, method("yield '-bf'\nyield '3'")),), "unresolved"),
    (
        "match",
        ((H264, method("match self.name:\n    case 'h264_nvenc':\n        return ('-bf', '3')\nreturn ()")),),
        "right",
    ),
    (
        "with",
        (
            (H264, "import dataclasses\n", "import contextlib\nimport dataclasses\n"),
            (H264, method("with contextlib.suppress(ValueError):\n    raise ValueError\nreturn ('-bf', '3')")),
        ),
        "right",
    ),
    ("an async method", ((H264, method("return ()", "async def extra_params(self):")),), "unresolved"),
    (
        "conditional definitions",
        (
            (H264, "@dataclasses", "if len(__name__) > 3:\n    BF = '3'\nelse:\n    BF = '0'\n\n\n@dataclasses"),
            (H264, method("return ('-bf', BF)")),
        ),
        "unresolved",
    ),
    (
        "TYPE_CHECKING",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    BF = '0'\nelse:\n    BF = '3'\n",
            ),
            (H264, method("return ('-bf', BF)")),
        ),
        "right",
    ),
    (
        "__name__ == '__main__'",
        ((H264, "\n\nif __name__ == '__main__':\n    H264NvencAdapter.encoder = 'x'\n"),),
        "right",
    ),
    ("__debug__", ((H264, method("return ('-bf', '3') if __debug__ else ()")),), "unresolved"),
    (
        "a quality default that is a string",
        ((H264, "\n    quality_default: str = '23 '\n" + method("return ()", "def validate(self, p, q):")),),
        "right",
    ),
    ("flattened pairs", ((H264, method("return (('-bf', '3'), ['-x', '1'])")),), "right"),
    (
        "extra_params with preset and quality",
        ((H264, method("return ('-x', f'{preset}{q}')", "def extra_params(self, preset, q):")),),
        "right",
    ),
    ("what isn't a string", ((H264, method("return ('-bf', 3)")),), "unresolved"),
    ("what isn't a list", ((H264, method("return '-bf 3'")),), "unresolved"),
]

HOST: list[Case] = [
    (
        "the environment",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport os\n"),
            (H264, method("return ('-bf', os.environ.get('BF', '3'))")),
        ),
        "unresolved",
    ),
    (
        "the environment at import",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport os\n\nBF = os.environ.get('BF', '3')\n"),
            (H264, method("return ('-bf', BF)")),
        ),
        "unresolved",
    ),
    (
        "the environment at import, converted",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport os\n\nBF = int(os.environ.get('BF', '3'))\n"),
            (H264, method("return ('-bf', str(BF))")),
        ),
        "unresolved",
    ),
    ("a file", ((H264, method("return tuple(open(__file__).read().split())")),), "right"),
    (
        "a file through pathlib",
        (
            (H264, "import dataclasses\n", "import dataclasses\nfrom pathlib import Path\n"),
            (H264, method("return (Path('/etc/hostname').read_text(),)")),
        ),
        "unresolved",
    ),
    (
        "the platform",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport sys\n"),
            (H264, method("return ('-bf', '3') if sys.platform == 'linux' else ()")),
        ),
        "unresolved",
    ),
    (
        "the time",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport time\n"),
            (H264, method("return ('-bf', '3') if time.time() > 1e9 else ()")),
        ),
        "unresolved",
    ),
    (
        "chance",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport random\n"),
            (H264, method("return ('-bf', random.choice('3333'))")),
        ),
        "unresolved",
    ),
    ("hash of a string", ((H264, method("return ('-bf', str(hash('a') % 2))")),), "unresolved"),
    ("id of an object", ((H264, method("return ('-bf', str(id(self)))")),), "unresolved"),
    ("the order of a set", ((H264, method("return tuple({'-a', '-b', '-c'})")),), "unresolved"),
    ("a set of one", ((H264, method("return tuple({'-a'})")),), "right"),
    (
        "a probe that decides what is emitted",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport shutil\n"),
            (H264, method("return ('-bf', '3') if shutil.which('nvidia-smi') else ()")),
        ),
        "unresolved",
    ),
    (
        "a probe that flows into a word",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport shutil\n"),
            (H264, method("return ('-bin', str(shutil.which('nvidia-smi')))")),
        ),
        "unresolved",
    ),
    (
        "a probe that decides nothing",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport shutil\n"),
            (H264, method("if shutil.which('nvidia-smi') is None:\n    x = 1\nreturn ('-bf', '3')")),
        ),
        "right",
    ),
    (
        "a probe that raises",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport shutil\n"),
            (H264, method("if not shutil.which('nvidia-smi'):\n    raise RuntimeError('no GPU')\nreturn ('-bf', '3')")),
        ),
        "right",
    ),
    (
        "logging",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport logging\n\nlog = logging.getLogger(__name__)\n"),
            (H264, method("log.debug('x %s', self.name)\nreturn ('-bf', '3')")),
        ),
        "right",
    ),
    (
        "a value of the package around it",
        (
            (H264, "import dataclasses\n", "import dataclasses\nfrom vmaftune import __name__ as around\n"),
            (H264, method("return (around,)")),
        ),
        "unresolved",
    ),
    (
        "a list handed to code outside",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport heapq\n\nK = ['-b', '-a']\nheapq.heapify(K)\n"),
            (H264, method("return tuple(K)")),
        ),
        "unresolved",
    ),
    ("a class handed to code outside", ((H264, "\nimport copy\ncopy.copy(H264NvencAdapter)\n"),), "unresolved"),
    (
        "operator.setitem",
        ((H264, "\nimport operator\nfrom ._nvenc_common import _LEVELS\noperator.setitem(_LEVELS, 'slow', 'p1')\n"),),
        "unresolved",
    ),
    (
        "a function handed to code outside",
        (
            (
                H264,
                "\nimport functools\nfrom ._nvenc_common import _LEVELS\nfunctools.reduce(lambda a, b: _LEVELS.update(slow='p1'), [1, 2])\n",
            ),
        ),
        "right",
    ),
    (
        "mock.patch",
        (
            (
                H264,
                "\nfrom unittest import mock\nmock.patch.object(NvencAdapter, 'extra_params', lambda self: ('-bf', '3')).start()\n",
            ),
        ),
        "unresolved",
    ),
    ("atexit is no matter", ((H264, "\nimport atexit\natexit.register(print)\n"),), "unresolved"),
]

REACHING: list[Case] = [
    (
        "a patch behind an optional import",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\n\ntry:\n    import numpy\n    from . import late\nexcept ImportError:\n    from . import late\n",
            ),
            ("late.py", "from ._nvenc_common import _LEVELS\n\n_LEVELS['slow'] = 'p1'\n"),
        ),
        "right",
    ),
    (
        "a patch in a decorator's argument",
        (
            (
                H264,
                "@dataclasses",
                "import functools\nfrom ._nvenc_common import _LEVELS\n\n\n@functools.lru_cache(_LEVELS.update(slow='p1'))\ndef f():\n    pass\n\n\n@dataclasses",
            ),
        ),
        "right",
    ),
    (
        "a patch in the argument of a decorator from outside",
        (
            (
                H264,
                "@dataclasses",
                "import contextlib\nfrom ._nvenc_common import _LEVELS\n\n\n@contextlib.wraps(_LEVELS.update(slow='p1') or len)\ndef f():\n    pass\n\n\n@dataclasses",
            ),
        ),
        "unresolved",
    ),
    (
        "a decorator of the package over one from outside",
        (
            (
                H264,
                "@dataclasses",
                "import functools\nfrom ._nvenc_common import _LEVELS\n\n\ndef d(f):\n    _LEVELS['slow'] = 'p1'\n    return f\n\n\n@d\n@functools.singledispatch\ndef f():\n    pass\n\n\n@dataclasses",
            ),
        ),
        "unresolved",
    ),
    (
        "a decorator that calls what it decorates",
        (
            (
                H264,
                "\nimport operator\nfrom ._nvenc_common import _LEVELS\n\n\n@operator.methodcaller('go')\nclass K:\n    @staticmethod\n    def go():\n        _LEVELS['slow'] = 'p1'\n",
            ),
        ),
        "right",
    ),
    (
        "a dictionary fetched by code outside",
        (
            (
                H264,
                "\nimport functools, operator\nfrom ._nvenc_common import _LEVELS\noperator.setitem(functools.reduce(lambda a, b: _LEVELS, [1, 2]), 'slow', 'p1')\n",
            ),
        ),
        "unresolved",
    ),
    (
        "a method run by code outside",
        (
            (
                H264,
                "\nimport operator\nfrom ._nvenc_common import _LEVELS\n\n\nclass K:\n    def __add__(self, o):\n        _LEVELS['slow'] = 'p1'\n\n\nX = operator.add(K(), 1)\n",
            ),
        ),
        "right",
    ),
    (
        "a class made an instance of by code outside",
        (
            (
                H264,
                "\nimport functools\nfrom ._nvenc_common import _LEVELS\n\n\nclass K:\n    def __init__(self, *a):\n        _LEVELS['slow'] = 'p1'\n\n\nX = functools.reduce(K, [1, 2])\n",
            ),
        ),
        "right",
    ),
    (
        "a module fetched by name and handed on",
        (
            (
                H264,
                "\nimport operator, sys\nX = operator.setitem(sys.modules[__name__.replace('h264_nvenc', '_nvenc_common')]._LEVELS, 'slow', 'p1')\n",
            ),
        ),
        "unresolved",
    ),
    (
        "the table of modules altered",
        (
            (
                INIT,
                "from ._nvenc_common",
                "import operator\nimport sys\nimport types\n\nX = operator.setitem(sys.modules, 'x', None)\nfrom ._nvenc_common",
            ),
        ),
        "unresolved",
    ),
    (
        "a file of the package rewritten",
        (
            (
                INIT,
                "from ._nvenc_common",
                "from pathlib import Path\n\nX = Path(__file__).with_name('unused.py').write_text('')\nfrom ._nvenc_common",
            ),
        ),
        "unresolved",
    ),
    (
        "a program run at import",
        (
            (
                INIT,
                "from ._nvenc_common",
                "import subprocess\n\nX = subprocess.run is None or subprocess.run(['/bin/true'])\nfrom ._nvenc_common",
            ),
        ),
        "right",
    ),
    (
        "a cached method",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport functools\n"),
            (
                H264,
                "\n    @functools.lru_cache\n    def k(self):\n        return ('-bf', '3')\n"
                + method("return self.k()"),
            ),
        ),
        "right",
    ),
    (
        "a method of str as a method",
        ((H264, "\n    up = str.upper\n" + method("return (self.up('a'),)")),),
        "unresolved",
    ),
    (
        "a function from outside as a method",
        (
            (H264, "import dataclasses\n", "import dataclasses\nimport shutil\n"),
            (H264, "\n    which = shutil.which\n" + method("return ('-bf', '3') if self.which() else ()")),
        ),
        "unresolved",
    ),
    ("a builtin as a method", ((H264, "\n    size = len\n" + method("return (str(self.size('abc')),)")),), "right"),
    (
        "a key function that looks at its list",
        (
            (
                H264,
                method(
                    "a = ['b', 'a']\na.sort(key=lambda x: (len(a), x))\nseen = ['b', 'a']\nseen.sort(key=lambda x: str(len(seen)) + x)\nreturn tuple(a + seen)"
                ),
            ),
        ),
        "right",
    ),
    ("half of a surrogate pair", ((H264, method("return ('\\ud800',)")),), "unresolved"),
    (
        "a field that is missing on purpose",
        ((H264, "\n    bf: int = dataclasses.field(default=dataclasses.MISSING)\n"),),
        "right",
    ),
    (
        "an attribute deleted from the class",
        ((H264, method("return ('-bf', '3')")), (H264, "\n\ndel H264NvencAdapter.extra_params\n")),
        "right",
    ),
    (
        "a function of the package around it",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom vmaftune import __doc__ as around\n\nX = around and around()\n",
            ),
        ),
        "unresolved",
    ),
    (
        "a name looked up at the wrong time",
        (
            (H264, "@dataclasses", "BF = '3'\n\n\n@dataclasses"),
            (H264, method("return ('-bf', BF)")),
            (H264, "\n\nBF = '4'\n"),
        ),
        "right",
    ),
    (
        "a name deleted later",
        (
            (H264, "@dataclasses", "BF = '3'\n\n\n@dataclasses"),
            (H264, method("return ('-bf', BF)")),
            (H264, "\n\ndel BF\n"),
        ),
        "right",
    ),
    (
        "a submodule hidden by a name",
        (
            (INIT, "\nfrom . import late\n"),
            ("late.py", "from . import x264\n\nx264.X264Adapter.extra_params = lambda self: ('-bf', '3')\n"),
        ),
        "right",
    ),
    ("an instance of a local class", ((INIT, "X264Adapter(),", "type(X264Adapter())(quality_default=9),"),), "right"),
    (
        "a registry that is a proxy",
        ((INIT, "\nimport types\n\n_REGISTRY = types.MappingProxyType(_REGISTRY)\n"),),
        "right",
    ),
    (
        "a registry made by a function",
        (
            (
                INIT,
                "\n\ndef build(*classes):\n    return {c().name: c() for c in classes}\n\n\n_REGISTRY = build(X264Adapter, H264QsvAdapter)\n",
            ),
        ),
        "right",
    ),
    ("a class as the registry's value", ((INIT, "X264Adapter(),", "X264Adapter,"),), "unresolved"),
]

HARMLESS: list[Case] = [
    (
        "the file's own folder",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom pathlib import Path\n\n_HERE = Path(__file__).resolve().parent\n",
            ),
        ),
        "right",
    ),
    (
        "a bound type variable",
        ((H264, "\nfrom typing import TypeVar\n\nT = TypeVar('T', bound=NvencAdapter)\n"),),
        "right",
    ),
    ("a docstring", ((H264, '"""NVENC, h264."""', '"""Another text."""'),), "right"),
    (
        "a new method that does anything",
        (
            (
                H264,
                method(
                    "import subprocess\nopen('x').write(eval('1'))\nyield subprocess.run(['x'])",
                    "def other(self):",
                ),
            ),
        ),
        "right",
    ),
    (
        "an unused import from around the package",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom ..saliency import x\n".replace("from ..saliency import x\n", ""),
            ),
        ),
        "right",
    ),
    ("a renamed local", ((AOM, " args", " words"),), "right"),
    (
        "a regular expression",
        ((H264, "import dataclasses\n", "import dataclasses\nimport re\n\n_NAME = re.compile(r'\\w+')\n"),),
        "right",
    ),
    (
        "a type variable",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom typing import Generic, TypeVar\n\nT = TypeVar('T')\n\n\nclass Box(Generic[T]):\n    pass\n\n",
            ),
        ),
        "right",
    ),
    (
        "an optional import",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\n\ntry:\n    import numpy as np\nexcept ImportError:\n    np = None\n",
            ),
        ),
        "right",
    ),
    (
        "a class with a base from outside",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nimport threading\n\n\nclass Worker(threading.Thread):\n    def run(self):\n        pass\n\n",
            ),
        ),
        "right",
    ),
    (
        "a named tuple",
        (
            (
                H264,
                "import dataclasses\n",
                "import dataclasses\nfrom typing import NamedTuple\n\n\nclass Pair(NamedTuple):\n    a: int\n    b: int = 3\n\n",
            ),
        ),
        "right",
    ),
    ("Windows line ends", ((X264, "\n", "\r\n"),), "right"),
    ("a form feed", ((X264, "@dataclasses", "\f\n@dataclasses"),), "right"),
    ("a file that nobody imports", (("tool.py", "import argparse\nimport sys\n\nprint(sys.argv)\n"),), "right"),
    (
        "an abstract base",
        (
            (
                X264,
                "import dataclasses\n",
                "import abc\nimport dataclasses\n\n\nclass Any(abc.ABC):\n    @abc.abstractmethod\n    def extra_params(self): ...\n\n",
            ),
            (X264, "class X264Adapter:", "class X264Adapter(Any):"),
        ),
        "right",
    ),
]

V2 = """import dataclasses

from ._nvenc_common import NvencAdapter


@dataclasses.dataclass(frozen=True)
class H264NvencAdapter(NvencAdapter):
    def extra_params(self):
        return ("-bf", "3")
"""
FIRST = "from ._nvenc_common"  # the first import of the package's __init__.py
ELSEWHERE = "[os.path.join(os.path.dirname(__file__), 'v2'), os.path.dirname(__file__)]"


def steered(text: str) -> tuple[Edit, ...]:
    """Text above the first import of the package, with WHERE for folders that hold another h264_nvenc."""
    return (before_imports("import os\n\n" + text.replace("WHERE", ELSEWHERE)), ("v2/h264_nvenc.py", V2))


def before_imports(text: str) -> Edit:
    """Text above the first import of the package."""
    return (INIT, FIRST, f"{text}\n{FIRST}")


def above_class(text: str) -> Edit:
    """Text above the class of h264_nvenc."""
    return (H264, "@dataclasses", f"{text}\n\n\n@dataclasses")


KEPT: list[Case] = [
    ("__path__ assigned", steered("__path__ = WHERE"), "unresolved"),
    ("__path__ annotated", steered("__path__: list = WHERE"), "unresolved"),
    ("__path__ as a loop's target", steered("for __path__ in [WHERE]: pass"), "unresolved"),
    ("__path__ in a tuple", steered("x, __path__ = 1, WHERE"), "unresolved"),
    ("__path__ by walrus", steered("x = (__path__ := WHERE)"), "unresolved"),
    ("__path__ by walrus in a comprehension", steered("x = [__path__ := y for y in [WHERE]]"), "unresolved"),
    (
        "__path__ by import",
        (("_v.py", "import os\nV = " + ELSEWHERE), *steered("from ._v import V as __path__")),
        "unresolved",
    ),
    ("__path__ by global", steered("def f():\n    global __path__\n    __path__ = WHERE\n\n\nf()"), "unresolved"),
    ("__path__ extended", steered("__path__ += ['x']\n__path__ = __path__ and WHERE"), "unresolved"),
    ("__path__, constant", (before_imports("__path__ = ['codec_adapters/v2']"),), "right"),
    ("__path__ deleted", (before_imports("del __path__"),), "right"),
    (
        "__path__ by the name of an exception",
        (before_imports("try:\n    raise KeyError\nexcept KeyError as __path__:\n    pass"),),
        "right",
    ),
    (
        "__path__ by the name of a failed import",
        (before_imports("try:\n    import nowhere_to_be_found\nexcept ImportError as __path__:\n    x = None"),),
        "right",
    ),
    ("__path__ by def", (before_imports("def __path__(): pass"),), "right"),
    ("__path__ by class", (before_imports("class __path__: pass"),), "right"),
    (
        "a submodule called __path__",
        (("__path__.py", "X = 1\n"), before_imports("from .__path__ import X")),
        "right",
    ),
    (
        "the package's __init__ imported again",
        ((INIT, "\nfrom .__init__ import get_adapter as again\n"),),
        "unresolved",
    ),
    ("__package__ assigned", (before_imports("__package__ = 'evil'"),), "right"),
    (
        "__package__ of a submodule assigned",
        (
            (H264, "from ._nvenc", "__package__ = __name__.rpartition('.')[0] + '.v2'\nfrom ._nvenc"),
            ("v2/__init__.py", ""),
            (
                "v2/_nvenc_common.py",
                V2.replace("from ._", "from .._")
                .replace("class H264", "class ")
                .replace("NvencAdapter)", "Old)")
                .replace("import NvencAdapter", "import NvencAdapter as Old"),
            ),
        ),
        "unresolved",
    ),
    (
        "__builtins__ assigned",
        (
            (H264, "import dataclasses\n", "import dataclasses\n\n__builtins__ = {'tuple': lambda: ('-bf', '3')}\n"),
            (H264, method("return tuple()")),
        ),
        "unresolved",
    ),
    (
        "__builtins__ imported",
        (
            ("_b.py", "B = {'tuple': lambda: ('-bf', '3')}\n"),
            above_class("from ._b import B as __builtins__"),
            (H264, method("return tuple()")),
        ),
        "unresolved",
    ),
    *(
        (f"{name} assigned", (above_class(f"{name} = 'evil'"),), "unresolved")
        for name in ("__spec__", "__loader__", "__file__", "__class__", "__annotations__")
    ),
    ("__dict__ assigned", (above_class("__dict__ = 'evil'"),), "right"),
    (
        "__name__ assigned",
        (
            above_class("__name__ = '__main__'"),
            (H264, "\n\nif __name__ == '__main__':\n    H264NvencAdapter.extra_params = lambda self: ('-bf', '3')\n"),
        ),
        "unresolved",
    ),
    (
        "__annotations__ of a class assigned",
        ((H264, "\n    quality_default: int = 40\n    __annotations__ = {}\n"),),
        "unresolved",
    ),
    *(
        (f"{name} in a class", ((H264, f"\n    {name} = {value}\n"),), "unresolved")
        for name, value in (
            ("__dataclass_fields__", "{}"),
            ("__dataclass_params__", "None"),
            ("__mro_entries__", "None"),
            ("__module__", "'builtins'"),
            ("__qualname__", "'Other'"),
            ("__signature__", "None"),
            ("__abstractmethods__", "frozenset()"),
        )
    ),
    ("__del__", ((H264, method("pass", "def __del__(self):")),), "unresolved"),
    (
        "__doc__ that decides whether it is true",
        (
            above_class(
                "class D:\n    def __bool__(self):\n        NvencAdapter.extra_params = lambda s: ('-bf', '3')\n        return True"
            ),
            (H264, "\n    __doc__ = D()\n"),
        ),
        "unresolved",
    ),
    (
        "the fields of an instance",
        (
            (
                INIT,
                "\nimport dataclasses\n\nx = X264Adapter()\nobject.__setattr__(x, '__dataclass_fields__', {})\n"
                "_REGISTRY['x'] = dataclasses.replace(x)\n",
            ),
        ),
        "unresolved",
    ),
    (
        "a field called __post_init__",
        (
            above_class("def f():\n    NvencAdapter.encoder = 'x'\n\n\ndef g(self):\n    pass"),
            (H264, "\n    __post_init__: object = f\n"),
        ),
        "right",
    ),
    (
        "super() beside a variable __class__",
        (
            (
                BASE,
                "class NvencAdapter:",
                "class Other:\n    def extra_params(self):\n        return ('-bf', '3')\n\n\n@dataclasses.dataclass(frozen=True)\nclass NvencAdapter(Other):",
            ),
            (H264, "from ._nvenc_common import", "from ._nvenc_common import Other,"),
            (
                H264,
                method(
                    "__class__ = NvencAdapter\n\ndef inner(self):\n    return super().extra_params()\n\nreturn inner(self)"
                ),
            ),
        ),
        "unresolved",
    ),
    (
        "__ne__",
        (
            (
                H264,
                "\n    def __ne__(self, other):\n        return False\n"
                + method("return ('-bf', '3') if self != 1 else ()"),
            ),
        ),
        "unresolved",
    ),
    (
        "names that Python doesn't read",
        (
            before_imports(
                "__version__ = '1'\n__author__ = 'a'\n__license__: str = 'b'\n__all__ = []\n__all__ += ['x']"
            ),
        ),
        "right",
    ),
    ("a local __path__", ((H264, method("__path__ = ('-bf', '3')\nreturn __path__")),), "right"),
    ("a comprehension's __path__", ((H264, method("return tuple(__path__ for __path__ in ('-bf', '3'))")),), "right"),
    (
        "a module's __getattr__ that nobody needs",
        ((BASE, "\n\ndef __getattr__(name):\n    raise AttributeError(name)\n"),),
        "right",
    ),
    (
        "methods that nothing calls",
        ((H264, "\n    __hash__ = None\n" + method("return 1", "def __index__(self):")),),
        "right",
    ),
    (
        "a __main__ beside the adapters",
        (("__main__.py", "from . import _REGISTRY\n\nX = sorted(_REGISTRY)\n"),),
        "right",
    ),
]

FINDING: list[Case] = [
    (
        "a package in place of a module",
        (("h264_nvenc/__init__.py", V2.replace("from ._", "from .._")),),
        "right",
    ),
    (
        "a package in place of a module, with more than its files",
        (
            ("h264_nvenc/__init__.py", "from .inner import *\n"),
            ("h264_nvenc/inner.py", V2.replace("from ._", "from .._")),
        ),
        "right",
    ),
    (
        "a guarded import of a module that isn't there",
        (
            above_class("try:\n    from .tuning import EXTRA\nexcept ImportError:\n    EXTRA = ()"),
            (H264, method("return EXTRA")),
        ),
        "unresolved",
    ),
    (
        "a guarded import of a submodule that isn't there",
        (
            above_class(
                "try:\n    from . import tuning\n    EXTRA = tuning.EXTRA\nexcept ImportError:\n    EXTRA = ()"
            ),
            (H264, method("return EXTRA")),
        ),
        "unresolved",
    ),
    (
        "a guarded import of a name that isn't there",
        (
            above_class("try:\n    from ._nvenc_common import EXTRA\nexcept ImportError:\n    EXTRA = ('-bf', '3')"),
            (H264, method("return EXTRA")),
        ),
        "right",
    ),
    (
        "a method's import of a module that isn't there",
        ((H264, method("from .tuning import EXTRA\nreturn EXTRA")),),
        "unresolved",
    ),
    (
        "an import from a folder without __init__.py",
        (
            ("more/knobs.py", "EXTRA = ('-bf', '3')\n"),
            above_class("from .more.knobs import EXTRA"),
            (H264, method("return EXTRA")),
        ),
        "unresolved",
    ),
]

SWAY = "def ffmpeg_codec_args(self, preset, quality):"
ARGV = "args = ['-c:v', self.encoder, '-preset', preset, '-cq', str(quality)]"

QUALITY: list[Case] = [
    ("no presets", ((H264, "\n    presets: tuple[str, ...] = ()\n"),), "unresolved"),
    (
        "more at another quality than the default",
        ((H264, method(f"{ARGV}\nif quality != self.quality_default:\n    args += ['-bf', '3']\nreturn args", SWAY)),),
        "right",
    ),
    (
        "more at another quality, at one preset",
        (
            (
                H264,
                method(
                    f"{ARGV}\nif quality != 23 and preset == 'placebo':\n    args += ['-bf', '3']\nreturn args", SWAY
                ),
            ),
        ),
        "right",
    ),
    (
        "another value at another quality",
        ((H264, method(f"{ARGV}\nreturn [*args, '-bf', '0' if quality == 23 else '3']", SWAY)),),
        "right",
    ),
    (
        "more in extra_params at another quality",
        (
            (
                H264,
                method("return () if quality == 23 else ('-bf', '3')", "def extra_params(self, preset, quality):"),
            ),
        ),
        "right",
    ),
    (
        "what isn't modelled at another quality",
        ((H264, method(f"{ARGV}\nif quality != 23:\n    args += eval('[1]')\nreturn args", SWAY)),),
        "unresolved",
    ),
    (
        "more at the only other quality that is allowed",
        (
            (
                H264,
                "\n    quality_range: tuple[int, int] = (22, 23)\n"
                + method(
                    f"self.validate(preset, quality)\n{ARGV}\nreturn args if quality == 23 else [*args, '-bf', '3']",
                    SWAY,
                ),
            ),
        ),
        "right",
    ),
    (
        "the quality in several words",
        ((H264, method(f"{ARGV}\nreturn [*args, '-rc-params', f'qp={{quality}}:init={{quality:03d}}:bf=3']", SWAY)),),
        "right",
    ),
    (
        "a name for each quality",
        ((H264, method("return ['-c:v', self.encoder, '-cq:v', {23: 'low', 24: 'high'}[quality]]", SWAY)),),
        "right",
    ),
    (
        "no other quality than the default",
        ((H264, method(f"if quality != 23:\n    raise ValueError(quality)\n{ARGV}\nreturn args", SWAY)),),
        "right",
    ),
]

CASES = [*PATCHES, *SEMANTICS, *HOST, *REACHING, *HARMLESS, *KEPT, *FINDING, *QUALITY]
