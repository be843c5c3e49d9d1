r"""Exact statistics of one junction from its Fokker-Planck equation, without sampling.

The probability density :math:`\rho` of the unit vector m that follows the stochastic LLG equation
obeys, on the sphere,

.. math::

    \partial_t\rho = -\nabla\cdot(v\rho) + D\nabla^2\rho, \qquad
    v = \frac{\gamma}{1+\alpha^2}\left[-m\times(B - \alpha q) + P_\perp(\alpha B + q)\right], \qquad
    D = \frac{\alpha\gamma b}{1+\alpha^2},

with the field :math:`B = B_0 + Mm` (field-like torques included), the damping-like torque
:math:`q = a_{DL}p + b_{DL}\sigma`, the projection :math:`P_\perp` on the tangent plane and the
thermal field :math:`b = k_BT/(M_sV)`. The coefficients may be functions of m.p, as they are behind
a series resistor.

- An axially symmetric junction relaxes along its axis as in detailed balance. Its slowest rate is
  found from an integral equation with a positive kernel, to about twelve digits at any barrier up
  to a few hundred kT.
- Otherwise the operator L is a sparse matrix in real spherical harmonics, built from the exact
  matrices of x, y, z, of the rotations :math:`m\times\nabla` and of the gradient, and taken between
  weights, :math:`e^{s/2}Le^{-s/2}` with :math:`s\approx\log\rho`: in detailed balance the relaxing part
  is then symmetric, and rounding is not magnified by the range of the density. Degree and order grow
  until the answer is stable to the `rtol` that was asked for, and what was reached is reported.
  RelaxationRates reach 45 kT in detailed balance and about 30 kT under spin torque, with any easy-plane field
  (a 60 nm disc with 480 kT across the plane takes degree 320) and any damping down to about 0.005.
  Beyond, it is never a number that rounding made: in detailed balance the asymptotic rate of
  `mtjphys.theory` with a warning that states its error, else an error.
- Dwell times between thresholds are those of a trace read with hysteresis. Off the axis they come
  from finite elements between the two cones about p.
- A pulse is the backward equation under its bias: in an axially symmetric junction by exponentially
  fitted finite volumes, whose positive rates keep the digits of the smallest probabilities.

Every function takes a junction and a constant bias, or a `Macrospin` in plain numbers and no bias. The
factors of the last junctions and biases are kept, up to 500 MB: what else is asked of them costs no new ones.
`sensitivities` gives derivatives by a junction's parameters from one solution, for fits; `many` takes junctions and
biases in threads.

References
----------
W. F. Brown, Phys. Rev. 130, 1677 (1963).
W. T. Coffey and Y. P. Kalmykov, J. Appl. Phys. 112, 121301 (2012).
"""

from mtjphys.fokker_planck.correlation import autocorrelation, correlation_time, spectrum
from mtjphys.fokker_planck.many import Many, many
from mtjphys.fokker_planck.pulse_sensitivities import pulse_sensitivities
from mtjphys.fokker_planck.pulses import switching_probability, write_error
from mtjphys.fokker_planck.rates import MeanDwellTimes, RelaxationRates, dwell_times, relaxation_rate, relaxation_rates
from mtjphys.fokker_planck.sensitivities import QUANTITIES, Sensitivity, sensitivities
from mtjphys.fokker_planck.stationary import Equilibrium, equilibrium
from mtjphys.junction.spin import macrospin
from mtjphys.macrospin.spin import Macrospin, Modulation

__all__ = [
    "QUANTITIES",
    "Equilibrium",
    "Macrospin",
    "Many",
    "MeanDwellTimes",
    "Modulation",
    "RelaxationRates",
    "Sensitivity",
    "autocorrelation",
    "correlation_time",
    "dwell_times",
    "equilibrium",
    "macrospin",
    "many",
    "pulse_sensitivities",
    "relaxation_rate",
    "relaxation_rates",
    "sensitivities",
    "spectrum",
    "switching_probability",
    "write_error",
]
__dir__ = __all__.copy
