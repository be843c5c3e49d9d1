"""The amplifier: measured response, exact steps, and the noise that it lets through."""

import numpy as np
import pytest
from scipy import signal as scipy_signal

from mtjphys.laboratory.readout import Instrument, measure
from mtjphys.laboratory.readout.filters import amplifier, bessel_noise_gain

INTERVAL = 1e-9


def volts(values, **arguments):
    return measure(values, sample_interval=INTERVAL, units="V", **arguments)


@pytest.mark.parametrize("settings", [{"filter": "one-pole"}, {"filter": "bessel", "order": 2}, {"filter": "bessel"}])
def test_response_is_3_db_down_at_the_bandwidth(settings):
    bandwidth, n = 5e6, 100_000
    t = np.arange(n) * INTERVAL
    for frequency in (bandwidth / 50, bandwidth, 4 * bandwidth):
        tone = np.sin(2 * np.pi * frequency * t)
        out = volts(tone, bandwidth=bandwidth, **settings).signal.values[n // 2 :]
        gain = abs(2 * np.mean(out * np.exp(-2j * np.pi * frequency * t[n // 2 :])))
        if frequency == bandwidth:
            # The hold of one sample takes pi^2 (f dt)^2 / 6 off the one-pole, 4e-5 here.
            assert gain == pytest.approx(np.sqrt(0.5), rel=2e-4)
        elif frequency < bandwidth:
            assert gain == pytest.approx(1.0, abs=3e-4)
        else:
            assert gain < 0.26


def test_one_pole_is_exact_for_a_held_input():
    bandwidth = 30e6
    rate = 2 * np.pi * bandwidth * INTERVAL
    step = np.concatenate((np.full(10, 0.2), np.full(90, 0.7)))
    out = volts(step, bandwidth=bandwidth, gain=2.0).signal.values
    n = np.arange(100)
    expected = 0.4 + np.where(n < 10, 0.0, -np.expm1(-rate * (n - 10)))
    np.testing.assert_allclose(out, expected, atol=1e-13)
    random = np.random.default_rng(3).normal(size=300)
    naive = [random[0]]
    for held in random[:-1]:
        naive.append(held + (naive[-1] - held) * np.exp(-rate))
    np.testing.assert_allclose(volts(random, bandwidth=bandwidth).signal, naive, atol=1e-13)


def test_bessel_step_settles_with_little_overshoot_and_starts_settled():
    step = np.concatenate((np.full(10, 0.2), np.full(2000, 0.7)))
    out = volts(step, bandwidth=5e6, filter="bessel", order=4).signal.values
    assert np.array_equal(out[:10], np.full(10, 0.2))
    assert out[-1] == pytest.approx(0.7, abs=1e-12)
    assert 0.7 < out.max() < 0.7 + 0.5 * 0.012  # the fourth-order Bessel overshoots by 0.8 %
    # Rise time 10-90 % of a low-pass without overshoot: 0.35/bandwidth.
    rise = np.count_nonzero((out > 0.25) & (out < 0.65)) * INTERVAL
    assert rise == pytest.approx(0.35 / 5e6, rel=0.03)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"bandwidth": 20e6},
        {"bandwidth": 20e6, "filter": "bessel", "order": 4},
        {"bandwidth": 200e6, "filter": "bessel", "order": 7},
    ],
)
def test_noise_has_its_rms_from_the_first_sample_on(settings):
    lanes, n = 4000, 20
    noise = volts(np.full((lanes, n), 0.3), noise_rms=2e-3, seed=5, **settings).signal.values - 0.3
    # Each column has 4000 independent samples: the relative error of a variance is sqrt(2/4000) =
    # 0.0224, and five such cover the largest of 20 columns with a false alarm of 1e-5.
    variance = (noise**2).mean(axis=0)
    np.testing.assert_allclose(variance, 4e-6, rtol=5 * 0.0224)
    assert abs(noise[:, 0].mean()) < 5 * 2e-3 / np.sqrt(lanes)


@pytest.mark.parametrize("order", [1, 3, 8])
@pytest.mark.parametrize("bandwidth", [0.3, 0.03, 0.002])
def test_bessel_noise_gain_is_the_energy_of_the_impulse_response(order, bandwidth):
    instrument = Instrument(bandwidth=bandwidth, filter="bessel", order=order)
    impulse = np.zeros(20_000)
    impulse[0] = 1.0
    out = scipy_signal.sosfilt(amplifier(instrument, 1.0), impulse)
    assert bessel_noise_gain(instrument, 1.0) == pytest.approx(np.sum(out**2), rel=1e-6)


@pytest.mark.parametrize("every", [1, 4])
def test_noise_that_is_taken_seldom_forgets_as_the_filter_does(every):
    bandwidth, n = 0.03 / INTERVAL, 4_000_000
    settings = {"bandwidth": bandwidth, "noise_rms": 1e-3, "sample_rate": 1 / (every * INTERVAL)}
    noise = volts(np.zeros(n), seed=4, **settings).signal.values
    assert noise.size == n // every
    # Five standard errors of the variance and of the correlation of neighbours, of a million samples.
    decay = np.exp(-2 * np.pi * 0.03 * every)
    assert np.var(noise) == pytest.approx(1e-6, rel=5 * np.sqrt(2 / noise.size * (1 + decay**2) / (1 - decay**2)))
    assert np.corrcoef(noise[1:], noise[:-1])[0, 1] == pytest.approx(
        decay, abs=5 * np.sqrt((1 - decay**2) / noise.size)
    )


def test_one_sample_is_taken_with_its_noise():
    assert volts(np.zeros(8), bandwidth=0.03 / INTERVAL, noise_rms=1e-3, sample_rate=0.1 / INTERVAL).signal.size == 1


def test_filtered_noise_has_the_density_of_the_filter():
    bandwidth, n = 20e6, 1_000_000
    noise = volts(np.zeros(n), bandwidth=bandwidth, noise_rms=1e-3, seed=2).signal.values
    frequency, density = scipy_signal.welch(noise, 1 / INTERVAL, nperseg=4096)
    expected = 1e-6 / (np.pi / 2 * bandwidth) / (1 + (frequency / bandwidth) ** 2)
    band = (frequency > 1e6) & (frequency < 40e6)
    # 160 bins of about 488 averages each: relative error 1/sqrt(78000) = 0.0036; five of those.
    assert np.mean(density[band] / expected[band]) == pytest.approx(1.0, abs=0.018)
