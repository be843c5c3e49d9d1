"""Chains and Gaussian noise on a device."""

import numpy as np
import pytest
from torch_modules import torch

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.junction import Spread
from mtjphys.learning import BernoulliNoise, GaussianNoise, TelegraphNoise
from mtjphys.learning.torch import ChainsOnDevice

LEVELS = {"mean": 0.0, "amplitude": 1.0, "sigma": 0.0}


@pytest.mark.parametrize("flips", [(0.05, 0.2), (0.5, 0.5), (0.9, 0.7), (0.0, 0.1)])
def test_chains_flip_as_often_as_they_should(flips):
    """From one reading to the next, within a call and between two; 5 standard errors."""
    noise = ChainsOnDevice(TelegraphNoise(flip_probability=flips, seed=1, **LEVELS), "cpu")
    states = torch.cat([noise.tensor(n, 2000) for n in (1, 7, 60, 1)]).numpy() > 0
    occupation = flips[0] / sum(flips)
    assert abs(states.mean() - occupation) <= 5 * np.sqrt(occupation / 2000)
    for before, probability in ((~states[:-1], flips[0]), (states[:-1], flips[1])):
        if before.any():
            found = (states[1:] != states[:-1])[before].mean()
            assert abs(found - probability) <= 5 * np.sqrt(probability / before.sum())
    for k in (0, 7, 67):  # between calls
        leaves = np.where(states[k], flips[1], flips[0])
        assert abs((states[k + 1] != states[k]).sum() - leaves.sum()) <= 5 * np.sqrt(leaves.sum() + 1e-9)


def test_gaussian_noise_has_its_moments():
    source = GaussianNoise(0.2, mean=1.0, seed=1, gain=2.0, offset=0.9)
    eps = ChainsOnDevice(source, "cpu").tensor(1000, 500)
    assert eps.dtype == torch.float32
    assert abs(float(eps.mean()) - 0.2) < 5 * 0.4 / 500_000**0.5
    assert abs(float(eps.std()) - 0.4) < 5 * 0.4 / 1_000_000**0.5


def test_unequal_devices_have_their_own_law():
    source = TelegraphNoise(spread=Spread(barrier=0.1, resistance=0.1, seed=2), seed=1, sigma=0.0)
    volts = ChainsOnDevice(source, "cpu").tensor(400, 50).numpy()
    law = source.law(50)
    levels = np.stack([law.mean - law.amplitude, law.mean + law.amplitude])
    assert np.isclose(volts[:, None], levels, rtol=1e-6, atol=0.0).any(1).all()
    assert len({*law.mean.tolist()}) == 50


def test_the_same_seed_gives_the_same_bits_and_a_stop_goes_on():
    one, two = (ChainsOnDevice(TelegraphNoise(seed=3), "cpu") for _ in range(2))
    assert torch.equal(one.tensor(8, 5), two.tensor(8, 5))
    assert not torch.equal(one.tensor(8, 5), ChainsOnDevice(TelegraphNoise(seed=4), "cpu").tensor(8, 5))
    state = one.state_dict()
    following = one.tensor(8, 5)
    two.load_state_dict(state)
    assert torch.equal(two.tensor(8, 5), following)
    fresh = ChainsOnDevice(TelegraphNoise(seed=9), "cpu")
    fresh.load_state_dict(ChainsOnDevice(TelegraphNoise(seed=3), "cpu").state_dict())
    assert torch.equal(fresh.tensor(8, 5), ChainsOnDevice(TelegraphNoise(seed=3), "cpu").tensor(8, 5))


def test_other_sources_and_states_are_refused():
    with pytest.raises(ParameterError, match="BernoulliNoise cannot be drawn on a device"):
        ChainsOnDevice(BernoulliNoise(0.5, 0.01), "cpu")
    noise = ChainsOnDevice(GaussianNoise(0.1), "cpu")
    noise.tensor(2, 3)
    with pytest.raises(ParameterError, match="already feeds 3 units"):
        noise.tensor(2, 4)
    with pytest.raises(DataError, match="without a generator"):
        noise.load_state_dict({})
