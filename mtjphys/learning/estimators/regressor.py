"""The regressor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.learning.estimators.base import NoiseTrained
from mtjphys.learning.estimators.scaling import scale_of, single
from mtjphys.learning.estimators.scikit_learn import RegressorMixin, validate_data
from mtjphys.learning.losses import SquaredError


class NoiseTrainedRegressor(RegressorMixin, NoiseTrained):
    """A regressor whose fully connected network learns from noise, for scikit-learn.

    ``y = target_mean + target_scale a_L`` with the outputs a_L of a `Network` that `Training` has trained with squared
    error, Adam and, by default, decorrelated activity-based node perturbation. Targets may have several
    columns. Keep it with ``joblib.dump`` or ``pickle``.

    Parameters, errors and the other attributes are those of `NoiseTrainedClassifier`; the samples set aside for
    early stopping are drawn at random.

    Attributes
    ----------
    target_mean_, target_scale_ : ndarray
        Mean and standard deviation of the targets, which are learned standardised.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(200, 3))
    >>> model = NoiseTrainedRegressor(max_epochs=50, random_state=1).fit(x, 5.0 + x[:, 0] - x[:, 1])
    >>> bool(model.score(x, 5.0 + x[:, 0] - x[:, 1]) > 0.9)
    True
    """

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn wants to know: several targets at once are welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn to predict values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Values.

        Returns
        -------
        NoiseTrainedRegressor
            Itself.
        """
        self._forget()
        x, targets = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2
        )
        self._one_column = targets.ndim == 1
        targets = np.asarray(targets, np.float64).reshape(len(targets), -1)
        self.target_mean_, self.target_scale_ = scale_of(targets)
        scaled = single("y", targets, self.target_mean_, self.target_scale_)
        self._learn(self._fit_inputs(x), scaled, scaled.shape[1], SquaredError())
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the values predicted.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_targets)
            Values, in the shape of the targets of `fit`.
        """
        outputs = self._outputs(X)
        values = outputs * self.target_scale_ + self.target_mean_
        return values[:, 0] if self._one_column else values
