"""Junctions in series: what drives each, and what is read across all."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.junction import Series

STACK = mp.presets.schnitzspan_2023()
CHAIN = [STACK.with_parameters({"barrier.tunnel_magnetoresistance": ratio}) for ratio in (0.5, 1.0, 1.5)]
MEANS = [STACK.resistance_parallel * (1.0 + 0.5 * ratio) for ratio in (0.5, 1.0, 1.5)]


def test_each_junction_sees_the_resistor_and_the_mean_of_the_others():
    bias = mp.Bias(voltage=0.3, series_resistance=1e4, temperature=310.0)
    biases = Series(CHAIN, bias).biases()
    for place, each in enumerate(biases):
        assert each.series_resistance == pytest.approx(1e4 + sum(MEANS) - MEANS[place], rel=1e-12)
        assert each.model_copy(update={"series_resistance": 1e4}) == bias
    current = mp.Bias(current=1e-6)
    assert Series(CHAIN, current).biases() == [current] * 3


@pytest.mark.parametrize("resistor", [0.0, 1e4])
def test_a_chain_is_read_as_a_divider(resistor):
    # R_i in any state, each behind the source with the mean of the others: V_i = U R_i/(R_i + R_beside).
    resistance = np.array([[1.0e4, 1.2e4], [1.5e4, 1.1e4], [1.3e4, 2.0e4]])
    chain = Series(CHAIN, mp.Bias(voltage=0.3, series_resistance=resistor))
    beside = np.array([chain.resistance_beside(place) for place in range(3)])[:, None]
    voltage, total = chain.read(0.3 * resistance / (resistance + beside), resistance)
    np.testing.assert_allclose(total, resistance.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(voltage, 0.3 * total / (total + resistor), rtol=1e-12)


def test_a_current_makes_the_sum_of_the_voltages():
    resistance = np.array([[1.0e4], [1.5e4], [1.3e4]])
    voltage, total = Series(CHAIN, mp.Bias(current=2e-6)).read(2e-6 * resistance, resistance)
    np.testing.assert_allclose(voltage, 2e-6 * total, rtol=1e-12)


@pytest.mark.parametrize("junctions", [[], [STACK] * 33, STACK])
def test_what_is_no_chain_is_refused(junctions):
    with pytest.raises(ParameterError, match="is not a chain: give a list of 1 to 32 junctions"):
        Series(junctions, mp.Bias())
