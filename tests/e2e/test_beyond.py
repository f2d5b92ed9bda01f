"""What a verdict doesn't reach is said: dispatchers and watched files, the hull of a new adapter, evidence's limits."""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import PACKAGE, edit

DISPATCH = "tools/encode.py"
CALLS = "from tune.codec_adapters import get_adapter\n\n\ndef argv(key):\n    return get_adapter(key).ffmpeg_codec_args('p4', 23)\n"

NAMED = [
    pytest.param(CALLS, (1, 5), id="imports and calls"),
    pytest.param("import codec_adapters as ca\n", (1,), id="an import of the package"),
    pytest.param("from .. import codec_adapters\n", (1,), id="a relative import"),
    pytest.param("from ..codec_adapters.x264 import X264Adapter\n", (1,), id="an import of one adapter"),
    pytest.param("def f(adapter):\n    return [*adapter.extra_params()]\n", (2,), id="a method of it"),
    pytest.param("def f(a, n='ffmpeg_codec_args'):\n    return getattr(a, n)\n", (1,), id="a method by name"),
    pytest.param("x = (\nadapter.extra_params(", (2,), id="what is no Python (yet)"),
]
SILENT = [
    pytest.param(DISPATCH, "import json\n# codec_adapters, get_adapter()\n", id="only a comment"),
    pytest.param(DISPATCH, "from tune.encoders import make\n", id="another package"),
    pytest.param("tests/test_encode.py", CALLS, id="a test"),
    pytest.param("tools/conftest.py", CALLS, id="fixtures of tests"),
    pytest.param("docs/encode.md", CALLS, id="no Python"),
]


def _checked(gate, project):
    project.commit({})
    return gate("check", "--repo", project.top, "--base", "HEAD~1", "--head", "HEAD", "--format", "json").report


@pytest.mark.parametrize(("text", "lines"), NAMED)
def test_a_changed_file_that_uses_adapters_is_named(project, gate, text, lines):
    project.write({DISPATCH: text})
    report = _checked(gate, project)
    assert report["unread"] == [{"path": DISPATCH, "lines": list(lines), "watched": False}]
    assert report["conclusion"] == "success"
    assert any(f"NOT JUDGED: {DISPATCH} (line" in notice for notice in report["notices"])


@pytest.mark.parametrize(("path", "text"), SILENT)
def test_what_is_not_named(project, gate, path, text):
    project.write({path: text})
    assert _checked(gate, project)["unread"] == []


def test_a_dispatcher_that_is_gone_or_not_committed_is_named_too(project, gate):
    project.commit({DISPATCH: CALLS})
    (project.top / DISPATCH).unlink()
    ended = gate("check", "--repo", project.top, "--base", "HEAD", cwd=project.top)
    assert (ended.status, ended.out.splitlines()[0].startswith("PASSED: no default changed, but a file that uses")) == (
        0,
        True,
    )
    (project.top / DISPATCH).parent.mkdir(exist_ok=True)
    (project.top / "tools/new.py").write_text(CALLS)
    report = gate("check", "--repo", project.top, "--base", "HEAD", "--format", "json", cwd=project.top).report
    assert {file["path"] for file in report["unread"]} == {DISPATCH, "tools/new.py"}


def test_a_watched_file_alone(project, gate):
    project.commit({".github/codec-gate.yml": "watch: ['etc/**']\n", "etc/presets.json": "{}"})
    project.write({"etc/presets.json": "[]"})
    project.commit({})
    ended = gate("check", "--repo", project.top, "--base", "HEAD~1", "--head", "HEAD")
    assert ended.status == 0, ended.err
    first = "PASSED: no default changed, but a watched file did, not judged: etc/presets.json"
    assert " ".join(ended.out.split()).startswith(first)


def test_unwatching_is_looser(project, gate, tmp_path):
    project.commit({".github/codec-gate.yml": "watch: ['etc/**']\n"})
    (tmp_path / "p.yml").write_text("watch: ['lib/**']\n")
    ended = gate("check", "--repo", project.top, "--trust", "HEAD", "--base", "HEAD", "--policy", tmp_path / "p.yml")
    assert (ended.status, "looser than the trusted policy in watch" in ended.err) == (2, True)


def _with_adapter(project, encoder, argv):
    registry, new = '"libx264": X264Adapter(),', f'"libx264": X264Adapter(), "other": Other("other", "{encoder}"),'
    edit(project, f"{PACKAGE}/__init__.py", (registry, new), ("from .x264", "from .other import Other\nfrom .x264"))
    text = (project.top / PACKAGE / "x264.py").read_text().replace("X264Adapter", "Other")
    text = text.replace('("ultrafast", "veryfast", "fast", "medium", "slow", "veryslow")', '("fast", "medium")')
    project.write({f"{PACKAGE}/other.py": text.replace("return ()", f"return ({argv})")})


@pytest.mark.parametrize(
    ("encoder", "argv", "said"),
    [
        ("libx265", "", "on the hulls of libx265 in builtin:measured (measured; each on how many of 9 sources): cbr: "),
        ("libvvenc", "", "no hull entry of libvvenc yet: bare default"),
        ("libx265", '"-pix_fmt", "yuv420p10le", ', "other emits yuv420p10le: the evidence is of clips of 8 bits"),
        ("libx265", '"-profile:v", "main10", ', "other emits main10: the evidence is of clips of 8 bits"),
        ("libx265", '"-color_trc", "smpte2084", ', "other emits smpte2084: the evidence is of clips of 8 bits"),
        ("libx265", '"-x265-params", "hdr10-opt=1:repeat-headers=1", ', "other emits hdr10-opt=1:repeat-headers=1: "),
    ],
)
def test_a_new_adapter(project, gate, encoder, argv, said):
    _with_adapter(project, encoder, argv)
    notices = _checked(gate, project)["notices"]
    assert any(said in notice for notice in notices), json.dumps(notices, indent=1)
    assert any("the evidence is of clips" in notice for notice in notices) is bool(argv)
