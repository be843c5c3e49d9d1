"""Every lane is made by one task, and every array is covered by whole shards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_datasets import BIAS, DEVICES, ENGINE, HEAD, KEEP

from mtjphys.datasets import Specification
from mtjphys.datasets.products import LANES, Variable
from mtjphys.datasets.store.layout import CHUNK_BYTES, Tasks, chunking, tasks_of

PART = st.integers(1, 7)


@given(st.tuples(PART, PART, PART), st.tuples(PART, PART, PART))
def test_every_lane_is_made_once_and_every_shard_written_by_one_task(shape, shard):
    tasks = Tasks(shape, tuple(min(a, b) for a, b in zip(shape, shard, strict=True)))
    for dimensions in (LANES, ("device", "bias"), ("device",)):
        variable = Variable(dimensions, "float32", {})
        covered = np.zeros(shape[: len(dimensions)], dtype=int)
        keys = []
        for task in range(tasks.total):
            if tasks.makes(task, variable):
                covered[tasks.ranges(task)[: len(dimensions)]] += 1
                keys.append(tasks.key(task, "x", variable))
        assert (covered == 1).all()
        assert len(set(keys)) == len(keys)


@given(
    st.sampled_from(["float32", "float64", "int8"]),
    st.tuples(PART, PART, PART),
    st.integers(1, 400_000),
)
def test_chunks_fill_shards_and_shards_fill_arrays(dtype, shard, samples):
    shape = tuple(3 * n - 1 for n in shard)
    sizes = dict(zip(LANES, shape, strict=True)) | {"time": samples, "component": 3}
    for extra in ((), ("time",), ("time", "component")):
        found = chunking(Variable((*LANES, *extra), dtype, {}), sizes, Tasks(shape, shard))
        assert found.shard[:3] == shard
        assert all(s % c == 0 for s, c in zip(found.shard, found.chunk, strict=True))
        assert all(s >= n for s, n in zip(found.shard[3:], found.shape[3:], strict=True))
        assert np.prod(found.chunk) * np.dtype(dtype).itemsize <= CHUNK_BYTES


@pytest.mark.parametrize(
    ("count", "replicas", "duration", "shard"),
    [
        (10, 1, 1e-9, (10, 2, 1)),  # few lanes are one task
        (6400, 1, 1e-9, (96, 2, 1)),  # a sixty-fourth of the lanes, in whole blocks of the kernels
        (2, 1000, 1e-9, (1, 1, 64)),
        (2, 20, 1e-9, (1, 2, 20)),
        (1000, 16, 1e-3, (1, 1, 16)),  # a block of lanes of 5e8 steps takes long enough
    ],
)
def test_tasks_are_large_enough_for_the_kernels_and_small_enough_to_lose(count, replicas, duration, shard):
    text = (HEAD + DEVICES + BIAS + ENGINE + KEEP).replace("count = 6", f"count = {count}")
    text = text.replace("replicas = 2", f"replicas = {replicas}").replace("duration = 2e-9", f"duration = {duration}")
    text = text.replace("sample_interval = 1e-10", "sample_interval = 1e-9")
    assert tasks_of(Specification.from_toml(text)).shard == shard
