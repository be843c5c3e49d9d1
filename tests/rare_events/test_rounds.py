"""Rounds that Ctrl-C stops."""

from contextlib import contextmanager

import pytest
from rare_junctions import junction

from mtjphys import rare_events
from mtjphys.core.errors import SimulationInterrupted
from mtjphys.core.interrupt import Flag
from mtjphys.rare_events import rounds


@pytest.mark.parametrize(("looks", "kept"), [(0, None), (1500, 32)])
def test_interruption_keeps_what_is_done(monkeypatch, looks, kept):
    class Asked(Flag):
        count = 0

        def is_set(self):
            self.count += 1
            return self.count > looks

    @contextmanager
    def interrupted():
        yield Asked()

    monkeypatch.setattr(rounds, "deferred_interrupt", interrupted)
    with pytest.raises(SimulationInterrupted) as caught:
        rare_events.dwell_time(junction(5.0), relative_error=0.001, threads=1)
    assert (caught.value.result is None) == (kept is None)
    if kept is not None:
        assert caught.value.result.repetitions >= kept
