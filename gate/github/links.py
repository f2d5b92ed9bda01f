"""Addresses of a commit's lines on the server that runs the job."""

from __future__ import annotations

from urllib.parse import quote

from gate.report.gfm import Links


def blob_links(server: str, repository: str, commit: str) -> Links:
    """(path, line) -> the page of that line at `commit`; empty for a path that can't be an address of its own.

    Every byte of a path that isn't plain is percent-encoded. A browser resolves `..` before it asks, so that a path
    with such a part could name another repository's page.
    """
    start = f"{server}/{quote(repository)}/blob/{commit}/"

    def address(path: str, line: int) -> str:
        if any(part in {"", ".", ".."} for part in path.split("/")):
            return ""
        try:
            where = quote(path, safe="/", errors="surrogateescape")
        except UnicodeEncodeError:  # half a character, which no file on the server is called
            return ""
        return f"{start}{where}#L{line}" if line > 0 else f"{start}{where}"

    return address
