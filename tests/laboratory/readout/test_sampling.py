"""The converter: when it samples, and to which codes."""

import warnings

import numpy as np
import pytest

from mtjphys.core.errors import MtjphysWarning, ParameterError
from mtjphys.laboratory.readout import measure

INTERVAL = 1e-9


def volts(values, **arguments):
    return measure(values, sample_interval=INTERVAL, units="V", **arguments)


def test_sampling():
    ramp = np.arange(1001.0)
    tenth = volts(ramp, sample_rate=1e8)
    assert tenth.signal.values.tolist() == ramp[::10].tolist()
    np.testing.assert_allclose(tenth.time, np.arange(101) * 1e-8, rtol=1e-12)
    assert tenth.attrs["readout_sampling"] == "one sample in 10"
    between = volts(ramp, sample_rate=0.4e9)
    np.testing.assert_allclose(between.signal, np.arange(401) * 2.5, rtol=1e-12)
    np.testing.assert_allclose(np.diff(between.time), 2.5e-9, rtol=1e-9)
    assert between.attrs["readout_sampling"] == "linear interpolation"
    with pytest.raises(ParameterError, match="above the 1e\\+09 Hz"):
        volts(ramp, sample_rate=2e9)
    with pytest.warns(MtjphysWarning, match="alias"):
        volts(ramp, sample_rate=1e8, bandwidth=0.6e8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        volts(ramp, sample_rate=1e8, bandwidth=0.5e8)


def test_quantisation_error_is_at_most_half_a_step():
    values = np.random.default_rng(0).uniform(-0.09, 0.09, 5000)
    step = 0.2 / 2**10
    out = volts(values, bits=10, full_scale=0.1).signal.values
    error = np.abs(out - values)
    assert error.max() <= step / 2 * (1 + 1e-9) and error.max() > 0.49 * step
    np.testing.assert_allclose(np.round(out / step), out / step, atol=1e-9)  # zero is a code
    assert np.unique(out).size > 900
    unipolar = volts([0.0, 3.3 * 511 / 1024, 3.2], bits=10, full_scale=(0.0, 3.3)).signal.values
    np.testing.assert_allclose(unipolar, [0.0, 3.3 * 511 / 1024, 3.3 * 993 / 1024])


def test_clipping_warns_with_its_count():
    with pytest.warns(MtjphysWarning, match="3 of 5 samples were clipped"):
        record = volts([-0.2, 0.0, 0.05, 0.1, 7.0], bits=8, full_scale=0.1)
    top = 0.1 - 0.2 / 256
    np.testing.assert_allclose(record.signal, [-0.1, 0.0, 0.05, top, top], atol=1e-12)
    assert record.attrs["readout_clipped_samples"] == 3
