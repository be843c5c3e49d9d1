"""The derived quantities of a junction, as a table and as text."""

from __future__ import annotations

from typing import Any, NamedTuple

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
from mtjphys.core.shown import text_table
from mtjphys.core.text import human
from mtjphys.kernels.contributions import TERMS


class Entry(NamedTuple):
    """One line of `MTJ.summary`."""

    quantity: str
    symbol: str
    value: float
    unit: str


def summary(junction: Any, bias: Bias | None) -> list[Entry]:
    """Return the derived quantities of a junction under a constant bias."""
    factors = junction.demagnetising_factors
    in_plane, out_of_plane, perpendicular = junction.anisotropy_fields(bias)
    entries = [Entry("volume", "V", junction.volume, "m3")]
    if junction.free_layer.is_stack:
        entries.append(Entry("area", "A", junction.area, "m2"))
    entries += [
        Entry("demagnetising factor x", "N_x", factors[0], ""),
        Entry("demagnetising factor y", "N_y", factors[1], ""),
        Entry("demagnetising factor z", "N_z", factors[2], ""),
        Entry("saturation magnetisation", "M_s", junction.saturation_magnetisation(bias), "A/m"),
        Entry("in-plane anisotropy field (x over y)", "B_k", in_plane, "T"),
        Entry("easy-plane field (x over z)", "B_d", out_of_plane, "T"),
        Entry("perpendicular anisotropy field", "B_k_perp", perpendicular, "T"),
    ]
    for term in junction.landscape(bias).terms:
        entries += [Entry(*entry) for entry in TERMS.of(type(term)).entries(term)]
    stability = junction.thermal_stability(bias)
    entries += [
        Entry("thermal stability, parallel", "Delta_P", stability.parallel, ""),
        Entry("thermal stability, antiparallel", "Delta_AP", stability.antiparallel, ""),
        Entry("resistance, parallel", "R_P", junction.resistance_parallel, "ohm"),
        Entry("resistance, antiparallel", "R_AP", junction.resistance_antiparallel, "ohm"),
        Entry("spin polarisation", "P", junction.barrier.spin_polarisation, ""),
        Entry("spin torque per volt", "a_DL/V", junction.spin_torque_per_volt, "T/V"),
    ]
    try:
        voltages = junction.critical_voltages(bias)
        currents = junction.critical_currents(bias)
    except ParameterError:
        pass
    else:
        entries += [
            Entry("critical voltage, parallel", "V_cP", voltages.parallel, "V"),
            Entry("critical voltage, antiparallel", "V_cAP", voltages.antiparallel, "V"),
            Entry("critical current, parallel", "I_cP", currents.parallel, "A"),
            Entry("critical current, antiparallel", "I_cAP", currents.antiparallel, "A"),
        ]
    entries += [
        Entry("ferromagnetic resonance", "f_0", junction.resonance_frequency(bias), "Hz"),
        Entry("resonance linewidth", "Delta f", junction.resonance_linewidth(bias), "Hz"),
    ]
    return entries


def rows_of(junction: Any, bias: Bias | None) -> list[tuple[str, str, str]]:
    """Return the summary as quantity, symbol and value with a human-scaled unit."""
    return [(entry.quantity, entry.symbol, human(entry.value, entry.unit)) for entry in summary(junction, bias)]


def in_short(junction: Any) -> str:
    """Return name, size and resistances in a line, for what stands before it."""
    layer = junction.free_layer
    if layer.is_stack:
        along_x, along_y = (human(length, "m") for length in layer.full_diameters)
        size = f"disc of {along_x}" if along_x == along_y else f"ellipse of {along_x} x {along_y}"
        size += f", {human(layer.required_thickness(''), 'm')} thick"
    else:
        size = f"macrospin of {human(junction.volume, 'm3')}"
    low, high = human(junction.resistance_parallel, "ohm"), human(junction.resistance_antiparallel, "ohm")
    return f"{' ' if junction.name else ''}{junction.name}: {size}, {low} to {high}"


def described(junction: Any, bias: Bias | None) -> str:
    """Return the summary as text, one aligned line a quantity, with human-scaled units."""
    temperature = float((Bias() if bias is None else bias).bounds()[4, 0])
    title = f"{junction.name or 'junction'} at {temperature:g} K, zero bias"
    return text_table(title, rows_of(junction, bias))
