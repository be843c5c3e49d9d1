"""Loops of resistance against field and voltage."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from two_state_devices import axial
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys import experiments
from mtjphys.core.errors import ParameterError

FIELDS = np.linspace(-0.06, 0.06, 13)
DEVICE = axial(25.0, torque=0.05)


@pytest.fixture(scope="module")
def loop():
    return experiments.resistance_field_loop(DEVICE, FIELDS, dwell=10e-9, replicas=4, readings=5, seed=1)


def test_a_loop_says_what_was_applied_when(loop):
    assert loop.resistance.dims == ("replica", "branch", "applied_field")
    assert loop.sizes == {"replica": 4, "branch": 2, "applied_field": 13}
    units = {
        name: loop[name].attrs["units"] for name in ("resistance", "voltage", "projection", "applied_field", "time")
    }
    assert units == {"resistance": "ohm", "voltage": "V", "projection": "1", "applied_field": "T", "time": "s"}
    np.testing.assert_allclose(loop.time.sel(branch="up"), 10e-9 * np.arange(1, 14))
    np.testing.assert_allclose(loop.time.sel(branch="down"), 10e-9 * np.arange(26, 13, -1))
    assert loop.attrs["direction"] == [0.0, 0.0, 1.0]
    assert mp.MTJ.from_toml(loop.attrs["junction"]) == DEVICE


def test_the_loop_opens_and_closes_where_it_should(loop):
    """B_k is 50 mT: at 60 mT there is one state; at 0 mT the state of the last saturation."""
    ends = loop.resistance.mean("replica").sel(applied_field=[-0.06, 0.06])
    assert (ends.sel(applied_field=-0.06) > 9.8e3).all() and (ends.sel(applied_field=0.06) < 5.1e3).all()
    remanent = loop.resistance.sel(applied_field=0.0, method="nearest")
    assert (remanent.sel(branch="up") > 9.5e3).all() and (remanent.sel(branch="down") < 5.3e3).all()


def test_the_samples_are_those_of_the_run_with_the_same_waveform(loop):
    waveform = mp.waveforms.Sampled(values=[*FIELDS, *FIELDS[::-1]], interval=10e-9)
    run = mp.simulate(
        DEVICE,
        mp.Bias(field=(0.0, 0.0, waveform)),
        duration=260e-9,
        sample_interval=2e-9,
        replicas=4,
        seed=1,
        initial="antiparallel",
    )
    resistance = run.resistance[0, 0].values.reshape(4, 26, 5).mean(axis=-1)
    # The field is -0.0 along y there and 0.0 here: the same bits up to that.
    np.testing.assert_allclose(loop.resistance.sel(branch="up"), resistance[:, :13], rtol=1e-9)
    np.testing.assert_allclose(loop.resistance.sel(branch="down"), resistance[:, :12:-1], rtol=1e-9)
    np.testing.assert_allclose(loop.projection.sel(branch="up"), run.m[0, 0, :, 4:65:5, 2], rtol=1e-9)


def test_direction_order_and_constant_field():
    """Swept against p from high to low, with a constant field of 40 mT along p: the loop is moved to +40 mT."""
    falling = experiments.resistance_field_loop(
        DEVICE,
        np.linspace(0.12, -0.04, 5),
        dwell=10e-9,
        direction=(0.0, 0.0, -2.0),
        bias=mp.Bias(field=(0.0, 0.0, 0.04)),
        seed=2,
    )
    assert falling.branch.values.tolist() == ["down", "up"]
    assert float(falling.time.sel(branch="down", applied_field=0.12)) == pytest.approx(10e-9)
    resistance = falling.resistance[0]
    assert (resistance.sel(applied_field=0.12) > 9.8e3).all() and (resistance.sel(applied_field=-0.04) < 5.1e3).all()
    middle = resistance.sel(applied_field=0.04, method="nearest")
    assert float(middle.sel(branch="down")) > 9.5e3 and float(middle.sel(branch="up")) < 5.3e3


def test_a_voltage_loop_and_the_magnetoresistance_that_falls_with_it():
    volts = np.linspace(-0.4, 0.4, 9)
    loop = experiments.resistance_voltage_loop(
        DEVICE, volts, dwell=4e-9, replicas=4, seed=1, bias=mp.Bias(temperature=100.0)
    )
    assert loop.resistance.dims == ("replica", "branch", "applied_voltage")
    np.testing.assert_allclose(loop.voltage.sel(branch="up"), np.tile(volts, (4, 1)), atol=1e-12)
    # a_DL of 20 mT is four times alpha B_k: parallel at +0.4 V, antiparallel at -0.4 V, both at 0 V.
    ends = loop.resistance.mean("replica")
    assert (ends.sel(applied_voltage=0.4) < 5.1e3).all()
    assert float(ends.sel(applied_voltage=0.0, branch="up")) > 9.5e3
    assert float(ends.sel(applied_voltage=0.0, branch="down")) < 5.3e3
    tmr = 5e3 * (1.0 + 1.0 / (1.0 + (0.4 / 0.5) ** 2))
    assert ends.sel(applied_voltage=-0.4).values == pytest.approx(tmr, rel=0.01)


def test_pulses_are_read_at_another_voltage():
    volts = np.linspace(-0.4, 0.4, 5)
    loop = experiments.resistance_voltage_loop(
        DEVICE, volts, dwell=4e-9, read_voltage=0.01, replicas=2, seed=1, bias=mp.Bias(temperature=100.0)
    )
    np.testing.assert_allclose(loop.voltage, 0.01)
    assert float(loop.time.max()) == pytest.approx(80e-9) and loop.attrs["read_voltage"] == 0.01
    # The same two resistances whatever the pulse: after -0.4 V antiparallel, after +0.4 V parallel, else as before.
    antiparallel = loop.resistance.sel(applied_voltage=[-0.4, -0.2], branch="up")
    assert antiparallel.values == pytest.approx(1e4, rel=0.02)
    assert loop.resistance.sel(applied_voltage=-0.4).values == pytest.approx(1e4, rel=0.02)
    assert loop.resistance.sel(applied_voltage=0.4).values == pytest.approx(5e3, rel=0.02)
    pulses = [*np.repeat(volts, 2), *np.repeat(volts[::-1], 2)]
    pulses[1::2] = [0.01] * 10
    run = mp.simulate(
        DEVICE, mp.Bias(voltage=mp.waveforms.Sampled(values=pulses, interval=4e-9), temperature=100.0),
        duration=80e-9, sample_interval=0.4e-9, replicas=2, seed=1, initial="antiparallel",
    )  # fmt: skip
    expected = run.resistance[0, 0].values.reshape(2, 20, 10)[:, 1::2].mean(axis=-1)
    np.testing.assert_allclose(loop.resistance.sel(branch="up"), expected[:, :5], rtol=1e-9)
    np.testing.assert_allclose(loop.resistance.sel(branch="down"), expected[:, :4:-1], rtol=1e-9)


def test_a_surrogate_sweeps_as_slowly_as_a_laboratory():
    fields = [(0.0, 0.0, field) for field in np.linspace(-0.025, 0.025, 11)]
    device = mp.surrogate.from_fokker_planck(axial(25.0), fields=fields)
    loop = experiments.resistance_field_loop(device, np.linspace(-0.025, 0.025, 11), dwell=0.1, replicas=8, seed=1)
    assert loop.attrs["direction"] == [0.0, 0.0, 1.0]
    assert float(loop.time.max()) == pytest.approx(2.2)
    remanent = loop.resistance.sel(applied_field=0.0, method="nearest").mean("replica")
    assert float(remanent.sel(branch="up")) > 9.5e3 and float(remanent.sel(branch="down")) < 5.3e3


def test_figure(loop):
    ax = plt.subplots()[1]
    assert experiments.plot_loop(loop, ax) is ax
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Applied field (mT)", "Resistance (k\N{GREEK CAPITAL LETTER OMEGA})")
    one = experiments.plot_loop(loop.isel(replica=[0]))
    assert one is not ax and len(one.lines) == 2


def test_bad_input():
    field, voltage = experiments.resistance_field_loop, experiments.resistance_voltage_loop
    for values in ([0.01], [0.0, 0.01, 0.01], [[0.0, 0.01]], [0.0, np.nan]):
        check_refused(ParameterError, "two or more that do, in T", lambda v=values: field(DEVICE, v, dwell=1e-9))
    check_refused(ParameterError, "direction=", lambda: field(DEVICE, FIELDS, dwell=1e-9, direction=(0, 0, 0)))
    check_refused(ParameterError, "dwell=0", lambda: field(DEVICE, FIELDS, dwell=0))
    check_refused(ParameterError, "readings=0", lambda: field(DEVICE, FIELDS, dwell=1e-9, readings=0))
    check_refused(ParameterError, "is not a preset", lambda: field("stack", FIELDS, dwell=1e-9, direction=(0, 0, 1)))
    sine = mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e9))
    check_refused(ParameterError, "varies in time", lambda: field(DEVICE, FIELDS, dwell=1e-9, bias=sine))
    on = mp.Bias(voltage=0.1)
    check_refused(ParameterError, "has a voltage", lambda: voltage(DEVICE, [0, 1], dwell=1e-9, bias=on))
    check_refused(ParameterError, "has a current", lambda: voltage(DEVICE, [0, 1], dwell=1e-9, bias=mp.Bias(current=0)))
    check_refused(ParameterError, "no loop", lambda: experiments.plot_loop(mp.simulate(DEVICE, duration=1e-11)))
