"""Means and variances of what does not fit into memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Moments:
    r"""Number, mean, variance and range of rows that come in parts, of each column.

    Parts are joined by :math:`M_2 = M_{2,a} + M_{2,b} + (\bar x_b - \bar x_a)^2 n_a n_b/n`, which loses no digits where
    the mean is far above the deviation.

    Parameters
    ----------
    columns : int
        Of each row.

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque, Am. Stat. 37, 242 (1983).

    Examples
    --------
    >>> import numpy as np
    >>> from mtjphys.datasets.use.moments import Moments
    >>> found = Moments(1)
    >>> for part in ([1e9, 1e9 + 1.0], [1e9 + 2.0]):
    ...     found.add(np.reshape(part, (-1, 1)))
    >>> found.count, found.mean - 1e9, found.variance
    (3, array([1.]), array([0.66666667]))
    """

    def __init__(self, columns: int) -> None:
        self.count = 0
        self.mean: Floats = np.zeros(columns)
        self.low: Floats = np.full(columns, np.inf)
        self.high: Floats = np.full(columns, -np.inf)
        self._squares: Floats = np.zeros(columns)

    def add(self, rows: NDArray[Any]) -> None:
        """Add rows of finite numbers, (rows, columns)."""
        n = len(rows)
        if n == 0:
            return
        mean = rows.mean(axis=0, dtype=np.float64)
        squares = np.square(rows - mean).sum(axis=0)
        total = self.count + n
        apart = mean - self.mean
        self._squares += squares + apart**2 * (self.count * n / total)
        self.mean = self.mean + apart * (n / total)
        self.low, self.high = np.minimum(self.low, rows.min(axis=0)), np.maximum(self.high, rows.max(axis=0))
        self.count = total

    @property
    def variance(self) -> Floats:
        """Mean squared deviation, of each column."""
        return self._squares / max(1, self.count)
