"""What classifier and regressor share: everything but the meaning of the outputs."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from copy import deepcopy
from numbers import Integral, Real
from typing import Any, cast

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
        self.seed_ = self._seed()
        seeds = [int(seed) for seed in check_random_state(self.seed_).randint(0, 2**31 - 1, size=4)]
        sizes = [inputs.shape[1], *np.atleast_1d(self.hidden_layer_sizes).tolist(), n_outputs]
        train, validation = self._split(Samples(inputs, targets), seeds[0])
        decorrelation = self._decorrelation(rule, sizes)
        activation = (
            ACTIVATIONS.make(self.activation, "activation") if isinstance(self.activation, str) else self.activation
        )
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
            self._scaling = self.mean_, self.scale_ = scale_of(inputs)
        return single("X", inputs, *self._scaling)

    def _outputs(self, inputs: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the network for new samples."""
        check_is_fitted(self, "network_")
        values = single("X", validate_data(self, inputs, reset=False, dtype=np.float64), *self._scaling)
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
