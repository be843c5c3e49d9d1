"""From the files of a laboratory to measurements: descriptions in TOML, exports of instruments, templates.

A description, LAB.toml, has for each measurement a table; what stands in it is what the class of its `kind` takes,
beside `file` and `columns`:

    [[measurement]]
    kind = "switching_probability"
    file = "pulses_{voltage:mV}.csv"                 # all files of such names; each voltage is in its name
    columns.duration = "t (ns)"                      # by header, by name without unit, or by number from 0
    columns.probability = {column = "P", unit = "%"} # a unit that the file does not tell
    columns.field = {column = "H (Oe)", along = "z"} # or columns.field_x, field_y, field_z
    trials = 1000                                    # one for all points
    temperature = "27 degC"                          # a number is in SI, a text has a unit
    series_resistance = "1 kohm"

    [[measurement]]
    kind = "resistance"                              # data without a file
    resistance = {values = [5.6, 5.8], unit = "kohm"}
    error = "20 ohm"
    voltage = ["10 mV", "20 mV"]

    [junction]                                       # where a fit starts
    preset = "rehm_2023"
    barrier.resistance_area_product = "15 Ohm um2"

    [fit]                                            # how it is done
    seed = 0

A description may stand for many devices, which `calibrate_devices` reads one by one; a device need not have all:

    [[measurement]]
    kind = "dwell_times"
    file = "telegraph_{device}.csv"                  # a file for each device, or
    columns.device = "die"                           # a column of one file that names it

Units are those of `mtjphys.core.units`; what nobody states is SI, and refused where that is unlikely.
"""

from mtjphys.calibration.files.devices import devices_in, stands_for_devices
from mtjphys.calibration.files.laboratory import Laboratory, read, read_laboratory
from mtjphys.calibration.files.template import write_template

__all__ = ["Laboratory", "devices_in", "read", "read_laboratory", "stands_for_devices", "write_template"]
