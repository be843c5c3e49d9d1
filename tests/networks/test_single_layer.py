"""The study in networks/single_layer: amplitudes as stated, learning, resuming, and what rounding does."""

import importlib.util
import json
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import DataError

matplotlib.use("Agg")

PATH = Path(__file__).parents[2] / "networks" / "single_layer" / "run.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("networks_single_layer_run", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data():
    """Return ten classes of the size of MNIST, each a random picture under noise."""
    stream = np.random.default_rng(0)
    pictures = stream.standard_normal((10, 784))
    targets = np.arange(600) % 10
    inputs = (pictures[targets] + 4 * stream.standard_normal((600, 784))).astype(np.float32)
    parts = (slice(0, 400), slice(400, 500), slice(500, 600))
    return learning.Data(*(learning.Samples(inputs[part], targets[part]) for part in parts))


def small(study, **changes):
    noise = study.Noise(gaussian=[1e-6, 1e-2, 1e3], binomial=[1e-2], bernoulli=[0.7], bernoulli_amplitude=1e-2)
    return study.read_config(**({"epochs": 6, "learning_rate": 1e-3, "noise": noise.model_dump()} | changes))


def test_the_kind_of_the_noise_does_not_matter_its_amplitude_does(study, data, tmp_path):
    results = study.run(tmp_path, small(study), data=data, progress=False)
    training = {name: result["train_accuracy"] for name, result in results.items()}
    # 400 samples: a standard error of at most 0.025; chance is 0.1.
    for name in ("gaussian 1e-06", "gaussian 0.01", "binomial 0.01", "bernoulli 0.7"):
        assert training[name] > 0.75, name
    assert training["gaussian 1000"] < 0.3
    assert training["back-propagation"] > 0.9
    written = json.loads((tmp_path / "results.json").read_text())["results"]
    assert written["bernoulli 0.7"]["train_accuracy"] == pytest.approx(training["bernoulli 0.7"], abs=1e-4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.npz", "results.json", "single_layer.png"]
    with pytest.raises(DataError, match="another configuration"):
        study.run(tmp_path, small(study, seed=2), data=data, progress=False)


def test_numbers_are_those_of_the_training_that_a_point_names(study, data):
    accuracies = study.run(None, small(study, epochs=2), data=data, progress=False)["gaussian 1000"]
    noise = learning.GaussianNoise(1e3, seed=1)
    network = learning.Network((784, 10), seed=1)
    rule, adam = learning.ANP(), learning.Adam(1e-3)
    twin = learning.Training(network, rule, data, adam, epochs=2, noise=noise, batch_size=64, seed=1)
    history = twin.run(progress=False)
    for name in ("train_accuracy", "validation_accuracy", "validation_accuracy_quiet"):
        assert accuracies[name] == float(history[name][-1]), name
    assert accuracies["test_accuracy"] == learning.evaluate(network, data.test, twin.loss, noise).accuracy
    # At this amplitude noise on and off, validation and test are told apart.
    assert len(set(accuracies.values())) == len(accuracies)


def test_results_of_another_configuration_are_not_mixed_in(study, data, tmp_path):
    config = small(study, epochs=1)
    study.run(tmp_path, config, data=data, progress=False)
    noise = config.noise.model_copy(update={"bernoulli_amplitude": 1.0})
    others = {"epochs": 2, "batch_size": 32, "learning_rate": 2e-3, "validation_samples": 10, "noise": noise}
    for name, value in others.items():
        with pytest.raises(DataError, match="another configuration"):
            study.run(tmp_path, config.model_copy(update={name: value}), data=data, progress=False)
    # A point more is no other configuration.
    more = config.noise.model_copy(update={"gaussian": [1e-6, 1e-2, 1.0]})
    accuracies = study.run(tmp_path, config.model_copy(update={"noise": more}), data=data, progress=False)
    assert list(accuracies)[1:4] == ["gaussian 1e-06", "gaussian 0.01", "gaussian 1"]


def test_the_configuration_is_that_of_the_paper(study):
    config = study.read_config()
    assert (config.epochs, study.SIZES, study.PUBLISHED) == (100, (784, 10), (90.0, 92.0))
    assert {1e-6, 1.0, 10.0} <= set(config.noise.gaussian)
    assert config.noise.bernoulli == [0.5, 0.6, 0.7, 0.8, 0.9]


def test_the_figure_is_in_per_cent_and_the_paper_s_range_ends_where_it_was_published(study):
    accuracies = {"back-propagation": 0.93, "gaussian 10": 0.8, "gaussian 0.01": 0.9, "binomial 1": 0.91}
    results = {name: {"train_accuracy": value} for name, value in (accuracies | {"bernoulli 0.5": 0.92}).items()}
    left, right = study.figure(results).axes
    curves = {line.get_label(): line.get_xydata().tolist() for line in left.get_lines()}
    assert curves["Gaussian"] == [[0.01, 90.0], [10.0, 80.0]]
    assert curves["Binomial"] == [[1.0, 91.0]]
    assert [point[1] for point in curves["Back-prop."]] == [93.0, 93.0]
    assert right.get_lines()[0].get_xydata().tolist() == [[0.5, 92.0]]
    for ax, ends in ((left, (1e-6, 1.0)), (right, (0.5, 0.9))):
        band = ax.collections[0].get_paths()[0].get_extents()
        np.testing.assert_allclose([band.x0, band.x1, band.y0, band.y1], [*ends, 90.0, 92.0])


def test_rows_of_the_scan_are_those_of_their_names(study, data):
    config = small(study)
    rows = {what: accuracies for what, *accuracies in study.study(config, data, epochs=1)}
    assert len(rows) == 7 + 6
    for what, rate, sigma, dtype in (
        ("learning rate 0.002", 2e-3, 1e-2, np.float32),
        ("1e-08 V, float32", 1e-3, 1e-8, np.float32),
        ("1e-08 V, float64", 1e-3, 1e-8, np.float64),
    ):
        changed = config.model_copy(update={"epochs": 1, "learning_rate": rate})
        twin = study.training(changed, data, learning.GaussianNoise(sigma, seed=1), dtype)
        history = twin.run(progress=False)
        assert rows[what] == [float(history[name][-1]) for name in ("train_accuracy", "validation_accuracy")]
    assert rows["1e-08 V, float32"] != rows["1e-08 V, float64"]


def test_a_point_that_was_stopped_continues_with_the_same_bits(study, data, tmp_path, monkeypatch):
    config = small(study, epochs=2)
    whole = study.run(None, config, data=data, progress=False)
    run, seen = learning.Training.run, []

    def stop_in_the_third(training, **arguments):
        seen.append(training)
        if len(seen) == 3:
            run(training, until=1, **arguments)
            raise KeyboardInterrupt
        return run(training, **arguments)

    monkeypatch.setattr(learning.Training, "run", stop_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        study.run(tmp_path, config, data=data, progress=False)
    assert (tmp_path / "gaussian_0.01.checkpoint.npz").exists()
    continued = study.run(tmp_path, config, data=data, progress=False)
    # Two points were done, and the third goes on from its first epoch.
    assert len(seen) == 3 + len(whole) - 2
    assert seen[3].updates == 2 * seen[3].updates_per_epoch
    for name, result in whole.items():
        assert {**continued[name], "seconds": 0} == {**result, "seconds": 0}


def test_the_deviation_of_the_noise_is_what_its_name_says(study):
    volts = {name: source.volts(20000, 10) for name, source in study.sources(study.read_config()).items()}
    for name, values in volts.items():
        kind, number = name.split()
        # 200 000 independent values: the deviation is known to 0.2 %, the share to 0.0011; five of these.
        if kind == "bernoulli":
            np.testing.assert_allclose(np.unique(values), [0, 1e-2], rtol=1e-6)
            assert (values > 0).mean() == pytest.approx(float(number), abs=0.006)
        else:
            assert values.std() == pytest.approx(float(number), rel=0.01)
    assert np.unique(volts["binomial 1"]).size == 11


def test_single_precision_suffices_down_to_a_microvolt(study, data):
    def cosine(sigma):
        return study.estimate_cosine(small(study), data, sigma)

    assert cosine(1e-2) > 0.999
    assert cosine(1e-6) > 0.9
    assert cosine(1e-8) < 0.5


def test_bad_input_is_one_sentence_and_exit_code_2(study, tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(study.CONFIG.read_text().replace("bernoulli_amplitude", "amplitude"))
    assert study.main(["--config", str(bad)]) == 2
    assert "amplitude: unknown parameter" in capsys.readouterr().err
    assert study.main(["--data-dir", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
