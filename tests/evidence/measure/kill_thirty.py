"""Kill a real sweep thirty times at random moments; it must end as one that was left alone. Prints what it saw."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.evidence.measure.grids import make_clips, spec_text
from tests.evidence.measure.killing import kill_again_and_again, left_behind, without_times

KILLS = 30


def main(seed: int) -> int:
    """0 where the rows are the same and nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="gate-kill-") as name:
        folder = Path(name)
        make_clips(folder)
        spec = folder / "spec.yaml"
        spec.write_text(spec_text(folder, codecs=_CODECS))
        told = kill_again_and_again(spec, folder / "calm", folder / "killed", kills=KILLS, seed=seed)
        calm, killed = (without_times(folder / each / "sweep.jsonl") for each in ("calm", "killed"))
        left = left_behind(folder / "calm") + left_behind(folder / "killed")
        print(f"seed {seed}: {KILLS} kills, rows on disk after each: {' '.join(map(str, told.rows_after))}")
        print(f"undisturbed {len(calm)} rows, killed {len(killed)} rows, equal: {calm == killed}")
        print(f"left behind: {', '.join(left) or 'nothing'}; statuses {told.statuses}")
        return 0 if calm == killed and not left and told.statuses == (0, 0) else 1


_CODECS = {
    "libx264": {
        "presets": ["ultrafast", "fast", "medium"],
        "rc_modes": {"crf": [22, 24, 26, 28, 30], "vbr": [0.2, 0.25, 0.3]},
        "recipes": {"deblock": {"deblock": "-3:-3"}, "aq2": {"aq-mode": 2}, "psy": {"psy-rd": "2.0:0.0"}},
    }
}


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
