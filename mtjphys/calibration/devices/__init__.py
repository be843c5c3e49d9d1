"""Many devices: each calibrated, and all together as a population from which others are drawn.

`calibrate_devices` takes a mapping, a folder, a wafer map or a description that stands for several devices, and returns
`DeviceCalibrations`. From the ground up: `restricted` and `population`, the statistics of numbers with errors;
`evidence`, what the data of one device say of its numbers; `sources`, where devices come from; `record`, one fit as it
is kept; `calibrating`, the work; `result`, `figures` and `report`.
"""

from mtjphys.calibration.devices.calibrating import calibrate_devices
from mtjphys.calibration.devices.result import DeviceCalibrations

__all__ = ["DeviceCalibrations", "calibrate_devices"]
__dir__ = __all__.copy
