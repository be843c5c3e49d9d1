"""Figures of learning curves."""

import numpy as np
import pytest
from small_trainings import junctions, make

from mtjphys import learning
from mtjphys.core.errors import ParameterError


def test_learning_curves_are_drawn_on_the_given_axes():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    history = make(epochs=2).run(progress=False)
    _, given = plt.subplots()
    ax = learning.learning_curves({"chain": history}, ax=given)
    assert ax is given
    assert ax.get_ylabel() == "Validation accuracy (%)"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * history["validation_accuracy"].values)
    with pytest.raises(ParameterError, match="choose one of"):
        learning.learning_curves({"chain": history}, "speed", ax=given)
    plt.close("all")


def test_curves_against_what_they_cost():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    history = make(epochs=3, noise=junctions(), track_test=True).run(progress=False)
    ax = learning.learning_curves({"junctions": history}, "test_accuracy", against="energy")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), history["energy"])
    assert ax.get_xlabel() == "Energy of the junctions (J)" and ax.get_ylabel() == "Test accuracy (%)"
    ax = learning.learning_curves({"junctions": history}, against="updates", ax=ax)
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), history["epoch"] * history.attrs["updates_per_epoch"])
    with pytest.raises(ParameterError, match=r"against='energy' .* \['epoch', 'updates'\]"):
        learning.learning_curves({"bp": make(epochs=1).run(progress=False)}, against="energy", ax=ax)
    plt.close("all")


def test_the_figure_of_a_training_shows_what_there_is():
    history = make(epochs=3, noise=junctions(), track_test=True).run(progress=False)
    loss, accuracy = learning.learning_figure(history).axes
    assert [line.get_label() for line in loss.lines] == ["Training", "Validation"]
    assert {line.get_label() for line in accuracy.lines} >= {"Training", "Validation", "Test"}
    np.testing.assert_allclose(accuracy.lines[1].get_ydata(), 100 * history["validation_accuracy"])
    assert len(loss.child_axes) == 1  # the energy, on top
    plain = make(epochs=3, noise=None, decorrelation=None).run(progress=False)
    assert not any(ax.child_axes for ax in learning.learning_figure(plain).axes)
    regression = plain.assign({name: np.nan * plain[name] for name in plain.data_vars if "accuracy" in name})
    assert len(learning.learning_figure(regression).axes) == 1
    with pytest.raises(ParameterError, match="no epoch yet"):
        learning.learning_figure(make().history)
