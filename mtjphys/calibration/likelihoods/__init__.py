"""Likelihoods proper to each kind of measurement: numbers in, log-likelihood, gradient and information out.

Nothing here knows of junctions or files. A likelihood is made of what was measured, arrays of n points, and is a
function of the model's value of each point on its unbounded scale, eta: logit p for a probability, ln tau for a time,
ln S for a spectrum, the value itself where the errors are Gaussian. All have

- ``log_likelihood(eta)``, a number, with all constants;
- ``gradient(eta)``, (n,), its derivative;
- ``information(eta)``, the expected information of eta, (n,) or (n, n);
- ``residuals(eta)``, (n,), signed, whose sum of squares is the deviance, twice the log-likelihood that the best eta has
  more; positive where more was observed than eta says;
- ``slopes(eta)``, the derivative of the residuals, (n,) where it is diagonal, or (n, n);
- ``replicate(eta, generator)``, the same with synthetic data, of as many trials, stays or averages.

A telegraph trace has millions of points and a few parameters: `AveragedTelegraph` is its likelihood, exact for flips
faster than the sampling, and `fit_trace` its estimates, whose ``dwell_times()`` is a likelihood of ln of the two dwell
times.
"""

from mtjphys.calibration.likelihoods.apparent_means import ApparentMeans
from mtjphys.calibration.likelihoods.averaging import Sampling, TraceParameters
from mtjphys.calibration.likelihoods.beta_binomial import BetaBinomial
from mtjphys.calibration.likelihoods.binomial import Binomial
from mtjphys.calibration.likelihoods.exponential import Exponential
from mtjphys.calibration.likelihoods.gaussian import Gaussian, log_normal
from mtjphys.calibration.likelihoods.independent import Independent
from mtjphys.calibration.likelihoods.joint import Joint
from mtjphys.calibration.likelihoods.missed_events import ApparentStays, apparent_density, impose_resolution
from mtjphys.calibration.likelihoods.spectrum import averaged_periodogram, effective_averages
from mtjphys.calibration.likelihoods.trace import AveragedTelegraph, sample_trace
from mtjphys.calibration.likelihoods.trace_fit import TraceFit, fit_trace
from mtjphys.calibration.likelihoods.whiteness import Whiteness, whiteness

__all__ = [
    "ApparentMeans",
    "ApparentStays",
    "AveragedTelegraph",
    "BetaBinomial",
    "Binomial",
    "Exponential",
    "Gaussian",
    "Independent",
    "Joint",
    "Sampling",
    "TraceFit",
    "TraceParameters",
    "Whiteness",
    "apparent_density",
    "averaged_periodogram",
    "effective_averages",
    "fit_trace",
    "impose_resolution",
    "log_normal",
    "sample_trace",
    "whiteness",
]
__dir__ = __all__.copy
