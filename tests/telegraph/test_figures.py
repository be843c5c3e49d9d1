"""Figures, table and Dataset of an analysis."""

import numpy as np

from mtjphys import telegraph


def test_summary_dataset_and_figures(tmp_path):
    import matplotlib.pyplot as plt

    trace = telegraph.sample(2e3, 2.5e3, 25e-6, 20_000, (36.2e-3, 48e-3), 0.9e-3, seed=1, unit="V")
    result = telegraph.analyse(trace)
    names = [name for name, *_ in result.summary()]
    assert len(set(names)) == len(names)
    for name, value, unit, interval in result.summary():
        assert type(value) is float, name
        assert isinstance(unit, str)
        if interval is not None:
            assert interval[0] <= value <= interval[1]
            assert type(interval[0]) is type(interval[1]) is float
    dataset = result.to_dataset()
    dataset.to_netcdf(tmp_path / "r.nc", engine="h5netcdf")
    assert float(dataset.rate_up) == result.rate_up.value
    assert dataset.power_spectral_density.attrs["units"] == "V^2/Hz"
    page = telegraph.figure(result)
    page.savefig(tmp_path / "f.png")
    assert [ax.get_xlabel() for ax in page.axes] == [
        "Time (ms)", "Density (1/mV)", "Dwell time t (ms)", "Lag t (ms)", "Frequency (Hz)",
    ]  # fmt: skip
    for plot in (
        telegraph.plot_trace,
        telegraph.plot_histogram,
        telegraph.plot_dwell_times,
        telegraph.plot_autocorrelation,
        telegraph.plot_spectrum,
    ):
        ax = plt.subplots()[1]
        assert plot(result, ax=ax) is ax
        assert plot(result) is not ax
    plt.close("all")


def test_three_levels_and_thresholds_have_figures():
    import matplotlib.pyplot as plt

    rates = np.array([[0.0, 2e3, 0.0], [2e3, 0.0, 2e3], [0.0, 2e3, 0.0]])
    trace = telegraph.sample_levels(rates, 25e-6, 10_000, [0.0, 1.0, 2.0], noise=0.1, seed=1)
    trace.values[50:80] = np.nan
    for method, curves in (("hmm", 3), ("threshold", 4)):
        result = telegraph.analyse(trace, levels=3, method=method)
        page = telegraph.figure(result)
        assert len(page.axes[1].get_lines()) == curves  # Gaussians, or two thresholds between every two levels
        assert [text.get_text().split(",")[0] for text in page.axes[2].get_legend().get_texts()] == [
            "level 0", "level 1", "level 2",
        ]  # fmt: skip
        assert result.to_dataset().sizes["level"] == 3
        assert "3 levels, dwell times" in repr(result)
    plt.close("all")
