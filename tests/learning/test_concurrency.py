"""Products of a layer, and work shared among threads: the same bits however it is divided."""

import gc
import inspect
import os
import signal
import subprocess
import sys
import threading
import time
import weakref

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mtjphys import learning
from mtjphys.core.errors import ParameterError
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.learning import concurrency
from mtjphys.learning.concurrency import concurrently, pieces, team

STREAM = np.random.default_rng(5)


def normal(*shape, dtype):
    return STREAM.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_units, n, n_samples", [(1, 1, 1), (10, 7, 3), (19, 70, 64), (8, 130, 150), (3, 33, 101)])
@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("pieces_of", [1, 1 << 24])
def test_a_layer_is_its_formula(monkeypatch, n_units, n, n_samples, noisy, pieces_of, dtype):
    monkeypatch.setattr(concurrency, "WORTH_SHARING", pieces_of)  # 1: in pieces, whatever the work
    network = learning.Network([n, n_units], dtype=dtype, seed=1)
    network.biases[0] += normal(n_units, dtype=dtype)
    x = normal(n_samples, n, dtype=dtype)
    noise = normal(n_samples, n_units, dtype=dtype) if noisy else None
    out = network.forward(x, noise).outputs
    (matrix,), (bias,) = network.weights, network.biases
    expected = x.astype(float) @ matrix.T + bias + (noise if noisy else 0.0)
    size = np.abs(x).astype(float) @ np.abs(matrix).T + 10.0
    assert out.dtype == dtype
    assert np.all(np.abs(out - expected) <= n * np.finfo(dtype).eps * size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 7, 63, 64, 65, 130])
@pytest.mark.parametrize("whitening", [0.0, 0.3])
def test_a_step_of_the_decorrelation_is_its_formula(n, whitening, dtype):
    x, matrix = normal(20, n, dtype=dtype), np.eye(n, dtype=dtype) + normal(n, n, dtype=dtype) / 10
    expected = matrix - 0.05 * learning.decorrelation_step(x.astype(float), matrix.astype(float), whitening)
    learning.Decorrelation(0.1, whitening).update([matrix], [x], scale=0.5)
    np.testing.assert_allclose(matrix, expected, rtol=0, atol=200 * np.finfo(dtype).eps)


def test_arrays_that_are_not_contiguous():
    network, x = learning.Network([6, 5, 3], decorrelated=True, seed=1), normal(4, 6, dtype=np.float32)
    expected = network.forward(x).outputs
    for arrays in (network.weights, network.biases, network.decorrelations):
        arrays[:] = [np.repeat(array, 2, axis=-1)[..., ::2] for array in arrays]
    np.testing.assert_allclose(network.forward(x).outputs, expected, rtol=1e-4, atol=1e-6)
    with pytest.raises(ParameterError, match="not contiguous"):
        learning.Decorrelation(0.1).update(network.decorrelations[:1], [x])


def test_small_steps_leave_the_diagonal_alone_in_single_precision():
    # Its two terms cancel; 1e-7 of each alone is lost, or rounded to 1.2e-7, when it is added to 1.
    x, matrix = normal(20, 30, dtype=np.float32), np.eye(30, dtype=np.float32)
    exact = np.eye(30)
    for _ in range(2000):
        learning.Decorrelation(1e-7).update([matrix], [x])
        learning.Decorrelation(1e-7).update([exact], [x.astype(float)])
    assert np.abs(matrix - exact).max() < 1e-6 < np.abs(exact - np.eye(30)).max()


@pytest.mark.parametrize("n, work", [(1, 10**9), (5, 10**9), (64, 10**6), (1000, 10**6), (64, 10)])
def test_pieces_cover_everything_once(n, work):
    rows = np.concatenate([np.arange(n)[piece] for piece in pieces(n, work)])
    assert rows.tolist() == list(range(n))
    assert (len(pieces(n, work)) > 1) == (n > 1 and n * work > 10**7)


def train(threads, rule):
    data = learning.data.teacher_student((30, 20, 4), 100, seed=1, validation_samples=50, test_samples=10)
    training = learning.Training(
        learning.Network([30, 40, 20, 4], decorrelated=True, seed=1),
        rule,
        data,
        learning.Adam(1e-3),
        epochs=2,
        noise=learning.TelegraphNoise(seed=1, offset=0.042),
        decorrelation=learning.Decorrelation(1e-3),
        loss=learning.SquaredError(),
        batch_size=16,
    )
    training.run(progress=False, threads=threads)
    return training


@pytest.mark.parametrize("rule", [learning.DANP, learning.DGuidedNP, learning.DBP, learning.DINP])
def test_the_bits_of_a_training_do_not_depend_on_the_threads(monkeypatch, rule):
    monkeypatch.setattr(concurrency, "WORTH_SHARING", 1)  # divide even this little work
    alone, *others = [train(threads, rule()) for threads in (1, 2, 5)]
    for other in others:
        for ours, theirs in zip(alone.network.parameters, other.network.parameters, strict=True):
            assert np.array_equal(ours, theirs)
        for ours, theirs in zip(alone.network.decorrelations, other.network.decorrelations, strict=True):
            assert np.array_equal(ours, theirs)
        assert alone.history.validation_loss.equals(other.history.validation_loss)


def test_threads_below_one_are_refused():
    with pytest.raises(ParameterError, match="threads=0"):
        train(0, learning.DANP())


def test_tasks_run_on_the_threads_of_the_team_and_answer_in_order():
    both = threading.Barrier(2, timeout=30)  # passes only if two threads come

    def task(k):
        if k < 2:
            both.wait()
        return k, threading.get_ident()

    with team(2):
        answers = concurrently([lambda k=k: task(k) for k in range(7)])
    assert [k for k, _ in answers] == list(range(7))
    assert len({thread for _, thread in answers}) == 2
    assert {thread for _, thread in concurrently([lambda k=k: (k, threading.get_ident()) for k in range(3)])} == {
        threading.get_ident()
    }


def test_what_a_task_raises_reaches_the_caller():
    def broken():
        raise ValueError("broken")

    for tasks in ([broken, int, int], [int, int, broken], [int, broken]):
        with team(2), pytest.raises(ValueError, match="broken"):
            concurrently(tasks)
        with team(2):
            assert concurrently([int, int]) == [0, 0]


def test_tasks_of_tasks_are_shared_as_well():
    """The one who waits takes what another one has divided."""
    both = threading.Barrier(2, timeout=30)

    def meet(k):
        both.wait()
        return k

    with team(2):
        assert concurrently([int, lambda: concurrently([lambda k=k: meet(k) for k in range(4)])]) == [0, [0, 1, 2, 3]]


def test_what_a_task_of_a_task_raises_reaches_the_caller_and_nothing_goes_on_behind_its_back():
    started, ended = threading.Event(), threading.Event()

    def slow():
        started.set()
        ended.wait(0.2)
        ended.set()

    def broken():
        started.wait(30)
        raise ValueError("broken")

    with team(2):
        with pytest.raises(ValueError, match="broken"):
            concurrently([lambda: concurrently([slow, broken]), int])
        assert ended.is_set()
        assert concurrently([int, int]) == [0, 0]


def test_who_waits_takes_no_tasks_of_the_levels_above():
    """Else tasks would be taken within tasks without end."""
    depths = {}

    def depth():
        depths.setdefault(threading.get_ident(), []).append(len(inspect.stack(0)))
        time.sleep(0.001)

    with team(3):
        concurrently([lambda: concurrently([depth, depth])] * 100)
    assert all(max(found) - min(found) < 15 for found in depths.values())


def test_a_program_ends_that_has_left_its_team_open():
    code = """
import threading, time
from mtjphys.learning.concurrency import concurrently, team
def forever():
    with team(2):
        while True:
            concurrently([lambda: time.sleep(0.01)] * 2)
threading.Thread(target=forever, daemon=True).start()
time.sleep(0.2)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_what_tasks_held_is_freed():
    class Held:
        pass

    with team(3):
        (held, *_) = concurrently([Held, Held, Held])
        there = weakref.ref(held)
        del held, _
        gc.collect()
        assert there() is None


def test_many_small_tasks_of_tasks_lose_none():
    with team(4):
        for _ in range(200):
            tasks = [[lambda k=k, n=n: n * k for k in range(5)] for n in range(6)]
            found = concurrently([lambda inner=inner: concurrently(inner) for inner in tasks])
            assert found == [[n * k for k in range(5)] for n in range(6)]


def test_ctrl_c_waits_for_the_tasks_in_hand_and_the_team_works_on():
    for _ in range(20):
        begun, ended = [], []

        def task(k, begun=begun, ended=ended):
            begun.append(k)
            if k == 0:
                os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.001)
            ended.append(k)

        with team(3):
            with pytest.raises(KeyboardInterrupt):
                concurrently([lambda k=k: concurrently([lambda: task(k), int]) for k in range(6)])
            assert set(begun) == set(ended)
            assert concurrently([int, int]) == [0, 0]


def test_ctrl_c_between_tasks_comes_at_once_and_nothing_changes_where_somebody_waits_for_it():
    with team(2), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with deferred_interrupt() as asked, team(2):
        concurrently([lambda: os.kill(os.getpid(), signal.SIGINT), int])
        while not asked.is_set():
            time.sleep(0.001)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_threads_take_over_how_overflow_is_met():
    both = threading.Barrier(2, timeout=30)

    def overflow():
        both.wait()
        return float(np.float32(3e38) * np.float32(10))

    with np.errstate(over="ignore"), team(2):
        assert concurrently([overflow, overflow]) == [np.inf, np.inf]
    with np.errstate(over="raise"), team(2), pytest.raises(FloatingPointError):
        concurrently([overflow, overflow])


def test_a_team_within_a_team_is_the_outer_one():
    with team(1), team(2):
        assert len({thread for thread in concurrently([threading.get_ident] * 4)}) == 1


def test_a_large_prediction_has_the_same_bits_as_one_in_a_single_thread():
    network, x = learning.Network([200, 300, 10], decorrelated=True, seed=1), normal(2500, 200, dtype=np.float32)
    with team(1):
        alone = learning.predict(network, x, learning.TelegraphNoise(seed=1))
    assert np.array_equal(alone, learning.predict(network, x, learning.TelegraphNoise(seed=1)))


@pytest.mark.parametrize("rule", [learning.BP(), learning.ANP(), learning.GuidedNP()], ids=lambda r: type(r).__name__)
def test_what_is_called_by_itself_has_the_same_bits_whatever_the_threads_of_the_library(rule):
    x, y = normal(700, 200, dtype=np.float32), STREAM.integers(10, size=700)
    mixing = 0.01 * normal(200, 200, dtype=np.float32)
    found = []
    for threads in (1, 2, 3):
        network = learning.Network([200, 300, 10], decorrelated=True, seed=1)
        network.decorrelations[0] += mixing
        noise, loss = learning.TelegraphNoise(seed=1), learning.CrossEntropy()
        state = rule.state_dict() if hasattr(rule, "state_dict") else None
        with threadpool_limits(threads, "blas"):
            outputs = learning.predict(network, x, noise)
            estimate = rule(network, x, y, loss, noise)
            cosine = learning.gradient_cosine(network, rule, x, y, loss, noise)
        if state is not None:
            rule.load_state_dict(state)
        found.append([outputs, *estimate.gradients, cosine.layers])
    for other in found[1:]:
        for ours, theirs in zip(found[0], other, strict=True):
            assert np.array_equal(ours, theirs)


def threads():
    """Return the threads of numpy's linear algebra; scipy has a library of its own, once it is loaded."""
    libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {library["num_threads"] for library in libraries if "scipy.libs" not in library["filepath"]}


def test_a_team_calls_linear_algebra_with_one_thread_and_gives_the_others_back():
    before = threads()
    with team(2):
        assert threads() == {1}
    assert threads() == before


def test_teams_of_two_threads_give_back_what_was_there_before_both():
    """Whoever came first may leave first: the other one still calls linear algebra with one thread."""

    inside, leave, left, end = (threading.Event() for _ in range(4))

    def first():
        with team(1):
            inside.set()
            leave.wait(10.0)
        left.set()
        end.wait(10.0)

    (before,) = threads()
    setting = threading.Thread(target=threadpool_limits, args=(2, "blas"))
    setting.start()
    setting.join()  # whose setting stays, and can be changed by others
    other = threading.Thread(target=first)
    other.start()
    inside.wait(10.0)
    with team(1):
        leave.set()
        left.wait(10.0)
        assert threads() == {1}
    assert threads() == {2}
    end.set()
    other.join()
    setting = threading.Thread(target=threadpool_limits, args=(before, "blas"))
    setting.start()
    setting.join()
