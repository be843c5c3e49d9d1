"""The SI numbers of one junction as the kernels see them."""

from typing import NamedTuple


class LaneParameters(NamedTuple):
    """One junction in SI floats; fields in tesla are at the reference temperature.

    The effective field is ``B = B_applied + stray + (shape s + anisotropy k/s + vcma V/s zz) m`` with
    ``s = Ms(T)/Ms(T_ref)``, ``k = s**anisotropy_exponent`` and symmetric 3x3 matrices given by six numbers.
    """

    gyromagnetic_ratio: float  # rad/(s T)
    damping: float  # 1
    moment: float  # A m^2, Ms V at the reference temperature
    shape_xx: float  # T, -mu0 Ms N
    shape_yy: float
    shape_zz: float
    shape_xy: float
    shape_xz: float
    shape_yz: float
    anisotropy_xx: float  # T, 2 K_u/Ms u u^T + 2 K_i/(Ms t) z z^T
    anisotropy_yy: float
    anisotropy_zz: float
    anisotropy_xy: float
    anisotropy_xz: float
    anisotropy_yz: float
    vcma: float  # T/V, -2 xi/(Ms t t_barrier); field vcma V m_z along z
    stray_x: float  # T
    stray_y: float
    stray_z: float
    reference_x: float  # p, unit vector of the reference layer
    reference_y: float
    reference_z: float
    damping_like: float  # T/V, a_DL = damping_like V + damping_like_quadratic V^2 (+ current law)
    damping_like_quadratic: float  # T/V^2
    field_like: float  # T/V
    field_like_quadratic: float  # T/V^2
    damping_like_current: float  # T/A, a_DL += damping_like_current I/(1 + polarisation_squared m.p)
    field_like_current: float  # T/A, a_FL += field_like_current I/(1 + polarisation_squared m.p)
    polarisation_squared: float  # 1
    conductance_parallel: float  # S
    tunnel_magnetoresistance: float  # 1 (1.0 is 100 %), at zero bias
    inverse_half_voltage: float  # 1/V; 0 switches the bias dependence of the TMR off
    spin_orbit_x: float  # polarisation axis of the spin-orbit torque, unit vector
    spin_orbit_y: float
    spin_orbit_z: float
    spin_orbit_damping_like: float  # T/A of channel current
    spin_orbit_field_like: float  # T/A
    thermal_resistance: float  # K/W; 0: no heating
    thermal_rate: float  # 1/s, 1/thermal time constant; 0: no heating
    reference_temperature: float  # K
    inverse_curie_temperature: float  # 1/K; 0: Ms and K do not depend on temperature
    bloch_exponent: float  # 1, Ms(T) ~ 1 - (T/T_C)**bloch_exponent
    anisotropy_exponent: float  # 1, K ~ Ms**anisotropy_exponent
