"""Slow, obvious twins of the learning rules: one sample, one unit, one weight at a time."""

import math

import numpy as np

from mtjphys import learning

SIZES = (5, 4, 3, 2)
N_UNITS = 9


class Replay:
    """Hands out a given table of volts, from its first row on."""

    gain, offset = 1.0, 0.0

    def __init__(self, table):
        self.table, self.used = table, 0

    def volts(self, n_samples, n_units):
        assert n_units == self.table.shape[1]
        rows = self.table[self.used : self.used + n_samples]
        self.used += n_samples
        return rows


def make(sizes=SIZES, n_samples=6, decorrelated=True, seed=3, activation=None):
    """Return a network in double precision with nothing at zero, inputs and class numbers."""
    stream = np.random.default_rng(seed)
    network = learning.Network(sizes, decorrelated=decorrelated, seed=seed, dtype=np.float64, activation=activation)
    for array in [*network.biases, *network.decorrelations]:
        array += 0.2 * stream.standard_normal(array.shape)
    inputs = stream.standard_normal((n_samples, sizes[0]))
    targets = stream.integers(0, sizes[-1], n_samples)
    for centre in network.centres:
        centre += 0.2 * stream.standard_normal(centre.shape)
    return network, inputs, targets


def table(n_rows, n_columns, sigma=0.1, seed=4):
    return sigma * np.random.default_rng(seed).standard_normal((n_rows, n_columns))


def split(network, row):
    """Return the noise of each layer as lists."""
    ends = np.cumsum(network.sizes[1:])[:-1]
    return [list(layer) for layer in np.split(row, ends)]


def forward(network, x, noise=None):
    """Return the inputs and the pre-activations of every layer for one sample; leaky ReLU."""
    x = list(x)
    inputs, activities = [], []
    for layer, weights in enumerate(network.weights):
        if layer > 0:
            x = [a if a > 0 else 0.01 * a for a in activities[-1]]
        if network.decorrelations:
            matrix, centre = network.decorrelations[layer], network.centres[layer]
            x = [centre[i] + sum(matrix[i][j] * x[j] for j in range(len(x))) for i in range(len(x))]
        activity = []
        for i in range(len(weights)):
            a = network.biases[layer][i] + sum(weights[i][j] * x[j] for j in range(len(x)))
            activity.append(a + (noise[layer][i] if noise else 0.0))
        inputs.append(x)
        activities.append(activity)
    return inputs, activities


def loss(output, target):
    return -math.log(math.exp(output[target]) / sum(math.exp(a) for a in output))


def _accumulate(network, samples):
    """Return the mean over samples of signal times input, and of the signal, for every layer."""
    dw = [np.zeros_like(w) for w in network.weights]
    db = [np.zeros_like(b) for b in network.biases]
    for signals, inputs in samples:
        for layer in range(len(dw)):
            for i, signal in enumerate(signals[layer]):
                db[layer][i] += signal / len(samples)
                for j, x in enumerate(inputs[layer]):
                    dw[layer][i, j] += signal * x / len(samples)
    return [*dw, *db]


def bp(network, inputs, targets, noise=None):
    samples = []
    for s, x in enumerate(inputs):
        xb, a = forward(network, x, split(network, noise[s]) if noise is not None else None)
        total = sum(math.exp(v) for v in a[-1])
        signals = [[math.exp(v) / total - (k == targets[s]) for k, v in enumerate(a[-1])]]
        for layer in range(len(network.weights) - 1, 0, -1):
            weights, below = network.weights[layer], []
            for j in range(weights.shape[1]):
                back = 0.0
                for m in range(weights.shape[1]):
                    r = network.decorrelations[layer][m][j] if network.decorrelations else float(m == j)
                    back += sum(signals[0][i] * weights[i][m] for i in range(len(weights))) * r
                below.append(back * (1.0 if a[layer - 1][j] > 0 else 0.01))
            signals.insert(0, below)
        samples.append((signals, xb))
    return _accumulate(network, samples)


def anp(network, inputs, targets, noise):
    n, samples = len(inputs), []
    n_units = sum(network.sizes[1:])
    for s, x in enumerate(inputs):
        xb, a1 = forward(network, x, split(network, noise[s]))
        _, a2 = forward(network, x, split(network, noise[n + s]))
        dl = loss(a1[-1], targets[s]) - loss(a2[-1], targets[s])
        da = [[p - q for p, q in zip(u, v, strict=True)] for u, v in zip(a1, a2, strict=True)]
        square = sum(d * d for layer in da for d in layer)
        samples.append(([[n_units * dl * d / square for d in layer] for layer in da], xb))
    return _accumulate(network, samples)


def node_perturbation(network, inputs, targets, noise, sigma):
    samples = []
    for s, x in enumerate(inputs):
        eps = split(network, noise[s])
        xb, clean = forward(network, x)
        _, noisy = forward(network, x, eps)
        dl = loss(noisy[-1], targets[s]) - loss(clean[-1], targets[s])
        samples.append(([[dl * e / sigma**2 for e in layer] for layer in eps], xb))
    return _accumulate(network, samples)


def inp(network, inputs, targets, noise):
    n, samples = len(inputs), []
    for s, x in enumerate(inputs):
        xb, clean = forward(network, x)
        signals = []
        for layer, n_units in enumerate(network.sizes[1:]):
            eps = [[0.0] * size for size in network.sizes[1:]]
            eps[layer] = split(network, noise[layer * n + s])[layer]
            _, noisy = forward(network, x, eps)
            dl = loss(noisy[-1], targets[s]) - loss(clean[-1], targets[s])
            da = [p - q for p, q in zip(noisy[layer], clean[layer], strict=True)]
            square = sum(d * d for d in da)
            signals.append([n_units * dl * d / square for d in da])
        samples.append((signals, xb))
    return _accumulate(network, samples)


def _at(network, values):
    """Return a network of the same kind whose parameters are the given numbers, one after another."""
    moved = learning.Network(network.sizes, decorrelated=bool(network.decorrelations), dtype=np.float64)
    moved.decorrelations, moved.centres = network.decorrelations, network.centres
    values = iter(values)
    for parameter in moved.parameters:
        for index in np.ndindex(parameter.shape):
            parameter[index] = next(values)
    return moved


def _values(network):
    return [float(p[index]) for p in network.parameters for index in np.ndindex(p.shape)]


def _mean_loss(network, inputs, targets):
    losses = [loss(forward(network, x)[1][-1], t) for x, t in zip(inputs, targets, strict=True)]
    return sum(losses) / len(losses)


def weight_perturbation(network, inputs, targets, noise):
    """Return the estimates of all parameters, one after another."""
    values = _values(network)
    one = [v + e for v, e in zip(values, noise[0], strict=True)]
    two = [v + e for v, e in zip(values, noise[1], strict=True)]
    dl = _mean_loss(_at(network, one), inputs, targets) - _mean_loss(_at(network, two), inputs, targets)
    change = [p - q for p, q in zip(one, two, strict=True)]
    square = sum(c * c for c in change)
    return [len(change) * dl * c / square for c in change]


def ornstein_uhlenbeck(network, inputs, targets, noise, relaxation, averaging, rate):
    """Follow plain gradient descent at `rate` for one update a row; return the means and theta afterwards."""
    means = _values(network)
    theta, baseline = list(means), None
    for row in noise:
        for k, eps in enumerate(row):
            theta[k] = means[k] + math.exp(-relaxation) * (theta[k] - means[k]) + eps
        reward = -_mean_loss(_at(network, theta), inputs, targets)
        baseline = reward if baseline is None else baseline
        for k in range(len(means)):
            means[k] += rate * (reward - baseline) * (theta[k] - means[k])
        baseline = math.exp(-averaging) * baseline + (1 - math.exp(-averaging)) * reward
    return means, theta


def decorrelation(x, matrix, whitening):
    """Return ``((1 - k) C + k V) R``, element by element."""
    n = len(matrix)
    kernel = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            mean = sum(row[i] * row[j] for row in x) / len(x)
            kernel[i][j] = whitening * (mean - 1) if i == j else (1 - whitening) * mean
    return [[sum(kernel[i][m] * matrix[m][j] for m in range(n)) for j in range(n)] for i in range(n)]
