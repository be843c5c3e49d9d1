"""Files that are whole or not there: written under another name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mtjphys.core.errors import ParameterError


@contextmanager
def replacing(path: str | Path, mark: str = "part") -> Iterator[Path]:
    """Hand out an unfinished name beside `path`, and rename it to `path` when the context ends without an error.

    Whoever reads `path` sees the old file or the new one, never a part; after an error the unfinished file is gone
    and the old one as it was. The unfinished name keeps the suffix, by which writers of figures know the format.

    Parameters
    ----------
    path : str or Path
        The file to be made or replaced; its folder exists.
    mark : str
        What the unfinished name has before its suffix; of its own for each process where several may make the file.

    Yields
    ------
    Path
        Where to write.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder) / "note.txt") as unfinished:
    ...         _ = unfinished.write_text("done")
    ...     print(sorted(file.name for file in Path(folder).iterdir()))
    ['note.txt']
    """
    path = Path(path)
    unfinished = path.with_name(f"{path.stem}.{mark}{path.suffix}")
    try:
        yield unfinished
        with unfinished.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        sync_folder(path.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows the names in a folder, where the system offers that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those that it lies in, where they are not there yet.

    Raises
    ------
    ParameterError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"{folder}: cannot be made ({error.strerror}); name another folder") from None


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def write_bytes(path: str | Path, content: bytes | memoryview, mark: str = "part") -> None:
    """Write a file of bytes, whole or not at all; `mark` as of `replacing`."""
    with replacing(path, mark) as unfinished:
        unfinished.write_bytes(content)


def append_line(path: str | Path, line: str) -> None:
    """Add a line to a text file; whoever is killed meanwhile leaves a last line that is not whole."""
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
