"""The summing node: its law and its limits."""

import numpy as np
import pytest
from noise_checks import check_source
from noise_circuits import FAST, LIVE, junction

import mtjphys as mp
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import (
    JunctionNoise,
    SummingNode,
    TelegraphNoise,
)


def test_the_node_adds_the_current_of_the_junction():
    resistances = junction().resistances(20, 5)
    np.testing.assert_allclose(SummingNode(junction(), 2e3).volts(20, 5), -2e3 * 0.1 / resistances, rtol=1e-6)
    turned = junction(mp.Bias(voltage=-0.1))
    assert SummingNode(turned, 2e3).volts(20, 5).min() > 0.0


def test_the_step_of_the_node_is_that_of_the_paper():
    parallel, antiparallel = 5.67e3, 9.23e3
    levels = [0.1 * r / (r + 1e4) for r in (parallel, antiparallel)]
    chain = TelegraphNoise(mean=sum(levels) / 2, amplitude=(levels[1] - levels[0]) / 2, sigma=0.0, seed=1)
    volts = np.unique(SummingNode(chain, 1e3, voltage=0.3, divider=(0.1, 1e4)).volts(200, 2))
    np.testing.assert_allclose(volts, [-1e3 * 0.3 / parallel, -1e3 * 0.3 / antiparallel], rtol=1e-5)
    step = 1e3 * 0.3 * (1.0 / parallel - 1.0 / antiparallel)
    assert volts[1] - volts[0] == pytest.approx(step, rel=1e-5)


def test_the_branch_draws_what_the_junction_draws_at_its_voltage():
    held = mp.Bias(voltage=0.1, field=(0.5, 0.0, 0.0), temperature=0.0)
    node = SummingNode(JunctionNoise(FAST, held, 1e-9, settle=10), 1e3)
    volts = node.volts(90, 2)
    np.testing.assert_allclose(volts, -1e3 * 0.1 / FAST.resistance_parallel, rtol=1e-6)
    energy = 2 * 100e-9 * 0.1**2 / FAST.resistance_parallel
    assert node.usage.energy == pytest.approx(energy, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SummingNode(junction(LIVE), 1e3), "no series_resistance or current"),
        (lambda: SummingNode(junction(mp.Bias()), 1e3), "a voltage other than 0 V"),
        (lambda: SummingNode(junction(mp.Bias(current=1e-6)), 1e3), "a constant voltage across the junction"),
        (lambda: SummingNode(TelegraphNoise(), 1e3), "TelegraphNoise gives no resistances: .* divider="),
        (lambda: SummingNode(TelegraphNoise(), 1e3, divider=(0.1, 1e4)), "give the voltage of the branch"),
        (lambda: SummingNode(junction(), 1e3, voltage=0.2), "voltage=0.2 V without a divider"),
        (lambda: SummingNode(junction(), 0.0), "feedback_resistance=0.0 ohm"),
        (lambda: SummingNode(TelegraphNoise(), 1e3, voltage=0.0, divider=(0.1, 1e4)), "voltage=0.0 V"),
        (
            lambda: SummingNode(TelegraphNoise(gain=2.0), 1e3, voltage=0.1, divider=(0.1, 1e4)),
            "gain=2 1/V .* give gain and offset to the circuit",
        ),
        (lambda: SummingNode(TelegraphNoise(), 1e3, voltage=0.1, divider=(0.1, 0.0)), "series resistance=0.0 ohm"),
    ],
)
def test_a_node_that_makes_no_circuit_is_refused(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_volts_outside_the_divider_are_refused():
    for divider in ((0.04, 1e4), (-0.1, 1e4)):
        node = SummingNode(TelegraphNoise(seed=1), 1e3, voltage=0.1, divider=divider)
        with pytest.raises(DataError, match="a junction reads between 0 V and that"):
            node.volts(10, 3)


def test_it_is_a_source_that_files_call_summing_node():
    table = {"kind": "summing_node", "feedback_resistance": 1e3, "voltage": 0.1, "divider": (0.1, 1e4)}
    check_source(
        lambda: SummingNode(TelegraphNoise(seed=4), 1e3, voltage=0.1, divider=(0.1, 1e4)),
        table | {"inner": {"kind": "telegraph", "seed": 4}},
    )
