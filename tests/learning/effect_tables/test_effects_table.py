"""Accuracy against device effects: its trainings, and that it goes on where it stopped."""

import math

import matplotlib
import numpy as np
import pytest
from degraded_noise import CASES, DATA, train

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import (
    Effects,
    JunctionNoise,
    TelegraphNoise,
)
from mtjphys.learning.noise.effects import VARIED

matplotlib.use("Agg")


def counted(monkeypatch, stop=None):
    """Count the trainings that are run; the one of number `stop` is interrupted."""
    run, count = learning.Training.run, [0]

    def counting(self, *arguments, **keywords):
        count[0] += 1
        if count[0] == stop:
            raise KeyboardInterrupt
        return run(self, *arguments, **keywords)

    monkeypatch.setattr(learning.Training, "run", counting)
    return count


def test_rows_are_those_of_the_trainings():
    table = learning.effects_table(train, CASES, seeds=[1, 2, 3], progress=False)
    assert [(row.effect, row.magnitude) for row in table.rows[1:]] == [
        ("stuck", 0.5),
        ("stuck", 1.0),
        ("read_noise", 1e-3),
    ]
    none, _, stuck, _ = table.rows
    histories = [
        train(effects, seed).run(progress=False) for effects in (Effects(), Effects(stuck=1.0)) for seed in (1, 2, 3)
    ]
    accuracies = np.array([float(history["validation_accuracy"][-1]) for history in histories]).reshape(2, 3)
    losses = np.array([float(history["validation_loss"][-1]) for history in histories]).reshape(2, 3)
    assert none.effect == ""
    assert none.accuracy == pytest.approx(accuracies[0].mean())
    assert none.accuracy_deviation == pytest.approx(accuracies[0].std(ddof=1))
    assert stuck.change == pytest.approx((accuracies[1] - accuracies[0]).mean())
    assert stuck.change_error == pytest.approx((accuracies[1] - accuracies[0]).std(ddof=1) / math.sqrt(3))
    assert (stuck.loss, stuck.runs) == (pytest.approx(losses[1].mean()), 3)
    assert stuck.loss > none.loss  # without fluctuation nothing is learned


def test_an_interrupted_table_goes_on_where_it_stopped(tmp_path, monkeypatch):
    whole = learning.effects_table(train, CASES, seeds=[1, 2], progress=False)
    path = tmp_path / "effects.jsonl"
    with monkeypatch.context() as patch:
        counted(patch, stop=6)
        with pytest.raises(KeyboardInterrupt):
            learning.effects_table(train, CASES, seeds=[1, 2], path=path, progress=False)
    assert len(path.read_text().splitlines()) == 5
    with monkeypatch.context() as patch:
        count = counted(patch)
        resumed = learning.effects_table(train, CASES, seeds=[1, 2], path=path, progress=False)
    assert count[0] == 3
    assert resumed.rows[1:] == whole.rows[1:]
    with monkeypatch.context() as patch:
        count = counted(patch)
        learning.effects_table(train, CASES | {"drift": [1e-6]}, seeds=[1, 2], path=path, progress=False)
    assert count[0] == 2
    assert [p.name for p in tmp_path.iterdir()] == ["effects.jsonl"]


def test_a_training_of_a_table_goes_on_from_its_checkpoint(tmp_path, monkeypatch):
    path, updates = tmp_path / "effects.jsonl", []
    whole = learning.effects_table(train, CASES, seeds=[1], progress=False)
    run = learning.Training.run

    def stopping(self, **options):
        run(self, 1, **options)
        raise KeyboardInterrupt

    def watching(self, **options):
        updates.append(self.updates)
        return run(self, **options)

    for replacement in (stopping, watching):
        with monkeypatch.context() as patch:
            patch.setattr(learning.Training, "run", replacement)
            if replacement is stopping:
                with pytest.raises(KeyboardInterrupt):
                    learning.effects_table(train, CASES, seeds=[1], path=path, progress=False)
                assert [file.name for file in tmp_path.iterdir()] == ["effects.checkpoint.npz"]
            else:
                resumed = learning.effects_table(train, CASES, seeds=[1], path=path, progress=False)
    assert updates[0] > 0 and not any(updates[1:])
    assert resumed.rows[1:] == whole.rows[1:]
    assert [file.name for file in tmp_path.iterdir()] == ["effects.jsonl"]


def test_trainings_of_another_network_and_broken_files_are_refused(tmp_path):
    path = tmp_path / "effects.jsonl"
    learning.effects_table(train, CASES, seeds=[1], path=path, progress=False)
    with pytest.raises(DataError, match="seed 1 was trained with another epochs: 2 instead of 3"):
        learning.effects_table(lambda e, s: train(e, s, epochs=3), CASES, seeds=[1], path=path, progress=False)
    text = path.read_text()
    path.write_text(text[:-20])
    with pytest.raises(DataError, match=r"effects.jsonl, line 4: not a finished training"):
        learning.effects_table(train, CASES, seeds=[1], path=path, progress=False)


def test_a_training_that_diverges_is_reported_and_the_others_go_on(tmp_path):
    path = tmp_path / "effects.jsonl"

    def fragile(effects, seed):
        training = train(effects, seed)
        if effects.stuck == 0.5 and seed == 2:
            training.network.weights[0][:] = np.nan
        return training

    for _ in range(2):  # from training, then from the file
        table = learning.effects_table(fragile, CASES, seeds=[1, 2], path=path, progress=False)
        row = table.rows[1]
        assert row.runs == 1
        assert np.isfinite(row.accuracy)
        assert row.failures[0].startswith("stuck 0.5, seed 2: the loss is nan")
        assert "1 failed" in str(table)
        assert table.rows[2].runs == 2
    table.write(tmp_path)


def test_test_data_are_not_looked_at():
    poisoned = DATA._replace(test=learning.Samples(DATA.test.inputs * np.nan, DATA.test.targets))
    own = learning.effects_table(train, {"drift": [1e-6]}, seeds=[1], progress=False)
    other = learning.effects_table(
        lambda e, s: train(e, s, data=poisoned), {"drift": [1e-6]}, seeds=[1], progress=False
    )
    assert own.rows[1] == other.rows[1]


def test_every_effect_of_live_junctions_is_trained():
    def live_training(effects, seed):
        training, bias = train(Effects(), seed), mp.Bias(voltage=0.1, series_resistance=1e4)
        source = JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-9, seed=seed, settle=4)
        training.noise = effects.applied_to(source, seed=seed)
        return training

    cases = {name: values[-1:] for name, values in learning.standard_cases(live_training(Effects(), 1)).items()}
    base = Effects(full_scale=(0.0, 0.1))
    none, *others = learning.effects_table(live_training, cases, seeds=[1], base=base, progress=False).rows
    assert [row.effect for row in others] == [*cases]
    assert set(cases) == set(VARIED)
    assert all(row.runs == 1 and math.isfinite(row.loss) for row in (none, *others))
    assert len({row.loss for row in (none, *others)}) == 1 + len(others)  # each does something of its own


@pytest.mark.parametrize(
    ("cases", "settings", "message"),
    [
        ({"sunshine": [1.0]}, {}, "'sunshine' is no effect of a table; known"),
        ({"barrier": [1.0]}, {}, "'barrier' is no effect of a table; did you mean spread.barrier"),
        ({"full_scale": [1.0]}, {}, "'full_scale' is no effect"),
        ({"stuck": [2.0]}, {}, "stuck=2.0"),
        ({"bits": [1.5]}, {}, "bits=1.5"),
        (CASES, {"seeds": []}, "at least one"),
        (CASES, {"seeds": [1, 1]}, "all different"),
    ],
)
def test_wrong_cases_are_one_sentence(cases, settings, message):
    with pytest.raises(ParameterError, match=message):
        learning.effects_table(train, cases, progress=False, **settings)


def test_a_case_that_fails_at_its_first_reading_is_found_before_the_first_training(monkeypatch):
    count = counted(monkeypatch)
    ellipse = mp.MTJ(free_layer=mp.FreeLayer(saturation_magnetisation=1e6, diameters=(9e-8, 5e-8), thickness=2e-9))

    def live(effects, seed):
        training = train(Effects(), seed)
        source = JunctionNoise(ellipse, mp.Bias(voltage=0.1, series_resistance=1e4), 1e-9, seed=seed)
        training.noise = effects.applied_to(source, seed=seed)
        return training

    with pytest.raises(ParameterError, match="no anisotropy constant"):
        learning.effects_table(live, {"spread.barrier": [0.1]}, seeds=[1], progress=False)
    assert count[0] == 0


def test_a_training_without_noise_has_no_effects():
    def quiet(effects, seed):
        return learning.Training(learning.Network([4, 3]), learning.BP(), DATA, learning.Adam(), epochs=1)

    with pytest.raises(ParameterError, match="with noise and with validation data"):
        learning.effects_table(quiet, CASES, progress=False)


def test_digits_lose_little_to_moderate_effects_and_everything_to_dead_devices():
    pytest.importorskip("sklearn")
    data = learning.digits()

    def digits(effects, seed):
        noise = effects.applied_to(TelegraphNoise(seed=seed), seed=seed)
        network = learning.Network([64, 30, 10], decorrelated=True, seed=seed)
        return learning.Training(
            network,
            learning.DANP(),
            data,
            learning.Adam(0.02),
            epochs=6,
            noise=noise,
            decorrelation=learning.Decorrelation(1e-3),
            schedule="cosine",
            seed=seed,
        )

    cases = {"spread.barrier": [0.07], "bandwidth": [0.1], "stuck": [1.0]}
    none, barrier, bandwidth, stuck = learning.effects_table(digits, cases, seeds=[1], progress=False).rows
    # 179 validation digits: a standard error of 0.02 at 0.9; chance is 0.1.
    assert none.accuracy > 0.8
    assert min(barrier.accuracy, bandwidth.accuracy) > none.accuracy - 0.1
    assert stuck.accuracy < 0.4
