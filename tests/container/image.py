"""The image: a base made where no registry is reachable, and the Dockerfile built on it by buildah."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BASE = "docker.io/library/debian:bookworm-slim"
IMAGE = "localhost/codec-gate:test"
_SUITE = "bookworm"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_CA = Path("/etc/ssl/certs/ca-certificates.crt")
_ENVIRONMENT = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}


def buildah(*args: str) -> str:
    """Run buildah; what it printed.

    Raises:
        SystemExit: it failed; with what it said.
    """
    done = subprocess.run(["buildah", *args], capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        raise SystemExit(f"buildah {' '.join(args[:2])} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """The environment that lets buildah work without a daemon or user namespaces."""
    return {**os.environ, **_ENVIRONMENT}


def build(top: Path) -> str:
    """Build the Dockerfile in `top`; the image's name."""
    if not _known(BASE):
        _make_base()
    if _known(IMAGE):
        buildah("rmi", "--force", IMAGE)
    with tempfile.TemporaryDirectory() as folder:
        pull = ["--pull-never"] if _known(BASE) else []
        buildah("bud", *pull, *_certificates(Path(folder)), "--build-arg", f"BASE={BASE}", "--tag", IMAGE, str(top))
    return IMAGE


def over_base() -> int:
    """Bytes that the image adds to its base."""
    return _size(IMAGE) - _size(BASE)


def entry_point(image: str) -> Sequence[str]:
    """What the image says that it runs."""
    described: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", image))
    return list(described["OCIv1"]["config"]["Entrypoint"])


def _known(image: str) -> bool:
    return not subprocess.run(
        ["buildah", "inspect", "--type", "image", image], capture_output=True, check=False, env=environment()
    ).returncode


def _size(image: str) -> int:
    rows: list[dict[str, Any]] = json.loads(buildah("images", "--json"))
    shown = next(row["size"] for row in rows if image in (row["names"] or ()))
    number, unit = str(shown).split()
    return int(float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit])


def _make_base() -> None:
    """A minimal Debian from this machine's own mirror; on another system the build pulls the base from its registry."""
    if not _SOURCES.is_file() or shutil.which("debootstrap") is None:
        return
    mirror = re.search(r"^URIs:\s*(\S+)", _SOURCES.read_text(), re.MULTILINE)
    if mirror is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        done = subprocess.run(
            ["debootstrap", "--variant=minbase", _SUITE, str(root), mirror[1]],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"debootstrap failed:\n{done.stdout[-2000:]}")
        for package in (root / "var/cache/apt/archives").glob("*.deb"):
            package.unlink()
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, str(root), "/")
        buildah("commit", "--quiet", "--rm", container, BASE)


def _certificates(folder: Path) -> Sequence[str]:
    """This machine's certificates for pip in the build; on a path of its own, since apt owns the usual one."""
    if not _CA.is_file():
        return ()
    config = folder / "pip.conf"
    config.write_text("[global]\ncert = /run/ca.crt\n")
    return ("--volume", f"{_CA}:/run/ca.crt:ro", "--volume", f"{config}:/etc/pip.conf:ro")
