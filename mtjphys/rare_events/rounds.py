"""What both methods share: arguments, steps, and rounds of independent repetitions that Ctrl-C may stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mtjphys.bias import Bias
from mtjphys.core.checks import as_choice
from mtjphys.core.errors import ParameterError, SimulationInterrupted
from mtjphys.core.interrupt import Flag, deferred_interrupt
from mtjphys.junction import MTJ, as_mtj
from mtjphys.rare_events.order import Wells
from mtjphys.simulation import STATES, Simulator

GROUPS = 32
"""Independent repetitions in a round; in forward flux sampling one block of lanes each."""

REFINEMENT = 2
"""Steps to one of `mtjphys.simulate`, which is right to 0.5 % in equilibrium moments.

The log of a rate is off by the barrier times as much there, a write error under twice the critical torque by 2.5 %;
both fall as the square of the step.
"""


class Stopped(Exception):
    """Ctrl-C between two pieces of work."""


def checked_junction(junction: Any, bias: Any, initial: Any, relative_error: Any) -> MTJ:
    """Return the junction, or raise if it or what else both methods take is not legal."""
    found = as_mtj(junction)
    if not isinstance(bias, Bias):
        raise ParameterError(f"bias={bias!r} is not a Bias; give one")
    as_choice("initial", initial, STATES)
    if not (isinstance(relative_error, (int, float)) and 1e-3 <= relative_error <= 0.5):
        raise ParameterError(f"relative_error={relative_error!r} is outside [0.001, 0.5]; 0.1 is 10 %")
    return found


def fine_step(junction: MTJ, bias: Bias, interval: float) -> float:
    """Return the step in s, a fraction of an interval."""
    return Simulator(junction, bias, sample_interval=interval).step / REFINEMENT


def settling(junction: MTJ, wells: Wells) -> float:
    """Return the time in s after which magnetisation and temperature have forgotten where they began."""
    return 30.0 * wells.relaxation + (10.0 * junction.heating.time_constant if junction.heating is not None else 0.0)


def rounds_wanted(done: int, value: float, error: float, relative_error: float) -> int:
    """Return the number of rounds that should reach the relative error, judged by those done."""
    return max(done, math.ceil(done * (error / (value * relative_error)) ** 2 * (1.0 - 1e-12)))


@contextmanager
def rounds_with_progress(progress: bool, result: Callable[[], Any]) -> Iterator[tuple[Flag, Any]]:
    """Open the progress bar and hold Ctrl-C back; an interrupted run raises with the `result` so far, or None."""
    from tqdm import tqdm

    with deferred_interrupt() as interrupt, tqdm(total=1, unit=" rounds", disable=not progress) as bar:
        try:
            yield interrupt, bar
        except Stopped:
            done = result()
            text = "before the first estimate" if done is None else f"; so far {done}"
            raise SimulationInterrupted(f"interrupted {text}", done) from None
