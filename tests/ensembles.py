"""Junctions, biases and short runs of the tests of the simulation."""

import sys

import numpy as np

import mtjphys as mp
from mtjphys.simulation import Simulator

MODULE = sys.modules["mtjphys.simulation.simulator"]

LANES = sys.modules["mtjphys.simulation.lanes"]


def junction(**changes):
    """Return a superparamagnet that crosses between its states within a few nanoseconds."""
    layer = {
        "saturation_magnetisation": 1.1e6,
        "diameter": 22e-9,
        "thickness": 1.3e-9,
        "interfacial_anisotropy": 0.83e-3,
        "damping": 0.05,
    }
    barrier = {
        "resistance_area_product": 5e-12,
        "tunnel_magnetoresistance": 1.2,
        "half_voltage": 0.5,
        "voltage_anisotropy": 30e-15,
        "field_like_ratio": 0.2,
    }
    return mp.MTJ(
        free_layer=layer | changes.pop("free_layer", {}),
        barrier=barrier | changes.pop("barrier", {}),
        **changes,
    )


HOT = {
    "free_layer": {"curie_temperature": 1453.0, "bloch_exponent": 1.06},
    "heating": {"thermal_resistance": 3e6, "time_constant": 5e-10},
}

PLAIN, HEATED = junction(), junction(**HOT)

CURRENT_LAW = junction(barrier={"torque_law": "current", "voltage_anisotropy": 0.0}, free_layer={"damping": 0.08})

# A barrier of 2 kT and strong damping: crosses every nanosecond.
FAST = mp.MTJ(
    free_layer={
        "saturation_magnetisation": 1e6,
        "volume": 3.3e-25,
        "damping": 0.3,
        "demagnetising_factors": (0.0, 0.0, 0.0),
        "uniaxial_anisotropy": (2.5e4, (0.0, 0.0, 1.0)),
    }
)

STIFF = mp.Bias(voltage=0.2, field=(0.0, 0.0, 0.01))

DIVIDED = mp.Bias(voltage=0.4, series_resistance=10e3)

CURRENT = mp.Bias(current=10e-6)

DRIVEN = mp.Bias(
    voltage=mp.Sine(amplitude=0.3, frequency=3e8),
    field=(mp.Step(final=0.03, time=0.7e-9), 0.0, 0.0),
    series_resistance=3000.0,
)

WARMING = mp.Bias(voltage=0.2, temperature=mp.Ramp(initial=250.0, final=350.0, duration=2e-9))

STEP = 1e-12

INTERVAL = 7e-12  # 7 steps: not in step with the tiles of 32


def run(device=PLAIN, bias=STIFF, samples=40, **options):
    """Return the Simulator after `samples`, and the samples."""
    options = {"sample_interval": INTERVAL, "step": STEP, "seed": 5, "replicas": 3} | options
    simulator = Simulator(device, bias, **options)
    return simulator, simulator.advance(samples)


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def same_statistics(a, b):
    a, b = a.statistics(), b.statistics()
    same({name: value[1] for name, value in a.items()}, {name: value[1] for name, value in b.items()})


MANY = {
    "stiff": (PLAIN, STIFF),
    "divided": (PLAIN, DIVIDED),
    "current source": (PLAIN, CURRENT),
    "current law": (CURRENT_LAW, STIFF),
    "driven": (PLAIN, DRIVEN),
    "heated": (HEATED, DIVIDED),
    "warming": (HEATED, WARMING),
    "mixed": (
        [PLAIN, HEATED, CURRENT_LAW],
        [STIFF, DIVIDED, DRIVEN, WARMING, CURRENT, mp.Bias(temperature=0.0)],
    ),
}

ALL = {
    "record": ("m", "resistance", "voltage", "temperature"),
    "moments": True,
    "thresholds": (-0.3, 0.3),
}
