"""The classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.errors import ParameterError
from mtjphys.learning.estimators.base import NoiseTrained
from mtjphys.learning.estimators.scikit_learn import ClassifierMixin, check_classification_targets, validate_data
from mtjphys.learning.losses import CrossEntropy


class NoiseTrainedClassifier(ClassifierMixin, NoiseTrained):
    """A classifier whose fully connected network learns from noise, for scikit-learn.

    ``p_k = softmax(a_L)_k`` with the outputs a_L of a `Network` that `Training` has trained with cross-entropy, Adam
    and, by default, decorrelated activity-based node perturbation: two noisy passes, no back-propagation. Keep it with
    ``joblib.dump`` or ``pickle``.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Units of each hidden layer.
    rule : str or Rule
        Learning rule: the name of one that needs no parameters (one of `mtjphys.learning.RULES`), or an instance, such
        as ``NP(sigma)``. A D in its name says that the inputs of every layer are decorrelated: "ANP" is "DANP" without.
        BP is the baseline, without noise unless a source is given.
    activation : str or Activation
        Of the hidden layers: a name of `mtjphys.learning.ACTIVATIONS`, or an instance.
    noise : NoiseSource, optional
        What perturbs the network; copied, so that every fit starts from its state. None:
        `TelegraphNoise`, the chain fitted to a recorded junction, about its mean, one chain for each unit, seeded by
        `random_state`. If a source has a mean, declare it as its `offset`: otherwise the network learns to live
        with it and misses it where predictions are made with the noise off.
    learning_rate : float
        eta of Adam.
    decorrelation_rate : float, optional
        eta_R of the decorrelation, for a rule with a D in its name alone. None: 0.01 over the width of the widest
        layer input; at 2 over that width a layer of equal inputs of unit variance would diverge.
    whitening : float
        Part of whitening in the decorrelation, 0 to 1, see `Decorrelation`.
    schedule : str or Schedule
        Factor on both learning rates over the training, see `Training`.
    batch_size : int
        Samples of one update.
    max_epochs : int
        Passes over the samples; the schedule ends there.
    early_stopping : bool
        Whether to set `validation_fraction` of the samples aside, stop after `n_iter_no_change` epochs without
        a lower loss on them, noise on, and keep the network of the best epoch.
    validation_fraction : float
        Part of the samples that is set aside, 0 to 0.9, of each class in proportion.
    n_iter_no_change : int
        Epochs without improvement before the training stops early.
    standardise : bool
        Whether every input is brought to mean 0 and standard deviation 1 over the training samples.
    predict_reads : int
        Noisy passes whose outputs are averaged for a prediction; 0 predicts with the noise off. Every
        call draws the same noise, from where the training stopped, the first sample first.
    warm_start : bool
        Whether `fit` goes on with network, optimiser, noise and scaling of the fit before, on samples of the same
        classes; its schedule begins again.
    random_state : int, RandomState or None
        Seed of weights, noise, order of the samples and split; an int for the same bits every time. None, or a
        RandomState, draws one, which is kept as `seed_`.
    verbose : bool
        Whether to show a progress bar.

    Attributes
    ----------
    classes_ : ndarray
        Classes, sorted.
    n_features_in_ : int
        Inputs of a sample.
    network_ : Network
        What was trained; ``network_.save(path)`` keeps it without the estimator. It takes
        standardised inputs.
    seed_ : int
        The `random_state` that gives the same bits again.
    noise_ : NoiseSource or None
        The source where the training stopped.
    history_ : xarray.Dataset
        Learning curves of the last fit, see `Training.history`; with the physical cost if the source knows it.
    loss_curve_ : list of float
        Mean training loss of every epoch.
    n_iter_ : int
        Epochs done.
    mean_, scale_ : ndarray
        What was subtracted from the inputs, and what they were divided by, if `standardise`.

    Raises
    ------
    ParameterError
        If a parameter is unknown or outside its range, at `fit`.
    DataError
        If samples are not finite in single precision.
    SimulationError
        If the training diverges.

    References
    ----------
    K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> model = NoiseTrainedClassifier(random_state=1).fit(x, y)
    >>> bool(model.score(x, y) > 0.9)
    True
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn to tell the classes apart.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows.
        y : array-like of shape (n_samples,)
            Their classes, of any kind.

        Returns
        -------
        NoiseTrainedClassifier
            Itself.
        """
        anew = not self._continues()
        if anew:
            self._forget()
        x, targets = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2, reset=anew)
        check_classification_targets(targets)
        if anew:
            self._know(np.unique(targets))
        inputs = self._fit_inputs(x) if anew else self._inputs(x)
        self._learn(inputs, self._numbers(targets), len(self.classes_), CrossEntropy(), part=False, anew=anew)
        return self

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Learn from some samples for one epoch at a constant rate, and go on from there at the next call.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows; those of the first call give the scaling of the inputs.
        y : array-like of shape (n_samples,)
            Their classes.
        classes : array-like, optional
            All classes that will come, needed at the first call.

        Returns
        -------
        NoiseTrainedClassifier
            Itself.
        """
        anew = not hasattr(self, "network_")
        x, targets = validate_data(self, X, y, dtype=np.float64, reset=anew)
        check_classification_targets(targets)
        if anew:
            if classes is None:
                raise ParameterError("classes=None at the first partial_fit: give all classes that will come")
            self._know(np.unique(np.asarray(classes)))
        elif classes is not None and not np.array_equal(np.unique(np.asarray(classes)), self.classes_):
            raise ParameterError(f"classes={classes} differ from {self.classes_} of the first call: keep those")
        inputs = self._fit_inputs(x) if anew else self._inputs(x)
        self._learn(inputs, self._numbers(targets), len(self.classes_), CrossEntropy(), part=True, anew=anew)
        return self

    def _know(self, classes: NDArray[Any]) -> None:
        if len(classes) < 2:
            raise ParameterError(f"y holds one class only, {classes[0]}: give samples of at least two classes")
        self.classes_ = classes

    def _numbers(self, targets: NDArray[Any]) -> NDArray[np.intp]:
        """Return the numbers of classes, or raise if there is one that is not known."""
        unknown = np.setdiff1d(targets, self.classes_)
        if unknown.size:
            raise ParameterError(
                f"y holds {unknown.tolist()[0]!r}, which is none of the classes {self.classes_} of the first fit: fit "
                "anew"
            )
        return np.searchsorted(self.classes_, targets)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of every class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Softmax of the outputs, in the order of `classes_`.
        """
        outputs = self._outputs(X)
        odds = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples in rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Classes.
        """
        chosen = self._outputs(X).argmax(axis=1)
        return np.asarray(self.classes_[chosen])
