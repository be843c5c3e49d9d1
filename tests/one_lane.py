"""One lane of the kernels as tests run it: a junction in plain numbers, a bias, given noise."""

import naive
import numpy as np
from hypothesis import strategies as st

import mtjphys as mp
from mtjphys.kernels.conduction import DIVIDED, FIXED, STIFF
from mtjphys.kernels.parameters import LaneParameters
from mtjphys.kernels.replay import replay
from mtjphys.kernels.steppers import HEUN, MIDPOINT
from mtjphys.kernels.terms.second_order_anisotropy import SecondOrder
from mtjphys.kernels.torques.current_spin_transfer import CurrentSpinTransfer
from mtjphys.kernels.torques.spin_orbit import SpinOrbit
from mtjphys.kernels.torques.spin_transfer import SpinTransfer

SCHEMES = {"midpoint": MIDPOINT, "heun": HEUN}


# What may differ in the terms and torques: keywords of `parameters`.
LAW = {"voltage": {}, "current": {"current_law": True}, "second order": {"general": True}}
VOLTAGE_TORQUE = SpinTransfer(0.03, 0.004, 0.01, 0.02)
CURRENT_TORQUE = CurrentSpinTransfer(200.0, 0.0, 60.0, 0.0, 0.33)


def parameters(*, current_law=False, torque=True, general=False, **changes):
    """Return a junction with every term switched on, and nothing aligned with anything."""
    p = np.array([0.3, -0.5, 0.8])
    sigma = np.array([0.2, 0.9, -0.1])
    p, sigma = p / np.linalg.norm(p), sigma / np.linalg.norm(sigma)
    spin_orbit_torque = SpinOrbit(*map(float, sigma), 12.0, -5.0)
    values = {
        "gyromagnetic_ratio": 1.7608596e11,
        "damping": 0.05,
        "moment": 6e-19,
        "shape_xx": -0.05,
        "shape_yy": -0.09,
        "shape_zz": -0.9,
        "shape_xy": 0.01,
        "shape_xz": -0.02,
        "shape_yz": 0.03,
        "anisotropy_xx": 0.04,
        "anisotropy_yy": 0.01,
        "anisotropy_zz": 0.7,
        "anisotropy_xy": -0.02,
        "anisotropy_xz": 0.015,
        "anisotropy_yz": 0.005,
        "vcma": -0.06,
        "stray_x": 0.004,
        "stray_y": -0.002,
        "stray_z": 0.01,
        "reference_x": p[0],
        "reference_y": p[1],
        "reference_z": p[2],
        "conductance_parallel": 2e-4,
        "tunnel_magnetoresistance": 1.2,
        "inverse_half_voltage": 2.0,
        "thermal_resistance": 0.0,
        "thermal_rate": 0.0,
        "reference_temperature": 300.0,
        "inverse_curie_temperature": 0.0,
        "bloch_exponent": 1.0583,
        "anisotropy_exponent": 1.804,
    }
    torques = (spin_orbit_torque, CURRENT_TORQUE if current_law else VOLTAGE_TORQUE)
    terms = (SecondOrder(0.3),) if general else ()
    changes = {name: float(value) for name, value in changes.items()}
    return LaneParameters(**values | changes, terms=terms, torques=torques if torque else ())


HOT = {
    "thermal_resistance": 2e6,
    "thermal_rate": 2e11,
    "inverse_curie_temperature": 1.0 / 1453.0,
}


def bias(source=0.2, steps=None, *, field=(0.02, -0.03, 0.05), temperature=300.0, channel=1e-3):
    """Return the table of a constant bias, or one in which everything varies, within the steps as well."""
    table = np.array([source, *field, temperature, channel, 0.0])[:, None]
    if steps is None:
        return table
    table[-1] = (0.3 * source) ** 2
    phase = np.linspace(0.0, 4.0, steps) + np.arange(7)[:, None]
    return np.ascontiguousarray(table * (1.0 + 0.3 * np.sin(phase)))


def start(p, m, source, a, b):
    return naive.junction_voltage(p, m @ naive.vector(p, "reference"), source, a, b)


def advance(
    p,
    m,
    noise,
    table,
    dt,
    scheme,
    *,
    circuit=STIFF,
    hot=False,
    hold=1,
    a=1.0,
    b=0.0,
    renormalise=True,
):
    m = np.asarray(m, dtype=float)
    voltage = start(p, m, table[0, 0], a, b)
    noise = np.ascontiguousarray(noise)
    return replay(
        p,
        m,
        voltage,
        noise,
        table,
        dt,
        scheme=SCHEMES[scheme],
        circuit=circuit,
        hot=hot,
        hold=hold,
        source_weight=a,
        junction_weight=b,
        renormalise=renormalise,
    )


def unit(vector):
    return np.asarray(vector) / np.linalg.norm(vector)


def normal_numbers(steps, seed=0):
    return np.random.default_rng(seed).standard_normal((steps, 3))


M0 = unit([0.4, 0.5, -0.6])
directions = st.tuples(*[st.floats(-1.0, 1.0)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


CASES = {
    "stiff": {},
    "divided": {"circuit": DIVIDED, "b": 4000.0},
    "current source": {"circuit": DIVIDED, "a": 0.0, "b": 1.0},
    "current law, stiff": {"circuit": FIXED, "law": "current"},
    "current law, divided": {"circuit": DIVIDED, "law": "current", "b": 4000.0},
    "second order, stiff": {"law": "second order"},
    "second order, divided": {"law": "second order", "circuit": DIVIDED, "b": 4000.0},
    "hot, stiff": {"hot": True},
    "hot, divided": {"hot": True, "circuit": DIVIDED, "b": 4000.0},
    "hot, held": {"hot": True, "hold": 7},
    "hot, current law": {"hot": True, "circuit": DIVIDED, "law": "current", "a": 0.0, "b": 1.0},
}


def circuit_of(options):
    """Return the options of a case that `advance` takes."""
    return {name: value for name, value in options.items() if name != "law"}


def scaled_fields(p, factor):
    """Return the junction with all its fields and torques multiplied."""
    names = [
        name
        for name in p._fields
        if name.startswith(("shape", "anisotropy_", "stray", "vcma")) and name[-8:] != "exponent"
    ]
    angles = ("x", "y", "z", "polarisation_squared")

    def larger(t):
        return t._replace(**{name: factor * getattr(t, name) for name in t._fields if name not in angles})

    changes = {name: factor * getattr(p, name) for name in names}
    return p._replace(**changes, terms=tuple(map(larger, p.terms)), torques=tuple(map(larger, p.torques)))


def only_torque(size, **changes):
    """Return a junction with nothing but a damping-like torque of `size` T/V."""
    p = scaled_fields(parameters(**changes), 0.0)
    return p._replace(torques=(SpinTransfer(float(size), 0.0, 0.0, 0.0),))


def junction(**changes):
    """Return a perpendicular junction with every voltage effect, as the device layer describes it."""
    layer = {
        "saturation_magnetisation": 1.1e6,
        "diameter": 30e-9,
        "thickness": 1.4e-9,
        "interfacial_anisotropy": 1.05e-3,
        "damping": 0.02,
    }
    barrier = {
        "resistance_area_product": 5e-12,
        "tunnel_magnetoresistance": 1.2,
        "half_voltage": 0.5,
        "voltage_anisotropy": 40e-15,
        "field_like_ratio": 0.3,
        "field_like_per_volt_squared": 0.004,
    }
    return mp.MTJ(
        free_layer=layer | changes.pop("free_layer", {}),
        barrier=barrier | changes.pop("barrier", {}),
        reference={"direction": (0.2, 0.0, 1.0), "stray_field": (0.001, 0.0, 0.004)},
        **changes,
    )
