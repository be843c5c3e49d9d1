"""Early stopping goes back to the best epoch."""

import sys

import numpy as np
import pytest
from small_trainings import assert_resumes, make


def overfitting(**changes):
    """Return a training that gets worse on the validation data, whose labels are shuffled."""
    training = make(epochs=40, **changes)
    shuffled = np.random.default_rng(0).permutation(training.data.validation.targets)
    training.data = training.data._replace(validation=training.data.validation._replace(targets=shuffled))
    return training


def test_early_stopping_goes_back_to_the_best_epoch(tmp_path):
    training, longer = overfitting(patience=3), overfitting()
    history, whole = training.run(progress=False), longer.run(progress=False)
    best = int(np.argmin(history["validation_loss"].values)) + 1
    assert history.sizes["epoch"] == best + 3 == training.updates // training.updates_per_epoch
    assert training.finished and history.attrs["best_epoch"] == best
    np.testing.assert_array_equal(whole["validation_loss"][: best + 3], history["validation_loss"])
    until = overfitting()
    until.run(best, progress=False)
    for name, array in until.network.state_dict().items():
        np.testing.assert_array_equal(array, training.network.state_dict()[name], err_msg=name)
    assert training.run(progress=False).equals(history)  # nothing is left to do
    training.save(tmp_path / "a.npz")
    loaded = overfitting(patience=3)
    loaded.load(tmp_path / "a.npz")
    assert loaded.finished and loaded.run(progress=False).equals(history)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
def test_early_stopping_knows_the_best_epoch_after_a_resume(tmp_path):
    whole = overfitting(patience=3)
    best = whole.run(progress=False).attrs["best_epoch"]
    updates = best * whole.updates_per_epoch + 2  # the best epoch is over, the training is not
    assert_resumes(lambda: overfitting(patience=3), tmp_path / "a.npz", updates)


def test_patience_keeps_the_best_after_the_last_epoch_too():
    training = make(epochs=5, patience=100)
    history = training.run(progress=False)
    best = history.attrs["best_epoch"]
    assert history["validation_loss"][best - 1] == history["validation_loss"].min()
    assert training.finished and history.sizes["epoch"] == 5
