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


def _add_tile(builder: Any, kind: Any, shape: tuple[int, int], places: Any, strides: Any, n_k: Any) -> None:
    """Emit ``c[r, j] += sum_k a[r, k] b[k, j]`` for a tile of rows and vectors that stays in registers.

    `places` points to the first element of a, b and c in the tile; `strides` are the distances of a's rows, a's
    columns, b's rows and c's rows.
    """
    rows, vectors = shape
    a, b, c = places
    a_row, a_k, b_k, c_row = strides
    lanes = kind.count if isinstance(kind, ir.VectorType) else 1
    scalar, size, undefined = kind.element if lanes > 1 else kind, ir.IntType(64), ir.Constant(kind, ir.Undefined)
    bits = 32 if isinstance(scalar, ir.FloatType) else 64
    name = f"llvm.fma.v{lanes}f{bits}" if lanes > 1 else f"llvm.fma.f{bits}"
    fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * 3), name)
    tile = [(r, v) for r in range(rows) for v in range(vectors)]

    def place(pointer: Any, vector: int) -> Any:
        return builder.bitcast(builder.gep(pointer, [size(vector * lanes)]), kind.as_pointer())

    def load(pointer: Any, vector: int) -> Any:
        value = builder.load(place(pointer, vector))
        value.align = bits // 8
        return value

    a_rows = [builder.gep(a, [builder.mul(a_row, size(r))]) for r in range(rows)]
    c_rows = [builder.gep(c, [builder.mul(c_row, size(r))]) for r in range(rows)]
    start = [load(c_rows[r], v) for r, v in tile]
    before, loop, after = builder.block, builder.append_basic_block("loop"), builder.append_basic_block("after")
    builder.cbranch(builder.icmp_signed(">", n_k, size(0)), loop, after)

    builder.position_at_end(loop)
    k, sums = builder.phi(size), [builder.phi(kind) for _ in tile]
    right = [load(builder.gep(b, [builder.mul(k, b_k)]), v) for v in range(vectors)]
    left = [builder.load(builder.gep(pointer, [builder.mul(k, a_k)])) for pointer in a_rows]
    if lanes > 1:
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
        seeds = [builder.insert_element(undefined, value, ir.IntType(32)(0)) for value in left]
        left = [builder.shuffle_vector(seed, undefined, everywhere) for seed in seeds]
    ends = [builder.call(fma, [left[r], right[v], total]) for (r, v), total in zip(tile, sums, strict=True)]
    following = builder.add(k, size(1))
    for phi, first, later in zip([k, *sums], [size(0), *start], [following, *ends], strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    builder.cbranch(builder.icmp_signed("<", following, n_k), loop, after)

    builder.position_at_end(after)
    results = [builder.phi(kind) for _ in tile]
    for phi, first, later in zip(results, start, ends, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(later, loop)
    for (r, v), phi in zip(tile, results, strict=True):
        builder.store(phi, place(c_rows[r], v)).align = bits // 8


def _strip(rows: int, vectors: int, whole: bool = True) -> Any:
    """Return an intrinsic for columns as wide as some vectors, or as one number, by tiles of so many rows."""

    @intrinsic
    def add(typing_context, a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_k):  # type: ignore[no-untyped-def]
        """``c[r, j] += sum_k a[r, k] b[k, j]``; places and distances are those of the flat arrays."""
        if len({a.dtype, b.dtype, c.dtype}) > 1 or any(array.layout != "C" for array in (a, b, c)):
            raise TypingError("a product takes contiguous arrays of one type")

        def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
            scalar = ir.FloatType() if a.dtype == types.float32 else ir.DoubleType()
            kind = ir.VectorType(scalar, 8 * BYTES // a.dtype.bitwidth) if whole else scalar
            size = ir.IntType(64)

            def number(k):  # type: ignore[no-untyped-def]
                return context.cast(builder, args[k], sig.args[k], types.intp)

            def pointer(k):  # type: ignore[no-untyped-def]
                return builder.gep(context.make_array(sig.args[k])(context, builder, args[k]).data, [number(k + 1)])

            a_place, b_place, c_place = pointer(0), pointer(4), pointer(7)
            strides, end, depth = (number(2), number(3), number(6), number(9)), number(10), number(11)
            middle = builder.sub(end, builder.srem(end, size(rows)))
            for height, first, last in ((rows, size(0), middle), (1, middle, end)):
                with cgutils.for_range_slice(builder, first, last, size(height)) as (row, _):
                    tile_a = builder.gep(a_place, [builder.mul(row, strides[0])])
                    tile_c = builder.gep(c_place, [builder.mul(row, strides[3])])
                    _add_tile(builder, kind, (height, vectors), (tile_a, b_place, tile_c), strides, depth)
            return context.get_dummy_value()

        return types.void(a, a_start, a_row, a_k, b, b_start, b_k, c, c_start, c_row, n_rows, n_k), codegen

    return add


_strip_4, _strip_2, _strip_1 = _strip(_ROWS_4, 4), _strip(_ROWS_2, 2), _strip(_ROWS_1, 1)
_strip_0 = _strip(_ROWS_1, 1, whole=False)


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
