r"""A junction as two states: rates in tables, sampled exactly in continuous time.

A `TwoState` leaves the parallel and the antiparallel state with rates that depend on voltage, field and
temperature. It is made from the Fokker-Planck equation, from simulated traces or from measured dwell times, says how
far its rates may be off, and goes wherever a junction goes: `mtjphys.simulate`, readout, noise for networks. An event
costs some ten nanoseconds whatever the dwell time, so that hours of a millisecond junction take a second.

- **Rates.** :math:`\ln k_s` is a cubic spline of the source voltage U of the circuit for which the table was made
  (a series resistance, or none), of the field along a line, and of temperature. In that circuit it is exact: behind
  a series resistor the voltage follows the magnetisation all the way over the barrier, and the Fokker-Planck rates
  know. In another circuit a state is left as in the table where the mean voltage on its way from
  :math:`m\cdot p = \pm 1` to the top at 0 is the same, which is right to first order for a spin torque in an axial
  junction. For `presets.funatsu_2022` behind 10 kohm it leaves 3 % at 20 mV and 18 % at 50 mV, where the voltage of
  the resting state would be off by :math:`\delta\ln k = (\partial\ln k/\partial V)(V_{AP} - V_P)/4`, 16 % and 46 %.
  Better make the table for the circuit.
- **Inside a state** m.p has the stationary distribution of its well, and the memory of an Ornstein-Uhlenbeck process:
  :math:`m\cdot p = g_s(u)` with a Gaussian u of :math:`\langle u(0)u(t)\rangle = e^{-t/\tau_s}` and the
  :math:`\tau_s` that gives m.p its correlation time; u is drawn anew at each switching. From this follow
  conductance, voltage and resistance, as in the simulation of a junction.
- **Sampling.** At constant bias dwell times are exponential; under a waveform they are thinned from a bound of the
  rates that holds in each window of time (Lewis and Shedler). There is no step. A sine and straight lines are taken
  as they are, any other curve as straight lines that are off by 1e-4 of its range at most.
"""

from mtjphys.surrogate.exact import GOOD_SEPARATION, SMALLEST_SEPARATION, from_fokker_planck
from mtjphys.surrogate.measurement import from_measurement
from mtjphys.surrogate.simulator import RECORDS, TwoStateSimulator
from mtjphys.surrogate.traces import from_traces
from mtjphys.surrogate.two_state import SwitchingRates, TwoState

__all__ = [
    "GOOD_SEPARATION",
    "RECORDS",
    "SMALLEST_SEPARATION",
    "SwitchingRates",
    "TwoState",
    "TwoStateSimulator",
    "from_fokker_planck",
    "from_measurement",
    "from_traces",
]
__dir__ = __all__.copy
