"""What all closed forms share."""

import math
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mtjphys import theory
from mtjphys.core.errors import MtjphysWarning, ParameterError

CALLS = {
    "uniaxial_escape_rates": (theory.uniaxial_escape_rates, (30.0, 0.3, 0.1, 0.1)),
    "uniaxial_relaxation_rate": (theory.uniaxial_relaxation_rate, (30.0, 0.3, 0.1)),
    "low_barrier_relaxation_rate": (theory.low_barrier_relaxation_rate, (0.5, 0.3, 0.1)),
    "collinear_barrier": (theory.collinear_barrier, (30.0, 0.1)),
    "stoner_wohlfarth_barrier": (theory.stoner_wohlfarth_barrier, (30.0, 0.1, 0.3)),
    "stoner_wohlfarth_switching_field": (theory.stoner_wohlfarth_switching_field, (0.3,)),
    "near_astroid_barrier": (theory.near_astroid_barrier, (30.0, 0.47, 0.7)),
    "depopulation_factor": (theory.depopulation_factor, (0.3,)),
    "easy_plane_autocorrelation": (theory.easy_plane_autocorrelation, (1e-10, 0.5, 1e-3, 0.01)),
    "easy_plane_correlation_time": (theory.easy_plane_correlation_time, (0.5, 1e-3, 0.01)),
    "switching_time": (theory.switching_time, (0.1, 1.5, 2.0, 0.3, 0.1)),
    "ballistic_write_error": (theory.ballistic_write_error, (1e-9, 3.0, 60.0, 0.3, 0.1)),
    "thermal_write_error": (theory.thermal_write_error, (1e-9, 0.3, 60.0, 0.3, 0.1)),
    "telegraph_correlation_time": (theory.telegraph_correlation_time, (1e-3, 2e-3)),
    "critical_current": (lambda b, m, a, n: theory.critical_current((b, b), m, a, n), (0.3, 1e-18, 0.01, 0.6)),
    "sharrock_field": (theory.sharrock_field, (1.0, 60.0, 0.3, 1e9, 2.0)),
}


@pytest.mark.parametrize("name", CALLS)
def test_shapes_follow_the_input(name):
    function, values = CALLS[name]
    single = function(*values)
    column = function(*(np.full((2, 1), value) for value in values))
    singles, columns = (single, column) if name == "uniaxial_escape_rates" else ((single,), (column,))
    for one, many in zip(singles, columns, strict=True):
        assert np.ndim(one) == 0 and isinstance(one, float)
        assert_allclose(many, np.full((2, 1), one), rtol=1e-12)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -5.0])
def test_bad_numbers_are_refused(name, bad):
    function, values = CALLS[name]
    may_be_negative = {"drive", "time", "angle"}
    names = function.__code__.co_varnames[: len(values)]
    for position, argument in enumerate(names):
        if bad == -5.0 and argument in may_be_negative:
            continue
        given = list(values)
        given[position] = bad
        with pytest.raises(ParameterError), warnings.catch_warnings():
            warnings.simplefilter("ignore", MtjphysWarning)
            function(*given)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.uniaxial_escape_rates(8.0, 0.3, 0.1, 0.5), r"=2 .* at least 5: .*relaxation_rate"),
        (lambda: theory.low_barrier_relaxation_rate([0.5, 2.0], 0.3, 0.1), r"barrier=2 .* at most 1.4"),
        (lambda: theory.collinear_barrier(40.0, -1.5), r"drive=-1.5 .* at least -1"),
        (lambda: theory.near_astroid_barrier(40.0, 0.2, 0.8), r"h/h_sw=0.6.* at most 0.2"),
        (lambda: theory.near_astroid_barrier(40.0, 0.9, 0.01), r"angle=0.01 .* at least 0.174533"),
        (lambda: theory.easy_plane_autocorrelation(1e-9, 0.5, 0.01, 0.01), r"=50 .* at least 100"),
        (lambda: theory.easy_plane_autocorrelation(1e-9, 0.5, 1e-4, 0.3), r"damping=0.3 .* at most 0.1"),
        (lambda: theory.easy_plane_correlation_time(0.5, 1e-5, 0.1), r"sqrt\(2 xi\)=31.6.* at most 0.5"),
        (lambda: theory.ballistic_write_error(1e-9, 1.1, 60.0, 0.3, 0.1), r"=0.6 .* at least 40: .*write_error"),
        (lambda: theory.thermal_write_error(1e-9, 0.01, 60.0, 0.3, 0.1), r"drive=2.4 .* at least 5"),
        (lambda: theory.resonance_spectrum(1e9, (0.01, 1.0), 1e-3, 0.1), r"=0.1 .* at most 0.02"),
        (lambda: theory.sharrock_field(1e30, 40.0, 0.3, 1e9), r"barrier=2.2.* at most 1"),
    ],
)
def test_out_of_range_warns_with_value_range_and_the_caller(call, message):
    with pytest.warns(MtjphysWarning, match=message) as record:
        call()
    assert record[0].filename == __file__


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.machlup_spectrum(math.nan, 1.0, 1e-3, 1e-3), "frequency"),
        (lambda: theory.machlup_spectrum(1.0, 1.0, 1e-3, 1e-3, sample_interval=0.0), "sample_interval=0.0 s"),
        (lambda: theory.resonance_spectrum(math.inf, (0.02, 0.8), 1e-4, 0.01), "frequency"),
        (lambda: theory.resonance_spectrum(1e9, (0.02, 0.8), 1e-4, 0.01, gyromagnetic_ratio=-1.0), "gyromagnetic"),
        (lambda: theory.easy_plane_autocorrelation(1e-9, 0.2, 1e-3, 0.01, gyromagnetic_ratio=0.0), "gyromagnetic"),
        (lambda: theory.easy_plane_correlation_time(0.2, 1e-3, 0.01, gyromagnetic_ratio=-1.0), "gyromagnetic"),
    ],
)
def test_nonsense_is_refused_by_name(call, words):
    with pytest.raises(ParameterError, match=words):
        call()


WRONG = {
    "text": (lambda: theory.uniaxial_relaxation_rate("30", 0.3, 0.1), r"barrier='30' is not a number"),
    "none": (lambda: theory.sharrock_field(None, 60.0, 0.3, 1e9), r"duration=None is not a number"),
    "complex": (lambda: theory.depopulation_factor(1j), r"loss=1j is not a number"),
    "ragged": (lambda: theory.collinear_barrier([[1.0], [1.0, 2.0]], 0.1), r"is not a number or an array"),
    "constant": (
        lambda: theory.switching_time(0.1, 1.5, 2.0, 0.3, 0.1, gyromagnetic_ratio="g"),
        r"gyromagnetic_ratio='g'",
    ),
    "one stiffness": (
        lambda: theory.critical_current(0.3, 1e-18, 0.01, 0.6),
        r"stiffness_fields=0.3 are not two fields",
    ),
    "three": (lambda: theory.resonance_spectrum(1e9, (1, 2, 3), 0.01, 0.1), r"are not two fields"),
    "amplitude": (lambda: theory.machlup_spectrum(1e3, "a", 1e-3, 1e-3), r"amplitude='a' is not a number"),
    "dwell times": (lambda: theory.machlup_spectrum(1e3, 1.0, [1e-3, 1e-3], 1e-3), r"dwell_low=.* is not one number"),
    "lag": (lambda: theory.telegraph_autocovariance("a", 1.0, 1e-3, 1e-3), r"time='a' is not a number"),
    "junction": (lambda: theory.escape_rates("hayakawa"), r"'hayakawa' is not a preset; did you mean hayakawa_2021"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_number_is_refused_in_one_sentence(name):
    call, message = WRONG[name]
    with pytest.raises(ParameterError, match=message):
        call()
