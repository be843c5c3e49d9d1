"""The Kramers turnover against quadrature, precession and integral equations."""

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import erf

from mtjphys import theory
from mtjphys.macrospin import energy
from mtjphys.theory import turnover


@pytest.mark.parametrize("loss", [1e-4, 0.03, 1.0, 8.0])
def test_depopulation_factor_against_quadrature(loss):
    def integrand(x):
        return math.log(-math.expm1(-loss * (x**2 + 0.25))) / (x**2 + 0.25)

    cut = 60 / math.sqrt(loss)
    exact = math.exp(quad(integrand, 0, cut, limit=2000, epsabs=1e-10, points=[1, cut / 60, cut / 20])[0] / math.pi)
    assert theory.depopulation_factor(loss) == pytest.approx(exact, rel=1e-4)


def test_depopulation_factor_limits():
    assert theory.depopulation_factor(0.0) == 0.0
    # The first correction is -0.82 sqrt(delta).
    assert theory.depopulation_factor(1e-6) == pytest.approx(1e-6, rel=1e-3)
    assert theory.depopulation_factor(200.0) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(
    ("field", "diagonal"),
    [((0, 0, 0), (1, 0, -50)), ((0.2, 0.3, 1.0), (1, 0, -5)), ((0.2, 0, 0.3), (0, 0, 1)), ((0, 0.02, 0), (1, 0, -5))],
)
def test_action_is_the_dissipation_of_one_precession(field, diagonal):
    """Follow the undamped precession just inside the well once around; alpha times the action is what it loses."""
    case = energy.Landscape(np.array(field, float), np.diag(diagonal).astype(float), 1.0)
    (bx, by, bz), (kx, ky, kz) = field, diagonal
    top = energy.saddles(case)[0].energy
    for well in energy.wells(case):
        level = top - 0.02 * (top - well.energy)
        ray = np.linalg.svd(well.direction[None, :])[2][1]
        angles = np.linspace(0, np.pi, 100_000)[:, None]
        points = np.cos(angles) * well.direction + np.sin(angles) * ray
        start = points[np.argmax(energy.energy(case, points) > level)]
        plane = np.cross(well.direction, ray)

        def motion(t, m):
            x, y, z, _ = m
            hx, hy, hz = bx + kx * x, by + ky * y, bz + kz * z
            u, v, w = hy * z - hz * y, hz * x - hx * z, hx * y - hy * x
            return [u, v, w, u * u + v * v + w * w]

        def back(t, m, plane=plane):
            return m[:3] @ plane

        first = solve_ivp(motion, (0, 0.01), [*start, 0.0], rtol=1e-7, atol=1e-9).y[:, -1]
        back.terminal, back.direction = True, np.sign(first[:3] @ plane)
        rest = solve_ivp(motion, (0, 1000), first, events=back, rtol=1e-7, atol=1e-9)
        assert turnover.action(case, well, level) == pytest.approx(rest.y[3, -1], rel=2e-3)


def naive_turnover(losses, gap, cells=120, reach=12.0):
    """Mel'nikov's problem with two saddles: follow the energy from saddle to saddle, on a grid of kT.

    Backwards in time the energy falls by the loss on average, with the variance 2 loss; v is the probability of having
    come from well 0. At a saddle one stays in the well below its height, and changes it above.
    """
    edges = np.linspace(-reach, reach, cells + 1)
    centres = 0.5 * (edges[1:] + edges[:-1])
    above = [np.clip((edges[1:] - height) * cells / (2 * reach), 0, 1) for height in (0.0, gap)]
    arrivals = [(well, saddle) for well in (0, 1) for saddle in (0, 1)]
    system, source = np.eye(4 * cells), np.zeros(4 * cells)
    for well, saddle in arrivals:
        half = 0.5 * losses[well]
        below = 0.5 * (1 + erf((edges - (centres[:, None] - half)) / math.sqrt(4 * half)))
        chance = np.diff(below)
        chance[:, -1] += 1 - below[:, -1]
        rows = arrivals.index((well, saddle)) * cells + np.arange(cells)
        start = 1 - saddle
        for before, share in ((well, 1 - above[start]), (1 - well, above[start])):
            columns = arrivals.index((before, start)) * cells + np.arange(cells)
            system[np.ix_(rows, columns)] -= chance * share
        source[rows] += (well == 0) * below[:, 0]
    v = np.linalg.solve(system, source).reshape(4, cells)
    weight = -np.diff(np.exp(-edges))
    flux = sum(weight * above[k] @ (v[arrivals.index((0, k))] - v[arrivals.index((1, k))]) for k in (0, 1))
    return flux / (1 + math.exp(-gap))


@pytest.mark.parametrize("losses", [(1.5, 1.5), (5.0, 2.0), (12.0, 12.0)])
def test_turnover_with_two_saddles_against_its_integral_equations(losses):
    for gap in (0.0, 0.2, 0.7, 1.5, 4.0):
        assert turnover.turnover(list(losses), gap) == pytest.approx(naive_turnover(losses, gap), rel=0.03)
    one, two, both = theory.depopulation_factor([*losses, sum(losses)])
    assert turnover.turnover(list(losses), math.inf) == pytest.approx(one * two / both, rel=1e-12)


@pytest.mark.parametrize("gap", [0.0, 0.5, 2.0, 9.0])
def test_lowest_damping_is_the_diffusion_of_energy_to_the_lowest_saddle(gap):
    loss = 1e-5
    assert turnover.turnover([loss, loss], gap) * (1 + math.exp(-gap)) == pytest.approx(0.5 * loss, rel=0.01)
