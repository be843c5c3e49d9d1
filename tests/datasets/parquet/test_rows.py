"""Columns of a dataset: one for each number or trace, with unit and axis."""

import mtjphys as mp
from mtjphys.datasets.parquet.rows import columns_of


def test_states_and_components_are_columns(spread):
    columns = {column.name: column for column in columns_of(mp.datasets.open(spread))}
    assert list(columns)[:3] == ["device", "bias", "replica"]
    assert {"m_x", "m_y", "m_z", "exact_resistance_parallel", "split"} <= set(columns)
    assert "status" not in columns
    assert (columns["resistance"].length, columns["resistance"].axis) == (200, "time")
    field = columns["resistance"].field()
    assert (field.kind, field.length) == ("sc:Float", 200)
    assert "units ohm" in field.description
    assert (columns["split"].field().kind, columns["device"].field().kind) == ("sc:Text", "sc:Integer")
