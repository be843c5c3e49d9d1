"""Where figures draw, and in which units."""

import matplotlib.pyplot as plt

from mtjphys.core.drawing import axes_for, scaled


def test_axes_are_those_given_or_new():
    ax = plt.subplots()[1]
    assert axes_for(ax) is ax
    new = axes_for(None, (5.0, 2.0))
    assert new is not ax and tuple(new.figure.get_size_inches()) == (5.0, 2.0)


def test_scaled_writes_units_as_figures_do():
    assert scaled(3e-6, "s") == (1e6, "\N{MICRO SIGN}s")
