"""The overview shows traces and what is spread."""

import mtjphys as mp


def test_an_overview_has_traces_and_a_panel_for_what_differs(spread):
    summaries = mp.datasets.statistics(spread)
    figure = mp.datasets.overview(spread, summaries)
    titles = [axis.get_title() for axis in figure.axes]
    spreads = [name for name, one in summaries.items() if one.low < one.high]
    assert len(figure.axes) == 3 + len(spreads)
    assert any(title.startswith("free_layer.damping") for title in titles)
    assert not any(title.startswith("exact_resistance_parallel") for title in titles)  # the same everywhere
    lines = [axis.lines[0] for axis in figure.axes[:3]]
    assert all(len(line.get_xdata()) == 200 for line in lines)
