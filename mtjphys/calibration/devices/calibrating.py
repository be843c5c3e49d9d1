"""Many devices, each calibrated by itself: in threads or on a cluster, kept as they end."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mtjphys.calibration.devices.record import Record, load_record, record_path
from mtjphys.calibration.devices.result import DeviceCalibrations
from mtjphys.calibration.devices.sources import Device, Laboratories, find_devices
from mtjphys.calibration.fitting import calibrate
from mtjphys.calibration.fitting.parameters import as_parameters, candidates
from mtjphys.calibration.fitting.problem import Problem
from mtjphys.calibration.fitting.selection import select
from mtjphys.calibration.measurements import Measurement
from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, MtjphysError, MtjphysWarning, ParameterError
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.core.machine import available_cores
from mtjphys.junction import MTJ, JunctionLike, as_mtj

ASKED = 8
"""Devices that are asked what their data can tell, where nothing is named."""

_LOOK = 0.2  # s, between two looks for Ctrl-C


class Task(NamedTuple):
    """How devices are calibrated.

    Attributes
    ----------
    start : MTJ or None
        Where searches start; None leaves it to the descriptions.
    options : dict
        Arguments of `calibrate` that are given; those of descriptions stand in where they are not.
    """

    start: MTJ | None
    options: dict[str, Any]

    def of(self, device: Device) -> tuple[list[Measurement], MTJ, dict[str, Any]]:
        """Return the measurements of a device, its start and its options."""
        laboratory = device.read()
        start = laboratory.start if self.start is None else self.start
        return laboratory.measurements, start, laboratory.fit | self.options

    def key(self, device: Device) -> str:
        """Return a text that changes with anything that the fit of a device depends on."""
        return _key(*self.of(device))

    def attempt(self, device: Device, checkpoint: Path | None = None) -> tuple[Record, str] | str:
        """Calibrate a device; return what is kept of it with its key, or why it failed."""
        try:
            measurements, start, options = self.of(device)
            fit = calibrate(measurements, start, **options, checkpoint=checkpoint)
            return Record.of(device.name, fit), _key(measurements, start, options)
        except MtjphysError as error:
            return str(error)
        except Exception as error:  # whatever it is, the other devices go on
            return repr(error)


def calibrate_devices(
    laboratories: Laboratories,
    start: JunctionLike | None = None,
    free: Sequence[str] | None = None,
    *,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    starts: int | None = None,
    overdispersion: bool | None = None,
    seed: int | None = None,
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
    ranges, starts, overdispersion, seed
        As for `calibrate`; by default what the descriptions say, else what is default there.
    folder : str or Path, optional
        Where each device is kept as it ends; the same call with it goes on from there.
    scheduler : str or distributed.Client, optional
        A dask cluster to work on, or its address; by default threads of this process. The cluster's machines must see
        the files that descriptions name.
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
    >>> for k, junction in enumerate(mp.Spread(relative={density: 0.05}, seed=1).junctions(nominal, 5)):
    ...     times = cal.DwellTimes(parallel=1.0, antiparallel=1.0, parallel_count=100, antiparallel_count=100)
    ...     wafer[f"die {k}"] = times.replicate(times.predictor(junction), np.random.default_rng(k))
    >>> found = cal.calibrate_devices(wafer, nominal, [density], starts=1)
    >>> spread = found.population.sel(parameter=density)
    >>> bool(spread.spread_low < 0.05 < spread.spread_high)
    True
    >>> len(found.variability.junctions(100))
    100
    """
    devices = find_devices(laboratories)
    given = {"ranges": ranges, "starts": starts, "overdispersion": overdispersion, "seed": seed}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    workers = available_cores() if threads is None else as_count("threads", threads)
    task = Task(None if start is None else as_mtj(start), options)
    free = _free(devices, task) if free is None else free
    if not isinstance(free, (list, tuple)) or not free:
        raise ParameterError(f"free={free!r} is not a list of names, such as ['free_layer.damping']")
    task.options["free"] = list(free)
    kept = None if folder is None else Path(folder) / "devices"
    if kept is not None:
        try:
            kept.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ParameterError(f"{kept}: cannot be made ({error.strerror}); name another folder") from None
    records, failures = _work(devices, task, kept, scheduler, workers, progress)
    if not records:
        name, reason = next(iter(failures.items()))
        raise DataError(f"none of {len(devices)} devices could be calibrated; {name}: {reason}")
    return DeviceCalibrations(tuple(devices), records, failures, tuple(options["free"]))


def _free(devices: Sequence[Device], task: Task) -> list[str]:
    """Return what the descriptions fit, else what the data of any of some devices can tell at their starts."""
    order: list[str] = []
    told: set[str] = set()
    reason = ""
    for k in np.unique(np.linspace(0, len(devices) - 1, min(ASKED, len(devices))).astype(int)):
        try:
            measurements, start, options = task.of(devices[k])
            if "free" in options:
                return list(options["free"])
            names = candidates(start)
            problem = Problem(tuple(measurements), start, as_parameters(start, names, options.get("ranges")))
            if np.isfinite(problem.predict(problem.origin)).all():
                told |= set(select(problem, problem.origin)[0])
                order += [name for name in names if name not in order]
            else:
                reason = f"{devices[k].name}: {problem.failure(problem.origin)}"
        except (MtjphysError, OSError) as error:
            reason = f"{devices[k].name}: {error}"
    if not told:
        raise DataError(
            "the data of no device tell a number of this junction better than its range; name what is free"
            + (f" ({reason})" if reason else "")
        )
    return [name for name in order if name in told]


def _work(
    devices: Sequence[Device], task: Task, kept: Path | None, scheduler: Any, workers: int, progress: bool | None
) -> tuple[dict[str, Record], dict[str, str]]:
    """Calibrate what is not kept yet; return records, and reasons of those that failed, by name."""
    from tqdm import tqdm

    records = {} if kept is None else _kept(devices, task, kept)
    failures: dict[str, str] = {}
    wanted = [device for device in devices if device.name not in records]
    if scheduler is not None:  # its machines work elsewhere
        wanted = [d._replace(source=d.source.resolve()) if isinstance(d.source, Path) else d for d in wanted]
    hidden = None if progress is None else not progress
    bar = tqdm(total=len(devices), initial=len(records), unit="device", disable=hidden, leave=False)
    with deferred_interrupt() as asked, bar, warnings.catch_warnings():
        # What a fit warns of, ties and expansions that bend, is in the table.
        warnings.simplefilter("ignore", MtjphysWarning)
        with _executor(scheduler, workers) as executor:
            searches = (
                {} if kept is None or scheduler is not None else {d.name: _searches(kept, d.name) for d in wanted}
            )
            pending = {executor.submit(task.attempt, d, searches.get(d.name)): d for d in wanted}
            while pending:
                for future in wait(pending, _LOOK, FIRST_COMPLETED).done:
                    name, result = pending.pop(future).name, future.result()
                    if isinstance(result, str):
                        failures[name] = result
                    else:
                        records[name], key = result
                        if kept is not None:
                            records[name].save(kept, key)
                            _searches(kept, name).unlink(missing_ok=True)
                    bar.update()
                if asked.is_set():
                    pending = {future: device for future, device in pending.items() if not future.cancel()}
    if len(records) + len(failures) < len(devices):
        how = "nothing is kept without a folder" if kept is None else f"the same again goes on from {kept.parent}"
        raise KeyboardInterrupt(f"interrupted after {len(records)} of {len(devices)} devices; {how}")
    order = [device.name for device in devices]
    return {name: records[name] for name in order if name in records}, {n: failures[n] for n in order if n in failures}


def _searches(folder: Path, name: str) -> Path:
    """Return the file of a device's searches that have ended, until it is calibrated."""
    return record_path(folder, name).with_suffix(".searches.json")


def _kept(devices: Sequence[Device], task: Task, folder: Path) -> dict[str, Record]:
    """Return the records of devices that were calibrated like this already."""
    records = {}
    for device in devices:
        if record_path(folder, device.name).exists():
            try:
                found = load_record(folder, device.name, task.key(device))
            except (MtjphysError, OSError):
                continue  # it fails, and is told with the others that do
            if found is not None:
                records[device.name] = found
    return records


@contextmanager
def _executor(scheduler: Any, workers: int) -> Iterator[Executor]:
    """Open threads, or a dask cluster where there is one."""
    if scheduler is None:
        with ThreadPoolExecutor(workers) as threads:
            yield threads
        return
    try:
        from distributed import Client
    except ImportError:
        raise MtjphysError("scheduler= needs dask: pip install 'mtjphys[cluster]'") from None
    if isinstance(scheduler, Client):
        yield scheduler.get_executor(pure=False)
        return
    try:
        client = Client(scheduler)
    except (OSError, ValueError, TypeError) as error:
        raise ParameterError(f"scheduler={scheduler!r} is no dask cluster that answers ({error})") from None
    with client:
        yield client.get_executor(pure=False)


def _key(measurements: list[Measurement], start: MTJ, options: dict[str, Any]) -> str:
    return f"{Problem(tuple(measurements), start, ()).fingerprint()} {sorted(options.items())}"
