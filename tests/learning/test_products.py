"""Products of matrices, and the step of the decorrelation, in panels."""

import numpy as np
import pytest

from mtjphys.kernels import products as kernels
from mtjphys.learning import concurrency
from mtjphys.learning.concurrency import team
from mtjphys.learning.products import product

STREAM = np.random.default_rng(11)
# Rows, depth, columns: below and above a tile, a panel, a panel's depth and a group of panels.
SHAPES = [
    (1, 1, 1),
    (3, 5, 7),
    (6, 64, 64),
    (13, 100, 65),
    (2, 300, 200),
    (70, 129, 16),
    (19, 40, 4),
    (64, 260, 1100),
    (11, 1100, 3),
]
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def normal(*shape, dtype):
    return STREAM.standard_normal(shape).astype(dtype)


def laid(rows, columns, layout, dtype):
    """Return a matrix whose rows, or columns, or neither lie in one piece."""
    if layout == "rows":
        return normal(rows, columns, dtype=dtype)
    if layout == "columns":
        return normal(columns, rows, dtype=dtype).T
    return normal(rows, 2 * columns, dtype=dtype)[:, ::2]


@dtypes
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("layouts", ["rows rows", "columns rows", "rows columns", "neither columns"])
def test_a_product_is_its_formula(shape, layouts, dtype):
    n, m, k = shape
    first, second = layouts.split()
    a, b = laid(n, m, first, dtype), laid(m, k, second, dtype)
    start, before = normal(n, dtype=dtype), normal(n, k, dtype=dtype)
    exact = a.astype(np.longdouble) @ b.astype(np.longdouble)
    bound = (m + 2) * np.finfo(dtype).eps * (np.abs(a).astype(float) @ np.abs(b).astype(float) + 10.0)
    for added, options in ((0.0, {}), (start[:, None], {"start": start}), (before, {"onto": True})):
        out = before.copy()
        product(a, b, out, **options)
        assert np.all(np.abs(out - (exact + added)) <= bound)


@dtypes
@pytest.mark.parametrize("columns", [slice(0, 3), slice(5, 75), slice(100, 130)], ids=str)
def test_other_columns_are_left_alone(columns, dtype):
    a, b, out = normal(20, 30, dtype=dtype), normal(30, 130, dtype=dtype), normal(20, 130, dtype=dtype)
    before = out.copy()
    product(a, b, out, columns=columns)
    np.testing.assert_allclose(out[:, columns], a @ b[:, columns], rtol=0, atol=200 * np.finfo(dtype).eps)
    out[:, columns] = before[:, columns]
    np.testing.assert_array_equal(out, before)


def test_sums_run_over_the_depth_one_after_the_other():
    """So that the bits do not depend on how the work is divided, and whatever the width of a register."""
    a, b = normal(8, 300, dtype=np.float32), normal(300, 70, dtype=np.float32)
    out, expected = np.empty((8, 70), np.float32), np.zeros((8, 70), np.float32)
    product(a, b, out)
    for k in range(300):
        one = a[:, k, None].astype(float) * b[k]  # exact
        expected = (expected + (one if kernels.FUSED else one.astype(np.float32))).astype(np.float32)
    assert np.mean(out == expected) > 0.99  # here a sum is rounded to float64 on the way, which matters rarely
    np.testing.assert_allclose(out, expected, rtol=0, atol=2e-5)


@dtypes
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pieces_and_threads_give_the_same_bits(monkeypatch, shape, dtype):
    n, m, k = shape
    a, b = normal(n, m, dtype=dtype), normal(m, k, dtype=dtype)
    whole, divided = np.empty((n, k), dtype), np.empty((n, k), dtype)
    product(a, b, whole)
    monkeypatch.setattr(concurrency, "WORTH_SHARING", 1)
    concurrency.pieces.cache_clear()
    with team(3):
        product(a, b, divided)
    concurrency.pieces.cache_clear()
    np.testing.assert_array_equal(divided, whole)


@pytest.mark.parametrize(
    "a, b, out, options",
    [
        (np.ones((3, 4)), np.ones((3, 5)), np.empty((3, 5)), {}),
        (np.ones((3, 4)), np.ones((4, 5)), np.empty((2, 5)), {}),
        (np.ones((3, 4)), np.ones((4, 5)), np.empty((3, 5)), {"start": np.zeros(1)}),
        (np.ones((3, 4)), np.ones((4, 5)), np.empty((3, 5)), {"columns": slice(0, 4, 2)}),
    ],
)
def test_shapes_that_are_none_of_a_product_are_refused(a, b, out, options):
    with pytest.raises(ValueError, match="do not give"):
        product(a, b, out, **options)


def test_what_is_not_a_product_is_refused():
    a, b = np.ones((3, 4)), np.ones((4, 5))
    with pytest.raises(ValueError, match="one piece"):
        product(a, b, np.empty((5, 3)).T)
    with pytest.raises(ValueError, match="type int64: use float"):
        product(a, b, np.empty((3, 5), int))
    with pytest.raises(ValueError, match=r"complex128 .* real numbers"):
        product(a.astype(complex), b, np.empty((3, 5)))


@pytest.mark.parametrize("other", [np.float64, np.int64, np.float16])
def test_other_types_of_real_numbers_are_taken(other):
    a, b, start, out = np.eye(3, 4), np.ones((4, 5)), np.arange(3), np.empty((3, 5), np.float32)
    product(a.astype(other), b.astype(other), out, start.astype(other))
    np.testing.assert_array_equal(out, np.eye(3, 4) @ b + start[:, None])


def test_a_sum_of_nothing_is_its_start():
    start, out = np.arange(3.0), np.ones((3, 70))
    product(np.ones((3, 0)), np.ones((0, 70)), out, onto=True)
    np.testing.assert_array_equal(out, 1.0)
    product(np.ones((3, 0)), np.ones((0, 70)), out, start)
    np.testing.assert_array_equal(out, np.broadcast_to(start[:, None], out.shape))


def test_of_no_columns_there_is_nothing_to_do():
    for a in (np.ones((5, 3)), np.ones((3, 5)).T):
        product(a, np.ones((3, 0)), np.empty((5, 0)))


def test_what_is_not_finite_stays_so():
    a, b, out = np.ones((7, 70)), np.ones((70, 66)), np.zeros((7, 66))
    b[3, 65], b[4, 1] = np.nan, np.inf
    product(a, b, out)
    assert np.isnan(out[:, 65]).all()
    assert (out[:, 1] == np.inf).all()
    assert np.isfinite(np.delete(out, [1, 65], axis=1)).all()


@dtypes
@pytest.mark.parametrize("n, n_samples", [(7, 3), (64, 64), (150, 20), (200, 1200)])
def test_some_rows_move_and_the_others_do_not(n, n_samples, dtype):
    matrix, columns, projected = (normal(*shape, dtype=dtype) for shape in ((n, n), (n, n_samples), (n_samples, n)))
    factors, first, last = normal(n, dtype=dtype), 2, n - 3
    before, rows = matrix.copy(), slice(first, last)
    rate, share = dtype(0.1), dtype(0.03)
    flat = columns.reshape(-1), projected.reshape(-1), factors, np.array([rate, share])
    kernels.decorrelate(*flat, first, last, matrix.reshape(-1))
    exact = before[rows] - 0.1 * (0.03 * columns[rows].astype(float) @ projected + factors[rows, None] * before[rows])
    tolerance = 20.0 * n_samples**0.5 * np.finfo(dtype).eps
    np.testing.assert_allclose(matrix[rows], exact, rtol=0, atol=tolerance)
    matrix[rows] = before[rows]
    np.testing.assert_array_equal(matrix, before)
