"""What a dataset costs beside the simulation of its lanes: time, memory, bytes.

- Throughput: records of an instrument, ten samples of the simulator to one of theirs, made into a store in one thread,
  beside `mtjphys.simulate` of the same lanes, which keeps nothing. Its target is 85 per cent.
- Memory: peak of processes that make a small set and one many times as large, a trace a lane, so that most of what is
  simulated is written; and of one that may not have more than the limit, and makes a set of twice that size (`--scale`
  times as large), every step of m and resistance in float64 as it is.
- Bytes of a sample and speed of every precision and compression, for the traces that sets are made of.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import mtjphys as mp
from mtjphys import datasets
from validation.benchmarks.measure import Timing, interleaved

TARGET = 0.85  # of the simulator's speed
LIMIT = 2**31  # bytes of memory
REPLICAS = 16
STEP = 2e-12  # s
SAMPLE_INTERVAL = 1e-10  # s

SPECIFICATION = """
name = "benchmark"
seed = 1
replicas = {replicas}

[devices]
junction = "schnitzspan_2023"
count = {count}
parameters = {{"free_layer.damping" = {{kind = "uniform", low = 0.01, high = 0.03}}}}

[bias]
voltage = 0.1

[engine]
duration = {duration}
sample_interval = {sample_interval}
step = 2e-12

{keep}

[store]
precision = "{precision}"
compression = "{compression}"
"""

TRACES = "[keep.traces]"
EVERYTHING = '[keep.traces]\nquantities = ["m", "resistance"]\n'
RECORD = """
[keep.record]
source_voltage = 0.1
series_resistance = 1e4
bandwidth = 5e8
sample_rate = 1e9
noise_rms = 1e-3
"""
CONVERTER = "bits = 12\nfull_scale = 0.1\n"


def specification(
    count: int,
    duration: float,
    keep: str,
    precision: str = "float32",
    compression: str = "zstd",
    sample_interval: float = SAMPLE_INTERVAL,
) -> datasets.Specification:
    """Return a specification of so many devices."""
    values = {
        "count": count,
        "replicas": REPLICAS,
        "duration": duration,
        "sample_interval": sample_interval,
        "keep": keep,
    }
    return datasets.Specification.from_toml(
        SPECIFICATION.format(**values, precision=precision, compression=compression)
    )


def throughput(repetitions: int) -> tuple[dict[str, Timing], dict[str, float]]:
    """Time both, each in one thread; return ns of a lane-step, and the least of processor time."""
    processor: dict[str, float] = {}
    count, duration = 16, 4e-6
    wanted = specification(count, duration, RECORD)
    steps = round(count * REPLICAS * duration / STEP)
    devices = wanted.devices
    junctions: Any = devices.build(devices.drawn(wanted.seed), 0, count)

    def made() -> int:
        with tempfile.TemporaryDirectory() as folder:
            datasets.make(wanted, Path(folder) / "set.zarr", threads=1, progress=False)
        return steps

    def simulated() -> int:
        mp.simulate(
            junctions,
            list(wanted.biases),
            duration=duration,
            sample_interval=SAMPLE_INTERVAL,
            step=STEP,
            replicas=REPLICAS,
            record=("resistance",),
            initial="random",
            threads=1,
            progress=False,
        )
        return steps

    def timed(name: str, case: Callable[[], int]) -> Callable[[], int]:
        def run() -> int:
            began = time.process_time()
            steps = case()
            processor[name] = min(processor.get(name, np.inf), (time.process_time() - began) / steps)
            return steps

        return run

    cases = {name: timed(name, case) for name, case in (("simulate", simulated), ("datasets.make", made))}
    return interleaved(cases, repetitions), processor


def peak(wanted: str) -> tuple[float, float]:
    """Return bytes of samples, and the most memory of a process that makes what a function here specifies."""
    code = f"from validation.benchmarks import datasets; datasets.make_and_tell(datasets.{wanted})"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    samples, memory = map(float, process.stdout.split())
    return samples, memory


def traces(count: int) -> datasets.Specification:
    """Return a specification of traces of so many devices."""
    return specification(count, 1e-6, TRACES)


def every_step(size: float) -> datasets.Specification:
    """Return a specification of so many bytes on the disk; from here on the process has no more than the limit."""
    resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    samples = 2**17
    count = round(size / (8 * 4 * samples * REPLICAS))
    return specification(count, STEP * samples, EVERYTHING, "float64", "none", sample_interval=STEP)


def make_and_tell(wanted: datasets.Specification) -> None:
    """Make a set and print the bytes of its samples, and the most memory that this process had."""
    with tempfile.TemporaryDirectory() as folder:
        path = datasets.make(wanted, Path(folder) / "set.zarr", threads=2, progress=False)
        with datasets.open(path) as found:
            assert bool((found.status == 1).all())
            samples = 8 * sum(found[name].size for name in ("m", "resistance") if name in found)
    # Not what the resource module says, which counts the process that has started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    print(samples, 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1]))


def compressions() -> list[dict[str, Any]]:
    """Return bytes of a sample, and megabytes a second of reading, for what sets are made of."""
    rows = []
    for label, keep in (("resistance", TRACES), ("record", RECORD), ("record, 12 bits", RECORD + CONVERTER)):
        for precision in ("float32", "float64"):
            for compression in ("none", "lz4", "zstd"):
                wanted = specification(4, 2e-6, keep, precision, compression)
                with tempfile.TemporaryDirectory() as folder:
                    path = datasets.make(wanted, Path(folder) / "set.zarr", threads=1, progress=False)
                    name = "resistance" if keep == TRACES else "signal"
                    files = [file for file in path.glob(f"{name}/c/**/*") if file.is_file()]
                    stored = sum(file.stat().st_size for file in files)
                    with datasets.open(path) as found:
                        began = time.perf_counter()
                        values = found[name].values
                        taken = time.perf_counter() - began
                rows.append(
                    {
                        "what": label,
                        "precision": precision,
                        "compression": compression,
                        "bytes_a_sample": stored / values.size,
                        "read_bytes_a_second": values.nbytes / taken,
                        "largest_error": rounding(values, precision),
                    }
                )
    return rows


def rounding(values: Any, precision: str) -> float:
    """Return half the distance of neighbouring numbers at the largest value over the deviation of the values."""
    return float(0.5 * np.spacing(np.abs(values).max().astype(precision)) / values.std())


def report(repetitions: int, scale: float) -> dict[str, Any]:
    """Measure all, print it and return it."""
    timings, processor = throughput(repetitions)
    print(f"{'ns per step and lane':48s}{'best':>10s}{'median':>10s}{'processor':>11s}")
    for name, timing in timings.items():
        print(f"{name:48s}{timing.best * 1e9:10.2f}{timing.median * 1e9:10.2f}{processor[name] * 1e9:11.2f}")
    share = timings["simulate"].best / timings["datasets.make"].best
    busy = processor["simulate"] / processor["datasets.make"]
    print(f"end to end {share:.0%} of the simulator's speed (target {TARGET:.0%}), {busy:.0%} in processor time")
    print(f"\n{'MB of samples':>16s}{'peak memory, MB':>20s}")
    memory = [peak(wanted) for wanted in ("traces(16)", "traces(256)", f"every_step({2.0 * scale * LIMIT})")]
    for samples, most in memory:
        print(f"{samples / 1e6:16.0f}{most / 1e6:20.0f}{'' if most < LIMIT else '  above 2 GiB'}")
    print(
        f"\n{'':18s}{'precision':>12s}{'compression':>13s}{'bytes/sample':>14s}{'read MB/s':>11s}{'rounding/sd':>13s}"
    )
    rows = compressions()
    for row in rows:
        print(
            f"{row['what']:18s}{row['precision']:>12s}{row['compression']:>13s}{row['bytes_a_sample']:14.2f}"
            f"{row['read_bytes_a_second'] / 1e6:11.0f}{row['largest_error']:13.1g}"
        )
    return {
        "throughput": {name: timing._asdict() for name, timing in timings.items()},
        "share": share,
        "share_of_processor_time": busy,
        "memory": memory,
        "compressions": rows,
    }
