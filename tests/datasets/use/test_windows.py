"""Windows: what is read is what is stored, each once, none of a device of another split."""

import pickle

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.datasets import Windows
from mtjphys.datasets.use import windows as module

INPUTS, LABELS = ["resistance", "m"], ["free_layer.damping", "exact_critical_voltage", "applied_voltage"]


@pytest.mark.parametrize("block_bytes", [2**22, 20_000, 1_000], ids=["many lanes", "few lanes", "part of a lane"])
def test_a_window_is_a_part_of_its_lane(spread, monkeypatch, block_bytes):
    monkeypatch.setattr(module, "BLOCK_BYTES", block_bytes)
    windows = Windows(spread, INPUTS, LABELS, length=30, stride=20, normalised=False)
    assert windows.channels == ("resistance", "m_x", "m_y", "m_z")
    assert windows.label_names[1:3] == ("exact_critical_voltage_parallel", "exact_critical_voltage_antiparallel")
    assert windows.windows_per_lane == 9
    found = mp.datasets.open(spread)
    some = np.arange(0, len(windows), 31)
    inputs, labels = windows.take(some)
    for row, k in enumerate(some):
        device, bias, replica = windows.lanes[k // 9]
        lane = found.isel(device=device, bias=bias, replica=replica, time=slice(k % 9 * 20, k % 9 * 20 + 30))
        np.testing.assert_array_equal(inputs[row], np.vstack([lane.resistance.values, lane.m.values.T]))
        exact = lane.exact_critical_voltage.values
        expected = np.array([lane["free_layer.damping"], *exact, lane.applied_voltage], dtype=np.float32)
        np.testing.assert_array_equal(labels[row], expected)
        np.testing.assert_array_equal(windows[k].inputs, inputs[row])


def test_splits_share_no_device_and_failed_lanes_are_counted(spread):
    train = Windows(spread, normalised=False)
    test = train.of("test")
    found = mp.datasets.open(spread)
    for windows, name in ((train, "train"), (test, "test")):
        assert set(found.split.values[windows.lanes[:, 0]]) == {name}
        failed = int((found.status.values[found.split.values == name] == 0).sum())
        assert windows.left_out.get("failed", 0) == failed
        assert len(windows) == 20 * 6 - failed
    assert train.left_out
    assert not set(train.lanes[:, 0]) & set(test.lanes[:, 0])


def test_lanes_without_a_label_are_left_out(spread):
    found = mp.datasets.open(spread)
    lanes, left_out = module.lanes_of(found, "train", [])
    device = int(lanes[0, 0])
    values = found.exact_critical_voltage.values[:, 0].copy()
    values[device] = np.nan
    column = module.Column("gap", "V", values, ("device",))
    less, counted = module.lanes_of(found, "train", [column])
    assert counted == left_out | {"without gap": 6}
    assert len(less) == len(lanes) - 6


def test_every_window_comes_once_in_an_order_of_seed_and_epoch(spread, monkeypatch):
    monkeypatch.setattr(module, "BLOCK_BYTES", 20_000)  # many blocks, of which few are mixed
    windows = Windows(spread, INPUTS, length=30, memory=100_000)
    orders = [np.concatenate(list(windows.order(seed, epoch))) for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(len(windows)))
    np.testing.assert_array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])
    assert not np.array_equal(orders[0], orders[3])
    np.testing.assert_array_equal(np.concatenate(list(windows.order(None))), np.arange(len(windows)))
    batches = list(windows.batches(64, seed=1))
    assert [len(batch.inputs) for batch in batches[:-1]] == [64] * (len(batches) - 1)
    np.testing.assert_array_equal(np.concatenate([one.inputs for one in batches]), windows.take(orders[0]).inputs)
    assert 0 < windows.bytes_in_memory <= 100_000


def test_scales_are_those_of_the_training_split_alone(spread):
    train = Windows(spread, INPUTS, LABELS)
    test = train.of("test")
    found = mp.datasets.open(spread)
    made = found.isel(device=np.unique(train.lanes[:, 0]))
    np.testing.assert_allclose(train.normalisation.inputs.mean[0], made.resistance.values.mean(dtype=float), rtol=1e-7)
    np.testing.assert_allclose(train.normalisation.inputs.deviation[1:], made.m.values.std((0, 1, 2, 3)), rtol=1e-5)
    assert all(
        np.array_equal(*pair) for pair in zip(train.normalisation.labels, test.normalisation.labels, strict=True)
    )
    assert test.of("train").normalisation is test.normalisation
    every = train.take(np.arange(len(train)))
    np.testing.assert_allclose(every.inputs.mean((0, 2)), 0.0, atol=1e-5)
    np.testing.assert_allclose(every.labels.std(0), 1.0, rtol=1e-5)
    raw = Windows(spread, INPUTS, LABELS, normalised=False, split="test").take([5])
    one = test.take([5])
    np.testing.assert_allclose(test.normalisation.labels_in_units(one.labels), raw.labels, rtol=1e-4, atol=1e-7)
    assert abs(test.take(np.arange(len(test))).labels.mean(0)).max() > 1e-3


def test_a_file_is_read_as_a_store_is(spread, spread_file):
    store, file = (Windows(path, INPUTS, LABELS, length=30).take([7, 300]) for path in (spread, spread_file))
    np.testing.assert_array_equal(store.inputs, file.inputs)
    np.testing.assert_array_equal(store.labels, file.labels)


def test_a_copy_for_another_process_has_no_open_file(spread):
    windows = Windows(spread, length=30)
    expected = windows.take([3, 40])
    copy = pickle.loads(pickle.dumps(windows))
    assert windows.bytes_in_memory > copy.bytes_in_memory == 0
    np.testing.assert_array_equal(copy.take([3, 40]).inputs, expected.inputs)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"inputs": "resistence"}, "did you mean resistance"),
        ({"inputs": ()}, "inputs is empty"),
        ({"labels": "exact_resistence"}, "did you mean exact_resistance"),
        ({"labels": "resistance"}, "label 'resistance' is unknown"),
        ({"split": "validation"}, "split 'validation' has no devices; known: test, train"),
        ({"length": 201}, "length=201 is more than the 200 samples"),
        ({"stride": 0}, "stride"),
    ],
)
def test_mistakes_are_named(spread, given, message):
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
        Windows(spread, **given)


def test_a_window_beyond_the_last_is_an_index_error(spread):
    windows = Windows(spread, normalised=False)
    with pytest.raises(IndexError, match="0 to"):
        windows[len(windows)]
