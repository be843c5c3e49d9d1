"""Data sets by name."""

from __future__ import annotations

import inspect
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.learning.data.samples import Data
from mtjphys.learning.tables import Choices

DATASETS: Choices[Any] = Choices("data", "name", "mtjphys.learning.data.sets", implied={"file": "file"})
"""Functions that return data sets, by the name that files give them."""


def load(name: str, **arguments: Any) -> Data:
    """Return a data set by its name.

    Parameters
    ----------
    name : str
        One of `DATASETS`: the function of that name.
    **arguments
        For that function.

    Returns
    -------
    Data
        As the function returns it.

    Raises
    ------
    ParameterError
        If there is no such data set, or it does not take such an argument.

    Examples
    --------
    >>> load("teacher_student", n_samples=10, seed=3).train.inputs.shape
    (10, 2)
    """
    function = DATASETS.find(name, "data")
    known = list(inspect.signature(function).parameters)
    for argument in arguments:
        if argument not in known:
            raise ParameterError(f"the data {name!r} do not take {argument}; {known_instead(argument, known)}")
    data: Data = function(**arguments)
    return data
