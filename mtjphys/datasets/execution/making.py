"""From a specification to a store: begun, or continued after whatever ended it."""

from __future__ import annotations

import errno
import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.core.machine import available_cores
from mtjphys.datasets.execution.cluster import client_of, on_cluster
from mtjphys.datasets.execution.task import fitting, run_task
from mtjphys.datasets.execution.threads import in_threads
from mtjphys.datasets.specification import Specification
from mtjphys.datasets.store.checking import Report, damaged_skeleton, report_of
from mtjphys.datasets.store.netcdf import check_size, is_netcdf, read_netcdf, verify_netcdf, write_netcdf
from mtjphys.datasets.store.reading import open_dataset
from mtjphys.datasets.store.skeleton import check_installed, skeleton
from mtjphys.datasets.store.store import Store
from mtjphys.simulation.names import PART

FEW = 3
"""Warnings of the tasks that are told one by one."""


def make(
    specification: str | Path | Specification,
    store: str | Path,
    *,
    scheduler: Any = None,
    threads: int | None = None,
    progress: bool | None = None,
) -> Path:
    """Make a dataset, or go on with one that was not finished.

    The lanes are divided into tasks by the specification alone; an integration step that it does not give is chosen
    first, for all devices together, which takes about half a millisecond for each device under each bias. A task
    writes its shards, each whole under another name and then renamed, and its record with their checksums last;
    whatever ends the process costs the tasks in hand, and the same call goes on. The same specification gives the
    same bits whichever way, in whatever order and on however many workers it runs.

    Parameters
    ----------
    specification : str, Path or Specification
        TOML file, TOML text, or what was read from one.
    store : str or Path
        Folder of the Zarr store, such as ``set.zarr``; or, for a set below 1 GiB, a netCDF file ``set.nc``, which is
        made in a store ``set.nc.part`` beside it.
    scheduler : str or distributed.Client, optional
        Address of a dask scheduler whose workers see the same files; by default threads of this process.
    threads : int, optional
        Of this process; by default one for each core, and fewer where their samples would fill the memory.
    progress : bool, optional
        Show a progress bar; by default at a terminal or in a notebook, after two seconds.

    Returns
    -------
    Path
        The store.

    Raises
    ------
    ParameterError
        If the specification is wrong, or the store is that of another one.
    DataError
        If the store cannot be written, or another process is making it; what is done is kept.
    KeyboardInterrupt
        At Ctrl-C, once the tasks in hand are done.

    Examples
    --------
    >>> import tempfile
    >>> import mtjphys as mp
    >>> text = '''
    ... name = "small"
    ... [devices]
    ... junction = "schnitzspan_2023"
    ... count = 2
    ... parameters = {"free_layer.damping" = {kind = "uniform", low = 0.01, high = 0.03}}
    ... [engine]
    ... duration = 1e-8
    ... sample_interval = 1e-9
    ... [keep.traces]
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = mp.datasets.make(text, f"{folder}/small.zarr")
    ...     with mp.datasets.open(path) as found:
    ...         print(dict(found.resistance.sizes))
    {'device': 2, 'bias': 1, 'replica': 1, 'time': 10}
    """
    if not isinstance(specification, Specification):
        specification = Specification.from_toml(specification)
    specification = specification.settled()
    check_installed()
    if is_netcdf(store):
        return _netcdf(specification, Path(store), scheduler, threads, progress)
    target = Store(Path(store), specification)
    with writing(target), target.alone() as killed:
        target.create()
        for damage in damaged_skeleton(target):
            raise DataError(
                f"{target.path}: {damage.file} {damage.reason}; mtjphys dataset verify {target.path} --repair mends it"
            )
        left = [task for task in range(target.tasks.total) if not target.is_done(task)]
        run(target, left, scheduler, threads, progress)
        if left or killed:
            target.sweep()
    return target.path


def _netcdf(
    specification: Specification, path: Path, scheduler: Any, threads: int | None, progress: bool | None
) -> Path:
    check_size(path, specification)
    if path.exists():
        with read_netcdf(path) as found:
            if found.attrs["specification_sha256"] != specification.digest:
                raise ParameterError(f"{path}: holds the dataset of another specification; give another name")
        return path
    part = make(
        specification, path.with_name(path.name + PART), scheduler=scheduler, threads=threads, progress=progress
    )
    store = Store.opened(part)
    with writing(store), open_dataset(part) as found:
        write_netcdf(store, found, path)
    shutil.rmtree(part)
    return path


def run(target: Store, tasks: Sequence[int], scheduler: Any, threads: int | None, progress: bool | None) -> None:
    """Make some tasks of a store; raise KeyboardInterrupt if Ctrl-C has stopped it before the last."""
    from tqdm import tqdm

    from mtjphys.simulation.progress import SHORT, watched

    if not tasks:
        return
    arguments = str(target.path.absolute()), target.specification.digest
    cores = available_cores() if threads is None else as_count("threads", threads)
    shown = watched() if progress is None else progress
    done = target.tasks.total - len(tasks)
    with (
        few_warnings(target.path),
        deferred_interrupt() as interrupt,
        nullcontext() if scheduler is None else client_of(scheduler) as client,
        tqdm(
            total=target.tasks.total,
            initial=done,
            desc=target.specification.name,
            unit=" shards",
            disable=not shown,
            delay=SHORT if progress is None else 0.0,
        ) as bar,
    ):
        if client is None:
            number = min(cores, fitting(target.specification, target.tasks))
            ended = in_threads(lambda task: run_task(*arguments, task), tasks, number, interrupt.is_set)
        else:
            ended = on_cluster(run_task, arguments, tasks, client, interrupt.is_set)
        for _ in ended:
            done += 1
            bar.update()
    if done < target.tasks.total:
        raise KeyboardInterrupt(
            f"interrupted after {done} of {target.tasks.total} shards of {target.path}; the same call goes on with it"
        )
    lost = sum(not target.is_done(task) for task in tasks)
    if lost:
        raise DataError(
            f"{target.path}: {lost} shards were made and are not there; let all workers write to the same file system, "
            "and make it again"
        )


@contextmanager
def few_warnings(path: Path) -> Iterator[None]:
    """Keep what the tasks of this process warn of until they are done, and then say some of it."""
    told: dict[str, int] = {}
    with warnings.catch_warnings():
        show = warnings.showwarning

        def keep(message: Any, category: type[Warning], *place: Any) -> None:
            if issubclass(category, MtjphysWarning):
                told[str(message)] = told.get(str(message), 0) + 1
            else:
                show(message, category, *place)

        warnings.simplefilter("always", MtjphysWarning)
        warnings.showwarning = keep  # type: ignore[assignment]
        yield
    for message in list(told)[:FEW]:
        warnings.warn(f"{path}: {message}", MtjphysWarning, stacklevel=4)
    if len(told) > FEW:
        warnings.warn(f"{path}: {sum(told.values())} warnings, of which these were some", MtjphysWarning, stacklevel=4)


@contextmanager
def writing(target: Store) -> Iterator[None]:
    """Turn what the system says of a store that cannot be written into one sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        what = "the disk is full" if full else f"cannot be written ({error.strerror or error})"
        raise DataError(
            f"{target.path}: {what}; what is done is kept, the same call goes on once there is space"
            if full
            else f"{target.path}: {what}; what is done is kept, and the same call goes on"
        ) from None


def repair(
    path: str | Path, *, scheduler: Any = None, threads: int | None = None, progress: bool | None = None
) -> Report:
    """Make just those shards again that are damaged or missing, to the same bits.

    Parameters
    ----------
    path : str or Path
        Folder of the store.
    scheduler, threads, progress
        As of `make`.

    Returns
    -------
    Report
        What was missing and damaged.

    Raises
    ------
    DataError
        If there is no dataset at `path`, it no longer says of what, cannot be written, or another process is at it.
    """
    if is_netcdf(path):
        return _repair_netcdf(Path(path), scheduler, threads, progress)
    target = Store.opened(path)
    with writing(target), target.alone():
        report = report_of(target, threads)
        if any(one.task is None for one in report.damaged):
            target.write_skeleton(skeleton(target.specification))
        tasks = sorted({one.task for one in report.damaged if one.task is not None} | set(report.missing))
        for task in tasks:
            target.forget(task)
        run(target, tasks, scheduler, threads, progress)
        target.sweep()
    return report


def _repair_netcdf(path: Path, scheduler: Any, threads: int | None, progress: bool | None) -> Report:
    report = verify_netcdf(path)
    if not report.is_whole:
        with read_netcdf(path) as found:
            specification = Specification.from_toml(found.attrs["specification"])
        kept = path.with_name(path.stem + ".damaged" + path.suffix)
        os.replace(path, kept)
        _netcdf(specification, path, scheduler, threads, progress)
        kept.unlink()
    return report
