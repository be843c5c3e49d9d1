"""Handwritten digits that come with scikit-learn."""

from __future__ import annotations

from mtjphys.core.declared import Natural
from mtjphys.core.errors import MtjphysError
from mtjphys.learning.data.named import DATASETS
from mtjphys.learning.data.samples import Data, split


@DATASETS.register("digits")
def digits(*, seed: Natural = 0) -> Data:
    """Return the 1797 handwritten digits (8 x 8 pixels, 10 classes) that come with scikit-learn.

    Parameters
    ----------
    seed : int
        Seed of the split into 70 % training, 10 % validation and 20 % test data.

    Returns
    -------
    Data
        Normalised inputs (n, 64) and class numbers (n,).

    Raises
    ------
    MtjphysError
        If scikit-learn is not installed.

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository (1998).

    Examples
    --------
    >>> data = digits()
    >>> data.train.inputs.shape[1]
    64
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MtjphysError(
            'the handwritten digits come with scikit-learn: install it with `pip install "mtjphys[learn]"`'
        ) from None
    inputs, targets = load_digits(return_X_y=True)
    return split(inputs, targets, seed=seed)
