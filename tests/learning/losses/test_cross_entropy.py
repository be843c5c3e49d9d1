"""Cross-entropy: its formula, and its digits."""

import math

import numpy as np

from mtjphys.learning import CrossEntropy


def test_cross_entropy_of_targets_that_do_not_sum_to_one():
    outputs, t = np.array([[0.3, -1.0, 2.0]]), np.array([[0.2, 0.7, 0.4]])
    odds = [math.exp(a) for a in outputs[0]]
    expected = -sum(t[0, k] * math.log(odds[k] / sum(odds)) for k in range(3))
    assert math.isclose(CrossEntropy()(outputs, t)[0], expected, rel_tol=1e-14)
    slopes = [1.3 * odds[k] / sum(odds) - t[0, k] for k in range(3)]
    np.testing.assert_allclose(CrossEntropy().gradient(outputs, t)[0], slopes, rtol=1e-13)


def test_cross_entropy_keeps_the_digits_of_small_and_large_losses_in_single_precision():
    outputs = np.array([[20, 0, -5], [90, -90, 0], [-3e30, 3e30, 1], [0, 1e-4, 0]], np.float32)
    for target in range(3):
        targets = np.full(4, target)
        losses, gradients = CrossEntropy()(outputs, targets), CrossEntropy().gradient(outputs, targets)
        assert losses.dtype == gradients.dtype == np.float32
        for row, value, gradient in zip(outputs.astype(float), losses, gradients, strict=True):
            others = [math.exp(min(a - row[target], 700)) for k, a in enumerate(row) if k != target]
            expected = math.log1p(sum(others)) if sum(others) < 1e300 else row.max() - row[target]
            assert math.isclose(value, expected, rel_tol=1e-6, abs_tol=1e-38)
            assert math.isclose(gradient[target], -sum(others) / (1 + sum(others)), rel_tol=1e-6, abs_tol=1e-38)
