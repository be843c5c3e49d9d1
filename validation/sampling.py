"""How the cases sample: equilibrium moments over every step, and decay rates from the autocorrelation."""

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import fokker_planck
from mtjphys.core.errors import MtjphysWarning
from validation.devices import Macrospin
from validation.statistics import SampledMean, autocovariance_sums, jackknife

Array = NDArray[np.float64]

CHUNK = 1024  # samples a lane between two sums


def own_step(spin: Macrospin, **options: Any) -> float:
    """Return the step in s that the integrator chooses for itself."""
    return mp.Simulator(spin.junction, spin.bias, sample_interval=1e-6, **options).step


class Moments(NamedTuple):
    """Time means over every step, one row a lane, and the step in s."""

    first: Array
    second: Array
    step: float


def equilibrium_moments(
    spin: Macrospin,
    lane_steps: float,
    *,
    seed: int,
    lanes: int = 512,
    settle: float = 0.0,
    initial: str | list[float] = "random",
    **options: Any,
) -> Moments:
    """Return <m> and <m m> of `spin` from about `lane_steps` steps in all, after settling for a tenth of them.

    `settle` (s) settles longer. `options` go to the simulator; a warning
    that a given step is too large is what some cases are about, and is not shown.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        interval = options.pop("step", None) or own_step(spin, **options)
        simulator = mp.Simulator(
            spin.junction,
            spin.bias,
            sample_interval=interval,
            step=interval,
            replicas=lanes,
            seed=seed,
            initial=initial,
            record=(),
            moments=True,
            **options,
        )
    steps = max(1, int(lane_steps / lanes))
    simulator.settle(max(settle, 0.1 * steps * simulator.step))
    simulator.advance(steps)
    found = simulator.statistics()
    return Moments(found["m_mean"][1][0, 0], found["m_second_moment"][1][0, 0], simulator.step)


class Decay(NamedTuple):
    """Autocorrelation of m.e and the decay rate read off it."""

    rate: SampledMean  # 1/s
    time: Array  # s
    autocovariance: Array
    first_lag: float  # s, from which on the rate is read


def decay_rate(
    spin: Macrospin,
    component: int,
    relaxations: float,
    *,
    axial: bool,
    seed: int,
    lanes: int = 512,
) -> Decay:
    """Return the slowest decay rate of `spin` from the stationary autocorrelation of one component of m.

    ``rate = ln[C(t1)/C(t2)]/(t2 - t1)``, with C from all pairs of samples of all lanes and its mean removed. Exact
    theory only chooses the lags: t1 is so late that the next eigenvalue has died down to one per cent of its own share,
    which is small, and t2 is one and a half relaxation times later. If the problem is `axial`, the eigenvalues with a
    frequency turn about the axis and are not seen along it. `relaxations` is the simulated time of all lanes together
    in relaxation times.
    """
    slowest, *others = fokker_planck.relaxation_rates(spin.junction, spin.bias, 6).rates
    if axial:
        others = [rate for rate in others if abs(rate.imag) < 1e-6 * abs(rate)]
    slowest, next_rate = slowest.real, others[0].real
    interval = 1.0 / (6.0 * slowest)
    gap = 9
    first = math.ceil(math.log(100.0) / (next_rate - slowest) / interval)
    lags = list(range(first + gap + 1))
    simulator = mp.Simulator(
        spin.junction,
        spin.bias,
        sample_interval=interval,
        replicas=lanes,
        seed=seed,
        initial="random",
        record=("m",),
    )
    simulator.settle(12.0 / slowest)
    chunks = max(1, round(relaxations * 6.0 / lanes / CHUNK))
    per_lane = np.zeros((lanes, len(lags) + 1))
    for _ in range(chunks):
        samples = simulator.advance(CHUNK)["m"][:, :, component]
        per_lane += autocovariance_sums(np.ascontiguousarray(samples), lags) / chunks

    def rate(mean: Array) -> Array:
        centred = mean[:-1] - mean[-1] ** 2
        return np.log(centred[first] / centred[first + gap]) / (gap * interval)

    mean = per_lane.mean(axis=0)
    return Decay(
        rate=jackknife(per_lane, rate),
        time=np.array(lags) * interval,
        autocovariance=mean[:-1] - mean[-1] ** 2,
        first_lag=first * interval,
    )
