"""Predictions for a table of conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mtjphys.calibration.measurements import Measurement, Occupation, Resistance, SwitchingProbability, columns_of
from mtjphys.calibration.measurements.dwell_times import DwellTimes
from mtjphys.calibration.measurements.resonance import Resonance
from mtjphys.core.errors import DataError
from mtjphys.core.parameters import known_instead

if TYPE_CHECKING:
    import pandas as pd

    from mtjphys.calibration.fitting import Calibration

# Kind, what stands for data that were not taken, and the columns of its values.
_ASKED: dict[str, tuple[type[Measurement], dict[str, Any], tuple[str, ...]]] = {
    "switching_probability": (SwitchingProbability, {"switched": 0, "trials": 1}, ("probability",)),
    "dwell_times": (
        DwellTimes,
        {"parallel": 1.0, "antiparallel": 1.0, "parallel_count": 1, "antiparallel_count": 1},
        ("parallel", "antiparallel"),
    ),
    "occupation": (Occupation, {"antiparallel": 0.5, "effective_samples": 1}, ("antiparallel",)),
    "resistance": (Resistance, {"resistance": 1e3, "error": 1.0}, ("resistance",)),
    "resonance": (Resonance, {"frequency": 1e9, "error": 1.0}, ("frequency",)),
}
_FIELD = ("field_x", "field_y", "field_z")


def predicted_table(fit: Calibration, conditions: pd.DataFrame, origin: str, level: float = 0.95) -> pd.DataFrame:
    """Return a table of conditions with what a calibration expects, and the ends of its interval.

    Parameters
    ----------
    fit : Calibration
        Of `calibrate`.
    conditions : pandas.DataFrame
        One row for each: `voltage` or `current`, `field_x`, `field_y`, `field_z`, `temperature`, `series_resistance`,
        and `duration` for a switching probability, in SI; `initial` and `state` as texts. `kind` is one of
        switching_probability, dwell_times, occupation, resistance and resonance; without it a table with durations
        asks for switching probabilities, any other for dwell times.
    origin : str
        Name of the table in errors.
    level : float
        Of the interval.

    Returns
    -------
    pandas.DataFrame
        The conditions, then the value (`probability`, ...), `low` and `high`; of dwell times one row for each state,
        with its name in `state`.

    Raises
    ------
    DataError
        If a column is unknown or the kinds are mixed.
    """
    kind = "switching_probability" if "duration" in conditions else "dwell_times"
    if "kind" in conditions:
        kinds = sorted(set(conditions["kind"]))
        if len(kinds) != 1 or kinds[0] not in _ASKED:
            raise DataError(f"{origin}: kind={', '.join(map(str, kinds))}; give one of {', '.join(_ASKED)} a table")
        kind = kinds[0]
    made, data, columns = _ASKED[kind]
    known = [name for name in columns_of(made) if name not in data and not name.endswith(("_error", "_count"))]
    texts = [name for name in ("initial", "state") if name in made.__dataclass_fields__]
    given: dict[str, Any] = dict(data)
    for name in conditions.columns:
        if name in texts:
            said = set(conditions[name])
            if len(said) != 1:
                raise DataError(f"{origin}: {name} must be the same in all rows of a table")
            given[name] = said.pop()
        elif name in known:
            given[name] = conditions[name].to_numpy(dtype=float)
        elif name not in ("kind", *_FIELD):
            raise DataError(
                f"{origin}: column {name!r} is unknown; {known_instead(str(name), [*known, *texts, *_FIELD])}"
            )
    if any(name in conditions for name in _FIELD):
        given["field"] = [
            [float(row[name]) if name in conditions else 0.0 for name in _FIELD] for _, row in conditions.iterrows()
        ]
    found = fit.predict(made(**given), level)
    rows = len(conditions)
    parts = []
    for k, column in enumerate(columns):
        part = conditions.copy()
        values = {name: found[name].values[k * rows : (k + 1) * rows] for name in ("value", "low", "high")}
        if len(columns) > 1:
            part["state"] = column
            column = "dwell_time"
        part[column], part["low"], part["high"] = values["value"], values["low"], values["high"]
        parts.append(part)
    import pandas as pd

    return pd.concat(parts, ignore_index=True)
