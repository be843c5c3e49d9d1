"""Predictions for tables of conditions."""

import pandas as pd
import pytest
from laboratories import fitted

from mtjphys.calibration.predicting import predicted_table
from mtjphys.core.errors import DataError


def test_a_table_with_durations_asks_for_switching_probabilities() -> None:
    conditions = pd.DataFrame({"temperature": [295.0, 305.0], "voltage": 0.1, "duration": 2e-9})
    table = predicted_table(fitted(), conditions, "conditions")
    assert table.columns.tolist() == ["temperature", "voltage", "duration", "probability", "low", "high"]
    assert ((table.low > 0.0) & (table.low < table.probability) & (table.probability < table.high)).all()


def test_others_ask_for_dwell_times_of_both_states() -> None:
    table = predicted_table(fitted(), pd.DataFrame({"field_z": [0.0, 1e-3]}), "conditions")
    assert table.state.tolist() == ["parallel"] * 2 + ["antiparallel"] * 2
    assert table.dwell_time[1] > table.dwell_time[0]
    assert table.dwell_time[3] < table.dwell_time[2]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"volts": [0.1]}, "column 'volts' is unknown; did you mean"),
        ({"kind": ["loop"]}, "kind=loop; give one of"),
        ({"duration": [1e-9, 1e-9], "initial": ["parallel", "antiparallel"]}, "initial must be the same"),
    ],
)
def test_bad_tables_are_one_sentence(columns: dict, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        predicted_table(fitted(), pd.DataFrame(columns), "conditions")
