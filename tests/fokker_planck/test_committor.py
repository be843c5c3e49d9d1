"""Dwell times between thresholds: axial integrals, finite elements, simulated traces and closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from spins import THERMAL_FIELD, ZERO, general, uniaxial

from mtjphys import fokker_planck as fp
from mtjphys import simulate
from mtjphys.bias import Bias
from mtjphys.core.errors import SimulationError
from mtjphys.junction import MTJ, Barrier, FreeLayer, ReferenceLayer


def test_energies_beyond_the_numbers_are_an_error():
    with pytest.raises(SimulationError, match="kT"):
        fp.dwell_times(fp.Macrospin(ZERO, np.diag([0, 0, 2.0]), 0.001, 0.05), thresholds=(-0.5, 0.5))
    with pytest.raises(SimulationError, match="kT"):
        fp.equilibrium(fp.Macrospin([600, 640, 480], np.diag([0, 0, 1e-9]), 0.001, 0.05))


def test_finite_elements_read_with_hysteresis_as_the_integrals_do():
    for spin in (
        uniaxial(20, field=0.1, damping=0.03),
        uniaxial(6, torque=0.3),
        uniaxial(4, modulations=(fp.Modulation(lambda c: 1 / (2 + c), damping_like=[0, 0, 0.01]),)),
    ):
        exact = fp.dwell_times(spin, thresholds=(-0.6, 0.5))
        found = fp.dwell_times(general(spin), thresholds=(-0.6, 0.5))
        assert_allclose(found[:2], exact[:2], rtol=1e-6)


def test_a_simulated_trace_read_with_hysteresis_has_the_dwell_times():
    layer = FreeLayer(
        saturation_magnetisation=1e5,
        volume=1e-23,
        damping=0.1,
        demagnetising_factors=(0.0, 0.0, 1.0),
        uniaxial_anisotropy=(1250.0, (1.0, 0.0, 0.0)),
    )
    reference = ReferenceLayer(direction=(0.8, 0.6, 0.0))
    junction = MTJ(free_layer=layer, barrier=Barrier(damping_like_per_volt=0.05), reference=reference)
    bias = Bias(voltage=0.05, field=(0.002, 0.004, 0.01))
    low, high = -0.4, 0.5
    expected = fp.dwell_times(junction, bias, thresholds=(low, high), rtol=1e-3)
    duration, replicas = 1e-6, 100
    run = simulate(
        junction,
        bias,
        duration=duration,
        replicas=replicas,
        seed=3,
        step=5e-13,
        settle=2e-8,
        thresholds=(low, high),
        sample_interval=1e-7,
    )
    share = float(run.parallel_share.mean())
    into = run.transitions_into.sum(("device", "bias", "replica")).values
    # About 6000 dwell times of each state: 5 standard deviations are 6.5 %.
    assert_allclose(share * duration * replicas / into[0], expected.parallel, rtol=0.065)
    assert_allclose((1 - share) * duration * replicas / into[1], expected.antiparallel, rtol=0.065)
    # The two-state times are a different thing: those of the slowest mode.
    assert fp.dwell_times(junction, bias).parallel > 1.2 * expected.parallel


def test_hysteresis_of_free_diffusion():
    """Without energy, D d/dc (1 - c^2) dT/dc = -1 gives T = ln((1 - low)/(1 - high))/D upwards."""
    free = fp.Macrospin(ZERO, np.zeros((3, 3)), THERMAL_FIELD, 0.1)
    low, high = -0.3, 0.6
    times = fp.dwell_times(free, thresholds=(low, high))
    up, down = np.log((1 - low) / (1 - high)), np.log((1 + high) / (1 + low))
    assert_allclose(times.antiparallel * free.diffusion, up, rtol=1e-10)
    assert_allclose(times.parallel * free.diffusion, down, rtol=1e-10)


def test_committor_quadrature_against_scipy():
    spin = uniaxial(4, field=0.1)
    u = lambda c: 4 * c * c + 0.8 * c  # noqa: E731
    low, high = -0.4, 0.5
    resistance = quad(lambda c: np.exp(-u(c)) / (1 - c * c), low, high)[0]

    def q(c):
        if c <= low:
            return 0.0
        if c >= high:
            return 1.0
        return quad(lambda x: np.exp(-u(x)) / (1 - x * x), low, c)[0] / resistance

    rising = quad(lambda c: q(c) * np.exp(u(c)), low, high)[0]
    rising += quad(lambda c: np.exp(u(c)), high, 1)[0]
    times = fp.dwell_times(spin, thresholds=(low, high))
    assert_allclose(times.parallel * spin.diffusion, rising * resistance, rtol=1e-8)
