"""The figure of an energy landscape says where wells and passes are, and how high."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from spins import in_plane_junction
from two_state_devices import axial
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys import experiments
from mtjphys.core.errors import ParameterError

KBT = 1.380649e-23 * 300.0


def texts(ax):
    return {text.get_text() for text in ax.texts}


def marks(ax, marker):
    lines = [line for line in ax.lines if line.get_marker() == marker]
    return sorted(tuple(np.round(np.column_stack(line.get_data())[0], 6).tolist()) for line in lines)


def test_wells_and_passes_of_a_film():
    ax = experiments.plot_landscape(in_plane_junction())
    delta = in_plane_junction().thermal_stability().parallel
    assert texts(ax) == {"P", "AP", f"{delta:.3g}"}
    assert [abs(x) for x, _ in marks(ax, "x")] == [90.0, 90.0]
    assert {(abs(x), y) for x, y in marks(ax, "o")} == {(0.0, 90.0), (180.0, 90.0)}
    assert ax.get_xlabel() == "Azimuth (degrees)"


def test_heights_are_above_the_deepest_well_in_a_field():
    """10 mT along x: passes at cos(phi) = -h of height Delta (1 + h)^2 above the deep well, h = 10/20."""
    bias = mp.Bias(field=(0.01, 0.0, 0.0))
    ax = experiments.plot_landscape(in_plane_junction(), bias)
    height = 1e4 * 1e-24 / KBT * 1.5**2
    assert f"{height:.3g}" in texts(ax)
    assert [abs(x) for x, _ in marks(ax, "x")] == pytest.approx([120.0, 120.0])


def test_the_map_is_the_energy():
    """The line of half the barrier lies where the energy has it: sin(phi)^2 = 1/2 in the film."""
    ax = experiments.plot_landscape(in_plane_junction(), highest=1e4 * 1e-24 / KBT)
    filled = ax.collections[0]
    edges = np.concatenate([path.vertices for path in filled.get_paths()[12:13]])
    on_equator = edges[np.abs(edges[:, 1] - 90.0) < 0.4]
    # Between levels 12 and 13 of 24: at 45 degrees and just beyond it.
    nearest = np.abs(np.abs(on_equator[:, 0])[:, None] - [45.0, 135.0]).min(axis=0)
    assert (nearest < 1.0).all()


@pytest.mark.parametrize("view", ["angles", "hemispheres"])
def test_a_circle_of_passes_is_a_line(view):
    junction = axial(12.0)
    ax = experiments.plot_landscape(junction, mp.Bias(field=(0.0, 0.0, 0.005)), view=view)
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    x, y = line.get_data()
    seen = np.isfinite(x)
    # The pass is at cos(theta) = -h = -0.1.
    if view == "angles":
        np.testing.assert_allclose(y[seen], np.degrees(np.arccos(-0.1)))
    else:
        np.testing.assert_allclose(np.hypot(x[seen] - 2.15, y[seen]), np.sqrt(0.9))
    assert f"{12.0 * 1.1**2:.3g}" in texts(ax)


def test_an_easy_plane_has_one_circle_of_wells():
    plane = mp.MTJ(
        free_layer=mp.FreeLayer(
            saturation_magnetisation=1e6, volume=1e-24, damping=0.1, demagnetising_factors=(0.0, 0.0, 1.0)
        ),
        reference=mp.ReferenceLayer(direction=(1.0, 0.0, 0.0)),
    )
    ax = experiments.plot_landscape(plane)
    (line,) = [line for line in ax.lines if line.get_linestyle() == "--"]
    np.testing.assert_allclose(line.get_ydata()[np.isfinite(line.get_ydata())], 90.0)


def test_axes_are_those_given():
    ax = plt.subplots()[1]
    assert experiments.plot_landscape(axial(), ax=ax, view="hemispheres") is ax
    assert {"about p", "about -p"} <= texts(ax)


def test_bad_input():
    check_refused(ParameterError, "view='globe'", lambda: experiments.plot_landscape(axial(), view="globe"))
    check_refused(
        ParameterError, "temperature=0", lambda: experiments.plot_landscape(axial(), mp.Bias(temperature=0.0))
    )
