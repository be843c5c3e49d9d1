"""The study in networks/teacher_student: the circuit, the sum over the batch, resuming, and its result."""

import importlib.util
import json
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning.data import teacher_student

matplotlib.use("Agg")

PATH = Path(__file__).parents[2] / "networks" / "teacher_student" / "run.py"


@pytest.fixture(scope="module")
def study():
    spec = importlib.util.spec_from_file_location("networks_teacher_student_run", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def junction():
    """Stand in for the exact rates, which take a quarter of a minute."""
    return mp.surrogate.from_measurement(
        [3.3],
        [2.4e-4],
        [2.5e-4],
        resistance_parallel=5670.0,
        resistance_antiparallel=9230.0,
        half_voltage=0.5,
        fields=[(-1e-3, 0.0, 0.0)],
        series_resistance=1e5,
        fluctuation=(30.0, 60.0),
    )


def test_students_learn_and_the_result_is_written_and_continued(study, junction, tmp_path):
    config = study.read_config(pairs=6, epochs=20)
    cases = {name: study.CASES[name] for name in ("junction", "bp")}
    # Stopped after two pairs, then continued; and in one go.
    study.run(tmp_path, config.model_copy(update={"pairs": 2}), cases, junction=junction, progress=False)
    losses = study.run(tmp_path, config, cases, junction=junction, progress=False)
    again = study.run(None, config, cases, junction=junction, progress=False)
    for name in cases:
        np.testing.assert_array_equal(losses[name], again[name])
    folds = study.fold(losses["junction"])
    # Without learning the loss stays where it is; here the median falls 60-fold in 20 epochs.
    assert np.median(folds) > 10
    # Noise and exact gradient follow the same landscape: the same pairs are easy, the same are hard.
    assert np.corrcoef(np.log(folds), np.log(study.fold(losses["bp"])))[0, 1] > 0.7
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["results"]["junction"]["folds"] == pytest.approx(folds, rel=1e-3)
    # 200 readings fill the buffer, then one arrives with each of 2 * 100 * 20 passes.
    assert written["junction_of_one_pair"]["readings"] == 200 + 2 * 100 * 20
    # 3.3 V across 100 kohm and the junction.
    power = written["junction_of_one_pair"]["energy"] / written["junction_of_one_pair"]["device_time"]
    assert power == pytest.approx(3.3**2 / 1.07e5, rel=0.02)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["losses.npz", "results.json", "teacher_student.png"]
    with pytest.raises(DataError, match="another configuration"):
        study.run(tmp_path, config.model_copy(update={"seed": 2}), cases, junction=junction, progress=False)


def test_gradients_are_summed_over_the_batch(study):
    config = study.read_config(epochs=2, noise="none")
    losses = study.learn(config, 3, None)
    # The first epoch by hand, with the paper's rate and the gradient of the summed loss by central differences.
    inputs, targets = (part.astype(float) for part in teacher_student((2, 2, 2, 1), 100, 4, bias_deviation=1.0).train)
    twin = learning.Network((2, 2, 2, 1), dtype=np.float64)
    for own, array in zip(twin.parameters, study.student(config, 3).parameters, strict=True):
        own[:] = array

    def summed_loss():
        return 0.5 * np.square(twin.forward(inputs).outputs - targets).sum()

    assert losses[0] == pytest.approx(summed_loss() / 100, rel=1e-5)
    steps = [np.zeros_like(array) for array in twin.parameters]
    for array, step in zip(twin.parameters, steps, strict=True):
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + 1e-6
            above = summed_loss()
            array[place] = kept - 1e-6
            step[place] = 1e-3 * (above - summed_loss()) / 2e-6
            array[place] = kept
    for array, step in zip(twin.parameters, steps, strict=True):
        array -= step
    assert losses[1] == pytest.approx(summed_loss() / 100, rel=1e-4)
    assert losses[1] < 0.9 * losses[0]


def test_the_circuit_is_that_of_the_experiment(study, junction):
    config = study.read_config(noise="llg", circuit={"reads_per_pass": 0.0, "buffer": 32})
    live = study.live_noise(config, 0, junction)
    volts = live.volts(40, 5)
    # A 12-bit converter of 3.3 V, and not more values than the frozen buffer holds.
    codes = volts / (3.3 / 4096)
    np.testing.assert_allclose(codes, codes.round(), atol=1e-3)
    assert 2 < np.unique(volts).size <= 32
    # 15 ohm um2 of a disc of 50 nm are 7.64 kohm, and a TMR of at most 63 % makes them 12.5 kohm.
    assert 3.3 * 7.63 / 107.63 < volts.min() < volts.max() < 3.3 * 12.5 / 112.5
    # The two states stand at the voltages of the divider.
    two = study.live_noise(study.read_config(), 0, junction).volts(200, 5)
    assert two.min() == pytest.approx(3.3 * 5670 / 105670, rel=0.05)
    assert two.std() == pytest.approx(0.04, rel=0.15)
    alike = study.live_noise(study.read_config(noise="gaussian"), 0, junction).volts(4000, 5)
    assert alike.mean() == pytest.approx(two.mean(), abs=0.01)
    assert alike.std() == pytest.approx(two.std(), rel=0.15)


def test_a_student_that_diverges_counts_as_one_that_has_not_learned(study, junction, tmp_path):
    config = study.read_config(pairs=2, epochs=10, learning_rate=5.0)
    losses = study.run(tmp_path, config, {"junction": study.CASES["junction"]}, junction=junction, progress=False)
    assert np.isinf(losses["junction"][:, -1]).all()
    written = json.loads((tmp_path / "results.json").read_text())["results"]["junction"]
    assert written["fold_median"] == 0
    assert written["loss_end_median"] is None


def test_bad_input_is_one_sentence_and_exit_code_2(study, junction, tmp_path, capsys):
    bad = tmp_path / "bad.toml"
    bad.write_text(study.CONFIG.read_text().replace("reads_per_pass", "reads"))
    assert study.main(["--config", str(bad)]) == 2
    assert "reads: unknown parameter" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="does not divide"):
        study.learn(study.read_config(batch_size=64), 0, None)
    wrong = study.read_config(junction={"preset": "none_2025"})
    with pytest.raises(ParameterError, match="none_2025"):
        study.live_noise(wrong, 0, junction)
