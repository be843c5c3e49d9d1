"""What holds for every optimiser: its state, and one network."""

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import SGD, Adam


@pytest.mark.parametrize("build", [Adam, lambda: SGD(0.1, momentum=0.9)], ids=["Adam", "SGD"])
def test_states_are_copies(build):
    network, optimiser = learning.Network([4, 3], decorrelated=True, seed=1), build()
    optimiser.update(network.parameters, network.parameters)
    states = [network.state_dict(), optimiser.state_dict()]
    kept = [{name: array.copy() for name, array in state.items()} for state in states]
    other, following = learning.Network([4, 3], decorrelated=True), build()
    other.load_state_dict(states[0])
    following.load_state_dict(states[1])
    for net, mover in ((network, optimiser), (other, following)):
        mover.update(net.parameters, [np.ones_like(p) for p in net.parameters])
        net.decorrelations[0] += 1
        for state, before in zip(states, kept, strict=True):
            for name in state:
                np.testing.assert_array_equal(state[name], before[name], err_msg=name)


def test_optimisers_remember_one_network():
    for optimiser in (Adam(0.1), SGD(0.1, momentum=0.5)):
        optimiser.update([np.ones((3, 4))], [np.ones((3, 4))])
        with pytest.raises(ParameterError, match="make a new one for another network"):
            optimiser.update([np.ones((60, 80))], [np.ones((60, 80))])
    with pytest.raises(ParameterError, match="shapes"):
        SGD(0.1).update([np.ones((5, 4))], [np.ones((1, 4))])
    with pytest.raises(DataError, match="is not of Adam"):
        Adam().load_state_dict({"velocity0": np.ones(2)})
    with pytest.raises(DataError, match="is not of SGD"):
        SGD(0.1).load_state_dict({"steps": np.array(1)})
