"""The loss of each sample, from a loss as users of PyTorch have it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.learning.torch.installed import nn, torch


def sample_losses(loss: Any, targets: Any) -> tuple[Callable[[Any], Any], float]:
    """Return a function from outputs to the loss of each sample, and what their mean is multiplied with.

    Parameters
    ----------
    loss : torch.nn.Module or callable
        A loss of PyTorch, such as ``nn.CrossEntropyLoss()`` or ``nn.functional.mse_loss``, by its `reduction`: the mean
        over the batch (and what a sample has besides), or the sum; or any function ``loss(outputs, targets)`` that
        returns the loss of each sample.
    targets : torch.Tensor
        As the loss takes them, samples first.

    Returns
    -------
    callable, float
        The factor is 1, and for sums the number of samples.

    Raises
    ------
    ParameterError
        If the loss weighs classes or leaves targets out, so that its mean is not that of its samples.
    """
    reduction, each = "mean", loss
    left_out = getattr(loss, "ignore_index", None)
    if isinstance(loss, nn.Module):
        reduction = getattr(loss, "reduction", "mean")
        if getattr(loss, "weight", None) is not None and reduction == "mean":
            raise ParameterError(
                f"{type(loss).__name__} with weights of classes divides by their sum: give reduction='sum', or a "
                "function that returns the loss of each sample"
            )
        if hasattr(loss, "reduction"):
            each = copy(loss)
            each.reduction = "none"
    elif "reduction" in (parameters := inspect.signature(loss).parameters):
        reduction, each = str(parameters["reduction"].default), partial(loss, reduction="none")
        left_out = parameters["ignore_index"].default if "ignore_index" in parameters else None

    if left_out is not None and reduction == "mean" and bool((targets == left_out).any()):
        raise ParameterError(
            f"the loss leaves out the targets that are {left_out} and divides by the number of others: "
            "leave these samples out, give reduction='sum', or a function that returns the loss of each sample"
        )

    def losses(outputs: Any) -> Any:
        values = each(outputs, targets)
        if not isinstance(values, torch.Tensor) or values.ndim == 0 or len(values) != len(targets):
            shape = tuple(values.shape) if isinstance(values, torch.Tensor) else type(values).__name__
            raise ParameterError(
                f"the loss returns {shape} for {len(targets)} samples: return the loss of each sample, or give a loss "
                "of torch.nn"
            )
        rest = values.flatten(1) if values.ndim > 1 else values[:, None]
        return rest.sum(1) if reduction in ("sum", "batchmean") else rest.mean(1)

    return losses, float(len(targets)) if reduction == "sum" else 1.0
