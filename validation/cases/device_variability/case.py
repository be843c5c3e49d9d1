"""Devices that differ: spreads and correlations from measurements with errors.

Devices are drawn from a population of three numbers and measured with normal errors, which differ from device to device
by a factor of two either way and are five times as large for every fourth; the population is found again. Over many
wafers a 95 % interval of a mean, a spread or a correlation has to hold the truth 95 times of 100, and so has that of a
device's own number. The restricted likelihood's variances have no bias but that of their being positive; the variance
of the estimates, which is often taken for the devices', holds the errors as well. Where all devices are alike,
intervals of spreads have to begin at zero. Weakly measured devices gain from the others: their mean square error is
that of the expectation given their data and the true population, and what the errors of mean and variances add, known
to the order of one over the number of devices (N. G. N. Prasad and J. N. K. Rao, J. Am. Stat. Assoc. 85, 163 (1990)).

The whole chain stands beside it: junctions of a known variability, their dwell times as a laboratory would write them
down, one fit for each, and the population of the fits.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.calibration.devices.evidence import Evidence, spread_points
from mtjphys.calibration.devices.population import populate
from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.statistics import jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Experiments"
CAPTION = (
    "Left: spreads that are found over the true ones, and the standard deviations of the estimates, which hold the "
    "errors. Right: errors of the weakly measured devices, alone and with the population."
)
LONG = True
Array = NDArray[np.float64]

MEAN = np.array([1.0, -2.0, 0.5])
SPREAD = np.array([0.2, 0.3, 0.1])
CORRELATION = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])
PAIRS = np.tril_indices(3, -1)
ERROR, WEAK, DEVICES = 0.1, 5.0, 32
DENSITY, FIELD = "free_layer.uniaxial_anisotropy", "reference.stray_field.z"


class Wafer(NamedTuple):
    """What was found of one wafer."""

    held: tuple[Array, Array, Array, Array]  # means, spreads, correlations, devices: whether intervals hold the truth
    variances: Array  # over the true ones
    naive: Array  # of the estimates, over the true ones
    expected: Array  # mean square errors of the weak devices: on average,
    shared: Array  # with the population,
    alone: Array  # and by their own data
    zero: Array  # whether the interval of a spread begins at zero


def errors_of_prediction(sigma: Array, covariances: Array, asked: slice) -> Array:
    """Return the mean square errors of devices that are predicted with an estimated population, on average.

    With V = Sigma + C and B = C V^-1 of a device, ``g1 + g2 + g3 = Sigma B^T + B H^-1 B^T + sum_ab B E_a V^-1 E_b B^T
    (I^-1)_ab``: H is the information of the mean, E_a = dSigma/dsigma_a and ``I_ab = sum tr(V^-1 E_a V^-1 E_b)/2``.
    """
    weights = np.linalg.inv(sigma + covariances)
    mean = np.linalg.inv(weights.sum(axis=0))
    basis = []
    for j, k in zip(*np.tril_indices(3), strict=True):
        one = np.zeros((3, 3))
        one[j, k] = one[k, j] = 1.0
        basis.append(one)
    products = np.array([weights @ one for one in basis])
    variances = np.linalg.inv(0.5 * np.einsum("anij,bnji->ab", products, products))
    found = []
    for covariance, weight in zip(covariances[asked], weights[asked], strict=True):
        share = covariance @ weight
        more = mean + sum(
            variances[a, b] * one @ weight @ other for a, one in enumerate(basis) for b, other in enumerate(basis)
        )
        found.append(np.diag(sigma @ share.T + share @ more @ share.T))
    return np.mean(found, axis=0)


def normal(centre: Array, covariance: Array) -> Evidence:
    """Return a device that is measured with normal errors."""
    points = spread_points(centre.size, 200)
    return Evidence(centre, np.linalg.cholesky(covariance), points, -0.5 * np.sum(points**2, axis=1))


def wafer(seed: int, scale: float = 1.0) -> Wafer:
    """Draw devices, measure them, and find their population."""
    stream = np.random.default_rng((seed, 97))
    sigma = CORRELATION * np.outer(scale * SPREAD, scale * SPREAD)
    truth = stream.multivariate_normal(MEAN, sigma, size=DEVICES)
    measured, covariances = [], []
    for k, numbers in enumerate(truth):
        error = ERROR * np.exp(stream.normal(0.0, 0.7, 3)) * (WEAK if k % 4 == 0 else 1.0)
        axes = np.linalg.qr(stream.standard_normal((3, 3)))[0]
        covariances.append((axes * error**2) @ axes.T)
        measured.append(normal(stream.multivariate_normal(numbers, covariances[-1]), covariances[-1]))
    found = populate(measured)
    held = (
        (found.mean.low <= MEAN) & (found.mean.high >= MEAN),
        (found.spread.low <= scale * SPREAD) & (found.spread.high >= scale * SPREAD),
        ((found.correlation.low <= CORRELATION) & (found.correlation.high >= CORRELATION))[PAIRS],
        np.abs(found.devices - truth) < 1.96 * found.errors,
    )
    weak = slice(None, None, 4)
    estimates = np.array([device.centre for device in measured])
    unit = (scale * SPREAD) ** 2 if scale else np.ones(3)
    return Wafer(
        held,
        found.spread.value**2 / unit,
        estimates.var(axis=0, ddof=1) / unit,
        errors_of_prediction(sigma, np.array(covariances), weak) if scale else np.full(3, np.nan),
        np.mean((found.devices - truth)[weak] ** 2, axis=0),
        np.mean((estimates - truth)[weak] ** 2, axis=0),
        found.spread.low == 0.0,
    )


def chain(seed: int, devices: int) -> tuple[Array, Array]:
    """Measure and calibrate junctions of a known variability.

    Returns
    -------
    tuple of array
        Errors of what is known of each device in their standard deviations, (devices, 2), and whether the intervals of
        medians, spreads and correlation hold the truth, (5,).
    """
    nominal = mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 1e-24,
            "damping": 0.02,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (5e4, (0.0, 0.0, 1.0)),
        },
        reference={"direction": (0.0, 0.0, 1.0), "stray_field": (0.0, 0.0, 1e-3)},
    )
    spread = mp.Spread(
        relative={DENSITY: 0.02}, absolute={FIELD: 6e-4}, correlations=((DENSITY, FIELD, 0.6),), seed=seed
    )
    chip = spread.junctions(nominal, devices)
    stream = np.random.default_rng((seed, 98))
    laboratories: dict[str, Any] = {}
    for k, junction in enumerate(chip):
        count = 8 if k % 4 == 0 else 200
        times = cal.DwellTimes(
            field=[(0.0, 0.0, b) for b in (-2e-3, 2e-3)],
            parallel=1.0,
            antiparallel=1.0,
            parallel_count=count,
            antiparallel_count=count,
        )
        laboratories[f"die {k}"] = times.replicate(times.predictor(junction), stream)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mp.MtjphysWarning)  # of weak devices, whose expansions are approximate
        found = cal.calibrate_devices(laboratories, nominal, [DENSITY, FIELD], starts=1, seed=seed, progress=False)
    table, population = found.table, found.population
    truth = np.array([(one.free_layer.uniaxial_anisotropy[0], one.reference.stray_field[2]) for one in chip])
    width = (table.shared_high - table.shared_low).values / (2.0 * 1.96)
    log = np.log(table.shared_high.values[:, 0] / table.shared_low.values[:, 0]) / (2.0 * 1.96)
    away = np.column_stack(
        (
            np.log(table.shared.values[:, 0] / truth[:, 0]) / log,
            (table.shared.values - truth)[:, 1] / width[:, 1],
        )
    )
    median = np.array([5e4 / np.sqrt(1.0 + 0.02**2), 1e-3])
    held = [
        (population.median_low.values <= median) & (population.median_high.values >= median),
        (population.spread_low.values <= [0.02, 6e-4]) & (population.spread_high.values >= [0.02, 6e-4]),
        [population.correlation_low.values[1, 0] <= 0.6 <= population.correlation_high.values[1, 0]],
    ]
    return away, np.concatenate(held).astype(float)


def run(quick: bool) -> Outcome:
    """Find the populations of many wafers."""
    number, alike, chains, devices = (30, 8, 1, 5) if quick else (500, 300, 12, 16)
    wafers = [wafer(seed) for seed in range(number)]
    same = [wafer(seed, 0.0) for seed in range(alike)]
    calibrated = [chain(seed, devices) for seed in range(chains)]
    rows: list[Row] = []
    within = 0.25 if quick else 0.05
    for part, name in enumerate(("means", "spreads", "correlations", "devices")):
        held = jackknife(np.array([one.held[part].mean() for one in wafers]))
        rows.append(sampled(f"{name} held by 95 % intervals", held, 0.95, 0.0, "definition", within=within))
    zero = jackknife(np.array([one.zero.mean() for one in same]))
    rows.append(sampled("devices alike: spreads that may be zero", zero, 0.95, 0.0, "definition", within=within))
    within = 0.4 if quick else 0.1
    for name, values, source, contrast in (
        ("found", "variances", "Harville (1977)", False),
        ("of the estimates", "naive", "errors in it", True),
    ):
        ratio = jackknife(np.array([getattr(one, values).mean() for one in wafers]))
        rows.append(sampled(f"variances {name} over true", ratio, 1.0, 0.0, source, contrast, within=within))
    expected = np.mean([one.expected for one in wafers], axis=0)
    for name, values, contrast in (("with the population", "shared", False), ("alone", "alone", True)):
        ratio = jackknife(np.array([np.mean(getattr(one, values) / expected) for one in wafers]))
        label = f"weak devices {name}: mean square error over theory"
        rows.append(sampled(label, ratio, 1.0, 0.0, "Prasad, Rao (1990)", contrast, within=within))
    away = np.concatenate([errors for errors, _ in calibrated])
    largest = float(np.abs(away).max())
    rows.append(
        Row("calibrated devices: largest error over its deviation", largest, 0.0, 0.0, 0.0, "normal", within=4.5)
    )
    if not quick:
        square = jackknife(np.mean(away**2, axis=1))
        rows.append(sampled("calibrated devices: mean square of these", square, 1.0, 0.0, "definition", within=0.5))
        held = jackknife(np.array([share.mean() for _, share in calibrated]))
        rows.append(sampled("populations held by 95 % intervals", held, 0.95, 0.0, "definition", within=0.2))
    return Outcome(rows, wafers)


def figure(wafers: list[Wafer]) -> Figure:
    """Draw spreads and errors, found and naive."""
    drawing, (left, right) = subplots(1, 2, figsize=(6.4, 2.6), layout="constrained")
    for values, colour, label in (("naive", ORANGE, "of the estimates"), ("variances", BLUE, "of the devices")):
        ratios = np.sort(np.sqrt(np.concatenate([getattr(one, values) for one in wafers])))
        left.plot(ratios, np.linspace(0.0, 1.0, ratios.size), color=colour, label=label)
    left.axvline(1.0, color=GREY, lw=0.8)
    left.set(xlabel="spread over the true one", ylabel="share of wafers")
    left.legend()
    expected = np.sqrt(np.mean([one.expected for one in wafers], axis=0))
    for values, colour, label in (("alone", ORANGE, "alone"), ("shared", BLUE, "with the population")):
        ratios = np.sort(np.concatenate([np.sqrt(getattr(one, values)) / expected for one in wafers]))
        right.plot(ratios, np.linspace(0.0, 1.0, ratios.size), color=colour, label=label)
    right.axvline(1.0, color=GREY, lw=0.8)
    right.set(xlabel="error of weak devices over theory", ylabel="share of wafers")
    right.legend()
    return drawing
