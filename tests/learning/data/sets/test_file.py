"""Data from files of arrays."""

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import DataError
from mtjphys.learning import data as datasets


def test_files_of_arrays(tmp_path):
    x, y = np.random.default_rng(1).standard_normal((40, 2)), np.arange(40) % 2
    np.savez(tmp_path / "whole.npz", inputs=x, targets=y)
    data, expected = datasets.from_file(tmp_path / "whole.npz", seed=3), learning.split(x, y, seed=3)
    np.testing.assert_array_equal(data.test.inputs, expected.test.inputs)
    np.savez(tmp_path / "parts.npz", train_inputs=x, train_targets=y, test_inputs=x[:3], test_targets=y[:3])
    data = datasets.from_file(tmp_path / "parts.npz")
    np.testing.assert_array_equal(data.test.inputs, x[:3].astype(np.float32))
    assert len(data.validation.targets) == 0

    def refused(name, message, **arrays):
        if arrays:
            np.savez(tmp_path / name, **arrays)
        with pytest.raises(DataError, match=rf"{name}: .*{message}"):
            datasets.from_file(tmp_path / name)

    refused("none.npz", "no such file")
    refused("lacking.npz", r"holds the arrays \['inputs'\], expected inputs and targets", inputs=x)
    refused("half.npz", "expected inputs and targets", train_inputs=x, train_targets=y, test_inputs=x)
    refused("shapes.npz", "expected .n_samples, n_inputs", inputs=x, targets=y[:3])
    refused("objects.npz", "not an npz file of numbers", inputs=np.array([{}]), targets=y)
    with (tmp_path / "array.npz").open("wb") as file:
        np.save(file, x)
    refused("array.npz", "not an npz file of numbers")
    content = (tmp_path / "whole.npz").read_bytes()
    (tmp_path / "short.npz").write_bytes(content[: len(content) // 2])
    refused("short.npz", "truncated")
    np.savez_compressed(tmp_path / "compressed.npz", inputs=x, targets=y)
    content = (tmp_path / "compressed.npz").read_bytes()
    for place in range(0, len(content), 3):  # a bit may be in what nobody reads
        (tmp_path / "flipped.npz").write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            data = datasets.from_file(tmp_path / "flipped.npz")
        except DataError as error:
            assert "flipped.npz" in str(error)
        else:
            np.testing.assert_array_equal(data.train.inputs, learning.split(x, y).train.inputs)
