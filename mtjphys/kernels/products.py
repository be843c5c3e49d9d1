"""Products with a batch: matrices of hundreds of rows and columns times some tens of samples.

A tile of the result stays in registers while the sum over k runs, and both factors are read where they lie. A library
of linear algebra first copies the large matrix into a layout of its own, which pays only for many more samples. Every
element is one chain of fused multiply-adds in the order of k: its bits depend neither on the tile nor on the processor.

Arrays are contiguous and of one type, float32 or float64; samples lie side by side, (n_units, n_samples).
"""

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numpy.typing import NDArray

from mtjphys.kernels.compiling import compiled, inline

_AVX512 = binding.get_host_cpu_features().get("avx512f", False)
BYTES = 64 if _AVX512 else 32  # of a vector
# Rows of a tile of 4, 2 and 1 vectors that fit into 32 registers, or 16.
_ROWS_4, _ROWS_2, _ROWS_1 = (4, 8, 8) if _AVX512 else (2, 6, 8)
_SAMPLES = 64  # of which the input of a layer stays in the cache


def _tile(rows: int, vectors: int, whole: bool = True) -> Any:
    """Return an intrinsic for tiles of so many rows and vectors, or of one number for each row."""

    @intrinsic
    def add(typing_context, a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_k):  # type: ignore[no-untyped-def]
        """Add ``sum_k a[r, k] b[k, j]`` to a tile of c; all places are flat indices of arrays of one type."""
        if len({a.dtype, b.dtype, c.dtype}) > 1 or any(array.layout != "C" for array in (a, b, c)):
            raise TypingError("a product takes contiguous arrays of one type")

        def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
            scalar = ir.FloatType() if a.dtype == types.float32 else ir.DoubleType()
            bits = a.dtype.bitwidth
            lanes = BYTES * 8 // bits if whole else 1
            kind = ir.VectorType(scalar, lanes) if lanes > 1 else scalar
            name = "llvm.fma." + (f"v{lanes}" if lanes > 1 else "") + f"f{bits}"
            fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
            size = ir.IntType(64)
            data = {
                label: context.make_array(kind_)(context, builder, args[k]).data
                for label, kind_, k in (("a", a, 0), ("b", b, 4), ("c", c, 7))
            }
            given = {k: context.cast(builder, args[k], sig.args[k], types.intp) for k in (1, 2, 3, 5, 6, 8, 9, 10)}
            a0 = builder.gep(data["a"], [given[1]])
            b0 = builder.gep(data["b"], [given[5]])
            c0 = builder.gep(data["c"], [given[8]])
            a_rows = [builder.gep(a0, [builder.mul(given[2], size(r))]) for r in range(rows)]

            def place(pointer, offset):  # type: ignore[no-untyped-def]
                there = builder.gep(pointer, [size(offset)]) if offset else pointer
                return builder.bitcast(there, kind.as_pointer())

            def load(pointer, offset):  # type: ignore[no-untyped-def]
                value = builder.load(place(pointer, offset))
                value.align = bits // 8
                return value

            c_rows = [builder.gep(c0, [builder.mul(given[9], size(r))]) for r in range(rows)]
            start = [[load(pointer, v * lanes) for v in range(vectors)] for pointer in c_rows]
            before = builder.block
            loop, after = builder.append_basic_block("loop"), builder.append_basic_block("after")
            builder.cbranch(builder.icmp_signed(">", given[10], size(0)), loop, after)
            builder.position_at_end(loop)
            k = builder.phi(size)
            k.add_incoming(size(0), before)
            sums = [[builder.phi(kind) for _ in range(vectors)] for _ in range(rows)]
            b_row = builder.gep(b0, [builder.mul(k, given[6])])
            right = [load(b_row, v * lanes) for v in range(vectors)]
            at = builder.mul(k, given[3])
            ends = []
            for r in range(rows):
                left = builder.load(builder.gep(a_rows[r], [at]))
                if lanes > 1:
                    seed = builder.insert_element(ir.Constant(kind, ir.Undefined), left, ir.IntType(32)(0))
                    zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
                    left = builder.shuffle_vector(seed, ir.Constant(kind, ir.Undefined), zeros)
                ends.append([builder.call(fma, [left, right[v], sums[r][v]]) for v in range(vectors)])
            following = builder.add(k, size(1))
            k.add_incoming(following, loop)
            for r in range(rows):
                for v in range(vectors):
                    sums[r][v].add_incoming(start[r][v], before)
                    sums[r][v].add_incoming(ends[r][v], loop)
            builder.cbranch(builder.icmp_signed("<", following, given[10]), loop, after)
            builder.position_at_end(after)
            for r in range(rows):
                for v in range(vectors):
                    result = builder.phi(kind)
                    result.add_incoming(start[r][v], before)
                    result.add_incoming(ends[r][v], loop)
                    ends[r][v] = result
            for r in range(rows):
                for v in range(vectors):
                    builder.store(ends[r][v], place(c_rows[r], v * lanes)).align = bits // 8
            return context.get_dummy_value()

        return types.void(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_k), codegen

    return add


@intrinsic
def _fetch(typing_context, array, place):  # type: ignore[no-untyped-def]
    """Have the memory at a flat index brought to the cache."""

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        data = context.make_array(array)(context, builder, args[0]).data
        pointer = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, flag, flag, flag])
        fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(fetch, [pointer, flag(0), flag(2), flag(1)])  # to read, into the second cache, data
        return context.get_dummy_value()

    return types.void(array, types.intp), codegen


_tile_4, _row_4 = _tile(_ROWS_4, 4), _tile(1, 4)
_tile_2, _row_2 = _tile(_ROWS_2, 2), _tile(1, 2)
_tile_1, _row_1 = _tile(_ROWS_1, 1), _tile(1, 1)
_tile_0, _row_0 = _tile(_ROWS_1, 1, False), _tile(1, 1, False)


@inline
def _strip_4(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_k):  # type: ignore[no-untyped-def]
    row = 0
    while row + _ROWS_4 <= n_rows:
        _tile_4(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += _ROWS_4
    while row < n_rows:
        _row_4(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += 1


@inline
def _strip_2(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_k):  # type: ignore[no-untyped-def]
    row = 0
    while row + _ROWS_2 <= n_rows:
        _tile_2(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += _ROWS_2
    while row < n_rows:
        _row_2(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += 1


@inline
def _strip_1(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_k):  # type: ignore[no-untyped-def]
    row = 0
    while row + _ROWS_1 <= n_rows:
        _tile_1(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += _ROWS_1
    while row < n_rows:
        _row_1(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += 1


@inline
def _strip_0(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_k):  # type: ignore[no-untyped-def]
    row = 0
    while row + _ROWS_1 <= n_rows:
        _tile_0(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += _ROWS_1
    while row < n_rows:
        _row_0(a, a_start + row * a_row, a_row, a_k, b, b_start, b_k, c, c_start + row * c_row, c_row, n_k)
        row += 1


@inline
def _add(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_columns, n_k):  # type: ignore[no-untyped-def]
    """``c[r, j] += sum_k a[r, k] b[k, j]``; places and distances are those of the flat arrays."""
    lanes = BYTES // c.itemsize
    j = 0
    while j + 4 * lanes <= n_columns:
        _strip_4(a, a_start, a_row, a_k, b, b_start + j, b_k, c, c_start + j, c_row, n_rows, n_k)
        j += 4 * lanes
    if j + 2 * lanes <= n_columns:
        _strip_2(a, a_start, a_row, a_k, b, b_start + j, b_k, c, c_start + j, c_row, n_rows, n_k)
        j += 2 * lanes
    if j + lanes <= n_columns:
        _strip_1(a, a_start, a_row, a_k, b, b_start + j, b_k, c, c_start + j, c_row, n_rows, n_k)
        j += lanes
    while j < n_columns:
        _strip_0(a, a_start, a_row, a_k, b, b_start + j, b_k, c, c_start + j, c_row, n_rows, n_k)
        j += 1


@compiled()
def layer(
    matrix: NDArray[Any],
    x: NDArray[Any],
    start: NDArray[Any],
    noise: NDArray[Any],
    ahead: int,
    first: int,
    last: int,
    out: NDArray[Any],
) -> None:
    """``out = start + noise + matrix x`` for the samples `first` to `last`.

    Shapes: matrix (n_units, n), x (n, n_samples), start (n_units,), out (n_units, n_samples), noise (n_units, at least
    ahead + n_samples); `ahead` samples of it are of other passes. There is none if it has no rows.
    """
    n_units, n = matrix.shape
    n_samples = x.shape[1]
    line = 64 // matrix.itemsize
    for sample in range(first, last, _SAMPLES):
        width = min(_SAMPLES, last - sample)
        for row in range(0, n_units, 8):
            rows = min(8, n_units - row)
            if sample == first:
                for place in range((row + rows) * n, min(row + rows + 8, n_units) * n, line):
                    _fetch(matrix, place)
            for unit in range(row, row + rows):
                own = out[unit, sample : sample + width]
                own[:] = start[unit]
                if noise.shape[0] > 0:
                    eps = noise[unit, ahead + sample : ahead + sample + width]
                    for j in range(width):
                        own[j] += eps[j]
            to = row * n_samples + sample
            _add(matrix, row * n, n, 1, x, sample, n_samples, out, to, n_samples, rows, width, n)


@compiled()
def decorrelate(
    matrix: NDArray[Any], x: NDArray[Any], rows: NDArray[Any], scalars: NDArray[Any], first: int, last: int
) -> None:
    """``R_ij -= rate (share sum_k (x x^T)_ik R_kj + rows_i R_ij)`` in place for the columns `first` to `last`.

    Shapes: matrix R (n, n), x (n, n_samples), rows (n,); scalars are rate and share. The columns of R do not need each
    other; some at a time stay in the cache for ``y = x^T R`` and ``R += x y``. Both terms are summed before they
    meet R: for the diagonal they cancel, and each alone may be lost in the rounding of R.
    """
    n, n_samples = x.shape
    rate, share = scalars[0], scalars[1]
    width, line = 4 * BYTES // matrix.itemsize, 64 // matrix.itemsize
    y = np.empty((n_samples, width), matrix.dtype)
    product = np.empty((8, width), matrix.dtype)
    for column in range(first, last, width):
        columns = min(width, last - column)
        if columns == width:
            block, start = matrix, column
        else:  # widened, as a tile is
            block, start = np.zeros((n, width), matrix.dtype), 0
            for i in range(n):
                block[i, :columns] = matrix[i, column:last]
        distance = block.shape[1]
        y[:] = 0
        _strip_4(x, 0, 1, n_samples, block, start, distance, y, 0, width, n_samples, n)
        y *= share
        for row in range(0, n, 8):
            height = min(8, n - row)
            product[:] = 0
            _strip_4(x, row * n_samples, n_samples, 1, y, 0, width, product, 0, width, height, n_samples)
            for i in range(height):
                for place in range(column + width, min(column + 2 * width, last), line):
                    _fetch(matrix, (row + i) * n + place)
                own, step, factor = block[row + i, start : start + width], product[i], rows[row + i]
                for j in range(width):
                    own[j] -= rate * (step[j] + factor * own[j])
        if columns < width:
            for i in range(n):
                matrix[i, column:last] = block[i, :columns]
