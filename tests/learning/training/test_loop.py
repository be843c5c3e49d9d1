"""The training loop: what an update is, seeds, schedules, errors."""

import numpy as np
import pytest
from small_trainings import assert_same, blobs, make

from mtjphys import learning
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.streams import Use, generator


def test_training_learns_and_records():
    training = make(epochs=30)
    history = training.run(progress=False)
    assert history["validation_accuracy"][-1] > 0.85
    assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]
    assert history.attrs["updates"] == 30 * training.updates_per_epoch == training.updates
    assert all(v.attrs["units"] == "1" for v in history.data_vars.values())


def test_a_training_is_a_loop_over_rule_optimiser_and_decorrelation():
    training = make(
        epochs=2, decorrelation=learning.Decorrelation(0.03, centring=0.1), decorrelation_schedule="exponential"
    )
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
            layers = zip(network.decorrelations, network.centres, estimate.first.inputs, strict=True)
            for matrix, centre, x in layers:
                matrix -= 0.03 * 0.01**done * learning.decorrelation_step(x, matrix)
                centre -= 0.1 * 0.01**done * x.mean(axis=0)
        learning.evaluate(network, validation, loss, noise)
    for name, array in network.state_dict().items():
        np.testing.assert_allclose(array, training.network.state_dict()[name], rtol=0, atol=1e-5, err_msg=name)
    assert max(np.abs(matrix - np.eye(len(matrix))).max() for matrix in network.decorrelations) > 0.02
    assert max(np.abs(centre).max() for centre in network.centres) > 0.02


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


def test_the_same_seed_gives_the_same_bits():
    one, other = make(), make()
    one.run(progress=False)
    other.run(progress=False)
    assert_same(one, other)


def test_test_data_are_not_looked_at():
    data = blobs()
    poisoned = data._replace(test=learning.Samples(data.test.inputs * np.nan, data.test.targets))
    one, other = make(), make()
    other.data = poisoned
    one.run(progress=False)
    other.run(progress=False)
    assert_same(one, other)


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
