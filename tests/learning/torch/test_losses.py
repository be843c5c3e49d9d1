"""Losses of PyTorch, sample by sample."""

import pytest
from torch_modules import nn, torch

from mtjphys.core.errors import ParameterError
from mtjphys.learning.torch.losses import sample_losses


@pytest.mark.parametrize(
    ("loss", "shape", "targets"),
    [
        (nn.CrossEntropyLoss(label_smoothing=0.1), (6, 3), torch.arange(6) % 3),
        (nn.CrossEntropyLoss(), (6, 3, 5), torch.ones(6, 5, dtype=torch.long)),
        (nn.CrossEntropyLoss(reduction="sum", weight=torch.tensor([1.0, 2.0, 3.0])), (6, 3), torch.arange(6) % 3),
        (nn.MSELoss(), (6, 2), torch.ones(6, 2)),
        (nn.functional.smooth_l1_loss, (6, 2), torch.ones(6, 2)),
        (nn.BCEWithLogitsLoss(reduction="sum"), (6, 1), torch.ones(6, 1)),
    ],
)
def test_their_mean_is_the_loss(loss, shape, targets):
    torch.manual_seed(1)
    outputs = torch.randn(*shape)
    losses, scale = sample_losses(loss, targets)
    assert losses(outputs).shape == (6,)
    torch.testing.assert_close(scale * losses(outputs).mean(), loss(outputs, targets))


def test_a_loss_of_the_whole_batch_is_refused():
    losses, _ = sample_losses(lambda outputs, targets: outputs.mean(), torch.zeros(4))
    with pytest.raises(ParameterError, match="return the loss of each sample"):
        losses(torch.zeros(4, 1))
    with pytest.raises(ParameterError, match="with weights of classes"):
        sample_losses(nn.CrossEntropyLoss(weight=torch.ones(3)), torch.zeros(4))


def test_targets_that_are_left_out_are_refused_and_a_mean_over_the_batch_is_one():
    outputs, targets = torch.randn(4, 3), torch.tensor([0, 2, -100, 1])
    for leaving in (nn.CrossEntropyLoss(), nn.functional.cross_entropy):
        with pytest.raises(ParameterError, match="leaves out the targets that are -100"):
            sample_losses(leaving, targets)
    sample_losses(nn.CrossEntropyLoss(), targets.abs() % 3)
    wanted = torch.softmax(torch.randn(4, 3), 1)
    loss = nn.KLDivLoss(reduction="batchmean")
    ours, factor = sample_losses(loss, wanted)
    logs = torch.log_softmax(outputs, 1)
    torch.testing.assert_close(factor * ours(logs).mean(), loss(logs, wanted))
