"""Files that survive a power cut.

POSIX: a rename is atomic, and it is durable once its folder is synced.
"""

import os
from pathlib import Path


def write_durably(file: Path, data: bytes, mode: int | None = None) -> None:
    """Put a file in place: after a crash it is there whole, or it is as it was before.

    mode  its permissions, from before the first byte on; None for those that new files have

    Raises OSError.
    """
    make_folder(file.parent)
    temporary = file.with_name(f".{file.name}.tmp")
    with temporary.open("wb") as written:
        if mode is not None:
            os.fchmod(written.fileno(), mode)
        written.write(data)
        written.flush()
        os.fsync(written.fileno())
    os.replace(temporary, file)
    sync_folder(file.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably; nothing happens where it is there."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk holds what names stand in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_if_any(file: Path) -> bytes | None:
    """Return a file's bytes, None if there is no such file."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
