"""``mtjphys train``: from a TOML file to results; Ctrl-C, resume, comparison, device effects."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from calling import COMMAND, Call

from mtjphys import learning
from mtjphys.learning.experiment import Experiment
from mtjphys.learning.figures import learning_figure

pytest.importorskip("sklearn")

DIGITS = """\
seed = 1

[data]
name = "digits"

[network]
hidden = [20]

[rule]
name = "DANP"

[decorrelation]
learning_rate = 1e-3

[optimiser]
name = "adam"
learning_rate = 0.02

[noise]
kind = "telegraph"

[training]
epochs = 3
schedule = "cosine"
test_reads = 3
"""
GAUSSIAN = """\
kind = "gaussian"
sigma = 0.01
"""
TEACHER = f"""\
[data]
name = "teacher_student"

[network]
hidden = [4]

[rule]
name = "ANP"

[optimiser]
name = "adam"
learning_rate = 0.01

[noise]
{GAUSSIAN}
[training]
epochs = 3
batch_size = 10

[effects_table]
seeds = [1, 2]

[effects_table.cases]
stuck = [1.0]
"""
JUNCTION = """\
kind = "junction"
preset = "schnitzspan_2023"
voltage = 0.1
series_resistance = 1e4
sample_interval = 1e-10
settle = 1
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder that holds the experiments."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits.toml").write_text(DIGITS, encoding="utf-8")
    (tmp_path / "teacher.toml").write_text(TEACHER, encoding="utf-8")
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_digits_from_the_file_to_the_results(call: Call, here: Path) -> None:
    answer = call("train", "digits.toml", "--figure", "curves.svg")
    assert answer.code == 0, answer.err
    for text in ("64-20-10", "1,259 training", "DANP()", "test, averaged over 3 reads", "about"):
        assert text in answer.out
    assert "60/60" in answer.err and "validation" in answer.err  # the progress bar
    folder = here / "digits-output"
    assert names(folder) == ["config.toml", "history.nc", "learning.png", "network.npz", "results.json"]
    assert (here / "curves.svg").stat().st_size > 1000

    # The same as in Python, and the network that was saved is the one that was tested.
    experiment = Experiment.from_toml(folder / "config.toml")
    training = experiment.build()
    expected = training.run(progress=False)
    with xr.open_dataset(folder / "history.nc", engine="h5netcdf") as history:
        for name in expected.data_vars:
            np.testing.assert_array_equal(history[name], expected[name], err_msg=str(name))
            assert history[name].attrs == expected[name].attrs
        assert history.attrs["config"] == experiment.to_toml()
        assert {"mtjphys_version", "seed", "network", "noise", "data"} <= history.attrs.keys()
    network = learning.Network.load(folder / "network.npz")
    results = json.loads((folder / "results.json").read_text())
    quiet = learning.evaluate(network, training.data.test, training.loss)
    assert results["test"]["noise_off"]["accuracy"] == quiet.accuracy > 0.4
    noisy = learning.evaluate(training.network, training.data.test, training.loss, training.noise)
    assert results["test"]["noise_on"]["loss"] == noisy.loss
    assert results["test"]["averaged"]["reads"] == 3
    assert results["updates"] == 60 and results["epochs"] == 3

    again = call("train", "digits.toml", "--quiet")
    assert again.code == 2 and "holds a finished training" in again.err and "--overwrite" in again.err
    assert call("train", "digits.toml", "--quiet", "--overwrite", "--epochs", "2").code == 0
    assert json.loads((folder / "results.json").read_text())["epochs"] == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends a process no SIGINT")
def test_ctrl_c_keeps_the_checkpoint_and_the_same_command_continues(call: Call, here: Path) -> None:
    command = ["train", "teacher.toml", "--epochs", "60", "--output", "results"]
    process = subprocess.Popen(
        [*COMMAND, *command],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:  # the duration is announced after 20 of 600 updates
        if line.strip().startswith("about"):
            process.send_signal(signal.SIGINT)
            break
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "mtjphys: interrupted; continue with: mtjphys train teacher.toml --epochs 60 --output results" in error
    assert names(here / "results") == ["checkpoint.npz", "config.toml"]

    other = call("train", "teacher.toml", "--output", "results")
    assert other.code == 2
    assert "results/checkpoint.npz: the saved training has epochs=60, this one has epochs=3" in other.err
    assert "--overwrite" in other.err

    resumed = call(*command, "--quiet")
    assert resumed.code == 0, resumed.err
    assert "continues after update" in resumed.out
    assert not (here / "results" / "checkpoint.npz").exists()
    expected = Experiment.from_toml("teacher.toml", epochs=60).build().run(progress=False)
    with xr.open_dataset(here / "results" / "history.nc", engine="h5netcdf") as history:
        for name in expected.data_vars:
            np.testing.assert_array_equal(history[name], expected[name], err_msg=str(name))


def test_comparison_of_folders_histories_and_experiments(call: Call, here: Path) -> None:
    live = DIGITS.replace('kind = "telegraph"\n', JUNCTION).replace("hidden = [20]", "hidden = []")
    (here / "live.toml").write_text(live.replace("epochs = 3", "epochs = 1"), encoding="utf-8")
    (here / "bp.toml").write_text(DIGITS.replace("ANP", "BP").replace('[noise]\nkind = "telegraph"\n', ""))
    answer = call("train", "live.toml", "--quiet")
    assert answer.code == 0, answer.err
    assert "Physical cost of learning" in answer.out and "Not counted: amplifiers" in answer.out
    cost = json.loads((here / "live-output" / "results.json").read_text())["cost"]
    assert cost["per_update"]["energy"] == pytest.approx(cost["total"]["energy"] / 20)
    assert 0.0 < cost["per_inference"]["energy"] < cost["per_sample"]["energy"] / 2
    for name in ("bp", "digits"):
        assert call("train", f"{name}.toml", "--quiet").code == 0
    answer = call("train", "--compare", "digits.toml", "bp-output", "live-output/history.nc")
    assert answer.code == 0, answer.err
    rows = {line.split()[0]: line.split() for line in answer.out.splitlines()}
    assert list(rows) == ["epochs", "digits", "bp", "live", "figure:"]
    results = json.loads((here / "digits-output" / "results.json").read_text())
    accuracy = f"{results['test']['noise_on']['accuracy']:.2%}"
    assert rows["digits"][1:3] == ["3", "60"] and rows["digits"][4] == accuracy and rows["digits"][-1] == "-"
    assert rows["bp"][4] == rows["bp"][6]  # without noise there is one test
    assert rows["live"][-1] == f"{cost['total']['energy']:.3g}"
    assert (here / "comparison.png").stat().st_size > 1000
    again = call("train", "--compare", "digits.toml")
    assert again.code == 2 and "comparison.png: exists already" in again.err


def test_the_best_epoch_is_reported_where_training_stops_early(call: Call, here: Path) -> None:
    text = DIGITS.replace("epochs = 3", "epochs = 40\npatience = 2").replace("0.02", "0.2")
    (here / "digits.toml").write_text(text, encoding="utf-8")
    answer = call("train", "digits.toml", "--quiet")
    assert answer.code == 0, answer.err
    results = json.loads((here / "digits-output" / "results.json").read_text())
    history = xr.load_dataset(here / "digits-output" / "history.nc", engine="h5netcdf")
    best = int(history["validation_loss"].values.argmin())
    assert results["best_epoch"] == best + 1 == results["epochs"] - 2 < 38
    # Accuracies that all differ, whatever the training has made of them.
    told = history.assign(validation_accuracy=("epoch", np.linspace(0.1, 0.9, history.sizes["epoch"])))
    told.to_netcdf(here / "digits-output" / "history.nc", engine="h5netcdf")
    row = call("train", "--compare", "digits.toml").out.splitlines()[1].split()
    assert row[3] == f"{told['validation_accuracy'].values[best]:.2%}"
    test = results["test"]["noise_off"]
    assert test["standard_error"] == np.sqrt(test["accuracy"] * (1 - test["accuracy"]) / 359)


def test_perturbed_parameters_are_tested_at_their_mean(call: Call, here: Path) -> None:
    (here / "teacher.toml").write_text(TEACHER.replace("ANP", "WP"), encoding="utf-8")
    assert call("train", "teacher.toml", "--quiet").code == 0
    results = json.loads((here / "teacher-output" / "results.json").read_text())
    assert results["test"].keys() == {"samples", "noise_off"}


def test_threads_reach_the_training(call: Call, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, run = [], learning.Training.run
    monkeypatch.setattr(learning.Training, "run", lambda *a, **options: given.append(options["threads"]) or run(*a))
    for options in ((), ("--threads", "2")):
        assert call("train", "teacher.toml", "--quiet", "--overwrite", *options).code == 0
    assert given == [None, 2]


def test_the_energy_stands_above_the_learning_curves() -> None:
    curves = {name: ("epoch", [1.0, 0.5]) for name in ("train_loss", "validation_loss", "energy")}
    curves["energy"] = ("epoch", [2e-9, 4e-9])
    figure = learning_figure(xr.Dataset(curves, coords={"epoch": [1, 2]}))
    figure.draw_without_rendering()
    below, above = figure.axes[0], figure.axes[0].child_axes[0]
    np.testing.assert_allclose(above.get_xlim(), 2e-9 * np.array(below.get_xlim()))


def test_a_regression_is_reported_by_its_loss(call: Call, here: Path) -> None:
    assert call("train", "teacher.toml", "--quiet", "--output", "a", "--seed", "4").code == 0
    assert call("train", "teacher.toml", "--quiet", "--output", "b", "--seed", "5").code == 0
    answer = call("train", "--compare", "a", "b", "--figure", "c.pdf")
    assert answer.code == 0 and answer.out.count("loss ") == 2 * 4
    assert json.loads((here / "a" / "results.json").read_text())["config"].startswith("seed = 4")


def test_the_table_of_device_effects(call: Call, here: Path) -> None:
    answer = call("train", "teacher.toml", "--effects", "--quiet", "--output", "effects")
    assert answer.code == 0, answer.err
    assert "Stuck devices" in answer.out
    assert {"effects.jsonl", "effects.json", "effects.png", "effects.txt"} <= set(names(here / "effects"))


def test_mistakes_are_one_sentence_and_exit_code_2(call: Call, here: Path) -> None:
    (here / "bad.toml").write_text(DIGITS.replace("epochs = 3", "epochs = 3\nepohcs = 4"), encoding="utf-8")
    (here / "file").write_text("")
    (here / "broken-output").mkdir()
    (here / "broken-output" / "history.nc").write_text("no netCDF")
    (here / "cut-output").mkdir()
    (here / "cut-output" / "checkpoint.npz").write_bytes(b"PK\x03\x04")
    wrong = {
        (): "no experiment is given",
        ("none.toml",): "none.toml: no such file",
        ("digits.toml", "teacher.toml"): "2 experiments are given (digits.toml, teacher.toml)",
        ("bad.toml",): "bad.toml: [training] epohcs: unknown parameter; did you mean epochs?",
        ("digits.toml", "--output", "file"): "file: is a file",
        ("digits.toml", "--output", "no/folder"): "the folder no does not exist",
        ("digits.toml", "--epochs", "0"): "epochs=0",
        ("digits.toml", "--data-dir", "x"): "data_dir='x' is of no use to the data 'digits'",
        ("digits.toml", "--figure", "x.bmp"): "x.bmp: figures are written as",
        ("digits.toml", "--output", "cut-output"): "checkpoint.npz: not a checkpoint",
        ("--compare", "digits.toml"): "digits.toml: no finished training (digits-output/history.nc does not exist)",
        ("--compare", "broken-output"): "broken-output: broken results",
    }
    for arguments, message in wrong.items():
        answer = call("train", *arguments)
        assert answer.code == 2, arguments
        assert message in answer.err and answer.err.count("\n") == 1, (arguments, answer.err)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_mistake_overwrites_nothing(call: Call, here: Path) -> None:
    command = ("train", "teacher.toml", "--quiet", "--output", "results", "--figure", "c.png", "--overwrite")
    assert call(*command).code == 0
    before, figure = contents(here / "results"), (here / "c.png").read_bytes()
    (here / "teacher.toml").write_text(TEACHER.replace("sigma = 0.01", "sigma = -1.0"), encoding="utf-8")
    answer = call(*command)
    assert answer.code == 2 and "[noise] sigma=-1.0" in answer.err
    (here / "teacher.toml").write_text(TEACHER.replace('name = "teacher_student"', 'file = "x.npz"'), encoding="utf-8")
    answer = call(*command)
    assert answer.code == 2 and "x.npz: no such file" in answer.err
    assert contents(here / "results") == before and (here / "c.png").read_bytes() == figure


def test_what_does_not_fit_the_data_overwrites_nothing(call: Call, here: Path) -> None:
    assert call("train", "teacher.toml", "--quiet").code == 0
    before = contents(here / "teacher-output")
    wrong = {
        'loss = "cross_entropy"': "[training] loss='cross_entropy': cross-entropy of one output",
        'augment = "cifar"': "[training] augment='cifar': inputs of shape (1, 2) are not rows of (3, 32, 32) pixels",
    }
    for line, message in wrong.items():
        (here / "teacher.toml").write_text(TEACHER.replace("epochs = 3", f"epochs = 3\n{line}"), encoding="utf-8")
        answer = call("train", "teacher.toml", "--quiet", "--overwrite")
        assert answer.code == 2 and message in answer.err, answer.err
        assert contents(here / "teacher-output") == before


def test_the_experiment_itself_is_not_overwritten_by_its_results(call: Call, here: Path) -> None:
    (here / "config.toml").write_text(text := f"# ours\n{TEACHER}", encoding="utf-8")
    for options in ((), ("--overwrite",)):
        answer = call("train", "config.toml", "--quiet", "--output", ".", *options)
        assert answer.code == 2 and "config.toml: the results would replace it" in answer.err, answer.err
        assert (here / "config.toml").read_text(encoding="utf-8") == text
    # The one among the results says the same after it was written again.
    assert call("train", "config.toml", "--quiet", "--output", "results").code == 0
    again = call("train", "results/config.toml", "--quiet", "--output", "results", "--overwrite")
    assert again.code == 0, again.err


def test_a_network_beyond_the_memory_is_one_sentence(call: Call, here: Path) -> None:
    (here / "teacher.toml").write_text(TEACHER.replace("[4]", f"[{10**13}]"), encoding="utf-8")
    answer = call("train", "teacher.toml", "--quiet")
    assert answer.code == 2 and "not enough memory (" in answer.err and answer.err.count("\n") == 1


def test_overwriting_the_table_of_effects_leaves_the_training_and_the_other_way_round(
    call: Call,
    here: Path,
) -> None:
    assert call("train", "teacher.toml", "--quiet").code == 0
    training = contents(here / "teacher-output")
    assert call("train", "teacher.toml", "--effects", "--quiet").code == 0
    assert call("train", "teacher.toml", "--effects", "--quiet", "--overwrite").code == 0
    both = contents(here / "teacher-output")
    assert training.items() <= both.items()
    assert call("train", "teacher.toml", "--quiet", "--overwrite", "--seed", "4").code == 0
    after = contents(here / "teacher-output")
    assert after["effects.jsonl"] == both["effects.jsonl"] and after["network.npz"] != both["network.npz"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends a process no SIGINT")
def test_ctrl_c_while_overwriting_continues_with_the_command_it_names(
    call: Call,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = ("train", "teacher.toml", "--quiet", "--figure", "c.png")
    assert call(*command).code == 0
    evaluate = learning.evaluate

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(learning, "evaluate", interrupted)  # after the last epoch, before the results
    answer = call(*command, "--overwrite")
    assert answer.code == 130 and "continue with: mtjphys train teacher.toml --quiet --figure c.png\n" in answer.err
    assert names(here / "teacher-output") == ["checkpoint.npz", "config.toml"]
    monkeypatch.setattr(learning, "evaluate", evaluate)
    answer = call(*command)
    assert answer.code == 0, answer.err
    assert "continues after update" in answer.out and (here / "c.png").exists()


def test_options_that_would_change_nothing_are_refused(call: Call, here: Path) -> None:
    wrong = {
        ("--effects", "--seed", "3"): "--seed changes nothing with --effects",
        ("--effects", "--figure", "x.png"): "--figure changes nothing with --effects",
        ("--compare", "--seed", "0"): "--seed changes nothing with --compare",
        ("--compare", "--effects"): "--effects changes nothing with --compare",
        ("--compare", "--output", "x"): "--output changes nothing with --compare",
        ("--compare", "--threads", "2"): "--threads changes nothing with --compare",
        ("--effects", "--threads", "2"): "--threads changes nothing with --effects",
        ("--threads", "0"): "threads=0",
    }
    for options, message in wrong.items():
        answer = call("train", "teacher.toml", *options)
        assert answer.code == 2 and message in answer.err, options
    assert names(here) == ["digits.toml", "teacher.toml"]


def test_a_comparison_without_validation_data_or_of_something_else(call: Call, here: Path) -> None:
    x = np.random.default_rng(1).standard_normal((60, 3))
    np.savez(here / "x.npz", inputs=x, targets=(x[:, 0] > 0).astype(int))
    table = DIGITS.replace('name = "digits"', 'file = "x.npz"\nvalidation_fraction = 0.0')
    (here / "digits.toml").write_text(table, encoding="utf-8")
    assert call("train", "digits.toml", "--quiet").code == 0
    answer = call("train", "--compare", "digits.toml")
    assert answer.code == 0, answer.err
    assert "nan" not in answer.out
    assert answer.out.splitlines()[1].split()[3] == "-"
    xr.Dataset({"voltage": ("time", [1.0])}).to_netcdf(here / "run.nc", engine="h5netcdf")
    answer = call("train", "--compare", "run.nc", "--overwrite")
    assert answer.code == 2 and "run.nc: broken results (not learning curves)" in answer.err


def test_the_example_of_the_help_is_an_experiment(call: Call, here: Path) -> None:
    text = call("train", "--help").out
    example = text[text.index("seed = 1") : text.index("For live junctions")]
    (here / "example.toml").write_text(example, encoding="utf-8")
    answer = call("train", "example.toml", "--quiet", "--epochs", "1")
    assert answer.code == 0, answer.err
    assert "20 an epoch, 1 epochs" in answer.out


def test_noise_that_cannot_be_read_overwrites_nothing(call: Call, here: Path) -> None:
    assert call("train", "teacher.toml", "--quiet").code == 0
    before = contents(here / "teacher-output")
    table = 'kind = "junction"\npreset = ["schnitzspan_2023"]\nsample_interval = 1e-9\nvoltage = 0.1\n'
    for change, message in {
        "series_resistance = 1e4\n": "[noise] 1 junctions for 5 units",
        "": "[noise] the junction reads 0.1 V whatever its state",
    }.items():
        (here / "teacher.toml").write_text(TEACHER.replace(GAUSSIAN, table + change), encoding="utf-8")
        answer = call("train", "teacher.toml", "--quiet", "--overwrite")
        assert answer.code == 2 and message in answer.err, answer.err
        assert contents(here / "teacher-output") == before


def test_noise_of_perturbed_parameters_is_tried_before_the_first_update(call: Call, here: Path) -> None:
    np.save(here / "short.npy", 0.04 + 0.006 * np.random.default_rng(1).standard_normal(150))
    recorded = 'kind = "recorded"\nfile = "short.npy"\nsample_interval = 1e-6\norder = "segments"\n'
    experiment = TEACHER.replace("ANP", "WP").replace(GAUSSIAN, recorded).replace("[4]", "[40]")
    (here / "teacher.toml").write_text(experiment, encoding="utf-8")
    answer = call("train", "teacher.toml", "--quiet")
    assert answer.code == 2 and "[noise] short.npy: 161 segments of a record of 150" in answer.err, answer.err


def test_the_experiment_among_the_results_runs_again(call: Call, here: Path) -> None:
    trace = 0.04 + 0.006 * np.random.default_rng(1).standard_normal(500)
    (here / "traces").mkdir()
    np.save(here / "traces" / "a.npy", trace)
    table = 'kind = "recorded"\nfile = ["traces/a.npy"]\nsample_interval = 1e-3\n'
    (here / "teacher.toml").write_text(TEACHER.replace(GAUSSIAN, table), encoding="utf-8")
    (here / "disk" / "results").mkdir(parents=True)
    (here / "link").symlink_to(here / "disk" / "results")
    for folder in ("teacher-output", "link"):
        assert call("train", "teacher.toml", "--quiet", "--output", folder).code == 0
        again = call("train", f"{folder}/config.toml", "--quiet", "--output", f"{folder}-again")
        assert again.code == 0, again.err
        one, two = (json.loads((here / name / "results.json").read_text()) for name in (folder, f"{folder}-again"))
        assert one["test"] == two["test"]


def test_a_setting_stands_in_place_of_the_file(call: Call, here: Path) -> None:
    answer = call(
        "train", "teacher.toml", "--quiet", "--set", "optimiser.learning_rate=0.02", "--set", "noise.sigma=0.02"
    )
    assert answer.code == 0, answer.err
    written = Experiment.from_toml(here / "teacher-output" / "config.toml").tables()
    assert written["optimiser"]["learning_rate"] == 0.02 and written["noise"]["sigma"] == 0.02


def test_several_values_are_a_grid(call: Call, here: Path) -> None:
    grid = ("--set", "optimiser.learning_rate=1e-3,0.01", "--set", "rule.name=ANP,BP")
    answer = call("train", "teacher.toml", "--quiet", *grid)
    assert answer.code == 0, answer.err
    folders = [f"learning_rate={rate},name={rule}" for rate in ("0.001", "0.01") for rule in ("ANP", "BP")]
    assert names(here / "teacher-output") == ["comparison.png", *folders]
    table = answer.out[answer.out.rindex("epochs ") :]
    assert all(folder in table for folder in folders)
    # What is finished is not trained again, and is what it would be alone.
    (here / "teacher-output" / folders[1] / "results.json").unlink()
    times = [(here / "teacher-output" / folder / "network.npz").stat().st_mtime_ns for folder in folders]
    assert call("train", "teacher.toml", "--quiet", *grid).code == 0
    again = [(here / "teacher-output" / folder / "network.npz").stat().st_mtime_ns for folder in folders]
    assert [one == two for one, two in zip(times, again, strict=True)] == [True, False, True, True]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("optimiser.learning_rate", "sets nothing"),
        ("optimiser.learning_rate=", "sets nothing"),
        ("optimiser.learning_rate=fast", "--set: [optimiser] learning_rate='fast' is not a number"),
        ("optimiser.rate=1", "--set: [optimiser] rate: unknown parameter"),
        ("seed.x=1", "--set: seed.x: seed=0 is no table"),
    ],
)
def test_wrong_settings_are_one_sentence(setting: str, message: str, call: Call, here: Path) -> None:
    (here / "seeded.toml").write_text(f"seed = 0\n{TEACHER}", encoding="utf-8")
    answer = call("train", "seeded.toml", "--quiet", "--set", setting)
    assert answer.code == 2 and message in answer.err, answer.err
    assert not (here / "seeded-output").exists()
    twice = call("train", "seeded.toml", "--set", "seed=1", "--set", "seed=2")
    assert twice.code == 2 and "is given twice" in twice.err
