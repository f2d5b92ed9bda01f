"""Documents and their fields: what is read, what is refused and where, and one wording for all of them."""

from __future__ import annotations

import os
from fractions import Fraction

import pytest
from pydantic import BaseModel, Field, ValidationError

from gate.documents import Digest, checked_address, explain, read_bytes, read_document, read_yaml, share, writable
from gate.errors import PolicyError, SampleError, UsageError


@pytest.mark.parametrize(("text", "found"), [("7/9", Fraction(7, 9)), ("14/18", Fraction(7, 9)), ("5", 5), ("1/1", 1)])
def test_a_share_is_a_fraction_of_the_corpus_or_a_number_of_sources(text, found):
    assert share(text, "--structural") == found


@pytest.mark.parametrize("text", ["", "0", "-1", "0/9", "9/7", "7/0", "7/", "/9", "0.5", "half", "1/2/3"])
def test_what_is_no_share_names_the_option(text):
    with pytest.raises(UsageError, match=r"^--structural: is (impossible|neither)"):
        share(text, "--structural")


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (b"a: 1\nb: {c: 1,\n c: 2}\n", "x:3: is not YAML: key 'c' is given twice"),
        (b"a: 1\n1: 2\n1: 3\n", "x:3: is not YAML: key 1 is given twice"),
        (b"a: &x [1]\nb: *x\n", "x:2: is not YAML: aliases are not supported"),
        (b"? [1]\n: 2\n", "x:1: is not YAML: a key is not a plain word"),
        (b"<<: {a: 1}\n", "x:1: is not YAML"),
        (b"a: 1\nb: \xff\n", "x:2: is not UTF-8"),
        (b"[" * 42 + b"]" * 42, "x:1: is too large or nested too deeply"),
        (b"[" * 50_000, "x:1: is nested too deeply"),
        (b"[" + b"1," * 50_001 + b"]", "x:1: is too large"),
    ],
)
def test_what_is_not_strict_yaml_is_refused_alike_whoever_reads_it(contents, said):
    for error in (PolicyError, SampleError):
        with pytest.raises(error) as caught:
            read_yaml(contents, "x", error)
        assert str(caught.value).startswith(said)
        with pytest.raises(error) as caught:
            read_document("x", contents, error)
        assert str(caught.value).startswith(said)


def test_a_file_that_can_not_be_read_is_the_callers_error(tmp_path):
    for error in (PolicyError, SampleError, UsageError):
        with pytest.raises(error, match="can't be read: Is a directory"):
            read_bytes(tmp_path, error)


class Part(BaseModel, extra="forbid"):
    sha256: Digest
    hits: int = Field(1, ge=1)


class Whole(BaseModel, extra="forbid"):
    parts: tuple[Part, ...] = ()
    either: dict[str, int] | int = 0


@pytest.mark.parametrize(
    ("data", "deepest", "path", "said"),
    [
        ({"parts": [{"sha256": "0" * 64, "hits": 0}]}, False, ("parts", 0, "hits"), "parts[0].hits: input should be greater than or equal to 1 (got 0)"),
        ({"parts": [{}]}, False, ("parts", 0, "sha256"), "parts[0].sha256: is missing"),
        ({"parts": [{"sha256": "A" * 64}]}, False, ("parts", 0, "sha256"), "parts[0].sha256: is not a sha256: 64 lower-case hex digits"),
        ({"partz": 1, "either": []}, False, ("either",), "either: input should be a valid dictionary (got []); 2 more"),
        ({"partz": 1}, False, ("partz",), "partz: unknown key"),
        ({"either": {"a": "x"}}, True, ("either", "a"), "either.a: input should be a valid integer, unable to parse string as an integer (got 'x')"),
        (["x" * 99], False, (), f"whole: input should be a valid dictionary or instance of Whole (got ['{'x' * 57}…)"),
    ],
)  # fmt: skip
def test_a_fault_is_said_by_its_key_path(data, deepest, path, said):
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(data)
    assert explain(caught.value, "whole", deepest=deepest) == (path, said)


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r/releases/download/v1/s.parquet",
        "https://example.org:8443/a%20b?x=1",
        "http://localhost:8000/s.parquet",
        "http://127.0.0.1/s.parquet",
        "http://[::1]:8000/s.parquet",
    ],
)
def test_may_be_downloaded_from(url):
    assert checked_address(url) == url


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("http://example.org/s", "only for this machine"),
        ("http://localhost.example.org/s", "only for this machine"),
        ("http://127.0.0.1.example.org/s", "only for this machine"),
        ("ftp://example.org/s", "not an https"),
        ("file:///etc/passwd", "not an https"),
        ("s.parquet", "not an https"),
        ("", "not an https"),
        ("https://", "not an https"),
        ("https:///s", "not an https"),
        ("https://example.org:port/s", "not an https"),
        ("https://[::1/s", "not an https"),
        ("https://me@example.org/s", "user name or password"),
        ("https://me:secret@example.org/s", "user name or password"),
        ("https://example.org\\@127.0.0.1/s", "user name or password"),
        ("https://example.org/a b", "no URL has"),
        ("https://example.org/\n", "no URL has"),
        ("https://exämple.org/s", "no URL has"),
    ],
)
def test_must_not_be_downloaded_from(url, what):
    with pytest.raises(ValueError, match=what):
        checked_address(url)


def test_only_a_regular_file_is_written_over(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("new")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to("pipe")
    for name, real in (("file", "file"), ("link", "file"), ("dangling", "new"), ("none", "none")):
        assert writable(tmp_path / name, UsageError) == (tmp_path / real).resolve()
    for name in ("pipe", "to-pipe", "."):
        with pytest.raises(UsageError, match="is not a regular file, and stays as it is"):
            writable(tmp_path / name, UsageError)
    with pytest.raises(UsageError, match=r"can't be written: .*Not a directory|can't be written"):
        writable(tmp_path / ("x" * 300), UsageError)
