"""Files of CIFAR, and what is broken in them."""

import numpy as np
import pytest
from picture_files import LOADERS, pack, write_cifar

from mtjphys.core.errors import DataError
from mtjphys.learning.data import cifar, download


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100"])
@pytest.mark.parametrize("packed", [True, False])
def test_cifar_files_come_back_normalised_channel_by_channel(tmp_path, dataset, packed):
    written = write_cifar(tmp_path, dataset)
    layout = cifar.LAYOUTS[dataset]
    if packed:
        pack(tmp_path, dataset)
    data = LOADERS[dataset](tmp_path, validation_samples=0)
    n_labels = len(layout.classes)
    for part, names in ((data.train, layout.train), (data.test, (layout.test,))):
        records = np.concatenate([written[name] for name in names])
        np.testing.assert_array_equal(part.targets, records[:, n_labels - 1])
        pixels = records[:, n_labels:].reshape(-1, 3, 1024) / 255
        mean, deviation = np.array([0.4914, 0.4822, 0.4465]), np.array([0.2023, 0.1994, 0.2010])
        expected = (pixels - mean[:, None]) / deviation[:, None]
        assert part.inputs.dtype == np.float32
        np.testing.assert_allclose(part.inputs, expected.reshape(-1, 3072), rtol=0, atol=2e-6)
    assert not packed or [path.name for path in tmp_path.iterdir()] == [layout.archive.name]


PICKLES = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}


@pytest.mark.parametrize("dataset", PICKLES)
def test_the_python_version_of_cifar_is_refused_by_its_name(tmp_path, dataset, monkeypatch):
    archive = cifar.LAYOUTS[dataset].archive.name
    pickled = tmp_path / archive.replace("binary", "python")
    pickled.write_bytes(b"never read")
    with pytest.raises(DataError, match=rf"{pickled}: is the Python version.*{archive}"):
        LOADERS[dataset](tmp_path)
    pickled.unlink()
    (folder := tmp_path / dataset / PICKLES[dataset]).mkdir(parents=True)
    for named in (tmp_path, folder):
        with pytest.raises(DataError, match=f"{folder}: is the Python version"):
            LOADERS[dataset](named)
    monkeypatch.setenv(download.DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="is the Python version"):
        LOADERS[dataset]()
    write_cifar(tmp_path, dataset)  # both are there: the binary one is read
    assert len(LOADERS[dataset](validation_samples=0).train.inputs)


def test_the_folder_of_cifar_itself_may_be_named(tmp_path):
    write_cifar(tmp_path, "cifar10")
    below = LOADERS["cifar10"](tmp_path / "cifar-10-batches-bin", validation_samples=0)
    above = LOADERS["cifar10"](tmp_path, validation_samples=0)
    np.testing.assert_array_equal(below.train.inputs, above.train.inputs)


def test_broken_cifar_files_are_refused_with_their_name(tmp_path):
    written = write_cifar(tmp_path, "cifar10")
    path = tmp_path / "cifar-10-batches-bin" / "data_batch_3.bin"
    content = written["data_batch_3.bin"].tobytes()

    def refused(message):
        with pytest.raises(DataError, match=message):
            LOADERS["cifar10"](tmp_path, validation_samples=0)

    path.write_bytes(content[:-1])
    refused(r"data_batch_3\.bin: has 30729 bytes, expected a multiple of 3073")
    path.write_bytes(content[:-3073])
    refused(r"data_batch_3\.bin has 9 images where test_batch\.bin has 10, expected 10")
    path.write_bytes(b"\x0a" + content[1:])
    refused(r"data_batch_3\.bin: holds 10 in byte 0 of an image, expected a label of 0 to 9")
    path.write_bytes(b"")
    refused(r"data_batch_3\.bin: has 0 bytes")
    path.unlink()
    refused(r"data_batch_3\.bin: no such file")


def test_a_broken_archive_is_refused_with_its_name(tmp_path):
    write_cifar(tmp_path, "cifar100")
    (tmp_path / "cifar-100-binary" / "test.bin").rename(tmp_path / "test.bin")
    archive = pack(tmp_path, "cifar100")
    (tmp_path / "test.bin").unlink()
    with pytest.raises(DataError, match=r"cifar-100-binary\.tar\.gz: lacks test\.bin"):
        LOADERS["cifar100"](tmp_path)
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"cifar-100-binary\.tar\.gz: .*broken or truncated"):
        LOADERS["cifar100"](tmp_path)


def test_the_coarse_label_of_cifar_100_is_checked_and_left_out(tmp_path):
    written = write_cifar(tmp_path, "cifar100")
    path = tmp_path / "cifar-100-binary" / "test.bin"
    path.write_bytes(b"\x14" + written["test.bin"].tobytes()[1:])
    with pytest.raises(DataError, match=r"test\.bin: holds 20 in byte 0 of an image, expected a label of 0 to 19"):
        LOADERS["cifar100"](tmp_path)
