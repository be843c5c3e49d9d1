"""Pulses by the Fokker-Planck equation, against closed forms and second discretisations."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.polynomial import legendre
from numpy.testing import assert_allclose
from scipy.linalg import expm
from scipy.special import roots_legendre
from scipy.stats import norm
from spins import THERMAL_FIELD, ZERO, along, biaxial, perpendicular

from mtjphys import fokker_planck as fp
from mtjphys import simulate
from mtjphys.bias import Bias
from mtjphys.bias.waveforms import Sine
from mtjphys.core.errors import MtjphysWarning, ParameterError, SimulationError
from mtjphys.fokker_planck import expansion, volumes
from mtjphys.junction import MTJ, FreeLayer, Heating


def relaxation_time(delta, spin):
    """Return tau_D = (1 + alpha^2)/(alpha gamma B_k)."""
    return 1 / (2 * delta * spin.diffusion)


def legendre_write_error(delta, torque, times, degree):
    """Forward equation in Legendre polynomials by the matrix exponential; antiparallel start, times in tau_D."""
    z, w = roots_legendre(2 * degree)
    scale = np.sqrt(np.arange(degree + 1) + 0.5)
    values = legendre.legvander(z, degree) * scale
    slopes = np.array([legendre.legval(z, legendre.legder(row)) for row in np.eye(degree + 1)]).T * scale
    drift = 2 * delta * (z + torque)
    operator = -(slopes * ((1 - z * z) * w)[:, None]).T @ (slopes - drift[:, None] * values)
    z, w = (z - 1) / 2, w / 2
    start = np.exp(delta * (z * z - 1))
    start /= w @ start
    values = legendre.legvander(z, degree) * scale
    return [w @ values @ expm(operator * t / (2 * delta)) @ values.T @ (w * start) for t in times]


def test_write_error_against_a_second_discretisation():
    spin = along(40, torque=2)
    times = np.array([2.0, 4.0, 6.0])
    ours = fp.write_error(spin, durations=times * relaxation_time(40, spin), initial="antiparallel", rtol=1e-6)
    assert_allclose(ours, legendre_write_error(40, 2, times, 200), rtol=1e-6)
    assert_allclose(ours, [0.450451219, 1.00152101e-2, 1.75721430e-4], rtol=1e-6)
    default = fp.write_error(spin, durations=times * relaxation_time(40, spin), initial="antiparallel")
    assert_allclose(default, ours, rtol=1e-4)


def test_write_error_once_the_moment_has_settled():
    spin = along(40, torque=2)
    tau = relaxation_time(40, spin)
    ours = fp.write_error(spin, durations=np.array([2, 4, 6]) * tau, initial="antiparallel", settle=10 * tau)
    assert_allclose(ours, [0.45035, 1.0050e-2, 1.7634e-4], rtol=5e-5)  # an independent code, to its last digit


@pytest.mark.parametrize(("delta", "torque", "span"), [(40, 2.0, (9, 14)), (100, 1.4, (24, 36))])
def test_small_write_errors_decay_at_the_rate_of_the_pulse(delta, torque, span):
    spin = along(delta, torque)
    times = np.array(span) * relaxation_time(delta, spin)
    early, late = fp.write_error(spin, durations=times, initial="antiparallel")
    assert 1e-13 < late < early < 1e-5
    assert_allclose(np.log(early / late) / np.diff(times)[0], fp.relaxation_rate(spin), rtol=1e-6)


def test_small_probabilities_against_uniformisation():
    """All terms of v(t) = sum_n Poisson(n; q t) (1 + A/q)^n v are positive: nothing cancels."""
    delta, cells = 30, 256
    spin = along(delta, torque=2)
    before, pulse = (volumes.potential_along_reference(s) for s in (along(delta), spin))
    faces, centres = volumes.mesh(cells, 0.0)
    weights = volumes.well_share(before, faces, centres, centres < 0)
    rates = volumes.cell_rates(pulse, faces, centres)
    times = np.array([0.1, 0.2, 0.5, 1.0]) / (2 * delta)
    values = (centres > 0).astype(float)
    ours, _ = volumes.advance(rates, values.copy(), weights, times, 0.3)

    fastest = (rates.down + rates.up).max()
    expected, log_weight = np.zeros(times.size), -fastest * times
    for n in range(int(fastest * times[-1] + 12 * np.sqrt(fastest * times[-1]))):
        if n > 0:
            log_weight = log_weight + np.log(fastest * times / n)
            stay = 1 - (rates.down + rates.up) / fastest
            values = (
                stay * values + (rates.up * np.append(values[1:], 0) + rates.down * np.append(0, values)[:-1]) / fastest
            )
        expected += np.exp(log_weight) * (weights @ values)
    assert expected[0] < 1e-11 < 1e-2 < expected[-1]
    assert_allclose(ours, expected, rtol=1e-5)


def test_detailed_balance_of_probabilities_far_below_one():
    """Under one bias, pi_P P(P to AP) = pi_AP P(AP to P) at every time."""
    delta, h = 25, 0.2
    spin = along(delta, field=(0, 0, h))
    times = np.geomspace(0.3, 100, 6) * relaxation_time(delta, spin)
    down = fp.switching_probability(spin, durations=times, start=spin, rtol=1e-6)
    up = fp.switching_probability(spin, durations=times, start=spin, initial="antiparallel", rtol=1e-6)
    x, w = roots_legendre(200)

    def weight(first, last):
        z = (first + last + (last - first) * x) / 2
        return (last - first) / 2 * (w @ np.exp(delta * (z * z + 2 * h * z)))

    assert down[0] < 1e-14
    assert_allclose(down * weight(-h, 1), up * weight(-1, -h), rtol=1e-4)
    default = fp.switching_probability(spin, durations=times, start=spin, initial="antiparallel")
    assert_allclose(default[up > 1e-11], up[up > 1e-11], rtol=1e-4)
    assert (up > 1e-11).sum() >= 3


def test_thermally_activated_switching_follows_the_rate():
    spin, start = along(40, torque=0.4), along(40)
    rate = fp.relaxation_rate(spin)
    times = np.array([1e-6, 1e-3, 1.0, 3.0]) / rate
    ours = fp.switching_probability(spin, durations=times, start=start, initial="antiparallel")
    # The start settles into the well of the pulse within some relaxation times, which costs about exp(-lag).
    lag = -np.log1p(-ours[1]) / rate - times[1]
    assert abs(lag) < 40 * relaxation_time(40, spin)
    assert_allclose(ours[1:], -np.expm1(-rate * (times[1:] + lag)), rtol=1e-6)


@pytest.mark.parametrize("hidden", [False, True])
def test_free_diffusion_out_of_a_well(hidden):
    """Without energy P = 1/2 - sum_l c_l e^{-l (l + 1) D t}, with the moments of the start."""
    start = along(6, hidden=hidden)
    free = fp.Macrospin(ZERO, np.zeros((3, 3)), THERMAL_FIELD, 0.1)
    free.__dict__["axis"] = None if hidden else free.axis
    times = np.array([0.01, 0.1, 1.0])
    z, w = roots_legendre(300)
    z, w = (z + 1) / 2, w / 2
    density = np.exp(6 * z * z)
    density /= w @ density
    table = legendre.legvander(z, 120) * (np.arange(121) + 0.5)
    moments = (w * density) @ legendre.legvander(z, 120) * -(w @ table)
    degree = np.arange(1, 121, 2)
    expected = 0.5 + np.array([moments[1::2] @ np.exp(-degree * (degree + 1) * t) for t in times])
    ours = fp.switching_probability(free, durations=times / free.diffusion, start=start)
    assert_allclose(ours, expected, rtol=1e-4)
    assert_allclose(fp.write_error(free, durations=times / free.diffusion, start=start), 1 - expected, rtol=1e-4)


def test_settling_sends_back_what_stopped_near_the_top():
    spin, start = along(20, torque=3), along(20)
    tau = relaxation_time(20, spin)
    times = np.array([0.0, 0.5, 5.0]) * tau
    at_once, settled = (
        fp.switching_probability(spin, durations=times, start=start, initial="antiparallel", settle=settle)
        for settle in (0.0, 10 * tau)
    )
    assert at_once[0] == 0
    # Without a pulse, settling is waiting.
    waited = fp.switching_probability(start, durations=[10 * tau], start=start, initial="antiparallel")
    assert_allclose(settled[0], waited[0], rtol=1e-5)
    assert abs(settled[1] - at_once[1]) > 1e-3
    assert_allclose(settled[2], 1, rtol=1e-4)


def test_direction_of_the_reference_layer():
    spin, start = along(20, torque=2), along(20)
    times = np.array([1.0, 3.0]) * relaxation_time(20, spin)
    up = fp.switching_probability(spin, durations=times, start=start, initial="antiparallel")
    spin, start = (along(20, torque=t, reference=[0, 0, -1]) for t in (2, 0))
    assert_allclose(fp.switching_probability(spin, durations=times, start=start), up, rtol=1e-10)
    tilted = [along(20, torque=t, reference=[0.6, 0, 0.8]) for t in (2, 0)]
    ours = fp.switching_probability(tilted[0], durations=times, start=tilted[1], initial="antiparallel")
    assert_allclose(ours, up, rtol=1e-10)


def test_junction_and_its_macrospin_and_shapes():
    junction = perpendicular(8e4)
    bias = Bias(voltage=0.8)
    times = np.array([[3e-9, 0.0], [1e-9, 3e-9]])
    ours = fp.write_error(junction, bias, times, initial="antiparallel")
    assert ours.shape == (2, 2) and ours[0, 1] == 1 and ours[0, 0] == ours[1, 1] < ours[1, 0] < 1
    plain = (fp.macrospin(junction, b) for b in (bias, Bias()))
    assert_allclose(fp.write_error(next(plain), durations=times, start=next(plain), initial="antiparallel"), ours)
    current = fp.switching_probability(junction, Bias(current=1e-4), 3e-9, initial="antiparallel")
    assert current.shape == () and 0 < current < 1
    assert fp.write_error(junction, bias).shape == (0,)


def warned(function, *arguments, **options):
    """Return the result, and whether it was warned of a start in the state that the pulse favours."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MtjphysWarning)
        values = function(*arguments, **options)
    assert all("the pulse drives towards the state that it starts from" in str(one.message) for one in caught)
    return values, bool(caught)


@pytest.mark.parametrize("function", [fp.switching_probability, fp.write_error])
@pytest.mark.parametrize("initial", ["parallel", "antiparallel"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("drive", ["voltage", "current", "field", "series"])
def test_a_start_in_the_state_that_the_pulse_favours_is_warned_of(drive, sign, initial, function):
    """Positive voltage and a field along p favour the parallel state."""
    bias = {
        "voltage": Bias(voltage=0.2 * sign),
        "current": Bias(current=4e-5 * sign),
        "field": Bias(field=(0.0, 0.0, 0.03 * sign)),
        "series": Bias(voltage=0.4 * sign, series_resistance=5e3),
    }[drive]
    junction = perpendicular()
    values, caught = warned(function, junction, bias, [1e-9, 3e-8], start=Bias(), initial=initial)
    assert caught == ((sign > 0.0) == (initial == "parallel"))
    switched = values if function is fp.switching_probability else 1.0 - values
    assert (switched[-1] < 0.5) == caught


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_start_is_watched_without_an_axis_too(sign):
    spins = [replace(biaxial(3, 1.0, 0.3), damping_like=[0.03 * factor, 0, 0]) for factor in (sign, 0.0)]
    options = {"durations": [1e-10], "start": spins[1], "rtol": 1e-2}
    for initial, state in (("parallel", 1.0), ("antiparallel", -1.0)):
        assert warned(fp.switching_probability, spins[0], initial=initial, **options)[1] == (sign == state)


def test_rest_and_thermal_reversal_are_not_warned_of():
    junction = perpendicular()
    for bias in (Bias(), Bias(field=(0.0, 0.0, 0.005)), Bias(field=(0.0, 0.0, -0.005)), Bias(temperature=400.0)):
        for initial in ("parallel", "antiparallel"):
            assert not warned(fp.switching_probability, junction, bias, [1e-9], initial=initial)[1]
    # A pulse without torque that brings back a start in a field.
    against = Bias(field=(0.0, 0.0, -0.002))
    assert not warned(fp.switching_probability, junction, Bias(voltage=-0.2), [3e-8], start=against)[1]


@pytest.mark.parametrize(("delta", "torque"), [(5, 2.0), (15, 0.5), (15, 2.0), (40, 2.0)])
def test_general_and_axial_pulses_agree(delta, torque):
    times = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 6.0]) * relaxation_time(delta, along(delta))
    for function in (fp.switching_probability, fp.write_error):
        exact = function(along(delta, torque), durations=times, initial="antiparallel")
        spin, start = (along(delta, t, hidden=True) for t in (torque, 0))
        ours = function(spin, durations=times, start=start, initial="antiparallel")
        assert_allclose(ours, exact, rtol=1e-4, atol=1e-11)


def test_general_pulse_with_settling_is_the_axial_one():
    spin, start = along(8, torque=3), along(8)
    tau = relaxation_time(8, spin)
    options = dict(durations=np.array([0.0, 0.5, 2.0]) * tau, initial="antiparallel", settle=3 * tau)
    exact = fp.write_error(spin, start=start, **options)
    hidden = (along(8, torque, hidden=True) for torque in (3, 0))
    assert_allclose(fp.write_error(next(hidden), start=next(hidden), **options), exact, rtol=1e-5)


def in_plane(damping):
    """An in-plane junction with a barrier of 10 kT and one and a half times the torque along its easy axis."""
    matrix = np.diag([0.2, 0.0, -1.0])
    return fp.Macrospin(ZERO, matrix, THERMAL_FIELD, damping, [0.3 * damping, 0, 0], reference=[1, 0, 0])


def test_precession_that_winds_up_for_minutes_is_refused_at_once(monkeypatch):
    class SolvedError(Exception):
        pass

    def solve(*arguments):
        raise SolvedError

    monkeypatch.setattr(expansion, "in_krylov_spaces", solve)
    words = (
        r"damping=1e-06 is too low for a pulse of 1e-09 s .* damping to at least (\S+), .* at most (\S+) s, or use rare"
    )
    with pytest.raises(SimulationError, match=words) as caught:
        fp.switching_probability(in_plane(1e-6), durations=[1e-10, 1e-9], initial="antiparallel")
    damping, duration = map(float, re.search(words, str(caught.value)).groups())
    with pytest.raises(SimulationError, match="too low for a settle time of 1e-09 s"):
        fp.write_error(in_plane(1e-6), durations=[1e-12], settle=1e-9)
    # What the message names is solved for, to its two digits, and less is not.
    for spin, time, error in (
        (in_plane(1.05 * damping), 1e-9, SolvedError),
        (in_plane(0.8 * damping), 1e-9, SimulationError),
        (in_plane(1e-6), 0.95 * duration, SolvedError),
        (in_plane(1e-6), 1.2 * duration, SimulationError),
        (along(10, 2, damping=1e-6, hidden=True), 1e-9, SolvedError),  # precession about the axis moves nothing
    ):
        with pytest.raises(error):
            fp.write_error(spin, durations=[time])


def test_short_pulses_need_no_damping():
    # A fraction of a turn: the answer of damping 1e-6 is that of 1e-4 to the effect of the damping in it.
    low, high = (
        fp.switching_probability(in_plane(alpha), durations=[1e-11], initial="antiparallel") for alpha in (1e-6, 1e-4)
    )
    assert_allclose(low, high, rtol=5e-3)


def test_a_pulse_that_is_not_stable_stops_when_the_work_is_done(monkeypatch):
    monkeypatch.setattr(expansion, "MOST_WORK", 8_000)
    with pytest.raises(SimulationError, match=r"damping=0.1 is not stable to rtol=0.0001 .* at 1860 unknowns"):
        fp.switching_probability(in_plane(0.1), durations=[1e-9], initial="antiparallel")


def test_noise_is_not_returned_as_a_probability():
    spin, start = along(3, torque=-4, hidden=True), along(3, hidden=True)
    times = np.array([0.0, 6.0]) * relaxation_time(3, spin)
    with pytest.warns(MtjphysWarning, match="lost in rounding"):
        assert fp.write_error(spin, durations=times, start=start).tolist() == [1.0, 0.0]


def test_switching_by_an_oblique_field_in_simulation():
    """In-plane junction with a thin-film demagnetising field, switched by an oblique field pulse."""
    layer = FreeLayer(
        saturation_magnetisation=1e6,
        volume=4e-25,
        damping=0.1,
        demagnetising_factors=(0.1, 0.1, 0.8),
        uniaxial_anisotropy=(5e4, (1.0, 0.0, 0.0)),
    )
    junction = MTJ(free_layer=layer)
    start, bias, duration = Bias(), Bias(field=(-0.04, 0.01, 0.008)), 4e-10
    exact = float(fp.switching_probability(junction, bias, duration, start=start))
    assert 0.2 < exact < 0.8

    # Boltzmann in the well of m.p > 0 by rejection
    spin, rng, lanes = fp.macrospin(junction, start), np.random.default_rng(7), 2000
    m = rng.normal(size=(400_000, 3))
    m /= np.linalg.norm(m, axis=1)[:, None]
    u = spin.log_density()(m)
    m = m[(m @ spin.reference > 0) & (rng.random(m.shape[0]) < np.exp(u - u.max()))][:lanes]
    assert m.shape[0] == lanes
    run = simulate(junction, bias, duration=duration, replicas=lanes, seed=3, initial=m, sample_interval=duration)
    switched = float((run.m.values[..., -1, :] @ spin.reference < 0).mean())
    five_sigma = norm.isf(2.9e-7) * np.sqrt(exact * (1 - exact) / lanes)
    assert abs(switched - exact) < five_sigma


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fp.switching_probability(along(9, 2), durations=[-1.0]), "durations"),
        (lambda: fp.switching_probability(along(9, 2), durations=[np.nan]), "durations"),
        (lambda: fp.write_error(along(9, 2), durations=[1e-9], settle=-1.0), "settle=-1 s"),
        (lambda: fp.write_error(along(9, 2), durations=[1e-9], initial="up"), "antiparallel"),
        (lambda: fp.write_error(along(9, 2), durations=[1e-9], rtol=1e-9), "rtol=1e-09"),
        (lambda: fp.write_error(along(9, field=(0, 0, 1.2)), durations=[1e-9]), "no second well"),
        (lambda: fp.write_error(along(9, reference=[1, 0, 0]), durations=[1e-9]), "right angles"),
        (lambda: fp.write_error(along(9, field=(1.5, 0, 0.2)), durations=[1e-9]), "no well with m.p above 0"),
        (
            lambda: fp.write_error(
                along(9), durations=[1e-9], start=fp.Macrospin(ZERO, np.diag([0, 1, 5]), 0.1, 0.1, [1, 0, 0])
            ),
            "Boltzmann density",
        ),
        (lambda: fp.write_error(along(9), durations=[1e-9], start=Bias()), "must be one too"),
        (lambda: fp.write_error(along(9), durations=[1e-9], start=along(9, reference=[0, 0, -1])), "reference"),
        (lambda: fp.write_error(perpendicular(8e4), Bias(), [1e-9], start=along(9)), "must be a Bias"),
        (
            lambda: fp.write_error(perpendicular(8e4), Bias(voltage=Sine(amplitude=0.1, frequency=1e9)), [1e-9]),
            "simulate",
        ),
        (
            lambda: fp.write_error(
                perpendicular(8e4, heating=Heating(thermal_resistance=1e6)), Bias(voltage=0.1), [1e-9]
            ),
            "heating",
        ),
        (lambda: fp.spectrum(along(3), frequencies=[-1.0], observable="projection"), "frequencies"),
        (lambda: fp.spectrum(along(3), observable="resistance"), "resistance"),
        (lambda: fp.spectrum(along(3), observable="mz"), "unit vector"),
        (lambda: fp.autocorrelation(along(3), observable=[1.0, 1.0, 0.0]), "unit vector"),
    ],
)
def test_bad_input_is_one_clear_sentence(call, message):
    with pytest.raises(ParameterError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("delta", "durations", "expected"),
    [(4, (0.5, 1, 2), 0.22633), (10, (0.5, 1, 2), None), (4, (0.02, 0.1), None)],
)
def test_a_tilted_reference_is_as_accurate_as_asked_for(delta, durations, expected):
    """p at 30 degrees from the easy axis; the first was 0.22676, 1.9e-3 off at an rtol of 1e-4, Delta 10 5e-3 off."""
    reference = np.array([np.sin(np.pi / 6), 0.0, np.cos(np.pi / 6)])
    torque = -0.16 * 10 * 0.2 * reference
    spin = fp.Macrospin(
        np.array([0.15, 0.0, 0.0]), np.diag([0.0, 0.0, 1.0]), 0.5 / delta, 0.2, damping_like=torque, reference=reference
    )
    times = np.array(durations) * relaxation_time(delta, spin)
    fine = fp.switching_probability(spin, durations=times, rtol=1e-6)
    assert expected is None or fine[0] == pytest.approx(expected, abs=5e-6)
    for rtol in (1e-2, 1e-3, 1e-4):
        assert_allclose(fp.switching_probability(spin, durations=times, rtol=rtol), fine, rtol=rtol)
        assert_allclose(fp.write_error(spin, durations=times, rtol=rtol), 1 - fine, rtol=rtol)


def test_a_short_pulse_at_the_lowest_damping_is_refused_within_seconds():
    """Two turns of precession wind an edge up that nothing smooths: it once ran for minutes."""
    reference = np.array([np.sin(0.3), 0.0, np.cos(0.3)])
    spin = fp.Macrospin(
        [0.15, 0.0, 0.0], np.diag([0.0, 0.0, 1.0]), 0.05, 1e-6, damping_like=-1.5e-6 * reference, reference=reference
    )
    with pytest.raises(SimulationError, match=r"damping=1e-06 is too low for a pulse of .*use rare_events"):
        fp.switching_probability(spin, durations=[5.7e-11])
