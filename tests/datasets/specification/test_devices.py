"""Devices are distributed as it is said, and are the same whoever builds them."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.datasets.specification.design import cholesky, correlated, unit_points
from mtjphys.datasets.specification.devices import Devices
from mtjphys.datasets.specification.distributions import KINDS, distribution_of
from mtjphys.datasets.specification.splits import split_of

LOG = {"kind": "log_normal", "mean": 5.0, "relative_deviation": 0.3}


@pytest.mark.parametrize(
    ("table", "mean", "deviation"),
    [
        ({"kind": "uniform", "low": 1.0, "high": 4.0}, 2.5, 3.0 / 12**0.5),
        ({"kind": "log_uniform", "low": 1.0, "high": np.e}, np.e - 1.0, ((np.e**2 - 1) / 2 - (np.e - 1) ** 2) ** 0.5),
        ({"kind": "normal", "mean": 2.0, "standard_deviation": 0.5}, 2.0, 0.5),
        (LOG, 5.0, 1.5),
        ({"kind": "values", "values": [1.0, 2.0, 6.0]}, 3.0, (14 / 3) ** 0.5),
    ],
)
def test_quantiles_have_the_mean_and_the_deviation_of_their_distribution(table, mean, deviation):
    middles = (np.arange(200_000) + 0.5) / 200_000
    found = distribution_of(table).quantile(middles)
    assert found.mean() == pytest.approx(mean, rel=1e-4)
    assert found.std() == pytest.approx(deviation, rel=1e-3)
    assert distribution_of(distribution_of(table).table()) == distribution_of(table)
    assert table["kind"] in KINDS


@pytest.mark.parametrize("design", ["random", "sobol", "latin_hypercube"])
def test_designs_fill_the_cube(design):
    points = unit_points(design, 256, 3, seed=1)
    assert ((points > 0.0) & (points < 1.0)).all()
    np.testing.assert_array_equal(points, unit_points(design, 256, 3, seed=1))
    assert (points != unit_points(design, 256, 3, seed=2)).all()
    # Of 256 independent points the mean has a standard error of 0.018.
    np.testing.assert_allclose(points.mean(axis=0), 0.5, atol=0.09 if design == "random" else 0.002)
    if design != "latin_hypercube":
        np.testing.assert_array_equal(points[:100], unit_points(design, 100, 3, seed=1))


def test_correlations_are_those_of_normal_scores():
    devices = Devices(
        junction=mp.presets.rehm_2023(),
        count=4096,
        design="sobol",
        parameters={"free_layer.damping": distribution_of({"kind": "normal", "mean": 0.1, "standard_deviation": 0.01}),
                    "barrier.resistance_parallel": distribution_of(LOG | {"mean": 5000.0})},
        correlations=(("free_layer.damping", "barrier.resistance_parallel", -0.7),),
    )  # fmt: skip
    drawn = devices.drawn(seed=1)
    damping, resistance = drawn["free_layer.damping"], drawn["barrier.resistance_parallel"]
    assert np.corrcoef(damping, np.log(resistance))[0, 1] == pytest.approx(-0.7, abs=0.01)
    assert damping.std() == pytest.approx(0.01, rel=0.02)
    assert resistance.std() / resistance.mean() == pytest.approx(0.3, rel=0.02)


def test_correlations_that_no_distribution_has_are_refused():
    pairs = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
    with pytest.raises(ParameterError, match="no distribution has these, the smallest eigenvalue"):
        cholesky(["a", "b", "c"], pairs)
    np.testing.assert_array_equal(correlated(np.full((1, 2), 0.5), np.eye(2)), 0.5)


def test_a_grid_is_all_combinations():
    grid = Devices(
        junction=mp.presets.rehm_2023(),
        design="grid",
        parameters={
            "free_layer.damping": distribution_of({"kind": "uniform", "low": 0.01, "high": 0.03, "points": 3}),
            "reference.stray_field.z": distribution_of([0.0, 0.001]),
        },
    )
    assert grid.total == 6
    built = grid.build(grid.drawn(0), 0, 6)
    found = [(one.free_layer.damping, one.reference.stray_field[2]) for one in built]
    expected = [(a, z) for a in (0.01, 0.02, 0.03) for z in (0.0, 0.001)]
    np.testing.assert_allclose(found, expected)
    assert set(grid.columns(grid.drawn(0))) == {"free_layer.damping", "reference.stray_field_z"}


def test_a_spread_is_that_of_the_package_whoever_builds_which_devices():
    spread = mp.Spread(barrier=0.2, resistance=0.05, seed=3)
    devices = Devices(junction=mp.presets.rehm_2023(), count=8, variability=spread)
    whole = spread.junctions(mp.presets.rehm_2023(), 8)
    assert devices.build({}, 0, 8) == whole
    assert devices.build({}, 5, 8) == whole[5:]
    columns = devices.columns({})
    resistances = [one.resistance_parallel for one in whole]
    np.testing.assert_array_equal(columns["barrier.resistance_parallel"].values, resistances)
    assert columns["barrier.resistance_parallel"].units == "ohm"


def test_a_device_that_is_not_possible_is_its_reason():
    table = {"kind": "normal", "mean": 0.01, "standard_deviation": 0.01}
    devices = Devices(
        junction=mp.presets.rehm_2023(), count=64, parameters={"free_layer.damping": distribution_of(table)}
    )
    drawn = devices.drawn(1)
    wrong = [k for k, one in enumerate(devices.build(drawn, 0, 64)) if isinstance(one, str)]
    assert wrong == np.flatnonzero(drawn["free_layer.damping"] < 0.0).tolist()
    assert wrong


def test_splits_are_of_whole_devices_and_have_their_shares():
    flags = split_of({"train": 0.8, "validation": 0.1, "test": 0.1}, 1000, seed=1)
    assert np.bincount(flags).tolist() == [800, 100, 100]
    assert (flags != split_of({"train": 0.8, "validation": 0.1, "test": 0.1}, 1000, seed=2)).any()
