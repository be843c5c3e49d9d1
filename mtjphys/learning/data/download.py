"""Files of public data sets: in a folder of the user's, or downloaded once into a cache."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

from tqdm import tqdm

from mtjphys.core.errors import DataError

DATA_VARIABLE = "MTJPHYS_DATA"
_BLOCK = 2**18
_TIMEOUT = 60.0  # s without an answer


class Remote(NamedTuple):
    """A file to download: its name, the SHA-256 hash of its bytes, and addresses that end in ``/``."""

    name: str
    sha256: str
    mirrors: tuple[str, ...]


def cache_folder() -> Path:
    r"""Return the folder into which data sets are downloaded.

    ``%LOCALAPPDATA%\mtjphys`` on Windows, ``$XDG_CACHE_HOME/mtjphys`` or ``~/.cache/mtjphys`` elsewhere.
    """
    variable, fallback = (
        ("LOCALAPPDATA", Path("AppData", "Local")) if sys.platform == "win32" else ("XDG_CACHE_HOME", Path(".cache"))
    )
    # The specification of XDG tells us to ignore a relative path.
    named = Path(os.environ.get(variable) or "")
    return (named if named.is_absolute() else Path.home() / fallback) / "mtjphys"


def locate(dataset: str, remote: Remote, data_dir: str | Path | None, names: Sequence[str] = ()) -> Path:
    """Return where a file of a data set is; download it if no folder was named and the cache lacks it.

    Parameters
    ----------
    dataset : str
        Name of the data set, and of its folder.
    remote : Remote
        The file as it is distributed.
    data_dir : path or None
        Folder of the user's, which holds the files itself or in a folder `dataset`; nothing is
        downloaded to it. None takes the environment variable MTJPHYS_DATA, then the cache.
    names : sequence of str
        Names that will do as well, and are taken first: what the file unpacks to.

    Returns
    -------
    Path
        An existing file or folder.

    Raises
    ------
    DataError
        If a named folder lacks the file, or it cannot be downloaded.
    """
    given = data_dir if data_dir is not None else os.environ.get(DATA_VARIABLE) or None
    root = cache_folder() if given is None else Path(given).expanduser()
    for folder in (root / dataset, root):
        for name in (*names, remote.name):
            if (folder / name).exists():
                return folder / name
    if given is None:
        return download(remote, root / dataset)
    origin = "data_dir" if data_dir is not None else DATA_VARIABLE
    wanted = " or ".join((remote.name, *names))
    raise DataError(
        f"{root}: holds no {wanted}, nor does its folder {dataset!r}: put the files of {dataset} there, or do "
        f"without {origin} and they are downloaded to {cache_folder()}"
    )


def download(remote: Remote, folder: Path) -> Path:
    """Download a file, check it, and only then give it its name.

    Parameters
    ----------
    remote : Remote
        What, and from where; the mirrors are tried in turn.
    folder : Path
        Where to; made if need be.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    DataError
        If no mirror has sent the right bytes, or the folder cannot be written.
    """
    # A name of its own, so that two processes that start together do not write to one file.
    partial = folder / f"{remote.name}.{os.getpid()}.partial"
    failures = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for mirror in remote.mirrors:
            try:
                digest, received = hashlib.sha256(), 0
                with partial.open("wb") as file:
                    for block in _blocks(mirror + remote.name):
                        digest.update(block)
                        received += file.write(block)
                    file.flush()
                    os.fsync(file.fileno())
            except _NotReceived as failure:
                failures.append(f"{mirror}{remote.name}: {failure}")
                continue
            if digest.hexdigest() == remote.sha256:
                os.replace(partial, folder / remote.name)
                return folder / remote.name
            failures.append(
                f"{mirror}{remote.name}: {received} bytes with the SHA-256 hash {digest.hexdigest()}, expected "
                f"{remote.sha256}"
            )
    except OSError as error:
        raise DataError(f"{folder}: {remote.name} cannot be stored there ({error}): make room") from None
    finally:
        with suppress(OSError):
            partial.unlink()
    raise DataError(
        f"{remote.name} could not be downloaded ({'; '.join(failures)}): try again, or fetch it by hand and name "
        f"its folder in data_dir or {DATA_VARIABLE}"
    )


class _NotReceived(Exception):
    """An address did not answer, or stopped answering."""


def _blocks(url: str) -> Iterator[bytes]:
    """Yield what an address sends, with a progress bar on a terminal."""
    try:
        with urlopen(url, timeout=_TIMEOUT) as answer:
            length = answer.headers.get("Content-Length")
            total = int(length) if length else None
            with tqdm(total=total, desc=url.rpartition("/")[2], unit="B", unit_scale=True, disable=None) as bar:
                while block := answer.read(_BLOCK):
                    yield block
                    bar.update(len(block))
    except (OSError, HTTPException, ValueError) as error:
        raise _NotReceived(str(error) or type(error).__name__) from None
