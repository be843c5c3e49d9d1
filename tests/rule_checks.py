"""What every learning rule has to pass: `check_rule`, called by the test of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import ParameterError


def check_rule(make: Callable[[], Any], table: Mapping[str, Any], folder: Path) -> None:
    """Check that a rule gives gradients, resumes to the bit, and what it is in files.

    Parameters
    ----------
    make : callable
        Makes the rule, not used yet.
    table : mapping
        The ``[rule]`` table of an experiment that makes an equal rule.
    folder : Path
        For a checkpoint.
    """
    stream = np.random.default_rng(1)
    data = learning.split(stream.standard_normal((60, 5)), np.arange(60) % 3)
    x, y = data.train.inputs[:8], data.train.targets[:8]
    for decorrelated in (False, True):
        network = learning.Network([5, 4, 3], decorrelated=decorrelated, seed=1)
        before = network.state_dict()
        noise = learning.GaussianNoise(0.01, seed=1)
        estimate = make()(network, x, y, learning.CrossEntropy(), noise)
        for gradient, parameter in zip(estimate.gradients, network.parameters, strict=True):
            assert gradient.shape == parameter.shape and gradient.dtype == np.float32
            assert np.isfinite(gradient).all()
        assert estimate.loss.shape == (8,) and estimate.first.outputs.shape == (8, 3)
        assert len(estimate.first.inputs) == 2  # for the decorrelation
        for name, array in network.state_dict().items():
            np.testing.assert_array_equal(array, before[name], err_msg=name)
    if make().perturbs == "nothing":
        make()(network, x, y, learning.CrossEntropy(), None)
    else:
        with pytest.raises(ParameterError, match="learns from noise and got none: give a noise source"):
            make()(network, x, y, learning.CrossEntropy(), None)

    def training() -> learning.Training:
        rule = make()
        network = learning.Network([5, 4, 3], decorrelated=rule.decorrelates, seed=1)
        settings: Any = {"epochs": 3, "noise": learning.GaussianNoise(0.01, seed=1), "batch_size": 8}
        if rule.decorrelates:
            settings["decorrelation"] = learning.Decorrelation(1e-3)
        return learning.Training(network, rule, data, learning.Adam(0.01), **settings)

    whole, stopped, resumed = training(), training(), training()
    whole.run(progress=False)
    stopped.run(1, progress=False, checkpoint=folder / "rule.npz")
    resumed.load(folder / "rule.npz")
    resumed.run(progress=False)
    for name, array in whole.state_dict().items():
        np.testing.assert_array_equal(array, resumed.state_dict()[name], err_msg=name)

    settings = {"data": {"name": "digits"}, "rule": table, "noise": {"kind": "gaussian", "sigma": 0.01}}
    if make().decorrelates:
        settings["decorrelation"] = {"learning_rate": 1e-3}
    experiment = learning.Experiment(**settings, training={"epochs": 1})
    assert experiment.build().rule == make()
    assert experiment.tables()["rule"] == table
    with pytest.raises(ParameterError, match=r"\[rule\] sgima: unknown parameter"):
        learning.Experiment(**{**settings, "rule": {**table, "sgima": 1.0}}, training={"epochs": 1})
