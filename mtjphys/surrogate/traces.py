"""Two states of simulated traces."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from mtjphys import telegraph
from mtjphys.bias import Bias
from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.core.parameters import split_toml
from mtjphys.junction import MTJ
from mtjphys.kernels.conduction import cosine_of
from mtjphys.kernels.surrogate import ANTIPARALLEL, PARALLEL
from mtjphys.simulation.lanes import STATES
from mtjphys.surrogate.exact import SMALLEST_SEPARATION
from mtjphys.surrogate.fluctuations import DEVIATES
from mtjphys.surrogate.tables import in_words
from mtjphys.surrogate.two_state import TwoState, with_rates

if TYPE_CHECKING:
    import xarray as xr


def from_traces(run: xr.Dataset, *, device: int = 0, **options: Any) -> TwoState:
    """Return the two-state surrogate of simulated traces.

    Parameters
    ----------
    run : Dataset
        Of `mtjphys.simulate` with resistance and voltage recorded, under constant biases that are all combinations of
        some voltages, fields on a line and temperatures, with one series resistance.
    device : int
        Which of its devices.
    **options
        For `telegraph.analyse`, beside ``method="threshold"`` and ``hysteresis=0.6``.

    Returns
    -------
    TwoState
        Dwell times by the analysis, distribution and memory of m.p in each state from the samples.

    Raises
    ------
    ParameterError
        If the biases are no grid, or m.p relaxes less than `SMALLEST_SEPARATION` times as fast in a state as
        between the states.

    Warns
    -----
    MtjphysWarning
        If dwell times are not exponential (p < 1e-4), as those of two states are.

    Examples
    --------
    >>> import mtjphys as mp
    >>> fast = mp.presets.funatsu_2022().with_parameters({"free_layer.interfacial_anisotropy": 1.09e-3})
    >>> run = mp.simulate(fast, duration=2e-5, sample_interval=1e-9, replicas=8, seed=1)
    >>> device = mp.surrogate.from_traces(run)
    >>> device.node_error < 0.15
    True
    """
    junction = MTJ.from_toml(split_toml("junction", run.attrs["junctions"])[device])
    biases = [Bias.from_toml(text) for text in split_toml("bias", run.attrs["biases"])]
    for bias in biases:
        if not bias.is_constant or bias.source != "voltage" or bias.series_resistance != biases[0].series_resistance:
            raise ParameterError("from_traces needs constant voltages behind one series resistance; simulate these")
    points = np.array([bias.bounds()[:5, 0] for bias in biases])
    volts, kelvin = np.unique(points[:, 0]), np.unique(points[:, 4])
    tesla = np.unique(points[:, 1:4], axis=0)
    shape = (volts.size, len(tesla), kelvin.size)
    if math.prod(shape) != len(biases) or len(np.unique(points, axis=0)) != len(biases):
        raise ParameterError(
            f"{len(biases)} biases are not all combinations of {shape[0]} voltages, {shape[1]} fields and {shape[2]} "
            "temperatures; simulate them all, each once"
        )
    dwell, errors, memory = (np.empty((2, *shape)) for _ in range(3))
    smallest = math.inf
    cosines = np.empty((2, *shape, DEVIATES.size))
    lane = junction.lane_parameters()
    for number, point in enumerate(points):
        place = (
            int(np.searchsorted(volts, point[0])),
            int(np.flatnonzero((tesla == point[1:4]).all(axis=1))[0]),
            int(np.searchsorted(kelvin, point[4])),
        )
        block = run.isel(device=device, bias=number).transpose("replica", "time", ...)
        settings: dict[str, Any] = {"method": "threshold", "hysteresis": 0.6} | options
        trace = telegraph.analyse(block, variable="resistance", **settings)
        voltage = block["voltage"].values
        cosine = cosine_of(lane, 1.0 / block["resistance"].values, voltage)
        # The resistance is low in the parallel state.
        for state, stays in ((PARALLEL, trace.dwell_low), (ANTIPARALLEL, trace.dwell_high)):
            if stays.exponential.p_value < 1e-4:
                warnings.warn(
                    f"at {in_words(biases[number])} the dwell times of the {STATES[state]} state are not exponential "
                    f"(p = {stays.exponential.p_value:.1g}), as those of two states are",
                    MtjphysWarning,
                    stacklevel=2,
                )
            at = (state, *place)
            dwell[at] = stays.mean.value
            errors[at] = 1.0 / math.sqrt(max(stays.count, 1))
            inside = trace.states == (state != PARALLEL)
            cosines[at] = np.quantile(cosine[inside], ndtr(DEVIATES))
            pairs = inside[:, 1:] & inside[:, :-1]
            correlation = float(np.corrcoef(cosine[:, :-1][pairs], cosine[:, 1:][pairs])[0, 1])
            memory[at] = -trace.sample_interval / math.log(min(max(correlation, 1e-9), 1.0 - 1e-9))
        separation = 1.0 / (memory[(slice(None), *place)].max() * (1.0 / dwell[(slice(None), *place)]).sum())
        if separation < SMALLEST_SEPARATION:
            raise ParameterError(
                f"two states do not describe this junction at {in_words(biases[number])}: it relaxes in a state only "
                f"{separation:.3g} times as fast as between them; simulate the junction itself"
            )
        smallest = min(smallest, separation)
    return with_rates(
        (volts, tesla, kelvin),
        1.0 / dwell,
        cosines,
        memory,
        resistance_parallel=junction.resistance_parallel,
        tunnel_magnetoresistance=junction.barrier.tunnel_magnetoresistance,
        half_voltage=junction.barrier.half_voltage,
        series_resistance=biases[0].series_resistance,
        two_state_error=1.0 / smallest,
        node_error=float(errors.max()),
        origin=f"simulated traces of {junction.name or 'a junction'}",
    )
