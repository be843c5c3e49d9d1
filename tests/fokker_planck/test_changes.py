"""A junction with a parameter a little lower and higher."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import in_plane_junction, perpendicular

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.changes import shift_of


def test_a_parameter_of_every_kind_is_shifted():
    junction = perpendicular()
    shift = shift_of(junction, Bias(), "free_layer.damping", 1e-3)
    assert_allclose([shift.below.free_layer.damping, shift.above.free_layer.damping], [0.0999, 0.1001])
    assert_allclose(shift.step, 2e-4)
    assert_allclose(shift.under(Bias()).of(lambda spin: spin.damping), 1.0)
    shift = shift_of(junction, Bias(), "free_layer.uniaxial_anisotropy", 1e-3)
    assert_allclose(shift.above.free_layer.uniaxial_anisotropy[0], 2.002e4)
    assert shift.above.free_layer.uniaxial_anisotropy[1] == (0.0, 0.0, 1.0)


def test_a_parameter_that_is_zero_is_shifted_by_what_acts():
    junction = perpendicular()
    change = shift_of(junction, Bias(), "reference.stray_field.z", 1e-4).under(Bias())
    m = np.array([[1.0, 0.0, 0.0]])
    moved = np.abs(change.above.drift(m) - change.below.drift(m)).max()
    largest = np.abs(change.above.drift(np.array([[0.6, 0.0, 0.8]]))).max()
    assert 1e-5 < moved / largest < 1e-2
    assert_allclose(change.of(lambda spin: spin.field[2]), 1.0, rtol=1e-9)


def test_at_the_end_of_the_range_it_is_shifted_to_one_side():
    junction = perpendicular().with_parameters({"barrier.tunnel_magnetoresistance": 0.0})
    shift = shift_of(junction, Bias(voltage=0.1), "barrier.tunnel_magnetoresistance", 1e-4)
    assert shift.below == junction
    assert_allclose(shift.above.barrier.tunnel_magnetoresistance, shift.step)


def test_of_a_change_what_is_symmetric_stays_symmetric():
    change = shift_of(perpendicular(), Bias(), "reference.stray_field.x", 1e-4).under(Bias())
    assert change.above.axis is None
    averaged = change.about(np.array([0.0, 0.0, 1.0]))
    assert averaged.above.axis is not None
    assert_allclose(averaged.above.matrix, change.above.matrix, atol=1e-12)


@pytest.mark.parametrize("name", ["damping", "free_layer.nothing", "free_layer", "reference.stray_field.w"])
def test_bad_names(name):
    with pytest.raises(ParameterError, match=name):
        shift_of(in_plane_junction(), Bias(), name, 1e-4)
