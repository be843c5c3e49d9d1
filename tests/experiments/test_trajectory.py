"""The figure of a trajectory."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from two_state_devices import axial
from waveform_checks import check_refused

import mtjphys as mp
from mtjphys import experiments
from mtjphys.core.errors import ParameterError
from mtjphys.experiments.sphere import hemispheres


@pytest.fixture(scope="module")
def run():
    return mp.simulate(
        axial(2.0), duration=2e-9, sample_interval=1e-11, replicas=2, seed=1, initial="antiparallel", record=("m",)
    )


def test_the_line_follows_m_and_is_coloured_by_time(run):
    ax = experiments.plot_trajectory(run, replica=1, duration=1e-9)
    (lines,) = ax.collections
    m = run.m[0, 0, 1, :100].values
    x, y = hemispheres(m, (0.0, 0.0, 1.0))
    same = np.sign(m[:-1, 2]) == np.sign(m[1:, 2])
    assert 50 < same.sum() == len(lines.get_segments())
    np.testing.assert_allclose(lines.get_segments()[0], [(x[0], y[0]), (x[1], y[1])])
    np.testing.assert_allclose(lines.get_array()[0], 15e-3)  # ns
    begin = [line for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(np.column_stack(begin[0].get_data()), [(x[0], y[0])])


def test_axes_are_those_given(run):
    ax = plt.subplots()[1]
    assert experiments.plot_trajectory(run, ax) is ax
    assert len(ax.collections[0].get_segments()) > 100


def test_bad_input(run):
    check_refused(ParameterError, "replica=2 is not among the 2", lambda: experiments.plot_trajectory(run, replica=2))
    check_refused(ParameterError, "1 samples make no", lambda: experiments.plot_trajectory(run, duration=1e-11))
    without = mp.simulate(axial(), duration=1e-11, record=("resistance",))
    check_refused(ParameterError, "no m to follow", lambda: experiments.plot_trajectory(without))
