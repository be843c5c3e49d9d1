"""The study in networks/digits: it learns, writes its result, and refuses nonsense."""

import importlib.util
import json
import sys
from pathlib import Path

import matplotlib
import pytest

from mtjphys.errors import ParameterError
from mtjphys.learning import TelegraphNoise

matplotlib.use("Agg")
pytest.importorskip("sklearn")

PATH = Path(__file__).parents[1] / "networks" / "digits" / "run.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("networks_digits_run", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_noise_learns_the_digits_and_the_result_is_written(study, tmp_path):
    # A two-level chain stands in for the live junctions; the study's own run has those.
    results = study.run(
        tmp_path,
        kinds=("bp", "gaussian", "chain", "junction"),
        noise=lambda config, seed: TelegraphNoise(seed=seed, flip_probability=0.3),
        progress=False,
    )
    accuracy = {kind: result.summary["test_accuracy"] for kind, result in results.items()}
    # 360 test digits: the standard error is 0.012; chance is 0.1.
    assert min(accuracy.values()) > 0.92
    assert accuracy["bp"] > 0.94
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["results"]["chain"]["test_accuracy"] == accuracy["chain"]
    assert written["config"]["hidden"] == [100]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "learning.nc",
        "learning.png",
        "results.json",
    ]


def test_live_junctions_are_those_of_the_configuration(study):
    config = study.read_config()
    volts = study.junction_noise(config, 1).volts(2, 8)
    assert volts.shape == (2, 8)
    assert 0.0 < volts.min() < volts.max() < config.junction.source_voltage
    wrong = config.model_copy(update={"junction": config.junction.model_copy(update={"preset": "none_2023"})})
    with pytest.raises(ParameterError, match="none_2023"):
        study.junction_noise(wrong, 1)


def test_bad_input_is_one_sentence_and_exit_code_2(study, tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(study.CONFIG.read_text().replace("batch_size", "batchsize"))
    assert study.main(["--config", str(bad)]) == 2
    assert "batchsize: unknown parameter" in capsys.readouterr().err
    assert study.main(["--config", str(tmp_path / "none.toml")]) == 2
    assert "no such file" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="choose from"):
        study.run(None, kinds=("sunshine",), progress=False)
