"""Two states under a bias: what lies in the tables, and what does not."""

import pytest

import mtjphys as mp
from mtjphys.core.errors import ParameterError
from mtjphys.surrogate import TwoState


@pytest.mark.parametrize("bias", [[mp.Bias()], [], 0.1, "0.1 V", {"voltage": 0.1}], ids=str)
def test_rates_are_those_of_one_bias(device, bias):
    for call in (device.rates, device.lowered, lambda bias: device.switching_times(bias, duration=1e-6)):
        with pytest.raises(ParameterError, match=r"bias=.* is not one Bias; give them one at a time"):
            call(bias)


def test_outside_the_tables_nothing_is_extrapolated(device):
    with pytest.raises(ParameterError, match=r"source voltage goes from 0.21 to 0.21 V, the table from -0.2 to 0.2 V"):
        device.rates(mp.Bias(voltage=0.21))
    with pytest.raises(ParameterError, match="spin_orbit_current"):
        device.rates(mp.Bias(spin_orbit_current=1e-3))
    with pytest.raises(ParameterError, match="constant bias"):
        device.rates(mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e3)))
    with pytest.raises(ParameterError, match=r"from -0.3 to 0.3 V"):
        mp.simulate(device, mp.Bias(voltage=mp.Sine(amplitude=0.3, frequency=1e3)), duration=1.0)


def test_toml_round_trip(device, tmp_path):
    text = device.to_toml()
    again = TwoState.from_toml(text)
    assert again.to_toml() == text
    path = tmp_path / "device.toml"
    path.write_text(text)
    assert TwoState.from_toml(path).rates() == device.rates()
    with pytest.raises(ParameterError, match="cosines is missing"):
        TwoState.from_toml("voltages = [0.0]\n")
    with pytest.raises(ParameterError, match="not valid TOML"):
        TwoState.from_toml("voltages = [\n")
    with pytest.raises(ParameterError, match="colour is unknown"):
        TwoState.from_toml(text + "colour = 1\n")
