"""Stochastic magnetic tunnel junctions: from the stack to a network that learns from the noise."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Name -> module. Imported at first use, so that `import mtjphys` costs next to nothing.
_NAMES = {
    "MTJ": "device",
    "FreeLayer": "device",
    "Barrier": "device",
    "ReferenceLayer": "device",
    "Heating": "device",
    "SpinOrbit": "device",
    "Bias": "bias",
    "Constant": "waveforms",
    "Step": "waveforms",
    "PulseTrain": "waveforms",
    "Sine": "waveforms",
    "Ramp": "waveforms",
    "Piecewise": "waveforms",
    "Sampled": "waveforms",
    "simulate": "simulation",
    "resume": "simulation",
    "Simulator": "simulation",
    "MtjphysError": "errors",
    "ParameterError": "errors",
    "DataError": "errors",
    "SimulationError": "errors",
    "SimulationInterrupted": "errors",
    "MtjphysWarning": "errors",
}
_MODULES = (
    "bias",
    "device",
    "errors",
    "fokker_planck",
    "learning",
    "magnetostatics",
    "presets",
    "rare_events",
    "readout",
    "surrogate",
    "telegraph",
    "theory",
    "traces",
    "transport",
    "units",
    "waveforms",
)

__all__ = ["__version__", *_NAMES, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        value = getattr(import_module(f"mtjphys.{_NAMES[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"mtjphys.{name}")
    else:
        raise AttributeError(f"module 'mtjphys' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
