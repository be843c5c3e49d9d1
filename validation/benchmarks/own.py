"""The macrospin, and a junction with all its physics, in mtjphys."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mtjphys as mp
from mtjphys.core.errors import MtjphysWarning, SimulationError
from validation.benchmarks import macrospin

STEP = 1e-12  # s, of the full physics
VOLTAGE = 0.1  # V
SERIES_RESISTANCE = 10.0e3  # ohm


class Refused(Exception):
    """The step is too large, and the code says so instead of returning numbers."""


def junction(damping: float, torque: bool = False) -> Any:
    """Return the macrospin, with spin-transfer torque and magnetoresistance if `torque`."""
    layer = mp.FreeLayer(
        saturation_magnetisation=macrospin.SATURATION_MAGNETISATION,
        volume=macrospin.VOLUME,
        damping=damping,
        demagnetising_factors=(0.0, 0.0, 0.0),
        uniaxial_anisotropy=(macrospin.ANISOTROPY, (0.0, 0.0, 1.0)),
    )
    ratio = macrospin.ANTIPARALLEL_RESISTANCE / macrospin.PARALLEL_RESISTANCE - 1.0
    barrier = mp.Barrier(
        resistance_parallel=macrospin.PARALLEL_RESISTANCE,
        tunnel_magnetoresistance=ratio,
        damping_like_efficiency=1.0 if torque else 0.0,
        field_like_ratio=0.1,
    )
    return mp.MTJ(free_layer=layer, barrier=barrier, reference=mp.ReferenceLayer(direction=(0.0, 0.0, 1.0)))


def full_junction() -> Any:
    """Return a perpendicular disc of 40 nm with both torques, VCMA and TMR(V), without heating."""
    return mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=1.0e6,
            diameter=40e-9,
            thickness=1.5e-9,
            interfacial_anisotropy=0.95e-3,
            damping=0.02,
        ),
        barrier=mp.Barrier(
            thickness=1.1e-9,
            resistance_area_product=7e-12,
            tunnel_magnetoresistance=1.0,
            half_voltage=0.5,
            voltage_anisotropy=30e-15,
            field_like_per_volt_squared=1e-3,
        ),
        reference=mp.ReferenceLayer(direction=(0.0, 0.0, 1.0)),
    )


def trace(damping: float, step: float, steps: int, every: int, lanes: int, torque: bool = False) -> NDArray[np.float64]:
    """Run `lanes` macrospins for `steps` steps each and return mz, shape (lanes, samples)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MtjphysWarning)
        try:
            run = mp.simulate(
                junction(damping, torque),
                mp.Bias(voltage=VOLTAGE if torque else 0.0, temperature=macrospin.TEMPERATURE),
                duration=steps // every * every * step,
                replicas=lanes,
                seed=1,
                step=step,
                sample_interval=every * step,
                threads=1,
            )
        except SimulationError as error:
            raise Refused(str(error)) from error
    return np.asarray(run["m"].isel(device=0, bias=0, component=2))


def full_physics(steps: int, every: int, lanes: int, *, series_resistance: bool, threads: int) -> None:
    """Run `lanes` junctions with their full physics for `steps` steps each."""
    mp.simulate(
        full_junction(),
        mp.Bias(voltage=VOLTAGE, series_resistance=SERIES_RESISTANCE if series_resistance else 0.0),
        duration=steps // every * every * STEP,
        replicas=lanes,
        seed=1,
        step=STEP,
        sample_interval=every * STEP,
        threads=threads,
    )
