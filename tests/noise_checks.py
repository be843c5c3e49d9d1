"""What every noise source has to pass: `check_source`, called by the test of each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import ParameterError
from mtjphys.learning.experiment import Experiment, make_noise


def check_source(
    fresh: Callable[[], Any], table: Mapping[str, Any] | None = None, *, n_units: int = 7, folder: Path = Path()
) -> None:
    """Check that a source continues to the bit however it is read, and what it is in files.

    Parameters
    ----------
    fresh : callable
        Makes the source, not read from yet.
    table : mapping, optional
        The ``[noise]`` table of an experiment that makes an equal source.
    n_units : int
        Units to feed.
    folder : Path
        What relative paths of the table start from.
    """
    whole, source = fresh(), fresh()
    volts = whole.volts(10, n_units)
    assert volts.shape == (10, n_units) and volts.dtype == np.float32
    assert np.isfinite(volts).all() and np.unique(volts).size > 1
    # In any division into calls.
    np.testing.assert_array_equal(volts, np.vstack([source.volts(n, n_units) for n in (1, 1, 4, 1, 3)]))
    assert getattr(whole, "usage", None) == getattr(source, "usage", None)
    # From a state, or a copy, whatever was read before.
    source, used, late, untouched = fresh(), fresh(), fresh(), fresh().state_dict()
    first = source.volts(3, n_units)
    state = {name: np.array(array) for name, array in source.state_dict().items()}
    twin = copy.deepcopy(source)
    expected = source.volts(5, n_units)
    used.volts(4, n_units)
    for resumed in (used, late):
        resumed.load_state_dict(state)
        np.testing.assert_array_equal(resumed.volts(5, n_units), expected)
        assert getattr(resumed, "usage", None) == getattr(source, "usage", None)
    np.testing.assert_array_equal(twin.volts(5, n_units), expected)
    source.load_state_dict(untouched)
    np.testing.assert_array_equal(source.volts(3, n_units), first)
    # It is known by its parameters, which a checkpoint compares.
    assert source == fresh() and repr(source) == repr(fresh())
    source.gain = 2.0
    assert source != fresh()
    with pytest.raises(ParameterError, match="n_samples=0"):
        fresh().volts(0, n_units)
    np.testing.assert_array_equal(learning.perturbation(fresh(), 3, n_units), first)
    if table is not None:
        check_file(fresh(), table, n_units, folder)


def check_file(source: Any, table: Mapping[str, Any], n_units: int, folder: Path) -> None:
    """Check that a table makes a source, goes through a file unchanged, and names an unknown key."""
    made = make_noise(table, seed=getattr(source, "seed", 0), folder=folder)
    assert type(made) is type(source) and repr(made) == repr(source)
    np.testing.assert_array_equal(made.volts(5, n_units), source.volts(5, n_units))
    parts: dict[str, Any] = {"data": {"name": "digits"}, "rule": {"name": "ANP"}, "training": {"epochs": 1}}
    experiment = Experiment(**parts, noise=table)
    assert experiment.tables()["noise"] == table
    with pytest.raises(ParameterError, match=r"\[noise\] vlots: unknown parameter"):
        make_noise({**table, "vlots": 1.0})
