"""Two states from measured dwell times."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import surrogate
from mtjphys.core.errors import ParameterError


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"voltages": [0.0, 0.1]}, "one, or three or more"),
        ({"voltages": [0.0, 0.2, 0.1]}, "should rise"),
        ({"voltages": [0.0], "dwell_parallel": [1.0, 2.0]}, r"dwell_parallel=\[1.0, 2.0\] s should be 1 positive"),
        ({"voltages": [0.0], "dwell_parallel": [-1.0]}, "positive"),
        ({"voltages": []}, "voltages=\\[\\]"),
        ({"temperatures": [-5.0]}, "temperatures=-5.0 K"),
        ({"dwell_parallel": "fast"}, "dwell_parallel='fast' is not a number or an array of numbers; give it in s"),
        ({"dwell_antiparallel": ["1e-3"]}, r"dwell_antiparallel=\['1e-3'\] is not a number .* in s"),
        ({"dwell_parallel": [[1.0], [1.0, 2.0]]}, "dwell_parallel=.* is not a number .* in s"),
        ({"temperatures": "300 K"}, "temperatures='300 K' is not a number .* in K"),
        ({"fields": ["0", "0", "0"]}, "fields=.* is not a number .* in T"),
        ({"relative_errors": "5%"}, "relative_errors='5%' is not a number"),
        ({"fluctuation": ("a", "b")}, "fluctuation=.* is not a number .* in ohm"),
        ({"half_voltage": -0.5}, "half_voltage=-0.5 V"),
        ({"series_resistance": -100.0}, "series_resistance=-100.0 ohm"),
        ({"relative_errors": np.nan}, "node_error=nan"),
        ({"fluctuation": (-10.0, 0.0)}, "should be two numbers of at least 0"),
        ({"fluctuation": (0.0, 900.0)}, "makes the conductance negative"),
        ({"voltages": [0.0], "resistance_antiparallel": 900.0}, "the antiparallel resistance is the higher one"),
        ({"voltages": [0.0], "fields": [(0, 0, 0), (0, 0, 1e-3), (0, 1e-3, 2e-3)]}, "off a straight line"),
    ],
)
def test_bad_tables(change, message):
    good = {"voltages": [0.0], "resistance_parallel": 1e3, "resistance_antiparallel": 2e3} | change
    n = len(good["voltages"]) * len(good.get("fields", [0]))
    good = {"dwell_parallel": np.ones(n), "dwell_antiparallel": np.ones(n)} | good
    with pytest.raises(ParameterError, match=message):
        surrogate.from_measurement(**good)


def test_from_measurement_keeps_levels_noise_and_errors():
    device = surrogate.from_measurement(
        [0.1],
        [4e-4],
        [3e-4],
        resistance_parallel=5670.0,
        resistance_antiparallel=9230.0,
        series_resistance=10e3,
        relative_errors=[0.02, 0.03],
        fluctuation=(60.0, 90.0),
        memory_time=1e-5,
        origin="Koenders et al.",
    )
    assert device.error == 0.03
    bias = mp.Bias(voltage=0.1, series_resistance=10e3)
    run = mp.simulate(device, bias, duration=20.0, sample_interval=1e-4, seed=1)
    resistance, parallel = run.resistance.values.ravel(), run.parallel.values.ravel() > 0
    assert resistance[parallel].mean() == pytest.approx(5670.0, rel=0.002)
    assert resistance[~parallel].mean() == pytest.approx(9230.0, rel=0.002)
    assert resistance[parallel].std() == pytest.approx(60.0, rel=0.03)
    assert resistance[~parallel].std() == pytest.approx(90.0, rel=0.03)
    assert parallel.mean() == pytest.approx(4 / 7, abs=5 * np.sqrt(12 / 49 * 2 * 1.714e-4 / 20.0))
