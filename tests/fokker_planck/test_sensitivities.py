"""Derivatives by the parameters of a junction, against differences of the solver."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import in_plane_junction, perpendicular

from mtjphys import fokker_planck as fp
from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.junction import MTJ, Barrier


def differences(value, junction, name, step):
    """Return the central difference of order four by one parameter."""

    def at(shift):
        path, _, component = name.rpartition(".")
        if component in "xyz":
            vector = np.array(junction.reference.stray_field) + shift * (np.array(list("xyz")) == component)
            return value(junction.with_parameters({path: tuple(vector.tolist())}))
        old = getattr(getattr(junction, path), component)
        new = (old[0] * (1 + shift), old[1]) if isinstance(old, tuple) else old * (1 + shift)
        return value(junction.with_parameters({name: new}))

    ends = [at(k * step) for k in (-2, -1, 1, 2)]
    slope = np.array([1, -8, 8, -1]) @ np.array(ends) / (12 * step)
    if name.endswith((".x", ".y", ".z")):
        return slope
    old = getattr(getattr(junction, name.split(".")[0]), name.split(".")[1])
    return slope / (old[0] if isinstance(old, tuple) else old)


def driven():
    """Return an in-plane junction with torque and magnetoresistance, and a bias off its axes."""
    plain = in_plane_junction()
    barrier = Barrier(
        damping_like_per_volt=0.02, field_like_ratio=0.1, resistance_parallel=5000.0, tunnel_magnetoresistance=0.8
    )
    layer = plain.free_layer.model_copy(update={"damping": 0.5, "demagnetising_factors": (0.32, 0.32, 0.36)})
    return MTJ(free_layer=layer, barrier=barrier, reference=plain.reference)


AT_REST, UNDER_TORQUE = Bias(field=(2e-3, 4e-3, 0)), Bias(voltage=0.05, field=(2e-3, 4e-3, 0), series_resistance=1e3)


@pytest.mark.parametrize(
    ("bias", "names"),
    [
        (AT_REST, ["free_layer.volume"]),
        (
            UNDER_TORQUE,
            [
                "free_layer.damping",
                "free_layer.uniaxial_anisotropy",
                "barrier.tunnel_magnetoresistance",
                "reference.stray_field.y",
            ],
        ),
    ],
)
def test_perturbation_theory_is_the_slope_of_the_solver(bias, names):
    junction = driven()
    found = fp.sensitivities(junction, bias, names, fp.QUANTITIES, rtol=1e-9)

    def values(other):
        times = fp.dwell_times(other, bias, rtol=1e-9)
        balance = fp.equilibrium(other, bias, rtol=1e-9)
        rate = 1 / times.parallel + 1 / times.antiparallel
        share = times.antiparallel / (times.parallel + times.antiparallel)
        return np.array([rate, *times[:2], share, 1 - balance.occupation(), balance.resistance])

    size = np.abs(values(junction))
    assert_allclose([found["parallel"].value, found["antiparallel"].value], size[1:3], rtol=1e-9)
    for k, name in enumerate(names):
        expected = differences(values, junction, name, 1e-3 if "stray" not in name else 1e-4)
        ours = np.array([found[quantity].derivatives[k] for quantity in fp.QUANTITIES])
        tolerance = 1e-6 * np.abs(expected / size).max()
        assert_allclose(ours / size, expected / size, rtol=1e-5, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("name", ["free_layer.damping", "free_layer.uniaxial_anisotropy", "reference.stray_field.z"])
def test_axial_slopes_are_those_of_the_solver(name):
    junction, bias = perpendicular(), Bias(voltage=0.05, field=(0, 0, 5e-3))
    found = fp.sensitivities(junction, bias, [name], ("relaxation_rate", "antiparallel", "resistance"))

    def values(other):
        balance = fp.equilibrium(other, bias)
        return np.array([fp.relaxation_rate(other, bias), fp.dwell_times(other, bias)[1], balance.resistance])

    expected = differences(values, junction, name, 1e-4)
    ours = np.array([found[key].derivatives[0] for key in found])
    assert_allclose([found[key].value for key in found], values(junction), rtol=1e-12)
    assert_allclose(ours, expected, rtol=1e-5)


def test_what_breaks_the_symmetry_has_no_effect_to_first_order():
    found = fp.sensitivities(perpendicular(), None, ["reference.stray_field.x", "reference.stray_field.z"])
    across, along = found["parallel"].derivatives / found["parallel"].value
    assert abs(across) < 1e-9 * abs(along)


def test_at_the_end_of_its_range_a_parameter_has_a_slope_to_one_side():
    junction = driven().with_parameters({"barrier.tunnel_magnetoresistance": 0.0})
    at_end = fp.sensitivities(junction, None, ["barrier.tunnel_magnetoresistance"], ["resistance"])["resistance"]
    inside = fp.sensitivities(
        junction.with_parameters({"barrier.tunnel_magnetoresistance": 1e-3}),
        None,
        ["barrier.tunnel_magnetoresistance"],
        ["resistance"],
    )["resistance"]
    assert_allclose(at_end.derivatives, inside.derivatives, rtol=5e-3)


@pytest.mark.parametrize(
    ("names", "quantities", "words"),
    [
        (["free_layer.damping"], ["speed"], "'speed' is unknown"),
        (["free_layer.weight"], ["relaxation_rate"], "free_layer.weight is None"),
        (["reference.stray_field"], ["relaxation_rate"], "has no number"),
        (["heating.thermal_resistance"], ["relaxation_rate"], "has no number"),
    ],
)
def test_bad_input(names, quantities, words):
    with pytest.raises(ParameterError, match=words):
        fp.sensitivities(in_plane_junction(), None, names, quantities)


def test_no_dwell_times_without_a_second_well():
    with pytest.raises(ParameterError, match="second well"):
        fp.sensitivities(in_plane_junction(), Bias(field=(1.0, 0, 0)), ["free_layer.damping"], ["parallel"])
