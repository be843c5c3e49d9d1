"""The study in networks/cifar10_convolutional: its configuration, and with PyTorch its training."""

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest

from mtjphys.learning import data
from mtjphys.learning.rules import RULES

study = importlib.import_module("networks.cifar10_convolutional.run")
SMALL = {"channels": [4, 4], "batch_size": 50, "epochs": 2}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A hundred pictures to train with, ten to choose and twenty to test with, of the stand-in."""
    folder = data.write_cifar_stand_in(tmp_path_factory.mktemp("cifar"), "cifar10", test_samples=30)
    return data.cifar10(folder, validation_samples=50)


@pytest.fixture(scope="module")
def training():
    """The module that needs PyTorch."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)  # the tests run beside each other
    return importlib.import_module("networks.cifar10_convolutional.training")


def settings(config, name):
    return config.model_dump(exclude={"trainings"}) | config.trainings[name].model_dump()


def test_all_trainings_have_a_rule_and_the_noise_that_it_needs():
    config = study.read_config()
    for training in config.trainings.values():
        assert training.rule in RULES
        assert (training.noise is None) == (training.rule == "BP")
        assert (training.residual is None) == (training.rule != "GuidedNP")
    assert config.validation_samples == 0  # all pictures, once the rates are chosen


def test_without_pytorch_one_sentence_says_how_to_get_it(tmp_path):
    code = f"""
import sys
sys.modules["torch"] = None
from networks.cifar10_convolutional.run import main
sys.exit(main(["--stand-in", "--output", {str(tmp_path)!r}]))
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert process.returncode == 2
    assert 'install it with `pip install "mtjphys[torch]"`' in process.stderr
    assert "Traceback" not in process.stderr


def test_the_network_is_small_and_its_units_are_those_of_its_layers(training):
    config = study.read_config()
    module = training.build(config.channels, config.seed)
    assert sum(p.numel() for p in module.parameters()) <= 500_000
    x = training.pictures(np.zeros((2, 3072), np.float32))
    assert module(x).shape == (2, 10)
    learner = training.mtorch.NodePerturbation(module, training.make_noise({"kind": "telegraph"}, seed=1))
    sides = [16, 8, 4]
    assert learner.passes.n_units((x,)) == 10 + sum(
        channels * side**2 for channels, side in zip(config.channels, sides, strict=True)
    )


def test_every_rule_learns_and_is_compared_with_the_gradient(training, pictures):
    for name, rule in (("guided", "GuidedNP"), ("anp", "ANP"), ("bp", "BP")):
        config = study.read_config(**SMALL)
        work = training.ConvolutionalTraining(settings(config, name), pictures)
        before = [p.detach().clone() for p in work.module.parameters()]
        assert work.config["rule"] == rule
        cosines = work.cosines()
        assert len(cosines) == 3 and all(-1.0 <= cosine <= 1.0 + 1e-6 for cosine in cosines)
        if rule != "ANP":
            assert cosines[-1] > 0.99  # the guided rule has the output layer's, but for the noise of its pass
        assert all(map(training.torch.equal, before, work.module.parameters()))
        assert work.learner is None or work.learner.updates == 0


def test_feedback_is_judged_beside_the_best(training, pictures):
    """Behind the last convolution there is one linear map: its best feedback is that map, and explains everything."""
    torch = training.torch
    work = training.ConvolutionalTraining(settings(study.read_config(**SMALL), "guided"), pictures)
    # Without the normalisation, whose slope depends on the picture.
    work.module[-3] = torch.nn.Identity()
    x, y = training.pictures(pictures.train.inputs[:32]), torch.from_numpy(pictures.train.targets[:32])
    work.learner.backward(x, y, work.loss)
    state = work.learner.state_dict()
    first, last = state["rule"]["feedback0"], state["rule"]["feedback1"]
    last.copy_(work.module[-1].weight.detach().T)
    work.learner.load_state_dict(state)
    one, other = work.feedback()
    for name in ("cosine", "explained", "best_cosine", "best_explained"):
        assert other[name] == pytest.approx(1.0, abs=1e-3), name
    assert one["explained"] < one["best_explained"] < 1.0
    first.zero_()
    last.mul_(0.5)
    work.learner.load_state_dict(state)
    one, other = work.feedback()
    assert other["explained"] == pytest.approx(0.75, abs=1e-3)  # 1 - (1 - 0.5)^2
    assert (one["explained"], one["cosine"]) == (pytest.approx(0.0, abs=1e-6), 0.0)


def test_a_stopped_training_continues_with_the_same_bits(training, pictures, tmp_path):
    config = settings(study.read_config(**SMALL), "guided")
    whole, part = (training.ConvolutionalTraining(config, pictures) for _ in range(2))
    whole.run(tmp_path / "whole.pt", lambda line: None)

    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        part.run(tmp_path / "part.pt", stop)
    continued = training.ConvolutionalTraining(config, pictures)
    continued.run(tmp_path / "part.pt", lambda line: None)
    assert len(continued.epochs) == 2 and continued.epochs == whole.epochs
    for one, other in zip(continued.module.parameters(), whole.module.parameters(), strict=True):
        assert training.torch.equal(one, other)
    other = training.ConvolutionalTraining(config | {"learning_rate": 1e-4}, pictures)
    with pytest.raises(study.DataError, match="another training"):
        other.load(tmp_path / "part.pt")


def test_the_study_writes_numbers_table_and_figure(training, tmp_path, capsys):
    arguments = ["--stand-in", "--epochs", "1", "--only", "guided", "bp", "--output", str(tmp_path)]
    assert study.main(arguments) == 0
    assert "NOT CIFAR-10" in capsys.readouterr().out
    written = json.loads((tmp_path / "results.json").read_text())["trainings"]
    assert list(written) == ["guided", "bp"]
    assert written["guided"]["curves"][0].keys() == set(training.Epoch._fields)
    files = [tmp_path / name for name in ("results.json", "table.md", "cifar10_convolutional.png")]
    before = [file.read_bytes() for file in files]
    assert study.main(arguments) == 0  # nothing is trained again
    assert "epoch" not in capsys.readouterr().out.split("|")[0]
    assert [file.read_bytes() for file in files] == before
    assert study.main(["--stand-in", "--epochs", "2", "--only", "bp", "--output", str(tmp_path)]) == 2
    assert "another configuration" in capsys.readouterr().err
    assert study.main(["--stand-in", "--only", "sunshine", "--output", str(tmp_path)]) == 2
    assert "choose from guided" in capsys.readouterr().err


def test_further_seeds_are_trained_beside_the_first(training, tmp_path, capsys):
    arguments = ["--stand-in", "--epochs", "1", "--only", "bp", "--output", str(tmp_path)]
    assert study.main(arguments) == 0
    (tmp_path / "bp-seed.json").write_text("not one of them")
    assert study.main([*arguments, "--seeds", "1", "2", "3", "2"]) == 0
    assert "3 seeds: " in capsys.readouterr().out
    written = json.loads((tmp_path / "results.json").read_text())["trainings"]["bp"]
    every = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("bp", "bp-seed2", "bp-seed3")]
    assert [each["config"]["seed"] for each in every] == [1, 2, 3]
    assert written["seeds"]["test_accuracies"] == [each["test_accuracy"] for each in every]
    assert written["curves"] == every[0]["curves"] != every[1]["curves"]
    curves = written["seeds"]["curves"]
    assert curves == [[epoch["test_accuracy"] for epoch in each["curves"]] for each in every]
    line = study.figure({"bp": written}).axes[0].get_lines()[0]
    assert "mean of 3 seeds" in line.get_label()
    np.testing.assert_allclose(line.get_ydata(), 100 * np.mean(curves, axis=0))
    # Before anything is trained, and also where only another seed is of another configuration.
    (tmp_path / "bp.json").unlink()
    assert study.main([*arguments[:2], "2", *arguments[3:]]) == 2
    assert "bp-seed2.json: is of another configuration" in capsys.readouterr().err
    assert not (tmp_path / "bp.pt").exists()
