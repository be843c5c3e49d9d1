"""Telegraph signals seen as averages over each sample: likelihood, its gradient, and exact samples.

States are 0 (low) and 1 (high). The pair (state at the end of a sample, its value) is a Markov chain: a sample
multiplies the distribution of the state by a 2x2 matrix ``M_ij(y)``, the density of the value y and of the state j at
the end given the state i at the beginning. The matrices are tables over y, on a grid of equal spacing, interpolated by
the cubic through four nodes: column 0 holds ``ln S``, ``S = sum_ij M_ij``, columns 1 to 4 the shares ``M_ij/S`` in the
order 00, 01, 10, 11.
"""

import numpy as np
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

LEAST_SHARE = 1e-15  # what interpolation may leave of a share


@compiled(inline="always")
def _place(value: float, start: float, inverse: float) -> tuple[int, float, float, float, float]:
    """First of the four nodes around `value`, and their weights."""
    x = (value - start) * inverse
    k = int(x)
    t = x - k
    less, more, far = t - 1.0, t + 1.0, t - 2.0
    return k - 1, -t * less * far / 6.0, more * less * far / 2.0, -more * t * far / 2.0, more * t * less / 6.0


@compiled(inline="always")
def _share(table: Floats, k: int, column: int, a: float, b: float, c: float, d: float) -> float:
    share = a * table[k, column] + b * table[k + 1, column] + c * table[k + 2, column] + d * table[k + 3, column]
    return max(share, LEAST_SHARE)


@compiled()
def log_likelihood(values: Floats, start: float, spacing: float, table: Floats, high: float, filtered: Floats) -> float:
    """Log-likelihood of a trace, by the forward recursion, normalised at each sample.

    Parameters
    ----------
    values : float64 array (n,), from ``start + spacing`` to two nodes before the last one of the table.
    start, spacing : float, of the grid.
    table : float64 array (nodes, 5).
    high : float, P(state 1) before the first sample.
    filtered : float64 array (n,) that is filled with P(state 1 after sample t | samples up to t), or of size 0.
    """
    inverse = 1.0 / spacing
    keep = filtered.shape[0] > 0
    q, p = 1.0 - high, high
    total, product = 0.0, 1.0
    for t in range(values.shape[0]):
        k, a, b, c, d = _place(values[t], start, inverse)
        total += a * table[k, 0] + b * table[k + 1, 0] + c * table[k + 2, 0] + d * table[k + 3, 0]
        low = q * _share(table, k, 1, a, b, c, d) + p * _share(table, k, 3, a, b, c, d)
        up = q * _share(table, k, 2, a, b, c, d) + p * _share(table, k, 4, a, b, c, d)
        scale = low + up
        q, p = low / scale, up / scale
        product *= scale
        if product < 1e-200:
            total += np.log(product)
            product = 1.0
        if keep:
            filtered[t] = p
    return total + np.log(product)


@compiled()
def adjoint(
    values: Floats, start: float, spacing: float, table: Floats, high: float, filtered: Floats
) -> tuple[Floats, float]:
    """Return the derivatives of `log_likelihood` by every entry of the table and by `high`, in one backward pass.

    With the filter ``alpha_{t-1}`` and ``beta_t(i) = P(later samples | state i after sample t)`` up to a factor, the
    derivative with respect to M_ij at sample t is ``alpha_{t-1}(i) beta_t(j)/(alpha_{t-1} M_t beta_t)``.

    Parameters
    ----------
    values, start, spacing, table, high : as for `log_likelihood`.
    filtered : float64 array (n,) that `log_likelihood` has filled.

    Returns
    -------
    gradient : float64 array (nodes, 5).
    by_high : float.
    """
    inverse = 1.0 / spacing
    gradient = np.zeros(table.shape)
    weights = np.empty(4)
    moved = np.empty(5)
    moved[0] = 1.0
    below, above = 1.0, 1.0
    by_high = 0.0
    for t in range(values.shape[0] - 1, -1, -1):
        k, a, b, c, d = _place(values[t], start, inverse)
        p = filtered[t - 1] if t > 0 else high
        q = 1.0 - p
        from_low = _share(table, k, 1, a, b, c, d) * below + _share(table, k, 2, a, b, c, d) * above
        from_high = _share(table, k, 3, a, b, c, d) * below + _share(table, k, 4, a, b, c, d) * above
        norm = 1.0 / (q * from_low + p * from_high)
        moved[1], moved[2] = q * below * norm, q * above * norm
        moved[3], moved[4] = p * below * norm, p * above * norm
        weights[0], weights[1], weights[2], weights[3] = a, b, c, d
        for node in range(4):
            for column in range(5):
                gradient[k + node, column] += weights[node] * moved[column]
        if t == 0:
            by_high = (from_high - from_low) * norm
        sum_ = 1.0 / (from_low + from_high)
        below, above = from_low * sum_, from_high * sum_
    return gradient, by_high


@compiled()
def characteristic(rate_up: float, rate_down: float, times: Floats, weights: Floats, phase: Floats) -> Complexes:
    """Return the ordered product of exp(Q t + i phase w D) over pieces of times t and weights w, (4, phases).

    Q has the rates, D = diag(0, 1); the elements 00, 01, 10, 11 are on the first axis. With the mean m of the diagonal,
    half its difference h and r^2 = h^2 + Q01 Q10 t^2 a piece is exp(m) (cosh r + (matrix - m) sinh(r)/r).

    Parameters
    ----------
    rate_up, rate_down : float, 1/s.
    times : float64 array (pieces,), s.
    weights : float64 array (pieces,).
    phase : float64 array (phases,).
    """
    result = np.empty((4, phase.shape[0]), np.complex128)
    for f in range(phase.shape[0]):
        a, b, c, d = 1.0 + 0.0j, 0.0j, 0.0j, 1.0 + 0.0j
        for k in range(times.shape[0]):
            up, down, turn = rate_up * times[k], rate_down * times[k], 1j * weights[k] * phase[f]
            middle, half = 0.5 * (turn - up - down), 0.5 * (down - up - turn)
            root = np.sqrt(half * half + up * down)
            rising, falling = np.exp(middle + root), np.exp(middle - root)
            cosine = 0.5 * (rising + falling)
            small = abs(root) < 1e-4
            sine = cosine * (1.0 - root * root / 3.0) if small else 0.5 * (rising - falling) / root
            stay, leave, enter, hold = cosine + half * sine, up * sine, down * sine, cosine - half * sine
            a, b = a * stay + b * enter, a * leave + b * hold
            c, d = c * stay + d * enter, c * leave + d * hold
        result[0, f], result[1, f], result[2, f], result[3, f] = a, b, c, d
    return result


@compiled()
def sample_averages(
    generator: np.random.Generator,
    rate_up: float,
    rate_down: float,
    sample_interval: float,
    aperture: float,
    decay: float,
    n: int,
) -> Floats:
    """Draw the share of time in the high state of each sample, dwell times one by one; float64 (n,).

    Parameters
    ----------
    generator : np.random.Generator.
    rate_up, rate_down : float, 1/s, both positive.
    sample_interval : float, s.
    aperture : float, s; a sample is the mean over the last `aperture` of its interval, the state at its end for 0.
    decay : float, 1/s; not 0, a sample is the mean over its whole interval with the weight ``exp(decay t)``.
    n : int.
    """
    result = np.empty(n)
    high = generator.random() * (rate_up + rate_down) < rate_up
    left = generator.standard_exponential() / (rate_down if high else rate_up)
    opens = sample_interval if decay != 0.0 else aperture
    norm = -np.expm1(-decay * sample_interval)
    for t in range(n):
        share, now = 0.0, 0.0
        while now < sample_interval:
            until = min(now + left, sample_interval)
            if high and until > sample_interval - opens:
                since = max(now, sample_interval - opens)
                if decay != 0.0:
                    share += (
                        np.exp(decay * (until - sample_interval)) - np.exp(decay * (since - sample_interval))
                    ) / norm
                else:
                    share += (until - since) / opens
            left -= until - now
            now = until
            if now < sample_interval or left <= 0.0:
                high = not high
                left = generator.standard_exponential() / (rate_down if high else rate_up)
        if opens == 0.0:
            share = 1.0 if high else 0.0
        result[t] = share
    return result
