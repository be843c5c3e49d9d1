"""Fully connected networks whose pre-activations can be perturbed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.registry import Registry
from mtjphys.core.streams import Use, as_seed, generator
from mtjphys.learning.activations import ACTIVATIONS, Activation, LeakyReLU
from mtjphys.learning.archive import read_arrays, write_arrays
from mtjphys.learning.concurrency import concurrently, pieces
from mtjphys.learning.products import product


class Bounds(NamedTuple):
    """Largest absolute values of what a layer starts with, drawn uniformly."""

    weights: float
    biases: float = 0.0


INITIALISATIONS: Registry[Callable[[int, int], Bounds]] = Registry("initialisation")
"""Bounds of a layer's first weights and biases, by its numbers of inputs and outputs; by the name that files give."""

INITIALISATIONS.register("fan_in")(lambda n_in, n_out: Bounds(n_in**-0.5))
INITIALISATIONS.register("pytorch")(lambda n_in, n_out: Bounds(n_in**-0.5, n_in**-0.5))
INITIALISATIONS.register("xavier")(lambda n_in, n_out: Bounds((6 / (n_in + n_out)) ** 0.5))
INITIALISATIONS.register("he")(lambda n_in, n_out: Bounds((6 / n_in) ** 0.5))

LEARNED = ("weights", "biases", "decorrelations", "centres")
"""Attributes of a network that hold what it learned, an array a layer each."""

_BESIDE = 64  # samples that stay side by side: fewer would have the first layer's matrices read again for a few columns


def keep_freed_memory() -> None:
    """Have the C library keep up to 60 MB of freed memory instead of returning it to the system.

    A pass makes and frees megabytes. glibc returns freed memory above twice the size of the largest
    block that was freed so far; a training step would then take 4000 page faults, half its time. Other
    C libraries are not touched by this.
    """
    np.empty(31 << 20, np.uint8)  # freed at once, and never written to, so that it costs nothing


class Pass(NamedTuple):
    """What one forward pass leaves behind; samples are rows."""

    inputs: list[NDArray[Any]]  # xb_{l-1}, the (decorrelated) input of layer l = 1..L
    preactivations: list[NDArray[Any]]  # a_l, noise included

    @property
    def outputs(self) -> NDArray[Any]:
        """Output of the network: the last pre-activation, (n_samples, n_outputs)."""
        return self.preactivations[-1]

    def __repr__(self) -> str:
        return f"<Pass: {len(self.outputs):,} samples, layers of {[a.shape[1] for a in self.preactivations]} units>"


class Network:
    """Fully connected layers with biases; every pre-activation can be perturbed.

    ``a_l = W_l xb_{l-1} + b_l + eps_l``, ``x_l = f(a_l)``, ``xb_l = R_l x_l + c_l``; the last layer has
    no activation. R_l starts as the identity, c_l at zero, and both exist only in a decorrelated network. Weights
    start uniform in +-bound, biases at zero, or in +-bound as well.

    Parameters
    ----------
    sizes : sequence of int
        Units of the input, of each hidden layer, and of the output.
    decorrelated : bool
        Whether every layer's input passes through a decorrelating matrix R, and a shift c.
    activation : Activation
        Activation of the hidden layers.
    initialisation : {"fan_in", "pytorch", "xavier", "he"}
        Bound of the first weights: ``1/sqrt(n_in)``; the same of weights and biases, as PyTorch's ``Linear`` and the
        networks of Koenders et al. start; ``sqrt(6/(n_in + n_out))``, which keeps the variance of linear layers
        forwards and backwards on average (X. Glorot and Y. Bengio, AISTATS 2010); or ``sqrt(6/n_in)``, which keeps it
        through rectifiers (K. He et al., arXiv:1502.01852).
    seed : int or None
        Seed of the weights; None draws one. It is kept as the attribute `seed`, and in files.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    weights, biases : list of ndarray
        W_l, shape (n_out, n_in), and b_l, shape (n_out,).
    decorrelations : list of ndarray
        R_0 .. R_{L-1}, each (n_in, n_in); empty if the network is not decorrelated.
    centres : list of ndarray
        c_0 .. c_{L-1}, each (n_in,); empty if the network is not decorrelated.

    Raises
    ------
    ParameterError
        If there are fewer than two sizes, or one is below 1, the initialisation is unknown, or the type is not a
        float.

    Examples
    --------
    >>> network = Network([64, 100, 10], decorrelated=True, seed=1)
    >>> network.n_units, network.forward(np.zeros((5, 64), np.float32)).outputs.shape
    (110, (5, 10))
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        decorrelated: bool = False,
        activation: Activation | None = None,
        initialisation: str = "fan_in",
        seed: int | None = 0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        keep_freed_memory()
        self.sizes = tuple(int(size) for size in sizes)
        if len(self.sizes) < 2 or min(self.sizes) < 1 or list(self.sizes) != list(sizes):
            raise ParameterError(
                f"sizes={tuple(sizes)} must be at least two whole numbers of units, each at least 1: "
                "input, hidden layers, output"
            )
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
            raise ParameterError(f"dtype={self.dtype} must be float32 or float64")
        bounds = INITIALISATIONS.find(initialisation, "initialisation")
        self.initialisation = initialisation
        self.activation: Activation = LeakyReLU() if activation is None else activation
        self.seed = as_seed(seed)
        self.weights: list[NDArray[Any]] = []
        self.biases: list[NDArray[Any]] = []
        for layer, (n_in, n_out) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            stream = generator(self.seed, layer, Use.WEIGHTS)
            of = bounds(n_in, n_out)
            self.weights.append(stream.uniform(-of.weights, of.weights, (n_out, n_in)).astype(self.dtype))
            self.biases.append(stream.uniform(-of.biases, of.biases, n_out).astype(self.dtype))
        self.decorrelations: list[NDArray[Any]] = (
            [np.eye(n_in, dtype=self.dtype) for n_in in self.sizes[:-1]] if decorrelated else []
        )
        self.centres: list[NDArray[Any]] = [np.zeros(len(r), self.dtype) for r in self.decorrelations]

    def __repr__(self) -> str:
        """Return what is needed to build the same network again."""
        return (
            f"Network({list(self.sizes)}, decorrelated={bool(self.decorrelations)}, "
            f"activation={self.activation!r}, initialisation={self.initialisation!r}, seed={self.seed}, "
            f"dtype={self.dtype})"
        )

    @property
    def n_units(self) -> int:
        """Units that take part in learning, N = N_1 + .. + N_L."""
        return sum(self.sizes[1:])

    @property
    def n_parameters(self) -> int:
        """Weights and biases of all layers."""
        return sum(array.size for array in self.parameters)

    @property
    def parameters(self) -> list[NDArray[Any]]:
        """Weights, then biases: the arrays that the optimiser updates in place."""
        return [*self.weights, *self.biases]

    def forward(self, inputs: NDArray[Any], noise: NDArray[Any] | None = None) -> Pass:
        """Run one pass.

        Parameters
        ----------
        inputs : ndarray of shape (n_samples, n_inputs)
            Samples in rows.
        noise : ndarray of shape (n_samples, n_units), optional
            Perturbation eps of the pre-activations, layer after layer; none is a clean pass.

        Returns
        -------
        Pass
            The input and the pre-activation of every layer.
        """
        x = self._checked(inputs)
        if noise is not None:
            self._check_noise(noise, len(x))
        eps = None if noise is None else np.ascontiguousarray(noise.T, self.dtype)
        (xb,), (first,) = self._run(range(1), x, eps, least=_BESIDE)
        others, preactivations = self._run(range(1, len(self.weights)), first, eps)
        return Pass([xb, *others], [first, *preactivations])

    def forward_pair(self, inputs: NDArray[Any], noise: NDArray[Any]) -> tuple[Pass, Pass]:
        """Run two noisy passes on the same samples, side by side.

        What does not depend on the noise, the first layer's products, is computed once.

        Parameters
        ----------
        inputs : ndarray of shape (n_samples, n_inputs)
            Samples in rows.
        noise : ndarray of shape (2 n_samples, n_units)
            Perturbation of the first pass, then of the second.

        Returns
        -------
        tuple of Pass
            As two calls of `forward` would return, to rounding.

        Examples
        --------
        >>> network, x = Network([3, 4, 2], seed=1), np.ones((5, 3), np.float32)
        >>> noise = np.repeat([[0.0], [0.1]], 5, axis=0) * np.ones(6)
        >>> first, second = network.forward_pair(x, noise)
        >>> bool(np.allclose(second.preactivations[0] - first.preactivations[0], 0.1))
        True
        """
        x = self._checked(inputs)
        n = len(x)
        self._check_noise(noise, 2 * n)
        (xb,), (quiet,) = self._run(range(1), x, None, least=_BESIDE)
        eps = np.ascontiguousarray(noise.T, self.dtype)

        def rest(ahead: int) -> Pass:
            perturbed = quiet + eps[: self.sizes[1], ahead : ahead + n].T
            inputs, preactivations = self._run(range(1, len(self.weights)), perturbed, eps, ahead, least=_BESIDE)
            return Pass([xb, *inputs], [perturbed, *preactivations])

        first, second = concurrently([partial(rest, 0), partial(rest, n)])
        return first, second

    def _checked(self, inputs: NDArray[Any]) -> NDArray[Any]:
        if inputs.ndim != 2 or inputs.shape[1] != self.sizes[0]:
            raise ParameterError(f"inputs of shape {inputs.shape}: this network takes (n_samples, {self.sizes[0]})")
        return np.asarray(inputs, self.dtype)

    def _check_noise(self, noise: NDArray[Any], n_samples: int) -> None:
        if noise.shape != (n_samples, self.n_units):
            raise ParameterError(
                f"noise of shape {noise.shape}: {n_samples} samples of this network take ({n_samples}, {self.n_units})"
            )

    def _run(
        self, layers: range, entering: NDArray[Any], eps: NDArray[Any] | None, ahead: int = 0, least: int = 1
    ) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
        """Return the inputs and the pre-activations of some layers in a row.

        `entering` is the network's input for layer 0, else the pre-activation of the layer before; `eps` the noise of
        all units, shape (n_units, n_samples), of this pass and `ahead` samples before it. The samples are divided into
        pieces of at least `least`; those of a piece share what is read of a matrix, and its rows are divided again.
        """
        n = len(entering)
        ends = [0, *np.cumsum(self.sizes[1:]).tolist()]
        # Samples lie side by side, which the products are fastest with; here they are the rows of a transposed view.
        entering = np.ascontiguousarray(entering.T)
        inputs = [np.empty((self.sizes[k], n), self.dtype) for k in layers]
        active = [np.empty_like(x) for x in inputs] if self.decorrelations else inputs
        if layers.start == 0 and len(layers):
            active[0] = entering
            if not self.decorrelations:
                inputs[0] = entering
        preactivations = [np.empty((self.sizes[k + 1], n), self.dtype) for k in layers]

        def run(samples: slice) -> None:
            a = entering
            for layer, x, xb, out in zip(layers, active, inputs, preactivations, strict=True):
                if layer > 0:
                    self.activation(a[:, samples], x[:, samples])
                if self.decorrelations:
                    product(self.decorrelations[layer], x, xb, self.centres[layer], columns=samples)
                if eps is None:
                    product(self.weights[layer], xb, out, self.biases[layer], columns=samples)
                else:
                    noise = eps[ends[layer] : ends[layer + 1], ahead + samples.start : ahead + samples.stop]
                    np.add(noise, self.biases[layer][:, None], out=out[:, samples])
                    product(self.weights[layer], xb, out, onto=True, columns=samples)
                a = out

        def quietly(samples: slice) -> None:
            with np.errstate(over="ignore", invalid="ignore"):  # whoever uses the outputs looks whether they are finite
                run(samples)

        work = sum(matrices[k].size for matrices in (self.weights, self.decorrelations) if matrices for k in layers)
        concurrently([partial(quietly, samples) for samples in pieces(n, work, least)])
        return [x.T for x in inputs], [a.T for a in preactivations]

    def folded(self) -> Network:
        """Return a network without decorrelation that computes the same: weights ``W_l R_l``, biases ``b_l + W_l c_l``.

        A pass costs less than half as much; worth it for more samples than a layer has units.

        Examples
        --------
        >>> network = Network([3, 4, 2], decorrelated=True, seed=1)
        >>> network.decorrelations[0][0, 1] = 0.5
        >>> x = np.ones((1, 3), np.float32)
        >>> bool(np.allclose(network.folded().forward(x).outputs, network.forward(x).outputs))
        True
        """
        folded = copy(self)
        folded.decorrelations, folded.centres = [], []
        if self.decorrelations:
            folded.weights = [np.empty(w.shape, w.dtype) for w in self.weights]
            folded.biases = [np.empty(b.shape, b.dtype) for b in self.biases]
            for k, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
                product(w, self.decorrelations[k], folded.weights[k])
                product(w, self.centres[k][:, None], folded.biases[k][:, None], b)
        return folded

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return copies of all learned arrays by name."""
        return {f"{name}{k}": a.copy() for name in LEARNED for k, a in enumerate(getattr(self, name))}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over the arrays of another network of the same sizes."""
        ours = self.state_dict()
        if set(ours) != set(state):
            raise DataError(
                f"a state with arrays {sorted(state)} does not fit this network, which has "
                f"{sorted(ours)}: build the network with the same sizes and decorrelation"
            )
        for name, array in ours.items():
            if state[name].shape != array.shape or state[name].dtype != array.dtype:
                raise DataError(
                    f"{name} is {state[name].dtype} of shape {state[name].shape}, this network's "
                    f"is {array.dtype} of shape {array.shape}: build it with the same sizes"
                )
            if not np.isfinite(state[name]).all():
                raise DataError(f"{name} of this state holds NaN or infinite values: load another one")
        for name in LEARNED:
            for k, array in enumerate(getattr(self, name)):
                array[...] = state[f"{name}{k}"]

    def save(self, path: str | Path) -> None:
        """Write sizes, activation and all learned arrays to one npz file, whole or not at all.

        Raises
        ------
        ParameterError
            If the activation is not one of `mtjphys.learning.activations`, so that no file can name it.
        """
        names = {kind: name for name, kind in ACTIVATIONS.items()}
        if type(self.activation) not in names:
            raise ParameterError(
                f"activation={self.activation!r} cannot be written to a file: save `state_dict()` instead, "
                f"or use one of {sorted(ACTIVATIONS)}"
            )
        description = {
            "sizes": self.sizes,
            "decorrelated": bool(self.decorrelations),
            "activation": names[type(self.activation)],
            "activation_parameters": {name: float(value) for name, value in vars(self.activation).items()},
            "initialisation": self.initialisation,
            "seed": self.seed,
            "dtype": str(self.dtype),
        }
        write_arrays(path, {"network": np.array(json.dumps(description))} | self.state_dict())

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Return the network that `save` wrote.

        Raises
        ------
        DataError
            If the file is missing, broken, or of something else.

        Examples
        --------
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = os.path.join(folder, "network.npz")
        ...     Network([4, 3, 2], decorrelated=True, seed=5).save(file)
        ...     Network.load(file)
        Network([4, 3, 2], decorrelated=True, activation=LeakyReLU(slope=0.01), initialisation='fan_in', seed=5,
                dtype=float32)
        """
        arrays = read_arrays(path, "network")
        if "network" not in arrays:
            raise DataError(f"{path}: not a network: load a file that `Network.save` wrote")
        try:
            description = json.loads(str(arrays.pop("network")))
            activation = ACTIVATIONS[description.pop("activation")](**description.pop("activation_parameters"))
            network = cls(activation=activation, **description)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: not a network that this version can read ({error})") from None
        network.load_state_dict(arrays)
        return network
