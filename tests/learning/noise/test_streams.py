"""What holds for every ideal source: a stream for each unit, and bits that continue."""

import numpy as np
import pytest
from ideal_noise import every_kind
from noise_checks import check_source

from mtjphys.core.errors import ParameterError
from mtjphys.learning import BernoulliNoise, BinomialNoise, GaussianNoise, TelegraphNoise


@every_kind
def test_every_ideal_source_is_a_source(fresh):
    check_source(fresh, n_units=19)


@every_kind
@pytest.mark.parametrize("n_units", [1, 3, 7, 16, 19, 37])
def test_any_division_into_calls_gives_the_same_bits(fresh, n_units):
    whole, source = fresh().volts(12, n_units), fresh()
    parts = [source.volts(n, n_units) for n in (5, 1, 1, 3, 2)]
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(whole, np.vstack(parts))
    assert np.unique(whole).size > 1


@every_kind
@pytest.mark.parametrize("n_units", [1, 2, 3, 5, 18])
def test_a_unit_has_the_same_bits_alone_and_among_others(fresh, n_units):
    np.testing.assert_array_equal(fresh().volts(33, 40)[:, :n_units], fresh().volts(33, n_units))


@every_kind
def test_a_unit_has_its_own_stream_whatever_the_others(fresh):
    few, many = fresh().volts(50, 3), fresh().volts(50, 40)
    np.testing.assert_array_equal(few, many[:, :3])
    assert len({column.tobytes() for column in many.T}) == 40


@every_kind
def test_another_number_of_units_is_refused(fresh):
    source = fresh()
    source.volts(2, 3)
    with pytest.raises(ParameterError, match="n_units=4, but this source already feeds 3"):
        source.volts(2, 4)
    with pytest.raises(ParameterError, match="at least 1"):
        source.volts(0, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GaussianNoise(-1.0), "sigma=-1.0 V"),
        (lambda: GaussianNoise(float("nan")), "sigma=nan V"),
        (lambda: TelegraphNoise(flip_probability=1.5), r"flip_probability=1.5 .* \[0, 1\]"),
        (lambda: TelegraphNoise(flip_probability=(0.1, float("nan"))), "flip_probability=nan"),
        (lambda: TelegraphNoise(flip_probability=(0.1, 0.2, 0.3)), "must be a number or a pair"),
        (lambda: TelegraphNoise(amplitude=0.0), "amplitude=0.0 V"),
        (lambda: TelegraphNoise(seed=-1), "seed=-1 is not a whole number"),
        (lambda: BernoulliNoise(1.5, 0.01), r"p=1.5 .* \[0, 1\]"),
        (lambda: BernoulliNoise(0.5, 0.0), "amplitude=0.0 V"),
        (lambda: BinomialNoise(0, 0.5, 0.01), "n=0 coins"),
        (lambda: BinomialNoise(2000, 0.5, 0.01), "use GaussianNoise"),
        (lambda: BinomialNoise(2.5, 0.5, 0.01), "n=2.5 is not a whole number"),
        (lambda: TelegraphNoise(gain=float("inf")), "gain=inf 1/V"),
    ],
)
def test_wrong_parameters_are_one_sentence(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
