"""Conductance and circuit: closed limits, and an independent root."""

import naive
import numpy as np
import pytest
from circuits import junction
from hypothesis import given
from hypothesis import strategies as st

from mtjphys.kernels.conduction import conductance, junction_voltage

P = junction().lane_parameters()


def test_conductance_is_high_in_parallel_and_falls_by_the_magnetoresistance():
    assert conductance(P, 1.0, 0.0) == pytest.approx(1.0 / 5000.0, rel=1e-15)
    assert conductance(P, 1.0, 0.7) == pytest.approx(1.0 / 5000.0, rel=1e-15)
    assert conductance(P, -1.0, 0.0) == pytest.approx(1.0 / 12500.0, rel=1e-15)
    # At V_half the ratio is half: R_AP = 5000 (1 + 0.75).
    assert conductance(P, -1.0, 0.5) == pytest.approx(1.0 / 8750.0, rel=1e-15)
    assert conductance(P, -1.0, -0.5) == conductance(P, -1.0, 0.5)
    flat = junction(half_voltage=None).lane_parameters()
    assert conductance(flat, -1.0, 3.0) == pytest.approx(1.0 / 12500.0, rel=1e-15)


@given(c=st.floats(-1.0, 1.0), v=st.floats(-2.0, 2.0))
def test_conductance_is_the_twin_s_and_linear_in_the_cosine(c, v):
    assert conductance(P, c, v) == pytest.approx(naive.conductance(P, c, v), rel=1e-14)
    ends = conductance(P, np.array([-1.0, 1.0]), v)
    assert conductance(P, c, v) == pytest.approx(np.interp(c, [-1.0, 1.0], ends), rel=1e-14)


@given(
    c=st.floats(-1.0, 1.0),
    value=st.floats(-50.0, 50.0),
    series=st.floats(1.0, 1e6),
    half_voltage=st.floats(0.01, 100.0),
    magnetoresistance=st.floats(0.0, 10.0),
    current=st.booleans(),
)
def test_junction_voltage_solves_the_circuit(c, value, series, half_voltage, magnetoresistance, current):
    """To rounding at once, for every legal source, series resistance and magnetoresistance."""
    p = P._replace(inverse_half_voltage=1.0 / half_voltage, tunnel_magnetoresistance=magnetoresistance)
    value = value * 4e-4 if current else value
    a, b = (0.0, 1.0) if current else (1.0, series)
    v = float(junction_voltage(p, c, value, a, b))
    assert a * v + b * v * naive.conductance(p, c, v) == pytest.approx(value, rel=1e-12, abs=1e-300)
    assert v == pytest.approx(naive.junction_voltage(p, c, value, a, b), rel=1e-11, abs=1e-17)


def test_junction_voltage_broadcasts():
    assert junction_voltage(P, np.array([[1.0], [-1.0]]), np.array([0.1, 0.2, 0.3]), 1.0, 2e3).shape == (2, 3)
    assert junction_voltage(P, np.array([1.0, -1.0]), 0.2, 1.0, 0.0) == pytest.approx([0.2, 0.2], rel=1e-15)
