"""The training loop: data, reproducibility, interruption, resume to the same bits, figures."""

import errno
import os
import signal
import sys
import types

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.core.streams import Use, generator
from mtjphys.learning import evaluation, schedules
from mtjphys.learning.training import loop
from mtjphys.learning.training.words import duration


def blobs(n=90, seed=0):
    stream = np.random.default_rng(seed)
    targets = np.repeat([0, 1, 2], n // 3)
    centres = np.array([[2.0, 0, 0, 0], [0, 2.0, 0, 0], [0, 0, 2.0, 0]])
    return learning.split(centres[targets] + 0.3 * stream.standard_normal((len(targets), 4)), targets)


def make(**changes):
    settings = {
        "epochs": 4,
        "noise": learning.TelegraphNoise(seed=1),
        "decorrelation": learning.Decorrelation(1e-3),
        "batch_size": 16,
        "schedule": "cosine",
        "seed": 5,
    } | changes
    network = learning.Network([4, 6, 3], decorrelated=settings["decorrelation"] is not None, seed=2)
    rule = learning.BP() if settings["noise"] is None else learning.ANP()
    return learning.Training(network, rule, blobs(), learning.Adam(0.02), **settings)


def assert_same(one, other):
    a, b = one.state_dict(), other.state_dict()
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_training_learns_and_records():
    training = make(epochs=30)
    history = training.run(progress=False)
    assert history["validation_accuracy"][-1] > 0.85
    assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]
    assert history.attrs["updates"] == 30 * training.updates_per_epoch == training.updates
    assert all(v.attrs["units"] == "1" for v in history.data_vars.values())


def test_the_curves_of_a_frozen_network_are_its_evaluations():
    # 63 training samples in batches of 16: the last one is smaller.
    training = make(epochs=3, noise=None, decorrelation=None, schedule=lambda done: 0.0, patience=2)
    history = training.run(progress=False)
    for part, name in ((training.data.train, "train"), (training.data.validation, "validation")):
        expected = learning.evaluate(training.network, part, training.loss)
        np.testing.assert_allclose(history[f"{name}_loss"], expected.loss, rtol=1e-6)
        np.testing.assert_allclose(history[f"{name}_accuracy"], expected.accuracy)
    # No epoch is better than the first, which is kept.
    assert history["epoch"].values.tolist() == [1, 2, 3] and history.attrs["best_epoch"] == 1
    assert training.finished


def test_a_training_is_a_loop_over_rule_optimiser_and_decorrelation():
    training = make(epochs=2, decorrelation=learning.Decorrelation(0.03), decorrelation_schedule="exponential")
    training.run(progress=False)
    network, noise = learning.Network([4, 6, 3], decorrelated=True, seed=2), learning.TelegraphNoise(seed=1)
    optimiser, loss = learning.Adam(0.02), learning.CrossEntropy()
    (inputs, targets), validation = training.data.train, training.data.validation
    for epoch in range(2):
        order = generator(5, epoch, Use.ORDER).permutation(len(inputs))
        for k in range(4):
            chosen, done = order[16 * k : 16 * (k + 1)], (4 * epoch + k) / 8
            estimate = learning.ANP()(network, inputs[chosen], targets[chosen], loss, noise)
            optimiser.update(network.parameters, estimate.gradients, 0.5 + 0.5 * np.cos(np.pi * done))
            for matrix, x in zip(network.decorrelations, estimate.first.inputs, strict=True):
                matrix -= 0.03 * 0.01**done * learning.decorrelation_step(x, matrix)
        learning.evaluate(network, validation, loss, noise)
    for name, array in network.state_dict().items():
        np.testing.assert_allclose(array, training.network.state_dict()[name], rtol=0, atol=1e-5, err_msg=name)
    assert max(np.abs(matrix - np.eye(len(matrix))).max() for matrix in network.decorrelations) > 0.02


def test_validation_with_the_noise_on_takes_its_reads_and_off_takes_none():
    class Counting(learning.GaussianNoise):
        samples = 0

        def volts(self, n_samples, n_units):
            self.samples += n_samples
            return super().volts(n_samples, n_units)

    training = make(epochs=2, noise=Counting(3.0, seed=1), evaluation_reads=3)
    history = training.run(progress=False)
    data = training.data
    assert training.noise.samples == 2 * (2 * len(data.train.inputs) + 3 * len(data.validation.inputs))
    quiet = learning.evaluate(training.network, data.validation, training.loss)
    assert history["validation_accuracy_quiet"][-1] == quiet.accuracy != history["validation_accuracy"][-1]


def test_every_epoch_sees_every_sample_once_in_another_order():
    seen = []
    training = make(epochs=3, augment=lambda inputs, stream: seen.extend(inputs[:, 0].tolist()) or inputs)
    training.run(progress=False)
    epochs = np.array(seen).reshape(3, -1)
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), np.sort(training.data.train.inputs[:, 0]))
    assert not any(np.array_equal(epochs[i], epochs[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_the_seed_decides_the_order_of_the_samples_and_the_augmentation():
    def drawn(seed):
        seen = []
        training = make(epochs=1, seed=seed, augment=lambda x, stream: seen.append((x[0, 0], stream.random())) or x)
        training.run(progress=False)
        return zip(*seen, strict=True)

    for one, other in zip(drawn(5), drawn(6), strict=True):
        assert one != other


def test_checkpoints_are_written_at_their_interval_and_at_the_end(tmp_path):
    for every, saves in ((0.0, 9), (1e6, 1)):
        training, saved = make(epochs=2), []
        training.save = saved.append
        training.run(progress=False, checkpoint=tmp_path / "a.npz", checkpoint_every=every)
        assert len(saved) == saves


def test_the_same_seed_gives_the_same_bits():
    one, other = make(), make()
    one.run(progress=False)
    other.run(progress=False)
    assert_same(one, other)


def test_resume_after_any_epoch_gives_the_same_bits(tmp_path):
    whole, first, second = make(), make(), make()
    whole.run(progress=False)
    first.run(2, progress=False)
    first.save(tmp_path / "state.npz")
    second.load(tmp_path / "state.npz")
    second.run(progress=False)
    assert_same(whole, second)
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
def test_interrupt_in_an_epoch_keeps_whole_updates_and_resumes_to_the_same_bits(tmp_path):
    class Interrupting(learning.TelegraphNoise):
        calls = 0

        def volts(self, n_samples, n_units):
            Interrupting.calls += 1
            if Interrupting.calls == 13:  # the first pass of an update in mid-epoch
                os.kill(os.getpid(), signal.SIGINT)
            return super().volts(n_samples, n_units)

        def __repr__(self):
            return repr(learning.TelegraphNoise(seed=self.seed))

    handler = signal.getsignal(signal.SIGINT)
    path = tmp_path / "state.npz"
    stopped, resumed, whole = make(noise=Interrupting(seed=1)), make(), make()
    with pytest.raises(KeyboardInterrupt):
        stopped.run(progress=False, checkpoint=path)
    assert stopped.updates % stopped.updates_per_epoch != 0
    assert signal.getsignal(signal.SIGINT) is handler
    resumed.load(path)
    assert resumed.updates == stopped.updates
    resumed.run(progress=False)
    whole.run(progress=False)
    assert_same(whole, resumed)


def test_checkpoint_of_other_parameters_or_broken_is_refused(tmp_path):
    training = make()
    training.run(1, progress=False, checkpoint=tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"epochs=4, this one has epochs=9"):
        make(epochs=9).load(tmp_path / "a.npz")
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "b.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="truncated"):
        make().load(tmp_path / "b.npz")
    with pytest.raises(DataError, match="no such checkpoint"):
        make().load(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", x=np.ones(3))
    with pytest.raises(DataError, match="lacks"):
        make().load(tmp_path / "d.npz")


def test_test_data_are_not_looked_at():
    data = blobs()
    poisoned = data._replace(test=learning.Samples(data.test.inputs * np.nan, data.test.targets))
    one, other = make(), make()
    other.data = poisoned
    one.run(progress=False)
    other.run(progress=False)
    assert_same(one, other)


def test_noise_on_and_off_evaluate_differently():
    training = make(epochs=1)
    quiet = learning.evaluate(training.network, training.data.test, training.loss)
    loud = learning.TelegraphNoise(seed=1, gain=100.0)
    noisy = learning.evaluate(training.network, training.data.test, training.loss, loud)
    assert quiet.loss != noisy.loss
    assert quiet == learning.evaluate(training.network, training.data.test, training.loss)


def test_regression_has_no_accuracy():
    stream = np.random.default_rng(1)
    x = stream.standard_normal((60, 4)).astype(np.float32)
    parts = [learning.Samples(x[k::3], x[k::3, :2] * 0.5) for k in range(3)]
    network = learning.Network([4, 2], seed=1)
    training = learning.Training(
        network,
        learning.ANP(),
        learning.Data(*parts),
        learning.Adam(0.05),
        epochs=30,
        noise=learning.GaussianNoise(0.01, seed=1),
        loss=learning.SquaredError(),
        batch_size=10,
    )
    history = training.run(progress=False)
    assert np.isnan(history["validation_accuracy"]).all()
    assert history["validation_loss"][-1] < 0.1 * history["validation_loss"][0]


def test_a_loss_that_is_not_finite_is_an_error():
    training = make()
    training.network.weights[0][:] = np.nan
    with pytest.raises(SimulationError, match="the loss is nan at update 0: lower learning_rate"):
        training.run(progress=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"schedule": "linear"}, "schedule='linear'"),
        ({"epochs": 2.5}, "epochs=2.5 is not a whole number"),
        ({"patience": 0}, "patience=0"),
        ({"evaluation_reads": 0}, "evaluation_reads=0"),
        ({"diagnose_every": -1}, "diagnose_every=-1"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_wrong_settings_are_one_sentence(changes, message):
    with pytest.raises(ParameterError, match=message):
        make(**changes)


def test_parts_that_do_not_fit_are_refused():
    data = blobs()
    with pytest.raises(ParameterError, match="got none"):
        learning.Training(learning.Network([4, 3]), learning.ANP(), data, learning.Adam(), epochs=1)
    with pytest.raises(ParameterError, match="both or neither"):
        learning.Training(
            learning.Network([4, 3], decorrelated=True),
            learning.BP(),
            data,
            learning.Adam(),
            epochs=1,
        )
    with pytest.raises(ParameterError, match="number of inputs"):
        learning.Training(learning.Network([5, 3]), learning.BP(), data, learning.Adam(), epochs=1)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("validation", lambda x, y: (x[:, :3], y), "validation inputs of shape"),
        ("test", lambda x, y: (x[:, :3], y), "test inputs of shape"),
        ("train", lambda x, y: (x[:-1], y), "62 train inputs and 63 targets"),
        ("train", lambda x, y: (x[:0], y[:0]), "no training samples"),
        ("validation", lambda x, y: (x[:0], y[:0]), "patience=1 stops on the validation data"),
        ("test", lambda x, y: (x[:0], y[:0]), "no test samples"),
        ("train", lambda x, y: (np.where(x > 1.0, np.nan, x), y), "train inputs hold NaN"),
        ("validation", lambda x, y: (x * np.inf, y), "validation inputs hold NaN or infinite values"),
        ("train", lambda x, y: (x, np.full((len(x), 3), np.inf)), "train targets hold NaN or infinite"),
    ],
)
def test_data_that_do_not_fit_are_refused_before_the_first_update(part, change, message):
    data = blobs()
    data = data._replace(**{part: learning.Samples(*change(*getattr(data, part)))})
    with pytest.raises(ParameterError, match=message):
        learning.Training(
            learning.Network([4, 3]), learning.BP(), data, learning.Adam(), epochs=1, patience=1, track_test=True
        )


def test_learning_curves_are_drawn_on_the_given_axes():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    history = make(epochs=2).run(progress=False)
    _, given = plt.subplots()
    ax = learning.learning_curves({"chain": history}, ax=given)
    assert ax is given
    assert ax.get_ylabel() == "Validation accuracy (%)"
    np.testing.assert_allclose(ax.lines[0].get_ydata(), 100 * history["validation_accuracy"].values)
    with pytest.raises(ParameterError, match="choose one of"):
        learning.learning_curves({"chain": history}, "speed", ax=given)
    plt.close("all")


# Resume: for every kind of source, from the middle of an epoch


def recorded():
    return learning.RecordedNoise(np.random.default_rng(4).normal(0.04, 0.006, 5000), sample_interval=1e-6)


def junctions():
    bias = mp.Bias(voltage=0.1, series_resistance=1e4)
    return learning.JunctionNoise(mp.presets.schnitzspan_2023(), bias, 1e-10, seed=1, settle=1)


SOURCES = {
    "gaussian": lambda: learning.GaussianNoise(0.01, seed=1),
    "bernoulli": lambda: learning.BernoulliNoise(0.5, 0.01, seed=1),
    "binomial": lambda: learning.BinomialNoise(5, 0.5, 0.01, seed=1),
    "telegraph": lambda: learning.TelegraphNoise(seed=1),
    "recorded": recorded,
    "junction": junctions,
    "series": lambda: learning.SeriesNoise([mp.presets.schnitzspan_2023()] * 2, junctions().bias, 1e-10, settle=1),
    "serial junction": lambda: learning.JunctionNoise(junctions().junction, junctions().bias, 1e-10, lanes=1, settle=1),
    "ring buffer": lambda: learning.RingBufferNoise(learning.TelegraphNoise(seed=1), size=20, seed=2),
    "summing node": lambda: learning.SummingNode(
        learning.TelegraphNoise(sigma=0.0, seed=1), 1e3, voltage=0.1, divider=(0.1, 1e4)
    ),
    "degraded": lambda: learning.Effects(stuck=0.2, read_noise=1e-3, random_walk=1e-5).applied_to(
        learning.TelegraphNoise(seed=1), seed=3
    ),
}


def stopped_after(training, updates, path):
    """Run a training up to an update in mid-epoch, where the user presses Ctrl-C."""
    original = training.loss
    pressed = []

    class Pressing(type(original)):
        def __call__(self, outputs, targets):
            if training.updates == updates - 1 and not pressed:
                pressed.append(True)
                os.kill(os.getpid(), signal.SIGINT)
            return super().__call__(outputs, targets)

        def __repr__(self):
            return repr(original)

    training.loss = Pressing()
    with pytest.raises(KeyboardInterrupt):
        training.run(progress=False, checkpoint=path)
    assert training.updates == updates


def assert_resumes(build, path, updates=7):
    whole, stopped, resumed = build(), build(), build()
    whole.run(progress=False)
    stopped_after(stopped, updates, path)
    resumed.load(path)
    assert resumed.updates == updates
    assert resumed.updates % resumed.updates_per_epoch != 0
    resumed.run(progress=False)
    assert_same(whole, resumed)
    return whole


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_resumes_in_mid_epoch_to_the_same_bits(kind, tmp_path):
    whole = assert_resumes(lambda: make(epochs=2, noise=SOURCES[kind](), evaluation_reads=2), tmp_path / "a.npz")
    assert ("energy" in whole.history) == (kind in ("junction", "series", "serial junction"))


def jitter(inputs, stream):
    return inputs + stream.normal(0, 0.1, inputs.shape).astype(np.float32)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
def test_everything_at_once_resumes_to_the_same_bits(tmp_path):
    def build():
        return make(epochs=6, patience=2, diagnose_every=2, track_test=True, augment=jitter, evaluation_reads=3)

    assert_resumes(build, tmp_path / "a.npz", updates=11)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
def test_a_rule_with_a_state_resumes_to_the_same_bits(tmp_path):
    def build():
        rule = learning.OrnsteinUhlenbeck(relaxation=1.0, averaging=0.1)
        noise = learning.GaussianNoise(0.01, seed=1)
        return learning.Training(
            learning.Network([4, 3], seed=1), rule, blobs(), learning.SGD(0.1), epochs=2, noise=noise, batch_size=16
        )

    assert_resumes(build, tmp_path / "a.npz")


def test_a_checkpoint_at_every_update_changes_nothing(tmp_path):
    one, other = make(), make()
    one.run(progress=False)
    other.run(progress=False, checkpoint=tmp_path / "a.npz", checkpoint_every=0.0)
    assert_same(one, other)
    again = make()
    again.load(tmp_path / "a.npz")
    assert again.finished
    assert_same(again, other)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
def test_an_interrupt_in_the_last_save_is_not_lost(tmp_path):
    training, whole = make(epochs=1), make(epochs=1)
    whole.run(progress=False)
    original = training.save

    def save(path):
        os.kill(os.getpid(), signal.SIGINT)
        original(path)

    training.save = save
    with pytest.raises(KeyboardInterrupt):
        training.run(progress=False, checkpoint=tmp_path / "a.npz")
    resumed = make(epochs=1)
    resumed.load(tmp_path / "a.npz")
    assert resumed.finished
    assert_same(resumed, whole)


def test_a_checkpoint_without_a_folder_is_refused_before_the_first_update(tmp_path):
    training = make()
    with pytest.raises(ParameterError, match=r"no/a\.npz.*its folder does not exist"):
        training.run(progress=False, checkpoint=tmp_path / "no" / "a.npz")
    assert training.updates == 0


def test_a_full_disk_keeps_the_checkpoint_of_before_and_names_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    training = make()
    training.run(1, progress=False, checkpoint=path)
    good = path.read_bytes()

    def full(file, **arrays):
        file.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"No space left on device: .*a\.npz"):
        training.run(2, progress=False, checkpoint=path)
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_a_broken_compressed_file_is_a_data_error(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(10000) % 7)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[60:90] = bytes(30)  # inside the deflated stream
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="not a checkpoint"):
        make().load(tmp_path / "a.npz")


def test_a_part_is_described_without_its_address(tmp_path):
    class Augment:  # no repr of its own
        def __call__(self, inputs, stream):
            return inputs

    one, other = make(augment=Augment()), make(augment=Augment())
    one.run(1, progress=False, checkpoint=tmp_path / "a.npz")
    other.load(tmp_path / "a.npz")
    assert other.updates == one.updates


# Early stopping, schedules, diagnostics, augmentation, test curve


def overfitting(**changes):
    """Return a training that gets worse on the validation data, whose labels are shuffled."""
    training = make(epochs=40, **changes)
    shuffled = np.random.default_rng(0).permutation(training.data.validation.targets)
    training.data = training.data._replace(validation=training.data.validation._replace(targets=shuffled))
    return training


def test_early_stopping_goes_back_to_the_best_epoch(tmp_path):
    training, longer = overfitting(patience=3), overfitting()
    history, whole = training.run(progress=False), longer.run(progress=False)
    best = int(np.argmin(history["validation_loss"].values)) + 1
    assert history.sizes["epoch"] == best + 3 == training.updates // training.updates_per_epoch
    assert training.finished and history.attrs["best_epoch"] == best
    np.testing.assert_array_equal(whole["validation_loss"][: best + 3], history["validation_loss"])
    until = overfitting()
    until.run(best, progress=False)
    for name, array in until.network.state_dict().items():
        np.testing.assert_array_equal(array, training.network.state_dict()[name], err_msg=name)
    assert training.run(progress=False).equals(history)  # nothing is left to do
    training.save(tmp_path / "a.npz")
    loaded = overfitting(patience=3)
    loaded.load(tmp_path / "a.npz")
    assert loaded.finished and loaded.run(progress=False).equals(history)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to oneself")
def test_early_stopping_knows_the_best_epoch_after_a_resume(tmp_path):
    whole = overfitting(patience=3)
    best = whole.run(progress=False).attrs["best_epoch"]
    updates = best * whole.updates_per_epoch + 2  # the best epoch is over, the training is not
    assert_resumes(lambda: overfitting(patience=3), tmp_path / "a.npz", updates)


def test_patience_keeps_the_best_after_the_last_epoch_too():
    training = make(epochs=5, patience=100)
    history = training.run(progress=False)
    best = history.attrs["best_epoch"]
    assert history["validation_loss"][best - 1] == history["validation_loss"].min()
    assert training.finished and history.sizes["epoch"] == 5


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        ("constant", [1, 1, 1, 1, 1]),
        ("cosine", [1, 0.5 + 0.25 * 2**0.5, 0.5, 0.5 - 0.25 * 2**0.5, 0]),
        (schedules.CosineRate(0.2), [1, 0.6 + 0.2 * 2**0.5, 0.6, 0.6 - 0.2 * 2**0.5, 0.2]),
        ("exponential", [1, 10**-0.5, 0.1, 10**-1.5, 0.01]),
        (schedules.SteppedRate([0.5, 0.75], 0.2), [1, 1, 0.2, 0.04, 0.04]),
        (schedules.WarmUp(0.5, schedules.ConstantRate()), [0, 0.5, 1, 1, 1]),
        (
            "warm_up",
            [0, 0.5 + 0.5 * np.cos(np.pi * 0.2 / 0.95), *(0.5 + 0.5 * np.cos(np.pi * np.array([9, 14, 19]) / 19))],
        ),
    ],
)
def test_schedules_follow_their_equations(schedule, values):
    schedule = schedules.schedule_of(schedule)
    np.testing.assert_allclose([schedule(t) for t in (0.0, 0.25, 0.5, 0.75, 1.0)], values, atol=1e-12)


def test_what_follows_a_warm_up_is_a_schedule():
    for wrong in ("linear", {"name": "cosine"}):
        with pytest.raises(ParameterError, match="after="):
            schedules.WarmUp(0.2, wrong)


def test_each_schedule_drives_its_own_rate():
    # A factor of zero from the start leaves R, or the weights, where they were.
    still = make(epochs=1, decorrelation_schedule=lambda done: 0.0)
    still.run(progress=False)
    assert all(np.array_equal(r, np.eye(len(r))) for r in still.network.decorrelations)
    other = make(epochs=1, schedule=lambda done: 0.0, decorrelation_schedule="constant")
    start = [p.copy() for p in other.network.parameters]
    other.run(progress=False)
    assert all(np.array_equal(a, b) for a, b in zip(start, other.network.parameters, strict=True))
    assert not np.array_equal(other.network.decorrelations[0], np.eye(4))
    seen = []
    make(epochs=2, schedule=lambda done: seen.append(done) or 1.0, decorrelation_schedule="cosine").run(progress=False)
    np.testing.assert_allclose(seen, np.arange(len(seen)) / len(seen))


def test_a_schedule_that_is_not_finite_is_an_error():
    with pytest.raises(ParameterError, match="finite and at least 0"):
        make(schedule=lambda done: -1.0).run(progress=False)


def test_diagnostics_and_the_test_curve_leave_the_bits_alone():
    plain, watched = make(), make(diagnose_every=3, track_test=True)
    one, other = plain.run(progress=False), watched.run(progress=False)
    for name in one.data_vars:
        np.testing.assert_array_equal(one[name], other[name], err_msg=str(name))
    a, b = plain.state_dict(), watched.state_dict()
    for name in a:
        if name.partition(".")[0] in ("network", "noise", "optimiser"):
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
    assert np.isfinite(other["gradient_cosine"]).all() and (abs(other["gradient_cosine"]) <= 1).all()
    assert (other["test_accuracy"] > 0.2).all()


def test_the_test_curve_is_the_accuracy_at_that_epoch():
    training = make(epochs=3, track_test=True)
    history = training.run(progress=False)
    expected = learning.evaluate(training.network, training.data.test, training.loss, training.noise)
    assert history["test_accuracy"][-1] == expected.accuracy


def test_the_cosine_of_back_propagation_is_one():
    history = make(noise=None, decorrelation=None, diagnose_every=1).run(progress=False)
    np.testing.assert_allclose(history["gradient_cosine"], 1.0, rtol=1e-6)


def test_augmentation_is_another_one_at_every_update_and_the_same_in_every_run():
    seen = []

    def record(inputs, stream):
        seen.append(stream.random())
        return inputs

    make(epochs=2, augment=record).run(progress=False)
    assert len(set(seen)) == len(seen)
    first = seen.copy()
    seen.clear()
    make(epochs=2, augment=record).run(progress=False)
    assert seen == first
    black = make(epochs=1, augment=lambda inputs, stream: 0 * inputs)
    black.run(progress=False)
    assert not black.network.weights[0][:].any() or np.array_equal(
        black.network.weights[0], make().network.weights[0]
    )  # without inputs the first weights stay where they are


# Evaluation


def test_evaluation_in_pieces_takes_the_same_readings(monkeypatch):
    training = make(epochs=2)
    training.run(progress=False)
    inputs = np.random.default_rng(1).standard_normal((57, 4)).astype(np.float32)
    for kind in ("telegraph", "serial junction"):
        results = []
        for rows in (1000, 7):
            monkeypatch.setattr(evaluation, "PASSES", rows)
            results.append(learning.predict(training.network, inputs, SOURCES[kind](), reads=3))
        np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
    # The naive twin: sample after sample, all its reads in a row.
    source, expected = SOURCES["serial junction"](), []
    for x in inputs:
        eps = learning.perturbation(source, 3, training.network.n_units)
        expected.append(np.mean([training.network.forward(x[None], e[None]).outputs[0] for e in eps], axis=0))
    np.testing.assert_allclose(results[0], expected, rtol=1e-5, atol=1e-6)


def test_averaging_over_reads_goes_to_the_quiet_output_of_a_linear_network():
    network = learning.Network([4, 3], seed=1)
    inputs = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    quiet = learning.predict(network, inputs)
    for reads in (1, 100):
        noisy = learning.predict(network, inputs, learning.GaussianNoise(0.5, seed=2), reads)
        # 150 values of standard deviation 0.5/sqrt(reads): that of the estimate is 6 %, 5 sigma are 30 %.
        assert abs((noisy - quiet).std() / (0.5 / reads**0.5) - 1) < 0.3


@pytest.mark.parametrize(("noise", "reads"), [(None, 2), (learning.TelegraphNoise(), 0)])
def test_reads_without_noise_or_without_reading_are_refused(noise, reads):
    with pytest.raises(ParameterError, match=f"reads={reads}"):
        learning.predict(learning.Network([4, 3]), np.zeros((2, 4), np.float32), noise, reads)


def test_an_evaluation_without_samples_is_refused():
    nothing = learning.Samples(np.empty((0, 4), np.float32), np.empty(0, int))
    with pytest.raises(ParameterError, match="no samples"):
        learning.evaluate(learning.Network([4, 3]), nothing, learning.CrossEntropy())


def test_outputs_that_are_not_finite_are_an_error():
    inputs = np.full((2, 4), np.nan, np.float32)
    for noise in (None, learning.TelegraphNoise()):
        with pytest.raises(SimulationError, match="not finite: look for NaN in the inputs"):
            learning.predict(learning.Network([4, 3]), inputs, noise)


def test_a_rule_that_perturbs_parameters_is_evaluated_at_their_mean():
    training = learning.Training(
        learning.Network([4, 3], seed=1),
        learning.WeightPerturbation(),
        blobs(),
        learning.Adam(0.01),
        epochs=2,
        noise=learning.GaussianNoise(0.01, seed=1),
    )
    history = training.run(progress=False)
    np.testing.assert_array_equal(history["validation_accuracy"], history["validation_accuracy_quiet"])
    expected = learning.evaluate(training.network, training.data.validation, training.loss)
    assert history["validation_loss"][-1] == expected.loss


# Failure, history, duration


def test_divergence_is_an_error_that_keeps_the_last_good_checkpoint(tmp_path):
    path = tmp_path / "a.npz"
    training = make(schedule=lambda done: 1.0 if done < 0.6 else 1e30)
    training.run(2, progress=False, checkpoint=path)
    good = path.read_bytes()
    with pytest.raises(SimulationError, match=r"at update \d+: lower learning_rate=0.02 or the decorrelation's 0.001"):
        training.run(progress=False, checkpoint=path)
    assert path.read_bytes() == good


def test_a_divergence_between_two_checkpoints_keeps_the_one_before(tmp_path):
    # R is not finite one update before the loss is.
    def diverging():
        return make(decorrelation=learning.Decorrelation(1.0), augment=double, schedule="constant")

    with pytest.raises(SimulationError, match="are not finite at update"):
        diverging().run(progress=False, checkpoint=tmp_path / "a.npz", checkpoint_every=0.0)
    resumed = diverging()
    resumed.load(tmp_path / "a.npz")
    assert 0 < resumed.updates < resumed.epochs * resumed.updates_per_epoch


def double(inputs, stream):
    return 2 * inputs


def test_parameters_that_are_not_finite_after_the_last_update_are_an_error():
    training = make(epochs=1)
    training.updates = training.updates_per_epoch - 1
    original = training.optimiser.update

    def broken(parameters, gradients, scale=1.0):
        original(parameters, gradients, scale)
        parameters[0][0, 0] = np.nan

    training.optimiser.update = broken
    with pytest.raises(SimulationError, match="the parameters are not finite"):
        training.run(progress=False)


@pytest.mark.parametrize("array", ["inputs", "targets"])
@pytest.mark.parametrize("part", ["train", "validation"])
def test_other_data_are_not_continued(part, array, tmp_path):
    training, other = make(), make()
    training.run(1, progress=False, checkpoint=tmp_path / "a.npz")
    samples = getattr(other.data, part)
    changed = getattr(samples, array).copy()
    changed[3:4] += 1
    other.data = other.data._replace(**{part: samples._replace(**{array: changed})})
    with pytest.raises(DataError, match="data="):
        other.load(tmp_path / "a.npz")


def test_other_test_data_are_not_continued_where_they_are_recorded(tmp_path):
    for recorded in (True, False):
        training, other = make(track_test=recorded), make(track_test=recorded)
        training.run(1, progress=False, checkpoint=tmp_path / "a.npz")
        other.data = other.data._replace(test=other.data.validation)
        if recorded:
            with pytest.raises(DataError, match="data="):
                other.load(tmp_path / "a.npz")
        else:
            other.load(tmp_path / "a.npz")


def test_history_counts_what_the_junctions_spend_and_goes_through_netcdf(tmp_path):
    import xarray

    training = make(epochs=2, noise=junctions())
    history = training.run(progress=False)
    samples = 2 * (2 * len(training.data.train.inputs) + len(training.data.validation.inputs))
    assert history["readings"][-1] == samples * training.network.n_units
    assert (np.diff(history["energy"]) > 0).all()
    assert [history[name].attrs["units"] for name in ("readings", "device_time", "energy")] == ["1", "s", "J"]
    history.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    xarray.testing.assert_identical(xarray.load_dataset(tmp_path / "a.nc", engine="h5netcdf"), history)
    assert history.attrs["mtjphys_version"] == mp.__version__


def test_a_junction_for_each_unit_fits_into_an_attribute(tmp_path):
    noise = learning.JunctionNoise([mp.presets.schnitzspan_2023()] * 100, mp.Bias(voltage=0.1), 1e-9)
    network = learning.Network([4, 97, 3])
    training = learning.Training(network, learning.ANP(), blobs(), learning.Adam(), epochs=1, noise=noise)
    assert len(training.history.attrs["noise"]) < 2000
    training.history.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")


def test_the_duration_is_announced_once(monkeypatch):
    said, training = [], make(epochs=20)
    clock = types.SimpleNamespace(monotonic=lambda: 2.0 * training.updates)  # an update takes 2 s
    monkeypatch.setattr(loop, "time", clock)
    training.run(progress=False, announce=said.append)
    assert said == ["about 2 min for 60 updates"]
    assert [duration(t) for t in (0.1, 100, 150, 600, 3000, 8000, 360000)] == [
        "1 s", "100 s", "2.5 min", "10 min", "50 min", "2.2 h", "100 h",
    ]  # fmt: skip


# Figures


def test_curves_against_what_they_cost():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    history = make(epochs=3, noise=junctions(), track_test=True).run(progress=False)
    ax = learning.learning_curves({"junctions": history}, "test_accuracy", against="energy")
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), history["energy"])
    assert ax.get_xlabel() == "Energy of the junctions (J)" and ax.get_ylabel() == "Test accuracy (%)"
    ax = learning.learning_curves({"junctions": history}, against="updates", ax=ax)
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), history["epoch"] * history.attrs["updates_per_epoch"])
    with pytest.raises(ParameterError, match=r"against='energy' .* \['epoch', 'updates'\]"):
        learning.learning_curves({"bp": make(epochs=1).run(progress=False)}, against="energy", ax=ax)
    plt.close("all")


def test_the_figure_of_a_training_shows_what_there_is():
    history = make(epochs=3, noise=junctions(), track_test=True).run(progress=False)
    loss, accuracy = learning.learning_figure(history).axes
    assert [line.get_label() for line in loss.lines] == ["Training", "Validation"]
    assert {line.get_label() for line in accuracy.lines} >= {"Training", "Validation", "Test"}
    np.testing.assert_allclose(accuracy.lines[1].get_ydata(), 100 * history["validation_accuracy"])
    assert len(loss.child_axes) == 1  # the energy, on top
    plain = make(epochs=3, noise=None, decorrelation=None).run(progress=False)
    assert not any(ax.child_axes for ax in learning.learning_figure(plain).axes)
    regression = plain.assign({name: np.nan * plain[name] for name in plain.data_vars if "accuracy" in name})
    assert len(learning.learning_figure(regression).axes) == 1
    with pytest.raises(ParameterError, match="no epoch yet"):
        learning.learning_figure(make().history)
