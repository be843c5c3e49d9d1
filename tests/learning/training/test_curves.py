"""Learning curves are what they say."""

import numpy as np
from small_trainings import junctions, make

import mtjphys as mp
from mtjphys import learning


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


def test_the_test_curve_is_the_accuracy_at_that_epoch():
    training = make(epochs=3, track_test=True)
    history = training.run(progress=False)
    expected = learning.evaluate(training.network, training.data.test, training.loss, training.noise)
    assert history["test_accuracy"][-1] == expected.accuracy


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
