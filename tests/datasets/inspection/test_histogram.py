"""A histogram in parts is that of the whole."""

import numpy as np
import pytest

from mtjphys.datasets.inspection.histogram import BINS, Histogram


@pytest.mark.parametrize("scale", [1e-24, 1.0, 1e12])
def test_parts_give_the_counts_of_one_pass(scale):
    stream = np.random.default_rng(2)
    values = scale * np.concatenate([0.1 * stream.standard_normal(500), 3.0 + 5.0 * stream.standard_normal(500)])
    found = Histogram()
    for part in np.split(values, [1, 10, 400, 400]):
        found.add(part)
    expected, _ = np.histogram(values, found.edges)
    np.testing.assert_array_equal(found.counts, expected)
    assert BINS / 2 - 1 <= len(found.counts) <= BINS
    assert found.counts.sum() == 1000
    for share in (0.05, 0.5, 0.95):
        assert abs(found.quantile(share) - np.quantile(values, share)) < 2.0 * found.width


def test_one_value_has_one_bin_around_it():
    found = Histogram()
    found.add(np.full(7, 2530.0))
    assert found.counts.tolist() == [7]
    assert found.edges[0] <= 2530.0 <= found.edges[1]
    found.add(np.array([-1e6]))
    assert found.counts.sum() == 8
