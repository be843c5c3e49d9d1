"""What the data can tell."""

from laboratories import FREE, dwell_times, perpendicular

from mtjphys.calibration.fitting.parameters import as_parameters
from mtjphys.calibration.fitting.problem import Problem
from mtjphys.calibration.fitting.selection import select


def test_what_is_named_first_is_taken_where_two_do_the_same() -> None:
    truth = perpendicular()
    for names, chosen in (
        ([FREE[0], "free_layer.volume"], [FREE[0]]),
        (["free_layer.volume", FREE[0]], ["free_layer.volume"]),
    ):
        # Few stays: barrier and attempt time are not told apart within these ranges.
        table = dwell_times(truth, 0, count=2)
        ranges = {FREE[0]: (4e4, 6.2e4), "free_layer.volume": (0.8e-24, 1.2e-24)}
        problem = Problem((table,), truth, as_parameters(truth, names, ranges))
        taken, reasons = select(problem, problem.origin)
        assert taken == chosen
        assert "cannot tell it from" in reasons[(set(names) - set(chosen)).pop()]
