"""Junctions of the literature; every value says where it comes from.

A value is ``cited`` (printed in the source), ``inferred`` (follows by arithmetic from printed
values), ``chosen`` (no printed value; set so that the junction shows the printed observable that is
named, with this macrospin) or ``assumed`` (typical of such stacks). `provenance` returns these
texts, and ``mtjphys info`` prints them.

Examples
--------
>>> from mtjphys.junction import presets
>>> junction = presets.schnitzspan_2023()
>>> presets.provenance("schnitzspan_2023")["free_layer.diameter"]
'cited: 50 nm, circular'
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

from scipy.constants import Boltzmann

from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead
from mtjphys.junction.mtj import MTJ


class _Preset(NamedTuple):
    source: str
    note: str
    values: dict[str, tuple[Any, str]]


_MAGNETISATION = (1.1e6, "assumed: CoFeB, mu0 Ms = 1.38 T")
_INTERFACE = (1.2e-3, "assumed: one CoFeB/MgO interface, 1.2 mJ/m2")
_DAMPING = (0.015, "assumed: CoFeB film of a few nanometres between MgO and Ta")
_CURIE = (1100.0, "assumed: thin CoFeB")
_HALF_VOLTAGE = (0.5, "assumed: usual for CoFeB/MgO")
_BARRIER = (1.1e-9, "assumed: as in Koenders et al.")
_IN_PLANE_P = ((1.0, 0.0, 0.0), "assumed: reference layer along the easy axis x")
_NORMAL_P = ((0.0, 0.0, 1.0), "assumed: reference layer along the film normal")

# Rehm et al. 2023: volume and torque of the macrospin with the fitted barrier and overdrive.
_REHM_MAGNETISATION, _REHM_FIELD, _REHM_DAMPING = 4.72e5, 0.67, 0.016
_REHM_VOLUME = 90.0 * Boltzmann * 300.0 / (0.5 * _REHM_MAGNETISATION * _REHM_FIELD)

_PRESETS: dict[str, _Preset] = {
    "koenders_2025": _Preset(
        "K. Koenders et al., Phys. Rev. Applied 23, 054035 (2025), arXiv:2412.12783",
        "60 nm in-plane disc, telegraph noise at tenths of a millisecond. Its second field bias "
        "is faster than both others, which no single barrier with a longitudinal field explains.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (60e-9, "cited: 60 nm, circular"),
            "free_layer.thickness": (3.0e-9, "cited: CoFeB 3.0"),
            "free_layer.interfacial_anisotropy": _INTERFACE,
            "free_layer.uniaxial_anisotropy": (
                (6831.0, (1.0, 0.0, 0.0)),
                "chosen: exact relaxation time 0.207 ms at zero field and 300 K, as at the most "
                "balanced field bias (p_high 0.470); the source says low in-plane anisotropy",
            ),
            "free_layer.damping": _DAMPING,
            "barrier.thickness": (1.1e-9, "cited: MgO 1.1"),
            "barrier.resistance_parallel": (
                5670.0,
                "inferred: from 36.2 mV of a 0.1 V source behind 10 kohm; RA is 16.0 ohm um2 (about 15 cited)",
            ),
            "barrier.tunnel_magnetoresistance": (
                9.23 / 5.67 - 1.0,
                "inferred: R_AP = 9.23 kohm from 48.0 mV; the film has above 100 % (cited)",
            ),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _IN_PLANE_P,
        },
    ),
    "schnitzspan_2023": _Preset(
        "L. Schnitzspan, M. Klaeui, G. Jakob, Phys. Rev. Applied 20, 024002 (2023), arXiv:2301.05694",
        "50 nm in-plane disc, nanosecond telegraph noise; heating sets the rate and spin torque "
        "the probability. A barrier of about 2 kB T: states overlap, and the resistance is not "
        "two-valued.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (50e-9, "cited: 50 nm, circular"),
            "free_layer.thickness": (
                3.0e-9,
                "assumed: as in Koenders et al., whose junctions come from the same laboratory",
            ),
            "free_layer.interfacial_anisotropy": _INTERFACE,
            "free_layer.uniaxial_anisotropy": (
                (1500.0, (1.0, 0.0, 0.0)),
                "chosen: for the cited autocorrelation time of 5 ns and dwell times below 10 ns; "
                "exact relaxation time 4.6 ns at 1 MA/cm2 (0.15 V), where heating brings the "
                "layer to 329 K, and 6.0 ns at zero bias; the time to 1/e is 4.3 and 5.7 ns, the "
                "mean dwell time with thresholds at m.p = +-0.5 is 4.8 and 6.0 ns, that of the "
                "slowest mode 9.3 and 12.1 ns; the source says small in-plane anisotropy",
            ),
            "free_layer.damping": _DAMPING,
            "free_layer.curie_temperature": _CURIE,
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (15e-12, "cited: 15 ohm um2"),
            "barrier.tunnel_magnetoresistance": (
                0.63,
                "assumed: as inferred for the junction of Koenders et al.",
            ),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _IN_PLANE_P,
            "heating.thermal_resistance": (
                1.2e7,
                "assumed: 29 K at 1 MA/cm2, which makes heating the main cause of a faster rate, "
                "as the source finds near that current density",
            ),
            "heating.time_constant": (1e-9, "assumed: nanopillar of 50 nm in oxide"),
        },
    ),
    "hayakawa_2021": _Preset(
        "K. Hayakawa et al., Phys. Rev. Lett. 126, 117202 (2021)",
        "In-plane junction with a relaxation time down to 8 ns; the stack is not reproduced here.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (60e-9, "assumed: size class of such junctions"),
            "free_layer.thickness": (
                2.0e-9,
                "assumed: near the transition to perpendicular, so that the easy-plane field is small",
            ),
            "free_layer.interfacial_anisotropy": _INTERFACE,
            "free_layer.uniaxial_anisotropy": (
                (950.0, (1.0, 0.0, 0.0)),
                "chosen: exact relaxation time 8 ns at zero bias, zero field and 300 K (8 ns cited)",
            ),
            "free_layer.damping": _DAMPING,
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (10e-12, "assumed: 10 ohm um2"),
            "barrier.tunnel_magnetoresistance": (1.0, "assumed: 100 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _IN_PLANE_P,
        },
    ),
    "safranski_2021": _Preset(
        "C. Safranski et al., Nano Lett. 21, 2040 (2021)",
        "Easy-plane junction, autocorrelation time 2 to 5 ns with bias.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (60e-9, "assumed: size class of such junctions"),
            "free_layer.thickness": (
                1.9e-9,
                "assumed: close to the transition to perpendicular, a weak easy plane",
            ),
            "free_layer.interfacial_anisotropy": _INTERFACE,
            "free_layer.uniaxial_anisotropy": (
                (400.0, (1.0, 0.0, 0.0)),
                "chosen: residual in-plane anisotropy for a 1/e time of the autocorrelation of the resistance of "
                "3.2 ns at zero bias and 300 K, within the cited 2 to 5 ns; without it, 1.4 ns",
            ),
            "free_layer.damping": _DAMPING,
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (10e-12, "assumed: 10 ohm um2"),
            "barrier.tunnel_magnetoresistance": (1.0, "assumed: 100 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": ((1.0, 0.0, 0.0), "assumed: in the plane, along x"),
        },
    ),
    "soumah_2024": _Preset(
        "L. Soumah, L. Desplat et al., arXiv:2402.03452",
        "50 nm perpendicular junction in an in-plane field of 25 to 70 mT. One macrospin must "
        "fail: the source finds Arrhenius prefactors in the femtosecond range, which come from "
        "entropy.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (50e-9, "cited: 50 nm, circular"),
            "free_layer.thickness": (1.4e-9, "assumed: perpendicular CoFeB"),
            "free_layer.interfacial_anisotropy": (
                1.004e-3,
                "chosen: exact mean dwell time 10 ms in 25 mT in the plane at 300 K; the cited "
                "range ends at 2.7 ns in 70 mT",
            ),
            "free_layer.damping": (0.01, "assumed: perpendicular CoFeB"),
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (10e-12, "assumed: 10 ohm um2"),
            "barrier.tunnel_magnetoresistance": (0.8, "assumed: 80 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _NORMAL_P,
        },
    ),
    "vodenicarevic_2017": _Preset(
        "D. Vodenicarevic et al., Phys. Rev. Applied 8, 054045 (2017), arXiv:1706.05262",
        "50 x 150 nm ellipse. Coherent rotation of the whole ellipse would cost far more than the "
        "barrier its dwell times show; an anisotropy across the long axis stands for that "
        "difference.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameters": ((150e-9, 50e-9), "cited: 50 x 150 nm ellipse, long axis on x"),
            "free_layer.thickness": (1.7e-9, "assumed: as in Mizrahi et al."),
            "free_layer.interfacial_anisotropy": (0.6e-3, "assumed: stays in the plane"),
            "free_layer.uniaxial_anisotropy": (
                (28800.0, (0.0, 1.0, 0.0)),
                "chosen: exact tau_1 + tau_0 = 605 us at zero field and 300 K (604 us cited); reduces the barrier of "
                "coherent rotation",
            ),
            "free_layer.damping": _DAMPING,
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (10e-12, "assumed: 10 ohm um2"),
            "barrier.tunnel_magnetoresistance": (1.0, "assumed: 100 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _IN_PLANE_P,
        },
    ),
    "mizrahi_2018": _Preset(
        "A. Mizrahi et al., Nat. Commun. 9, 1533 (2018)",
        "60 x 120 nm ellipse of 1.7 nm CoFeB. As for vodenicarevic_2017, an anisotropy across the "
        "long axis brings the barrier of coherent rotation down to the measured one.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameters": ((120e-9, 60e-9), "cited: 60 x 120 nm ellipse, long axis on x"),
            "free_layer.thickness": (1.7e-9, "cited: CoFeB 1.7"),
            "free_layer.interfacial_anisotropy": (0.6e-3, "assumed: stays in the plane"),
            "free_layer.uniaxial_anisotropy": (
                (16390.0, (0.0, 1.0, 0.0)),
                "chosen: barrier 13.8 kB T at 300 K, the middle of the cited 8.9 to 18.7 kB T",
            ),
            "free_layer.damping": _DAMPING,
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (10e-12, "assumed: 10 ohm um2"),
            "barrier.tunnel_magnetoresistance": (1.0, "assumed: 100 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _IN_PLANE_P,
        },
    ),
    "funatsu_2022": _Preset(
        "T. Funatsu et al., Nat. Commun. 13, 4079 (2022)",
        "28 nm perpendicular junction, millisecond telegraph noise; the 34 nm one is funatsu_2022_34nm.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (28e-9, "cited: 28 nm"),
            "free_layer.thickness": (1.8e-9, "assumed: perpendicular CoFeB"),
            "free_layer.interfacial_anisotropy": (
                1.1475e-3,
                "chosen: exact mean dwell time 1 ms at zero field and bias, 300 K (milliseconds assumed)",
            ),
            "free_layer.damping": (0.01, "assumed: perpendicular CoFeB"),
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (8.1e-12, "cited: 8.1 ohm um2"),
            "barrier.tunnel_magnetoresistance": (0.74, "cited: 74 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _NORMAL_P,
        },
    ),
    "funatsu_2022_34nm": _Preset(
        "T. Funatsu et al., Nat. Commun. 13, 4079 (2022)",
        "34 nm perpendicular junction, millisecond telegraph noise.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (34e-9, "cited: 34 nm"),
            "free_layer.thickness": (1.8e-9, "assumed: perpendicular CoFeB"),
            "free_layer.interfacial_anisotropy": (
                1.1588e-3,
                "chosen: exact mean dwell time 1 ms at zero field and bias, 300 K (milliseconds assumed)",
            ),
            "free_layer.damping": (0.01, "assumed: perpendicular CoFeB"),
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (5.5e-12, "cited: 5.5 ohm um2"),
            "barrier.tunnel_magnetoresistance": (0.73, "cited: 73 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _NORMAL_P,
        },
    ),
    "rehm_2023": _Preset(
        "L. Rehm, M. G. Morshed et al., arXiv:2310.18779",
        "40 nm perpendicular junction, nanosecond pulses. Given as the macrospin that fits its "
        "switching (Delta = 90, i = 2.32); the whole volume of 40 nm x 2.6 nm would have 127 kB T.",
        {
            "free_layer.saturation_magnetisation": (
                _REHM_MAGNETISATION,
                "inferred: 300 K value of the fit 5.8077e5 A/m [1 - (T/1453 K)^1.0583] to the table of the same stack",
            ),
            "free_layer.volume": (
                _REHM_VOLUME,
                "inferred: Delta = 90 of the macrospin fit with Ms and mu0 Hk; 72 % of 40 nm x 2.6 nm",
            ),
            "free_layer.demagnetising_factors": (
                (0.0, 0.0, 0.0),
                "assumed: the shape anisotropy is contained in mu0 Hk",
            ),
            "free_layer.uniaxial_anisotropy": (
                (0.5 * _REHM_MAGNETISATION * _REHM_FIELD, (0.0, 0.0, 1.0)),
                "cited: mu0 Hk = 0.67 T; K = Ms mu0 Hk/2",
            ),
            "free_layer.damping": (_REHM_DAMPING, "cited: 0.016"),
            "free_layer.curie_temperature": (1453.0, "inferred: fit to the Ms(T) table"),
            "free_layer.bloch_exponent": (1.0583, "inferred: fit to the Ms(T) table"),
            "free_layer.anisotropy_exponent": (1.804, "inferred: fit to the K(T) table"),
            "barrier.thickness": (1.0e-9, "assumed"),
            "barrier.resistance_parallel": (2530.0, "cited: 2530 ohm"),
            "barrier.tunnel_magnetoresistance": (5849.0 / 2530.0 - 1.0, "cited: R_AP = 5849 ohm"),
            "barrier.damping_like_per_volt": (
                2.32 * _REHM_DAMPING * _REHM_FIELD / 0.681,
                "inferred: i = a_DL/(alpha B_k) = 2.32 of the macrospin fit at 0.681 V, where 1 "
                "ns pulses switch with probability 1/2",
            ),
            "reference.direction": _NORMAL_P,
        },
    ),
    "timopheev_2016": _Preset(
        "A. A. Timopheev, R. Sousa, M. Chshiev, H. T. Nguyen, B. Dieny, Sci. Rep. 6, 26877 (2016)",
        "50 nm perpendicular junction whose hard-axis loops need second-order anisotropy. The source prints the ratio "
        "to the first one; stack and strength are those of such junctions. At low temperature the source finds more "
        "of it; above K2 = -K/2 of a negative first-order K the state is a cone.",
        {
            "free_layer.saturation_magnetisation": _MAGNETISATION,
            "free_layer.diameter": (50e-9, "cited: pillars of 50 to 150 nm"),
            "free_layer.thickness": (1.4e-9, "assumed: perpendicular CoFeB"),
            "free_layer.interfacial_anisotropy": (1.15e-3, "assumed: firmly perpendicular, 152 kJ/m3 beyond the shape"),
            "free_layer.second_order_anisotropy": (
                18984.0,
                "inferred: -K2/K1 = 0.1 at 300 K of an energy -K1 cos2 - K2 cos4 (cited), which is K sin2 + K/8 sin4 "
                "with the K = 152 kJ/m3 of this macrospin",
            ),
            "free_layer.damping": (0.01, "assumed: perpendicular CoFeB"),
            "barrier.thickness": _BARRIER,
            "barrier.resistance_area_product": (10e-12, "assumed: 10 ohm um2"),
            "barrier.tunnel_magnetoresistance": (1.0, "assumed: 100 %"),
            "barrier.half_voltage": _HALF_VOLTAGE,
            "reference.direction": _NORMAL_P,
        },
    ),
}


def names() -> list[str]:
    """Return the names of all presets, sorted.

    >>> names()[:2]
    ['funatsu_2022', 'funatsu_2022_34nm']
    """
    return sorted(_PRESETS)


def _find(name: str) -> _Preset:
    if name in _PRESETS:
        return _PRESETS[name]
    raise ParameterError(f"{name!r} is not a preset; {known_instead(name, names())}")


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(f"mtjphys.presets has no {name!r}; {known_instead(name, __all__)}")


def load(name: str) -> MTJ:
    """Return a preset by name.

    Parameters
    ----------
    name : str
        One of `names()`.

    Returns
    -------
    MTJ
        The junction; its `name` is the preset's.

    Raises
    ------
    ParameterError
        There is no such preset; the message names the closest ones.

    Examples
    --------
    >>> round(load("rehm_2023").thermal_stability().parallel, 6)
    90.0
    """
    parts: dict[str, Any] = {"name": name}
    for path, (value, _) in _find(name).values.items():
        part, parameter = path.split(".")
        parts.setdefault(part, {})[parameter] = value
    return MTJ(**parts)


def provenance(name: str) -> dict[str, str]:
    """Return where each value of a preset comes from: parameter path to text.

    Each text begins with ``cited``, ``inferred``, ``chosen`` or ``assumed``; parameters that are
    not listed have their defaults.

    >>> provenance("rehm_2023")["free_layer.damping"]
    'cited: 0.016'
    """
    return {path: text for path, (_, text) in _find(name).values.items()}


def source(name: str) -> str:
    """Return the publication a preset is taken from.

    >>> source("mizrahi_2018")
    'A. Mizrahi et al., Nat. Commun. 9, 1533 (2018)'
    """
    return _find(name).source


def note(name: str) -> str:
    """Return what to know before using a preset, in a sentence or two."""
    return _find(name).note


def koenders_2025() -> MTJ:
    """Return the 60 nm in-plane junction of Koenders et al. (2025), 0.1 ms telegraph noise."""
    return load("koenders_2025")


def schnitzspan_2023() -> MTJ:
    """Return the 50 nm in-plane junction of Schnitzspan et al. (2023), nanosecond noise."""
    return load("schnitzspan_2023")


def hayakawa_2021() -> MTJ:
    """Return an in-plane junction with the 8 ns relaxation of Hayakawa et al. (2021)."""
    return load("hayakawa_2021")


def safranski_2021() -> MTJ:
    """Return an easy-plane junction with the 2 to 5 ns noise of Safranski et al. (2021)."""
    return load("safranski_2021")


def soumah_2024() -> MTJ:
    """Return the 50 nm perpendicular junction of Soumah et al. (2024), for 25 to 70 mT on x."""
    return load("soumah_2024")


def vodenicarevic_2017() -> MTJ:
    """Return the 50 x 150 nm ellipse of Vodenicarevic et al. (2017), sub-millisecond noise."""
    return load("vodenicarevic_2017")


def mizrahi_2018() -> MTJ:
    """Return a 60 x 120 nm ellipse of Mizrahi et al. (2018), barrier 13.8 kB T."""
    return load("mizrahi_2018")


def funatsu_2022() -> MTJ:
    """Return the 28 nm perpendicular junction of Funatsu et al. (2022)."""
    return load("funatsu_2022")


def funatsu_2022_34nm() -> MTJ:
    """Return the 34 nm perpendicular junction of Funatsu et al. (2022)."""
    return load("funatsu_2022_34nm")


def rehm_2023() -> MTJ:
    """Return the 40 nm perpendicular junction of Rehm et al. (2023), for nanosecond pulses."""
    return load("rehm_2023")


def timopheev_2016() -> MTJ:
    """Return a 50 nm perpendicular junction with the second-order anisotropy of Timopheev et al. (2016)."""
    return load("timopheev_2016")


__all__ = [
    "funatsu_2022",
    "funatsu_2022_34nm",
    "hayakawa_2021",
    "koenders_2025",
    "load",
    "mizrahi_2018",
    "names",
    "note",
    "provenance",
    "rehm_2023",
    "safranski_2021",
    "schnitzspan_2023",
    "soumah_2024",
    "source",
    "timopheev_2016",
    "vodenicarevic_2017",
]
__dir__ = __all__.copy
