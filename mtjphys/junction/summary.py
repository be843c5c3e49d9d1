"""The derived quantities of a junction, as a table and as text."""

from __future__ import annotations

from typing import Any, NamedTuple

from mtjphys.bias import Bias
from mtjphys.core.errors import ParameterError
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


def described(junction: Any, bias: Bias | None) -> str:
    """Return the summary as text, one aligned line a quantity, with human-scaled units."""
    entries = summary(junction, bias)
    width = max(len(entry.quantity) for entry in entries)
    symbols = max(len(entry.symbol) for entry in entries)
    title = junction.name or "junction"
    temperature = float((Bias() if bias is None else bias).bounds()[4, 0])
    lines = [f"{title} at {temperature:g} K, zero bias"]
    for entry in entries:
        text = human(entry.value, entry.unit)
        lines.append(f"  {entry.quantity:<{width}}  {entry.symbol:<{symbols}}  {text}")
    return "\n".join(lines)
