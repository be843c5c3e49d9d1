"""The studies in networks/mnist and networks/mnist_better: recipes as published, training, resuming, comparison."""

import gzip
import importlib
import json
import shutil
import struct
import tomllib

import matplotlib
import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import RecordedNoise, SerialNoise, TelegraphNoise
from networks import study

matplotlib.use("Agg")

mnist = importlib.import_module("networks.mnist.run").STUDY
better = importlib.import_module("networks.mnist_better.run").STUDY


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Write files of the form of MNIST: every class has a picture of its own, under noise."""
    folder, stream = tmp_path_factory.mktemp("mnist"), np.random.default_rng(0)
    pictures = 255 * (stream.random((10, 28, 28)) < 0.09)  # as bright as MNIST, with the noise
    for name, n in (("train", 256), ("t10k", 100)):
        labels = np.arange(n) % 10
        pixels = (pictures[labels] + 30 * stream.standard_normal((n, 28, 28))).clip(0, 255).astype(np.uint8)
        images = struct.pack(">4B3I", 0, 0, 8, 3, *pixels.shape) + pixels.tobytes()
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        header = struct.pack(">4BI", 0, 0, 8, 1, n)
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(header + labels.astype(np.uint8).tobytes()))
    return folder


def small(whole, folder):
    """Return a study with ten hidden units in the place of 1500."""
    folder = folder / "small"
    folder.mkdir()
    shutil.copy(whole.folder / "published.csv", folder)
    for name in whole.entries:
        text = (whole.folder / f"{name}.toml").read_text()
        assert "hidden = [500, 500, 500]" in text
        (folder / f"{name}.toml").write_text(text.replace("[500, 500, 500]", "[10]"))
    return whole._replace(folder=folder)


def settings(whole, name):
    return tomllib.loads((whole.folder / f"{name}.toml").read_text())


def test_the_experiments_are_those_of_the_paper():
    for name in mnist.entries:
        table = settings(mnist, name)
        assert table["network"]["hidden"] == [500, 500, 500]
        assert table["data"] == {"name": "mnist", "validation_samples": 0}
        assert table["training"] == {"epochs": 50, "batch_size": 64, "track_test": True}
        experiment = learning.Experiment.from_toml(mnist.folder / f"{name}.toml")
        assert (experiment.training.schedule.name, experiment.network.activation.name) == ("constant", "leaky_relu")
        if name == "bp":
            assert table["rule"] == {"name": "BP"}
            assert table["optimiser"] == {"name": "adam", "learning_rate": 0.1 * 2**-9}
            assert not {"noise", "decorrelation"} & set(table)
        else:
            assert table["rule"] == {"name": "DANP"}
            assert table["optimiser"] == {"name": "adam", "learning_rate": 0.1 * 2**-11}
            # The published code takes the mean over the 64 samples of a batch for R, and the sum for the shift.
            published = name in ("danp_chain", "danp_serial")
            rates = {"learning_rate": 0.1 * 2**-19} | ({"centring": 64 * 0.1 * 2**-19} if published else {})
            assert table["decorrelation"] == pytest.approx(rates, rel=1e-9)
            assert table["network"]["initialisation"] == ("pytorch" if published else "he")
    assert settings(mnist, "danp_chain")["noise"] == {"kind": "telegraph"}
    assert settings(mnist, "danp_serial")["noise"] == {"kind": "serial", "inner": {"kind": "telegraph"}}
    assert settings(mnist, "danp_live")["noise"]["kind"] == "junction"


def test_better_learning_has_the_network_the_noise_and_the_passes_of_the_recipe():
    recipe = settings(mnist, "danp_chain")
    for name in better.entries:
        table = settings(better, name)
        assert table["rule"]["name"] in ("DANP", "DGuidedNP")  # two noisy passes each
        assert table["training"]["epochs"] == 40
        assert table["network"]["hidden"] == recipe["network"]["hidden"]
        for part in ("data", "noise"):
            assert table[part] == recipe[part], (name, part)
        learning.Experiment.from_toml(better.folder / f"{name}.toml")
    assert (better.folder / "published.csv").read_text() == (mnist.folder / "published.csv").read_text()


def test_published_points():
    points = study.published(mnist)
    epochs = (50, 100, 250, 500, 1000, 2500)
    assert points == {
        "bp": [(None, 98.6)],
        "simulated": list(zip(epochs, (95.2, 96.4, 96.9, 96.9, 96.8, 96.8), strict=True)),
        "measured": list(zip(epochs, (94.5, 95.7, 96.5, 96.5, 96.6, 96.3), strict=True)),
    }


def test_one_chain_is_read_unit_by_unit_and_sample_by_sample():
    one = TelegraphNoise(seed=3).volts(400, 1)[:, 0]
    noise = SerialNoise(TelegraphNoise(seed=3, gain=2.0, offset=0.04))
    assert (noise.gain, noise.offset) == (2.0, 0.04)
    first = noise.volts(10, 7)
    state = noise.state_dict()
    rest = noise.volts(30, 11)
    np.testing.assert_array_equal(np.concatenate([first.ravel(), rest.ravel()]), one)
    # The same order as that of a record.
    np.testing.assert_array_equal(RecordedNoise(one, sample_interval=25e-6, order="serial").volts(10, 7), first)
    again = SerialNoise(TelegraphNoise(seed=3, gain=2.0, offset=0.04))
    again.load_state_dict(state)
    np.testing.assert_array_equal(again.volts(30, 11), rest)
    assert not hasattr(noise, "usage")
    with pytest.raises(ParameterError, match="n_samples=0"):
        noise.volts(0, 5)


def test_trainings_are_laid_beside_the_published_curves(data_dir, tmp_path, capsys):
    whole = small(mnist, tmp_path)
    output = tmp_path / "results"
    arguments = ["--output", str(output), "--data-dir", str(data_dir), "--epochs", "5"]
    assert study.main(whole, arguments) == 0
    shown = capsys.readouterr().out
    assert "| DANP, live junctions, He's weights | 5 |" in shown
    written = json.loads((output / "results.json").read_text())["trainings"]
    assert list(written) == list(mnist.entries)
    chain = written["danp_chain"]
    assert chain["published"] == {"series": "simulated", "same_epoch": None, "end": 96.8, "end_epoch": 2500}
    assert "learning_rate = 4.8828125e-05" in chain["config"]
    assert written["danp_live"]["cost"]["per_update"]["energy"] > 0
    # 256 samples of well separated classes: back-propagation learns them at the published rate.
    assert written["bp"]["test"]["noise_off"]["accuracy"] > 0.5
    rows = (output / "curves.csv").read_text().splitlines()
    assert rows[0] == "training,seed,epoch,train_accuracy,validation_accuracy,test_accuracy"
    assert len(rows) == 1 + 5 * len(mnist.entries)
    training, seed, epoch, _, validation, test = rows[5].split(",")
    assert (training, seed, epoch, validation) == ("bp", "1", "5", "")
    assert float(test) == pytest.approx(written["bp"]["test"]["noise_off"]["accuracy"], abs=1e-5)
    # Again: nothing is trained, the same is written.
    files = ("results.json", "curves.csv", "table.md", "small.png")
    before = [(output / name).read_bytes() for name in files]
    assert study.main(whole, arguments) == 0
    assert "updates" not in capsys.readouterr().out
    assert [(output / name).read_bytes() for name in files] == before
    # Another configuration is not mixed in.
    other = [*arguments, "--validation-samples", "50"]
    assert study.main(whole, other) == 2
    assert "another configuration" in capsys.readouterr().err
    # Nor into one table with those that are finished.
    shutil.rmtree(output / "bp")
    assert study.main(whole, [*other, "--only", "bp"]) == 2
    assert "another configuration" in capsys.readouterr().err
    assert not (output / "bp").exists()


def test_further_seeds_are_trained_beside_the_first_and_averaged(data_dir, tmp_path, capsys):
    whole, output = small(mnist, tmp_path), tmp_path / "results"
    arguments = ["--output", str(output), "--data-dir", str(data_dir), "--epochs", "2", "--only", "bp"]
    assert study.main(whole, arguments) == 0
    assert "seeds" not in (alone := json.loads((output / "results.json").read_text())["trainings"]["bp"])
    capsys.readouterr()
    assert study.main(whole, [*arguments, "--seeds", "12", "1", "3", "3"]) == 0
    assert "seeds: " in capsys.readouterr().out
    together = json.loads((output / "results.json").read_text())["trainings"]["bp"]
    seeds = together.pop("seeds")
    assert together == alone  # the first one's, which is not trained again
    folders = [output / name for name in ("bp", "bp-seed3", "bp-seed12")]
    runs = [study.read(folder) for folder in folders]
    accuracies = [run.results["test"]["noise_off"]["accuracy"] for run in runs]
    assert seeds["test_accuracies"] == accuracies and len({*accuracies}) > 1
    assert seeds["mean"] == pytest.approx(np.mean(accuracies))
    assert seeds["standard_error"] == pytest.approx(np.std(accuracies, ddof=1) / 3**0.5)
    assert ["seed = 3" in run.results["config"] for run in runs] == [False, True, False]
    rows = [row.split(",") for row in (output / "curves.csv").read_text().splitlines()[1:]]
    assert [row[:3] for row in rows] == [["bp", seed, epoch] for seed in ("1", "3", "12") for epoch in ("1", "2")]
    line = study.figure(whole, {"bp": runs}, study.published(whole)).axes[0].get_lines()[0]
    assert "mean of 3 seeds" in line.get_label()
    np.testing.assert_allclose(line.get_ydata()[-1], 100 * np.mean([run.accuracy for run in runs]))


def test_a_stopped_training_continues_with_the_same_bits(data_dir, tmp_path, monkeypatch, capsys):
    whole = small(better, tmp_path)
    options = {"only": ["guided"], "data_dir": data_dir, "epochs": 3, "progress": False, "validation_samples": 50}
    (reference,) = study.run(whole, tmp_path / "whole", **options)["guided"]
    run = learning.Training.run

    def stop_after_two(training, **arguments):
        run(training, until=2, **arguments)
        raise KeyboardInterrupt

    assert reference.history["validation_accuracy"].notnull().all()
    arguments = ["--only", "guided", "--data-dir", str(data_dir), "--epochs", "3", "--validation-samples", "50"]
    arguments += ["--output", str(tmp_path / "parts")]
    with monkeypatch.context() as patched:
        patched.setattr(learning.Training, "run", stop_after_two)
        assert study.main(whole, arguments) == 130
    assert "continues" in capsys.readouterr().err
    assert study.main(whole, arguments) == 0
    assert "continues after update 8 of 12" in capsys.readouterr().out
    continued = study.read(tmp_path / "parts" / "guided")
    assert continued.history.equals(reference.history)
    assert continued.results["test"] == reference.results["test"]


def test_comparison_with_the_paper():
    history = learning_history([0.5, 0.97, 0.9])
    results = {"epochs": 50, "test": {"noise_off": {"accuracy": 0.9, "standard_error": 0.003}}}
    points = {"simulated": [study.Point(50, 95.2), study.Point(2500, 96.8)], "bp": [study.Point(None, 98.6)]}
    numbers = study.comparison(study.Entry("DANP", "simulated"), [study.Finished(history, results)], points)
    assert numbers["published"] == {"series": "simulated", "same_epoch": 95.2, "end": 96.8, "end_epoch": 2500}
    assert numbers["first_epoch_at_published_end"] == 2
    best = study.comparison(study.Entry("BP", "bp"), [study.Finished(history, results)], points)
    assert best["first_epoch_at_published_end"] is None
    lines = study.table({"danp": numbers, "bp": best}).splitlines()
    assert lines[2] == "| DANP | 50 | 90.0 +- 0.3 | - | 90.0 | 95.2 | 96.8 (epoch 2500) | 2 | - | - |"
    assert lines[3] == "| BP | 50 | 90.0 +- 0.3 (best 97.0) | - | 90.0 | - | 98.6 (best) | - | - | - |"


def learning_history(accuracies):
    import xarray

    return xarray.Dataset({"test_accuracy": ("epoch", accuracies)})


def test_published_points_are_drawn_with_the_curve_that_is_held_against_them():
    import xarray

    curve = xarray.Dataset({"test_accuracy": ("epoch", [0.93, 0.95])}, {"epoch": [1, 2]})
    finished = {name: [study.Finished(curve, {})] for name in mnist.entries}
    axes = study.figure(mnist, finished, study.published(mnist)).axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert len(labels) == len(mnist.entries) + 3
    drawn = {container.get_label(): container[0] for container in axes.containers}
    np.testing.assert_allclose(
        drawn["Simulated junctions, paper"].get_xdata(orig=False), [50, 100, 250, 500, 1000, 2500]
    )
    colours = {line.get_label(): line.get_color() for line in axes.get_lines()}
    assert drawn["Simulated junctions, paper"].get_color() == colours["DANP, chain per unit"]
    assert drawn["Measured junction, paper"].get_color() == colours["DANP, one chain read serially"]
    assert colours["Back-propagation, best, paper"] == colours["Back-propagation"]


def test_bad_input_is_one_sentence_and_exit_code_2(data_dir, tmp_path, capsys):
    assert study.main(mnist, ["--output", str(tmp_path / "a"), "--data-dir", str(tmp_path), "--only", "bp"]) == 2
    assert "put the files of mnist there" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert study.main(mnist, ["--output", str(tmp_path / "file")]) == 2
    assert "File exists" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="choose from bp"):
        study.run(mnist, tmp_path / "b", only=["sunshine"])
    whole = small(mnist, tmp_path)
    options = {"only": ["bp"], "data_dir": data_dir, "epochs": 1, "progress": False}
    study.run(whole, tmp_path / "c", **options)
    (tmp_path / "c" / "bp" / "history.nc").write_bytes(b"")
    with pytest.raises(DataError, match="broken results"):
        study.run(whole, tmp_path / "c", **options)
