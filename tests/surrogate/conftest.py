"""What the tests of the surrogate share."""

import pytest
from two_state_devices import VOLTS, axial

from mtjphys import surrogate


@pytest.fixture(scope="session")
def device():
    return surrogate.from_fokker_planck(axial(), voltages=VOLTS)
