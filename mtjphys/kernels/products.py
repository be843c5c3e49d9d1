"""Products of matrices with some tens of columns, the work of a training step, and what is done with them on the way.

A library packs both matrices before it multiplies them, which for a large one and 64 columns takes as long as the half
of the product. Here only the second matrix is packed, into panels as wide as a few registers, and the first is read as
it lies, a number at a time, six rows beside each other; their sums stay in registers for the whole depth of a panel.
With 512-bit registers a core comes within a tenth of its peak so where the first matrix is read along its rows.

Every sum runs over the depth from its start, one fused multiply-add after the other, however the work is divided: the
bits are the same on any number of threads, in pieces of any size, and on every machine that has such an instruction
(but for a column or two, whose sums run beside each other).

References
----------
K. Goto, R. A. van de Geijn, ACM Trans. Math. Softw. 34, 12 (2008); F. G. Van Zee, R. A. van de Geijn, ACM Trans. Math.
Softw. 41, 14 (2015).
"""

from functools import reduce
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic
from numpy.typing import NDArray

from mtjphys.kernels.compiling import apart, compiled, inline_with_arrays

ROWS = 6  # of a tile
FEW = 8  # bytes of a row: up to two columns in single precision, one in double, take longer in a panel than alone
DEPTH = 128  # of a panel: with 512-bit registers 32 kB, which stay in the first cache
ROOM = 1 << 19  # bytes of panels: they stay in the second cache


def _processor() -> tuple[int, int, bool]:
    """Return the bytes of a register, the vectors of a panel that fill most of them, and whether there is an fma."""
    machine, _, text = cpu_target.target_context.codegen().magic_tuple()
    features = text.split(",")
    if machine.startswith(("aarch64", "arm64")):
        return 16, 4, True
    fused = "+fma" in features
    if "+avx512f" in features:
        return 64, 4, fused
    return (32, 2, fused) if "+avx2" in features else (16, 2, fused)


BYTES, VECTORS, FUSED = _processor()
WIDTH = BYTES * VECTORS  # bytes of a panel


class _Emitter:
    """Writes operations with the vectors of a floating-point type."""

    def __init__(self, context: Any, builder: Any, dtype: Any) -> None:
        self.context, self.builder = context, builder
        self.itemsize = dtype.bitwidth // 8
        self.lanes = BYTES // self.itemsize
        self.vector = ir.VectorType(context.get_data_type(dtype), self.lanes)
        self.nothing = ir.Constant(self.vector, ir.Undefined)
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fma.v{self.lanes}f{dtype.bitwidth}"
        self._fma = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)

    def pointer(self, array: Any, value: Any, index: Any) -> Any:
        """Return the address of an element."""
        return self.builder.gep(self.context.make_array(array)(self.context, self.builder, value).data, [index])

    def at(self, pointer: Any, number: int) -> Any:
        place = self.builder.gep(pointer, [ir.IntType(64)(number * self.lanes)])
        return self.builder.bitcast(place, self.vector.as_pointer())

    def load(self, pointer: Any, number: int) -> Any:
        """Return the vector so many vectors behind an address."""
        value = self.builder.load(self.at(pointer, number))
        value.align = self.itemsize
        return value

    def store(self, value: Any, pointer: Any, number: int) -> None:
        """Write the vector so many vectors behind an address."""
        self.builder.store(value, self.at(pointer, number)).align = self.itemsize

    def spread(self, scalar: Any) -> Any:
        """Return a number in every lane."""
        integer = ir.IntType(32)
        first = self.builder.insert_element(self.nothing, scalar, integer(0))
        zeros = ir.Constant(ir.VectorType(integer, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, self.nothing, zeros)

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """Return ``a b + c``."""
        return self.builder.call(self._fma, [a, b, c]) if FUSED else self.builder.fadd(self.builder.fmul(a, b), c)


def _tile(rows: int, vectors: int) -> Any:
    """Return what multiplies so many rows with the first vectors of a panel."""
    grid = [(r, v) for r in range(rows) for v in range(vectors)]

    @intrinsic
    def tile(typing, a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width):  # type: ignore[no-untyped-def]
        """Take ``out[place + r width + c] = s_r + sum_k a[first + r row + k column] panel[top + k step + c]``.

        s_r is ``start[at + r]``, or with `onto` what `out` holds; the depth is at least 1.
        """

        def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
            a_, first_, row_, column_, panel_, top_, step_, depth_, start_, at_, onto_, out_, place_, width_ = args
            emit, integer = _Emitter(context, builder, a.dtype), ir.IntType(64)
            element, panels = emit.pointer(a, a_, first_), emit.pointer(panel, panel_, top_)
            starts, target = emit.pointer(start, start_, at_), emit.pointer(out, out_, place_)
            offsets = [builder.mul(row_, integer(r)) for r in range(rows)]
            targets = [builder.gep(target, [builder.mul(width_, integer(r))]) for r in range(rows)]

            again, new, loop, done = (builder.append_basic_block(name) for name in ("again", "new", "loop", "done"))
            builder.cbranch(onto_, again, new)
            builder.position_at_end(again)
            kept = [emit.load(targets[r], v) for r, v in grid]
            builder.branch(loop)
            builder.position_at_end(new)
            spread = [emit.spread(builder.load(builder.gep(starts, [integer(r)]))) for r in range(rows)]
            fresh = [spread[r] for r, _ in grid]
            builder.branch(loop)

            builder.position_at_end(loop)
            k, at_a, at_panel = builder.phi(integer), builder.phi(element.type), builder.phi(panels.type)
            sums = [builder.phi(emit.vector) for _ in grid]
            columns = [emit.load(at_panel, v) for v in range(vectors)]
            factors = [emit.spread(builder.load(builder.gep(at_a, [offset]))) for offset in offsets]
            added = [emit.fma(factors[r], columns[v], sums[n]) for n, (r, v) in enumerate(grid)]
            following = [builder.add(k, integer(1)), builder.gep(at_a, [column_]), builder.gep(at_panel, [step_])]
            begin = [integer(0), element, panels]
            for block, values in ((again, [*begin, *kept]), (new, [*begin, *fresh]), (loop, [*following, *added])):
                for phi, value in zip((k, at_a, at_panel, *sums), values, strict=True):
                    phi.add_incoming(value, block)
            builder.cbranch(builder.icmp_signed("<", following[0], depth_), loop, done)

            builder.position_at_end(done)
            for n, (r, v) in enumerate(grid):
                emit.store(added[n], targets[r], v)
            return context.get_dummy_value()

        n = types.intp
        return types.void(a, n, n, n, panel, n, n, n, start, n, types.boolean, out, n, n), codegen

    return tile


def _multiply(vectors: int) -> Any:
    """Return what multiplies up to six rows with the first vectors of a panel; see `_tile`."""
    one, two, three, four, five, six = (_tile(rows, vectors) for rows in range(1, ROWS + 1))

    @apart
    def multiply(rows, a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width):  # type: ignore[no-untyped-def]
        if rows == 6:
            six(a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width)
        elif rows == 5:
            five(a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width)
        elif rows == 4:
            four(a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width)
        elif rows == 3:
            three(a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width)
        elif rows == 2:
            two(a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width)
        else:
            one(a, first, row, column, panel, top, step, depth, start, at, onto, out, place, width)

    return multiply


_wide, _slim = _multiply(VECTORS), _multiply(1)


@intrinsic
def _copy(typing, source, first, target, place):  # type: ignore[no-untyped-def]
    """Copy a row of a panel."""

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        emit = _Emitter(context, builder, source.dtype)
        origin, goal = emit.pointer(source, args[0], args[1]), emit.pointer(target, args[2], args[3])
        for v in range(VECTORS):
            emit.store(emit.load(origin, v), goal, v)
        return context.get_dummy_value()

    return types.void(source, types.intp, target, types.intp), codegen


@intrinsic
def _move(typing, product, first, matrix, place, rate, share, factor):  # type: ignore[no-untyped-def]
    """Take ``R -= rate (share product + factor R)`` for a row of a panel."""

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        emit = _Emitter(context, builder, matrix.dtype)
        origin, goal = emit.pointer(product, args[0], args[1]), emit.pointer(matrix, args[2], args[3])
        rates, shares, factors = (emit.spread(value) for value in args[4:])
        for v in range(VECTORS):
            before = emit.load(goal, v)
            change = emit.fma(factors, before, builder.fmul(shares, emit.load(origin, v)))
            emit.store(builder.fsub(before, builder.fmul(rates, change)), goal, v)
        return context.get_dummy_value()

    n = types.intp
    return types.void(product, n, matrix, n, rate, share, factor), codegen


@apart
def _pack(b, row, column, top, depth, first, last, width, packed, begin):  # type: ignore[no-untyped-def]
    """Pack some rows, from `top` on, and columns into panels, the last one filled up with zeros."""
    panel = begin
    for j in range(first, last, width):
        n = min(width, last - j)
        if column == 1 and n == width:
            for k in range(depth):
                _copy(b, (top + k) * row + j, packed, panel + k * width)
        else:
            packed[panel : panel + depth * width] = 0
            if column == 1:
                for k in range(depth):
                    for c in range(n):
                        packed[panel + k * width + c] = b[(top + k) * row + j + c]
            else:
                for c in range(n):
                    for k in range(depth):
                        packed[panel + k * width + c] = b[(top + k) * row + (j + c) * column]
        panel += depth * width


@inline_with_arrays
def _room(size, like):  # type: ignore[no-untyped-def]
    """Return an array of so many numbers, and the first place that lies on the edge of a register."""
    packed = np.empty(size + WIDTH // like.itemsize, like.dtype)
    return packed, (-packed.ctypes.data % WIDTH) // like.itemsize


def _dot(vectors: int) -> Any:
    """Return the scalar product of blocks of so many vectors."""

    @intrinsic
    def dot(typing, a, first, b, top, blocks):  # type: ignore[no-untyped-def]
        """Return the scalar product of so many blocks, each lane by itself and then all lanes."""

        def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
            emit, integer = _Emitter(context, builder, a.dtype), ir.IntType(64)
            starts, before = [emit.pointer(a, args[0], args[1]), emit.pointer(b, args[2], args[3])], builder.block
            loop, done = builder.append_basic_block("loop"), builder.append_basic_block("done")
            builder.branch(loop)
            builder.position_at_end(loop)
            k, pointers = builder.phi(integer), [builder.phi(start.type) for start in starts]
            sums = [builder.phi(emit.vector) for _ in range(vectors)]
            added = [emit.fma(emit.load(pointers[0], v), emit.load(pointers[1], v), sums[v]) for v in range(vectors)]
            step = integer(vectors * emit.lanes)
            following = [builder.add(k, integer(1)), *(builder.gep(pointer, [step]) for pointer in pointers), *added]
            begin = [integer(0), *starts, *[ir.Constant(emit.vector, [0.0] * emit.lanes)] * vectors]
            for phi, old, new in zip((k, *pointers, *sums), begin, following, strict=True):
                phi.add_incoming(old, before)
                phi.add_incoming(new, loop)
            builder.cbranch(builder.icmp_signed("<", following[0], args[4]), loop, done)
            builder.position_at_end(done)
            vector = reduce(builder.fadd, added)
            return reduce(builder.fadd, (builder.extract_element(vector, ir.IntType(32)(n)) for n in range(emit.lanes)))

        n = types.intp
        return a.dtype(a, n, b, n, n), codegen

    return dot


_wide_dot, _slim_dot = _dot(VECTORS), _dot(1)


@apart
def _dots(a, row, first, last, vector, begin, depth, column, start, onto, out, width):  # type: ignore[no-untyped-def]
    """Multiply rows that lie in one piece with one column, packed."""
    wide, slim = WIDTH // a.itemsize, BYTES // a.itemsize
    far = depth // wide * wide
    near = depth // slim * slim
    for i in range(first, last):
        place = i * width + column
        total = out[place] if onto else start[i]
        if far > 0:
            total += _wide_dot(a, i * row, vector, begin, far // wide)
        if near > far:
            total += _slim_dot(a, i * row + far, vector, begin + far, (near - far) // slim)
        for k in range(near, depth):
            total += a[i * row + k] * vector[begin + k]
        out[place] = total


@compiled()
def product(
    a: NDArray[Any],
    a_row: int,
    a_column: int,
    b: NDArray[Any],
    b_row: int,
    b_column: int,
    depth: int,
    rows: tuple[int, int],
    columns: tuple[int, int],
    start: NDArray[Any],
    onto: bool,
    out: NDArray[Any],
    width: int,
) -> None:
    """Take ``out_ij = start_i + sum_k a_ik b_kj`` for some rows and columns, or ``out_ij +=`` with `onto`.

    All arrays are flat, of one type, and `start` as long as `a` has rows. Neighbours in a column of `a` are `a_row`
    apart, those in a row `a_column`, and so on; rows of `out` are in one piece and `width` apart.
    """
    first_row, last_row = rows
    first_column, last_column = columns
    if a_column == 1 and (last_column - first_column) * a.itemsize <= FEW:
        vector, begin = _room(depth, a)
        for j in range(first_column, last_column):
            for k in range(depth):
                vector[begin + k] = b[k * b_row + j * b_column]
            _dots(a, a_row, first_row, last_row, vector, begin, depth, j, start, onto, out, width)
        return
    lanes, wide = BYTES // a.itemsize, WIDTH // a.itemsize
    n_rows, n_panels = last_row - first_row, -(-(last_column - first_column) // wide)
    tiles = -(-n_rows // ROWS)
    deep = min(depth, DEPTH if n_panels > 1 else 8 * DEPTH)
    group = max(1, min(n_panels, ROOM // (deep * WIDTH)))
    packed, begin = _room(group * deep * wide, a)
    edge = np.empty(ROWS * wide, a.dtype)
    # Packing costs as much as a tile or two; where columns already lie as in a panel it is needless.
    direct = b_column == 1 and (tiles <= 2 or b_row == wide)
    for left in range(first_column, last_column, group * wide):
        right = min(last_column, left + group * wide)
        for top in range(0, depth, deep):
            span = min(deep, depth - top)
            more = onto or top > 0
            if not direct or (right - left) % wide != 0:
                _pack(b, b_row, b_column, top, span, left, right, wide, packed, begin)
            panels = -(-(right - left) // wide)
            for number in range(tiles * panels):
                # Sums that end here are written row by row, for memory; others panel by panel, for the cache.
                t, p = number // panels, number % panels
                if deep < depth:
                    p, t = number // tiles, number % tiles
                i, j, panel = first_row + n_rows * t // tiles, left + p * wide, begin + p * span * wide
                many, n = first_row + n_rows * (t + 1) // tiles - i, min(wide, right - j)
                k, place = i * a_row + top * a_column, i * width + j
                if n < wide:
                    if more:
                        for r in range(many):
                            for c in range(n):
                                edge[r * wide + c] = out[place + r * width + c]
                    if n <= lanes:
                        _slim(many, a, k, a_row, a_column, packed, panel, wide, span, start, i, more, edge, 0, wide)
                    else:
                        _wide(many, a, k, a_row, a_column, packed, panel, wide, span, start, i, more, edge, 0, wide)
                    for r in range(many):
                        for c in range(n):
                            out[place + r * width + c] = edge[r * wide + c]
                elif direct:
                    spot = top * b_row + j
                    _wide(many, a, k, a_row, a_column, b, spot, b_row, span, start, i, more, out, place, width)
                else:
                    _wide(many, a, k, a_row, a_column, packed, panel, wide, span, start, i, more, out, place, width)


@compiled()
def decorrelate(
    columns: NDArray[Any],
    projected: NDArray[Any],
    factors: NDArray[Any],
    scalars: NDArray[Any],
    first: int,
    last: int,
    matrix: NDArray[Any],
) -> None:
    """Take ``R_ij -= rate (share sum_k columns_ik projected_kj + factors_i R_ij)`` in place, for some rows of R.

    All arrays are flat: columns (n, n_samples), projected (n_samples, n), factors (n,), matrix R (n, n), none of them
    empty; `scalars` is (rate, share). Both terms are summed before they meet R: for the diagonal they cancel, and each
    alone may be lost in the rounding of R.
    """
    rate, share = scalars
    size, wide = factors.size, WIDTH // matrix.itemsize
    depth, n_panels = columns.size // size, -(-size // wide)
    tiles = -(-(last - first) // ROWS)
    group = min(n_panels, max(1, ROOM // (depth * WIDTH)))
    packed, begin = _room(group * depth * wide, matrix)
    sums, zeros = np.empty(ROWS * wide, matrix.dtype), np.zeros(ROWS, matrix.dtype)
    edge = np.zeros(wide, matrix.dtype)
    for left in range(0, size, group * wide):
        right = min(size, left + group * wide)
        _pack(projected, size, 1, 0, depth, left, right, wide, packed, begin)
        for t in range(tiles):
            i = first + (last - first) * t // tiles
            many = first + (last - first) * (t + 1) // tiles - i
            panel = begin
            for j in range(left, right, wide):
                n = min(wide, right - j)
                _wide(many, columns, i * depth, depth, 1, packed, panel, wide, depth, zeros, 0, False, sums, 0, wide)
                for r in range(many):
                    place = (i + r) * size + j
                    if n == wide:
                        _move(sums, r * wide, matrix, place, rate, share, factors[i + r])
                    else:
                        edge[:n] = matrix[place : place + n]
                        _move(sums, r * wide, edge, 0, rate, share, factors[i + r])
                        matrix[place : place + n] = edge[:n]
                panel += depth * wide
