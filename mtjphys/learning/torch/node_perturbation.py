"""Modules that learn from noise: what fills ``.grad``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.learning.cost import PhysicalCost, physical_cost
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.noise.source import NoiseSource, Usage
from mtjphys.learning.rules import NP, RULES
from mtjphys.learning.torch.chains import ChainsOnDevice
from mtjphys.learning.torch.decorrelated import DECORRELATED, decorrelate, decorrelated_layers
from mtjphys.learning.torch.gradients import add_gradients
from mtjphys.learning.torch.installed import torch
from mtjphys.learning.torch.layers import Layers
from mtjphys.learning.torch.losses import sample_losses
from mtjphys.learning.torch.passes import Passes, as_tuple
from mtjphys.learning.torch.rules.estimate import ESTIMATORS
from mtjphys.learning.torch.tensors import check_noise, perturbation_tensor
from mtjphys.learning.training.checks import check_decorrelation


class Learned(NamedTuple):
    """What `NodePerturbation.backward` has seen in the first pass."""

    loss: Any  # of each sample, (n_samples,)
    outputs: Any


class NodePerturbation:
    r"""Gradients of any module from noise at its pre-activations, in the place of back-propagation.

    A layer computes :math:`a = F(x, \theta) + \varepsilon`, with noise of its own at every *unit*: of a linear layer
    one of its outputs, of a convolution a channel at a place, of a recurrent cell a gate at a time. Rules, their names
    and their definitions are those of `mtjphys.learning.rules`; they estimate the gradient :math:`g=\partial L/\partial
    a` of every sample at every unit from what the noise does to its loss, and

    .. math:: \frac{\partial\langle L\rangle}{\partial\theta} =
        \Big\langle \sum_u s_u \frac{\partial F_u}{\partial\theta}\Big\rangle

    with the estimate s in the place of g, a sum over the units u of the layer, hence over the places of a convolution
    and the times of a cell. :math:`\partial F/\partial\theta` is that of one layer at its own input, ``x^T`` for a
    linear one: nothing is carried backwards from layer to layer.

    The estimate of `ANP` is :math:`s = N\,\Delta L\,\Delta a/|\Delta a|^2` from two noisy passes. N counts all units of
    the module, channels times places, and the norm goes over all of them, sample by sample, as if a convolution were
    written out as a linear layer whose weights are shared. It is unbiased where :math:`\Delta a` is the units' own
    noise, for small noise that is alike and independent from unit to unit: then :math:`\Delta L = \sum_v g_v
    \Delta a_v`, and the means

    .. math:: \Big\langle N \frac{\Delta a_u\Delta a_v}{|\Delta a|^2}\Big\rangle = \delta_{uv}

    since they vanish for u not v, as a difference of two readings has either sign alike, are the same for all u = v,
    and have the sum N. So :math:`\langle s_u\rangle=g_u` at each place, and the sum over places is the gradient of the
    shared weights; another N, such as the number of channels, would be wrong by the number of places. In a deeper
    module :math:`\Delta a` also holds what earlier layers send, which biases ANP as it does in our own networks; `NP`,
    `INP` and `GuidedNP` (residual 1) take each layer's own noise and are unbiased at any depth, `INP` by a pass for
    every call of a layer.

    Parameters
    ----------
    module : torch.nn.Module
        The module; its parameters, buffers and mode stay the user's.
    noise : NoiseSource
        Where the volts come from, for all units of the module in the order in which its layers are called.
    rule : str or Rule
        ``"anp"``, ``"inp"``, ``"guided"``, or a rule of `mtjphys.learning` with its parameters, such as
        ``NP(sigma=0.01)`` or ``GuidedNP(residual=0.5)``; a D before the name decorrelates.
    layers : sequence of str or torch.nn.Module, optional
        Parts to perturb, or their names; each is taken as one layer, with noise at its outputs (the first one of a
        tuple) and derivatives by autograd inside. By default all parts that hold trainable parameters and no other
        part that does; `torch.nn.RNNCell`, `LSTMCell` and `GRUCell` are perturbed in front of their gates.
    decorrelation : Decorrelation, optional
        How the matrices of `DecorrelatedLinear` and `DecorrelatedConv2d` are learned, for a rule with a D.
    batched : bool, optional
        Whether the two passes are done as one of twice the samples. By default they are, unless a sample's output
        depends on the others in its batch (batch normalisation in training) or on random numbers (dropout), which both
        passes then share.

    Attributes
    ----------
    updates, samples : int
        Calls of `backward`, and samples they have seen.

    Raises
    ------
    ParameterError
        If the rule is unknown or no node perturbation, a parameter belongs to no layer, or module, rule and
        decorrelation do not fit together.

    Notes
    -----
    Batch normalisation in training is differentiated as if its mean and variance did not depend on the sample: the
    loss of a sample is compared with its own noise alone. Layer and group normalisation have no such term.

    References
    ----------
    S. Dalm, M. van Gerven, N. Ahmad, arXiv:2310.00965; K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025).

    Examples
    --------
    >>> import torch
    >>> from mtjphys import learning
    >>> nn = torch.nn
    >>> module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
    >>> learner = NodePerturbation(module, learning.TelegraphNoise(seed=1), rule="anp")
    >>> x, y = torch.rand(16, 1, 8, 8), torch.arange(16) % 10
    >>> loss = learner.backward(x, y, torch.nn.CrossEntropyLoss()).loss
    >>> loss.shape, module[0].weight.grad.shape
    (torch.Size([16]), torch.Size([4, 1, 3, 3]))
    """

    def __init__(
        self,
        module: Any,
        noise: NoiseSource | ChainsOnDevice,
        rule: Any = "anp",
        *,
        layers: Layers = None,
        decorrelation: Decorrelation | None = None,
        batched: bool | None = None,
    ) -> None:
        self.passes, self.noise, self.rule = Passes(module, layers, batched), noise, _rule_of(rule)
        self.decorrelation = decorrelation
        check_noise(noise)
        if not any(p.requires_grad for p in module.parameters()):
            raise ParameterError("the module has no trainable parameters: unfreeze some with requires_grad_(True)")
        name = next(name for name, kind in RULES.items() if kind is type(self.rule))
        if self.rule.perturbs != "units":
            raise ParameterError(f"{name} does not perturb units: give a node perturbation, such as 'anp'")
        self._estimator = ESTIMATORS.find(name[1:] if self.rule.decorrelates else name, "rule")(self.rule)
        _check_decorrelation(module, self.rule, decorrelation)
        self.updates, self.samples, self._n_units = 0, 0, 0
        self._before = self._usage()

    def _usage(self) -> Usage | None:
        usage: Usage | None = getattr(self.noise, "usage", None)
        return usage

    def backward(self, inputs: Any, targets: Any, loss: Any) -> Learned:
        """Add the estimated gradients of the batch's loss to ``.grad``, in the place of ``loss.backward()``.

        Parameters
        ----------
        inputs : torch.Tensor or tuple of torch.Tensor
            Arguments of the module, samples first.
        targets : torch.Tensor
            As the loss takes them.
        loss : torch.nn.Module or callable
            A loss of PyTorch, or a function that returns the loss of each sample; the gradient is that of its mean, or
            of its sum if that is its `reduction`. The losses of samples must not depend on each other.

        Returns
        -------
        Learned
            Losses and outputs of the first pass.

        Raises
        ------
        ParameterError
            If the loss is not one a sample.
        SimulationError
            If a loss, in any pass, is not finite; then no gradient has been changed.
        """
        given = as_tuple(inputs)
        each, scale = sample_losses(loss, targets)
        seen: list[Any] = []

        def losses(outputs: Any) -> Any:
            seen.append(each(outputs))
            return seen[-1]

        parameter = self.passes.parameter

        def draw(n_passes: int) -> Any:
            n_units = self.passes.n_units(given)
            return perturbation_tensor(self.noise, n_passes * len(given[0]), n_units, parameter.dtype, parameter.device)

        with torch.no_grad():
            found = self._estimator(self.passes, given, losses, draw)
            total = float(sum(values.detach().sum() for values in seen))
            if not math.isfinite(total):
                raise SimulationError(
                    f"the loss is {total} at update {self.updates}: lower the learning rate, or "
                    "look for NaN in the inputs"
                )
            for call, signal in zip(found.first.calls, found.signals, strict=True):
                add_gradients(call, signal if scale == 1.0 else scale * signal)
            if self.decorrelation is not None:
                for call in found.first.calls:
                    if isinstance(call.layer, DECORRELATED):
                        decorrelate(call.layer, call.arguments[0], self.decorrelation)
        self.updates, self.samples = self.updates + 1, self.samples + len(given[0])
        self._n_units = self.passes.n_units(given)
        return Learned(found.loss, found.first.outputs)

    @property
    def cost(self) -> PhysicalCost:
        """What the junctions have spent since this was made, counted as in `mtjphys.learning.physical_cost`.

        Passes in `noisy` with the same source are in it, as those of the validation are in the cost of a `Training`.

        Raises
        ------
        DataError
            If the noise source does not count, or nothing was drawn yet.
        """
        usage = self._usage()
        if usage is None:
            raise DataError(
                f"{type(self.noise).__name__} does not count what it spends: train with a source of physical "
                "junctions, such as JunctionNoise"
            )
        spent = Usage(*np.subtract(usage, self._before or (0, 0.0, 0.0)))
        return physical_cost(spent, updates=self.updates, samples=self.samples, readings_per_inference=self._n_units)

    def state_dict(self) -> dict[str, Any]:
        """Return noise, rule and counts as tensors, beside the states of module and optimiser, for `torch.save`."""
        noise = {name: torch.as_tensor(value).clone() for name, value in self.noise.state_dict().items()}
        counts = {"updates": self.updates, "samples": self.samples}
        before = None if self._before is None else list(map(float, self._before))
        return {"noise": noise, "rule": self._estimator.state_dict(), "before": before, **counts}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue with the same bits where the one that made `state` stopped.

        Raises
        ------
        DataError
            If the state is of something else.
        """
        missing = [name for name in ("noise", "rule", "before", "updates", "samples") if name not in state]
        if missing:
            raise DataError(f"this state lacks {missing}: load one that NodePerturbation.state_dict gave")
        noise = state["noise"]
        if not isinstance(self.noise, ChainsOnDevice):
            noise = {name: value.cpu().numpy().copy() for name, value in noise.items()}
        self.noise.load_state_dict(noise)
        self._estimator.load_state_dict(dict(state["rule"]))
        self.updates, self.samples = int(state["updates"]), int(state["samples"])
        self._before = None if state["before"] is None else Usage(*state["before"])


def _rule_of(rule: Any) -> Any:
    """Return the rule of a name, whatever its case, or the one that is given."""
    if not isinstance(rule, str):
        if type(rule) not in RULES.values():
            raise ParameterError(f"rule={rule!r} is no rule: give 'anp', 'inp', 'guided', or NP(sigma=...)")
        return rule
    names = {name.lower(): name for name in RULES} | {"guided": "GuidedNP", "dguided": "DGuidedNP"}
    kind = RULES.find(names.get(rule.lower(), rule), "rule")
    if issubclass(kind, NP):
        raise ParameterError(
            f"rule={rule!r} divides by the variance of the noise: give {kind.__name__}(sigma=...), the standard "
            "deviation of the perturbation, or 'anp', which needs none"
        )
    return kind()


def _check_decorrelation(module: Any, rule: Any, decorrelation: Decorrelation | None) -> None:
    """Raise unless module, rule and decorrelation say the same; as `mtjphys.learning.Training` does."""
    name, decorrelated = type(rule).__name__, bool(decorrelated_layers(module))
    check_decorrelation(rule, decorrelation)
    if decorrelated != rule.decorrelates:
        raise ParameterError(
            f"{name} with a module that has {'' if decorrelated else 'no '}decorrelated layers: build it with "
            f"{'nn.Linear and nn.Conv2d' if decorrelated else 'DecorrelatedLinear or DecorrelatedConv2d'}, or take "
            f"the rule with{'' if decorrelated else 'out'} the D"
        )
