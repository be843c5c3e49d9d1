"""The slowest mode as two states."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from spins import far_from_equilibrium, general, uniaxial

from mtjphys.core.errors import ParameterError
from mtjphys.fokker_planck.two_states import axial_states, general_states


def test_axial_and_general_states_are_the_same_and_their_places_the_poles():
    for p in ([0, 0, 1], [0, 0, -1]):
        spin = uniaxial(3, field=0.1, reference=p)
        exact, found = axial_states(spin), general_states(general(uniaxial(3, field=0.1, reference=p)), 1e-8)
        assert_allclose(found.rate, exact.rate, rtol=1e-7)
        assert_allclose(found.parallel / found.antiparallel, exact.parallel / exact.antiparallel, rtol=1e-7)
        assert_allclose(found.places @ np.array(p), [1, -1], atol=1e-7)


def test_the_places_are_where_the_mode_is_highest():
    states = general_states(far_from_equilibrium(), 1e-6)
    galerkin = states.galerkin
    heights = galerkin.rows(states.places) @ galerkin.slow_mode.right.real / galerkin.weight(states.places)
    assert_allclose(np.abs(heights), [states.parallel, states.antiparallel], rtol=1e-10)
    assert heights[0] * heights[1] < 0


def test_wells_of_the_same_resistance_are_refused():
    with pytest.raises(ParameterError, match="same resistance"):
        axial_states(uniaxial(5, reference=[1, 0, 0]))
