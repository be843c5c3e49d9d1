"""Another circuit than that of the table."""

import numpy as np
import pytest
from two_state_devices import axial

import mtjphys as mp
from mtjphys import fokker_planck, surrogate
from mtjphys.kernels.conduction import conductance


def test_the_circuit_of_the_table_is_exact_and_another_takes_the_mean_voltage_on_the_way_out():
    junction, resistor = axial(), 6e3
    bias = mp.Bias(voltage=0.3, series_resistance=resistor)
    own = surrogate.from_fokker_planck(junction, voltages=np.linspace(0.1, 0.5, 5), series_resistance=resistor)
    times = fokker_planck.dwell_times(junction, bias)
    exact = np.array([1 / times.parallel, 1 / times.antiparallel])
    np.testing.assert_allclose(own.rates(bias), exact, rtol=1e-9)

    # A table without resistor: the divider by hand, from m.p = +-1 to the top.
    stiff = surrogate.from_fokker_planck(junction, voltages=np.linspace(0.0, 0.4, 9))
    rates = stiff.rates(bias)
    cosine, volt = np.linspace(-1.0, 1.0, 2001), np.full(2001, 0.2)
    for _ in range(200):
        share = 1.0 / (1.0 + 1.0 / (1.0 + (volt / 0.5) ** 2))
        volt = 0.3 / (1.0 + resistor * (0.5 * (1.0 + cosine) + 0.5 * (1.0 - cosine) * share) / 5e3)
    antiparallel, parallel = np.trapezoid(volt[:1001], dx=1e-3), np.trapezoid(volt[1000:], dx=1e-3)
    assert antiparallel - parallel > 0.02
    assert rates.parallel == pytest.approx(stiff.rates(mp.Bias(voltage=parallel)).parallel, rel=1e-6)
    assert rates.antiparallel == pytest.approx(stiff.rates(mp.Bias(voltage=antiparallel)).antiparallel, rel=1e-6)
    # Right to first order in the torque, where the voltages at rest are not.
    rest = stiff.rates(mp.Bias(voltage=volt[-1])).parallel, stiff.rates(mp.Bias(voltage=volt[0])).antiparallel
    assert np.all(np.abs(np.log(rates / exact)) < 0.25 * np.abs(np.log(rest / exact)))
    assert np.abs(np.log(rates / exact)).max() < 0.05

    # From the resistor's table back to a stiff source, and to a current source.
    assert own.rates(mp.Bias(voltage=parallel)).parallel == pytest.approx(exact[0], rel=1e-6)
    current = 0.07 * float(conductance(junction.lane_parameters(), 0.5, 0.07))
    times = fokker_planck.dwell_times(junction, mp.Bias(current=current))
    np.testing.assert_allclose(
        stiff.rates(mp.Bias(current=current)), [1 / times.parallel, 1 / times.antiparallel], rtol=0.05
    )
