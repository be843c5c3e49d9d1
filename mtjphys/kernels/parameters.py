"""The SI numbers of one junction as the kernels see them."""

from typing import Any, NamedTuple

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from mtjphys.kernels.simd import WIDTH, lanes_type


class LaneParameters(NamedTuple):
    """One junction in SI floats; fields in tesla are at the reference temperature.

    The effective field is ``B = B_applied + stray + (shape s + anisotropy k/s + vcma V/s zz) m`` and the fields of the
    `terms`, with ``s = Ms(T)/Ms(T_ref)``, ``k = s**anisotropy_exponent`` and symmetric 3x3 matrices given by six
    numbers.
    """

    gyromagnetic_ratio: Any  # rad/(s T)
    damping: Any  # 1
    moment: Any  # A m^2, Ms V at the reference temperature
    shape_xx: Any  # T, of the quadratic terms that follow Ms(T)
    shape_yy: Any
    shape_zz: Any
    shape_xy: Any
    shape_xz: Any
    shape_yz: Any
    anisotropy_xx: Any  # T, of those that follow K(T)/Ms(T)
    anisotropy_yy: Any
    anisotropy_zz: Any
    anisotropy_xy: Any
    anisotropy_xz: Any
    anisotropy_yz: Any
    vcma: Any  # T/V, of those that follow V/Ms(T); field vcma V m_z along z
    stray_x: Any  # T, of the linear terms
    stray_y: Any
    stray_z: Any
    reference_x: Any  # p, unit vector of the reference layer
    reference_y: Any
    reference_z: Any
    conductance_parallel: Any  # S
    tunnel_magnetoresistance: Any  # 1 (1.0 is 100 %), at zero bias
    inverse_half_voltage: Any  # 1/V; 0 switches the bias dependence of the TMR off
    thermal_resistance: Any  # K/W; 0: no heating
    thermal_rate: Any  # 1/s, 1/thermal time constant; 0: no heating
    reference_temperature: Any  # K
    inverse_curie_temperature: Any  # 1/K; 0: Ms and K do not depend on temperature
    bloch_exponent: Any  # 1, Ms(T) ~ 1 - (T/T_C)**bloch_exponent
    anisotropy_exponent: Any  # 1, K ~ Ms**anisotropy_exponent
    terms: tuple[Any, ...] = ()  # NamedTuples of the general energy terms that the junction has
    torques: tuple[Any, ...] = ()  # of its torques


def flattened(value: Any) -> list[float]:
    """Return the numbers of a junction, those of its terms and torques included, in the order of `load_parameters`."""
    if isinstance(value, tuple):
        return [number for item in value for number in flattened(item)]
    return [float(value)]


def structure(p: LaneParameters) -> tuple[str, ...]:
    """Return what a kernel is compiled for: the names of the terms and torques of a junction."""
    return tuple(type(item).__name__ for item in (*p.terms, *p.torques))


def _like(given: Any, scalar: Any) -> Any:
    """Return the numba type of the same tuple with `scalar` in place of every number."""
    if not isinstance(given, types.BaseTuple):
        return scalar
    inner = [_like(item, scalar) for item in given]
    return types.BaseTuple.from_types(inner, getattr(given, "instance_class", None))


@intrinsic
def load_parameters(typing_context, array, start, pattern, example):  # type: ignore[no-untyped-def]
    """Return lanes `start`... of the rows of `array` as `LaneParameters` of the kind of `example`.

    Each number is `Lanes` or a float64, as `pattern` is.
    """
    scalar = lanes_type if pattern is lanes_type else types.float64
    result = _like(example, scalar)

    def codegen(context, builder, sig, args):  # type: ignore[no-untyped-def]
        view = context.make_array(array)(context, builder, args[0])
        index = context.cast(builder, args[1], start, types.intp)
        columns = builder.extract_value(view.shape, 1)
        place = [index]

        def load(kind):  # type: ignore[no-untyped-def]
            if isinstance(kind, types.BaseTuple):
                return context.make_tuple(builder, kind, [load(item) for item in kind])
            pointer = builder.gep(view.data, [place[0]])
            place[0] = builder.add(place[0], columns)
            if kind is lanes_type:
                vector = ir.VectorType(ir.DoubleType(), WIDTH)
                value = builder.load(builder.bitcast(pointer, vector.as_pointer()))
                value.align = 8
                return value
            return builder.load(pointer)

        return load(result)

    return result(array, start, pattern, example), codegen
