"""A file that one process has at a time; the lock goes with the process, however that ends."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path


def same_file(file: io.FileIO, path: Path) -> bool:
    """Return whether an open file is the one at `path`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def locked(path: Path) -> io.FileIO:
    """Open a file, made if it is missing, for one process alone; raise BlockingIOError if another one has it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        file = io.FileIO(descriptor, "r+b")
        try:
            _lock(file)
            if same_file(file, path):  # whoever had it may have removed it in between
                return file
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: io.FileIO) -> None:
    if sys.platform == "win32":  # two processes that write one file are not noticed there
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a file system without locks
        pass
