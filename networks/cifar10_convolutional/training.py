"""The convolutional network of this study, and how it is trained and measured; needs PyTorch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mtjphys.core.errors import DataError
from mtjphys.core.files import replacing
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.core.streams import Use, generator
from mtjphys.learning import Data
from mtjphys.learning import torch as mtorch
from mtjphys.learning.data import Samples, cifar_augmentation
from mtjphys.learning.experiment import make_noise
from mtjphys.learning.rules import RULES
from mtjphys.learning.torch.installed import nn, torch

PICTURE = (3, 32, 32)
CLASSES = 10
SLOPE = 0.01  # of leaky ReLU below zero
PROBE = 512  # training pictures, on which estimates are compared with the gradient
FITTED = 2000  # training pictures, on which the best feedback is fitted to the gradient
EVALUATION_BATCH = 500


class Epoch(NamedTuple):
    """What is known after an epoch, without noise; without validation pictures their accuracy is None."""

    train_accuracy: float
    validation_accuracy: float | None
    test_accuracy: float
    cosines: list[float]  # between estimate and gradient of the weights of each layer, at the epoch's end


def build(channels: list[int], seed: int) -> Any:
    """Return convolutions with stride 2, each followed by leaky ReLU and group normalisation, and a linear layer.

    The normalisation has no parameters: it is no layer that is perturbed, and stands behind the activation, so that
    the slope of a layer's own units is known where they are perturbed.
    """
    torch.manual_seed(seed)
    layers: list[Any] = []
    inputs, side = PICTURE[0], PICTURE[1]
    for number, outputs in enumerate(channels):
        kernel = 5 if number == 0 else 3
        layers += [nn.Conv2d(inputs, outputs, kernel, stride=2, padding=kernel // 2), nn.LeakyReLU(SLOPE)]
        layers.append(nn.GroupNorm(4, outputs, affine=False))
        inputs, side = outputs, -(-side // 2)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * side**2, CLASSES))


def pictures(inputs: Any) -> Any:
    """Return rows of pixels as pictures."""
    return torch.from_numpy(inputs).reshape(-1, *PICTURE)


def back_propagate(module: Any, x: Any, y: Any, loss: Any) -> Any:
    """Add the gradients of back-propagation, without noise, and return the outputs."""
    outputs = module(x)
    loss(outputs, y).mean().backward()
    return outputs.detach()


class ConvolutionalTraining:
    """A training of the study; it goes on where its checkpoint ends, to the same bits.

    Parameters
    ----------
    config : mapping
        ``seed``, ``channels``, ``batch_size``, and of the training ``rule``, ``residual``, ``learning_rate``,
        ``epochs``, ``padding`` and ``noise``.
    data : Data
        CIFAR-10.
    """

    def __init__(self, config: Mapping[str, Any], data: Data) -> None:
        self.config, self.data = dict(config), data
        self.module = build(config["channels"], config["seed"])
        self.loss = nn.CrossEntropyLoss(reduction="none")
        self.learner: Any = None
        if config["rule"] != "BP":
            noise = make_noise(config["noise"], seed=config["seed"])
            options = {} if config["residual"] is None else {"residual": config["residual"]}
            self.learner = mtorch.NodePerturbation(self.module, noise, rule=RULES[config["rule"]](**options))
        self.optimiser = torch.optim.Adam(self.module.parameters(), lr=config["learning_rate"])
        self.updates_per_epoch = -(-len(data.train.inputs) // config["batch_size"])
        total = self.updates_per_epoch * config["epochs"]
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, total)
        self.augment = cifar_augmentation(config["padding"])
        self.epochs: list[Epoch] = []
        self.seconds = 0.0  # of processor time, training alone

    def run(self, checkpoint: Path, tell: Callable[[str], None]) -> None:
        """Train what is left of the epochs; Ctrl-C keeps those that are done."""
        if checkpoint.exists():
            self.load(checkpoint)
        with deferred_interrupt() as asked:
            while len(self.epochs) < self.config["epochs"]:
                before = time.process_time()
                accuracy = self._train(asked.is_set)
                if accuracy is None:
                    raise KeyboardInterrupt
                self.seconds += time.process_time() - before
                validation = self.accuracy(self.data.validation) if len(self.data.validation.inputs) else None
                test = self.accuracy(self.data.test)
                self.epochs.append(Epoch(accuracy, validation, test, self.cosines()))
                self.save(checkpoint)
                tell(f"epoch {len(self.epochs)}: {100 * accuracy:.1f} % training, {100 * test:.1f} % test accuracy")

    def _train(self, stopped: Callable[[], bool]) -> float | None:
        """Train an epoch and return the accuracy on its pictures; None if it was stopped."""
        train, epoch, right = self.data.train, len(self.epochs), 0
        order = generator(self.config["seed"], epoch, Use.ORDER).permutation(len(train.inputs))
        for batch in range(self.updates_per_epoch):
            if stopped():
                return None
            chosen = order[batch * self.config["batch_size"] : (batch + 1) * self.config["batch_size"]]
            stream = generator(self.config["seed"], epoch, Use.AUGMENTATION, batch)
            x, y = pictures(self.augment(train.inputs[chosen], stream)), torch.from_numpy(train.targets[chosen])
            self.optimiser.zero_grad()
            outputs = self._backward(x, y)
            self.optimiser.step()
            self.schedule.step()
            right += int((outputs.argmax(1) == y).sum())
        return right / len(train.inputs)

    def _backward(self, x: Any, y: Any) -> Any:
        if self.learner is None:
            return back_propagate(self.module, x, y, self.loss)
        return self.learner.backward(x, y, self.loss).outputs

    def accuracy(self, samples: Samples) -> float:
        """Return the fraction that is recognised without noise."""
        right = 0
        with torch.no_grad():
            for start in range(0, len(samples.inputs), EVALUATION_BATCH):
                part = slice(start, start + EVALUATION_BATCH)
                outputs = self.module(pictures(samples.inputs[part]))
                right += int((outputs.argmax(1).numpy() == samples.targets[part]).sum())
        return right / len(samples.inputs)

    def cosines(self) -> list[float]:
        """Return the cosines between the estimate and the gradient, of each layer's weights, on some pictures.

        Nothing is changed by it: gradients, rule and noise are put back.
        """
        if self.learner is None:
            return [1.0] * sum(p.ndim > 1 for p in self.module.parameters())
        x, y = pictures(self.data.train.inputs[:PROBE]), torch.from_numpy(self.data.train.targets[:PROBE])
        state = self.learner.state_dict()
        gradients = []
        for backward in (self.learner.backward, lambda *batch: back_propagate(self.module, *batch)):
            self.optimiser.zero_grad()
            backward(x, y, self.loss)
            gradients.append([p.grad.flatten() for p in self.module.parameters() if p.ndim > 1])
        self.optimiser.zero_grad()
        self.learner.load_state_dict(state)
        return [float(torch.cosine_similarity(one, other, 0)) for one, other in zip(*gradients, strict=True)]

    def feedback(self) -> list[dict[str, float]]:
        """Return how well feedback can follow the gradient, for each hidden layer, on training pictures without noise.

        ``cosine`` is that of the gradients of the layer's weights, ``explained`` the part of the gradient at the units,
        as a sum of squares: by the feedback that was learned, and by the ``best`` one, fitted to that gradient of the
        same pictures.
        """
        n = min(FITTED, len(self.data.train.inputs))
        x, y = pictures(self.data.train.inputs[:n]), torch.from_numpy(self.data.train.targets[:n])
        layers = [layer for layer in self.module if list(layer.parameters())]
        seen = []
        hooks = [layer.register_forward_hook(lambda _, given, made: seen.append((given[0], made))) for layer in layers]
        losses = self.loss(self.module(x), y)
        for hook in hooks:
            hook.remove()
        *gradients, delta = torch.autograd.grad(losses.sum(), [made for _, made in seen])
        learned = self.learner.state_dict()["rule"].values()
        found = []
        for layer, (inputs, made), gradient, b in zip(layers, seen, gradients, learned, strict=False):
            slope, gradient = torch.where(made.detach().flatten(1) > 0, 1.0, SLOPE), gradient.flatten(1)
            # Of each unit: the ten numbers that come nearest to its gradients, g = f' b . delta.
            twice = (delta[:, :, None] * delta[:, None, :]).flatten(1).double()
            squares = (slope.square().T.double() @ twice).view(-1, CLASSES, CLASSES)
            moments = (slope * gradient).T.double() @ delta.double()
            best = torch.linalg.lstsq(squares, moments[:, :, None]).solution
            numbers = {}
            for name, matrix in (("", b), ("best_", best[:, :, 0].float())):
                guess = slope * (delta @ matrix.T)
                left = (gradient - guess).square().sum() / gradient.square().sum()
                again = layer(inputs.detach())
                one, other = (
                    torch.autograd.grad(again, layer.weight, signal.view_as(made), retain_graph=True)[0].flatten()
                    for signal in (guess, gradient)
                )
                numbers[f"{name}cosine"] = float(torch.cosine_similarity(one, other, 0))
                numbers[f"{name}explained"] = float(1.0 - left)
            found.append(numbers)
        return found

    def results(self) -> dict[str, Any]:
        """Return what the study keeps of a finished training."""
        test = self.epochs[-1].test_accuracy
        updates = self.updates_per_epoch * self.config["epochs"]
        found: dict[str, Any] = {
            "config": self.config,
            "parameters": sum(p.numel() for p in self.module.parameters()),
            "test_accuracy": test,
            "standard_error": (test * (1 - test) / len(self.data.test.inputs)) ** 0.5,
            "cpu_seconds_per_update": self.seconds / updates,
            "curves": [epoch._asdict() for epoch in self.epochs],
        }
        if self.learner is not None:
            x = pictures(self.data.train.inputs[:1])
            found["units"] = self.learner.passes.n_units((x,))
            if self.config["rule"] == "GuidedNP":
                found["feedback"] = self.feedback()
        if hasattr(getattr(self.learner, "noise", None), "usage"):
            found["cost_per_update"] = self.learner.cost.per_update._asdict()
        return found

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "config": self.config,
            "module": self.module.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "learner": None if self.learner is None else self.learner.state_dict(),
            "epochs": [tuple(epoch) for epoch in self.epochs],
            "seconds": self.seconds,
        }
        with replacing(path) as unfinished:
            torch.save(state, unfinished)

    def load(self, path: Path) -> None:
        """Continue from a checkpoint.

        Raises
        ------
        DataError
            If it is of another training.
        """
        state = torch.load(path, weights_only=True)
        if state["config"] != self.config:
            raise DataError(f"{path}: is of another training, {state['config']}; give another --output")
        self.module.load_state_dict(state["module"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        if self.learner is not None:
            self.learner.load_state_dict(state["learner"])
        self.epochs = [Epoch(*epoch) for epoch in state["epochs"]]
        self.seconds = state["seconds"]
