"""Currents: what rates and means take of a change of drift."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose
from spins import far_from_equilibrium

from mtjphys.fokker_planck.response import current, of_rate
from mtjphys.fokker_planck.two_states import general_states


def test_few_nodes_hold_what_all_nodes_hold():
    spin = far_from_equilibrium()
    galerkin = general_states(spin, 1e-5).galerkin
    left, right = galerkin.stationary, galerkin.slow_mode.right.real
    nodes, areas = galerkin.grid
    whole = areas @ (galerkin.current(left, right) * spin.drift(nodes)).sum(-1)
    few = current(galerkin, left, right)
    assert len(few.nodes) < len(nodes)
    assert_allclose(few.of(spin.drift(few.nodes)), whole, rtol=1e-9)


def test_the_current_of_a_rate_is_the_slope_of_the_rate_in_a_field():
    spin, step = far_from_equilibrium(), 1e-4

    def moved(size):
        return replace(spin, field=spin.field + np.array([size, 0, 0]))

    slope = of_rate(general_states(spin, 1e-9).galerkin)
    higher, lower = (general_states(moved(size), 1e-9).rate for size in (step, -step))
    change = moved(step).drift(slope.nodes) - moved(-step).drift(slope.nodes)
    assert_allclose(slope.of(change), higher - lower, rtol=1e-5)
