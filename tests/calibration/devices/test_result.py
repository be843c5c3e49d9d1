"""Devices that were calibrated, as a table and a population."""

import math

import numpy as np
import pytest
from laboratories import FREE, perpendicular
from wafers import SPREADS, wafer

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.junction.numbers import value_of


def test_the_table_has_every_device():
    found = wafer()
    table = found.table
    assert table.sizes == {"device": 17, "parameter": 3, "combination": 1, "effect": 1}
    record = found.records["A2"]
    one = table.sel(device="A2", parameter=FREE[0])
    assert float(one.estimate) == record.numbers[FREE[0]].value
    assert one.verdict == "identified"
    assert float(table.combined.sel(device="A2", combination="thermal_stability")) == pytest.approx(12.2)
    assert (float(one.x), float(one.y), one.unit) == (2.0, 0.0, "J/m3")
    assert table.failure.sel(device="B0") == "dwell.csv: no such file"
    assert np.isnan(table.shared.sel(device="B0")).all()
    assert (table.failure[:16] == "").all()
    assert table.remark.sel(device="A2") == "drifts"
    assert (table.bend[:16] == 0.1).all()
    assert ((table.shared_low < table.shared) & (table.shared < table.shared_high))[:16].all()
    # Weakly measured devices go towards the others, well measured ones stay.
    own, shared = (np.log(table[name].values[:16, 0]) for name in ("estimate", "shared"))
    moved = np.abs(own - shared)
    assert moved[::4].mean() > 10.0 * np.delete(moved, np.s_[::4]).mean()


def test_the_population_is_in_si():
    found = wafer(60, 3)
    table = found.population
    assert table.law.values.tolist() == ["log-normal", "normal", "log-normal"]
    truth = [math.sqrt(math.expm1(SPREADS[0] ** 2)), SPREADS[1], math.sqrt(math.expm1(SPREADS[2] ** 2))]
    assert ((table.spread_low < truth) & (table.spread_high > truth)).all()
    assert ((table.median_low < [5e4, 1e-3, 0.03]) & (table.median_high > [5e4, 1e-3, 0.03])).all()
    assert float(table.correlation.sel(parameter=FREE[0], other=FREE[1])) < -0.2


def test_devices_are_drawn_from_it():
    found = wafer(60, 3)
    variability = mp.Variability.from_toml(found.variability.to_toml())
    assert variability == found.variability
    table = found.population
    chip = variability.junctions(500)
    logs = np.array([[value_of(one, name) for name in FREE] for one in chip])
    logs[:, [0, 2]] = np.log(logs[:, [0, 2]])
    expected = np.array([math.sqrt(math.log1p(float(table.spread[0]) ** 2)), float(table.spread[1])])
    np.testing.assert_allclose(logs.std(axis=0)[:2], expected, rtol=5.0 / math.sqrt(1000))
    assert abs(np.median(logs[:, 0]) - math.log(float(table["median"][0]))) < 5.0 * 1.25 * expected[0] / math.sqrt(500)
    correlation = float(table.correlation[0, 1])
    assert abs(np.corrcoef(logs.T)[0, 1] - correlation) < 5.0 / math.sqrt(500)
    bias = mp.Bias(voltage=0.05, series_resistance=1e4)
    noise = learning.JunctionNoise(variability.junction, bias, 1e-10, spread=variability.spread, seed=1, settle=1)
    assert noise.volts(2, 3).shape == (2, 3)


def test_a_device_is_a_junction():
    found = wafer()
    junction = found.junction("A3")
    shared = found.table.shared.sel(device="A3").values
    np.testing.assert_allclose([value_of(junction, name) for name in FREE], shared, rtol=1e-12)
    with pytest.raises(ParameterError, match=r"B0 was not calibrated: dwell\.csv"):
        found.junction("B0")
    with pytest.raises(ParameterError, match="'A99' is no device; did you mean A9"):
        found.junction("A99")


def test_two_devices_are_no_population():
    found = wafer(2)
    assert "shared" not in found.table
    assert found.junction("A1") == found.records["A1"].junction
    with pytest.raises(DataError, match="2 calibrated devices are no population; measure 3 or more"):
        _ = found.population
    assert found.told()[0] == "2 of 3 devices calibrated"


def test_it_says_what_it_found():
    text = wafer().describe()
    assert repr(wafer()) == "<DeviceCalibrations: 16 of 17 devices calibrated>"
    assert "16 of 17 devices calibrated" in text
    assert "free_layer.uniaxial_anisotropy" in text
    assert "spread" in text and "%" in text
    assert "not calibrated: dwell.csv: no such file" in text
    assert "flagged: drifts" in text


def test_a_spread_of_zero_is_none():
    found = wafer(12, 5)
    for record in found.records.values():  # all alike but for their errors, in the second number
        record.evidence.centre[1] = 1e-3
    assert float(found.population.spread[1]) == 0.0
    assert FREE[1] not in found.variability.spread.absolute
    assert found.variability.junction.reference.stray_field[2] == pytest.approx(1e-3, rel=1e-6)
    assert np.isnan(found.population.correlation.values[0, 1])
    assert found.variability.junction.volume == perpendicular().volume


def test_a_spread_that_one_device_tells_has_no_upper_end(tmp_path):
    found = wafer(5)
    for name, record in found.records.items():
        if name != "A0":
            record.evidence.log_likelihood[:] = -0.5 * (record.evidence.points[:, [0, 2]] ** 2).sum(axis=1)
    one = found.population.sel(parameter=FREE[1])
    assert (float(one.spread_low), float(one.spread_high)) == (0.0, math.inf)
    assert "inf T" in found.describe()
    assert "inf T" in found.report(tmp_path).read_text(encoding="utf-8")


def test_devices_that_differ_beyond_bounds_are_reported(tmp_path):
    found = wafer(8)
    for k, record in enumerate(found.records.values()):
        record.evidence.centre[2] += 3.0 * (-1) ** k
    with pytest.raises(ParameterError, match="relative"):
        _ = found.variability
    text = found.report(tmp_path).read_text(encoding="utf-8")
    assert "no devices can be drawn from this population" in text and "log-normal" in text
    assert not (tmp_path / "variability.toml").exists()
