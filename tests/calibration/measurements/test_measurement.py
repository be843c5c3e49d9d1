"""What every kind of measurement does alike."""

import numpy as np
import pytest
from laboratories import perpendicular

from mtjphys import calibration as cal
from mtjphys.calibration.measurements import columns_of
from mtjphys.core.errors import DataError, ParameterError

CONDITIONS = {"voltage": [0.005, 0.01], "series_resistance": 1e3}
KINDS = {
    "switching_probability": cal.SwitchingProbability(
        voltage=[0.1, 0.12], duration=[2e-9, 1e-9], switched=[30, 60], trials=100
    ),
    "dwell_times": cal.DwellTimes(
        **CONDITIONS, parallel=4e-5, antiparallel=3e-5, parallel_count=50, antiparallel_error=3e-6
    ),
    "occupation": cal.Occupation(**CONDITIONS, antiparallel=[0.4, 0.6], error=0.02),
    "resistance": cal.Resistance(**CONDITIONS, resistance=[6e3, 7e3], error=50.0),
    "switching_sweep": cal.SwitchingSweep(
        field=[(0, 0, b) for b in (0.01, 0.03, 0.05)], switched=[3, 9, 80], sweeps=100, dwell=1e-6
    ),
    "loop": cal.Loop(field=[(0, 0, b) for b in (-0.1, 0.0, 0.1)], resistance=6e3, error=50.0, dwell=1e-3),
    "spectrum": cal.Spectrum(**CONDITIONS, frequency=[1e3, 1e5], density=[1e-9, 1e-10], averages=50),
    "resonance": cal.Resonance(
        field=[(0, 0, 0.1), (0, 0, 0.2)], frequency=[4e9, 7e9], error=1e7, linewidth=[3e8, 4e8], linewidth_error=1e7
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_synthetic_data_are_those_of_the_junction(kind: str) -> None:
    # The deviance of data drawn at the predictor is chi square of as many points: within 5 sigma over 40 draws.
    measurement = KINDS[kind]
    assert measurement.kind == kind
    predictor = measurement.predictor(perpendicular())
    assert predictor.shape == (len(measurement.names()) * measurement.points,)
    stream = np.random.default_rng(1)
    deviances = []
    for _ in range(40):
        made = measurement.replicate(predictor, stream)
        assert type(made) is type(measurement)
        deviances.append(np.sum(made.likelihood.residuals(predictor) ** 2))
    expected = predictor.size
    assert abs(np.mean(deviances) - expected) < 5.0 * np.sqrt(2.2 * expected / 40) + 0.1 * expected


@pytest.mark.parametrize("kind", KINDS)
def test_observed_values_are_in_the_unit_and_between_their_ends(kind: str) -> None:
    measurement = KINDS[kind]
    value, low, high = measurement.observed()
    assert np.all((low <= value) & (value <= high))
    table = measurement.table(measurement.predictor(perpendicular()))
    assert table.sizes["point"] == value.size
    assert table.model.attrs["units"] == measurement.unit
    assert np.isfinite(table.model).all()


def test_one_number_stands_for_all_points() -> None:
    curve = KINDS["switching_probability"]
    assert curve.trials.tolist() == [100.0, 100.0]
    assert curve.field.shape == (2, 3)
    assert [bias.voltage for bias in curve.biases] == [0.1, 0.12]


def test_equal_conditions_are_asked_for_once() -> None:
    curve = cal.SwitchingProbability(voltage=0.1, duration=[2e-9, 1e-9], switched=1, trials=2)
    ((bias, positions),) = curve.of_each_bias()
    assert bias.voltage == 0.1
    assert positions.tolist() == [0, 1]


def test_lengths_that_differ_are_told_by_name() -> None:
    with pytest.raises(DataError, match="2 of voltage, 3 of duration do not go together"):
        cal.SwitchingProbability(voltage=[0.1, 0.2], duration=[1e-9] * 3, switched=1, trials=2)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"temperature": -1.0}, r"temperature\[0\]=-1.0 K is outside"),
        ({"voltage": [0.1, np.nan]}, r"voltage\[1\]=nan V is outside"),
        ({"voltage": "high"}, "voltage='high' is not a number"),
        ({"field": (1.0, 2.0)}, "is not a vector; give three numbers in T"),
        ({"field": (0, 0, 300.0)}, "field=300.0 T is outside.*if this is in mT"),
        ({"voltage": 0.1, "current": 1e-6}, "voltage and current are both given"),
        ({"label": 3}, "label=3 is not a text"),
        ({"error": None}, "error is missing"),
    ],
)
def test_bad_input_is_one_sentence(values: dict, sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        cal.Resistance(**({"resistance": 5e3, "error": 1.0} | values))


def test_columns_have_units() -> None:
    assert {name: column.quantity.unit for name, column in columns_of(cal.Occupation).items()} == {
        "voltage": "V",
        "current": "A",
        "temperature": "K",
        "series_resistance": "ohm",
        "antiparallel": "(a fraction)",
        "error": "(a fraction)",
        "effective_samples": "independent readings",
    }
