"""What learning costs the junctions, from the columns of a history."""

import math

import numpy as np
import pytest
import xarray as xr

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import JunctionNoise, Usage, physical_cost


def history(**changes):
    columns = {
        "validation_accuracy": [0.5, 0.96, 0.94],
        "test_accuracy": [0.4, 0.9, 0.97],
        "readings": [100.0, 200.0, 300.0],
        "device_time": [1e-6, 2e-6, 3e-6],
        "energy": [1e-9, 2.5e-9, 4e-9],
    } | changes
    return xr.Dataset(
        {name: ("epoch", values) for name, values in columns.items() if values is not None},
        coords={"epoch": np.arange(1, 4)},
        attrs={"updates_per_epoch": 10, "train_samples": "600"},
    )


def test_quotients_are_those_of_the_totals():
    cost = physical_cost(history())
    assert cost.total == (300.0, 3e-6, 4e-9)
    assert cost.per_update == pytest.approx((10.0, 1e-7, 4e-9 / 30))
    assert cost.per_sample == pytest.approx((300 / 1800, 3e-6 / 1800, 4e-9 / 1800))
    assert cost.power == pytest.approx(4e-9 / 3e-6)
    assert (cost.updates, cost.samples, cost.epoch, cost.to_target, cost.best) == (30, 1800, None, None, 0.96)
    assert physical_cost(history(), updates=3, samples=4).per_update.readings == 100.0


def test_a_part_of_a_history_counts_from_the_first_epoch():
    last = physical_cost(history().isel(epoch=[1, 2]), target=0.9)
    assert last.per_update == pytest.approx(physical_cost(history()).per_update)
    assert (last.updates, last.samples, last.epoch) == (30, 1800, 2)


def test_the_first_epoch_that_reaches_the_target_counts():
    cost = physical_cost(history(), target=0.94)
    assert (cost.epoch, cost.to_target) == (2, (200.0, 2e-6, 2.5e-9))
    assert "to 0.94" in cost.report()
    assert "reached in epoch 2" in cost.report()
    assert physical_cost(history(), target=0.5).epoch == 1  # reached when equal
    assert physical_cost(history(), target=0.95, accuracy="test_accuracy").epoch == 3
    missed = physical_cost(history(), target=0.97)
    assert (missed.epoch, missed.to_target) == (None, None)
    assert "0.97 was not reached; the best was 0.96" in missed.report()


def test_a_usage_is_enough():
    cost = physical_cost(Usage(2000, 1e-6, 3e-12), updates=10, samples=640)
    assert cost.per_update == pytest.approx((200.0, 1e-7, 3e-13))
    assert math.isnan(cost.best) and cost.per_inference is None and "an inference" not in cost.report()
    for given in ({"updates": 10}, {"samples": 640}, {"updates": 10, "samples": 640, "target": 0.9}):
        with pytest.raises(ParameterError, match="a Usage knows no epochs"):
            physical_cost(Usage(2000, 1e-6, 3e-12), **given)


def test_the_report_says_what_it_leaves_out():
    report = physical_cost(history()).report()
    for words in ("Counted: every junction with its series resistor", "Not counted: amplifiers", "1.333 mW"):
        assert words in report
    # 4 nJ/300 over kB T ln 2 at 300 K, 2.871e-21 J.
    assert "4.64e+09 times" in report
    assert max(map(len, report.splitlines())) <= 120


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: physical_cost(history(energy=None)), DataError, "lacks energy: train with a source of physical"),
        (lambda: physical_cost(history(), accuracy="quiet"), ParameterError, r"accuracy='quiet'.*validation_accuracy"),
        (lambda: physical_cost(history(), updates=2.5), ParameterError, "updates=2.5"),
        (lambda: physical_cost(history().isel(epoch=slice(0))), DataError, "no epoch yet"),
        (lambda: physical_cost(history(), target=95.0), ParameterError, "95 per cent are 0.95"),
        (lambda: physical_cost(history(), updates=0), ParameterError, "updates=0"),
        (lambda: physical_cost(Usage(0, 0.0, 0.0), updates=1, samples=1), DataError, "nothing was read yet"),
    ],
)
def test_wrong_input_is_one_sentence(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_cost_of_a_learning_curve_is_that_of_its_junctions():
    bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    noise = JunctionNoise(mp.presets.safranski_2021(), bias, 1e-10, seed=1, settle=2, lanes=5)
    training = learning.Training(
        learning.Network([64, 10], seed=1),
        learning.ANP(),
        learning.digits(),
        learning.Adam(1e-3),
        epochs=2,
        noise=noise,
    )
    curve = training.run(progress=False)
    cost = physical_cost(curve)
    assert cost.total == pytest.approx(noise.usage)
    assert cost.updates == training.updates
    # An inference is one pass of ten units, by the five junctions in two rounds.
    assert cost.per_inference == pytest.approx((10, 2e-10, 10 * cost.total.energy / cost.total.readings), rel=1e-3)
    assert "an inference" in cost.report()
    # Two passes of every training sample and one of every validation sample, ten units each.
    passes = 2 * len(training.data.train.inputs) + len(training.data.validation.inputs)
    assert cost.total.readings == 2 * 10 * passes
    # Five junctions behind 10 kohm and more than R_P each.
    assert 0.0 < cost.power < 5 * 0.1**2 / 1e4


def test_a_source_that_was_used_before_costs_only_what_this_training_takes(tmp_path):
    def train():
        return learning.Training(
            learning.Network([64, 10], seed=1),
            learning.ANP(),
            learning.digits(),
            learning.Adam(1e-3),
            epochs=2,
            noise=noise,
        )

    bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    noise = JunctionNoise(mp.presets.safranski_2021(), bias, 1e-10, seed=1, settle=2, lanes=5)
    first, second = train(), train()  # both made before the source is read
    alone = first.run(progress=False)
    before = noise.usage
    assert before.readings == alone["readings"][-1]
    second.run(1, progress=False)
    second.save(tmp_path / "half.npz")
    resumed = train()
    resumed.load(tmp_path / "half.npz")
    curve = resumed.run(progress=False)
    assert curve["readings"].values.tolist() == alone["readings"].values.tolist()
    spent = np.array(noise.usage) - before
    np.testing.assert_allclose([float(curve[name][-1]) for name in Usage._fields], spent, rtol=1e-12)
    assert physical_cost(curve).total.readings == physical_cost(alone).total.readings
