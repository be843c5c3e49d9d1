"""Derivatives of switching probabilities, against differences of the solver."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import perpendicular

from mtjphys import fokker_planck as fp
from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError

DURATIONS = np.array([2e-9, 0.0, 1e-9])
PULSE = Bias(voltage=0.3)


def tilted():
    return perpendicular().with_parameters({"reference.direction": (0.1, 0.0, 1.0), "free_layer.damping": 0.5})


@pytest.mark.parametrize("quantity", ["switching_probability", "write_error"])
@pytest.mark.parametrize("junction", [perpendicular(4e4), tilted()])
def test_slopes_are_those_of_the_solver(junction, quantity):
    names = ["free_layer.damping", "reference.stray_field.z"]
    options = dict(initial="antiparallel", settle=1e-10)
    found = fp.pulse_sensitivities(junction, PULSE, DURATIONS, names, quantity, **options)

    def values(changes):
        solve = getattr(fp, quantity)
        return solve(junction.with_parameters(changes), PULSE, DURATIONS, rtol=1e-6, **options)

    damping, step = junction.free_layer.damping, 1e-2
    higher, lower = (values({"free_layer.damping": damping * (1 + s)}) for s in (step, -step))
    assert_allclose(found.derivatives[0], (higher - lower) / (2 * step * damping), rtol=2e-3, atol=1e-12)
    higher, lower = (values({"reference.stray_field": (0.0, 0.0, s)}) for s in (1e-4, -1e-4))
    assert_allclose(found.derivatives[1], (higher - lower) / 2e-4, rtol=2e-3, atol=1e-12)
    assert_allclose(found.value, values({}), rtol=1e-4)
    assert not found.derivatives[:, 1].any() or abs(found.derivatives[:, 1]).max() < 10 * abs(found.derivatives).max()


def test_bad_input():
    with pytest.raises(ParameterError, match="quantity='speed'"):
        fp.pulse_sensitivities(perpendicular(), PULSE, 1e-9, [], "speed")
    with pytest.raises(ParameterError, match="durations"):
        fp.pulse_sensitivities(perpendicular(), PULSE, -1e-9, ["free_layer.damping"])
