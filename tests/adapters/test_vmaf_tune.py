"""The `vmaf-tune` reader on the fixture package: golden readings, lines, files, and inputs that can't be read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from gate.adapters.model import Adapter, Defaults
from gate.adapters.vmaf_tune import read_vmaf_tune
from gate.errors import AdapterError
from gate.model import Location

FIXTURES = Path(__file__).parents[2] / "fixtures" / "adapters" / "vmaf-tune-shape" / "codec_adapters"
FOLDER = "src/vmaftune/codec_adapters"


def sources(**changes: str | bytes) -> dict[str, bytes]:
    """The fixture package, with files (name without .py) replaced or added."""
    files = {f"{FOLDER}/{path.name}": path.read_bytes() for path in FIXTURES.glob("*.py")}
    for name, text in changes.items():
        files[f"{FOLDER}/{name}.py"] = text if isinstance(text, bytes) else text.encode()
    return files


def text(name: str) -> str:
    """A fixture file."""
    return (FIXTURES / f"{name}.py").read_text()


def read(files: dict[str, bytes]) -> Defaults:
    """What the reader makes of them."""
    return read_vmaf_tune(files)


def shown(adapter: Adapter) -> list[str]:
    """One line per emission."""
    return [
        f"{each.preset}: {' '.join(t.text for t in each.argv)} | {' '.join(t.text for t in each.extra)}".rstrip(" |")
        for each in adapter.at_default.values()
    ]


def short(where: Location) -> str:
    """File name and line."""
    return f"{where.path.rpartition('/')[2]}:{where.line}"


GOLDEN = {
    "libx264": [
        "ultrafast: -c:v libx264 -preset ultrafast -crf 23",
        "veryfast: -c:v libx264 -preset veryfast -crf 23",
        "fast: -c:v libx264 -preset fast -crf 23",
        "medium: -c:v libx264 -preset medium -crf 23",
        "slow: -c:v libx264 -preset slow -crf 23",
        "veryslow: -c:v libx264 -preset veryslow -crf 23",
    ],
    "libaom-av1": [
        "slow: -c:v libaom-av1 -cpu-used 2 -crf 35 | -row-mt 1",
        "medium: -c:v libaom-av1 -cpu-used 4 -crf 35 | -row-mt 1",
        "fast: -c:v libaom-av1 -cpu-used 6 -crf 35 | -row-mt 1",
        "veryfast: -c:v libaom-av1 -cpu-used 8 -crf 35 | -row-mt 1",
    ],
    "h264_nvenc": [
        f"{name}: -c:v h264_nvenc -preset {level} -cq 23"
        for name, level in zip(
            ("ultrafast", "faster", "fast", "medium", "slow", "slower", "placebo"),
            ("p1", "p2", "p3", "p4", "p5", "p6", "p7"),
            strict=True,
        )
    ],
    "h264_qsv": [
        f"{name}: -c:v h264_qsv -preset {name} -global_quality 23"
        for name in ("veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
    ],
}


@pytest.mark.parametrize("key", sorted(GOLDEN))
def test_what_the_fixture_adapters_emit(key: str) -> None:
    assert shown(read(sources()).adapters[key]) == GOLDEN[key]


def test_adapters_stand_in_the_order_of_the_registry() -> None:
    order = ["libx264", "libaom-av1", "h264_nvenc", "hevc_nvenc", "av1_nvenc", "h264_qsv"]
    assert list(read(sources()).adapters) == order


def test_an_adapter_names_its_fields_and_its_class() -> None:
    adapter = read(sources()).adapters["hevc_nvenc"]
    assert (adapter.name, adapter.encoder, adapter.quality_knob, adapter.quality_default) == (
        "hevc_nvenc",
        "hevc_nvenc",
        "cq",
        "23",
    )
    assert short(adapter.where) == "hevc_nvenc.py:11"
    assert adapter.points == ()
    assert adapter.raised == ()
    assert adapter.unresolved == ()


def test_every_word_leads_to_the_lines_that_made_it() -> None:
    emission = read(sources()).adapters["h264_nvenc"].emissions[3]
    lines = {token.text: [short(origin) for origin in token.origins] for token in emission.argv}
    assert lines["h264_nvenc"][:2] == ["h264_nvenc.py:15", "_nvenc_common.py:55"]
    assert lines["p4"][:2] == ["_nvenc_common.py:16", "_nvenc_common.py:29"]
    assert {"_nvenc_common.py:9", "_nvenc_common.py:40", "_nvenc_common.py:59"} <= set(lines["23"])
    assert lines["-cq"][0] == "_nvenc_common.py:58"


def test_a_word_made_under_a_condition_leads_to_the_condition() -> None:
    body = text("h264_qsv").replace(
        "return ()", 'if preset_is(self.name):\n            return ("-bf", "3")\n        return ()'
    )
    body += "\n\nWANTED = 'h264_qsv'\n\n\ndef preset_is(name):\n    return name == WANTED\n"
    adapter = read(sources(h264_qsv=body)).adapters["h264_qsv"]
    three = adapter.emissions[0].extra[1]
    lines = body.splitlines()
    own = lines.index('            return ("-bf", "3")') + 1
    wanted = lines.index("WANTED = 'h264_qsv'") + 1
    found = [short(origin) for origin in three.origins]
    assert found[0] == f"h264_qsv.py:{own}"
    assert f"h264_qsv.py:{wanted}" in found


def test_the_constructor_argument_in_the_registry_is_an_origin() -> None:
    package = text("__init__").replace("X264Adapter()", "X264Adapter(quality_default=18)")
    token = read(sources(__init__=package)).adapters["libx264"].emissions[0].argv[-1]
    assert token.text == "18"
    assert short(token.origins[0]) == "__init__.py:29"


def test_every_file_and_every_absence_that_was_consulted_is_known() -> None:
    found = read(sources()).adapters["libaom-av1"].files
    assert {path.removeprefix(f"{FOLDER}/") for path in found} >= {
        "__init__.py",
        "libaom.py",
        "x264.py",
        "x264/__init__.py",
    }


def test_a_file_that_alters_anothers_objects_stands_behind_every_adapter() -> None:
    patch = text("hevc_nvenc") + '\nfrom ._nvenc_common import _LEVELS\n_LEVELS["slow"] = "p7"\n'
    adapters = read(sources(hevc_nvenc=patch)).adapters
    assert f"{FOLDER}/hevc_nvenc.py" in adapters["h264_nvenc"].files
    assert shown(adapters["h264_nvenc"])[4] == "slow: -c:v h264_nvenc -preset p7 -cq 23"


def test_touched_lines_are_those_that_took_part() -> None:
    touched = {short(each) for each in read(sources()).adapters["libaom-av1"].touched}
    assert {"libaom.py:9", "libaom.py:25", "libaom.py:26", "libaom.py:32"} <= touched
    assert not any(each.startswith("x264.py") for each in touched)


UNTOUCHED = {
    "a docstring": ("h264_nvenc", '"""NVENC, h264."""', '"""Other words."""'),
    "a comment": ("h264_nvenc", "import dataclasses", "import dataclasses  # why not"),
    "a new method": (
        "x264",
        "    def extra_params",
        "    def other(self):\n        return open(self.name)\n\n    def extra_params",
    ),
    "a renamed local": ("libaom", " args", " words"),
    "a new constant": ("h264_qsv", "import dataclasses", "import dataclasses\n\nUNUSED = {1: [2]}"),
}


@pytest.mark.parametrize("name", sorted(UNTOUCHED))
def test_what_changes_no_emission_reads_the_same(name: str) -> None:
    file, old, new = UNTOUCHED[name]
    assert old in text(file)
    before, after = read(sources()), read(sources(**{file: text(file).replace(old, new)}))
    assert {key: shown(each) for key, each in after.adapters.items()} == {
        key: shown(each) for key, each in before.adapters.items()
    }


PROBE = """
    def ffmpeg_codec_args(self, preset, quality):
        import shutil, subprocess
        binary = shutil.which("ffmpeg")
        if binary is None:
            raise NoEncoder("no ffmpeg here")
        try:
            done = subprocess.run([binary, "-encoders"], capture_output=True, text=True)
        except (OSError, subprocess.SubprocessError):
            raise NoEncoder("no ffmpeg here")
        if "libx264" not in (done.stdout or ""):
            raise NoEncoder("no ffmpeg here")
        return ["-c:v", self.encoder, "-preset", preset, "-crf", str(quality)]
"""


def test_behind_a_probe_both_the_exception_and_the_argv_are_reported() -> None:
    body = text("x264") + PROBE + "\n\nclass NoEncoder(RuntimeError):\n    pass\n"
    adapter = read(sources(x264=body)).adapters["libx264"]
    assert [(each.preset, each.exception, each.message) for each in adapter.raised[:1]] == [
        ("ultrafast", "NoEncoder", "no ffmpeg here")
    ]
    assert shown(adapter) == GOLDEN["libx264"]
    where = body.splitlines().index('        binary = shutil.which("ffmpeg")') + 1
    assert adapter.emissions[0].condition == (
        f"where shutil.which('ffmpeg') ({FOLDER}/x264.py:{where}) finds what the adapter asks for"
    )


def test_a_method_that_raises_by_design_emits_nothing_and_is_not_unresolved() -> None:
    body = text("x264").replace("return ()", 'raise NotImplementedError("later")')
    adapter = read(sources(x264=body)).adapters["libx264"]
    assert adapter.emissions == ()
    assert adapter.unresolved == ()
    assert [(each.exception, each.message, short(each.where)) for each in adapter.raised[:1]] == [
        ("NotImplementedError", "later", "x264.py:20")
    ]


def test_one_preset_may_be_unresolved_alone() -> None:
    body = (
        text("h264_qsv")
        .replace("return ()", "return ()")
        .replace(
            "        if preset not in PRESETS:",
            '        if preset == "slow":\n            return open(preset)\n        if preset not in PRESETS:',
        )
    )
    adapter = read(sources(h264_qsv=body)).adapters["h264_qsv"]
    assert [(each.preset, each.adapter, each.reason) for each in adapter.unresolved] == [
        ("slow", "h264_qsv", "open() of this isn't read")
    ]
    assert len(adapter.emissions) == 6


LATE = "X = {}\n"
BAD: dict[str, tuple[dict[str, str | bytes], str]] = {
    "old Mac line ends": ({"x264": b"A = 1\n# b\rB = 2\n"}, "x264.py:2: holds a carriage return without a line feed"),
    "await out of place": ({"x264": "def f():\n    await g\n"}, "x264.py:2: doesn't parse: 'await' outside async"),
    "a late future": ({"x264": "A = 1\nfrom __future__ import annotations\n"}, "x264.py:2: doesn't parse: from __future__"),
    "a name both local and global": ({"x264": "def f(a):\n    global a\n"}, "x264.py:2: doesn't parse: name 'a' is parameter"),
    "a syntax error": ({"x264": "def f(:\n"}, "x264.py:1: doesn't parse: invalid syntax"),
    "conflict markers": (
        {"x264": "import os\n<<<<<<< HEAD\nA = 1\n=======\nA = 2\n>>>>>>> topic\n"},
        "x264.py:2: holds conflict markers, from line 2 to line 6 (resolve the merge)",
    ),
    "a null byte": ({"x264": b"import os\nA = '\0'\n"}, "x264.py:2: holds a null byte"),
    "Latin-1": ({"x264": b"# a\n# \xe9\n"}, "x264.py:2: isn't UTF-8"),
    "a declared encoding": ({"x264": b"# coding: latin-1\n# \xe9\n"}, "x264.py:1: is written in iso-8859-1"),
    "an unknown encoding": ({"x264": b"# coding: nonsense\n"}, "x264.py:1: declares an encoding that isn't known"),
    "UTF-16": ({"x264": "A = 1\n".encode("utf-16")}, "x264.py:1:"),
    "a huge file": ({"x264": b"#" * 256_001}, "x264.py: is larger than 256000 bytes"),
    "deep brackets": ({"x264": "A = " + "(" * 5000 + ")" * 5000}, "x264.py:1: doesn't parse: too many nested"),
    "deep operators": ({"x264": "A = " + "-" * 100_000 + "1"}, "x264.py:1: doesn't parse"),
    "a long sum": ({"x264": "A = " + "+".join(["1"] * 50_000)}, "x264.py:1: doesn't parse"),
    "return at the top": ({"x264": "\nreturn 1\n"}, "x264.py:2: doesn't parse: 'return' outside function"),
    "break outside a loop": ({"x264": "if 1:\n    break\n"}, "x264.py:2: doesn't parse: 'break' outside loop"),
    "no registry": ({"__init__": "from .x264 import X264Adapter\n"}, "__init__.py: no __init__.py among the adapters binds _REGISTRY"),
    "a failing import": ({"x264": "from ._nvenc_common import missing\n"}, "x264.py:1: importing the adapters raises ImportError"),
    "a missing module": ({"x264": "from .missing import x\n"}, "x264.py:1: importing the adapters raises ModuleNotFoundError"),
    "an exception at the top": ({"x264": "\n\nraise RuntimeError('no')\n"}, "x264.py:3: importing the adapters raises RuntimeError: no"),
    "an assertion at the top": ({"x264": "assert 1 > 2, 'never'\n"}, "x264.py:1: importing the adapters raises AssertionError: never"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_file_is_one_error_with_its_line(name: str) -> None:
    changes, wanted = BAD[name]
    with pytest.raises(AdapterError) as caught:
        read(sources(**changes))
    assert str(caught.value).removeprefix(f"{FOLDER}/").startswith(wanted)
    assert "\n" not in str(caught.value)


def test_no_files_at_all_is_an_error() -> None:
    with pytest.raises(AdapterError, match=r"no __init__\.py among the adapters"):
        read({})


HOSTILE = {
    "a loop for ever": "while True: pass",
    "a loop for ever over a list": "a = [1]\nfor x in a: a.append(x)",
    "recursion for ever": "def f(): return f()\nf()",
    "mutual recursion": "f = lambda g: g(g)\nf(f)",
    "a gigabyte": 'x = "a" * 10**9',
    "a gigabyte of list": "x = [0] * 10**9",
    "doubled strings": 'x = "a"\nfor i in range(60): x += x',
    "doubled lists": "x = [1]\nfor i in range(60): x += x",
    "nested doubled lists": "x = [1]\nfor i in range(60): x = [x, x]\nx = str(x)",
    "compared doubled lists": "x = y = [1]\nfor i in range(60): x, y = [x, x], [y, y]\nz = x == y",
    "a doubled dictionary": "x = {}\nfor i in range(60): x = {'a': x, 'b': x}\nx = repr(x)",
    "a list within itself": "x = []\nx.append(x)\nx = repr(x)",
    "a huge power": "x = 9**9**9",
    "a huge shift": "x = 1 << 10**9",
    "a huge product": "x = 1\nfor i in range(10**6): x *= 10**9",
    "a wide format": 'x = f"{1:999999999}"',
    "a wide nested format": 'w = 10**9\nx = f"{1:{w}}"',
    "a wide template": 'x = "{:>999999999}".format("a")',
    "a wide percent": 'x = "%0999999999d" % 1',
    "a percent that takes its width": 'x = "%*d" % (10**9, 1)',
    "precision": 'x = "%.999999999f" % 1.0',
    "a wide ljust": 'x = "a".ljust(10**9)',
    "a wide zfill": 'x = "a".zfill(10**9)',
    "tabs": 'x = ("\\t" * 1000).expandtabs(10**6)',
    "a long join": 'x = ("a" * 40000).join(["b"] * 9000)',
    "a long replace": 'x = ("a" * 40000).replace("a", "b" * 40000)',
    "a huge range": "x = list(range(10**12))",
    "the sum of a huge range": "x = sum(range(10**12))",
    "a huge comprehension": "x = [i for i in range(10**9)]",
    "nested comprehensions": "x = [0 for a in range(10**4) for b in range(10**4)]",
    "an endless generator": "x = sum(1 for i in iter(int, 1))",
    "digits": 'x = int("9" * 40000)',
    "a set of many": "x = {i for i in range(10**9)}",
    "sorting": "x = sorted(range(10**9))",
    "unpacking": "(*x,) = range(10**9)",
    "arguments": "def f(*a): return a\nf(*range(10**9))",
    "zip": "x = list(zip(range(10**9), range(10**9)))",
    "any": "x = any(i < 0 for i in range(10**12))",
    "in a range of floats": "x = 0.5 in range(10**9)",
    "bytes": 'x = b"a" * 10**9',
    "round": "x = round(5, -10**9)",
    "round of a float": "x = round(5.5, 10**9)",
    "a long template": 'x = "{}" * 9000\nx = x.format(*x)',
    "a template of brackets": 'x = "%(" * 20000 % {}',
    "a long f-string": "x = f'" + "{1}" * 20000 + "'",
    "a template that repeats": 'x = "%(a)s" * 800 % {"a": "b" * 40000}',
    "many bases": "".join(f"class A{i}: pass\n" for i in range(300))
    + f"class B({', '.join(f'A{i}' for i in range(300))}): pass\nx = 1",
    "a long line of descent": "class A0: pass\n"
    + "".join(f"class A{i + 1}(A{i}): pass\n" for i in range(300))
    + "x = 1",
    "a long elif": "x = 0\n" + "if x == 1: pass\n" + "".join(f"elif x == {i}: pass\n" for i in range(2, 400)),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("place", ["module", "method"])
def test_what_does_not_end_or_fit_is_unresolved_or_harmless(name: str, place: str) -> None:
    code = HOSTILE[name]
    if place == "module":
        body = text("x264") + "\n" + code + "\n"
    else:
        body = text("x264").replace("return ()", code.replace("\n", "\n        ") + "\n        return (str(x),)")
    with suppress(AdapterError):
        adapter = read(sources(x264=body)).adapters["libx264"]
        assert_bounded(adapter, place)


def assert_bounded(adapter: Adapter, place: str) -> None:
    """Whatever was read is small, and what wasn't is said with its line."""
    if place == "method" and adapter.emissions:
        assert all(len(token.text) <= 50_000 for token in adapter.emissions[0].extra)
    for each in adapter.unresolved:
        assert each.where.path.endswith("x264.py")
        assert each.where.line > 1


@pytest.mark.parametrize(
    "name", ["a loop for ever", "a gigabyte", "recursion for ever", "a huge power", "a wide format"]
)
def test_a_bound_that_is_passed_is_named(name: str) -> None:
    body = text("x264").replace("return ()", HOSTILE[name].replace("\n", "\n        ") + "\n        return ()")
    adapter = read(sources(x264=body)).adapters["libx264"]
    assert [each.preset for each in adapter.unresolved] == list(adapter.presets)
    assert adapter.emissions == ()
    words = ("does not end within", "more than", "nested too deeply", "deep")
    assert any(word in adapter.unresolved[0].reason for word in words)


READABLE = {
    "a byte order mark": b"\xef\xbb\xbf" + (FIXTURES / "x264.py").read_bytes(),
    "Windows line ends": (FIXTURES / "x264.py").read_bytes().replace(b"\n", b"\r\n"),
    "form feeds": (FIXTURES / "x264.py").read_bytes().replace(b"\n\n\n", b"\n\f\n\n"),
    "a declared UTF-8": b"# -*- coding: utf-8 -*-\n" + (FIXTURES / "x264.py").read_bytes(),
}


@pytest.mark.parametrize("name", sorted(READABLE))
def test_odd_but_valid_files_read_the_same(name: str) -> None:
    assert shown(read(sources(x264=READABLE[name])).adapters["libx264"]) == GOLDEN["libx264"]


def test_a_package_at_the_root_of_the_tree_reads_the_same() -> None:
    files = {path.rpartition("/")[2]: content for path, content in sources().items()}
    assert shown(read(files).adapters["libx264"]) == GOLDEN["libx264"]


def test_absolute_imports_within_the_package_are_followed() -> None:
    body = text("h264_nvenc").replace("from ._nvenc_common", "from vmaftune.codec_adapters._nvenc_common")
    assert shown(read(sources(h264_nvenc=body)).adapters["h264_nvenc"]) == GOLDEN["h264_nvenc"]


def test_two_packages_with_registries_are_both_read() -> None:
    other = {"other/__init__.py": b"from .x import X\n_REGISTRY = {'x': X()}\n"}
    other["other/x.py"] = text("x264").replace("X264Adapter", "X").encode()
    assert next(iter(read({**other, **sources()}).adapters)) == "x"
    clash = {name: content.replace(b"'x'", b"'libx264'") for name, content in other.items()}
    with pytest.raises(AdapterError, match="'libx264' is registered twice"):
        read({**clash, **sources()})


def everything(proposal: Defaults) -> set[str]:
    """Why all of every adapter is unresolved; fails where one isn't."""
    assert proposal.adapters
    assert not any(adapter.emissions for adapter in proposal.adapters.values())
    return {part.reason for adapter in proposal.adapters.values() for part in adapter.unresolved}


RIVALS = ["x264/__init__.py", "x264.abi3.so", "x264.pyc", "__pycache__/x264.cpython-311.pyc", "__init__.pyd"]


@pytest.mark.parametrize("name", RIVALS)
def test_what_python_could_import_in_a_files_place_leaves_the_package_unresolved(name: str) -> None:
    rival = f"{FOLDER}/{name}"
    found = read_vmaf_tune(sources(), None, frozenset({rival, f"{FOLDER}/README.md"}))
    (reason,) = everything(found)
    assert rival in reason
    assert all(rival in adapter.files for adapter in found.adapters.values())


def test_nothing_is_taken_over_where_python_could_import_another_file() -> None:
    known = read(sources())
    known = Defaults(adapters=known.adapters, files=sources())
    found = read_vmaf_tune(sources(), known, frozenset({f"{FOLDER}/x264.so"}))
    assert everything(found)


def test_a_matched_file_that_is_no_source_counts_as_unread() -> None:
    files = {**sources(), f"{FOLDER}/x264.cpython-311-x86_64-linux-gnu.so": b"\x7fELF"}
    (reason,) = everything(read(files))
    assert "x86_64-linux-gnu.so" in reason


@pytest.mark.parametrize("name", ["README.md", "x264.md", "presets/x264.json", "_nvenc_common.txt"])
def test_other_files_beside_the_sources_change_nothing(name: str) -> None:
    found = read_vmaf_tune(sources(), None, frozenset({f"{FOLDER}/{name}"}))
    assert found == read(sources())


def test_an_import_of_what_was_not_read_leaves_the_package_unresolved() -> None:
    files = sources(x264="from .fast import EXTRA\n" + text("x264").replace("from __future__ import annotations", ""))
    with pytest.raises(AdapterError, match="ModuleNotFoundError"):
        read(files)
    found = read_vmaf_tune(files, None, frozenset({f"{FOLDER}/fast.abi3.so"}))
    assert everything(found) == {f"imports .fast, but {FOLDER}/fast.abi3.so is not there, or not read"}


def test_a_guarded_import_of_a_missing_module_is_unresolved() -> None:
    body = text("x264").replace(
        "import dataclasses\n",
        "import dataclasses\n\ntry:\n    from .tuning import EXTRA\nexcept ImportError:\n    EXTRA = ()\n",
    )
    assert everything(read(sources(x264=body))) == {
        "whether .tuning exists can't be told from the files that the globs match"
    }


def test_where_all_is_unresolved_files_that_were_never_imported_count() -> None:
    plugin = "from .x264 import X264Adapter\nX264Adapter.extra_params = lambda self: ('-bf', '3')\n"
    files = sources(x264=text("x264") + "\n\nglobals()\n", plugin=plugin)
    for adapter in read(files).adapters.values():
        assert adapter.unresolved
        assert adapter.files >= frozenset(files)


def test_an_adapter_without_presets_is_unresolved_and_keeps_its_fields() -> None:
    body = text("h264_qsv").replace("presets: tuple[str, ...] = PRESETS", "presets: tuple[str, ...] = ()")
    adapter = read(sources(h264_qsv=body)).adapters["h264_qsv"]
    assert [(part.reason, part.preset) for part in adapter.unresolved] == [
        ("has no presets, so nothing tells what it emits by default", "")
    ]
    assert (adapter.encoder, adapter.quality_default) == ("h264_qsv", "23")


MORE: dict[str, list[tuple[int | None, int | None]]] = {
    "quality <= 20": [(None, 20)],
    "quality >= 28": [(28, None)],
    "quality != 23": [(None, 22), (24, None)],
    "abs(quality - 23) > 1 and quality < 30": [(quality, quality) for quality in (*range(22), *range(25, 30))],
    "quality % 2 == 0": [(quality, quality) for quality in range(0, 52, 2)],
    "str(quality) == '30'": [(30, 30)],
    "quality in range(18, 22)": [(18, 21)],
    "quality in (18, 19)": [(18, 18), (19, 19)],
}


@pytest.mark.parametrize("condition", sorted(MORE))
def test_a_knob_at_other_qualities_is_emitted_there_and_nowhere_else(condition: str) -> None:
    body = text("h264_qsv").replace(
        "        return [",
        f'        more = ["-bf", "3"] if preset == "slow" and ({condition}) else []\n        return more + [',
    )
    adapter = read(sources(h264_qsv=body)).adapters["h264_qsv"]
    assert shown(adapter) == GOLDEN["h264_qsv"]
    found = [each for each in adapter.emissions if "-bf" in [token.text for token in each.argv]]
    assert {each.preset for each in found} == {"slow"}
    spans = [each.qualities for each in found]
    wanted = {
        quality
        for low, high in MORE[condition]
        for quality in range(0 if low is None else low, (51 if high is None else high) + 1)
    }
    assert {quality for quality in range(52) if any(quality in span for span in spans)} == wanted


PACKAGE_FILES = sorted((Path(__file__).parents[2] / "fixtures/adapters/vmaf-tune-shape/codec_adapters").glob("*.py"))
DATA_BESIDE = [
    "h264_nvenc/presets.json",
    "x264/.gitkeep",
    "libaom/README.md",
    "py.typed",
    "x264.pyi",
    "tests/test_x.py",
]


@pytest.mark.parametrize("name", DATA_BESIDE)
def test_data_beside_a_module_competes_with_nothing(name: str) -> None:
    sources = {f"p/{path.name}": path.read_bytes() for path in PACKAGE_FILES}
    found = read_vmaf_tune(sources, None, frozenset({f"p/{name}"}))
    assert not any(adapter.unresolved for adapter in found.adapters.values())


@pytest.mark.parametrize(
    "name", ["h264_nvenc/__init__.pyc", "h264_nvenc/__init__.abi3.so", "h264_nvenc.so", "h264_nvenc"]
)
def test_what_goes_before_a_module_makes_it_unresolved(name: str) -> None:
    sources = {f"p/{path.name}": path.read_bytes() for path in PACKAGE_FILES}
    found = read_vmaf_tune(sources, None, frozenset({f"p/{name}"}))
    assert found.adapters["h264_nvenc"].unresolved


def test_a_version_in_a_module_of_its_own_is_read() -> None:
    sources = {f"p/{path.name}": path.read_bytes() for path in PACKAGE_FILES}
    for name in ("_version", "__about__"):
        init = sources["p/__init__.py"].replace(
            b"from ._nvenc", b"from .%s import __version__\nfrom ._nvenc" % name.encode()
        )
        found = read_vmaf_tune({**sources, "p/__init__.py": init, f"p/{name}.py": b'__version__ = "1.2"\n'})
        assert not any(adapter.unresolved for adapter in found.adapters.values())
