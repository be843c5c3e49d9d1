"""The weight between which the operators are taken: a function on the sphere close to the logarithm of the density."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from mtjphys.macrospin.spin import Macrospin

Array = npt.NDArray[np.float64]


class Ridge(NamedTuple):
    """A function of m.n, by the Chebyshev series of its slope."""

    axis: Array  # unit vector n
    slope: Array

    @property
    def value(self) -> Array:
        """Chebyshev series of the function."""
        return np.asarray(chebyshev.chebint(self.slope))

    @property
    def bend(self) -> Array:
        """Chebyshev series of the second derivative."""
        return np.asarray(chebyshev.chebder(self.slope))


class Weight(NamedTuple):
    """``s = h.m + m.K m/2`` and the ridges of the general energy terms."""

    vector: Array  # h
    matrix: Array  # K, symmetric and traceless
    ridges: tuple[Ridge, ...] = ()

    def turned(self, frame: Array) -> Weight:
        """Return the weight in the axes of a frame (rows: new axes)."""
        matrix = frame @ (self.matrix - np.trace(self.matrix) / 3 * np.eye(3)) @ frame.T
        ridges = tuple(Ridge(frame @ ridge.axis, ridge.slope) for ridge in self.ridges)
        return Weight(frame @ self.vector, matrix, ridges)

    def scaled(self, factor: float) -> Weight:
        """Return the weight times a number."""
        ridges = tuple(Ridge(ridge.axis, factor * ridge.slope) for ridge in self.ridges)
        return Weight(factor * self.vector, factor * self.matrix, ridges)

    def exponent(self, m: Array) -> Array:
        """Return s at unit vectors (..., 3)."""
        total = m @ self.vector + np.einsum("...i,ij,...j", m, self.matrix, m) / 2
        for ridge in self.ridges:
            total = total + chebyshev.chebval(m @ ridge.axis, ridge.value)
        return np.asarray(total)

    def pull(self, m: Array) -> Array:
        """Return the gradient of s, as a function of free m, at unit vectors (..., 3)."""
        total = self.vector + m @ self.matrix
        for ridge in self.ridges:
            total = total + chebyshev.chebval(m @ ridge.axis, ridge.slope)[..., None] * ridge.axis
        return np.asarray(total)

    def bend(self, m: Array, direction: Array) -> Array:
        """Return the second derivative of s along tangents of the sphere, both (..., 3)."""
        total = np.einsum("...i,ij,...j", direction, self.matrix, direction) - (self.pull(m) * m).sum(-1)
        for ridge in self.ridges:
            total = total + chebyshev.chebval(m @ ridge.axis, ridge.bend) * (direction @ ridge.axis) ** 2
        return np.asarray(total)

    @property
    def curvature(self) -> float:
        """A bound on how sharply s bends, for the degree that resolves it."""
        total = float(np.ptp(np.linalg.eigvalsh(self.matrix)) + np.linalg.norm(self.vector))
        return total + sum(float(np.abs(chebyshev.chebval(_COSINES, ridge.bend)).max()) for ridge in self.ridges)

    @property
    def barrier(self) -> float:
        """About the height of the barrier that s has."""
        height = float(np.diff(np.linalg.eigvalsh(self.matrix))[-1]) / 2
        return height + sum(float(np.ptp(chebyshev.chebval(_COSINES, ridge.value))) for ridge in self.ridges)

    def across(self, frame: Array) -> float:
        """Return how much of s is not symmetric about the frame's z axis."""
        turned = self.turned(frame)
        pull, matrix = turned.vector, turned.matrix
        size = np.hypot(matrix[0, 0] - matrix[1, 1], 2 * matrix[0, 1]) + 2 * np.hypot(matrix[0, 2], matrix[1, 2])
        size += np.hypot(pull[0], pull[1])
        for ridge in turned.ridges:
            bend = np.abs(chebyshev.chebval(_COSINES, ridge.bend)).max()
            size += bend * np.hypot(ridge.axis[0], ridge.axis[1])
        return float(size)


_COSINES = np.linspace(-1.0, 1.0, 101)


def across_of(spin: Macrospin, frame: Array) -> float:
    """Return the scale of the fields that break the symmetry about the frame's z axis, over b."""
    total = 0.0
    for part in spin.parts:
        turned = frame @ part.matrix @ frame.T
        size = float(np.hypot(turned[0, 0] - turned[1, 1], 2 * turned[0, 1]))
        size += 2 * float(np.hypot(turned[0, 2], turned[1, 2]))
        size += float(np.linalg.norm((frame @ part.field)[:2]))
        size += float(np.linalg.norm((frame @ part.damping_like)[:2])) / spin.damping
        total += float(np.abs(part.series).sum()) * size
    return total / spin.thermal_field


def frame_of(spin: Macrospin) -> Array:
    """Return the rotation (rows: new axes) about whose z axis the problem is most nearly symmetric.

    Of the axes of the matrix M, or those of the vectors where M has no preferred direction.
    """
    if spin.axis is not None:
        axes = [spin.axis]
    else:
        matrix = sum((np.abs(part.series).sum() * part.matrix for part in spin.parts), np.zeros((3, 3)))
        values, vectors = np.linalg.eigh(matrix)
        axes = list(vectors.T)
        if values[2] - values[0] <= 1e-12 * np.abs(values).max():
            axes = [v / np.linalg.norm(v) for v in (spin.field, spin.damping_like, spin.reference) if np.any(v)]
        axes += [part.axis for part in spin.parts if part.general]
    return min((frame_about(spin, z) for z in axes), key=lambda frame: across_of(spin, frame))


def frame_about(spin: Macrospin, z: Array) -> Array:
    """Return a rotation (rows: new axes) to the z axis given and an x axis that is principal across it."""
    across = np.eye(3) - np.outer(z, z)
    vectors = np.linalg.eigh(across @ spin.matrix @ across)[1]
    x = vectors[:, int(np.argmin(np.abs(vectors.T @ z)))]
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])


def weight_of(spin: Macrospin, torque: float = 1.0) -> Weight:
    """Return the weight, close to log rho.

    In detailed balance it is log rho. A damping-like torque q adds torque kappa q.m/(alpha b), with
    kappa = 2 B_1/(B_1 + B_2) for the two stiffness fields about the direction of q: exact for B_1 = B_2 without a
    field across, and the effect on the softer direction otherwise. A function of m.p counts with its mean and
    slope.
    """
    vector, matrix = np.zeros(3), np.zeros((3, 3))
    axes = np.linalg.eigh(spin.matrix)[1]
    principal = np.diag(axes.T @ spin.matrix @ axes)
    share = np.zeros((3, 3))
    for i in range(3):
        stiffness = principal[i] - np.delete(principal, i) + abs(axes[:, i] @ spin.field)
        scale = float(np.abs(principal).max() + np.linalg.norm(spin.field))
        if scale == 0 or np.ptp(stiffness) <= 1e-9 * scale:
            kappa = 1.0 if stiffness[0] >= -1e-9 * scale else 0.0
        else:
            kappa = 2 * stiffness.min() / stiffness.sum() if stiffness.min() > 0 else 0.0
        share += torque * kappa * np.outer(axes[:, i], axes[:, i])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    ridges = []
    for part in spin.parts:
        if part.general:
            ridges.append(Ridge(part.axis, part.series / spin.thermal_field))
            continue
        values = chebyshev.chebval(nodes, part.series)
        mean, slope = weights @ values / 2, 1.5 * weights @ (nodes * values)
        pull = part.field + share @ part.damping_like / spin.damping
        vector = vector + mean * pull
        matrix = matrix + mean * part.matrix
        matrix = matrix + slope * (np.outer(pull, part.axis) + np.outer(part.axis, pull)) / 2
    matrix = matrix - np.trace(matrix) / 3 * np.eye(3)
    return Weight(vector / spin.thermal_field, matrix / spin.thermal_field, tuple(ridges))
