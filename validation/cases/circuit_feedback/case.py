"""A junction behind a resistor, in the stationary state of its own feedback.

The voltage across a junction depends on its state, and its torques and its anisotropy depend on the voltage. With the
reference layer and the easy axis along z all of it acts along z and depends on z = m_z alone, so that the stationary
density is known by one integral. Damping-like torque a, field-like torque f and voltage-controlled anisotropy v give

    rho(z) ~ exp[(1/b) int B(z) dz],   B(z) = B_k z + (a/alpha + f) V(z) + v V(z) z,   b = kB T/(Ms V)

with the voltage from V(z) + R_s V(z) G(z, V(z)) = V_source, or V(z) G(z, V(z)) = I behind a current source. This is
no Boltzmann distribution: with a torque, and with a voltage that follows the moment, there is no energy. Which sign and
size each of the three couplings has, which state is the parallel one, and how the circuit divides the voltage, all of
it moves the means.

Delta = 3, alpha = 0.3, TMR 100 % that halves at 0.4 V: a stiff source, a resistor of 1.6 R_P, a current source. The
means of m_z, resistance and voltage are judged, to a fraction of their spread, and the variance of the resistance; and
what the Fokker-Planck solver of the library makes of the same circuits.
"""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from scipy.constants import Boltzmann, mu_0
from scipy.integrate import cumulative_simpson, simpson
from scipy.optimize import brentq

import mtjphys as mp
from mtjphys import fokker_planck
from mtjphys.core.palette import COLOURS, MARKERS
from validation.statistics import Array, jackknife
from validation.suite import Outcome, Row, sampled

SECTION = "Equilibrium"
CAPTION = (
    "Left: density of m_z behind three sources; lines: the integral, symbols: simulated, dashed: no voltage. Right: "
    "voltage across the junction against m_z; lines: the root of the circuit's equation, symbols: simulated."
)
STABILITY, DAMPING, TEMPERATURE = 3.0, 0.3, 300.0
MAGNETISATION, DIAMETER, THICKNESS = 1.0e6, 20e-9, 1.0e-9  # A/m, m, m
VOLUME = 0.25 * np.pi * DIAMETER**2 * THICKNESS
THERMAL_FIELD = Boltzmann * TEMPERATURE / (MAGNETISATION * VOLUME)  # T
ANISOTROPY_FIELD = 2.0 * STABILITY * THERMAL_FIELD
DAMPING_LIKE, FIELD_LIKE = 1.4 * DAMPING * ANISOTROPY_FIELD, -0.7 * ANISOTROPY_FIELD  # T/V
VOLTAGE_ANISOTROPY = 70e-15  # J/(V m)
PARALLEL, RATIO, HALF_VOLTAGE = 5.0e3, 1.0, 0.4  # ohm, 1, V
SERIES = 8.0e3  # ohm
SOURCES = {
    "stiff": mp.Bias(voltage=0.15),
    "resistor": mp.Bias(voltage=0.35, series_resistance=SERIES),
    "current": mp.Bias(current=2.0e-5),
}
INTERVAL = 0.5e-9  # s, between two samples


def junction() -> mp.MTJ:
    """Return the junction, its easy axis so strong that B_k is left of it beside the demagnetising field."""
    stack = {"saturation_magnetisation": MAGNETISATION, "diameter": DIAMETER, "thickness": THICKNESS}
    n_x, _, n_z = mp.FreeLayer(**stack).factors
    field = ANISOTROPY_FIELD + mu_0 * MAGNETISATION * (n_z - n_x)
    layer = mp.FreeLayer(
        **stack,
        uniaxial_anisotropy=(0.5 * field * MAGNETISATION, (0.0, 0.0, 1.0)),
        damping=DAMPING,
    )
    barrier = mp.Barrier(
        thickness=1.0e-9,
        resistance_parallel=PARALLEL,
        tunnel_magnetoresistance=RATIO,
        half_voltage=HALF_VOLTAGE,
        voltage_anisotropy=VOLTAGE_ANISOTROPY,
        damping_like_per_volt=DAMPING_LIKE,
        field_like_per_volt=FIELD_LIKE,
    )
    return mp.MTJ(free_layer=layer, barrier=barrier, reference=mp.ReferenceLayer(direction=(0.0, 0.0, 1.0)))


def conductance(z: float, voltage: float) -> float:
    """Return G in siemens: linear in m_z between the parallel and the antiparallel state."""
    ratio = RATIO / (1.0 + (voltage / HALF_VOLTAGE) ** 2)
    return (0.5 * (1.0 + z) + 0.5 * (1.0 - z) / (1.0 + ratio)) / PARALLEL


def voltage(z: float, bias: mp.Bias) -> float:
    """Return the voltage across the junction in V."""
    if bias.source == "current":
        return brentq(lambda v: v * conductance(z, v) - bias.current, 0.0, 1.0, xtol=1e-14)
    if bias.series_resistance == 0.0:
        return float(bias.voltage)
    return brentq(lambda v: v + SERIES * v * conductance(z, v) - bias.voltage, 0.0, 1.0, xtol=1e-14)


class Exact(NamedTuple):
    """The stationary state on a grid of m_z."""

    z: Array
    density: Array
    voltage: Array
    resistance: Array

    def mean(self, values: Array) -> float:
        """Return the mean of `values` on the grid."""
        return float(simpson(self.density * values, x=self.z))


def exact(bias: mp.Bias) -> Exact:
    """Return the stationary state by quadrature."""
    z = np.linspace(-1.0, 1.0, 2001)
    v = np.array([voltage(x, bias) for x in z])
    r = np.array([1.0 / conductance(x, y) for x, y in zip(z, v, strict=True)])
    per_volt = -2.0 * VOLTAGE_ANISOTROPY / (MAGNETISATION * THICKNESS * 1.0e-9)
    field = ANISOTROPY_FIELD * z + (DAMPING_LIKE / DAMPING + FIELD_LIKE) * v + per_volt * v * z
    exponent = cumulative_simpson(field, x=z, initial=0.0) / THERMAL_FIELD
    density = np.exp(exponent - exponent.max())
    return Exact(z, density / simpson(density, x=z), v, r)


def run(quick: bool) -> Outcome:
    """Sample the three circuits; hold the library's stationary state against the same integral."""
    lanes, samples = 512, 1000 if quick else 8000
    allowed = 0.03 if quick else 0.01  # of the spread
    rows, solved, drawn = [], [], {}
    source = "integral over m_z"
    for seed, (name, bias) in enumerate(SOURCES.items(), 240):
        state = exact(bias)
        simulator = mp.Simulator(
            junction(),
            bias,
            sample_interval=INTERVAL,
            replicas=lanes,
            seed=seed,
            initial="random",
            record=("m", "resistance", "voltage"),
        )
        simulator.settle(40.0 * INTERVAL)
        found = simulator.advance(samples)
        found["m_z"] = found.pop("m")[..., 2]
        expected = {"m_z": state.z, "resistance": state.resistance, "voltage": state.voltage}
        for quantity, values in expected.items():
            mean = state.mean(values)
            spread = np.sqrt(state.mean((values - mean) ** 2))
            if quantity == "voltage" and name == "stiff":
                continue
            estimate = jackknife(found[quantity].mean(axis=1))
            rows.append(sampled(f"<{quantity}>, {name}", estimate, mean, 0.0, source, within=allowed * spread))
            if quantity == "resistance":
                estimate = jackknife(((found[quantity] - mean) ** 2).mean(axis=1))
                rows.append(sampled(f"variance of {quantity}, {name}", estimate, spread**2, allowed, source))
        own = fokker_planck.equilibrium(junction(), bias)
        for quantity, value, values in (
            ("m_z", own.projection, state.z),
            ("resistance", own.resistance, state.resistance),
        ):
            solved.append(Row(f"fokker_planck <{quantity}>, {name}", value, 0.0, state.mean(values), 1e-5, source))
        drawn[name] = (state, np.histogram(found["m_z"], np.linspace(-1.0, 1.0, 41)), found["m_z"], found["voltage"])
    return Outcome(rows + solved, drawn)


def figure(drawn: dict) -> Figure:
    """Draw the densities and the voltages."""
    drawing, (left, right) = subplots(1, 2, figsize=(7.0, 3.0))
    free = exact(mp.Bias())
    left.plot(free.z, free.density, "--", color="black", lw=0.8)
    for k, (name, (state, (counts, edges), m_z, v)) in enumerate(drawn.items()):
        middle, width = 0.5 * (edges[1:] + edges[:-1]), edges[1] - edges[0]
        style = {"color": COLOURS[k], "marker": MARKERS[k], "ls": "none", "mfc": "none"}
        left.plot(state.z, state.density, color=COLOURS[k])
        left.plot(middle, counts / counts.sum() / width, **style, label=name)
        right.plot(state.z, 1e3 * state.voltage, color=COLOURS[k])
        right.plot(m_z[:12, -1], 1e3 * v[:12, -1], **style)
    left.set(xlabel=r"$m_z$", ylabel=r"density of $m_z$", ylim=(0, None))
    left.legend()
    right.set(xlabel=r"$m_z$", ylabel="voltage across the junction (mV)")
    return drawing
