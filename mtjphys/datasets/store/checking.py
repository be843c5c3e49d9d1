"""Whether what is on the disk is what was written, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mtjphys.core.machine import available_cores
from mtjphys.core.sealing import unsealed
from mtjphys.datasets.store.skeleton import skeleton
from mtjphys.datasets.store.store import SPECIFICATION, Store, summed


class Damage(NamedTuple):
    """A file that is not what was written.

    Attributes
    ----------
    file : str
        Its name in the store.
    task : int or None
        Which has made it; None of metadata and coordinates.
    reason : str
        What is wrong with it.
    """

    file: str
    task: int | None
    reason: str


class Report(NamedTuple):
    """What was found by reading every file.

    Attributes
    ----------
    path : Path
        The store.
    tasks : int
        How many it has.
    missing : tuple of int
        Tasks that are not done.
    damaged : tuple of Damage
        Files that are not what was written.
    failed : dict
        Why devices are missing, by number.
    notes : tuple of str
        What labels could not be had.
    """

    path: Path
    tasks: int
    missing: tuple[int, ...]
    damaged: tuple[Damage, ...]
    failed: dict[int, str]
    notes: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether all is there and undamaged."""
        return not self.missing and not self.damaged

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.tasks - len(self.missing)} of {self.tasks} shards are made"]
        lines += [f"damaged: {one.file}: {one.reason}" for one in self.damaged]
        lines += [f"failed: device {device}: {reason}" for device, reason in self.failed.items()]
        return "\n".join(lines)


def report_of(store: Store, threads: int | None = None) -> Report:
    """Return what is missing and damaged of a store."""
    damaged = list(damaged_skeleton(store))
    missing: list[int] = []
    failed: dict[int, str] = {}
    notes: list[str] = []
    with ThreadPoolExecutor(threads or available_cores()) as pool:
        tasks = range(store.tasks.total)
        for task, found in zip(tasks, pool.map(lambda task: _damaged_task(store, task), tasks), strict=True):
            damaged += found
            record = store.record(task)
            if record is None:
                missing += [] if found else [task]
            else:
                failed |= record.failed
                notes += record.notes
    return Report(store.path, store.tasks.total, tuple(missing), tuple(damaged), failed, tuple(notes))


def damaged_skeleton(store: Store) -> Iterator[Damage]:
    """Yield what is damaged of metadata and coordinates."""
    try:
        held = unsealed((store.path / SPECIFICATION).read_bytes())
    except OSError:
        held = None
    if held is None:
        yield Damage(SPECIFICATION, None, "is missing, or does not match its checksum")
        sums = {name: summed(content) for name, content in skeleton(store.specification).items()}
    else:
        sums = {name: (size, digest) for name, (size, digest) in held["files"].items()}
    for name, (size, digest) in sums.items():
        if reason := _wrong(store.path / name, size, digest):
            yield Damage(name, None, reason)


def _damaged_task(store: Store, task: int) -> list[Damage]:
    """Return what is damaged of a task."""
    record = store.record(task)
    if record is None:
        name = store.record_file(task)
        return [Damage(str(name.relative_to(store.path)), task, "does not match its checksum")] if name.exists() else []
    wrong = [(key, _wrong(store.path / key, size, digest)) for key, (size, digest) in record.files.items()]
    return [Damage(key, task, reason) for key, reason in wrong if reason]


def _wrong(file: Path, size: int, digest: str) -> str:
    """Return what is wrong with a file, nothing if it is as written."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if len(content) != size:
        return f"has {len(content)} bytes where {size} were written"
    return "" if summed(content)[1] == digest else "does not match its checksum"
