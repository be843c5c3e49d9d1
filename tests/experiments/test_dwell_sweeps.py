"""Dwell times over voltage and field by the three methods."""

import matplotlib.pyplot as plt
import numpy as np
from two_state_devices import axial
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys import experiments
from mtjphys.core.errors import ParameterError

DEVICE = axial(4.0, damping=0.3, torque=0.05)
VOLTS = [-0.05, 0.0, 0.05]


def test_exact_times_are_those_of_fokker_planck_at_each_value():
    bias = mp.Bias(field=(0.0, 0.0, 0.001), temperature=280.0, series_resistance=2e3)
    sweep = experiments.dwell_time_sweep(DEVICE, VOLTS, bias=bias)
    assert sweep.dwell_time.dims == ("applied_voltage", "state") and sweep.dwell_time.attrs["units"] == "s"
    for voltage in VOLTS:
        there = mp.Bias(voltage=voltage, field=(0.0, 0.0, 0.001), temperature=280.0, series_resistance=2e3)
        expected = mp.fokker_planck.dwell_times(DEVICE, there)[:2]
        np.testing.assert_allclose(sweep.dwell_time.sel(applied_voltage=voltage), expected)


def test_positive_field_along_p_keeps_it_parallel():
    sweep = experiments.dwell_time_sweep(DEVICE, [-0.01, 0.01], over="field")
    longer = sweep.dwell_time.sel(state="parallel") > sweep.dwell_time.sel(state="antiparallel")
    assert longer.values.tolist() == [False, True]
    turned = experiments.dwell_time_sweep(DEVICE, [0.01], over="field", direction=(0.0, 0.0, -1.0))
    np.testing.assert_allclose(turned.dwell_time[0], sweep.dwell_time.sel(applied_field=-0.01))


def test_simulated_times_agree_with_the_exact_ones():
    options = {"thresholds": (-0.5, 0.5)}
    exact = experiments.dwell_time_sweep(DEVICE, VOLTS, **options)
    simulated = experiments.dwell_time_sweep(
        DEVICE, VOLTS, method="simulated", duration=1e-6, replicas=64, seed=1, **options
    )
    # 5 standard errors, and 3 % for crossings within a step.
    error = exact.dwell_time * simulated.variation / np.sqrt(simulated.stays)
    assert (np.abs(simulated.dwell_time - exact.dwell_time) < 5.0 * error + 0.03 * exact.dwell_time).all()
    assert (simulated.stays > 200).all()
    assert (simulated.dwell_time_low < simulated.dwell_time).all()


def test_a_surrogate_gives_its_rates():
    device = mp.surrogate.from_fokker_planck(axial(8.0, torque=0.05), voltages=[-0.05, -0.025, 0.0, 0.025, 0.05])
    sweep = experiments.dwell_time_sweep(device, [0.025, 0.03])
    assert sweep.attrs["method"] == "surrogate"
    expected = [1.0 / np.array(device.rates(mp.Bias(voltage=v))) for v in (0.025, 0.03)]
    np.testing.assert_allclose(sweep.dwell_time, expected)


def test_a_value_without_a_second_state_is_told_and_the_others_survive():
    sweep = experiments.dwell_time_sweep(DEVICE, [0.0, 0.06], over="field")
    assert np.isfinite(sweep.dwell_time[0]).all() and np.isnan(sweep.dwell_time[1]).all()
    assert sweep.attrs["note"].startswith("0.06 T: the junction has no second well")


def test_figure():
    ax = plt.subplots()[1]
    exact = experiments.dwell_time_sweep(DEVICE, VOLTS)
    assert experiments.plot_dwell_time_sweep(exact, ax) is ax
    simulated = experiments.dwell_time_sweep(DEVICE, VOLTS, method="simulated", duration=1e-8, replicas=4)
    assert experiments.plot_dwell_time_sweep(simulated, ax) is ax
    assert ax.get_xlabel() == "Applied voltage (mV)" and ax.get_yscale() == "log"
    assert experiments.plot_dwell_time_sweep(exact) is not ax


def test_bad_input():
    def sweep(values=(0.0,), junction=DEVICE, **more):
        return experiments.dwell_time_sweep(junction, values, **more)

    check_refused(ParameterError, "over='current'", lambda: sweep(over="current"))
    check_refused(ParameterError, "method='fast'", lambda: sweep(method="fast"))
    check_refused(ParameterError, "nothing for an MTJ", lambda: sweep(method="surrogate"))
    check_refused(ParameterError, "duration is missing", lambda: sweep(method="simulated"))
    check_refused(ParameterError, "finite numbers", lambda: sweep(values=[np.nan]))
    check_refused(ParameterError, "has a voltage", lambda: sweep(bias=mp.Bias(voltage=0.1)))
    check_refused(ParameterError, "did you mean hayakawa_2021", lambda: sweep(junction="hayakawa"))
