"""Gradient descent against its hand-written twin."""

import numpy as np

from mtjphys import learning


def test_gradient_descent_and_its_scale():
    parameter = np.array([1.0, 2.0])
    learning.SGD(0.1).update([parameter], [np.array([1.0, -1.0])], 0.5)
    np.testing.assert_allclose(parameter, [0.95, 2.05], rtol=1e-15)


def test_momentum_is_its_hand_written_twin_and_resumes():
    stream = np.random.default_rng(9)
    parameter, single = stream.standard_normal(4), stream.standard_normal(3).astype(np.float32)
    expected, velocity = parameter.tolist(), [0.0] * 4
    optimiser, gradients = learning.SGD(0.1, momentum=0.9), stream.standard_normal((6, 7))
    for t, g in enumerate(gradients, 1):
        if t == 4:
            state, optimiser = optimiser.state_dict(), learning.SGD(0.1, momentum=0.9)
            optimiser.load_state_dict(state)
        optimiser.update([parameter, single], [g[:4], g[4:].astype(np.float32)], 1 / t)
        for k in range(4):
            velocity[k] = 0.9 * velocity[k] + g[k]
            expected[k] -= 0.1 / t * velocity[k]
    np.testing.assert_allclose(parameter, expected, rtol=1e-13)
    assert single.dtype == np.float32
