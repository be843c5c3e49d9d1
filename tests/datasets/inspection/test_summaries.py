"""Statistics of one pass are those of the arrays."""

import numpy as np

import mtjphys as mp
from mtjphys.datasets.inspection import summaries as module


def test_statistics_are_those_of_the_arrays(spread, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 777)
    found, opened = mp.datasets.statistics(spread), mp.datasets.open(spread)
    for name, values in (
        ("resistance", opened.resistance.values),
        ("m_y", opened.m.values[..., 1]),
        ("exact_critical_voltage_antiparallel", opened.exact_critical_voltage.values[:, 1]),
        ("free_layer.damping", opened["free_layer.damping"].values),
    ):
        one = found[name]
        finite = values[np.isfinite(values)].astype(float)
        assert (one.present, one.missing) == (finite.size, values.size - finite.size)
        np.testing.assert_allclose([one.mean, one.deviation], [finite.mean(), finite.std()], rtol=1e-9)
        assert (one.low, one.high) == (finite.min(), finite.max())
        assert one.counts.sum() == one.present
        assert abs(one.median - np.median(finite)) < 2.0 * np.diff(one.edges).max()
    assert "3 of 40 missing" in str(found["exact_critical_voltage_parallel"])
    assert "status" not in found


def test_numbers_over_decades_are_counted_in_their_logarithm():
    gathered = module.Gathering(_variable())
    gathered.add(np.array([1e-9, 1e-6, 1e-3, np.nan]))
    summary = gathered.summary()
    assert summary.logarithmic
    assert summary.missing == 1
    np.testing.assert_allclose(summary.median, 1e-6, rtol=0.5)


def _variable():
    import xarray as xr

    return xr.DataArray(np.zeros(4), dims=("device",), attrs={"units": "s"})
