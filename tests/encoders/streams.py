"""What real FFmpeg makes of an argv: digests of a small clip's streams, one thread, kept in a cache."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

REFUSED = "refused"
_FRAMES = {"libaom-av1": (12, 6), "libvvenc": (12, 6)}
_SEI = {
    "libx264": "filter_units=remove_types=6",
    "libx264rgb": "filter_units=remove_types=6",
    "libx265": "filter_units=remove_types=39-40",
}
_MOVING = "testsrc2=s=160x112:r=25,noise=alls=10:allf=t:all_seed=3,crop=96:64:x=n:y=n/2"
_OTHER = "mandelbrot=s=96x64:r=25:start_scale=0.4"


def find_ffmpeg() -> str:
    """The FFmpeg of the development tools."""
    import imageio_ffmpeg  # type: ignore[import-untyped]  # noqa: PLC0415 - a development tool

    return str(imageio_ffmpeg.get_ffmpeg_exe())


class Encoders:
    """Digests by encoder and argv, remembered in the folder `cache` per FFmpeg.

    Each encode has one thread and an empty folder. A digest is of the packets, SEI aside, which holds the options.
    """

    def __init__(self, ffmpeg: str, cache: Path) -> None:
        self._ffmpeg = ffmpeg
        said = subprocess.run([ffmpeg, "-version"], capture_output=True, check=True, text=True).stdout
        self.version = said.split()[2]
        self._cache = cache / f"{hashlib.sha256(f'{said}{_MOVING}{_OTHER}'.encode()).hexdigest()[:12]}.json"
        self._known: dict[str, str] = json.loads(self._cache.read_text()) if self._cache.exists() else {}
        self.encoded = 0

    def stream(self, encoder: str, argv: Sequence[str]) -> str:
        """The stream's digest; `REFUSED` where FFmpeg doesn't take this argv."""
        key = json.dumps([encoder, *argv])
        if key not in self._known:
            self._known[key] = self._encode(encoder, argv)
            self.encoded += 1
            if self.encoded % 50 == 0:
                self.save()
        return self._known[key]

    def repeats(self, encoder: str, argv: Sequence[str], times: int) -> bool:
        """Whether each of `times` encodes gives the stream that the first one gave."""
        return all(self._encode(encoder, argv) == self.stream(encoder, argv) for _ in range(times))

    def save(self) -> None:
        """Keep what was encoded."""
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        half = self._cache.with_suffix(f".{os.getpid()}")
        half.write_text(json.dumps(self._known))
        half.replace(self._cache)

    def _encode(self, encoder: str, argv: Sequence[str]) -> str:
        moving, other = _FRAMES.get(encoder, (36, 16))
        graph = f"{_MOVING},trim=end_frame={moving},format=yuv420p[a];{_OTHER},trim=end_frame={other},format=yuv420p[b];[a][b]concat"
        command = [
            *(self._ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-filter_threads", "1", "-f", "lavfi"),
            *("-i", graph, "-map", "0:v", "-threads", "1", "-c:v", encoder, *argv),
            *(["-bsf:v", _SEI[encoder]] if encoder in _SEI else []),
            *("-f", "streamhash", "-hash", "md5", "-"),
        ]
        with tempfile.TemporaryDirectory() as folder:
            try:
                done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, check=False)
            except subprocess.TimeoutExpired:
                return REFUSED
        return done.stdout.strip() if done.returncode == 0 and "MD5=" in done.stdout[:20] else REFUSED
