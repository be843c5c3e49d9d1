"""Interruption, checkpoints, resume to the same bits."""

import errno
import os
import signal
import sys

import numpy as np
import pytest
from small_trainings import SOURCES, assert_resumes, assert_same, blobs, make

from mtjphys import learning
from mtjphys.core.errors import DataError, ParameterError, SimulationError
from mtjphys.core.shown import in_full


def test_checkpoints_are_written_at_their_interval_and_at_the_end(tmp_path):
    # After every one of 8 updates, before both evaluations, and at the end; or only there.
    for every, saves in ((0.0, 11), (1e6, 1)):
        training, saved = make(epochs=2), []
        training.save = saved.append
        training.run(progress=False, checkpoint=tmp_path / "a.npz", checkpoint_every=every)
        assert len(saved) == saves


def test_resume_after_any_epoch_gives_the_same_bits(tmp_path):
    whole, first, second = make(), make(), make()
    whole.run(progress=False)
    first.run(2, progress=False)
    first.save(tmp_path / "state.npz")
    second.load(tmp_path / "state.npz")
    second.run(progress=False)
    assert_same(whole, second)
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows a SIGINT to oneself ends the process")
def test_interrupt_in_an_epoch_keeps_whole_updates_and_resumes_to_the_same_bits(tmp_path):
    class Interrupting(learning.TelegraphNoise):
        calls = 0

        def volts(self, n_samples, n_units):
            Interrupting.calls += 1
            if Interrupting.calls == 13:  # the first pass of an update in mid-epoch
                os.kill(os.getpid(), signal.SIGINT)
            return super().volts(n_samples, n_units)

        def __repr__(self):
            return in_full(learning.TelegraphNoise(seed=self.seed))

    handler = signal.getsignal(signal.SIGINT)
    path = tmp_path / "state.npz"
    stopped, resumed, whole = make(noise=Interrupting(seed=1)), make(), make()
    with pytest.raises(KeyboardInterrupt):
        stopped.run(progress=False, checkpoint=path)
    assert stopped.updates % stopped.updates_per_epoch != 0
    assert signal.getsignal(signal.SIGINT) is handler
    resumed.load(path)
    assert resumed.updates == stopped.updates
    resumed.run(progress=False)
    whole.run(progress=False)
    assert_same(whole, resumed)


def test_checkpoint_of_other_parameters_or_broken_is_refused(tmp_path):
    training = make()
    training.run(1, progress=False, checkpoint=tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"epochs=4, this one has epochs=9"):
        make(epochs=9).load(tmp_path / "a.npz")
    content = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "b.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match="truncated"):
        make().load(tmp_path / "b.npz")
    with pytest.raises(DataError, match="no such checkpoint"):
        make().load(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", x=np.ones(3))
    with pytest.raises(DataError, match="lacks"):
        make().load(tmp_path / "d.npz")


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows a SIGINT to oneself ends the process")
@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_resumes_in_mid_epoch_to_the_same_bits(kind, tmp_path):
    whole = assert_resumes(lambda: make(epochs=2, noise=SOURCES[kind](), evaluation_reads=2), tmp_path / "a.npz")
    assert ("energy" in whole.history) == (kind in ("junction", "series", "serial junction"))


def jitter(inputs, stream):
    return inputs + stream.normal(0, 0.1, inputs.shape).astype(np.float32)


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows a SIGINT to oneself ends the process")
def test_everything_at_once_resumes_to_the_same_bits(tmp_path):
    def build():
        return make(epochs=6, patience=2, diagnose_every=2, track_test=True, augment=jitter, evaluation_reads=3)

    assert_resumes(build, tmp_path / "a.npz", updates=11)


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows a SIGINT to oneself ends the process")
def test_a_rule_with_a_state_resumes_to_the_same_bits(tmp_path):
    def build():
        rule = learning.OrnsteinUhlenbeck(relaxation=1.0, averaging=0.1)
        noise = learning.GaussianNoise(0.01, seed=1)
        return learning.Training(
            learning.Network([4, 3], seed=1), rule, blobs(), learning.SGD(0.1), epochs=2, noise=noise, batch_size=16
        )

    assert_resumes(build, tmp_path / "a.npz")


def test_a_checkpoint_at_every_update_changes_nothing(tmp_path):
    one, other = make(), make()
    one.run(progress=False)
    other.run(progress=False, checkpoint=tmp_path / "a.npz", checkpoint_every=0.0)
    assert_same(one, other)
    again = make()
    again.load(tmp_path / "a.npz")
    assert again.finished
    assert_same(again, other)


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows a SIGINT to oneself ends the process")
def test_an_interrupt_in_the_last_save_is_not_lost(tmp_path):
    training, whole = make(epochs=1), make(epochs=1)
    whole.run(progress=False)
    original = training.save

    def save(path):
        os.kill(os.getpid(), signal.SIGINT)
        original(path)

    training.save = save
    with pytest.raises(KeyboardInterrupt):
        training.run(progress=False, checkpoint=tmp_path / "a.npz")
    resumed = make(epochs=1)
    resumed.load(tmp_path / "a.npz")
    assert resumed.finished
    assert_same(resumed, whole)


def test_a_training_killed_in_an_evaluation_begins_it_again(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    whole, killed, resumed = make(), make(), make()
    whole.run(progress=False)
    evaluations = 0

    def evaluate(*arguments):
        nonlocal evaluations
        evaluations += 1
        if evaluations == 3:  # of two in an epoch: after the second epoch
            raise Killed
        return learning.evaluate(*arguments)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(sys.modules["mtjphys.learning.training.loop"], "evaluate", evaluate)
        killed.run(progress=False, checkpoint=path, checkpoint_every=1e-9)
    resumed.load(path)
    assert resumed.updates == 2 * resumed.updates_per_epoch
    assert resumed.history.sizes["epoch"] == 1
    resumed.run(progress=False)
    assert_same(whole, resumed)


def test_a_training_killed_in_its_last_evaluation_is_not_finished(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    whole, killed, resumed = make(epochs=1), make(epochs=1), make(epochs=1)
    whole.run(progress=False)

    def evaluate(*arguments):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(sys.modules["mtjphys.learning.training.loop"], "evaluate", evaluate)
        killed.run(progress=False, checkpoint=path, checkpoint_every=1e-9)
    resumed.load(path)
    assert not resumed.finished
    resumed.run(progress=False)
    assert resumed.finished
    assert_same(whole, resumed)


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_checkpoint_without_a_folder_is_refused_before_the_first_update(tmp_path):
    training = make()
    with pytest.raises(ParameterError, match=r"no/a\.npz.*its folder does not exist"):
        training.run(progress=False, checkpoint=tmp_path / "no" / "a.npz")
    assert training.updates == 0


def test_a_full_disk_keeps_the_checkpoint_of_before_and_names_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    training = make()
    training.run(1, progress=False, checkpoint=path)
    good = path.read_bytes()

    def full(file, **arrays):
        file.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match=r"No space left on device: .*a\.npz"):
        training.run(2, progress=False, checkpoint=path)
    assert path.read_bytes() == good
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


def test_a_broken_compressed_file_is_a_data_error(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.arange(10000) % 7)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[60:90] = bytes(30)  # inside the deflated stream
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="not a checkpoint"):
        make().load(tmp_path / "a.npz")


def test_divergence_is_an_error_that_keeps_the_last_good_checkpoint(tmp_path):
    path = tmp_path / "a.npz"
    training = make(schedule=lambda done: 1.0 if done < 0.6 else 1e30)
    training.run(2, progress=False, checkpoint=path)
    good = path.read_bytes()
    with pytest.raises(SimulationError, match=r"at update \d+: lower learning_rate=0.02 or the decorrelation's 0.001"):
        training.run(progress=False, checkpoint=path)
    assert path.read_bytes() == good


def test_a_divergence_between_two_checkpoints_keeps_the_one_before(tmp_path):
    # R overflows before the loss does, and is huge before that.
    def diverging():
        return make(decorrelation=learning.Decorrelation(1.0), augment=double, schedule="constant")

    with pytest.raises(SimulationError, match=r"the parameters reach \S+ at update"):
        diverging().run(progress=False, checkpoint=tmp_path / "a.npz", checkpoint_every=0.0)
    resumed = diverging()
    resumed.load(tmp_path / "a.npz")
    assert 0 < resumed.updates < resumed.epochs * resumed.updates_per_epoch
    assert max(np.abs(array).max() for array in resumed.network.decorrelations) < 1e6


def double(inputs, stream):
    return 2 * inputs


@pytest.mark.parametrize("array", ["inputs", "targets"])
@pytest.mark.parametrize("part", ["train", "validation"])
def test_other_data_are_not_continued(part, array, tmp_path):
    training, other = make(), make()
    training.run(1, progress=False, checkpoint=tmp_path / "a.npz")
    samples = getattr(other.data, part)
    changed = getattr(samples, array).copy()
    changed[3:4] += 1
    other.data = other.data._replace(**{part: samples._replace(**{array: changed})})
    with pytest.raises(DataError, match="data="):
        other.load(tmp_path / "a.npz")


def test_other_test_data_are_not_continued_where_they_are_recorded(tmp_path):
    for recorded in (True, False):
        training, other = make(track_test=recorded), make(track_test=recorded)
        training.run(1, progress=False, checkpoint=tmp_path / "a.npz")
        other.data = other.data._replace(test=other.data.validation)
        if recorded:
            with pytest.raises(DataError, match="data="):
                other.load(tmp_path / "a.npz")
        else:
            other.load(tmp_path / "a.npz")


def test_damage_in_a_checkpoint_is_named_or_changes_nothing(tmp_path):
    path, stream = tmp_path / "a.npz", np.random.default_rng(9)
    training = make()
    training.run(1, progress=False, checkpoint=path)
    content, other = path.read_bytes(), make()
    named = 0
    for _ in range(200):
        damaged, where = bytearray(content), int(stream.integers(len(content)))
        match stream.integers(3):
            case 0:
                damaged[where] ^= int(stream.integers(1, 256))
            case 1:
                damaged[where : where + 64] = bytes(len(damaged[where : where + 64]))
            case _:
                del damaged[where:]
        path.write_bytes(damaged)
        try:
            other.load(path)
        except DataError as error:
            assert "\n" not in str(error)
            named += 1
        else:
            assert_same(other, training)
    assert named > 100


def test_a_number_that_is_none_anywhere_keeps_the_checkpoint_before(tmp_path):
    path = tmp_path / "a.npz"
    training = make()
    training.run(2, progress=False, checkpoint=path)
    good = path.read_bytes()
    training.network.decorrelations[-1][0, 0] = np.nan
    with pytest.raises(SimulationError, match="the parameters are not finite"):
        training.run(1, progress=False, checkpoint=path, checkpoint_every=0.0)
    assert path.read_bytes() == good
