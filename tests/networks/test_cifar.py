"""The studies of CIFAR-10 and CIFAR-100: recipes as published, better learning, and a run on the stand-in."""

import importlib
import json
import shutil
import tomllib

import matplotlib
import pytest
import xarray

from mtjphys import learning
from mtjphys.core.errors import ParameterError
from networks import study

matplotlib.use("Agg")

STUDIES = {name: importlib.import_module(f"networks.{name}.run").STUDY for name in ("cifar10", "cifar100")}
BETTER = {name: importlib.import_module(f"networks.{name}_better.run").STUDY for name in STUDIES}
# The rates of the paper are 0.1 * 2**-n: of back-propagation, of DANP and of its decorrelation for
# simulated junctions, of both for the measured one.
EXPONENTS = {"cifar10": (14, (12, 19), (12, 19)), "cifar100": (13, (12, 20), (10, 14))}
PUBLISHED = {"cifar10": (63.4, 52.9, 52.3), "cifar100": (29.7, 25.3, 20.1)}  # best, and after 2500 epochs
EARLY = {"cifar10": ([(50, 35.8), (100, 40.2)], [(50, 37.8), (100, 41.3)]), "cifar100": ([], [])}


@pytest.mark.parametrize("name", STUDIES)
def test_the_experiments_are_those_of_the_paper(name):
    back, chain, serial = EXPONENTS[name]
    rates = {"bp": (back, None), "danp_chain": chain, "danp_serial": serial}
    assert list(STUDIES[name].entries) == list(rates)
    for training, (eta, eta_r) in rates.items():
        path = STUDIES[name].folder / f"{training}.toml"
        table = tomllib.loads(path.read_text())
        learning.Experiment.from_toml(path)
        assert table["data"] == {"name": name, "validation_samples": 0}
        assert table["network"]["hidden"] == [500, 500, 500]
        assert table["rule"] == {"name": "BP" if training == "bp" else "DANP"}
        assert table["optimiser"] == {"name": "adam", "learning_rate": pytest.approx(0.1 * 2**-eta, rel=1e-9)}
        assert table["training"] == {"epochs": 2500, "batch_size": 64, "augment": "cifar", "track_test": True}
        if eta_r is None:
            assert "decorrelation" not in table
        else:
            # The published code takes the mean over the 64 samples of a batch for R, and the sum for the shift.
            assert table["network"]["initialisation"] == "pytorch"
            rate = 0.1 * 2**-eta_r
            assert table["decorrelation"] == pytest.approx({"learning_rate": rate, "centring": 64 * rate}, rel=1e-9)
    (best, simulated, measured), early = PUBLISHED[name], EARLY[name]
    assert study.published(STUDIES[name]) == {
        "bp": [(None, best)],
        "simulated": [*early[0], (2500, simulated)],
        "measured": [*early[1], (2500, measured)],
    }


@pytest.mark.parametrize("name", STUDIES)
def test_the_stand_in_is_learned_and_says_what_it_is(name, tmp_path, capsys):
    n_test, epochs = {"cifar10": (200, 6), "cifar100": (500, 8)}[name]
    whole = STUDIES[name]._replace(stand_in_test_samples=n_test, stand_in_epochs=epochs)
    folder = tmp_path / name
    folder.mkdir()
    shutil.copy(whole.folder / "published.csv", folder)
    for training in ("bp", "danp_chain"):
        text = (whole.folder / f"{training}.toml").read_text().replace("[500, 500, 500]", "[50]")
        if training == "danp_chain":
            # The first decorrelation matrix, 3072 x 3072, is all the cost.
            text = text.replace(text[text.index("[decorrelation]") : text.index("[noise]")], "").replace("DANP", "ANP")
        (folder / f"{training}.toml").write_text(text)
    output = tmp_path / "results"
    arguments = ["--stand-in", "--only", "bp", "danp_chain", "--output", str(output)]
    assert study.main(whole._replace(folder=folder), arguments) == 0
    shown = capsys.readouterr().out
    assert f"NOT {name}" in shown
    assert "  about " in shown  # the time that it takes
    written = json.loads((output / "results.json").read_text())
    assert written["title"].startswith("NOT CIFAR")  # nor do table and figure pass for CIFAR
    assert (output / "table.md").read_text().startswith("NOT CIFAR")
    trainings = written["trainings"]
    # Five standard errors above chance.
    chance = {"cifar10": 0.1, "cifar100": 0.01}[name]
    enough = chance + 5 * (chance * (1 - chance) / n_test) ** 0.5
    assert trainings["bp"]["test"]["samples"] == n_test
    assert trainings["bp"]["test"]["noise_off"]["accuracy"] > enough
    assert trainings["danp_chain"]["test"]["noise_on"]["accuracy"] > enough
    assert (output / f"{name}.png").exists()


@pytest.mark.parametrize("name", BETTER)
def test_better_learning_has_the_network_and_the_noise_of_the_recipe(name):
    recipe = tomllib.loads((STUDIES[name].folder / "danp_chain.toml").read_text())
    first = tomllib.loads((BETTER[name].folder / "guided.toml").read_text())
    for training in BETTER[name].entries:
        path = BETTER[name].folder / f"{training}.toml"
        learning.Experiment.from_toml(path)
        table = tomllib.loads(path.read_text())
        assert table["data"] == recipe["data"]
        assert table["network"]["hidden"] == recipe["network"]["hidden"]
        assert table["training"]["augment"]["name"] == recipe["training"]["augment"]
        if training == "bp":
            assert table["rule"] == {"name": "BP"}
        else:
            assert table["noise"] == recipe["noise"]
            assert table["rule"] == {"name": "GuidedNP", "residual": 0.0}
        # They differ in nothing but rule, noise, epochs, and how far pictures are shifted.
        assert table["optimiser"] == first["optimiser"]
        free = {"epochs": None, "augment": None}
        assert table["training"] | free == first["training"] | free
    assert (BETTER[name].folder / "published.csv").read_text() == (STUDIES[name].folder / "published.csv").read_text()


def test_better_learning_runs_on_the_stand_in(tmp_path, capsys):
    whole = BETTER["cifar10"]
    folder = tmp_path / "small"
    folder.mkdir()
    shutil.copy(whole.folder / "published.csv", folder)
    for training in whole.entries:
        text = (whole.folder / f"{training}.toml").read_text()
        (folder / f"{training}.toml").write_text(text.replace("[500, 500, 500]", "[50]").replace("= 256", "= 64"))
    output = tmp_path / "results"
    assert study.main(whole._replace(folder=folder), ["--stand-in", "--output", str(output)]) == 0
    assert "NOT cifar10" in capsys.readouterr().out
    trainings = json.loads((output / "results.json").read_text())["trainings"]
    assert list(trainings) == list(whole.entries)
    enough = 0.1 + 5 * (0.1 * 0.9 / 200) ** 0.5  # five standard errors above chance
    assert all(each["test"]["noise_off"]["accuracy"] > enough for each in trainings.values())


@pytest.mark.parametrize("name", STUDIES)
def test_the_stand_in_changes_rates_and_epochs_alone(name, tmp_path, monkeypatch):
    monkeypatch.setattr(study, "train", lambda configs, output, **options: None)
    assert study.run(STUDIES[name]._replace(stand_in_test_samples=100), tmp_path, stand_in=True) == {}
    for training in STUDIES[name].entries:
        changed = learning.Experiment.from_toml(tmp_path / f"{training}.toml")
        path, epochs = STUDIES[name].folder / f"{training}.toml", STUDIES[name].stand_in_epochs
        original = learning.Experiment.from_toml(path, epochs=epochs)
        tables = changed.tables()
        assert tables["optimiser"] == {"name": "adam", "learning_rate": 1e-3}
        # At the paper's, hundreds of updates leave the inputs as correlated as they are.
        assert tables.get("decorrelation") == (None if training == "bp" else {"learning_rate": 2e-5})
        rates = {name: original.tables().get(name) for name in ("optimiser", "decorrelation")}
        assert changed.with_parameters(rates).to_toml() == original.to_toml()


@pytest.mark.parametrize(
    ("name", "chain"), [(name, chain) for name in STUDIES for chain in ([0.05, 0.15], [0.5, 0.55])]
)
def test_the_figure_shows_every_end_and_every_published_point(name, chain):
    curves = {"bp": [0.5, 0.6], "danp_chain": chain}
    finished = {
        training: [study.Finished(xarray.Dataset({"test_accuracy": ("epoch", values)}, {"epoch": [1, 2]}), {})]
        for training, values in curves.items()
    }
    axes = study.figure(STUDIES[name], finished, study.published(STUDIES[name])).axes[0]
    first = (EARLY[name][0] or [(2500, PUBLISHED[name][1])])[0][1]
    assert axes.get_ylim()[0] < min(100 * chain[-1], first)
    assert axes.get_ylim()[1] > PUBLISHED[name][0]


def test_without_data_the_message_says_where_to_put_them(tmp_path, capsys):
    whole = STUDIES["cifar10"]
    assert study.main(whole, ["--data-dir", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    shown, message = capsys.readouterr()
    # Before anything is done: 782 updates an epoch at 30 a second.
    assert "danp_chain: about 18 hours for 2500 epochs on two cores" in shown
    assert "cifar-10-binary.tar.gz" in message
    assert "downloaded" in message
    with pytest.raises(ParameterError, match="--stand-in"):
        study.run(whole, tmp_path / "out", stand_in=True, data_dir=tmp_path)
    with pytest.raises(ParameterError, match="--stand-in"):
        study.run(whole._replace(stand_in=None), tmp_path / "out", stand_in=True)
