"""Figures, table and Dataset of an analysis."""

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
