"""The study in networks/device_study: its noise is what it says, and its numbers are those of its trainings."""

import importlib.util
import json
import math
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from mtjphys.learning import Experiment, Training, correlation_time

matplotlib.use("Agg")
pytest.importorskip("sklearn")

PATH = Path(__file__).parents[2] / "networks" / "device_study" / "run.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("networks_device_study_run", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def config(study):
    return Experiment.from_toml(study.CONFIG)


@pytest.fixture(scope="module")
def measured(study, config):
    return study.probe(config, 1024, 16)


def test_the_junction_is_that_of_the_readme(measured):
    # 4.1 us of junction time are 750 correlation times: 5 % of the correlation time, 2 % of the deviation.
    assert measured.correlation_time == pytest.approx(5.5e-9, rel=0.2)
    assert measured.sigma == pytest.approx(5.1e-3, rel=0.05)


def test_cases_are_what_their_names_say(study, config, measured):
    cases = study.cases(config, measured, 1259)
    case = cases["chain, 0.1"]
    chain = study.experiment(config, case, 1).build().noise
    assert correlation_time(chain, 4096, 64) == pytest.approx(10.0, rel=0.05)
    assert chain.standard_deviation == pytest.approx(measured.sigma)
    live = study.experiment(config, cases["live, 5e-11 s"], 3).build().noise
    assert live.sample_interval == 5e-11 and live.spread is None and live.seed == 3
    assert live.settle * live.sample_interval > 5 * measured.correlation_time
    chips = [study.experiment(config, cases[study.SPREAD], seed).build().noise.spread for seed in (1, 2)]
    assert [chip.barrier for chip in chips] == [0.2, 0.2] and chips[0].seed != chips[1].seed
    # Over the training, two readings a sample, the mean moves by that many deviations.
    drift = study.experiment(config, cases["drift of 100 deviations"], 1)
    assert drift.effects.drift * 2 * 20 * 1259 == pytest.approx(100 * measured.sigma)
    assert max(case.interval for case in study.cases(config, measured, 1259, 1e-9).values()) <= 1e-9


def test_a_small_study_is_written_and_resumed(study, config, measured, tmp_path, monkeypatch):
    monkeypatch.setattr(study, "INTERVALS", {20e-12: 2})
    monkeypatch.setattr(study, "RATIOS", (0.1,))
    monkeypatch.setattr(study, "SWINGS", (10.0,))
    monkeypatch.setattr(study, "probe", lambda config: measured)
    tables = config.model_dump(exclude_unset=True)
    tables["network"]["hidden"], tables["training"]["epochs"] = [], 2
    tables["noise"]["sample_interval"] = 20e-12
    small = Experiment(**tables)
    results = study.run(tmp_path, small, longest=1e-10, progress=False)
    assert json.loads((tmp_path / "results.json").read_text())["results"] == results["results"]
    assert (tmp_path / "learning.png").stat().st_size < 150e3
    assert (tmp_path / "device_study.png").stat().st_size < 150e3
    ideal, spread = (results["results"][name] for name in (study.IDEAL, study.SPREAD))
    assert ideal["mean"] > 0.5 < spread["mean"]  # ten digits
    assert ideal["mean"] == pytest.approx(np.mean(ideal["validation_accuracy"]), abs=1e-4)
    # Two passes over 1259 samples and one over 179 in each of two epochs, 10 units, after five correlation times.
    rounds = 2 * (2 * 1259 + 179)
    settle = math.ceil(5 * measured.correlation_time / 20e-12)
    assert spread["total"]["readings"] == rounds * 10
    assert spread["total"]["device_time"] == pytest.approx((settle + rounds) * 20e-12)
    assert spread["per_update"]["energy"] * 40 == pytest.approx(spread["total"]["energy"])
    # Half a microwatt a junction.
    assert spread["total"]["energy"] / spread["total"]["device_time"] / 10 == pytest.approx(0.5e-6, rel=0.2)
    assert math.isclose(
        results["results"]["50 % barrier spread"]["change"],
        np.mean(results["results"]["50 % barrier spread"]["validation_accuracy"][:2])
        - np.mean(results["results"]["live, 2e-11 s"]["validation_accuracy"]),
        abs_tol=2e-4,
    )

    def refuse(*_args, **_kwargs):
        raise AssertionError("what is finished is trained again")

    monkeypatch.setattr(Training, "run", refuse)
    assert study.run(tmp_path, small, longest=1e-10, progress=False) == results


def test_bad_input_is_one_sentence_and_exit_code_2(study, tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(study.CONFIG.read_text().replace("batch_size", "batchsize"))
    assert study.main(["--config", str(bad)]) == 2
    assert "batchsize: unknown parameter" in capsys.readouterr().err
