"""What is swept, beside a constant bias."""

import numpy as np
from two_state_devices import axial
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.experiments.applied import bias_at, checked_bias, checked_junction, field_direction


def test_the_swept_quantity_is_added_to_what_is_there():
    bias = mp.Bias(field=(0.0, 0.01, 0.0), temperature=200.0, series_resistance=1e3)
    there = bias_at(bias, "applied_field", 0.02, (0.6, 0.8, 0.0))
    np.testing.assert_allclose(there.field, (0.012, 0.026, 0.0))
    assert there.temperature == 200.0 and there.series_resistance == 1e3
    assert bias_at(bias, "applied_voltage", 0.1, (0, 0, 0)).voltage == 0.1


def test_the_direction_is_that_of_the_reference_layer_or_of_the_table():
    assert field_direction(axial(), None).tolist() == [0.0, 0.0, 1.0]
    np.testing.assert_allclose(field_direction(axial(), (3, 0, 4)), (0.6, 0.0, 0.8))
    fields = [(0.0, 0.0, field) for field in (0.001, 0.0, -0.001)]
    device = mp.surrogate.from_fokker_planck(axial(), fields=fields)
    assert field_direction(device, None).tolist() == [0.0, 0.0, -1.0]


def test_bad_input():
    check_refused(ParameterError, "three numbers", lambda: field_direction(axial(), (1.0, 0.0)))
    check_refused(ParameterError, "has a current", lambda: checked_bias(mp.Bias(current=0), "applied_voltage"))
    check_refused(ParameterError, "junction=None is not an MTJ", lambda: checked_junction(None))
