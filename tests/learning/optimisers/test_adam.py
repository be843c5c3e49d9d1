"""Adam against its hand-written twin."""

import math

import numpy as np

from mtjphys import learning


def test_adam_is_its_hand_written_twin():
    stream = np.random.default_rng(7)
    parameter = stream.standard_normal(5)
    expected = parameter.tolist()
    first, second = [0.0] * 5, [0.0] * 5
    optimiser = learning.Adam(0.01)
    for t in range(1, 30):
        gradient = stream.standard_normal(5) * 10.0 ** stream.integers(-9, 3)
        scale = 1 / t
        optimiser.update([parameter], [gradient], scale)
        for k, g in enumerate(gradient):
            first[k] = 0.9 * first[k] + 0.1 * g
            second[k] = 0.999 * second[k] + 0.001 * g * g
            mean, square = first[k] / (1 - 0.9**t), second[k] / (1 - 0.999**t)
            expected[k] -= 0.01 * scale * mean / (math.sqrt(square) + 1e-8)
    np.testing.assert_allclose(parameter, expected, rtol=1e-11)
