"""Files of public data sets: in a folder of the user's, or downloaded once into a cache."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mtjphys.core.errors import DataError

DATA_VARIABLE = "MTJPHYS_DATA"
_TIMEOUT = 60.0  # s without an answer


class Remote(NamedTuple):
    """A file to download: its name, the SHA-256 hash of its bytes, and addresses that end in ``/``."""

    name: str
    sha256: str
    mirrors: tuple[str, ...]


def cache_folder() -> Path:
    """Return the folder into which data sets are downloaded: ``mtjphys`` where the platform keeps caches."""
    import pooch

    return Path(pooch.os_cache("mtjphys"))


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
    import pooch
    from requests import RequestException
    from tqdm import tqdm

    failures = []
    for mirror in remote.mirrors:
        url = f"{mirror}{remote.name}"
        # On a terminal only; pooch sets the total, but takes a bar of nothing for none.
        bar = tqdm(desc=remote.name, total=1, unit="B", unit_scale=True, disable=None)
        try:
            with bar, _silent():
                downloader = pooch.HTTPDownloader(progressbar=bar, timeout=_TIMEOUT)
                path = pooch.retrieve(url, f"sha256:{remote.sha256}", remote.name, folder, downloader=downloader)
            return Path(path)
        except RequestException as error:
            failures.append(f"{url}: {_reason(error)}")
        except ValueError:
            failures.append(f"{url}: what came has not the published SHA-256 hash, {remote.sha256}")
        except OSError as error:
            raise DataError(f"{folder}: {remote.name} cannot be stored there ({error}): make room") from None
    raise DataError(
        f"{remote.name} could not be downloaded ({'; '.join(failures)}): try again, or fetch it by hand and name "
        f"its folder in data_dir or {DATA_VARIABLE}"
    )


def _reason(error: Exception) -> str:
    """Return in a few words why there was no answer, or no whole one."""
    from requests import ConnectionError, HTTPError, Timeout

    if isinstance(error, HTTPError) and error.response is not None:
        return f"the answer was {error.response.status_code} {error.response.reason}"
    if isinstance(error, Timeout):
        return f"no answer in {_TIMEOUT:g} s"
    if isinstance(error, ConnectionError):
        return "no connection"
    return f"the answer broke off ({type(error).__name__})"


@contextmanager
def _silent() -> Iterator[None]:
    """Let pooch say nothing of what goes well."""
    import pooch

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
