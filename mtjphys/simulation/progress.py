"""How far a simulation is: a bar where somebody looks on, and what is to be expected where it takes long."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from numba.core.event import Listener, install_listener

from mtjphys.core.text import human
from mtjphys.simulation.lanes import LaneSimulator

SHORT = 2.0
"""Seconds that pass without a word."""

LONG = 60.0
"""Seconds that are worth a sentence beforehand."""


def watched() -> bool:
    """Return whether somebody looks on: at a terminal or in a notebook."""
    return "ipykernel" in sys.modules or sys.stderr.isatty()


class Compilation(Listener):
    """Says so when a kernel is compiled for the first time, for which nothing can be seen else."""

    told = False

    def on_start(self, event: Any) -> None:
        """Say it once; kernels from the cache are not compiled."""
        if not self.told:
            self.told = True
            print("mtjphys: compiling, once, for some ten seconds", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Do nothing."""


class Progress:
    """A progress bar in samples.

    Parameters
    ----------
    shown : bool, optional
        Default: where somebody looks on, after two seconds. Unless it is False, a sentence on standard error says
        what is to be expected where that is more than a minute.
    simulator : LaneSimulator
        What runs.
    total : int
        Samples in the end.
    """

    def __init__(self, shown: bool | None, simulator: LaneSimulator, total: int) -> None:
        from tqdm import tqdm

        self._simulator = simulator
        self._total = total
        self._first = min(simulator.samples_done, total)
        self._silent = shown is False
        self._began = time.monotonic()
        self._steady: tuple[float, int] | None = None  # when the first samples were there, compiled by then
        shows = watched() if shown is None else shown
        self._open = ExitStack()
        if shows:
            self._open.enter_context(install_listener("numba:compile", Compilation()))
        self._bar = tqdm(
            total=total,
            initial=self._first,
            unit=" samples",
            disable=not shows,
            delay=SHORT if shown is None else 0.0,
            desc=f"{simulator.n_lanes} lanes",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        self._open.close()

    def reached(self, done: int) -> None:
        """Say that `done` samples are done."""
        self._bar.update(done - self._bar.n) if not self._bar.disable else None
        now = time.monotonic()
        if self._steady is None:
            self._steady = now, done
            return
        since, first = self._steady
        if not self._silent and now - since > SHORT and done > first:
            self._silent = True
            whole = now - self._began + (now - since) / (done - first) * (self._total - done)
            if whole > LONG:
                print(f"mtjphys: {self.expected(whole)}; Ctrl-C keeps what is done", file=sys.stderr, flush=True)

    def expected(self, seconds: float) -> str:
        """Return in words how long it takes and how much comes of it."""
        simulator = self._simulator
        numbers = simulator.n_lanes * (len(simulator.record) + 2 * ("m" in simulator.record))
        size = human(8.0 * numbers * (self._total - self._first), "B")
        hours, minutes = divmod(round(seconds / 60.0), 60)
        span = f"{hours} h {minutes} min" if hours else f"{minutes} min"
        return (
            f"about {span} for {self._total - self._first:,} samples of {simulator.n_lanes:,} lanes "
            f"every {human(simulator.sample_interval, 's')}, {size}"
        )
