"""The image built and run: by a real Docker engine, which is started where none is, or by buildah where none may run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

BASE = "docker.io/library/debian:bookworm-slim"
IMAGE = "localhost/codec-gate:test"
_SUITE = "bookworm"
_SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
_CA = Path("/etc/ssl/certs/ca-certificates.crt")


class Engine(Protocol):
    """What builds the Dockerfile and runs the image."""

    def build(self, top: Path) -> None:
        """Build the Dockerfile in `top` as IMAGE, on a base of this machine's own where no registry is reachable."""
        ...

    def size(self, image: str) -> int:
        """Bytes of an image."""
        ...

    @contextmanager
    def container(self, options: Sequence[str], workdir: str) -> Iterator[Sequence[str]]:
        """The command that runs IMAGE's entry point once, as root."""
        ...


def output(*command: str, env: Mapping[str, str] | None = None, given: Any = None) -> str:
    """What a command prints; SystemExit with what it said where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, stdin=given)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Docker:
    """A Docker engine, at `host` where it is one of ours."""

    host: str = ""

    @property
    def env(self) -> dict[str, str]:
        """The environment in which its command line finds it."""
        return {**os.environ, "DOCKER_BUILDKIT": "0", **({"DOCKER_HOST": self.host} if self.host else {})}

    def _docker(self, *args: str) -> str:
        return output("docker", *args, env=self.env)

    def build(self, top: Path) -> None:
        if not self._knows(BASE):
            with debian() as root:
                if root is not None:
                    shutil.copy(_CA, root / "etc/ca.crt")  # what pip needs here; on a path that apt doesn't own
                    (root / "etc/pip.conf").write_text("[global]\ncert = /etc/ca.crt\n")
                    with subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE) as tar:
                        output("docker", "import", "-", BASE, env=self.env, given=tar.stdout)
        self._docker("build", "--quiet", "--network", "host", "--tag", IMAGE, str(top))

    def _knows(self, image: str) -> bool:
        command = ["docker", "image", "inspect", image]
        return not subprocess.run(command, capture_output=True, check=False, env=self.env).returncode

    def size(self, image: str) -> int:
        return int(self._docker("image", "inspect", "--format", "{{.Size}}", image))

    @contextmanager
    def container(self, options: Sequence[str], workdir: str) -> Iterator[Sequence[str]]:
        yield ("docker", "run", "--rm", "--network", "host", "--user", "0", "--workdir", workdir, *options, IMAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buildah:
    """buildah, which needs neither a daemon nor namespaces."""

    env: Mapping[str, str] = field(
        default_factory=lambda: {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
    )

    def _buildah(self, *args: str) -> str:
        return output("buildah", *args, env=self.env)

    def build(self, top: Path) -> None:
        if not self._knows(BASE):
            with debian() as root:
                if root is not None:
                    container = self._buildah("from", "scratch")
                    self._buildah("add", "--quiet", container, str(root), "/")
                    self._buildah("commit", "--quiet", "--rm", container, BASE)
        if self._knows(IMAGE):
            self._buildah("rmi", "--force", IMAGE)
        pull = ["--pull-never"] if self._knows(BASE) else []
        with tempfile.TemporaryDirectory() as folder:
            trust: list[str] = []
            if _CA.is_file():
                (Path(folder) / "pip.conf").write_text("[global]\ncert = /run/ca.crt\n")
                trust = ["--volume", f"{_CA}:/run/ca.crt:ro", "--volume", f"{folder}/pip.conf:/etc/pip.conf:ro"]
            self._buildah("bud", *pull, *trust, "--build-arg", f"BASE={BASE}", "--tag", IMAGE, str(top))

    def _knows(self, image: str) -> bool:
        command = ["buildah", "inspect", "--type", "image", image]
        return not subprocess.run(command, capture_output=True, check=False, env=self.env).returncode

    def size(self, image: str) -> int:
        rows: list[dict[str, Any]] = json.loads(self._buildah("images", "--json"))
        number, unit = str(next(row["size"] for row in rows if image in (row["names"] or ()))).split()
        return int(float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit])

    @contextmanager
    def container(self, options: Sequence[str], workdir: str) -> Iterator[Sequence[str]]:
        described: dict[str, Any] = json.loads(self._buildah("inspect", "--type", "image", IMAGE))
        container = self._buildah("from", "--pull-never", IMAGE)
        try:
            # `buildah run` takes a command in place of the entry point, so the image's own is read from it.
            entry = described["OCIv1"]["config"]["Entrypoint"]
            yield ("buildah", "run", "--user=0", f"--workingdir={workdir}", *options, container, "--", *entry)
        finally:
            self._buildah("rm", container)


@contextmanager
def engine() -> Iterator[Docker | Buildah]:
    """A running Docker engine: the machine's, else one of our own; buildah where none starts."""
    if shutil.which("docker") and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        yield Docker()
        return
    # What was built is kept between runs of one user; the socket is not.
    data = Path(os.environ.get("GATE_ENGINE") or Path(tempfile.gettempdir()) / "codec-gate-engine")
    with tempfile.TemporaryDirectory(prefix="gate-engine-", ignore_cleanup_errors=True) as folder:
        daemon = _daemon(data, Path(folder))
        if daemon is None:
            yield Buildah()
            return
        try:
            yield Docker(host=f"unix://{folder}/docker.sock")
        finally:
            daemon.terminate()
            daemon.wait()
            subprocess.run(["umount", f"{folder}/exec/netns/default"], capture_output=True, check=False)


def _daemon(data: Path, folder: Path) -> subprocess.Popen[bytes] | None:
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        return None
    command = [
        "dockerd", "--storage-driver=overlay2", f"--data-root={data}", f"--exec-root={folder}/exec",
        f"--pidfile={folder}/pid", "-H", f"unix://{folder}/docker.sock",
    ]  # fmt: skip
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    host = {**os.environ, "DOCKER_HOST": f"unix://{folder}/docker.sock"}
    for _ in range(60):
        if daemon.poll() is not None:
            return None
        if not subprocess.run(["docker", "info"], capture_output=True, check=False, env=host).returncode:
            return daemon
        time.sleep(0.5)
    daemon.terminate()
    daemon.wait()
    return None


@contextmanager
def debian() -> Iterator[Path | None]:
    """A minimal Debian from this machine's own mirror; None on another system, where the build pulls its base."""
    mirror = re.search(r"^URIs:\s*(\S+)", _SOURCES.read_text(), re.MULTILINE) if _SOURCES.is_file() else None
    if mirror is None or shutil.which("debootstrap") is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        output("debootstrap", "--variant=minbase", _SUITE, str(root), mirror[1])
        for package in (root / "var/cache/apt/archives").glob("*.deb"):
            package.unlink()
        yield root
