"""The study in networks/digits: it learns, writes its result, and refuses nonsense."""

import importlib.util
import json
import sys
import tomllib
from pathlib import Path

import matplotlib
import pytest

from mtjphys.core.errors import ParameterError
from mtjphys.learning import Experiment

matplotlib.use("Agg")
pytest.importorskip("sklearn")

PATH = Path(__file__).parents[2] / "networks" / "digits" / "run.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("networks_digits_run", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_noise_learns_the_digits_and_the_result_is_written(study, tmp_path):
    # A two-level chain stands in for the live junctions; the study's own run has those.
    config = Experiment.from_toml(study.CONFIG)
    config = config.with_parameters({"noise": {"kind": "telegraph", "flip_probability": 0.3}})
    results = study.run(tmp_path, config, progress=False)
    accuracy = {kind: result["test_accuracy"] for kind, result in results.items()}
    # 359 test digits: the standard error is 0.012; chance is 0.1.
    assert min(accuracy.values()) > 0.92
    assert accuracy["bp"] > 0.94
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["results"]["chain"]["test_accuracy"] == accuracy["chain"]
    assert tomllib.loads(written["config"])["network"]["hidden"] == [100]
    # The Gaussian noise has the deviation that the configuration gave it, and back-propagation has none.
    assert results["gaussian"]["noise_standard_deviation_volts"] == pytest.approx(study.GAUSSIAN_SIGMA, rel=0.01)
    assert "noise_standard_deviation_volts" not in results["bp"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["learning.png", "results.json"]


def test_live_junctions_are_those_of_the_configuration(study):
    config = Experiment.from_toml(study.CONFIG)
    noise = config.build().noise
    volts = noise.volts(2, 8)
    assert 0.0 < volts.min() < volts.max() < config.tables()["noise"]["voltage"]
    assert noise.usage.device_time == pytest.approx((64 + 2) * 2.5e-9)
    wrong = config.with_parameters({"noise.preset": "none_2023"})
    with pytest.raises(ParameterError, match="none_2023"):
        wrong.build()


def test_the_gaussian_noise_is_as_strong_as_the_junctions(study):
    # 110 junctions over 0.6 us, some hundred correlation times: 1 % of the deviation.
    config = Experiment.from_toml(study.CONFIG)
    noise = config.build().noise
    assert noise.volts(256, 110).std(axis=0).mean() == pytest.approx(study.GAUSSIAN_SIGMA, rel=0.03)


def test_bad_input_is_one_sentence_and_exit_code_2(study, tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(study.CONFIG.read_text().replace("batch_size", "batchsize"))
    assert study.main(["--config", str(bad)]) == 2
    assert "batchsize: unknown parameter" in capsys.readouterr().err
    assert study.main(["--config", str(tmp_path / "none.toml")]) == 2
    assert "no such file" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="choose from"):
        study.run(None, kinds=("sunshine",), progress=False)
