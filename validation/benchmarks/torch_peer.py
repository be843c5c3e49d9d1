"""Decorrelated activity-based node perturbation in PyTorch, after the recipe of Koenders et al.

Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783: leaky ReLU, biases, cross-entropy, two noisy passes with
one two-level chain per unit, Adam for weights and biases, plain gradient descent for the decorrelating
matrices and the shifts that centre beside them, sums over the batch but for the matrices, as its published code does
(https://github.com/artcogsys/MTJ-Node-Perturbation). `tuned` is what PyTorch gives to who asks for it: Adam fused in
one pass over memory, a decorrelation step in place that forms no correlation matrix and no step of its own, both passes
in one product of a layer, and numbers too small for full precision taken for zero.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F

LEARNING_RATE = 0.1 * 2.0**-11
DECORRELATION_RATE = 0.1 * 2.0**-19


class Chain:
    """The two-level chain that was fitted to the recorded junction, one for each unit, in volts."""

    def __init__(self, n_units: int) -> None:
        self.levels = torch.where(torch.rand(n_units) < 0.5, -1.0, 1.0)

    def volts(self, n_samples: int) -> torch.Tensor:
        """Return the next voltages, (n_samples, n_units)."""
        shape = (n_samples, self.levels.numel())
        flips = torch.where(torch.rand(shape) < 0.0809, -1.0, 1.0)
        levels = self.levels * torch.cumprod(flips, dim=0)
        self.levels = levels[-1]
        return 0.042092104 + 0.0059316154 * levels + 0.00090841466 * torch.randn(shape)


class DANP:
    """A decorrelated network and its training step."""

    def __init__(
        self,
        sizes: tuple[int, ...],
        learning_rate: float = LEARNING_RATE,
        decorrelation_rate: float = DECORRELATION_RATE,
        dtype: torch.dtype = torch.float32,
        tuned: bool = False,
    ) -> None:
        self.sizes, self.n_units = sizes, sum(sizes[1:])
        self.decorrelation_rate, self.tuned = decorrelation_rate, tuned
        self.weights, self.biases, self.decorrelators, self.centres = [], [], [], []
        for n_in, n_out in pairwise(sizes):
            self.weights.append((2 * torch.rand(n_out, n_in, dtype=dtype) - 1) / n_in**0.5)
            self.biases.append((2 * torch.rand(n_out, dtype=dtype) - 1) / n_in**0.5)
            self.decorrelators.append(torch.eye(n_in, dtype=dtype))
            self.centres.append(torch.zeros(n_in, dtype=dtype))
        parameters = [*self.weights, *self.biases]
        self.optimiser = torch.optim.Adam(
            parameters, learning_rate, betas=(0.9, 0.999), eps=1e-8, fused=True if tuned else None
        )

    def forward(self, x: torch.Tensor, noise: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return the decorrelated input and the pre-activation of every layer.

        The noise is (n_samples, n_units), or that of two passes, one below the other.
        """
        inputs, preactivations = [], []
        arrays = self.weights, self.biases, self.decorrelators, self.centres
        for weight, bias, decorrelator, centre, eps in zip(*arrays, noise.split(self.sizes[1:], dim=1), strict=True):
            if preactivations:
                x = F.leaky_relu(preactivations[-1], 0.01)
            x = F.linear(x, decorrelator, centre)
            inputs.append(x)
            quiet = F.linear(x, weight, bias)
            preactivations.append((quiet.repeat(2, 1) if len(eps) > len(quiet) else quiet) + eps)
        return inputs, preactivations

    @torch.no_grad()
    def step(self, x: torch.Tensor, targets: torch.Tensor, noise1: torch.Tensor, noise2: torch.Tensor) -> torch.Tensor:
        """Learn from one batch with the noise of two passes; return the loss of every sample in the first."""
        if self.tuned:
            inputs, both = self.forward(x, torch.cat((noise1, noise2)))
            inputs = [xb[: len(x)] for xb in inputs]
            first, second = zip(*(a.split(len(x)) for a in both), strict=True)
        else:
            inputs, first = self.forward(x, noise1)
            _, second = self.forward(x, noise2)
        loss = F.cross_entropy(first[-1], targets, reduction="none")
        difference = loss - F.cross_entropy(second[-1], targets, reduction="none")
        changes = [a1 - a2 for a1, a2 in zip(first, second, strict=True)]
        squares = sum(change.square().sum(dim=1) for change in changes)
        factor = (self.n_units * difference / squares).unsqueeze(1)
        for weight, bias, change, xb in zip(self.weights, self.biases, changes, inputs, strict=True):
            signal = factor * change
            weight.grad = signal.T @ xb
            bias.grad = signal.sum(dim=0)
        self.optimiser.step()
        rate = self.decorrelation_rate / len(x)
        for decorrelator, centre, xb in zip(self.decorrelators, self.centres, inputs, strict=True):
            centre -= self.decorrelation_rate * xb.sum(dim=0)
            if self.tuned:
                projected, squares, diagonal = xb @ decorrelator, xb.square().sum(dim=0), decorrelator.diagonal()
                # Near 1 the two terms cancel, and each alone would be lost in the rounding.
                exact = diagonal - rate * ((xb * projected).sum(dim=0) - squares * diagonal)
                decorrelator *= 1 + rate * squares.unsqueeze(1)
                decorrelator.addmm_(xb.T, projected, alpha=-rate)
                diagonal.copy_(exact)
            else:
                correlation = xb.T @ xb
                correlation.fill_diagonal_(0.0)
                decorrelator -= rate * (correlation @ decorrelator)
        return loss
