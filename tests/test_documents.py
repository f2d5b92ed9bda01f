"""Addresses that a policy may name, and ones that it must not."""

from __future__ import annotations

import pytest

from gate.documents import checked_address


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
