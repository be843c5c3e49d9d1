"""Who waits is told how long, and a bar is shown where somebody looks on."""

import numba
import pytest

import mtjphys as mp
from mtjphys.simulation import progress
from mtjphys.simulation.progress import Progress

JUNCTION = mp.presets.schnitzspan_2023()


@pytest.fixture
def simulator():
    return mp.Simulator(JUNCTION, sample_interval=1e-9, replicas=256, seed=1)


@pytest.fixture
def clock(monkeypatch):
    """Return seconds that the clock shows, to be set."""
    seconds = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: seconds[0])
    return seconds


@pytest.mark.parametrize("shown", [None, True])
def test_more_than_a_minute_is_told_once(simulator, clock, capsys, shown):
    with Progress(shown, simulator, 1_000_000) as bar:
        clock[0] = 9.0  # the compilation, which says nothing of the rest
        bar.reached(100)
        assert "about" not in capsys.readouterr().err
        clock[0] = 12.0
        bar.reached(400)
        said = capsys.readouterr().err
        assert "about 2 h 47 min for 1,000,000 samples of 256 lanes every 1 ns, 10.24 GB; Ctrl-C keeps" in said
        bar.reached(500)
        assert "about" not in capsys.readouterr().err


def test_less_than_a_minute_and_silence_say_nothing(simulator, clock, capsys):
    for shown, total in ((None, 1000), (False, 1_000_000)):
        clock[0] = 0.0
        with Progress(shown, simulator, total) as bar:
            for clock[0], done in ((9.0, 1), (12.0, 400), (15.0, 800)):
                bar.reached(done)
    assert capsys.readouterr().err == ""


def test_a_bar_is_shown_where_somebody_looks_on(simulator, monkeypatch, capsys):
    monkeypatch.setattr(progress, "SHORT", 0.0)
    for seen in (False, True):
        monkeypatch.setattr(progress, "watched", lambda seen=seen: seen)
        with Progress(None, simulator, 100) as bar:
            bar.reached(100)
        assert ("256 lanes" in capsys.readouterr().err) is seen


def test_the_first_compilation_is_told(simulator, capsys):
    fresh = numba.njit(lambda x: x + 1.0)
    with Progress(True, simulator, 100):
        fresh(1.0)
        fresh(1)
    assert capsys.readouterr().err.count("compiling, once") == 1
    with Progress(False, simulator, 100):
        numba.njit(lambda x: x + 2.0)(1.0)
    assert "compiling" not in capsys.readouterr().err
