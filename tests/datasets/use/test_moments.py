"""Moments of parts are those of the whole."""

import numpy as np

from mtjphys.datasets.use.moments import Moments


def test_parts_add_up_to_the_whole():
    stream = np.random.default_rng(1)
    rows = stream.standard_normal((1000, 2)) * [1.0, 1e-3] + [1e6, 5.0]
    found = Moments(2)
    for part in np.split(rows, [3, 3, 400]):
        found.add(part)
    assert found.count == 1000
    np.testing.assert_allclose(found.mean, rows.mean(0), rtol=1e-13)
    np.testing.assert_allclose(found.variance, rows.var(0), rtol=1e-9)
    np.testing.assert_array_equal([found.low, found.high], [rows.min(0), rows.max(0)])
