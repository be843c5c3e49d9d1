"""Data sets by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.learning.data.cifar import cifar10, cifar100
from mtjphys.learning.data.generated import digits, teacher_student
from mtjphys.learning.data.idx import fashion_mnist, mnist
from mtjphys.learning.data.samples import Data

DATASETS: dict[str, Callable[..., Data]] = {
    "cifar10": cifar10,
    "cifar100": cifar100,
    "digits": digits,
    "fashion_mnist": fashion_mnist,
    "mnist": mnist,
    "teacher_student": teacher_student,
}


def load(name: str, **arguments: Any) -> Data:
    """Return a data set by its name.

    Parameters
    ----------
    name : str
        ``"digits"``, ``"mnist"``, ``"fashion_mnist"``, ``"cifar10"``, ``"cifar100"`` or ``"teacher_student"``:
        the function of that name.
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
    if name not in DATASETS:
        raise ParameterError(f"data {name!r} are unknown: choose from {list(DATASETS)}")
    known = list(inspect.signature(DATASETS[name]).parameters)
    if unknown := sorted(set(arguments) - set(known)):
        raise ParameterError(f"the data {name!r} do not take {', '.join(unknown)}: they take {', '.join(known)}")
    return DATASETS[name](**arguments)
