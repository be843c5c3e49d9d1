"""The scikit-learn facade: scikit-learn's own checks, accuracy on its tables, reproducibility, errors."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.learning import NoiseTrainedClassifier, NoiseTrainedRegressor


# Fewer epochs than the defaults, for the time; the defaults pass as well.
@parametrize_with_checks([NoiseTrainedClassifier(max_epochs=30), NoiseTrainedRegressor(max_epochs=30)])
def test_scikit_learn_finds_no_fault(estimator, check):
    check(estimator)


def halves(load, classes=True):
    x, y = load(return_X_y=True)
    return train_test_split(x, y, test_size=0.3, random_state=0, stratify=y if classes else None)


# MLPClassifier of the same size, batch and number of epochs: 0.978, 0.981; chance: 0.33, 0.4.
@pytest.mark.parametrize(("load", "least"), [(load_iris, 0.93), (load_wine, 0.94)])
def test_defaults_learn_ordinary_tables(load, least):
    x, x_test, y, y_test = halves(load)
    assert NoiseTrainedClassifier(random_state=0).fit(x, y).score(x_test, y_test) >= least


def test_digits_in_twenty_epochs():
    x, x_test, y, y_test = halves(load_digits)
    model = NoiseTrainedClassifier(max_epochs=20, random_state=0).fit(x, y)
    assert model.score(x_test, y_test) >= 0.93
    assert model.n_iter_ == len(model.loss_curve_) == 20


def test_regression_of_the_diabetes_table():
    x, x_test, y, y_test = halves(load_diabetes, classes=False)
    model = NoiseTrainedRegressor(max_epochs=50, random_state=0).fit(x, y)
    assert model.score(x_test, y_test) > 0.3  # a linear fit by least squares: 0.39
    assert model.predict(x_test).shape == y_test.shape


def test_regression_of_several_columns_of_any_size():
    x = np.random.default_rng(1).normal(size=(200, 3))
    y = np.column_stack([1e6 + 1e3 * x[:, 0], 1e-9 * x[:, 1] - 1e-9 * x[:, 2]])
    model = NoiseTrainedRegressor(max_epochs=50, random_state=1).fit(x, y)
    assert model.score(x, y) > 0.9
    assert model.predict(x[:4]).shape == (4, 2)


def table(n=60, seed=0):
    stream = np.random.default_rng(seed)
    numbers = np.arange(n) % 3
    return np.eye(3)[numbers] + 0.2 * stream.normal(size=(n, 3)), np.array(["up", "down", "other"])[numbers]


def outputs(model, x):
    return model.predict_proba(x)


@pytest.mark.parametrize("reads", [0, 2])
def test_the_same_random_state_gives_the_same_bits(reads):
    x, y = table()
    first, again, other = (
        NoiseTrainedClassifier(max_epochs=3, predict_reads=reads, random_state=seed).fit(x, y) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(outputs(first, x), outputs(again, x))
    np.testing.assert_array_equal(outputs(first, x), outputs(first, x))
    assert not np.array_equal(outputs(first, x), outputs(other, x))


def test_the_random_state_seeds_the_weights_too():
    x, y = table()
    models = [NoiseTrainedClassifier(rule="BP", max_epochs=1, random_state=seed).fit(x, y) for seed in (4, 5)]
    assert not np.array_equal(*(model.network_.weights[0] for model in models))


def test_noise_of_a_prediction_is_on_off_or_averaged():
    x, y = table()
    noise = learning.GaussianNoise(0.5, seed=1)
    model = NoiseTrainedClassifier(max_epochs=3, noise=noise, random_state=1).fit(x, y)
    quiet = outputs(model, x)

    def distance(reads):
        return np.abs(outputs(model.set_params(predict_reads=reads), x) - quiet).mean()

    assert distance(1) > 4 * distance(400) > 0
    assert noise.state_dict() == {}  # the estimator works on a copy


def test_pickled_cloned_and_kept_as_a_network(tmp_path):
    x, y = table()
    model = NoiseTrainedClassifier((7,), max_epochs=3, predict_reads=2, random_state=1).fit(x, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(outputs(again, x), outputs(model, x))
    assert clone(model).get_params() == model.get_params()
    model.set_params(predict_reads=0)
    model.network_.save(tmp_path / "network.npz")
    network = learning.Network.load(tmp_path / "network.npz")
    scaled = ((x - model.mean_) / model.scale_).astype(np.float32)
    chosen = model.classes_[network.forward(scaled).outputs.argmax(axis=1)]
    np.testing.assert_array_equal(chosen, model.predict(x))


def test_grid_search_in_a_pipeline():
    x, y = table()
    model = make_pipeline(MinMaxScaler(), NoiseTrainedClassifier(max_epochs=20, random_state=1))
    rates = "noisetrainedclassifier__learning_rate"
    search = GridSearchCV(model, {rates: [1e-9, 0.01]}, cv=2).fit(x, y)
    assert search.best_params_ == {rates: 0.01}
    assert search.score(x, y) > 0.9


def test_early_stopping_keeps_the_best_epoch():
    x, y = table(300)
    y = np.random.default_rng(1).permutation(y)  # nothing to learn: the validation loss soon rises
    model = NoiseTrainedClassifier(max_epochs=200, early_stopping=True, n_iter_no_change=3, random_state=1).fit(x, y)
    losses = model.history_["validation_loss"].values
    assert model.n_iter_ < 200
    assert int(losses.argmin()) == model.n_iter_ - 1 - 3
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("rule", ["BP", "DBP", "ANP", "DINP", learning.NP(0.006), learning.WeightPerturbation()])
def test_every_rule_learns(rule):
    x, y = table()
    model = NoiseTrainedClassifier((10,), rule=rule, max_epochs=100, learning_rate=0.01, random_state=1).fit(x, y)
    assert model.score(x, y) > 0.9
    assert (model.noise_ is None) == (rule in ("BP", "DBP"))
    assert bool(model.network_.decorrelations) == (rule in ("DBP", "DINP"))


def test_settings_of_the_network_reach_it(capsys):
    x, y = table()
    settings = {"activation": "tanh", "whitening": 0.3, "decorrelation_rate": 0.01, "max_epochs": 2, "random_state": 1}
    model = NoiseTrainedClassifier(**settings, verbose=True).fit(x, y)
    assert "update" in capsys.readouterr().err  # the progress bar
    assert model.network_.activation == learning.Tanh()
    assert "Decorrelation(learning_rate=0.01, whitening=0.3" in model.history_.attrs["decorrelation"]
    # Predictions are those of the network itself.
    expected = model.network_.forward(((x - model.mean_) / model.scale_).astype(np.float32)).outputs
    odds = np.exp(expected)
    np.testing.assert_allclose(model.predict_proba(x), odds / odds.sum(axis=1, keepdims=True), rtol=0, atol=1e-5)


def test_settings_changed_after_the_fit_do_not_change_the_inputs():
    x, y = table()
    model = NoiseTrainedClassifier(max_epochs=3, random_state=1).fit(10.0 * x, y)
    before = outputs(model, 10.0 * x)
    np.testing.assert_array_equal(before, outputs(model.set_params(standardise=False), 10.0 * x))
    model.fit(x, y)
    assert not hasattr(model, "mean_")


def test_a_fit_that_fails_leaves_nothing_to_predict_with():
    x = table()[0]
    model = NoiseTrainedRegressor(max_epochs=3, random_state=1).fit(x, x[:, 0])
    with pytest.raises(SimulationError, match="lower learning_rate"):
        model.set_params(learning_rate=1e6, rule="BP", hidden_layer_sizes=(30, 30, 30)).fit(x, x[:, 0])
    with pytest.raises(NotFittedError):
        model.predict(x)
    model = NoiseTrainedClassifier(max_epochs=3, random_state=1).fit(*table())
    with pytest.raises(ParameterError, match="one class only"):
        model.fit(x, np.zeros(len(x), int))
    with pytest.raises(NotFittedError):
        model.predict(x)


def test_constant_columns_and_inputs_left_alone():
    x, y = table()
    x = np.column_stack([x, np.full(len(x), 0.1)])
    model = NoiseTrainedClassifier(max_epochs=50, random_state=1).fit(x, y)
    assert model.score(x, y) > 0.9
    assert model.scale_[-1] == 1.0  # not the rounding error of a standard deviation
    model = NoiseTrainedClassifier(max_epochs=50, standardise=False, random_state=1).fit(x, y)
    assert model.score(x, y) > 0.9
    assert not hasattr(model, "mean_")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "hebb"}, "rule='hebb' is unknown; known: ANP, BP, DANP,"),
        ({"rule": "NP"}, r"rule='NP' needs sigma; give an instance, such as NP\(sigma=...\)"),
        ({"activation": 3}, "activation=3 is no activation"),
        ({"activation": "step"}, "activation='step' is unknown; known: leaky_relu, "),
        ({"schedule": "linear"}, "linear"),
        ({"learning_rate": -1.0}, "learning_rate=-1"),
        ({"learning_rate": "much"}, "learning_rate='much' is not a number"),
        ({"decorrelation_rate": 2.0}, "decorrelation_rate=2"),
        ({"decorrelation_rate": 0.0}, r"decorrelation_rate=0.0 .*outside \(0, 1\].*such as rule='ANP'$"),
        ({"rule": "ANP", "decorrelation_rate": 0.01}, "decorrelation_rate=0.01 with rule='ANP', which does not decorr"),
        ({"rule": "BP", "whitening": 0.1}, "whitening=0.1 with rule='BP', .* such as rule='DANP'$"),
        ({"max_epochs": 0}, "max_epochs=0"),
        ({"n_iter_no_change": 0}, "n_iter_no_change=0"),
        ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes=\(5, 0\) .* at least 1"),
        ({"hidden_layer_sizes": "5"}, "hidden_layer_sizes='5'"),
        ({"rule": learning.ANP}, "rule=<class .* is no rule; give the name of one"),
        ({"noise": "telegraph"}, "noise='telegraph' is no noise source"),
        ({"standardise": "no"}, "standardise='no' is not True or False"),
        ({"predict_reads": 1.5}, "predict_reads=1.5"),
        ({"predict_reads": -1}, "predict_reads=-1"),
        ({"rule": "BP", "predict_reads": 1}, "predict_reads=1 with BP"),
        ({"early_stopping": True, "validation_fraction": 0.0}, "validation_fraction=0"),
    ],
)
def test_wrong_parameters_are_one_sentence(changes, message):
    with pytest.raises(ParameterError, match=message):
        NoiseTrainedClassifier(**changes).fit(*table())


def test_what_cannot_be_learned_is_refused():
    x, y = table()
    with pytest.raises(ParameterError, match="one class only, up"):
        NoiseTrainedClassifier().fit(x, np.full(len(x), "up"))
    with pytest.raises(DataError, match=r"X holds values up to 1e\+60"):
        NoiseTrainedClassifier(standardise=False).fit(1e60 * np.sign(x), y)
    model = NoiseTrainedClassifier(max_epochs=1).fit(x, y)
    with pytest.raises(DataError, match="beyond single precision"):
        model.predict(1e60 * x)
    with pytest.raises(DataError, match=r"y holds values up to 1e\+300"):
        NoiseTrainedRegressor().fit(x, 1e300 * np.sign(x[:, 0]))


def test_a_class_too_rare_for_both_parts_is_refused():
    x, y = table()
    y[:] = "up"
    y[3] = "down"
    with pytest.raises(ParameterError, match=r"validation_fraction=0\.1 of 60 samples does not leave every class"):
        NoiseTrainedClassifier(early_stopping=True).fit(x, y)


def test_partial_fits_learn_and_go_on_to_the_same_bits():
    x, x_test, y, y_test = halves(load_digits)
    model, again = (NoiseTrainedClassifier(rule="ANP", learning_rate=0.01, random_state=0) for _ in range(2))
    scores = []
    for _ in range(3):
        for part in np.array_split(np.arange(len(x)), 4):
            model.partial_fit(x[part], y[part], classes=range(10))
        scores.append(model.score(x_test, y_test))
    assert scores[0] < scores[-1] and scores[-1] > 0.8
    assert model.n_iter_ == len(model.loss_curve_) == 12
    for number in range(12):
        if number == 5:
            again = pickle.loads(pickle.dumps(again))
        part = np.array_split(np.arange(len(x)), 4)[number % 4]
        again.partial_fit(x[part], y[part], classes=range(10))
    assert np.array_equal(model.predict_proba(x_test), again.predict_proba(x_test))


def test_a_warm_start_goes_on_where_the_fit_before_stopped():
    x, x_test, y, _ = halves(load_diabetes, classes=False)
    given = {"max_epochs": 3, "schedule": "constant", "random_state": 0}
    cold, warm = NoiseTrainedRegressor(**given), NoiseTrainedRegressor(warm_start=True, **given)
    cold.fit(x, y)
    warm.fit(x, y)
    assert np.array_equal(warm.predict(x_test), cold.predict(x_test))
    before = warm.loss_curve_
    warm.fit(x, y)
    assert warm.loss_curve_[:3] == before and warm.n_iter_ == 6 and warm.loss_curve_[-1] < before[-1]
    assert cold.fit(x, y).n_iter_ == 3 and np.array_equal(cold.loss_curve_, before)


def test_what_cannot_go_on_is_one_sentence():
    x, y = load_iris(return_X_y=True)
    model = NoiseTrainedClassifier(max_epochs=1, warm_start=True, random_state=0)
    with pytest.raises(ParameterError, match="classes=None at the first partial_fit"):
        model.partial_fit(x, y)
    model.fit(x, y)
    with pytest.raises(ParameterError, match="y holds 3, which is none of the classes"):
        model.fit(x, y + 1)
    with pytest.raises(ParameterError, match="differ from"):
        model.partial_fit(x, y, classes=[0, 1])
    with pytest.raises(ParameterError, match="cannot go on with"):
        model.set_params(hidden_layer_sizes=(7,)).fit(x, y)
    table = NoiseTrainedRegressor(max_epochs=1, warm_start=True, random_state=0).fit(x, x[:, :2])
    with pytest.raises(ParameterError, match="y has 1 columns and had 2"):
        table.fit(x, x[:, 0])


def test_a_prediction_does_not_depend_on_its_company():
    x, y = table(300)  # more samples than units: another order of the products than for one sample
    model = NoiseTrainedClassifier(max_epochs=3, random_state=1).fit(x, y)
    one_by_one = np.concatenate([outputs(model, row[None]) for row in x])
    np.testing.assert_allclose(outputs(model, x), one_by_one, rtol=0, atol=1e-12)


def test_without_scikit_learn_the_rest_works_and_the_extra_is_named():
    code = """
import sys
from mtjphys import learning
from mtjphys.core.errors import MtjphysError
assert "sklearn" not in sys.modules
sys.modules["sklearn"] = None
learning.Network([2, 2])
try:
    learning.NoiseTrainedClassifier
except MtjphysError as error:
    assert "mtjphys[learn]" in str(error), error
else:
    raise SystemExit("no error")
"""
    subprocess.run([sys.executable, "-c", code], check=True)
