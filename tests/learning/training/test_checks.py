"""Parts and data that do not fit are refused."""

import numpy as np
import pytest
from small_trainings import blobs

from mtjphys import learning
from mtjphys.core.errors import ParameterError


def test_parts_that_do_not_fit_are_refused():
    data = blobs()
    with pytest.raises(ParameterError, match="got none"):
        learning.Training(learning.Network([4, 3]), learning.ANP(), data, learning.Adam(), epochs=1)
    with pytest.raises(ParameterError, match="number of inputs"):
        learning.Training(learning.Network([5, 3]), learning.BP(), data, learning.Adam(), epochs=1)


@pytest.mark.parametrize(
    ("rule", "decorrelated", "decorrelation", "message"),
    [
        (
            "DBP",
            True,
            None,
            "decorrelation=None with DBP, which decorrelates: give a Decorrelation, or .* without the D",
        ),
        (
            "BP",
            True,
            learning.Decorrelation(0.1),
            r"decorrelation=Decorr.* with BP, which does not decorrelate: .* DANP",
        ),
        ("BP", True, None, "BP with a network built with decorrelated=True: build it with decorrelated=False"),
        (
            "DBP",
            False,
            learning.Decorrelation(0.1),
            "DBP with a network built .*False: build it with decorrelated=True",
        ),
    ],
)
def test_rule_network_and_decorrelation_say_the_same(rule, decorrelated, decorrelation, message):
    network, adam = learning.Network([4, 3], decorrelated=decorrelated), learning.Adam()
    with pytest.raises(ParameterError, match=message):
        learning.Training(network, learning.RULES[rule](), blobs(), adam, epochs=1, decorrelation=decorrelation)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("validation", lambda x, y: (x[:, :3], y), "validation inputs of shape"),
        ("test", lambda x, y: (x[:, :3], y), "test inputs of shape"),
        ("train", lambda x, y: (x[:-1], y), "62 train inputs and 63 targets"),
        ("train", lambda x, y: (x[:0], y[:0]), "no training samples"),
        ("validation", lambda x, y: (x[:0], y[:0]), "patience=1 stops on the validation data"),
        ("test", lambda x, y: (x[:0], y[:0]), "no test samples"),
        ("train", lambda x, y: (np.where(x > 1.0, np.nan, x), y), "train inputs hold NaN"),
        ("validation", lambda x, y: (x * np.inf, y), "validation inputs hold NaN or infinite values"),
        ("train", lambda x, y: (x, np.full((len(x), 3), np.inf)), "train targets hold NaN or infinite"),
    ],
)
def test_data_that_do_not_fit_are_refused_before_the_first_update(part, change, message):
    data = blobs()
    data = data._replace(**{part: learning.Samples(*change(*getattr(data, part)))})
    with pytest.raises(ParameterError, match=message):
        learning.Training(
            learning.Network([4, 3]), learning.BP(), data, learning.Adam(), epochs=1, patience=1, track_test=True
        )
