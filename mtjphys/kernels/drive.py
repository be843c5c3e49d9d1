"""What drives the magnetisation during one step and does not depend on it, and vector products of lanes."""

from typing import Any, NamedTuple

from mtjphys.kernels.compiling import inline
from mtjphys.kernels.simd import fma


class Drive(NamedTuple):
    """Everything that does not depend on m during one step: ``H = matrix m + (x, y, z)``, as angles or in T.

    The antisymmetric part of the matrix is the damping-like torque, ``m x q``.
    """

    xx: Any
    xy: Any
    xz: Any
    yx: Any
    yy: Any
    yz: Any
    zx: Any
    zy: Any
    zz: Any
    x: Any
    y: Any
    z: Any
    source: Any  # right-hand side of a V + b V G(V) = source


@inline
def with_vectors(u, qx, qy, qz, x, y, z):  # type: ignore[no-untyped-def]
    """Return the `Drive` with ``m x q`` added to its field, of which (x, y, z) is now what does not depend on m."""
    return Drive(
        u.xx,
        u.xy + qz,
        u.xz - qy,
        u.yx - qz,
        u.yy,
        u.yz + qx,
        u.zx + qy,
        u.zy - qx,
        u.zz,
        x,
        y,
        z,
        u.source,
    )


@inline
def with_torque(u, dl, fl, x, y, z):  # type: ignore[no-untyped-def]
    """Return the `Drive` with a torque of amplitudes `dl` and `fl` along (x, y, z)."""
    return with_vectors(u, dl * x, dl * y, dl * z, fma(fl, x, u.x), fma(fl, y, u.y), fma(fl, z, u.z))


@inline
def cross(ax, ay, az, bx, by, bz):  # type: ignore[no-untyped-def]
    """Return a x b."""
    return fma(ay, bz, -(az * by)), fma(az, bx, -(ax * bz)), fma(ax, by, -(ay * bx))


@inline
def with_damping(alpha, mx, my, mz, hx, hy, hz, bx, by, bz):  # type: ignore[no-untyped-def]
    """Return ``b + alpha m x h``."""
    cx, cy, cz = cross(mx, my, mz, hx, hy, hz)
    return fma(alpha, cx, bx), fma(alpha, cy, by), fma(alpha, cz, bz)
