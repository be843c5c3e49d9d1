"""Two states from the Fokker-Planck equation: rates against their origin, and where two states fail."""

import warnings

import numpy as np
import pytest
from two_state_devices import VOLTS, axial

import mtjphys as mp
from mtjphys import fokker_planck, surrogate
from mtjphys.core.errors import MtjphysWarning, ParameterError


def test_rates_are_those_of_the_source_at_the_nodes_and_between_within_the_stated_error(device):
    for volt in (VOLTS[1], VOLTS[6]):
        times = fokker_planck.dwell_times(axial(), mp.Bias(voltage=volt))
        rates = device.rates(mp.Bias(voltage=volt))
        np.testing.assert_allclose(rates, [1.0 / times.parallel, 1.0 / times.antiparallel], rtol=1e-9)
    assert device.interpolation_error < 1e-3
    for volt in 0.5 * (VOLTS[1:] + VOLTS[:-1]):
        times = fokker_planck.dwell_times(axial(), mp.Bias(voltage=volt))
        rates = device.rates(mp.Bias(voltage=volt))
        exact = np.array([1.0 / times.parallel, 1.0 / times.antiparallel])
        np.testing.assert_allclose(rates, exact, rtol=device.interpolation_error)


def test_tables_over_field_and_temperature():
    junction = axial()
    fields = [(0.0, 0.0, b) for b in (-0.004, -0.002, 0.0, 0.002, 0.004)]
    device = surrogate.from_fokker_planck(junction, fields=fields, temperatures=(280.0, 300.0, 320.0))
    bias = mp.Bias(field=(0.0, 0.0, 0.001), temperature=310.0)
    times = fokker_planck.dwell_times(junction, bias)
    np.testing.assert_allclose(device.rates(bias), (1 / times.parallel, 1 / times.antiparallel), rtol=2e-3)
    assert 1e-5 < device.interpolation_error < 0.05
    with pytest.raises(ParameterError, match=r"leaves the line of the table"):
        device.rates(mp.Bias(field=(0.001, 0.0, 0.0)))
    with pytest.raises(ParameterError, match=r"field along the line goes from 0.009 to 0.009 T"):
        device.rates(mp.Bias(field=(0.0, 0.0, 0.005)))
    with pytest.raises(ParameterError, match=r"temperature goes from 330 to 330 K"):
        device.rates(mp.Bias(temperature=330.0))


@pytest.mark.parametrize(
    ("junction", "reason"),
    [
        (mp.presets.safranski_2021(), "same resistance|second relaxation rate"),
        (axial(1.0), "second relaxation rate is only"),
    ],
)
def test_refuses_where_two_states_fail(junction, reason):
    with pytest.raises(ParameterError, match=f"two states do not describe this junction.*{reason}"):
        surrogate.from_fokker_planck(junction)


def test_refuses_a_state_that_the_torque_has_destroyed():
    with pytest.raises(ParameterError, match="two states do not describe"):
        surrogate.from_fokker_planck(axial(torque=0.05), voltages=[0.12])


def test_an_asymptotic_rate_is_passed_on_with_its_warning_and_error(monkeypatch):
    exact = fokker_planck.dwell_times

    def asymptotic(spin, rtol):
        warnings.warn("the asymptotic rate", MtjphysWarning, stacklevel=2)
        return exact(spin, rtol=rtol)._replace(separation=np.nan)

    monkeypatch.setattr(fokker_planck, "dwell_times", asymptotic)
    with pytest.warns(MtjphysWarning, match="the asymptotic rate"):
        device = surrogate.from_fokker_planck(axial(12.0))
    assert device.node_error == mp.theory.escape_rates(axial(12.0)).relative_error > 1e-3


def test_warns_at_low_barriers_and_says_how_much_is_left_out():
    with pytest.warns(MtjphysWarning, match=r"6\.93 times the first, a barrier below about 3 kT: .* about 14 %"):
        device = surrogate.from_fokker_planck(axial(2.0))
    assert device.error == pytest.approx(1 / 6.9278, rel=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        surrogate.from_fokker_planck(axial(3.5))
