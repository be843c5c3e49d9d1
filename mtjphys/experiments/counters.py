"""Mean dwell times from the counters of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys import fokker_planck
from mtjphys.bias import Bias
from mtjphys.core.checks import as_thresholds
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.parameters import split_toml
from mtjphys.core.quantity import check_range
from mtjphys.junction import MTJ
from mtjphys.simulation import STATES
from mtjphys.simulation.varied import selectable
from mtjphys.telegraph.intervals import Floats, poisson_interval

if TYPE_CHECKING:
    import xarray as xr


def dwell_times(run: xr.Dataset, *, confidence: float = 0.95, exact: bool = True) -> xr.Dataset:
    r"""Return the mean dwell times of a run that counted with ``thresholds=``, with intervals, beside the exact ones.

    A state is parallel from reaching the upper threshold of m.p until reaching the lower one. With the time T that
    all replicas spent in a state and the number n of stays that ended there,

    .. math:: \hat\tau = T/n,

    which is the maximum of the likelihood :math:`\tau^{-n}e^{-T/\tau}` of exponential stays: one that the end of the
    run cuts off counts with its time, so that long stays are not missed. The first stay counts like any other; start
    in equilibrium (``settle=``) where a replica sees few of them. n is a Poisson number of mean :math:`T/\tau`, whose
    interval is that of chi-square,

    .. math:: \frac{2T}{\chi^2_{2n+2,\,1-a/2}} \le \tau \le \frac{2T}{\chi^2_{2n,\,a/2}},\qquad a = 1 - confidence.

    Stays over a low barrier are not exponential: many short ones, in which m turns back at once, go with few long
    ones. n then varies as :math:`c_v^2` times a Poisson number (renewal theory), :math:`c_v` their standard deviation
    over their mean, and the logarithms of the interval's ends are :math:`\max(1, c_v)` times as far from that of
    :math:`\hat\tau`.

    Parameters
    ----------
    run : xarray.Dataset
        Of `mtjphys.simulate` with ``thresholds=``.
    confidence : float
        Of the intervals, between 0 and 1.
    exact : bool
        Solve the Fokker-Planck equation for the same thresholds as well (`fokker_planck.dwell_times`), which takes up
        to some seconds for each junction and bias.

    Returns
    -------
    xarray.Dataset
        Over (device, bias, state), with the run's coordinates: ``dwell_time``, ``dwell_time_low`` and
        ``dwell_time_high`` (s), without an end of a stay infinite; ``stays`` that ended; ``time_in_state`` (s);
        ``variation``, :math:`c_v`, NaN with fewer than ten stays. With `exact` also ``exact`` (s), NaN where there is
        none, with the reason in its attribute ``note``.

    Raises
    ------
    ParameterError
        If the run has no counters, or `confidence` is outside (0, 1).

    References
    ----------
    D. R. Cox, Renewal Theory, Methuen (1962), section 3.3.

    Examples
    --------
    >>> import mtjphys as mp
    >>> options = dict(duration=2e-7, replicas=64, settle=5e-8, seed=1, thresholds=(-0.5, 0.5))
    >>> times = mp.dwell_times(mp.simulate(mp.presets.schnitzspan_2023(), **options), exact=False)
    >>> bool((times.dwell_time_low < times.dwell_time).all() and (times.dwell_time < times.dwell_time_high).all())
    True
    """
    import xarray as xr

    check_range("confidence", float(confidence), "", 0.0, 1.0, "0.95 is usual", open_low=True, open_high=True)
    if "transitions_into" not in run or not run.attrs.get("thresholds"):
        raise ParameterError(
            "the run has no counters of its stays; simulate a junction with thresholds=(low, high) of m.p, such as "
            "(-0.5, 0.5)"
        )
    share = run.parallel_share.transpose("device", "bias", "replica").values
    entered = run.transitions_into.transpose("device", "bias", "replica", "state").values.sum(axis=2)
    spent = float(run.attrs["duration"]) * np.stack([share, 1.0 - share], axis=-1).sum(axis=2)
    stays = entered[..., ::-1]  # what ends in a state is what enters the other one
    variation = stay_variation(run)
    spread = np.fmax(variation, 1.0)
    fewest, most = poisson_interval(stays, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = spent / stays
        low = np.where(stays > 0, mean * (most / stays) ** -spread, spent / most)
        high = np.where(stays > 0, mean * (stays / fewest) ** spread, np.inf)
    dimensions, seconds = ("device", "bias", "state"), {"units": "s"}
    variables: dict[str, Any] = {
        "dwell_time": (dimensions, mean, seconds),
        "dwell_time_low": (dimensions, low, seconds),
        "dwell_time_high": (dimensions, high, seconds),
        "stays": (dimensions, stays, {"units": "1", "long_name": "stays that ended"}),
        "time_in_state": (dimensions, spent, seconds),
        "variation": (
            dimensions,
            variation,
            {"units": "1", "long_name": "standard deviation of the stays over their mean"},
        ),
    }
    if exact:
        values, note = exact_dwell_times(run)
        variables["exact"] = (dimensions, values, seconds | ({"note": note} if note else {}))
    kept = {
        name: (coordinate.dims, coordinate.values, coordinate.attrs)
        for name, coordinate in run.coords.items()
        if coordinate.dims in (("device",), ("bias",))
    }
    attributes = {"confidence": confidence, "thresholds": run.attrs["thresholds"]}
    return selectable(xr.Dataset(variables, {"state": list(STATES), **kept}, attributes))


def stay_variation(run: xr.Dataset) -> Floats:
    """Return standard deviation over mean of the stays in the histogram of a run, (device, bias, state).

    Parameters
    ----------
    run : xarray.Dataset
        Of `mtjphys.simulate` with ``thresholds=``.

    Returns
    -------
    array
        NaN with fewer than ten stays.
    """
    histogram = run.dwell_histogram.transpose("device", "bias", "replica", "state", "dwell_bin").values.sum(axis=2)
    start, stop = run.dwell_bin_start.values, run.dwell_bin_stop.values
    number = histogram.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = histogram @ (0.5 * (start + stop)) / number
        square = histogram @ ((start**2 + start * stop + stop**2) / 3.0) / number  # uniform in each bin
        variation = np.sqrt(np.maximum(square / mean**2 - 1.0, 0.0))
    return np.asarray(np.where(number < 10, np.nan, variation))


def exact_dwell_times(run: xr.Dataset) -> tuple[Floats, str]:
    """Return the exact dwell times of a run's junctions and biases, (device, bias, state), and why any are missing.

    Parameters
    ----------
    run : xarray.Dataset
        Of `mtjphys.simulate` with ``thresholds=``.

    Returns
    -------
    tuple
        Times in s, NaN where there is none; the reasons in words, empty if there are none.
    """
    junctions = [MTJ.from_toml(text) for text in split_toml("junction", run.attrs["junctions"])]
    biases = [Bias.from_toml(text) for text in split_toml("bias", run.attrs["biases"])]
    thresholds = as_thresholds(json.loads(run.attrs["thresholds"]))
    values = np.full((len(junctions), len(biases), len(STATES)), np.nan)
    notes: list[str] = []
    for place in np.ndindex(values.shape[:2]):
        try:
            values[place] = fokker_planck.dwell_times(junctions[place[0]], biases[place[1]], thresholds)[:2]
        except (ParameterError, SimulationError) as error:
            notes.append(f"device {place[0]}, bias {place[1]}: {error}")
    return values, "; ".join(notes)
