"""A store on the disk: made once, then written shard by shard, each task's record last."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from numpy.typing import NDArray

from mtjphys import __version__
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.files import write_bytes
from mtjphys.core.locking import locked
from mtjphys.core.parameters import parse_toml
from mtjphys.core.sealing import sealed, unsealed
from mtjphys.datasets.products import LANES, Variable
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.store.layout import Tasks, tasks_of
from mtjphys.datasets.store.skeleton import SCHEMA, TASKS, skeleton, variables_of

SPECIFICATION = f"{TASKS}/specification.json"
LOCK = f"{TASKS}/lock"
METADATA = "zarr.json"
UNFINISHED = "unfinished"
"""In the names of files that are being written."""


class Record(NamedTuple):
    """What a task has made.

    Attributes
    ----------
    files : dict
        Bytes and SHA-256 of each shard, by its key.
    failed : dict
        Why devices are missing, by their number.
    notes : tuple of str
        What labels could not be had, and why.
    """

    files: dict[str, tuple[int, str]]
    failed: dict[int, str]
    notes: tuple[str, ...]


class Store:
    """A dataset on the disk.

    Parameters
    ----------
    path : Path
        Folder of the Zarr store.
    specification : Specification
        What it is made of.

    Attributes
    ----------
    tasks : Tasks
        How the lanes are divided.
    variables : dict of Variable
        What the tasks make.
    drawn : dict
        Numbers of all devices.
    """

    def __init__(self, path: Path, specification: Specification) -> None:
        self.path = path
        self.specification = specification
        self.tasks: Tasks = tasks_of(specification)
        self.variables: dict[str, Variable] = variables_of(specification)
        self.drawn = specification.devices.drawn(specification.seed)
        self._metadata: dict[str, bytes] = {}

    @classmethod
    def opened(cls, path: str | Path) -> Self:
        """Return the store that is there; raise `DataError` if there is none."""
        path = Path(path)
        held = read_specification(path)
        if held is None:
            raise DataError(f"{path}: holds no dataset that mtjphys has made; give the folder of one")
        if held["schema"] > SCHEMA:
            raise DataError(
                f"{path}: has version {held['schema']} of the format, this mtjphys knows {SCHEMA}; use a newer one"
            )
        return cls(path, Specification.of_tables(parse_toml(held["specification"]), Path()))  # checked when it began

    # Making it

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Keep other processes from making or repairing the same store; hand out whether the last one was killed."""
        folder = self.path / TASKS
        if self.path.exists() and not self.path.is_dir():
            raise DataError(f"{self.path}: is a file; give the name of a folder, such as one that ends in .zarr")
        if self.path.is_dir() and any(self.path.iterdir()) and not folder.is_dir():
            raise DataError(f"{self.path}: is a folder of something else; give another name")
        if not self.path.parent.is_dir():
            raise DataError(f"{self.path}: the folder {self.path.parent} does not exist; create it first")
        folder.mkdir(parents=True, exist_ok=True)
        killed = (self.path / LOCK).exists()
        try:
            lock = locked(self.path / LOCK)
        except BlockingIOError:
            raise DataError(f"{self.path}: another process is making it; wait until that has ended") from None
        try:
            yield killed
        finally:
            with suppress(OSError):
                os.unlink(self.path / LOCK)
            lock.close()

    def create(self) -> None:
        """Write metadata and coordinates if they are not there; raise if they are those of something else."""
        held = read_specification(self.path)
        begun = (self.path / SPECIFICATION).is_file()
        done = begun or any((self.path / TASKS).glob("[0-9]*.json"))
        if held is not None and done and held["specification_sha256"] != self.specification.digest:
            raise ParameterError(
                f"{self.path}: holds the dataset of another specification; give another name, or remove it first"
            )
        if held is not None and begun:
            if held["mtjphys_version"] != __version__:
                warnings.warn(
                    f"{self.path}: begun by mtjphys {held['mtjphys_version']}, continued by {__version__}; the bits "
                    "may differ from those of one version",
                    MtjphysWarning,
                    stacklevel=3,
                )
            return
        self.write_skeleton(skeleton(self.specification))

    def write_skeleton(self, files: Mapping[str, bytes]) -> None:
        """Write metadata and coordinates, as far as they are not there; that the store has begun is written last."""
        for name, content in files.items():
            target = self.path / name
            if not (target.is_file() and target.read_bytes() == content):
                target.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(target, content, UNFINISHED)
        held = {
            "schema": SCHEMA,
            "mtjphys_version": __version__,
            "specification": self.specification.to_toml(),
            "specification_sha256": self.specification.digest,
            "files": {name: summed(content) for name, content in files.items()},
        }
        write_bytes(self.path / SPECIFICATION, sealed(held), UNFINISHED)

    def write(
        self, task: int, values: Mapping[str, NDArray[Any]], failed: Mapping[int, str], notes: Sequence[str]
    ) -> None:
        """Write the shards of a task, and then its record.

        Parameters
        ----------
        task : int
            Its number.
        values : mapping
            Arrays of its lanes, by the names of the variables that it makes.
        failed, notes
            See `Record`.
        """
        mark = f"{UNFINISHED}-{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}"
        files = {}
        for name, array in values.items():
            variable = self.variables[name]
            key = self.tasks.key(task, name, variable)
            content = self._encoded(task, name, array, key)
            target = self.path / key
            target.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(target, content, mark)
            files[key] = summed(content)
        held = {
            "task": task,
            "files": files,
            "failed": {str(device): reason for device, reason in failed.items()},
            "notes": list(notes),
        }
        write_bytes(self.record_file(task), sealed(held), mark)

    def _encoded(self, task: int, name: str, values: NDArray[Any], key: str) -> memoryview:
        """Return the bytes of a task's shard of an array, whatever else is there."""
        import zarr
        from zarr.buffer.cpu import Buffer
        from zarr.storage import MemoryStore

        if name not in self._metadata:
            self._metadata[name] = (self.path / name / METADATA).read_bytes()
        held: dict[str, Any] = {METADATA: Buffer.from_bytes(self._metadata[name])}
        array: Any = zarr.open_array(MemoryStore(held), mode="r+").with_config({"write_empty_chunks": True})
        ranges = dict(zip(LANES, self.tasks.ranges(task), strict=True))
        region = tuple(ranges.get(dimension, slice(None)) for dimension in self.variables[name].dimensions)
        array[region] = values.astype(self.variables[name].dtype, copy=False)
        return memoryview(held[key.removeprefix(f"{name}/")].as_numpy_array())

    def sweep(self) -> None:
        """Remove what killed processes have left half written."""
        for left in self.path.rglob(f"*.{UNFINISHED}*"):
            left.unlink(missing_ok=True)

    # What is there

    def record_file(self, task: int) -> Path:
        """Return where the record of a task is."""
        return self.path / TASKS / f"{task:08d}.json"

    def record(self, task: int) -> Record | None:
        """Return the record of a task; None if it is not done, or damaged."""
        try:
            content = unsealed(self.record_file(task).read_bytes())
        except FileNotFoundError:
            return None
        if content is None or content["task"] != task:
            return None
        files = {key: (int(size), str(digest)) for key, (size, digest) in content["files"].items()}
        return Record(files, {int(k): str(v) for k, v in content["failed"].items()}, tuple(content["notes"]))

    def is_done(self, task: int) -> bool:
        """Return whether a task has its record, and files of the sizes in it; `verify` reads them."""
        record = self.record(task)
        try:
            return record is not None and all(
                (self.path / key).stat().st_size == size for key, (size, _) in record.files.items()
            )
        except OSError:
            return False

    def forget(self, task: int) -> None:
        """Remove the record of a task, which is then to be done again."""
        self.record_file(task).unlink(missing_ok=True)


def summed(content: bytes | memoryview) -> tuple[int, str]:
    """Return length and SHA-256 of some bytes."""
    return len(content), hashlib.sha256(content).hexdigest()


def read_specification(path: Path) -> dict[str, Any] | None:
    """Return what a store says of itself; where its record is damaged or lost, what its attributes say; else None."""
    import json

    with suppress(OSError):
        if (content := unsealed((path / SPECIFICATION).read_bytes())) is not None:
            return content
    with suppress(OSError, ValueError, KeyError, TypeError):
        attributes = json.loads((path / METADATA).read_bytes())["attributes"]
        text = attributes["specification"]
        if hashlib.sha256(text.encode()).hexdigest() == attributes["specification_sha256"]:
            names = {"schema": "mtjphys_schema", "mtjphys_version": "mtjphys_version"}
            return {key: attributes[name] for key, name in names.items()} | {
                "specification": text,
                "specification_sha256": attributes["specification_sha256"],
                "files": {},
            }
    return None


@lru_cache(maxsize=4)
def store_at(path: str, digest: str) -> Store:
    """Return the store of a specification at a path, kept for the tasks of this process."""
    store = Store.opened(path)
    if store.specification.digest != digest:
        raise DataError(f"{path}: holds another dataset than its tasks are of; begin again")
    return store
