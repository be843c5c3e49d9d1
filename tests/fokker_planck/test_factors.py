"""Factors: of banded and other matrices, in parts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from mtjphys.core.errors import SimulationError
from mtjphys.fokker_planck.factors import Factors


def banded(size, width, stream):
    """Return a matrix with a band of random numbers."""
    count = 2 * width + 1
    return sparse.diags_array(
        list(stream.standard_normal((count, size))), offsets=range(-width, width + 1), shape=(size, size)
    )


@pytest.mark.parametrize("width", [3, 1300])
def test_a_matrix_and_its_transpose_are_solved(width):
    stream = np.random.default_rng(1)
    matrix = sparse.csr_array(banded(40 if width == 3 else 2700, min(width, 3), stream))
    if width > 3:  # far from the diagonal: by an ordering that keeps the fill small
        matrix = matrix + sparse.csr_array(([0.5, 0.5], ([0, 2699], [2699, 0])), shape=matrix.shape)
    right = stream.standard_normal(matrix.shape[0])
    factors = Factors(matrix)
    assert_allclose(matrix @ factors.solve(right), right, atol=1e-9)
    assert_allclose(matrix.T @ factors.solve(right, trans="T"), right, atol=1e-9)


def test_parts_that_are_not_coupled_are_factorised_when_needed():
    stream = np.random.default_rng(2)
    blocks = [banded(30, 4, stream), banded(50, 2, stream)]
    mixed = stream.permutation(80)
    matrix = sparse.csr_array(sparse.block_diag(blocks))[mixed][:, mixed]
    factors = Factors(matrix)
    assert sorted(part.size for part in factors.parts) == [30, 50]
    assert factors.nbytes == 0
    right = np.zeros(80)
    right[factors.parts[0]] = 1.0
    assert_allclose(matrix @ factors.solve(right), right, atol=1e-10)
    half = factors.nbytes
    right = stream.standard_normal(80)
    assert_allclose(matrix @ factors.solve(right), right, atol=1e-10)
    assert 0 < half < factors.nbytes


def test_a_singular_matrix_is_an_error():
    with pytest.raises(SimulationError, match="singular"):
        Factors(sparse.csr_array(np.diag([1.0, 0.0]) + 0 * np.eye(2))).solve(np.ones(2))
