"""Small modules of PyTorch, and slow, obvious twins of their passes: one sample, one unit at a time."""

import math
from itertools import product

import numpy as np
import pytest

from mtjphys import learning

torch = pytest.importorskip("torch")
nn = torch.nn
torch.set_num_threads(1)  # the tests run beside each other


class Recurrent(nn.Module):
    """A cell that reads a sequence of shape (samples, times, inputs), and a linear layer that reads its end."""

    def __init__(self, cell, n_outputs):
        super().__init__()
        self.cell, self.head = cell, nn.Linear(cell.hidden_size, n_outputs)

    def forward(self, x):
        state = None
        for t in range(x.shape[1]):
            state = self.cell(x[:, t], state)
        return self.head(state[0] if isinstance(state, tuple) else state)


class Residual(nn.Module):
    """``x + W2 tanh(W1 x)``, and a linear layer that reads it."""

    def __init__(self, width, n_outputs):
        super().__init__()
        self.inner, self.outer = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.head = nn.Linear(width, n_outputs)

    def forward(self, x):
        return self.head(x + self.outer(torch.tanh(self.inner(x))))


def convolutional():
    return nn.Sequential(nn.Conv2d(2, 3, 2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(48, 2))


def recurrent(kind=nn.RNNCell):
    return Recurrent(kind(2, 3), 2)


def residual():
    return Residual(4, 2)


def linear():
    return nn.Linear(4, 3)


SHAPES = {linear: (4,), convolutional: (2, 3, 3), recurrent: (3, 2), residual: (4,)}
"""Modules, and the shape of one sample."""


def made(build, n_samples, seed=1):
    """Return a module in double precision, inputs and class numbers."""
    torch.manual_seed(seed)
    module = build().double()
    inputs = torch.randn(n_samples, *SHAPES[build], dtype=torch.float64)
    return module, inputs, torch.arange(n_samples) % 2


def of_network(network, linear=nn.Linear):
    """Return the module that computes what one of our networks with leaky rectifiers does."""
    parts = []
    for k, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        layer = linear(*weights.T.shape, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights))
            layer.bias.copy_(torch.from_numpy(biases))
            if network.decorrelations:
                layer.decorrelation.copy_(torch.from_numpy(network.decorrelations[k]))
                layer.centre.copy_(torch.from_numpy(network.centres[k]))
        parts += [layer, nn.LeakyReLU(0.01, inplace=True)]
    return nn.Sequential(*parts[:-1])


def gradients(module):
    return [p.grad.clone() for p in module.parameters()]


def true_gradients(module, inputs, targets):
    """Return what autograd finds, of the mean cross-entropy."""
    loss = nn.functional.cross_entropy(module(inputs), targets)
    return torch.autograd.grad(loss, [*module.parameters()])


def deviations(module, inputs, targets, rule, *, batches=60, repeats=200, sigma=1e-3, layers=None):
    """Return how far the mean of many estimates is from the gradient, in standard errors, one number a parameter."""
    from mtjphys.learning import torch as mtorch

    many, classes = inputs.repeat(repeats, *[1] * (inputs.ndim - 1)), targets.repeat(repeats)
    learner = mtorch.NodePerturbation(module, learning.GaussianNoise(sigma, seed=1), rule, layers=layers)
    found = []
    for _ in range(batches):
        module.zero_grad()
        learner.backward(many, classes, nn.CrossEntropyLoss())
        found.append(torch.cat([g.flatten() for g in gradients(module)]))
    estimates = torch.stack(found)
    truth = torch.cat([g.flatten() for g in true_gradients(module, inputs, targets)])
    return ((estimates.mean(0) - truth) / (estimates.std(0) / batches**0.5)).numpy()


class Twin:
    """One pass of one sample: what every unit is multiplied with, parameter by parameter, and its pre-activation."""

    def __init__(self, build, parameters, noise):
        self.parameters, self.noise = parameters, iter(noise)
        self.units = []  # (pre-activation, {(parameter, place in it): factor})
        self._pass = {linear: self._linear, convolutional: self._convolve, recurrent: self._recur, residual: self._add}[
            build
        ]

    def __call__(self, x):
        return self._pass(x)

    def _layer(self, *terms):
        """Return pre-activations of units ``sum over terms of W x``; a term is (weights, biases or None, x)."""
        out = []
        for u in range(len(self.parameters[terms[0][0]])):
            a, factors = next(self.noise), {}
            for weights, biases, values in terms:
                for j, value in enumerate(values):
                    a += self.parameters[weights][u][j] * value
                    factors[weights, (u, j)] = value
                if biases is not None:
                    a += self.parameters[biases][u]
                    factors[biases, (u,)] = 1.0
            self.units.append((a, factors))
            out.append(a)
        return out

    def _linear(self, x):
        return self._layer((0, 1, x))

    def _convolve(self, x):
        kernel, bias = self.parameters[:2]
        channels, high, wide = np.shape(x)
        hidden = []
        for c, i, j in product(range(len(kernel)), range(high + 1), range(wide + 1)):
            a, factors = bias[c] + next(self.noise), {(1, (c,)): 1.0}
            for d, k, m in product(range(channels), range(2), range(2)):
                row, column = i + k - 1, j + m - 1
                if 0 <= row < high and 0 <= column < wide:
                    a += kernel[c][d][k][m] * x[d][row][column]
                    factors[0, (c, d, k, m)] = x[d][row][column]
            self.units.append((a, factors))
            hidden.append(math.tanh(a))
        return self._layer((2, 3, hidden))

    def _recur(self, x):
        hidden = [0.0] * 3
        for entering in x:
            sums = self._layer((0, 2, entering), (1, 3, hidden))
            hidden = [math.tanh(a) for a in sums]
        return self._layer((4, 5, hidden))

    def _add(self, x):
        inner = [math.tanh(a) for a in self._layer((0, 1, x))]
        outer = self._layer((2, None, inner))
        added = [p + q for p, q in zip(x, outer, strict=True)]
        return self._layer((3, 4, added))


def _loss(outputs, target):
    return -math.log(math.exp(outputs[target]) / sum(map(math.exp, outputs)))


def naive_anp(build, module, inputs, targets, noise):
    """Return the update of ANP, unit by unit."""
    parameters = [p.detach().numpy() for p in module.parameters()]
    total, n = [np.zeros_like(p) for p in parameters], len(inputs)
    for s, (x, target) in enumerate(zip(inputs.numpy(), targets.tolist(), strict=True)):
        first, second = Twin(build, parameters, noise[s]), Twin(build, parameters, noise[n + s])
        dl = _loss(first(x), target) - _loss(second(x), target)
        da = [a1 - a2 for (a1, _), (a2, _) in zip(first.units, second.units, strict=True)]
        square = sum(d * d for d in da)
        for d, (_, factors) in zip(da, first.units, strict=True):
            for (parameter, place), factor in factors.items():
                total[parameter][place] += len(da) * dl * d / square * factor / n
    return total
