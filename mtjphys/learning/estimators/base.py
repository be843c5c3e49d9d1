"""What classifier and regressor share: everything but the meaning of the outputs."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from copy import deepcopy
from numbers import Integral, Real
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mtjphys.core.checks import as_count
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import check_range
from mtjphys.learning.activations import ACTIVATIONS, Activation
from mtjphys.learning.data import Data, Samples
from mtjphys.learning.decorrelation import Decorrelation
from mtjphys.learning.estimators.scaling import scale_of, single
from mtjphys.learning.estimators.scikit_learn import (
    BaseEstimator,
    check_is_fitted,
    check_random_state,
    train_test_split,
    validate_data,
)
from mtjphys.learning.evaluation import predict
from mtjphys.learning.losses import Loss
from mtjphys.learning.network import Network
from mtjphys.learning.noise import NoiseSource, TelegraphNoise
from mtjphys.learning.optimisers import Adam
from mtjphys.learning.rules import RULES, Rule
from mtjphys.learning.schedules import Schedule
from mtjphys.learning.training import Training


class _Parts(NamedTuple):
    """What is trained, and goes on to be."""

    network: Network
    rule: Rule
    optimiser: Adam
    decorrelation: Decorrelation | None
    seeds: list[int]


def _nothing_of(samples: Samples) -> Samples:
    return Samples(samples.inputs[:0], samples.targets[:0])


class NoiseTrained(BaseEstimator):
    """What classifier and regressor share: everything but the meaning of the outputs."""

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100,),
        *,
        rule: str | Rule = "DANP",
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
        warm_start: bool = False,
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
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _check_kinds(self) -> None:
        """Raise if a parameter is of the wrong kind, or a number that others check under another name is wrong."""
        for name in ("early_stopping", "standardise", "warm_start"):
            if not isinstance(getattr(self, name), (bool, np.bool_)):
                raise ParameterError(f"{name}={getattr(self, name)!r} is not True or False")
        for name in ("learning_rate", "decorrelation_rate", "whitening", "validation_fraction"):
            value = getattr(self, name)
            missing = value is None and name == "decorrelation_rate"
            if isinstance(value, bool) or not (missing or isinstance(value, Real)):
                raise ParameterError(f"{name}={value!r} is not a number")
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
        if not isinstance(self.rule, str):
            raise ParameterError(
                f"rule={self.rule!r} is no rule; give the name of one that needs no parameters, such as 'DANP', or an "
                "instance such as NP(sigma)"
            )
        thing = RULES.find(self.rule, "rule")
        needed = [p.name for p in inspect.signature(thing).parameters.values() if p.default is p.empty]
        if needed:
            example = f"{thing.__name__}({needed[0]}=...)"
            raise ParameterError(f"rule={self.rule!r} needs {', '.join(needed)}; give an instance, such as {example}")
        return cast(Rule, thing())

    def _chosen_noise(self, rule: Rule, seed: int) -> NoiseSource | None:
        if self.noise is not None:
            return deepcopy(self.noise)
        if rule.perturbs == "nothing":
            return None
        return TelegraphNoise(seed=seed, offset=TelegraphNoise.mean)

    def _decorrelation(self, rule: Rule, sizes: Sequence[int]) -> Decorrelation | None:
        rate = self.decorrelation_rate
        if rule.decorrelates:
            if rate is not None:
                without = "without decorrelation it is the rule without the D, such as rule='ANP'"
                check_range("decorrelation_rate", rate, "(dimensionless)", 0.0, 1.0, without, open_low=True)
            return Decorrelation(0.01 / max(sizes[:-1]) if rate is None else rate, self.whitening)
        for name, value in (("decorrelation_rate", rate), ("whitening", self.whitening or None)):
            if value is not None:
                raise ParameterError(
                    f"{name}={value!r} with rule={self.rule!r}, which does not decorrelate: leave it out, or take a "
                    "rule that does, such as rule='DANP'"
                )
        return None

    def _seed(self) -> int:
        """Return the number that gives the same fit again; from a stream, as `random_state` may be, it is drawn."""
        if isinstance(self.random_state, Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(0, 2**31 - 1))

    def _continues(self) -> bool:
        """Return whether `fit` goes on from what is there."""
        return bool(self.warm_start) and hasattr(self, "network_")

    def _begin(self, sizes: list[int]) -> _Parts:
        """Return what is trained, before its first update."""
        rule = self._chosen_rule()
        if self.predict_reads and (
            rule.perturbs == "parameters" or (rule.perturbs == "nothing" and self.noise is None)
        ):
            raise ParameterError(
                f"predict_reads={self.predict_reads} with {type(rule).__name__}, which has no noise at the units: "
                "set predict_reads=0"
            )
        self.seed_ = self._seed()
        seeds = [int(seed) for seed in check_random_state(self.seed_).randint(0, 2**31 - 1, size=4)]
        decorrelation = self._decorrelation(rule, sizes)
        activation = (
            ACTIVATIONS.make(self.activation, "activation") if isinstance(self.activation, str) else self.activation
        )
        network = Network(sizes, decorrelated=decorrelation is not None, activation=activation, seed=seeds[1])
        self.noise_ = self._chosen_noise(rule, seeds[2])
        self.loss_curve_: list[float] = []
        return _Parts(network, rule, Adam(self.learning_rate), decorrelation, seeds)

    def _learn(
        self, inputs: NDArray[Any], targets: NDArray[Any], n_outputs: int, loss: Loss, *, part: bool, anew: bool
    ) -> None:
        """Train on prepared inputs and targets: a `part` for one epoch at a constant rate, a network made `anew`."""
        self._check_kinds()
        sizes = [inputs.shape[1], *np.atleast_1d(self.hidden_layer_sizes).tolist(), n_outputs]
        if anew:
            self._parts = self._begin(sizes)
        network, rule, optimiser, decorrelation, seeds = self._parts
        if list(network.sizes) != sizes:
            raise ParameterError(
                f"a network of sizes {list(network.sizes)} cannot go on with {sizes}: keep hidden_layer_sizes, "
                "features and classes, or set warm_start=False and fit anew"
            )
        self.__dict__.pop("network_", None)  # one that fails on the way is not to be predicted with
        optimiser.learning_rate = self.learning_rate
        samples, stops = Samples(inputs, targets), self.early_stopping and not part
        train, validation = self._split(samples, seeds[0]) if stops else (samples, _nothing_of(samples))
        training = Training(
            network,
            rule,
            Data(train, validation, _nothing_of(samples)),
            optimiser,
            epochs=1 if part else self.max_epochs,
            noise=self.noise_,
            decorrelation=decorrelation,
            loss=loss,
            batch_size=self.batch_size,
            schedule="constant" if part else self.schedule,
            patience=self.n_iter_no_change if stops else None,
            seed=seeds[3] + len(self.loss_curve_),  # every epoch has its order, also of several fits
        )
        self.history_ = training.run(progress=bool(self.verbose))
        self.loss_curve_ = [*self.loss_curve_, *self.history_["train_loss"].values.tolist()]
        self.n_iter_ = len(self.loss_curve_)
        self.network_ = network

    def _split(self, samples: Samples, seed: int) -> tuple[Samples, Samples]:
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

    def _inputs(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        return single("X", inputs, *self._scaling)

    def _fit_inputs(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        self._scaling: tuple[Any, Any] = (0.0, 1.0)  # kept, as `standardise` may be set to something else later
        if self.standardise:
            self._scaling = self.mean_, self.scale_ = scale_of(inputs)
        return self._inputs(inputs)

    def _outputs(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the network for new samples."""
        check_is_fitted(self, "network_")
        values = self._inputs(validate_data(self, inputs, reset=False, dtype=np.float64))
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
