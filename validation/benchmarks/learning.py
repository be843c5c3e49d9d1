"""Time of a training step of mtjphys and of the same recipe in PyTorch, on MNIST-shaped data.

784-500-500-500-10, decorrelated activity-based node perturbation with one two-level chain per unit, batches of 64,
float32; and on the network of CIFAR, beside the tuned version. Every code runs in a process of its own, since the
thread pools of numpy and PyTorch get in each other's way; the processes take turns. Before, both codes are given the
same noise and must find the same network.
"""

import argparse
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from validation.benchmarks.measure import cores

SIZES = (784, 500, 500, 500, 10)
LARGE = (3072, 500, 500, 500, 10)  # CIFAR
BATCH = 64
STEPS = 100  # of one turn, an epoch
SAMPLES, VALIDATION = 55_000, 5_000
TARGET = 0.010  # s, of a step
CODES = {
    "mtjphys": "mtjphys",
    "torch": "PyTorch, the recipe as written",
    "torch-tuned": "PyTorch, tuned",
    "large": f"mtjphys, {'-'.join(map(str, LARGE))}",
    "large-torch-tuned": "PyTorch, tuned",
}
ROOT = Path(__file__).parents[2]


class Cost(NamedTuple):
    """What one code needs."""

    best: float  # s, of a step in the fastest turn
    median: float  # s
    noise: float  # fraction of the step
    peak_memory: float  # bytes, of the whole process with the data
    evaluation: float | None  # s, of the validation data with the noise on and off; mtjphys only


def n_samples(sizes: tuple[int, ...]) -> int:
    """Return how many training samples are made: inputs of CIFAR are so many that only those of the steps are."""
    return SAMPLES if sizes == SIZES else STEPS * BATCH


def samples(n_inputs: int, n_train: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return random inputs and classes; the last ones are for the validation."""
    stream = np.random.default_rng(1)
    inputs = stream.standard_normal((n_train + VALIDATION, n_inputs), dtype=np.float32)
    return inputs, stream.integers(0, SIZES[-1], len(inputs))


class Timed:
    """A noise source with a clock."""

    def __init__(self, source: Any) -> None:
        self.source, self.gain, self.offset = source, source.gain, source.offset
        self.seconds = 0.0

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the volts of the source, and remember the time that it took."""
        start = time.perf_counter()
        volts = self.source.volts(n_samples, n_units)
        self.seconds += time.perf_counter() - start
        return volts


class Own:
    """The training of mtjphys."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        from mtjphys import learning

        self.learning = learning
        n_train = n_samples(sizes)
        inputs, targets = samples(sizes[0], n_train)
        train = learning.Samples(inputs[: STEPS * BATCH], targets[: STEPS * BATCH])
        self.validation = learning.Samples(inputs[n_train:], targets[n_train:])
        self.noise = Timed(learning.TelegraphNoise(seed=1))
        none = learning.Samples(inputs[:0], targets[:0])
        self.training = learning.Training(
            learning.Network(sizes, decorrelated=True, initialisation="pytorch", seed=1),
            learning.DANP(),
            learning.Data(train, none, none),
            learning.Adam(0.1 * 2.0**-11),
            epochs=10_000,
            noise=self.noise,
            decorrelation=learning.Decorrelation(0.1 * 2.0**-19, centring=0.1 * 2.0**-19 * BATCH),
            batch_size=BATCH,
        )
        self.rounds = 0

    def round(self) -> None:
        """Take `STEPS` steps."""
        self.rounds += 1
        self.training.run(self.rounds, progress=False)

    @property
    def noise_seconds(self) -> float:
        """Time spent in the noise source so far, s."""
        return self.noise.seconds

    def evaluate(self) -> None:
        """Evaluate the validation data as after every epoch, with the noise on and off."""
        for noise in (self.noise, None):
            self.learning.evaluate(self.training.network, self.validation, self.training.loss, noise)


class Torch:
    """The same recipe in PyTorch."""

    def __init__(self, sizes: tuple[int, ...], tuned: bool) -> None:
        import torch

        from validation.benchmarks.torch_peer import DANP, Chain

        torch.manual_seed(1)
        torch.set_flush_denormal(tuned)
        self.torch = torch
        inputs, targets = samples(sizes[0], n_samples(sizes))
        self.inputs, self.targets = torch.from_numpy(inputs), torch.from_numpy(targets)
        self.network = DANP(sizes, tuned=tuned)
        self.chain = Chain(self.network.n_units)
        self.noise_seconds = 0.0

    def volts(self) -> Any:
        """Return the noise of one pass."""
        start = time.perf_counter()
        volts = self.chain.volts(BATCH)
        self.noise_seconds += time.perf_counter() - start
        return volts

    def round(self) -> None:
        """Take `STEPS` steps."""
        for chosen in self.torch.randperm(STEPS * BATCH).split(BATCH):
            self.network.step(self.inputs[chosen], self.targets[chosen], self.volts(), self.volts())


def peak_memory() -> float:
    """Return the most memory that this process has held, in bytes."""
    # Linux lets a child inherit the peak of its parent in `ru_maxrss`, not in VmHWM.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def work(code: str) -> None:
    """Take a turn for every line of the standard input, and answer with its cost."""
    sizes = LARGE if code.startswith("large") else SIZES
    runner: Any = Torch(sizes, code.endswith("tuned")) if "torch" in code else Own(sizes)
    for _ in sys.stdin:
        runner.round()  # the threads of this process wake up
        start, noise = time.perf_counter(), runner.noise_seconds
        runner.round()
        seconds = time.perf_counter() - start
        noise = runner.noise_seconds - noise
        evaluation = None
        if isinstance(runner, Own):
            start = time.perf_counter()
            runner.evaluate()
            evaluation = time.perf_counter() - start
        answer = {
            "step": seconds / STEPS,
            "noise": noise / seconds,
            "evaluation": evaluation,
            "memory": peak_memory(),
        }
        print(json.dumps(answer), flush=True)


def measure(codes: list[str], turns: int, threads: int) -> dict[str, Cost]:
    """Let every code take `turns` turns, each in its own process with `threads` threads."""
    limits = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    workers = {
        code: subprocess.Popen(
            [sys.executable, "-m", "validation.benchmarks.learning", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | limits,
        )
        for code in codes
    }
    answers: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}
    try:
        for _ in range(turns + 1):
            for code, worker in workers.items():
                assert worker.stdin is not None and worker.stdout is not None
                worker.stdin.write("\n")
                worker.stdin.flush()
                line = worker.stdout.readline()
                if not line:
                    raise RuntimeError(f"the benchmark of {code} ended with exit code {worker.wait()}")
                answers[code].append(json.loads(line))
    finally:
        for worker in workers.values():
            worker.kill()
            worker.communicate()
    costs = {}
    for code, every in answers.items():
        kept = every[1:]  # the first turn compiles
        steps = [answer["step"] for answer in kept]
        evaluations = [answer["evaluation"] for answer in kept]
        costs[code] = Cost(
            min(steps),
            statistics.median(steps),
            statistics.median(answer["noise"] for answer in kept),
            kept[-1]["memory"],
            None if evaluations[0] is None else statistics.median(evaluations),
        )
    return costs


class Recorded:
    """A noise source that remembers what it handed out."""

    gain, offset = 1.0, 0.0

    def __init__(self, source: Any) -> None:
        self.source = source
        self.rows: list[NDArray[np.float32]] = []

    def volts(self, n_samples: int, n_units: int) -> NDArray[np.float32]:
        """Return the volts of the source, and keep them."""
        self.rows.append(self.source.volts(n_samples, n_units))
        return self.rows[-1]


def disagreement(
    sizes: tuple[int, ...] = (30, 20, 20, 5), steps: int = 5, dtype: str = "float64", tuned: bool = False
) -> dict[str, float]:
    """Train both codes on the same batches and noise, and return how far apart their networks end.

    The distance of two sets of matrices is the norm of their difference over the norm of what was learned.
    """
    import torch

    from mtjphys import learning
    from validation.benchmarks.torch_peer import DANP

    class Recording:
        """Activity-based node perturbation that remembers its batches."""

        perturbs = "units"
        decorrelates = True

        def __init__(self) -> None:
            self.batches: list[tuple[NDArray[Any], NDArray[Any]]] = []

        def __call__(self, network: Any, inputs: Any, targets: Any, loss: Any, noise: Any) -> Any:
            self.batches.append((inputs.copy(), targets.copy()))
            return learning.ANP()(network, inputs, targets, loss, noise)

    batch, rate, decorrelation_rate = 16, 1e-3, 1e-4
    stream = np.random.default_rng(2)
    inputs = stream.standard_normal((steps * batch, sizes[0])).astype(dtype)
    train = learning.Samples(inputs, stream.integers(0, sizes[-1], len(inputs)))
    none = learning.Samples(inputs[:0], train.targets[:0])
    network = learning.Network(sizes, decorrelated=True, seed=3, dtype=dtype)
    peer = DANP(sizes, rate, decorrelation_rate, getattr(torch, dtype), tuned)
    theirs = {"weights": peer.weights, "biases": peer.biases, "decorrelations": peer.decorrelators}
    theirs |= {"centres": peer.centres}
    start = {name: [array.copy() for array in getattr(network, name)] for name in theirs}
    for name, tensors in theirs.items():
        for tensor, array in zip(tensors, start[name], strict=True):
            tensor.copy_(torch.from_numpy(array))

    rule, noise = Recording(), Recorded(learning.TelegraphNoise(seed=4))
    learning.Training(
        network,
        rule,
        learning.Data(train, none, none),
        # Means over the batch here, sums there: Adam's epsilon scales with the gradient.
        learning.Adam(rate, epsilon=1e-8 / batch),
        epochs=1,
        noise=noise,
        decorrelation=learning.Decorrelation(decorrelation_rate, centring=decorrelation_rate * batch),
        batch_size=batch,
    ).run(progress=False)
    volts = torch.from_numpy(np.concatenate(noise.rows)).to(getattr(torch, dtype)).split(batch)
    for k, (x, y) in enumerate(rule.batches):
        peer.step(torch.from_numpy(x), torch.from_numpy(y), volts[2 * k], volts[2 * k + 1])

    shares = {}
    for name, tensors in theirs.items():
        ends = zip(getattr(network, name), tensors, start[name], strict=True)
        pairs = [(own - tensor.numpy(), own - first) for own, tensor, first in ends]
        apart, learned = (np.sqrt(sum(np.square(pair[k]).sum() for pair in pairs)) for k in (0, 1))
        shares[name] = float(apart / learned)
    return shares


def report(turns: int) -> dict[str, Any]:
    """Print and return the cost of a training step of every code that is installed."""
    threads = min(2, cores())
    codes = list(CODES)
    different = None
    if importlib.util.find_spec("torch") is None:
        print('torch not installed: mtjphys alone; pip install "mtjphys[torch]" for the comparison')
        codes = ["mtjphys", "large"]
    else:
        both = [disagreement(tuned=tuned) for tuned in (False, True)]
        different = {name: max(each[name] for each in both) for name in both[0]}
        text = ", ".join(f"{name} {value:.0e}" for name, value in different.items())
        print(f"same noise, 5 steps in double precision, difference of what was learned: {text}")
    costs = measure(codes, turns, threads)
    own = costs["mtjphys"]
    print(f"{'ms of a training step':48s}{'best':>8s}{'median':>8s}{'ratio':>8s}{'noise':>8s}{'memory':>9s}")
    for code, cost in costs.items():
        ratio = cost.median / costs["large" if code.startswith("large") else "mtjphys"].median
        numbers = f"{cost.best * 1e3:8.2f}{cost.median * 1e3:8.2f}{ratio:8.2f}{cost.noise:8.1%}"
        print(f"{CODES[code]:48s}{numbers}{cost.peak_memory / 2**20:6.0f} MB")
    assert own.evaluation is not None
    epoch = own.evaluation + SAMPLES / BATCH * own.median
    share = {"evaluation": own.evaluation / epoch, "noise": own.noise * (1 - own.evaluation / epoch)}
    print(
        f"mtjphys: of an epoch of {SAMPLES:,} samples, {share['noise']:.1%} noise and {share['evaluation']:.1%} "
        f"evaluation of {VALIDATION:,} samples (target: 15 % together); target of a step: {TARGET * 1e3:.0f} ms"
    )
    return {
        "threads": threads,
        "steps_of_a_turn": STEPS,
        "codes": {code: cost._asdict() for code, cost in costs.items()},
        "share_of_an_epoch": share,
        "disagreement": different,
        "target_s": TARGET,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="One worker of the benchmark; see `report`.")
    parser.add_argument("code", choices=CODES)
    work(parser.parse_args().code)
