"""The regressor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import ParameterError
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
        anew = not self._continues()
        if anew:
            self._forget()
        return self._fit(X, y, least=2, part=False, anew=anew)

    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from some samples for one epoch at a constant rate, and go on from there at the next call.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows; those of the first call give the scaling of inputs and values.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Values.

        Returns
        -------
        NoiseTrainedRegressor
            Itself.
        """
        return self._fit(X, y, least=1, part=True, anew=not hasattr(self, "network_"))

    def _fit(self, X: ArrayLike, y: ArrayLike, *, least: int, part: bool, anew: bool) -> Self:
        x, targets = validate_data(
            self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=least, reset=anew
        )
        table = np.asarray(targets, np.float64).reshape(len(targets), -1)
        if anew:
            self._one_column = targets.ndim == 1
            self.target_mean_, self.target_scale_ = scale_of(table)
        elif table.shape[1] != len(np.atleast_1d(self.target_mean_)):
            raise ParameterError(
                f"y has {table.shape[1]} columns and had {len(self.target_mean_)} in the first fit: keep them, or fit "
                "anew"
            )
        scaled = single("y", table, self.target_mean_, self.target_scale_)
        inputs = self._fit_inputs(x) if anew else self._inputs(x)
        self._learn(inputs, scaled, scaled.shape[1], SquaredError(), part=part, anew=anew)
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
