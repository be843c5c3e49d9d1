"""Two-state telegraph signals: hidden Markov model, idealised states, dwells, sampling.

States are 0 (low) and 1 (high). The hidden chain is the telegraph signal seen at the sampling
instants, ``P(0 -> 1) = flip_up`` and ``P(1 -> 0) = flip_down`` per sample, and each state emits an
independent Gaussian. Every recursion is normalised at each sample, so that records of any length
neither underflow nor need memory beyond what they return.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled

Floats = NDArray[np.float64]
States = NDArray[np.int8]


class TwoLevelModel(NamedTuple):
    """Parameters of the two-state Gaussian hidden Markov model; levels in the trace's unit."""

    mean_low: float
    mean_high: float
    variance_low: float
    variance_high: float
    flip_up: float  # 1, probability per sample of low -> high
    flip_down: float  # 1, probability per sample of high -> low


class Expectations(NamedTuple):
    """Expected sufficient statistics of one or more traces given a model (one E-step)."""

    log_likelihood: float
    samples: float
    high: float  # sum_t P(x_t = 1 | y)
    first_low: float  # sum_t P(x_t = 0 | y) (y_t - mean_low)
    first_high: float
    second_low: float  # sum_t P(x_t = 0 | y) (y_t - mean_low)^2
    second_high: float
    flips_up: float  # sum_t P(x_t = 0, x_{t+1} = 1 | y)
    flips_down: float
    last_high: float  # P(x_N = 1 | y), summed over traces


@compiled(inline="always")
def _update(
    y: float,
    model: TwoLevelModel,
    half_low: float,
    half_high: float,
    log_ratio: float,
    prior_low: float,
    prior_high: float,
) -> tuple[float, float, float, float]:
    """Bayes' rule for one sample.

    Returns the two posteriors, ``exp(log P(y) - offset)`` and the offset, the exponent of the
    likelier emission, so that nothing overflows however far apart the levels are.
    """
    quad_low = (y - model.mean_low) ** 2 * half_low
    quad_high = (y - model.mean_high) ** 2 * half_high - log_ratio
    z = quad_low - quad_high
    if z > 0.0:
        weight_low = prior_low * np.exp(-z)
        weight_high = prior_high
        offset = -quad_high
    else:
        weight_low = prior_low
        weight_high = prior_high * np.exp(z)
        offset = -quad_low
    scale = weight_low + weight_high
    inverse = 1.0 / scale
    return weight_low * inverse, weight_high * inverse, scale, offset


@compiled()
def expectations(values: Floats, model: TwoLevelModel, initial_high: float) -> Expectations:
    """E-step of Baum-Welch in one forward pass and O(1) memory.

    With filter ``p_t(i) = P(x_t = i | y_1..t)`` and ``r_t(i) = P(x_{t-1} = 1 | x_t = i, y_1..t-1)``
    the conditional expectation ``T_t(i) = E[sum_{s<=t} f(x_{s-1}, x_s, y_s) | x_t = i, y_1..t]``
    obeys ``T_t(i) = (1 - r_t(i)) (T_{t-1}(0) + f(0, i, y_t)) + r_t(i) (T_{t-1}(1) + f(1, i,
    y_t))``. Exact, not an approximation of forward-backward: Cappe, J. Comput. Graph. Stat. 20, 728
    (2011).

    Parameters
    ----------
    values : float64 array (n,), the trace, in the unit of the model's levels.
    model : TwoLevelModel.
    initial_high : float, P(x_1 = 1).

    Returns
    -------
    Expectations.
    """
    n = values.shape[0]
    half_low = 0.5 / model.variance_low
    half_high = 0.5 / model.variance_high
    log_ratio = 0.5 * np.log(model.variance_low / model.variance_high)
    up, down = model.flip_up, model.flip_down
    y = values[0]
    q, p, scale, offset = _update(y, model, half_low, half_high, log_ratio, 1.0 - initial_high, initial_high)
    log_likelihood = offset
    product = scale
    d0, d1 = y - model.mean_low, y - model.mean_high
    # suffix 0 or 1: conditional on the present state
    high0, high1 = 0.0, 1.0
    fl0, fl1 = d0, 0.0
    fh0, fh1 = 0.0, d1
    sl0, sl1 = d0 * d0, 0.0
    sh0, sh1 = 0.0, d1 * d1
    up0, up1 = 0.0, 0.0
    down0, down1 = 0.0, 0.0
    for t in range(1, n):
        prior_low = (1.0 - up) * q + down * p
        prior_high = up * q + (1.0 - down) * p
        r0 = down * p / prior_low
        r1 = (1.0 - down) * p / prior_high
        y = values[t]
        q, p, scale, offset = _update(y, model, half_low, half_high, log_ratio, prior_low, prior_high)
        log_likelihood += offset
        product *= scale
        if product < 1e-200:
            log_likelihood += np.log(product)
            product = 1.0
        d0, d1 = y - model.mean_low, y - model.mean_high
        step = high1 - high0
        high0, high1 = high0 + r0 * step, high0 + r1 * step + 1.0
        step = fl1 - fl0
        fl0, fl1 = fl0 + r0 * step + d0, fl0 + r1 * step
        step = fh1 - fh0
        fh0, fh1 = fh0 + r0 * step, fh0 + r1 * step + d1
        step = sl1 - sl0
        sl0, sl1 = sl0 + r0 * step + d0 * d0, sl0 + r1 * step
        step = sh1 - sh0
        sh0, sh1 = sh0 + r0 * step, sh0 + r1 * step + d1 * d1
        step = up1 - up0
        up0, up1 = up0 + r0 * step, up0 + r1 * step + (1.0 - r1)
        step = down1 - down0
        down0, down1 = down0 + r0 * step + r0, down0 + r1 * step
    log_likelihood += np.log(product) - 0.5 * n * np.log(2.0 * np.pi * model.variance_low)
    return Expectations(
        log_likelihood,
        float(n),
        q * high0 + p * high1,
        q * fl0 + p * fl1,
        q * fh0 + p * fh1,
        q * sl0 + p * sl1,
        q * sh0 + p * sh1,
        q * up0 + p * up1,
        q * down0 + p * down1,
        p,
    )


@compiled()
def forward_backward(values: Floats, model: TwoLevelModel, initial_high: float) -> tuple[Floats, float]:
    """Smoothed posterior ``P(x_t = 1 | y_1..N)`` and the log-likelihood, scaled at every sample.

    Parameters
    ----------
    values : float64 array (n,).
    model : TwoLevelModel.
    initial_high : float, P(x_1 = 1).

    Returns
    -------
    posterior : float64 array (n,).
    log_likelihood : float.
    """
    n = values.shape[0]
    half_low = 0.5 / model.variance_low
    half_high = 0.5 / model.variance_high
    log_ratio = 0.5 * np.log(model.variance_low / model.variance_high)
    up, down = model.flip_up, model.flip_down
    posterior = np.empty(n)
    log_likelihood = -0.5 * n * np.log(2.0 * np.pi * model.variance_low)
    prior_low, prior_high = 1.0 - initial_high, initial_high
    q, p = 0.0, 0.0
    for t in range(n):
        if t > 0:
            prior_low = (1.0 - up) * q + down * p
            prior_high = up * q + (1.0 - down) * p
        q, p, scale, offset = _update(values[t], model, half_low, half_high, log_ratio, prior_low, prior_high)
        log_likelihood += offset + np.log(scale)
        posterior[t] = p
    beta_low, beta_high = 0.5, 0.5
    for t in range(n - 1, -1, -1):
        p = posterior[t]
        low, high = (1.0 - p) * beta_low, p * beta_high
        posterior[t] = high / (low + high)
        # the emission is folded into beta before it is carried one sample back
        low, high, scale, offset = _update(values[t], model, half_low, half_high, log_ratio, beta_low, beta_high)
        beta_low = (1.0 - up) * low + up * high
        beta_high = down * low + (1.0 - down) * high
        norm = 1.0 / (beta_low + beta_high)
        beta_low *= norm
        beta_high *= norm
    return posterior, log_likelihood


@compiled()
def viterbi(values: Floats, model: TwoLevelModel, initial_high: float) -> States:
    """Most probable state sequence, int8 (n,); one byte per sample holds path memory and result.

    Only the difference of the two path scores is carried, so that no score grows with the record.
    """
    n = values.shape[0]
    states = np.empty(n, np.int8)
    half_low = 0.5 / model.variance_low
    half_high = 0.5 / model.variance_high
    log_ratio = 0.5 * np.log(model.variance_low / model.variance_high)
    stay_low, leave_low = np.log1p(-model.flip_up), np.log(model.flip_up)
    stay_high, leave_high = np.log1p(-model.flip_down), np.log(model.flip_down)
    lead = np.log(initial_high) - np.log1p(-initial_high)  # score(high) - score(low)
    for t in range(n):
        if t > 0:
            from_high_to_low = lead + leave_high > stay_low
            from_high_to_high = lead + stay_high > leave_low
            states[t] = int(from_high_to_low) + 2 * int(from_high_to_high)
            best_low = lead + leave_high if from_high_to_low else stay_low
            best_high = lead + stay_high if from_high_to_high else leave_low
            lead = best_high - best_low
        lead += (values[t] - model.mean_low) ** 2 * half_low
        lead -= (values[t] - model.mean_high) ** 2 * half_high - log_ratio
    state = 1 if lead > 0.0 else 0
    for t in range(n - 1, -1, -1):
        pointers = states[t]
        states[t] = state
        if t > 0:
            state = (pointers >> state) & 1
    return states


@compiled()
def threshold_states(values: Floats, lower: float, upper: float) -> States:
    """States by two thresholds, int8 (n,): high above `upper`, low below `lower`, else unchanged.

    Samples before the first decided one take its state.
    """
    n = values.shape[0]
    states = np.empty(n, np.int8)
    state = np.int8(1 if values[0] > 0.5 * (lower + upper) else 0)
    for t in range(n):
        if values[t] > upper:
            state = np.int8(1)
            break
        if values[t] < lower:
            state = np.int8(0)
            break
    for t in range(n):
        if values[t] > upper:
            state = np.int8(1)
        elif values[t] < lower:
            state = np.int8(0)
        states[t] = state
    return states


@compiled()
def run_lengths(states: States) -> NDArray[np.int64]:
    """Lengths in samples, int64 (runs,), of the runs of equal state; alternate from states[0]."""
    n = states.shape[0]
    runs = 1
    for t in range(1, n):
        if states[t] != states[t - 1]:
            runs += 1
    lengths = np.empty(runs, np.int64)
    k = 0
    start = 0
    for t in range(1, n):
        if states[t] != states[t - 1]:
            lengths[k] = t - start
            start = t
            k += 1
    lengths[k] = n - start
    return lengths


@compiled()
def impose_dead_time(states: States, minimum: int) -> States:
    """Drop every run shorter than `minimum` samples.

    A state holds until a long enough run of the other begins.
    Colquhoun and Hawkes' definition of the apparent interval: it ends where the first interval of
    the other state that is at least the dead time long begins. Returns int8 (n,).
    """
    n = states.shape[0]
    result = np.empty(n, np.int8)
    current = np.int8(-1)
    start = 0
    for t in range(1, n + 1):
        if t == n or states[t] != states[t - 1]:
            if t - start >= minimum:
                if current < 0:
                    result[:start] = states[t - 1]
                current = states[t - 1]
            if current >= 0:
                result[start:t] = current
            start = t
    if current < 0:
        result[:] = states[0]
    return result


@compiled()
def sample_telegraph(
    generator: np.random.Generator,
    rate_up: float,
    rate_down: float,
    sample_interval: float,
    initial_high: bool,
    n: int,
) -> States:
    """Draw a continuous-time two-state process seen every `sample_interval` from t = 0 on; int8 (n,).

    Dwell times are drawn one by one (exponential, 1/rate_up in low, 1/rate_down in high, rates in
    1/s); several flips may fall between two samples.

    Parameters
    ----------
    generator : np.random.Generator.
    rate_up, rate_down : float, 1/s, both positive.
    sample_interval : float, s.
    initial_high : bool, the state at t = 0.
    n : int.
    """
    states = np.empty(n, np.int8)
    state = np.int8(1 if initial_high else 0)
    end = generator.standard_exponential() / (rate_down if state == 1 else rate_up)
    for t in range(n):
        now = t * sample_interval
        while end <= now:
            state = np.int8(1 - state)
            end += generator.standard_exponential() / (rate_down if state == 1 else rate_up)
        states[t] = state
    return states
