"""Many junctions at many biases."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from spins import in_plane_junction, perpendicular

from mtjphys import fokker_planck as fp
from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError

BIASES = [Bias(field=(b, 0, 0)) for b in (0.0, 1e-3, 2e-3)]


def test_threads_change_nothing_and_a_bad_condition_leaves_the_others():
    one, two = in_plane_junction(), in_plane_junction().with_parameters({"free_layer.damping": 0.3})
    biases = [*BIASES, Bias(field=(1.0, 0, 0))]
    shared = fp.many(fp.dwell_times, [one, two], biases, threads=4, rtol=1e-3)
    alone = fp.many(fp.dwell_times, [one, two], biases, threads=1, rtol=1.0e-3 * (1 + 1e-12))
    assert list(shared.failures) == [(0, 3), (1, 3)] == list(alone.failures)
    assert "second well" in str(shared.failures[0, 3])
    assert shared.results[0][3] is None
    for ours, theirs in zip(shared.results, alone.results, strict=True):
        assert_array_equal(np.array(ours[:3]), np.array(theirs[:3]))
    assert shared.results[0][1] == fp.dwell_times(one, biases[1], rtol=1e-3)


def test_what_was_asked_before_is_not_solved_again():
    calls = []

    def counted(junction, bias, times):
        calls.append(bias)
        return fp.switching_probability(junction, bias, times, initial="antiparallel")

    times = np.array([1e-9, 2e-9])
    first = fp.many(counted, perpendicular(), Bias(voltage=0.3), times=times)
    again = fp.many(counted, perpendicular(), Bias(voltage=0.3), times=times.copy())
    assert len(calls) == 1
    assert_array_equal(first.results[0][0], again.results[0][0])
    fp.many(counted, perpendicular(), Bias(voltage=0.3), times=[1e-9])
    assert len(calls) == 2


def test_derivatives_of_many():
    found = fp.many(fp.sensitivities, perpendicular(), BIASES[:1], names=["free_layer.damping"])
    alone = fp.sensitivities(perpendicular(), BIASES[0], ["free_layer.damping"])
    assert_array_equal(found.results[0][0]["parallel"].derivatives, alone["parallel"].derivatives)


def test_names_of_presets_stand_for_them():
    found = fp.many(fp.sensitivities, "rehm_2023", Bias(), names=["free_layer.damping"])
    pulse = fp.pulse_sensitivities("rehm_2023", Bias(voltage=-0.6), 5e-9, ["free_layer.damping"])
    assert found.results[0][0]["parallel"].value > 0 and 0 < pulse.value < 1
    assert not found.failures


def test_bad_threads():
    with pytest.raises(ParameterError, match="threads"):
        fp.many(fp.dwell_times, perpendicular(), BIASES, threads=0)
