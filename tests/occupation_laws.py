"""The share of an interval that a two-state process spends high: Pedler's law, and a trace's likelihood by it."""

import numpy as np
from scipy.special import i0e, i1e

NODES, WEIGHTS = np.polynomial.legendre.leggauss(400)
SHARES, WEIGHTS = 0.5 * (NODES + 1.0), 0.5 * WEIGHTS


def pedler(up, down, share):
    """Densities 00, 01, 10, 11 of the share, without the masses exp(-up) at 0 and exp(-down) at 1; rates times time.

    P. J. Pedler, J. Appl. Prob. 8, 381 (1971): with u high and v low, n flips up and n down starting low weigh
    (up v)^n/n! (down)^n u^(n-1)/(n-1)! exp(-up v - down u), and so on; the sums are modified Bessel functions.
    """
    u, v = share, 1.0 - share
    z = 2.0 * np.sqrt(up * down * u * v)
    common = np.exp(z - up * v - down * u)
    zeroth = i0e(z) * common
    first = np.where(z > 1e-8, i1e(z) / np.maximum(0.5 * z, 1e-300), 1.0) * common
    return np.array([up * down * v * first, up * zeroth, down * zeroth, up * down * u * first])


def emissions(values, levels, noise, up, down, quantisation=0.0):
    """Matrices (values, 2, 2) of the mean over a sample with noise, by quadrature of Pedler's law."""
    low, high = levels

    def law(mean):
        if quantisation:
            from scipy.stats import norm

            ends = [norm.cdf((values[:, None] - mean + side * quantisation / 2) / noise) for side in (1, -1)]
            return (ends[0] - ends[1]) / quantisation
        return np.exp(-0.5 * ((values[:, None] - mean) / noise) ** 2) / (noise * np.sqrt(2 * np.pi))

    spread = law(low + (high - low) * SHARES) @ (WEIGHTS * pedler(up, down, SHARES)).T
    spread[:, 0] += np.exp(-up) * law(low)[:, 0]
    spread[:, 3] += np.exp(-down) * law(high)[:, 0]
    return spread.reshape(-1, 2, 2)


def product(matrices, occupation):
    """Log-likelihood of a chain of matrices, from the stationary occupation of the high state."""
    state, total = np.array([1.0 - occupation, occupation]), 0.0
    for matrix in matrices:
        state = state @ matrix
        total += np.log(state.sum())
        state = state / state.sum()
    return total
