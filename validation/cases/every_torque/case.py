"""Every torque, circuit and heating, without noise, against an integrator from outside.

At zero temperature the stochastic equation is an ordinary one. Its Gilbert form is written down here once more from
the laws as they are published: Slonczewski's torque at fixed voltage and at fixed current, field-like torques even in
the voltage, the spin-orbit torque of a channel, voltage-controlled anisotropy, a conductance linear in the cosine with
a magnetoresistance that falls with voltage, the divider's voltage by bisection; and with heating the temperature
as one more unknown, to which Ms and K fall by Rehm's law. scipy's DOP853 integrates it to 1e-10. Judged is the largest
distance between the two magnetisations over a few turns, at a fine step, and the temperature and voltage at the end. A
heated junction has noise: it is made so wide that this noise turns m by some milliradians only.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.pyplot import subplots
from numpy.typing import NDArray
from scipy.constants import Boltzmann, e, hbar, mu_0, physical_constants
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import mtjphys as mp
from mtjphys.core.palette import COLOURS
from validation.suite import Outcome, Row

SECTION = "Dynamics"
CAPTION = (
    "Components of m of the junction behind a resistor, heated (left), and under the spin-orbit torque (right). Lines: "
    "the integrator from outside; circles: this solver."
)
Array = NDArray[np.float64]

GAMMA = 2.00231930436092 * physical_constants["Bohr magneton"][0] / hbar
MAGNETISATION, THICKNESS, WIDTH = 1.0e6, 1.5e-9, 1e-6
VOLUME = math.pi / 4.0 * WIDTH**2 * THICKNESS
DAMPING, POLARISATION, RATIO, HALF = 0.03, 0.6, 1.1, 0.4
RESISTANCE, BARRIER = 14.4, 1.1e-9
HEAT, HEAT_TIME = 1.44e4, 1e-10  # K/W, s
REFERENCE = np.array([0.6, 0.1, 0.79])
REFERENCE = REFERENCE / np.linalg.norm(REFERENCE)
STRAY, FIELD = np.array([0.004, -0.002, 0.006]), np.array([0.01, 0.02, -0.015])
INTERFACE, UNIAXIAL, SECOND, XI = 0.9e-3, 8e3, 3e4, 60e-15
CURIE, BLOCH, EXPONENT, REFERENCE_TEMPERATURE = 1453.0, 1.0583, 1.804, 300.0
CHANNEL, ANGLE, SECTION_AREA = np.array([0.1, -0.95, 0.2]), -0.25, 120e-9 * 5e-9
START = np.array([0.3, -0.5, 0.81])
START = START / np.linalg.norm(START)
DURATION = 0.5e-9


class Setting(NamedTuple):
    """What one comparison switches on."""

    barrier: dict[str, Any]
    bias: dict[str, Any]
    spin_orbit: bool = False
    heated: bool = False


SETTINGS = {
    "voltage law": Setting({"damping_like_efficiency": 0.8, "field_like_ratio": 0.2}, {"voltage": 0.3}),
    "quadratic torques": Setting(
        {"damping_like_per_volt": 0.02, "damping_like_per_volt_squared": 0.03, "field_like_per_volt_squared": 0.05},
        {"voltage": -0.4},
    ),
    "behind a resistor": Setting(
        {"damping_like_efficiency": 0.8, "voltage_anisotropy": XI}, {"voltage": 0.9, "series_resistance": 21.6}
    ),
    "current law": Setting({"torque_law": "current", "field_like_ratio": 0.3}, {"voltage": 0.3}),
    "current law, current source": Setting({"torque_law": "current"}, {"current": 0.0166}),
    "spin-orbit torque": Setting({}, {"spin_orbit_current": 4e-4}, spin_orbit=True),
    "heated, behind a resistor": Setting(
        {"damping_like_efficiency": 0.8}, {"voltage": 0.9, "series_resistance": 10.8}, heated=True
    ),
}


def junction(setting: Setting) -> mp.MTJ:
    """Return the junction as the library describes it."""
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=MAGNETISATION,
            diameter=WIDTH,
            thickness=THICKNESS,
            interfacial_anisotropy=INTERFACE,
            uniaxial_anisotropy=(UNIAXIAL, (1.0, 0.4, 0.0)),
            second_order_anisotropy=SECOND,
            damping=DAMPING,
            curie_temperature=CURIE,
            bloch_exponent=BLOCH,
            anisotropy_exponent=EXPONENT,
        ),
        barrier=mp.Barrier(
            thickness=BARRIER,
            resistance_parallel=RESISTANCE,
            tunnel_magnetoresistance=RATIO,
            half_voltage=HALF,
            polarisation=POLARISATION,
            **{"damping_like_efficiency": 0.0, **setting.barrier},
        ),
        reference=mp.ReferenceLayer(direction=tuple(REFERENCE), stray_field=tuple(STRAY)),
        heating=mp.Heating(thermal_resistance=HEAT, time_constant=HEAT_TIME) if setting.heated else None,
        spin_orbit=(
            mp.SpinOrbit(
                spin_hall_angle=ANGLE,
                channel_width=120e-9,
                channel_thickness=5e-9,
                polarisation=tuple(CHANNEL),
                field_like_ratio=0.35,
            )
            if setting.spin_orbit
            else None
        ),
    )


def conductance(cosine: float, voltage: float) -> float:
    """Return G of the cosine and the voltage: parallel is the better conductor."""
    antiparallel = 1.0 / (RESISTANCE * (1.0 + RATIO / (1.0 + (voltage / HALF) ** 2)))
    return (1.0 + cosine) / 2.0 / RESISTANCE + (1.0 - cosine) / 2.0 * antiparallel


def divided(cosine: float, bias: dict[str, Any]) -> float:
    """Return the junction's voltage in its circuit."""
    series, current = bias.get("series_resistance", 0.0), bias.get("current")
    if current is not None:
        return brentq(lambda v: v * conductance(cosine, v) - current, 0.0, 10.0, xtol=1e-15)
    source = bias.get("voltage", 0.0)
    if not series:
        return source
    return brentq(lambda v: v * (1.0 + series * conductance(cosine, v)) - source, 0.0, source, xtol=1e-15)


def right_hand_side(setting: Setting, factors: Array) -> Callable[[float, Array], Array]:
    """Return dy/dt of y = (m, T)."""
    barrier, bias = setting.barrier, setting.bias
    axis = np.array([1.0, 0.4, 0.0]) / math.hypot(1.0, 0.4)
    torque_unit = hbar / (2.0 * e) / (MAGNETISATION * VOLUME)

    def share(kelvin: float) -> float:
        return (1.0 - (kelvin / CURIE) ** BLOCH) / (1.0 - (REFERENCE_TEMPERATURE / CURIE) ** BLOCH)

    def rate(time: float, y: Array) -> Array:
        m, kelvin = y[:3] / np.linalg.norm(y[:3]), y[3]
        ms = share(kelvin)
        k = ms**EXPONENT
        cosine = float(m @ REFERENCE)
        voltage = divided(cosine, bias)
        g = conductance(cosine, voltage)
        # Fields of the energy densities over Ms(T).
        field = FIELD + STRAY - mu_0 * MAGNETISATION * ms * factors * m
        field = field + 2.0 * UNIAXIAL * k / (MAGNETISATION * ms) * (m @ axis) * axis
        normal = 2.0 * INTERFACE * k / (THICKNESS * MAGNETISATION * ms) * m[2]
        normal -= (
            2.0 * barrier.get("voltage_anisotropy", 0.0) * voltage / (BARRIER * THICKNESS * MAGNETISATION * ms) * m[2]
        )
        normal += 4.0 * SECOND * k / (MAGNETISATION * ms) * m[2] * (1.0 - m[2] ** 2)
        field = field + np.array([0.0, 0.0, normal])
        efficiency = barrier.get("damping_like_efficiency", 1.0 if barrier.get("torque_law") else 0.0)
        if barrier.get("torque_law") == "current":
            efficiency = barrier.get("damping_like_efficiency", 0.0)
            a = efficiency * torque_unit * POLARISATION / (1.0 + POLARISATION**2 * cosine) * voltage * g
        else:
            slope = efficiency * torque_unit * POLARISATION / (1.0 + POLARISATION**2) / RESISTANCE
            a = barrier.get("damping_like_per_volt", slope) * voltage
        f = barrier.get("field_like_ratio", 0.0) * a
        a += barrier.get("damping_like_per_volt_squared", 0.0) * voltage**2
        f += barrier.get("field_like_per_volt_squared", 0.0) * voltage**2
        q, fl = a / ms * REFERENCE, f / ms * REFERENCE
        if setting.spin_orbit:
            sigma = CHANNEL / np.linalg.norm(CHANNEL)
            density = bias["spin_orbit_current"] / SECTION_AREA
            b = hbar / (2.0 * e) * ANGLE * density / (MAGNETISATION * ms * THICKNESS)
            q, fl = q + b * sigma, fl + 0.35 * b * sigma
        # dm/dt - alpha m x dm/dt = -gamma m x (B + f) - gamma m x (m x q), solved for dm/dt.
        torque = -GAMMA * (np.cross(m, field + fl) + np.cross(m, np.cross(m, q)))
        slope_m = (torque + DAMPING * np.cross(m, torque)) / (1.0 + DAMPING**2)
        warming = (HEAT * voltage**2 * g - kelvin) / HEAT_TIME if setting.heated else 0.0
        return np.append(slope_m, warming)

    return rate


def run(quick: bool) -> Outcome:
    """Integrate every setting both ways."""
    rows, drawn = [], {}
    for name, setting in SETTINGS.items():
        setting = setting._replace(
            barrier={"damping_like_efficiency": 0.8, **setting.barrier}
            if "torque_law" in setting.barrier
            else setting.barrier
        )
        device = junction(setting)
        factors = np.array(device.demagnetising_factors)
        steps = 4000 if quick else 16000
        step = DURATION / steps
        simulator = mp.Simulator(
            device,
            mp.Bias(field=tuple(FIELD), temperature=0.0, **setting.bias),
            sample_interval=20 * step,
            step=step,
            initial=START,
            record=("m", "voltage", "temperature"),
        )
        ours = simulator.advance(steps // 20)
        times = (np.arange(steps // 20) + 1) * 20 * step
        start = np.append(START, 0.0)
        theirs = solve_ivp(
            right_hand_side(setting, factors),
            (0.0, DURATION),
            start,
            method="DOP853",
            t_eval=times,
            rtol=1e-10,
            atol=1e-12,
        ).y
        hottest = float(theirs[3].max())
        noise = math.sqrt(2.0 * DAMPING * GAMMA * Boltzmann * hottest * DURATION / (MAGNETISATION * VOLUME))
        apart = np.linalg.norm(ours["m"][0] - theirs[:3].T, axis=1)
        rows.append(
            Row(
                f"largest distance of m, {name}",
                float(apart.max()),
                0.0,
                0.0,
                0.0,
                "scipy DOP853",
                within=5 * noise + 2e-5,
            )
        )
        expected = divided(float(theirs[:3, -1] @ REFERENCE), setting.bias)
        if expected:
            rows.append(
                Row(f"voltage at the end, {name} (V)", float(ours["voltage"][0, -1]), 0.0, expected, 2e-3, "bisection")
            )
        if setting.heated:
            rows.append(
                Row(
                    f"temperature at the end, {name} (K)",
                    float(ours["temperature"][0, -1]),
                    0.0,
                    theirs[3, -1],
                    0.01,
                    "scipy DOP853",
                )
            )
        drawn[name] = times, ours["m"][0], theirs[:3].T
    return Outcome(rows, drawn)


def figure(drawn: dict[str, tuple[Array, Array, Array]]) -> Figure:
    """Draw two of the paths."""
    drawing, panels = subplots(1, 2, figsize=(6.4, 2.7), sharey=True)
    for panel, name in zip(panels, ("heated, behind a resistor", "spin-orbit torque"), strict=True):
        times, ours, theirs = drawn[name]
        every = max(1, len(times) // 25)
        for k in range(3):
            panel.plot(1e9 * times, theirs[:, k], color=COLOURS[k])
            label = f"$m_{'xyz'[k]}$"
            panel.plot(1e9 * times[::every], ours[::every, k], "o", color=COLOURS[k], mfc="white", ms=4, label=label)
        panel.set(xlabel="time (ns)", title=name)
    panels[0].legend()
    return drawing
