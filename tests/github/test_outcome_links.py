"""Addresses of lines: whatever a path holds, they stay on the judged commit's pages."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.github.outcome import blob_links
from gate.report.gfm import place

SHA = "0123456789abcdef0123456789abcdef01234567"
START = f"https://github.com/o/r/blob/{SHA}/"
LINKS = blob_links("https://github.com", "o/r", SHA)


@pytest.mark.parametrize(
    ("path", "line", "address"),
    [
        ("a/b.py", 12, f"{START}a/b.py#L12"),
        ("a/b.py", 0, f"{START}a/b.py"),
        ("a b(c)|`d`.py", 1, f"{START}a%20b%28c%29%7C%60d%60.py#L1"),
        ("a?x=1#L9.py", 1, f"{START}a%3Fx%3D1%23L9.py#L1"),
        ("100%2F.py", 1, f"{START}100%252F.py#L1"),
        ("\n::error::x", 1, f"{START}%0A%3A%3Aerror%3A%3Ax#L1"),
        ("ü.py", 1, f"{START}%C3%BC.py#L1"),
        ("\udcff.py", 1, f"{START}%FF.py#L1"),
        ("\ud800.py", 1, ""),
        ("../../../stranger/r/blob/main/x", 1, ""),
        ("a/../b", 1, ""),
        ("./a", 1, ""),
        ("/a", 1, ""),
        ("", 1, ""),
    ],
)
def test_the_address_of_a_line(path, line, address):
    assert LINKS(path, line) == address


@given(st.text(), st.integers(1, 10**6))
def test_an_address_is_of_this_path_and_markdown_takes_it_whole(path, line):
    address = LINKS(path, line)
    if address:
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("https", "github.com", "", f"L{line}")
        assert unquote_to_bytes(parts.path.removeprefix(urlsplit(START).path)).decode() == path
        assert place(path, line, LINKS).endswith(f"]({address})")


def test_a_server_without_https_gets_no_links():
    assert "](" not in place("a.py", 1, blob_links("http://127.0.0.1:9", "o/r", SHA))
