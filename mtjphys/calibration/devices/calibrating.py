"""Many devices, each calibrated by itself: in threads or on a cluster, kept as they end."""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mtjphys import __version__
from mtjphys.calibration.devices.record import Record, load_record, record_path
from mtjphys.calibration.devices.result import DeviceCalibrations
from mtjphys.calibration.devices.sources import Device, Laboratories, find_devices
from mtjphys.calibration.fitting import calibrate
from mtjphys.calibration.fitting.fit import problem_of
from mtjphys.calibration.fitting.selection import select
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, MtjphysError, MtjphysWarning, ParameterError
from mtjphys.core.files import make_folder
from mtjphys.core.interrupt import Flag, deferred_interrupt
from mtjphys.core.machine import available_cores
from mtjphys.junction import MTJ, JunctionLike, as_mtj

ASKED = 8
"""Devices that are asked what their data can tell, where nothing is named."""

_LOOK = 0.2  # s, between two looks for Ctrl-C


class Task(NamedTuple):
    """What is to be calibrated, and how.

    Attributes
    ----------
    measurements : list of Measurement
        Of one device.
    start : MTJ
        Where the search starts.
    options : dict
        Further arguments of `calibrate`.
    """

    measurements: list[Measurement]
    start: MTJ
    options: dict[str, Any]

    def key(self) -> str:
        """Return a text that changes with anything that the fit depends on."""
        digest = hashlib.sha256(f"{__version__}{self.start.to_toml()}".encode())
        for measurement in self.measurements:
            for item in fields(measurement):
                value = getattr(measurement, item.name)
                digest.update(f"{measurement.kind}.{item.name}".encode())
                digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        return f"{digest.hexdigest()} {sorted(self.options.items())}"

    def attempt(self, name: str, checkpoint: Path | None = None) -> Record | str:
        """Calibrate the device of this name; return what is kept of it, or why it failed."""
        try:
            fit = calibrate(self.measurements, self.start, **self.options, checkpoint=checkpoint)
            return Record.of(name, fit)
        except MtjphysError as error:
            return str(error)
        except Exception as error:  # whatever it is, the other devices go on
            return repr(error)


class Order(NamedTuple):
    """What is given for all devices: a start, or None, and arguments of `calibrate`; descriptions stand in for both."""

    start: MTJ | None
    options: dict[str, Any]

    def task(self, device: Device) -> Task:
        """Return what is to be done for a device."""
        laboratory = device.read()
        start = laboratory.start if self.start is None else self.start
        return Task(laboratory.measurements, start, laboratory.fit | self.options)


def calibrate_devices(
    laboratories: Laboratories,
    start: JunctionLike | None = None,
    free: Sequence[str] | None = None,
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    starts: int | None = None,
    overdispersion: bool | None = None,
    seed: int | None = None,
    forward: str | None = None,
    folder: str | Path | None = None,
    scheduler: Any = None,
    threads: int | None = None,
    progress: bool | None = None,
) -> DeviceCalibrations:
    """Calibrate many devices, and find how they differ.

    Each device is fitted by itself as `calibrate` does it. A device that fails is recorded with its reason, and the
    others go on. All together are a population, see `DeviceCalibrations`.

    Parameters
    ----------
    laboratories : mapping, str or Path
        Measurements, or the path of a description, by the name of the device; a folder that holds descriptions, each
        as ``NAME.toml`` or ``NAME/LAB.toml``; a wafer map, a CSV file with the columns `device`, `laboratory` (path of
        its description, which may be one for all) and, if wanted, `x` and `y`; or a description that stands for several
        devices, by ``{device}`` in the names of its files or a column of devices in them (``columns.device``).
    start : MTJ, str or Path, optional
        Where each search starts; by default what the descriptions say.
    free : list of str, optional
        Numbers of the junction to fit, the same for all devices; by default what the descriptions say, else those that
        the data of any of eight devices can tell.
    ranges, starts, overdispersion, seed, forward
        As for `calibrate`; by default what the descriptions say, else what is default there.
    folder : str or Path, optional
        Where each device is kept as it ends; the same call with it goes on from there.
    scheduler : str or distributed.Client, optional
        A dask cluster to work on, or its address; by default threads of this process. Files are read here.
    threads : int, optional
        Devices that are calibrated at a time; by default as many as there are cores.
    progress : bool, optional
        Whether to show a bar; by default at a terminal.

    Returns
    -------
    DeviceCalibrations
        Table of all devices, population, variability, report.

    Raises
    ------
    ParameterError
        If an argument is illegal.
    DataError
        If no device could be calibrated.
    MtjphysError
        If dask is wanted and not installed.
    KeyboardInterrupt
        At Ctrl-C, after the devices in hand have ended; what is done is kept in `folder`.

    Examples
    --------
    >>> import mtjphys as mp
    >>> import numpy as np
    >>> from mtjphys import calibration as cal
    >>> nominal = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, volume=1e-24, damping=0.02,
    ...                  demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(4e4, (0, 0, 1))))
    >>> density = "free_layer.uniaxial_anisotropy"
    >>> wafer = {}
    >>> for k, junction in enumerate(mp.Spread(relative={density: 0.05}, seed=1).junctions(nominal, 3)):
    ...     times = cal.DwellTimes(parallel=1.0, antiparallel=1.0, parallel_count=100, antiparallel_count=100)
    ...     wafer[f"die {k}"] = times.replicate(times.predictor(junction), np.random.default_rng(k))
    >>> found = cal.calibrate_devices(wafer, nominal, [density], starts=1)
    >>> spread = found.population.sel(parameter=density)
    >>> bool(spread.spread_low < 0.05 < spread.spread_high)
    True
    >>> len(found.variability.junctions(100))
    100
    """
    from tqdm import tqdm

    devices = find_devices(laboratories)
    given = {
        "ranges": ranges,
        "starts": starts,
        "overdispersion": overdispersion,
        "seed": seed,
        "forward": forward,
    }
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    workers = available_cores() if threads is None else as_count("threads", threads)
    order = Order(None if start is None else as_mtj(start), options)
    free = _free(devices, order) if free is None else free
    if not isinstance(free, (list, tuple)) or not free:
        raise ParameterError(f"free={free!r} is not a list of names, such as ['free_layer.damping']")
    order.options["free"] = list(free)
    kept = None if folder is None else Path(folder) / "devices"
    if kept is not None:
        make_folder(kept)
    work = _Work(order, kept, answers=scheduler is None)
    hidden = None if progress is None else not progress
    bar = tqdm(total=len(devices), unit="device", disable=hidden, leave=False)
    with deferred_interrupt() as asked, bar, warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)  # what a fit warns of is in the table
        with _executor(scheduler, workers) as (executor, room):
            work.run(devices, executor, room, asked, bar.update)
    if not work.records:
        name, reason = next(iter(work.failures.items()))
        raise DataError(f"none of {len(devices)} devices could be calibrated; {name}: {reason}")
    names = [device.name for device in devices]
    records = {name: work.records[name] for name in names if name in work.records}
    failures = {name: work.failures[name] for name in names if name in work.failures}
    return DeviceCalibrations(tuple(devices), records, failures, work.remarks, tuple(free))


def _free(devices: Sequence[Device], order: Order) -> list[str]:
    """Return what the descriptions fit, else what the data of any of some devices can tell at their starts."""
    names: list[str] = []
    told: set[str] = set()
    reason = ""
    for k in np.unique(np.linspace(0, len(devices) - 1, min(ASKED, len(devices))).astype(int)):
        try:
            measurements, start, options = order.task(devices[k])
            if "free" in options:
                return list(options["free"])
            problem = problem_of(measurements, start, None, options.get("ranges"), options.get("forward"))
            told |= set(select(problem, problem.origin)[0])
            names += [name for name in problem.names if name not in names]
        except (MtjphysError, OSError) as error:
            reason = f"{devices[k].name}: {error}"
    if not told:
        raise DataError(
            "the data of no device tell a number of this junction better than its range; name what is free"
            + (f" ({reason})" if reason else "")
        )
    return [name for name in names if name in told]


class _Work:
    """Devices that are calibrated one after the other, a few at a time."""

    def __init__(self, order: Order, kept: Path | None, answers: bool) -> None:
        self._order, self._kept, self._answers = order, kept, answers
        self.records: dict[str, Record] = {}
        self.failures: dict[str, str] = {}
        self.remarks: dict[str, str] = {}

    def run(
        self,
        devices: Sequence[Device],
        executor: Executor,
        room: int,
        asked: Flag,
        told: Callable[[], Any],
    ) -> None:
        """Calibrate what is not kept yet; `room` of them at a time."""
        waiting = iter(devices)
        pending: dict[Future[Record | str], tuple[str, str]] = {}
        while True:
            while len(pending) < room and not asked.is_set() and (device := next(waiting, None)) is not None:
                task = self._opened(device)
                if task is None:
                    told()
                else:
                    future = executor.submit(task.attempt, device.name, self._checkpoint(device.name))
                    pending[future] = device.name, task.key()
            if not pending:
                break
            for future in wait(pending, _LOOK, FIRST_COMPLETED).done:
                self._closed(*pending.pop(future), future.result())
                told()
        done = len(self.records) + len(self.failures)
        if done < len(devices):
            how = "nothing is kept without a folder"
            how = how if self._kept is None else f"the same again goes on from {self._kept.parent}"
            raise KeyboardInterrupt(f"interrupted after {done} of {len(devices)} devices; {how}")

    def _opened(self, device: Device) -> Task | None:
        """Return what is to be done for a device; None if nothing is, because it is kept or cannot be read."""
        reader, heard = threading.current_thread(), []

        def hear(message: Any, *rest: Any, **more: Any) -> None:
            if threading.current_thread() is reader:  # fits in hand may warn as well
                heard.append(str(message))

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", MtjphysWarning)
                warnings.showwarning = hear
                task = self._order.task(device)
        except (MtjphysError, OSError) as error:
            self.failures[device.name] = str(error)
            return None
        self.remarks[device.name] = "; ".join(heard)
        found = None if self._kept is None else load_record(self._kept, device.name, task.key())
        if found is not None:
            self.records[device.name] = found
        return task if found is None else None

    def _closed(self, name: str, key: str, result: Record | str) -> None:
        if isinstance(result, str):
            self.failures[name] = result
            return
        self.records[name] = result
        if self._kept is not None:
            result.save(self._kept, key)
            if checkpoint := self._checkpoint(name):
                checkpoint.unlink(missing_ok=True)

    def _checkpoint(self, name: str) -> Path | None:
        """Return the file of the solver's answers about a device, until it is calibrated; none on a cluster."""
        if self._kept is None or not self._answers:
            return None
        return record_path(self._kept, name).with_suffix(".answers.jsonl")


@contextmanager
def _executor(scheduler: Any, workers: int) -> Iterator[tuple[Executor, int]]:
    """Open threads, or a dask cluster where there is one; beside it, how many devices are in hand at a time."""
    if scheduler is None:
        with ThreadPoolExecutor(workers) as threads:
            yield threads, workers
        return
    try:
        from distributed import Client
    except ImportError:
        raise MtjphysError("scheduler= needs dask: pip install 'mtjphys[cluster]'") from None
    try:
        given = isinstance(scheduler, Client)
        client = scheduler if given else Client(scheduler)
    except (OSError, ValueError, TypeError) as error:
        raise ParameterError(f"scheduler={scheduler!r} is no dask cluster that answers ({error})") from None
    with nullcontext() if given else client:
        yield client.get_executor(pure=False), max(2 * sum(client.nthreads().values()), 2)
