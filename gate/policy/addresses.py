"""Which addresses the gate downloads from: https only, and http on this machine, without a name or password inside."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_address(url: str) -> str:
    """`url` as it stands, where the gate may download from it.

    Raises:
        ValueError: it may not; says what is wrong, in words that follow the key's name.
    """
    if not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("holds a character that no URL has: percent-encode it")
    parts = _parts(url)
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password: what is pinned by digest must be readable by anyone")
    if not parts.hostname or parts.scheme not in {"https", "http"}:
        raise ValueError("is not an https:// address")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("is not an https:// address (http:// is only for this machine)")
    return url


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - a port that is no number is found out when it is asked for
    except ValueError:
        raise ValueError("is not an https:// address") from None
    return parts
