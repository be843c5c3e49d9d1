"""Runs, trainings and datasets that are killed again and again: at random moments, and in the midst of what they write.

As a program, ``python killing.py NAME FOLDER KILLS SEED``, it does so with one of `CASES`, compares with an undisturbed
run, and prints what happened. Processes are forked from one that has compiled everything, so that a kill costs next to
nothing; pytest's own process has threads, which do not survive a fork.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xarray as xr
from small_datasets import MANY, files_of
from small_trainings import assert_same, make
from tqdm import tqdm

import mtjphys as mp
from mtjphys.core import journal
from mtjphys.simulation import storage

JUNCTION = mp.presets.schnitzspan_2023()
TWO_STATES = mp.surrogate.from_measurement([0.0], [2e-6], [1e-6], resistance_parallel=1e3, resistance_antiparallel=2e3)
COMMITS = 0.01  # s, instead of ten

# tqdm's lock is shared by forked processes: one that is killed while it holds it would keep it for ever.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0  # a thread that might hold it at a fork
PIECES = {"mtjphys.simulation.simulator": 2e4, "mtjphys.surrogate.simulator": 2e4}  # steps between two looks


class Run:
    """A run into a file, from where it was to its end."""

    def __init__(self, folder: Path, junction: Any, **options: Any) -> None:
        self.path, self.part = folder / "run.nc", folder / "run.nc.part"
        self.begin = lambda: mp.simulate(junction, output=self.path, threads=2, **options)
        whole = mp.simulate(junction, threads=1, **options)
        self.expected = {name: whole[name] for name in whole.variables}

    def go_on(self) -> None:
        """Start it, or continue it."""
        (mp.resume(self.path) if self.path.exists() or self.part.exists() else self.begin()).close()

    def check_part(self) -> bool:
        """Assert that the file holds the first samples, read by xarray alone; return whether it did so at once."""
        if not self.part.exists():
            return True
        copy = self.path.parent / "copy" / self.part.name
        shutil.copytree(self.path.parent, copy.parent)
        at_once = True
        try:
            self._check(copy)
        except Exception:
            at_once = False
            journal.recover(copy)  # as the next `resume` does
            self._check(copy)
        shutil.rmtree(copy.parent)
        return at_once

    def _check(self, file: Path) -> None:
        # From memory: HDF5 knows files by their inodes, and would take this one for an earlier one that did not open.
        with xr.open_dataset(io.BytesIO(file.read_bytes()), engine="h5netcdf") as run:
            for name, whole in self.expected.items():
                if "time" in whole.dims:
                    first = whole.isel(time=slice(run.sizes["time"]))
                    np.testing.assert_array_equal(run[name].values, first.values, err_msg=name)

    def check(self) -> None:
        """Assert that the file holds what an undisturbed run does, and nothing is left beside it."""
        with mp.resume(self.path) as run:
            for name, whole in self.expected.items():
                np.testing.assert_array_equal(run[name].values, whole.values, err_msg=name)
        assert [file.name for file in self.path.parent.iterdir()] == ["run.nc"]
        self.path.unlink()


class Trained:
    """A training with a checkpoint."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.npz"
        self.whole = self.made()
        self.whole.run(progress=False, threads=1)

    @staticmethod
    def made() -> Any:
        """Return the training before its first update."""
        return make(epochs=60, evaluation_reads=2)

    def go_on(self) -> None:
        """Start it, or continue it."""
        training = self.made()
        if self.path.exists():
            training.load(self.path)
        training.run(progress=False, checkpoint=self.path, checkpoint_every=COMMITS, threads=1)

    def check_part(self) -> bool:
        """Assert that the checkpoint, if there is one, can be loaded."""
        if self.path.exists():
            self.made().load(self.path)
        return True

    def check(self) -> None:
        """Assert that the training is what an undisturbed one is."""
        training = self.made()
        training.load(self.path)
        assert training.finished
        assert_same(training, self.whole)
        self.path.unlink()
        for left in self.path.parent.iterdir():  # of a checkpoint that a kill hit
            assert left.name == "state.part.npz"
            left.unlink()


class Case(Protocol):
    """What can be killed."""

    path: Path

    def go_on(self) -> None: ...

    def check_part(self) -> bool: ...

    def check(self) -> None: ...


class Dataset:
    """A dataset in a store."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "set.zarr"
        self.whole = files_of(mp.datasets.make(MANY, folder.parent / "whole.zarr", threads=1))

    def go_on(self) -> None:
        """Start it, or continue it."""
        mp.datasets.make(MANY, self.path, threads=2)

    def check_part(self) -> bool:
        """Assert that what is said to be done is undamaged, if the store has begun."""
        if (self.path / "tasks" / "specification.json").exists():
            assert not mp.datasets.verify(self.path, threads=1).damaged
        return True

    def check(self) -> None:
        """Assert that the store is byte for byte that of an undisturbed run."""
        found = files_of(self.path)
        assert set(found) == set(self.whole)
        assert found == self.whole
        shutil.rmtree(self.path)


CASES: dict[str, Callable[[Path], Case]] = {
    "one lane": lambda folder: Run(folder, JUNCTION, duration=2e-6, sample_interval=1e-11, settle=2e-7, seed=3),
    "256 lanes": lambda folder: Run(
        folder, JUNCTION, duration=8e-9, sample_interval=1e-11, replicas=256, average=True, seed=4
    ),
    "statistics": lambda folder: Run(
        folder, JUNCTION, duration=3e-6, sample_interval=1e-8, record=(), moments=True, thresholds=(-0.3, 0.3)
    ),
    "two states": lambda folder: Run(folder, TWO_STATES, duration=0.02, sample_interval=1e-6, replicas=8, seed=6),
    "training": Trained,
    "dataset": Dataset,
}


def fork(work: Callable[[], None]) -> int:
    """Run something in a process of its own, which exits with 0 if it succeeds."""
    process = os.fork()
    if process:
        return process
    try:
        work()
    except BaseException as error:
        print(repr(error), file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def ended(process: int) -> bool:
    """Wait for a process, and return whether it came to its end; it may have been killed, but not have failed."""
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    return status == 0


class Operations:
    """Counts what a process does to the disk, and kills it at one of these operations, which is left half done."""

    def __init__(self, fatal: int | None, stream: random.Random) -> None:
        self.done, self.fatal, self.stream = 0, fatal, stream
        write_all = journal.write_all

        def write(file: Any, content: Any) -> None:
            if self.is_fatal():
                write_all(file, memoryview(content)[: self.stream.randrange(len(content) + 1)])
                self.die()
            write_all(file, content)

        journal.write_all = write
        for name in ("fsync", "replace", "unlink"):
            setattr(os, name, self.watched(getattr(os, name)))

    def is_fatal(self) -> bool:
        self.done += 1
        return self.done == self.fatal

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def watched(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            fatal = self.is_fatal()
            if fatal and self.stream.random() < 0.5:
                self.die()
            result = function(*arguments, **options)
            if fatal:
                self.die()
            return result

        return call


def kill(case: Case, kills: int, stream: random.Random) -> dict[str, Any]:
    """Start, kill and continue until as many kills have hit, then compare; return what happened."""
    case.go_on()
    case.check()
    report = case.path.parent.parent / "operations.txt"

    def counted() -> None:
        operations = Operations(None, stream)
        case.go_on()
        report.write_text(str(operations.done), encoding="utf-8")

    begun = time.monotonic()
    assert ended(fork(counted))
    duration, operations = time.monotonic() - begun, int(report.read_text(encoding="utf-8"))
    case.check()
    hits, tries, at_once, chains = {"moment": 0, "operation": 0}, 0, 0, 0
    left = False
    while min(hits.values()) < kills:
        tries += 1
        assert tries < 20 * kills
        way = min(hits, key=lambda name: hits[name])
        if way == "moment":
            process = fork(case.go_on)
            time.sleep(stream.uniform(0.0, duration / 3.0))
            os.kill(process, signal.SIGKILL)
        else:
            fatal, seed = stream.randint(1, max(1, operations // 3)), stream.random()

            def stopped(fatal: int = fatal, seed: float = seed) -> None:
                Operations(fatal, random.Random(seed))
                case.go_on()

            process = fork(stopped)
        if left := not ended(process):
            hits[way] += 1
            at_once += case.check_part()
        else:
            case.check()
            chains += 1
    if left:
        assert ended(fork(case.go_on))
        case.check()
        chains += 1
    return {"hits": hits, "at_once": at_once, "runs": chains, "operations": operations, "seconds": round(duration, 2)}


def killed(name: str, folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Have this program kill a case, and return what it printed."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, __file__, name, str(folder), str(kills), str(seed)]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    report: dict[str, Any] = json.loads(process.stdout)
    return report


def main(name: str, folder: str, kills: str, seed: str) -> None:
    """Kill a case and print what happened."""
    storage.COMMIT_SECONDS = COMMITS
    for module, size in PIECES.items():
        sys.modules[module].CHUNK = size  # type: ignore[attr-defined]
    place = Path(folder) / "files"
    place.mkdir()
    print(json.dumps(kill(CASES[name](place), int(kills), random.Random(int(seed)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
