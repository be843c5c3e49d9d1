"""The training loop: data, reproducibility, interruption, resume to the same bits, figures."""

import os
import signal
import sys

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.errors import DataError, MtjphysError, ParameterError, SimulationError


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


def test_split_is_stratified_disjoint_and_normalised_by_the_training_data():
    stream = np.random.default_rng(2)
    targets = np.repeat([0, 1, 2], [100, 50, 30])
    inputs = np.column_stack([np.arange(180.0), stream.standard_normal(180)])
    data = learning.split(inputs, targets, validation_fraction=0.1, test_fraction=0.2, seed=3)
    assert np.bincount(data.test.targets).tolist() == [20, 10, 6]
    assert np.bincount(data.validation.targets).tolist() == [10, 5, 3]
    values = np.concatenate([part.inputs[:, 0] for part in data])
    assert np.unique(values).size == 180
    assert abs(data.train.inputs.mean()) < 1e-5
    assert abs(data.train.inputs.std() - 1) < 1e-5
    assert abs(data.test.inputs.mean()) > 1e-5
    again = learning.split(inputs, targets, seed=3)
    np.testing.assert_array_equal(data.test.inputs, again.test.inputs)
    other = learning.split(inputs, targets, seed=4)
    assert not np.array_equal(data.test.inputs, other.test.inputs)


@pytest.mark.parametrize(
    ("inputs", "targets", "changes", "message"),
    [
        (np.zeros((4, 2)), np.zeros(3, int), {}, "shape"),
        (np.full((4, 2), np.nan), np.zeros(4, int), {}, "8 inputs are NaN"),
        (np.eye(4), np.zeros(4), {}, "class numbers"),
        (np.ones((40, 2)), np.zeros(40, int), {}, "nothing to learn"),
        (np.eye(4), np.zeros(4, int), {"test_fraction": 0.9, "validation_fraction": 0.1}, "5 %"),
        (np.eye(4), np.zeros(4, int), {"test_fraction": -0.1}, r"test_fraction=-0.1"),
    ],
)
def test_bad_data_are_refused(inputs, targets, changes, message):
    with pytest.raises((DataError, ParameterError), match=message):
        learning.split(inputs, targets, **changes)


def test_digits_without_scikit_learn_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MtjphysError, match=r"mtjphys\[learn\]"):
        learning.digits()


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
