"""Activations: each is its formula, and its derivative the slope."""

import math

import numpy as np
import pytest

from mtjphys.core.errors import ParameterError
from mtjphys.learning import ACTIVATIONS, LeakyReLU, ReLU, Sigmoid, Tanh

FORMULAS = {
    LeakyReLU(0.1): lambda a: a if a > 0 else 0.1 * a,
    LeakyReLU(1.0): lambda a: a,
    ReLU(): lambda a: max(a, 0.0),
    Tanh(): math.tanh,
    Sigmoid(): lambda a: 1 / (1 + math.exp(-a)),
}


POINTS = [-30.0, -3.0, -0.5, -1e-3, 1e-3, 0.7, 2.0, 30.0]


@pytest.mark.parametrize("activation", FORMULAS, ids=repr)
def test_activation_is_its_formula_and_the_derivative_its_slope(activation):
    a = np.array(POINTS)
    np.testing.assert_allclose(activation(a), [FORMULAS[activation](p) for p in POINTS], rtol=1e-14)
    slope = (activation(a + 1e-5) - activation(a - 1e-5)) / 2e-5
    np.testing.assert_allclose(activation.derivative(a), slope, rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", FORMULAS, ids=repr)
def test_activation_writes_where_it_is_told_and_keeps_the_type(activation, dtype):
    a = np.array(POINTS, dtype).reshape(2, 4)
    expected, kept, out = activation(a), a.copy(), np.empty_like(a)
    assert expected.dtype == activation.derivative(a).dtype == dtype
    assert activation(a, out=out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(a, kept)
    assert activation(a, out=a) is a
    np.testing.assert_array_equal(a, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saturated_units_neither_overflow_nor_lose_their_digits(dtype):
    huge = np.array([-1e30, -800.0, 800.0, 1e30], dtype)
    np.testing.assert_array_equal(Sigmoid()(huge), [0, 0, 1, 1])
    np.testing.assert_array_equal(Tanh()(huge), [-1, -1, 1, 1])
    for activation in (Sigmoid(), Tanh()):
        np.testing.assert_array_equal(activation.derivative(huge), np.zeros(4))
    tolerance = 20 * np.finfo(dtype).eps
    for a in (-40.0, -20.0, 20.0, 40.0):
        point = np.array([a], dtype)
        assert math.isclose(Sigmoid().derivative(point)[0], 1 / (2 + 2 * math.cosh(a)), rel_tol=tolerance)
        assert math.isclose(Tanh().derivative(point)[0], math.cosh(a) ** -2, rel_tol=tolerance)
    assert math.isclose(Sigmoid()(np.array([-40.0], dtype))[0], math.exp(-40), rel_tol=tolerance)


@pytest.mark.parametrize("activation", FORMULAS, ids=repr)
def test_what_is_not_a_number_stays_so(activation):
    assert np.isnan(activation(np.array([math.nan])))[0]


def test_every_name_makes_its_activation():
    made = {name: ACTIVATIONS.make(name) for name in ACTIVATIONS}
    assert made == {"leaky_relu": LeakyReLU(0.01), "relu": ReLU(), "tanh": Tanh(), "sigmoid": Sigmoid()}
    with pytest.raises(ParameterError, match="activation='gelu' is unknown; did you mean relu"):
        ACTIVATIONS.make("gelu")
