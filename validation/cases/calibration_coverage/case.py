"""Calibration: how often intervals hold the truth.

A synthetic laboratory measures a junction whose numbers are drawn within ranges, with the noise that such data have; a
junction is fitted to what it wrote down, with these ranges, from a start that is off by a tenth of them. Six kinds of
laboratory: telegraph traces of a perpendicular junction and of an ellipse in the film, over voltage and field;
switching probabilities over duration and amplitude; dwell times over temperature of a junction whose magnetisation and
anisotropy follow it; spectra and occupations of a junction of nanoseconds, which no trace resolves; and a bit of
everything, resonance and resistances included. Over many laboratories

- an interval of level c has to hold the truth in a share c of them, for the numbers that were fitted and the barrier;
- the rank of the truth among draws of the posterior has to be uniform, since the ranges are the prior that it was drawn
  from (Talts et al., arXiv:1804.06788);
- a number is "identified" or not as the information at the truth says, and one that the data do not depend on never;
- the goodness test calls as few junctions out as its p-value says.

What intervals are made of is tested without a fit, at many data of each junction: the slope of the likelihood at the
truth has the variance that the expected information says.

Beside them stand laboratories with what the fit does not know: traces behind an amplifier's pole, with 1/f noise, drift
or coarse steps, junctions that are warmed by the current, a torque that is quadratic in part. Their coverage is shown
and not judged; the goodness test has to call them out. It cannot where another junction of the model explains the data
as well: of data without noise, of pulses of a junction with a quadratic torque, the best fit has a deviance of 0.4 to 4
for 13 degrees of freedom, and is off by tens of its standard errors. That is shown as a limit; dwell times, resonance
and occupation beside the pulses tell the two apart in seven of ten, in the direction of the effect and not by the
deviance at large.
How often the most powerful test of heating or of the torque would call out is worked out at the truth, for each
laboratory, from what of the effect no other junction of the model imitates, and stands beside. What is not called out
has to be named by the fit among the effects that such data would hide (`Calibration.unseen`). Traces without a voltage
hold neither effect, and are left out.

Chance is large in a hundred laboratories: of the first hundred of "everything" 57 % of the 68 % intervals hold, which
is out of the 8 % that are allowed, of the next 350 65.8 +- 1.4 %; of all 450 63.9 +- 1.4 %, and 94.0 +- 0.7 % of the
95 % intervals. The slope at the truth of the same data, where no fit takes part, says the same (its errors are below a
standard deviation in 60 and 64 % of the first two hundred); of 3,480 other data sets of such laboratories it is 68.4 %.

A few laboratories of each kind belong to the suite. A hundred of each, in several processes and with results that are
kept as they come, are a command of its own:

    python -m validation.cases.calibration_coverage.many FILE --laboratories 100
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots

from mtjphys.core.palette import BLUE, GREY, ORANGE
from validation.cases.calibration_coverage.kinds import KINDS, UNKNOWN
from validation.cases.calibration_coverage.many import found, tasks
from validation.cases.calibration_coverage.rows import Result, levels, p_values, rows
from validation.cases.calibration_coverage.score import score_squares
from validation.statistics import jackknife
from validation.suite import Outcome, sampled

SECTION = "Rates"
CAPTION = (
    "Left: where the truth lies within its profile, the level of the smallest interval that holds it, for all numbers "
    "of all laboratories: uniform if intervals are right. Right: p-values of the goodness test, for junctions of the "
    "model (uniform) and for those with what the fit does not know."
)
LONG = True
QUICK = {"dwell times over temperature": 15, "pulses": 5, "drift, perpendicular telegraph": 1}
SUITE = dict.fromkeys(KINDS, 12) | {"drift, perpendicular telegraph": 2}


def run(quick: bool) -> Outcome:
    """Fit many laboratories."""
    numbers = QUICK if quick else SUITE
    results = list(found([task for name, number in numbers.items() for task in tasks([name], number, 1)]))
    found_rows = rows(results)
    for name in KINDS:
        squares = jackknife(score_squares(name, 4 if quick else 20))
        text = f"squared slope at the truth over its mean, {name}"
        found_rows.append(sampled(text, squares, 1.0, 0.0, "definition", within=0.25 if quick else 0.1))
    return Outcome(found_rows, results)


def figure(results: list[Result]) -> Figure:
    """Draw the levels that hold the truth, and the p-values."""
    model = [one for one in results if one["kind"] in KINDS]
    unknown = [one for one in results if one["kind"] in UNKNOWN]
    drawing, (left, right) = subplots(1, 2, figsize=(6.4, 2.6), layout="constrained")
    held = np.sort(levels(model))
    left.plot([0, 1], [0, 1], color=GREY, lw=0.8)
    left.plot(held, np.linspace(0, 1, held.size), color=BLUE)
    left.set(xlabel="level", ylabel="share of intervals that hold the truth")
    right.plot([0, 1], [0, 1], color=GREY, lw=0.8)
    for labs, colour, label in ((model, BLUE, "of the model"), (unknown, ORANGE, "unknown effects")):
        values = np.sort(p_values(labs))
        right.plot(values, np.linspace(0, 1, values.size), color=colour, label=label)
    right.set(xlabel="p-value", ylabel="share of laboratories")
    right.legend()
    return drawing
