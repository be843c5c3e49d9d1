"""Warnings that our own modules cause are errors in the tests; those of other packages are shown and no more."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from mtjphys.core.errors import MtjphysWarning


def warned_in(module: str, category: type[Warning] = DeprecationWarning) -> int:
    """Warn as if from a line of `module`, and return how many warnings were shown."""
    with warnings.catch_warnings(record=True) as shown:
        warnings.warn_explicit("old", category, f"{module}.py", 1, module=module)
    return len(shown)


# What several tests share lies beside their folders and is imported by its bare name.
SHARED = [path.stem for path in Path(__file__).parents[1].glob("*.py") if path.stem != "conftest"]


@pytest.mark.parametrize(
    "module", ["mtjphys", "mtjphys.core.text", "networks.study", "validation.suite", __name__, *SHARED]
)
@pytest.mark.parametrize("category", [DeprecationWarning, RuntimeWarning, ResourceWarning])
def test_a_warning_of_ours_is_an_error(module: str, category: type[Warning]) -> None:
    with pytest.raises(category, match="old"):
        warned_in(module, category)


@pytest.mark.parametrize("module", ["scipy.special", "sklearn.base", "networkx.utils", "mtjphysics", "testsuite"])
def test_a_warning_of_another_package_is_shown(module: str) -> None:
    assert warned_in(module) == 1


def test_a_warning_to_the_user_is_an_error_wherever_it_points() -> None:
    with pytest.raises(MtjphysWarning, match="old"):
        warned_in("scipy.special", MtjphysWarning)


def test_arithmetic_that_goes_wrong_here_is_an_error() -> None:
    with pytest.raises(RuntimeWarning, match="divide by zero"):
        np.float64(1.0) / np.array([0.0])
