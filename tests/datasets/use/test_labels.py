"""Labels: numbers of devices, biases and lanes, told from traces."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.datasets.use.labels import columns_of, is_label, parts_of


def test_labels_are_what_has_no_time(spread):
    found = mp.datasets.open(spread)
    labels = {str(name) for name in found.variables if is_label(found[name])}
    assert labels == {
        "applied_voltage", "exact_critical_voltage", "exact_resistance", "free_layer.damping", "status"
    }  # fmt: skip


def test_columns_are_per_state_and_picked_by_lane(spread):
    found = mp.datasets.open(spread)
    parallel, antiparallel, voltage = columns_of(found, ["exact_resistance", "applied_voltage"])
    assert (parallel.name, parallel.units, voltage.units) == ("exact_resistance_parallel", "ohm", "V")
    lanes = np.array([[4, 1, 0], [2, 0, 2]])
    np.testing.assert_array_equal(antiparallel.of(lanes), found.exact_resistance.values[[4, 2], [1, 0], 1])
    np.testing.assert_array_equal(voltage.of(lanes), [0.1, 0.0])


def test_a_word_is_no_label(spread):
    with pytest.raises(ParameterError, match="'split' is unknown"):
        columns_of(mp.datasets.open(spread), ["split"])


def test_parts_are_named_by_their_words(spread):
    found = mp.datasets.open(spread)
    assert [name for name, _ in parts_of(found.resistance)] == ["resistance"]
    parts = dict(parts_of(found.m))
    assert list(parts) == ["m_x", "m_y", "m_z"]
    np.testing.assert_array_equal(parts["m_z"].values, found.m.values[..., 2])
