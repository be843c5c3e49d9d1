"""What a laboratory could measure next."""

import numpy as np
import pytest
from laboratories import dwell_times, perpendicular

from mtjphys import calibration as cal
from mtjphys.calibration.fitting.proposals import hours_of, practical, proposals


def test_each_kind_goes_beyond_what_was_measured_along_each_axis() -> None:
    found = proposals([dwell_times(perpendicular(), 0)], perpendicular())
    stays = [one for one in found if one.kind == "dwell_times"]
    np.testing.assert_allclose(stays[0].voltage, [-0.015, 0.015])
    assert stays[0].label == "dwell time at voltage -15 mV and 15 mV"
    # Where no field was applied, a tenth of what takes the barrier away, 2 K/Ms = 0.1 T.
    assert stays[1].field[1, 2] == pytest.approx(0.01, rel=0.05)
    assert stays[2].temperature.tolist() == [300.0, 320.0]
    assert {one.kind for one in found} == {"dwell_times", "switching_probability", "resonance", "resistance"}
    assert len({one.label for one in found}) == len(found)


def test_pulses_vary_their_voltage_and_duration_with_the_effort_so_far() -> None:
    pulses = cal.SwitchingProbability(
        voltage=0.5, duration=[1e-9, 4e-9], switched=0, trials=5000, initial="parallel", forward="simulation"
    )
    found = [one for one in proposals([pulses], perpendicular()) if one.kind == "switching_probability"]
    np.testing.assert_allclose(found[0].voltage, [0.5 / 1.2, 0.6])
    np.testing.assert_allclose(found[1].duration, [2.5e-9 / 3, 7.5e-9])
    assert all(one.trials[0] == 5000 and one.initial == "parallel" and one.simulated for one in found)


def test_a_current_stays_a_current_and_without_torque_there_are_no_pulses() -> None:
    trace = cal.TelegraphTrace(values=np.tile([0.0, 1.0], 50), sample_interval=1e-6, current=1e-6)
    found = proposals([trace], perpendicular(torque=0.0).with_parameters({"barrier.damping_like_efficiency": 0.0}))
    assert found[0].kind == "dwell_times"
    np.testing.assert_allclose(found[0].current, [-1.5e-6, 1.5e-6])
    assert "switching_probability" not in {one.kind for one in found}


def test_time_is_that_of_stays_pulses_and_temperatures() -> None:
    given = {"parallel": 1.0, "antiparallel": 1.0, "parallel_count": 400, "antiparallel_count": 400}
    stays = cal.DwellTimes(**given, temperature=[300.0, 320.0])
    assert hours_of(stays, np.log([1.0, 1.0, 2.0, 2.0])) == pytest.approx((120.0 + 600.0 + 400 * 6.0) / 3600.0)
    pulses = cal.SwitchingProbability(voltage=0.1, duration=1e-9, switched=0, trials=1e6)
    assert hours_of(pulses, np.zeros(1)) == pytest.approx((60.0 + 1000.0) / 3600.0)
    assert practical(stays, np.log([1.0, 1.0, 2.0, 2.0]))
    assert not practical(stays, np.log([1e-8, 1.0, 2.0, 2.0]))
    assert not practical(stays, np.log([1e4, 1.0, 2.0, 2.0]))
