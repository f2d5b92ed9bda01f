"""What root wrote into somebody else's workspace, given to its owner: a self-hosted runner keeps its workspace."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path


def hand_back(workspace: Path, written: Iterable[Path]) -> None:
    """Give what root owns in the folders `written` to the workspace's owner; nothing where this process isn't root.

    A container runs as root. Without this the next job's user could neither delete the reports nor add an object to a
    folder of git's that a fetch has made.

    Raises:
        OSError: a file can't be given away.
    """
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    top = workspace.resolve()
    owner = top.stat()
    if owner.st_uid == 0:
        return
    for place in written:
        folder = place.resolve()
        # A link must not lead to another's files.
        if folder.is_dir() and folder != top and folder.is_relative_to(top):
            for path in _roots(folder):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _roots(folder: Path) -> Iterator[Path]:
    """What root owns of a folder, itself included, links not followed."""
    below = (Path(place, name) for place, folders, files in os.walk(folder) for name in (*folders, *files))
    for path in (folder, *below):
        found = path.lstat()
        # A file with a second name may be one that somebody planted a link to; ours have one.
        if found.st_uid == 0 and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
            yield path
