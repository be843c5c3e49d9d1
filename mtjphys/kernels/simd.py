"""Vectors of sixteen float64 lanes as numba values.

A kernel written with these types keeps sixteen junctions in registers: `Lanes` is sixteen float64, `Bits` sixteen
64-bit integers, `Mask` sixteen booleans. ``+ - * /`` and the comparisons work lane by lane, and the functions
`fma`, `sqrt`, `select`, ... take scalars as well, so that one source serves one junction and sixteen, with
the same IEEE operations in the same order and hence the same bits. LLVM maps a vector to two AVX-512 registers
(whose two chains of operations hide each other's latency), four AVX2 or eight NEON registers. Nothing is
reassociated or contracted behind our back: a fused multiply-add happens where `fma` is written and nowhere else.
"""

import operator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from mtjphys.kernels.compiling import specialised

WIDTH = 16


class _LanesType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Lanes{WIDTH}")


class _BitsType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Bits{WIDTH}")


class _MaskType(types.Type):
    def __init__(self) -> None:
        super().__init__(name=f"Mask{WIDTH}")


lanes_type = _LanesType()
bits_type = _BitsType()
mask_type = _MaskType()

_VECTOR = {
    lanes_type: ir.VectorType(ir.DoubleType(), WIDTH),
    bits_type: ir.VectorType(ir.IntType(64), WIDTH),
    mask_type: ir.VectorType(ir.IntType(1), WIDTH),
}


def _register(numba_type: Any) -> None:
    class _Model(models.PrimitiveModel):
        def __init__(self, dmm: Any, fe_type: Any) -> None:
            super().__init__(dmm, fe_type, _VECTOR[numba_type])

    register_model(type(numba_type))(_Model)


for _type in _VECTOR:
    _register(_type)


def _llvm_type(numba_type: Any) -> Any:
    if numba_type in _VECTOR:
        return _VECTOR[numba_type]
    if numba_type == types.float64:
        return ir.DoubleType()
    return ir.IntType(1 if numba_type == types.boolean else 64)


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    seed = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(seed, ir.Constant(vector, ir.Undefined), zeros)


def _widen(context: Any, builder: Any, value: Any, given: Any, wanted: Any) -> Any:
    """Return `value` as the vector type `wanted`, a scalar repeated in every lane."""
    if given == wanted:
        return value
    scalar = types.float64 if wanted is lanes_type else types.int64
    return _splat(builder, context.cast(builder, value, given, scalar), _VECTOR[wanted])


def _is_scalar(numba_type: Any) -> bool:
    return isinstance(numba_type, (types.Float, types.Integer))


def _binary(op: Any, vector: Any, result: Any, emit: Any) -> None:
    """Teach numba ``op(vector, vector)``, ``op(vector, scalar)`` and ``op(scalar, vector)``."""

    class _Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) == 2 and vector in args and all(arg == vector or _is_scalar(arg) for arg in args):
                return signature(result, *args)
            return None

    infer_global(op)(_Template)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        left, right = (
            _widen(context, builder, value, given, vector) for value, given in zip(args, sig.args, strict=True)
        )
        return emit(builder, left, right)

    kind = type(vector)
    for pair in ((kind, kind), (kind, types.Number), (types.Number, kind)):
        lower_builtin(op, *pair)(lower)


for _op, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _binary(_op, lanes_type, lanes_type, lambda b, x, y, name=_name: getattr(b, name)(x, y))
for _op, _sign in ((operator.lt, "<"), (operator.le, "<="), (operator.gt, ">"), (operator.ge, ">=")):
    _binary(_op, lanes_type, mask_type, lambda b, x, y, sign=_sign: b.fcmp_ordered(sign, x, y))
for _op, _name in (
    (operator.add, "add"),
    (operator.sub, "sub"),
    (operator.and_, "and_"),
    (operator.or_, "or_"),
    (operator.xor, "xor"),
    (operator.lshift, "shl"),
    (operator.rshift, "lshr"),
):
    _binary(_op, bits_type, bits_type, lambda b, x, y, name=_name: getattr(b, name)(x, y))
for _op, _name in ((operator.and_, "and_"), (operator.or_, "or_"), (operator.xor, "xor")):
    _binary(_op, mask_type, mask_type, lambda b, x, y, name=_name: getattr(b, name)(x, y))


@lower_builtin(operator.neg, _LanesType)
def _lower_negative(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])


@infer_global(operator.neg)
class _Negative(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(lanes_type, lanes_type) if args == (lanes_type,) else None


def _call_llvm(builder: Any, name: str, vector: Any, *args: Any) -> Any:
    suffix = f"v{WIDTH}f64" if isinstance(vector, ir.VectorType) else "f64"
    kind = ir.FunctionType(vector, [vector] * len(args))
    function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.{suffix}")
    return builder.call(function, args)


@intrinsic
def _fma(typing_context, a, b, c):  # type: ignore[no-untyped-def]
    result = lanes_type if lanes_type in (a, b, c) else types.float64

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        wide = [
            _widen(context, builder, value, given, result)
            if result is lanes_type
            else context.cast(builder, value, given, types.float64)
            for value, given in zip(args, sig.args, strict=True)
        ]
        return _call_llvm(builder, "fma", _llvm_type(result), *wide)

    return result(a, b, c), codegen


def fma(a: Any, b: Any, c: Any) -> Any:
    """Return ``a*b + c``: of `Lanes`, float64, or a mixture, with one rounding; of numpy's arrays with two."""
    return a * b + c


@specialised(fma)
def _fma_compiled(a, b, c):  # type: ignore[no-untyped-def]
    return lambda a, b, c: _fma(a, b, c)


def _unary(name: str) -> Any:
    @intrinsic
    def function(typing_context, a):  # type: ignore[no-untyped-def]
        def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
            return _call_llvm(builder, name, _llvm_type(a), args[0])

        return a(a), codegen

    return function


_sqrt, _absolute = _unary("sqrt"), _unary("fabs")


def sqrt(a: Any) -> Any:
    """Return the square root, lane by lane."""
    return np.sqrt(a)


@specialised(sqrt)
def _sqrt_compiled(a):  # type: ignore[no-untyped-def]
    return lambda a: _sqrt(a)


def absolute(a: Any) -> Any:
    """Return the magnitude, lane by lane."""
    return np.abs(a)


@specialised(absolute)
def _absolute_compiled(a):  # type: ignore[no-untyped-def]
    return lambda a: _absolute(a)


@intrinsic
def _select(typing_context, condition, a, b):  # type: ignore[no-untyped-def]
    result = lanes_type if condition is mask_type else types.float64

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        if result is lanes_type:
            yes = _widen(context, builder, args[1], a, lanes_type)
            no = _widen(context, builder, args[2], b, lanes_type)
        else:
            yes = context.cast(builder, args[1], a, types.float64)
            no = context.cast(builder, args[2], b, types.float64)
        return builder.select(args[0], yes, no)

    return result(condition, a, b), codegen


def select(condition: Any, a: Any, b: Any) -> Any:
    """Return `a` where `condition` holds, else `b`, lane by lane."""
    return np.where(condition, a, b)


@specialised(select)
def _select_compiled(condition, a, b):  # type: ignore[no-untyped-def]
    return lambda condition, a, b: _select(condition, a, b)


@intrinsic
def any_lane(typing_context, mask):  # type: ignore[no-untyped-def]
    """Return the bits of `Mask` as an integer (bit i is lane i), or a bool as 0 or 1."""

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        bits = builder.bitcast(args[0], ir.IntType(WIDTH)) if mask is mask_type else args[0]
        return builder.zext(bits, ir.IntType(64))

    return types.int64(mask), codegen


@intrinsic
def as_bits(typing_context, a):  # type: ignore[no-untyped-def]
    """Return the 64 bits of each float64."""
    result = bits_type if a is lanes_type else types.uint64

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], _llvm_type(result))

    return result(a), codegen


@intrinsic
def as_lanes(typing_context, a):  # type: ignore[no-untyped-def]
    """Return each 64-bit pattern read as a float64."""
    result = lanes_type if a is bits_type else types.float64

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        return builder.bitcast(args[0], _llvm_type(result))

    return result(a), codegen


def _loader(result: Any, scalar: Any) -> Any:
    @intrinsic
    def load(typing_context, array, start):  # type: ignore[no-untyped-def]
        def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
            view = context.make_array(array)(context, builder, args[0])
            index = context.cast(builder, args[1], start, types.intp)
            pointer = builder.gep(view.data, [index])
            vector = _VECTOR[result]
            value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
            value.align = 8
            return value

        return result(array, start), codegen

    load.__doc__ = f"Return {WIDTH} consecutive {scalar} of a contiguous array, from flat index `start`."
    return load


load_lanes = _loader(lanes_type, "float64")
load_bits = _loader(bits_type, "uint64")


@intrinsic
def store(typing_context, array, start, value):  # type: ignore[no-untyped-def]
    """Write the lanes of `value` to consecutive elements of a contiguous array, from flat index `start`.

    `Lanes` are rounded to single precision for an array of float32.
    """

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        view = context.make_array(array)(context, builder, args[0])
        index = context.cast(builder, args[1], start, types.intp)
        pointer = builder.gep(view.data, [index])
        lanes = args[2]
        if array.dtype == types.float32:
            lanes = builder.fptrunc(lanes, ir.VectorType(ir.FloatType(), WIDTH))
        instruction = builder.store(lanes, builder.bitcast(pointer, lanes.type.as_pointer()))
        instruction.align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, start, value), codegen


@intrinsic
def lane(typing_context, value, index):  # type: ignore[no-untyped-def]
    """Return lane `index` of `Lanes` as a float64; of a float64, itself."""

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        if value is not lanes_type:
            return args[0]
        position = context.cast(builder, args[1], index, types.int32)
        return builder.extract_element(args[0], position)

    return types.float64(value, index), codegen


@intrinsic
def _like(typing_context, scalar, pattern):  # type: ignore[no-untyped-def]
    result = lanes_type if pattern is lanes_type else types.float64

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        value = context.cast(builder, args[0], scalar, types.float64)
        return _splat(builder, value, _VECTOR[result]) if result is lanes_type else value

    return result(scalar, pattern), codegen


def like(scalar: Any, pattern: Any) -> Any:
    """Return the float64 `scalar` in the shape of `pattern`: in every lane, or itself."""
    return scalar * np.ones(np.shape(pattern))


@specialised(like)
def _like_compiled(scalar, pattern):  # type: ignore[no-untyped-def]
    return lambda scalar, pattern: _like(scalar, pattern)
