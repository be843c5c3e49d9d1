"""The sampling of two states: what a window's rates do not exceed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mtjphys.kernels import surrogate as kernels

RNG = np.random.default_rng(4)
TABLE = kernels.Table(
    origin=np.array([-1.0, 0.0, 250.0]),
    per_unit=np.array([4.0, 100.0, 0.04]),
    log_rates=RNG.normal(0.0, 2.0, (2, 9, 4, 5)),
    memory_rates=np.ones((2, 9, 4, 5)),
    cosines=np.zeros((2, 9, 4, 5, 81)),
    first_deviate=-5.0,
    per_deviate=8.0,
    fastest=np.full(2, 1e3),
)


@settings(max_examples=300)
@given(
    begin=st.floats(0.0, 1.0),
    length=st.floats(0.0, 1.0),
    slope=st.floats(-2.0, 2.0),
    amplitude=st.floats(-1.5, 1.5),
    frequency=st.floats(0.1, 5.0),
    cycles=st.floats(0.0, 1.0),
    state=st.sampled_from([kernels.PARALLEL, kernels.ANTIPARALLEL]),
)
def test_no_rate_exceeds_the_bound_of_its_window(begin, length, slope, amplitude, frequency, cycles, state):
    course = kernels.Course(
        start=np.array([0.0, 2.0]),
        level=np.array([[0.1, 0.01, 300.0]]),
        slope=np.array([[0.0, 0.01 * slope, 20.0 * slope]]),
        cycles=np.array([[cycles, 0.0, 0.0]]),
        windows=np.ones(1),
        amplitude=np.array([amplitude, 0.0, 0.0]),
        frequency=np.array([frequency, 0.0, 0.0]),
    )
    highest = kernels.bound(TABLE, course, 0, state, begin, begin + length)
    rates = [kernels.rate(TABLE, course, 0, state, time) for time in np.linspace(begin, begin + length, 101)]
    assert max(rates) <= highest * (1.0 + 1e-12)
    end, most = kernels.window(TABLE, course, 0, state, begin)
    assert begin < end <= 2.0 and most <= np.exp(TABLE.log_rates[state].max())
