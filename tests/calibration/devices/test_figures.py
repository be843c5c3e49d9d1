"""Figures of many devices."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from wafers import wafer

from mtjphys.calibration.devices.figures import figure, plot_devices, plot_map


def test_a_map_shows_each_device_in_its_place():
    table = wafer().table
    axes = plt.figure().add_subplot()
    plot_map(table, "reference.stray_field.z", axes)
    known, failed = axes.collections
    np.testing.assert_allclose(known.get_offsets(), np.column_stack((table.x, table.y))[:16])
    np.testing.assert_allclose(known.get_array(), 1e3 * table.shared.values[:16, 1])  # mT
    np.testing.assert_allclose(failed.get_offsets(), [[0.0, 9.0]])
    plt.close("all")


def test_devices_are_drawn_in_order_with_the_population():
    found = wafer()
    axes = plt.figure().add_subplot()
    plot_devices(found.table, found.population, "free_layer.uniaxial_anisotropy", axes)
    shared = axes.containers[1].lines[0].get_ydata()
    assert shared.size == 16
    assert (np.diff(shared) >= 0.0).all()
    (line,) = [line for line in axes.lines if line.get_label() == "median and spread"]
    assert line.get_ydata()[0] == pytest.approx(1e-3 * float(found.population["median"][0]))
    plt.close("all")


@pytest.mark.parametrize("devices", [2, 16])
def test_all_in_one(devices):
    found = wafer(devices)
    drawn = figure(found.table, found.population if devices > 2 else None)
    # For each of three numbers a map and the devices, and a map of the barrier; a colour bar for each map.
    assert len(drawn.axes) == 3 * 2 + 1 + 4
    plt.close(drawn)
    nowhere = found.table.assign_coords(x=np.nan * found.table.x)
    drawn = figure(nowhere, None)
    assert len(drawn.axes) == 3
    plt.close(drawn)
