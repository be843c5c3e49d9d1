"""The distribution of switching points, against the one of the exact rates."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from two_state_devices import axial
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys import experiments, theory
from mtjphys.core.errors import ParameterError


def fractions(points, values):
    """Return the fraction of replicas that have switched when each branch has come to a value."""
    found = points.switching_point
    up = (found.sel(branch="up").values[:, None] <= values).mean(axis=0)
    return {"up": up, "down": (found.sel(branch="down").values[:, None] >= values).mean(axis=0)}


def check_law(loop, law, name, extra=0.0, branches=("up", "down")):
    """Hold the fractions of a loop's replicas against a law, within 5 standard errors (at least 2.5 replicas)."""
    number = loop.sizes["replica"]
    shares = fractions(experiments.switching_points(loop), loop[name].values)
    for branch in branches:
        share, expected = shares[branch], 1.0 - law.survival.sel(branch=branch).values
        error = np.sqrt(expected * (1.0 - expected) / number)
        assert (np.abs(share - expected) < 5.0 * error + 2.5 / number + extra).all(), branch
        assert ((expected > 0.05) & (expected < 0.95)).sum() > 3  # the law is resolved


def surplus(loop, law, name):
    """Return by how many standard errors more have switched than those that were left at each value should have."""
    events = wanted = variance = 0.0
    for branch, sign in (("up", 1.0), ("down", -1.0)):
        along = law.sel(branch=branch).sortby(name)
        point = experiments.switching_points(loop).switching_point.sel(branch=branch).values * sign
        values, rate = np.sort(sign * along[name].values), along.rate.values[:: int(sign)]
        left = (point[:, None] >= values - 1e-12).sum(axis=0)
        chance = -np.expm1(-rate * law.attrs["dwell"])
        events += np.isfinite(point).sum()
        wanted += (left * chance).sum()
        variance += (left * chance * (1.0 - chance)).sum()
    return (events - wanted) / np.sqrt(variance)


@pytest.fixture(scope="module")
def slow():
    """A barrier of 25 kT swept in seconds."""
    nodes = [(0.0, 0.0, field) for field in np.linspace(-0.025, 0.025, 21)]
    device = mp.surrogate.from_fokker_planck(axial(25.0), fields=nodes)
    values = np.linspace(-0.025, 0.025, 101)
    return experiments.resistance_field_loop(device, values, dwell=1e-2, replicas=2000, readings=2, seed=1)


def test_a_surrogate_follows_its_rates(slow):
    law = experiments.switching_law(slow)
    check_law(slow, law, "applied_field")
    assert abs(surplus(slow, law, "applied_field")) < 5.0  # 8 % of the rates


def test_the_closed_form_is_close_to_the_exact_law(slow):
    """Kurkijaervi's law with the attempt rate at zero field, which is too low by at most 0.005 B_k here."""
    law = experiments.switching_law(slow).survival.sel(branch="up").values
    attempt = theory.uniaxial_escape_rates(25.0, 0.05, 0.1).parallel * np.exp(25.0)
    closed = theory.swept_survival(
        slow.applied_field.values + 0.00025, 0.05, 25.0, 0.05, attempt
    )  # at the end of the dwell
    medians = [np.interp(-0.5, -survival, slow.applied_field.values) for survival in (closed, law)]
    assert 0.0 < medians[1] - medians[0] < 0.005 * 0.05


def test_a_junction_follows_the_exact_rates_of_its_field():
    """Dwells of 160 times the time to settle (alpha 0.5, B_k 50 mT: 0.28 ns)."""
    device, values = axial(15.0, damping=0.5), np.linspace(-0.06, 0.06, 49)
    loop = experiments.resistance_field_loop(device, values, dwell=45e-9, replicas=256, readings=1, seed=1)
    law = experiments.switching_law(loop)
    # Settling delays the switching by less than 1 % of a dwell: 0.01 P, a tenth of it at most.
    check_law(loop, law, "applied_field", extra=0.005)
    assert (
        np.isinf(law.rate.sel(branch="up", applied_field=0.06))
        and float(law.rate.sel(branch="up", applied_field=-0.06)) == 0.0
    )
    up, down = (law.survival.sel(branch=branch).values for branch in ("up", "down"))
    np.testing.assert_allclose(up, down[::-1], atol=1e-9)


def test_a_junction_follows_the_exact_rates_of_its_torque():
    """Positive voltage leads to P: from AP on the way up. The rates of the two states would be seen swapped."""
    device, values = axial(15.0, damping=0.5, torque=0.2), np.linspace(-0.15, 0.15, 41)
    loop = experiments.resistance_voltage_loop(device, values, dwell=45e-9, replicas=256, readings=1, seed=1)
    check_law(loop, experiments.switching_law(loop), "applied_voltage", extra=0.005)
    points = experiments.switching_points(loop)
    assert (points.switched == 256).all()
    assert float(points.mean_point.sel(branch="up")) > 0.02 > -0.02 > float(points.mean_point.sel(branch="down"))


def test_the_reading_after_a_pulse_counts():
    """Read at 2 mV, where AP is left in the 30 readings of a branch as likely as not."""
    nodes = np.linspace(-0.02, 0.02, 17)
    device = mp.surrogate.from_fokker_planck(axial(22.0, torque=0.05), voltages=nodes)
    values = np.linspace(-0.02, 0.02, 41)
    loop = experiments.resistance_voltage_loop(
        device, values, dwell=2e-2, read_voltage=0.002, replicas=2000, readings=2, seed=2
    )
    law = experiments.switching_law(loop)
    # Those that are parallel after the first reading already have nothing to switch to.
    there = loop.isel(replica=loop.projection.sel(branch="up").values[:, 0] < 0.0)
    left = law.assign(survival=law.survival / law.survival.isel(applied_voltage=0))
    check_law(there, left, "applied_voltage", branches=("up",))
    alone = law.rate.sel(branch="up").values * 2e-2
    # Without the readings the law would be another one.
    assert np.abs(np.exp(-np.cumsum(alone)) - law.survival.sel(branch="up").values).max() > 0.1


def test_points_are_the_first_value_in_the_other_state(slow):
    made = slow.isel(replica=[0, 1], applied_field=slice(None, None, 20)).copy(deep=True)  # six fields
    made.projection[:] = np.array(
        [
            [[-1, -1, 0.9, -0.9, 1, 1], [-1, -1, 1, 1, 1, 1]],  # one that turns back once, and a usual way back
            [[-1, -1, -1, -1, -1, -1], [1, 1, 1, 1, 1, 1]],  # never
        ]
    )
    points = experiments.switching_points(made)
    np.testing.assert_allclose(points.switching_point[0], [made.applied_field[2], made.applied_field[1]])
    assert np.isnan(points.switching_point[1]).all() and points.switched.values.tolist() == [1, 1]
    assert float(points.coercivity) == pytest.approx(0.5 * float(made.applied_field[2] - made.applied_field[1]))
    assert float(points.offset) == pytest.approx(0.5 * float(made.applied_field[2] + made.applied_field[1]))
    assert float(experiments.switching_points(made, threshold=0.95).switching_point[0, 0]) == float(
        made.applied_field[4]
    )


def test_the_order_of_the_loop_does_not_matter_to_the_law(slow):
    turned = slow.isel(applied_field=slice(None, None, -1))
    np.testing.assert_array_equal(
        experiments.switching_law(turned).survival.sel(applied_field=slow.applied_field),
        experiments.switching_law(slow).survival,
    )


def test_asymptotic_rates_are_near_the_exact_ones():
    device, values = axial(20.0), np.linspace(-0.04, 0.04, 17)
    loop = experiments.resistance_field_loop(device, values, dwell=1e-11, readings=1)
    exact, near = (experiments.switching_law(loop, method=method) for method in ("exact", "asymptotic"))
    inside = np.abs(values) < 0.026
    ratio = (near.rate / exact.rate).sel(applied_field=values[inside])
    assert (np.abs(ratio - 1.0) < 0.03).all()


def test_figure(slow):
    points, law = experiments.switching_points(slow), experiments.switching_law(slow)
    ax = plt.subplots()[1]
    assert experiments.plot_switching_points(points, law, ax) is ax
    assert ax.get_xlabel() == "Applied field (mT)"
    assert experiments.plot_switching_points(points) is not ax


def test_bad_input(slow):
    check_refused(ParameterError, "method='guess'", lambda: experiments.switching_law(slow, method="guess"))
    wide = experiments.resistance_field_loop(axial(), [-0.2, 0.2], dwell=1e-11, readings=1)
    check_refused(ParameterError, "two states at none", lambda: experiments.switching_law(wide))
