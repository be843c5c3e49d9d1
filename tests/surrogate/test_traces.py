"""Two states from simulated traces."""

import warnings

import numpy as np
import pytest
from two_state_devices import axial

import mtjphys as mp
from mtjphys import fokker_planck, surrogate
from mtjphys.core.errors import MtjphysWarning, ParameterError


def test_from_traces_finds_the_rates_of_a_simulated_junction():
    junction = axial(4.0, damping=0.3, torque=0.01)
    biases = [mp.Bias(voltage=v) for v in (-0.05, 0.0, 0.05)]
    run = mp.simulate(junction, biases, duration=2e-6, sample_interval=1e-10, replicas=16, seed=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        device = surrogate.from_traces(run, hysteresis=0.6)
    assert device.origin == "simulated traces of axial"
    assert 0.01 < device.node_error < 0.1
    for bias in biases:
        levels = [m * (1.0 - 0.4) for m in (-1.0, 1.0)]
        exact = fokker_planck.dwell_times(junction, bias, thresholds=tuple(levels))
        found = device.rates(bias)
        # The thresholds stand at the levels' midpoint +- 0.3 of their distance in ohm, not in m.p.
        np.testing.assert_allclose(found, [1 / exact.parallel, 1 / exact.antiparallel], rtol=0.25)
    again = mp.simulate(device, biases[1], duration=1e-5, sample_interval=1e-10, seed=1)
    np.testing.assert_allclose(again.resistance.mean(), run.resistance[0, 1].mean(), rtol=0.05)


def test_from_traces_refuses_what_has_no_two_states_or_is_no_grid():
    run = mp.simulate(axial(1.0), duration=1e-7, sample_interval=1e-10, replicas=8, seed=3)
    with warnings.catch_warnings(), pytest.raises(ParameterError, match="relaxes in a state only"):
        warnings.simplefilter("ignore", MtjphysWarning)
        surrogate.from_traces(run)
    biases = [mp.Bias(voltage=v, temperature=t) for v, t in ((0.0, 300.0), (0.1, 300.0), (0.1, 310.0))]
    run = mp.simulate(axial(), biases, duration=1e-9)
    with pytest.raises(ParameterError, match="3 biases are not all combinations of 2 voltages, 1 fields and 2"):
        surrogate.from_traces(run)
