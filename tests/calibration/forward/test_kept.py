"""Answers that were found once."""

import json

import numpy as np
import pytest
from laboratories import FREE, dwell_times, perpendicular

import mtjphys as mp
from mtjphys import calibration as cal
from mtjphys.calibration import forward
from mtjphys.calibration.forward.exact import switching
from mtjphys.core.errors import MtjphysError


@pytest.fixture
def solved(monkeypatch):
    """Forget what is in memory at each call, and count what the solvers are asked."""
    asked = []
    for name in ("sensitivities", "pulse_sensitivities"):
        solver = getattr(mp.fokker_planck, name)

        def counted(*arguments, solver=solver, **options):
            asked.append(arguments)
            return solver(*arguments, **options)

        monkeypatch.setattr(mp.fokker_planck, name, counted)

    def forget() -> int:
        count = len(asked)
        asked.clear()
        for function in (forward.log_dwell_times, switching, forward.linear_dwell_times):
            function.cache_clear()
        return count

    forget()
    yield forget
    forget()


def calibrated(path, count=400):
    pulses = cal.SwitchingProbability(voltage=[0.12, 0.15], duration=5e-9, switched=[30, 70], trials=100)
    lab = [dwell_times(perpendicular(), 0, count), pulses]
    return cal.calibrate(lab, perpendicular(6e4, 0.0, 0.02), FREE, starts=1, checkpoint=path)


def test_a_search_that_was_cut_off_anywhere_goes_on_to_the_same_bits(tmp_path, solved) -> None:
    whole = calibrated(tmp_path / "whole.jsonl").maximum.position
    needed = solved()
    text = (tmp_path / "whole.jsonl").read_text()
    for share in (0.3, 0.9, 1.0):
        path = tmp_path / f"{share}.jsonl"
        path.write_text(text[: int(share * len(text))])  # a process that was killed leaves half of a line
        np.testing.assert_array_equal(calibrated(path).maximum.position, whole)
        assert solved() <= (1.0 - share) * needed * 1.2 + 3
    # What was asked does not depend on the data: another count is another search with many of the same questions.
    calibrated(path, 100)
    assert 0 < solved() < needed


def test_failures_are_kept_too(tmp_path, solved) -> None:
    strong = mp.Bias(field=(0.0, 0.0, 0.2))
    for _ in range(2):
        with forward.answers_kept(tmp_path / "answers.jsonl"):
            with pytest.raises(forward.Unanswered, match="no second well"):
                forward.log_dwell_times(perpendicular(), strong)
            with pytest.raises(forward.OutOfReach, match="600 kT"):
                forward.log_dwell_times(perpendicular(5e6, 0.0), mp.Bias())
    assert solved() == 2


def test_numbers_come_back_to_the_bit(tmp_path, solved) -> None:
    path = tmp_path / "answers.jsonl"
    asked = [
        lambda: forward.log_dwell_times(perpendicular(), mp.Bias()),
        lambda: forward.linear_switching(
            perpendicular(), mp.Bias(voltage=0.2), np.array([1e-9, 0.0]), "antiparallel", ("free_layer.damping",)
        ),
        lambda: forward.linear_dwell_times(perpendicular(), mp.Bias(), ("free_layer.damping", "free_layer.volume")),
    ]
    found = []
    for _ in range(2):
        solved()
        with forward.answers_kept(path):
            found.append([ask() for ask in asked])
    for one, other in zip(*found, strict=True):
        assert type(one) is type(other)
        for first, second in zip(one, other, strict=True):
            np.testing.assert_array_equal(first, second)
            assert np.shape(first) == np.shape(second)


def test_a_file_of_another_version_counts_for_nothing(tmp_path, solved) -> None:
    path = tmp_path / "answers.jsonl"
    with forward.answers_kept(path):
        forward.log_dwell_times(perpendicular(), mp.Bias())
    lines = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps({"mtjphys": "0.0"}), *lines[1:]]))
    solved()
    with forward.answers_kept(path):
        forward.log_dwell_times(perpendicular(), mp.Bias())
    assert solved() == 1
    assert path.read_text().splitlines() == lines


def test_a_folder_that_is_gone_is_one_sentence(tmp_path) -> None:
    kept = forward.answers_kept(tmp_path / "nowhere" / "answers.jsonl")
    with pytest.raises(MtjphysError, match=r"cannot be kept \(No such file .*; make room or name another folder"), kept:
        pass
