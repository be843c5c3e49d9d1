"""Classifier and regressor for tables, in the manner of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from numbers import Real
from typing import Any, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import DataError, MtjphysError, ParameterError
from mtjphys.core.parameters import check_range
from mtjphys.learning.activations import Activation, named_activation
from mtjphys.learning.data import Data, Samples
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.evaluation import predict
from mtjphys.learning.losses import CrossEntropy, Loss, SquaredError
from mtjphys.learning.network import Network
from mtjphys.learning.noise import NoiseSource, TelegraphNoise
from mtjphys.learning.optimisers import Adam
from mtjphys.learning.rules import ANP, BP, INP, Rule
from mtjphys.learning.schedules import Schedule
from mtjphys.learning.training import Training

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise MtjphysError(
        "NoiseTrainedClassifier and NoiseTrainedRegressor need scikit-learn 1.6 or later: install it with "
        f'`pip install "mtjphys[learn]"` ({error})'
    ) from None

_RULES: dict[str, Callable[..., Any]] = {"ANP": ANP, "BP": BP, "INP": INP}


def _scale(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return mean and standard deviation of every column; a constant column has scale 1."""
    with np.errstate(over="ignore", invalid="ignore"):  # `_single` refuses what comes of it
        mean, scale = values.mean(axis=0), values.std(axis=0)
    # Rounding leaves a constant column a deviation of a few eps times its value.
    constant = scale <= 1e-12 * np.abs(values).max(axis=0)
    return mean, np.where(constant, 1.0, scale)


def _single(name: str, values: NDArray[Any], mean: Any = 0.0, scale: Any = 1.0) -> NDArray[np.float32]:
    """Return ``(values - mean) / scale`` in single precision, finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.ascontiguousarray((values - mean) / scale, dtype=np.float32)
    if not (np.isfinite(scaled).all() and np.isfinite(scale).all()):
        raise DataError(f"{name} holds values up to {np.abs(values).max():.3g}, beyond single precision: rescale it")
    return scaled


class _NoiseTrained(BaseEstimator):
    """What classifier and regressor share: everything but the meaning of the outputs."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        *,
        rule: str | Rule = "ANP",
        activation: str | Activation = "leaky_relu",
        noise: NoiseSource | None = None,
        learning_rate: float = 0.003,
        decorrelation_rate: float | None = None,
        whitening: float = 0.0,
        schedule: str | Schedule = "cosine",
        batch_size: int = 32,
        max_epochs: int = 200,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        standardise: bool = True,
        predict_reads: int = 0,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.rule = rule
        self.activation = activation
        self.noise = noise
        self.learning_rate = learning_rate
        self.decorrelation_rate = decorrelation_rate
        self.whitening = whitening
        self.schedule = schedule
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.standardise = standardise
        self.predict_reads = predict_reads
        self.random_state = random_state
        self.verbose = verbose

    def _check_kinds(self) -> None:
        """Raise if a parameter is of the wrong kind, or a number that others check under another name is wrong."""
        for name in ("early_stopping", "standardise"):
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                raise ParameterError(f"{name}={getattr(self, name)!r} is not True or False")
        for name in ("learning_rate", "decorrelation_rate", "whitening", "validation_fraction"):
            value = getattr(self, name)
            missing = value is None and name == "decorrelation_rate"
            if isinstance(value, bool) or not (missing or isinstance(value, Real)):
                raise ParameterError(f"{name}={value!r} is not a number")
        check_range("decorrelation_rate", self.decorrelation_rate or 0.0, "(dimensionless)", 0.0, 1.0)
        for name, lowest in (("max_epochs", 1), ("n_iter_no_change", 1), ("predict_reads", 0)):
            as_count(name, getattr(self, name), lowest)
        sizes = np.atleast_1d(np.array(self.hidden_layer_sizes, dtype=object))
        if sizes.ndim != 1 or not all(isinstance(size, (int, np.integer)) and size >= 1 for size in sizes):
            raise ParameterError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} must be a whole number of units, at least 1, for each "
                "hidden layer"
            )
        if not isinstance(self.activation, str) and not hasattr(self.activation, "derivative"):
            raise ParameterError(
                f"activation={self.activation!r} is no activation: give its name, or one such as LeakyReLU(0.1)"
            )
        if not (self.noise is None or hasattr(self.noise, "volts")):
            raise ParameterError(f"noise={self.noise!r} is no noise source: give None or one, such as TelegraphNoise()")

    def _chosen_rule(self) -> Rule:
        if not isinstance(self.rule, (str, type)) and hasattr(self.rule, "perturbs"):
            return self.rule
        if not isinstance(self.rule, str) or self.rule not in _RULES:
            raise ParameterError(
                f"rule={self.rule!r} must be one of {', '.join(_RULES)}, or an instance of a rule such as NP(sigma)"
            )
        return cast(Rule, _RULES[self.rule]())

    def _chosen_noise(self, rule: Rule, seed: int) -> NoiseSource | None:
        if self.noise is not None:
            return deepcopy(self.noise)
        if rule.perturbs == "nothing":
            return None
        return TelegraphNoise(seed=seed, offset=TelegraphNoise.mean)

    def _decorrelation(self, sizes: Sequence[int]) -> Decorrelation | None:
        rate = self.decorrelation_rate
        if rate is None:
            rate = 0.01 / max(sizes[:-1])
        return Decorrelation(rate, self.whitening) if rate != 0.0 else None

    def _learn(self, inputs: NDArray[Any], targets: NDArray[Any], n_outputs: int, loss: Loss) -> None:
        """Train a network on prepared inputs and targets."""
        self._check_kinds()
        rule = self._chosen_rule()
        if self.predict_reads and (
            rule.perturbs == "parameters" or (rule.perturbs == "nothing" and self.noise is None)
        ):
            raise ParameterError(
                f"predict_reads={self.predict_reads} with {type(rule).__name__}, which has no noise at the units: "
                "set predict_reads=0"
            )
        stream = check_random_state(self.random_state)
        seeds = [int(seed) for seed in stream.randint(0, 2**31 - 1, size=4)]
        sizes = [inputs.shape[1], *np.atleast_1d(self.hidden_layer_sizes).tolist(), n_outputs]
        train, validation = self._split(Samples(inputs, targets), seeds[0])
        decorrelation = self._decorrelation(sizes)
        activation = named_activation(self.activation) if isinstance(self.activation, str) else self.activation
        network = Network(sizes, decorrelated=decorrelation is not None, activation=activation, seed=seeds[1])
        self.noise_ = self._chosen_noise(rule, seeds[2])
        training = Training(
            network,
            rule,
            Data(train, validation, Samples(inputs[:0], targets[:0])),
            Adam(self.learning_rate),
            epochs=self.max_epochs,
            noise=self.noise_,
            decorrelation=decorrelation,
            loss=loss,
            batch_size=self.batch_size,
            schedule=self.schedule,
            patience=self.n_iter_no_change if self.early_stopping else None,
            seed=seeds[3],
        )
        self.history_ = training.run(progress=bool(self.verbose))
        self.loss_curve_ = self.history_["train_loss"].values.tolist()
        self.n_iter_ = len(self.loss_curve_)
        self.network_ = network

    def _split(self, samples: Samples, seed: int) -> tuple[Samples, Samples]:
        if not self.early_stopping:
            return samples, Samples(samples.inputs[:0], samples.targets[:0])
        classes = np.issubdtype(samples.targets.dtype, np.integer)
        check_range("validation_fraction", self.validation_fraction, "(of the samples)", 0.0, 0.9, open_low=True)
        try:
            x, x_validation, y, y_validation = train_test_split(
                *samples,
                test_size=self.validation_fraction,
                random_state=seed,
                stratify=samples.targets if classes else None,
            )
        except ValueError:
            raise ParameterError(
                f"validation_fraction={self.validation_fraction} of {len(samples.inputs)} samples does not leave "
                f"{'every class ' if classes else ''}a sample in both parts: give more samples, another fraction, or "
                "early_stopping=False"
            ) from None
        return Samples(x, y), Samples(x_validation, y_validation)

    def _forget(self) -> None:
        """Remove what an earlier fit found, so that one that fails leaves nothing to predict with."""
        for name in ("network_", "mean_", "scale_"):
            self.__dict__.pop(name, None)

    def _fit_inputs(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        self._scaling: tuple[Any, Any] = (0.0, 1.0)  # kept, as `standardise` may be set to something else later
        if self.standardise:
            self._scaling = self.mean_, self.scale_ = _scale(inputs)
        return _single("X", inputs, *self._scaling)

    def _outputs(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the network for new samples."""
        check_is_fitted(self, "network_")
        values = _single("X", validate_data(self, inputs, reset=False, dtype=np.float64), *self._scaling)
        noise = deepcopy(self.noise_) if self.predict_reads else None
        # In double precision a sample's prediction does not depend on its company by more than 1e-15.
        network = Network(
            self.network_.sizes,
            decorrelated=bool(self.network_.decorrelations),
            activation=self.network_.activation,
            dtype=np.float64,
        )
        network.load_state_dict({name: a.astype(np.float64) for name, a in self.network_.state_dict().items()})
        return predict(network, values, noise, max(self.predict_reads, 1))


class NoiseTrainedClassifier(ClassifierMixin, _NoiseTrained):
    """A classifier whose fully connected network learns from noise, for scikit-learn.

    ``p_k = softmax(a_L)_k`` with the outputs a_L of a `Network` that `Training` has trained with cross-entropy, Adam
    and, by default, decorrelated activity-based node perturbation: two noisy passes, no back-propagation. Keep it with
    ``joblib.dump`` or ``pickle``.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Units of each hidden layer.
    rule : {"ANP", "INP", "BP"} or Rule
        Learning rule; others as an instance, such as ``NP(sigma)``. BP is the baseline, without noise unless a
        source is given.
    activation : {"leaky_relu", "relu", "tanh", "sigmoid"} or Activation
        Activation of the hidden layers.
    noise : NoiseSource, optional
        What perturbs the network; copied, so that every fit starts from its state. None:
        `TelegraphNoise`, the chain fitted to a recorded junction, about its mean, one chain for each unit, seeded by
        `random_state`. If a source has a mean, declare it as its `offset`: otherwise the network learns to live
        with it and misses it where predictions are made with the noise off.
    learning_rate : float
        eta of Adam.
    decorrelation_rate : float, optional
        eta_R of the decorrelation; 0 for a network without. None: 0.01 over the width of the widest
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
    random_state : int, RandomState or None
        Seed of weights, noise, order of the samples and split; an int for the same bits every time.
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
    noise_ : NoiseSource or None
        The source where the training stopped.
    history_ : xarray.Dataset
        Learning curves, see `Training.history`; with the physical cost if the source knows it.
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
        self._forget()
        x, targets = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(targets)
        self.classes_, numbers = np.unique(targets, return_inverse=True)
        if len(self.classes_) < 2:
            raise ParameterError(f"y holds one class only, {self.classes_[0]}: give samples of at least two classes")
        self._learn(self._fit_inputs(x), numbers, len(self.classes_), CrossEntropy())
        return self

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


class NoiseTrainedRegressor(RegressorMixin, _NoiseTrained):
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
        self.target_mean_, self.target_scale_ = _scale(targets)
        scaled = _single("y", targets, self.target_mean_, self.target_scale_)
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
