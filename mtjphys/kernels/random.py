"""Random lanes: one xoshiro256++ stream a lane, and Gaussian pairs by Box and Muller.

The generator is D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM Trans. Math.
Softw. 47, 36 (2021). Every function works on sixteen lanes or on one with the same bits. The logarithm, sine
and cosine are polynomials (interpolation at Chebyshev nodes; relative error below 6e-10, far under what
any test of a distribution can see), because the library functions do not vectorise.
"""

import numpy as np

from mtjphys.kernels.compiling import inline, specialised
from mtjphys.kernels.simd import as_bits, as_lanes, fma, select, sqrt

# Typed constants: numba would turn uint64 with a plain int into float64.
_SQRT_HALF_BITS = np.uint64(0x3FE6A09E667F3BCD)
_ONE_MINUS_SQRT_HALF_BITS = np.uint64(0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
_ONE_BITS = np.uint64(0x3FF0000000000000)
_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
_TWO_52_BITS = np.uint64(0x4330000000000000)
_TWO_52 = 4503599627370496.0
_LN2 = 0.6931471805599453
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding and subtracting rounds to an integer
_1, _12, _17, _19, _23, _41, _45, _52, _63 = (np.uint64(n) for n in (1, 12, 17, 19, 23, 41, 45, 52, 63))


@inline
def next_bits(s0, s1, s2, s3):  # type: ignore[no-untyped-def]
    """Advance xoshiro256++ by one: return 64 random bits and the new state of four words."""
    total = s0 + s3
    bits = ((total << _23) | (total >> _41)) + s0
    shifted = s1 << _17
    s2 = s2 ^ s0
    s3 = s3 ^ s1
    s1 = s1 ^ s2
    s0 = s0 ^ s3
    s2 = s2 ^ shifted
    s3 = (s3 << _45) | (s3 >> _19)
    return bits, s0, s1, s2, s3


def log(x):  # type: ignore[no-untyped-def]
    """Return ln x for a positive normal x; compiled to 6e-10 of its value, ln 1 exactly 0."""
    return np.log(x)


@inline
def _log(x):  # type: ignore[no-untyped-def]
    shifted = as_bits(x) + _ONE_MINUS_SQRT_HALF_BITS
    exponent = as_lanes((shifted >> _52) | _TWO_52_BITS) - (_TWO_52 + 1023.0)
    f = as_lanes((shifted & _MANTISSA) + _SQRT_HALF_BITS) - 1.0
    p = fma(f, -0.062015001043505505, 0.10530864727760919)
    p = fma(f, p, -0.10646191638465623)
    p = fma(f, p, 0.1103778336076529)
    p = fma(f, p, -0.12450743321083288)
    p = fma(f, p, 0.1428652454770521)
    p = fma(f, p, -0.16668001523062748)
    p = fma(f, p, 0.20000010039686225)
    p = fma(f, p, -0.24999990275042283)
    p = fma(f, p, 0.3333333328119924)
    f2 = f * f
    return fma(exponent, _LN2, fma(f2, fma(f, p, -0.5), f))


@specialised(log)
def _log_compiled(x):  # type: ignore[no-untyped-def]
    return _log


def exp(x):  # type: ignore[no-untyped-def]
    """Return e**x for |x| <= 700; compiled to 1e-13 of its value, e**0 exactly 1."""
    return np.exp(x)


@inline
def _exp(x):  # type: ignore[no-untyped-def]
    n = fma(x, 1.4426950408889634, _ROUND) - _ROUND
    f = fma(n, -_LN2, x)
    p = fma(f, 2.761756997751241e-06, 2.486788372589311e-05)
    p = fma(f, p, 0.00019841224612110442)
    p = fma(f, p, 0.0013888839090601397)
    p = fma(f, p, 0.008333333344189137)
    p = fma(f, p, 0.04166666678633701)
    p = fma(f, p, 0.16666666666662597)
    p = fma(f, p, 0.49999999999955075)
    mantissa = fma(f * f, p, f) + 1.0
    two_to_n = as_lanes(as_bits(n + (_TWO_52 + 1023.0)) << _52)
    return mantissa * two_to_n


@specialised(exp)
def _exp_compiled(x):  # type: ignore[no-untyped-def]
    return _exp


@inline
def power(x, y):  # type: ignore[no-untyped-def]
    """Return ``x**y`` for x >= 0 (values under 1e-300 count as 1e-300), with the accuracy of `log`."""
    argument = y * log(select(x < 1e-300, 1e-300, x))
    return exp(select(argument < -700.0, -700.0, argument))


@inline
def gaussian_pair(bits1, bits2):  # type: ignore[no-untyped-def]
    """Return two independent standard normal numbers from two words of 64 random bits.

    Box and Muller, Ann. Math. Stat. 29, 610 (1958): radius ``sqrt(-2 ln u)`` with u in (0, 1] of 52 bits (so
    the tail ends at 8.5 sigma), angle ``pi v`` with v in [-1/2, 1/2), and one spare bit that reflects the
    cosine to cover the whole circle.
    """
    u = 2.0 - as_lanes((bits1 >> _12) | _ONE_BITS)
    radius = sqrt(-2.0 * log(u))
    v = as_lanes((bits2 >> _12) | _ONE_BITS) - 1.5
    y = v * v
    s = fma(y, -0.007028303743508289, 0.08205035014022874)
    s = fma(y, s, -0.5992521865198785)
    s = fma(y, s, 2.550163317937484)
    s = fma(y, s, -5.1677127645929675)
    s = fma(y, s, 3.1415926535361316)
    c = fma(y, -0.024395931999508593, 0.23493706853528992)
    c = fma(y, c, -1.335211949377574)
    c = fma(y, c, 4.058709154761907)
    c = fma(y, c, -4.9348021369288935)
    c = fma(y, c, 0.9999999997791533)
    reflected = as_lanes(as_bits(radius) ^ ((bits2 & _1) << _63))
    return reflected * c, radius * (v * s)
