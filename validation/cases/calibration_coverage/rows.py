"""From what laboratories found to the rows of the table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, chisquare, kstest

from validation.cases.calibration_coverage.kinds import HIDDEN, KINDS, UNKNOWN
from validation.cases.calibration_coverage.laboratory import DRAWS
from validation.statistics import jackknife
from validation.suite import Row, sampled

Floats = NDArray[np.float64]
Result = dict[str, Any]
LEVELS = (0.68, 0.95)
BINS = 10  # of ranks
SOURCE = "definition"
TALTS = "Talts et al. (arXiv:1804.06788)"
CALLED = 0.01  # p-value below which a fit is called out
ALLOWED = 0.1  # share of laboratories that may go unseen


MANY, SOME = 300, 40


def rows(results: Sequence[Result]) -> list[Row]:
    """Return the rows of all kinds, of the model and with what the fit does not know.

    Of fewer than `MANY` laboratories the shares that are held are judged all together. Of fewer than `SOME` they are
    shown, for their standard error is too large, and the errors over their standard deviations are judged, whose mean
    square tells more.
    """
    by_kind = {name: [one for one in results if one["kind"] == name] for name in (*KINDS, *UNKNOWN)}
    model = {name: labs for name, labs in by_kind.items() if name in KINDS and labs}
    found = _rows_of_the_model(model) if model else []
    for name in UNKNOWN:
        labs = by_kind[name]
        if UNKNOWN[name].effect is not None:
            labs = [lab for lab in labs if lab["power"] is not None]  # where there was a voltage
        if not labs:
            continue
        if (called := share_called(labs)) is not None:
            known = UNKNOWN[name].effect is not None  # by name, to the fit
            power = float(np.mean([lab["power"] for lab in labs])) if known else 1.0
            limit = HIDDEN if name.endswith(", pulses") else ""
            found.append(Row(f"called out: {name}", called, 0.0, 1.0, 0.0, "power", within=ALLOWED, limit=limit))
            if known:
                text = f"called out as often as can be: {name}"
                found.append(Row(text, called, 0.0, power, 0.0, "most powerful test", within=ALLOWED))
                told = float(np.mean([lab["named"] or lab["p_value"] < CALLED for lab in judged(labs)]))
                text = f"called out, or named among what such data would hide: {name}"
                found.append(Row(text, told, 0.0, 1.0, 0.0, "power", within=ALLOWED))
        held = share_held(labs, LEVELS[1])
        found.append(Row(f"95%, {name}", held, 0.0, LEVELS[1], 0.0, SOURCE, contrast=True))
        bias = float(np.median([max(map(abs, lab["bias"].values())) for lab in labs]))
        found.append(
            Row(f"largest error over its standard error, {name}", bias, 0.0, 1.0, 0.0, "median", contrast=True)
        )
    return found


def _rows_of_the_model(model: Mapping[str, Sequence[Result]]) -> list[Row]:
    """Return the rows of laboratories whose junctions the fit's model describes."""
    pooled = [lab for labs in model.values() for lab in labs]
    found = []
    few, square = len(pooled) < MANY, jackknife(np.array([mean_square([lab]) for lab in pooled]))
    text, within = "mean square of the error over its deviation", 1.1 if len(pooled) < SOME else 0.7 if few else 0.3
    found.append(sampled(text, square, 1.0, 0.0, SOURCE, within=within))
    for level, within in zip(LEVELS, (0.3, 0.15) if few else (0.08, 0.04), strict=True):
        held = jackknife(np.array([share_held([lab], level) for lab in pooled]))
        text, shown = f"share held by {level:.0%} intervals", len(pooled) < SOME
        found.append(sampled(text, held, level, 0.0, SOURCE, contrast=shown, within=within))
        for name, labs in model.items() if not few else ():
            share = share_held(labs, level)
            found.append(Row(f"{level:.0%}, {name}", share, 0.0, level, 0.0, SOURCE, within=within))
    for name, labs in model.items():
        found.append(Row(f"ranks uniform: p, {name}", uniform(labs), 0.0, 1.0, 0.0, TALTS, within=0.99))
    right = float(np.mean([verdict for lab in pooled for verdict in lab["verdicts"].values()]))
    found.append(Row("verdicts that the information at the truth asks for", right, 0.0, 1.0, 0.0, SOURCE, within=0.05))
    if (called := share_called(pooled)) is not None:
        found.append(Row("junctions of the model called out", called, 0.0, CALLED, 0.0, SOURCE, within=0.05))
    return found


def levels(labs: Sequence[Result]) -> Floats:
    """Return the levels of the smallest intervals that hold the truth, of all numbers."""
    return np.array([level for lab in labs for level in lab["levels"].values()])


def share_held(labs: Sequence[Result], level: float) -> float:
    """Return the share of intervals of a level that hold the truth."""
    return float(np.mean(levels(labs) <= level))


def mean_square(labs: Sequence[Result]) -> float:
    """Return the mean square of the errors over their standard deviations, as the levels say it."""
    return float(np.mean(chi2.ppf(np.minimum(levels(labs), 1.0 - 1e-12), 1)))


def share_called(labs: Sequence[Result]) -> float | None:
    """Return the share of laboratories whose fit is called out, of those that were judged."""
    values = p_values(labs)
    return float(np.mean(values < CALLED)) if values.size else None


def p_values(labs: Sequence[Result]) -> Floats:
    """Return the p-values of the goodness, of those that were judged."""
    return np.array([lab["p_value"] for lab in judged(labs)])


def judged(labs: Sequence[Result]) -> list[Result]:
    """Return those whose goodness was asked for."""
    return [lab for lab in labs if lab["p_value"] is not None]


def uniform(labs: Sequence[Result]) -> float:
    """Return the p-value that ranks are uniform: of the worst number by the worse test, for as many trials."""
    names = list(labs[0]["ranks"])
    found = []
    for name in names:
        ranks = np.array([lab["ranks"][name] for lab in labs])
        found.append(kstest((ranks + 0.5) / (DRAWS + 1), "uniform").pvalue)
        if len(labs) >= 5 * BINS:
            found.append(chisquare(np.bincount(ranks * BINS // (DRAWS + 1), minlength=BINS)).pvalue)
    return float(min(1.0, len(found) * min(found)))
