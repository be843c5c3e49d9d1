"""Lanes of junctions that advance in time: `simulate`, `resume`, `Simulator`."""

from mtjphys.simulation.lanes import STATES, LaneSimulator
from mtjphys.simulation.run import resume, simulate, simulator_of
from mtjphys.simulation.simulator import Simulator

__all__ = ["STATES", "LaneSimulator", "Simulator", "resume", "simulate", "simulator_of"]
__dir__ = __all__.copy
