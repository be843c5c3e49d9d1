"""The peers of the benchmarks: those that are installed, with our equation."""

import math
import sys

import naive
import numpy as np
import pytest

from validation.benchmarks import own, peers


def test_a_peer_that_is_not_installed_is_left_out(monkeypatch):
    installed = peers.solvers()
    monkeypatch.setitem(sys.modules, "cmtj", None)
    monkeypatch.delitem(sys.modules, "validation.benchmarks.cmtj_peer", raising=False)
    rest = peers.solvers()
    assert {"sdeint stratHeun", "sdeint stratSRS2"} <= set(rest) <= set(installed)
    assert not any(name.startswith("cmtj") for name in rest)


def test_sdeint_gets_our_equation():
    sdeint_peer = pytest.importorskip("validation.benchmarks.sdeint_peer")
    damping = 0.3
    p = own.junction(damping).lane_parameters()
    drift, diffusion = sdeint_peer.equation(damping)
    nothing = np.zeros(6)
    thermal = math.sqrt(2.0 * damping * naive.BOLTZMANN * 300.0 / (p.gyromagnetic_ratio * p.moment))
    for m in np.random.default_rng(1).normal(size=(5, 3)):
        m /= np.linalg.norm(m)
        still = naive.gilbert(p, m, 0.0, nothing, 300.0)
        columns = [naive.gilbert(p, m, 0.0, nothing, 300.0, axis) - still for axis in np.eye(3)]
        np.testing.assert_allclose(drift(m, 0.0), still, rtol=1e-9, atol=1e-9 * abs(still).max())
        np.testing.assert_allclose(diffusion(m, 0.0), thermal * np.array(columns).T, rtol=1e-6)
