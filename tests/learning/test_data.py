"""Data sets: files, downloads, splits, generated data; what is broken is refused with its name."""

import gzip
import hashlib
import http.server
import sys
import tarfile
import threading
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from mtjphys import learning
from mtjphys.core.errors import DataError, MtjphysError, MtjphysWarning, ParameterError
from mtjphys.learning import data as datasets
from mtjphys.learning.data import cifar, download, idx
from mtjphys.learning.data.samples import validation_part

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist"
IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = idx.NAMES
MNIST_SET = import_module("mtjphys.learning.data.sets.mnist")
FASHION_SET = import_module("mtjphys.learning.data.sets.fashion_mnist")


@pytest.fixture(autouse=True)
def no_data_of_the_user(monkeypatch, tmp_path):
    """Keep the tests away from the user's cache, and from the network."""
    monkeypatch.delenv(download.DATA_VARIABLE, raising=False)
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))


def idx_bytes(array):
    header = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def small_mnist(n_train=40, n_test=10, seed=0):
    """Return the four arrays, with about MNIST's mean."""
    stream = np.random.default_rng(seed)
    arrays = []
    for n in (n_train, n_test):
        ink = stream.random((n, 28, 28)) < 0.26
        arrays += [ink * stream.integers(0, 256, ink.shape), stream.permutation(np.arange(n) % 10)]
    return dict(zip(idx.NAMES, arrays, strict=True))


def write_mnist(folder, arrays=None, *, compressed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in (small_mnist() if arrays is None else arrays).items():
        content = idx_bytes(array)
        path = folder / (name if compressed else name.removesuffix(".gz"))
        path.write_bytes(gzip.compress(content) if compressed else content)
    return folder


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("below", ["", "mnist"])
def test_idx_files_come_back_normalised(tmp_path, compressed, below):
    arrays = small_mnist()
    write_mnist(tmp_path / below, compressed=compressed)
    data = learning.mnist(tmp_path, validation_samples=0)
    for part, images, labels in ((data.train, IMAGES, LABELS), (data.test, TEST_IMAGES, TEST_LABELS)):
        assert part.inputs.dtype == np.float32
        expected = (arrays[images].reshape(len(arrays[images]), 784) / 255 - 0.1307) / 0.3081
        np.testing.assert_allclose(part.inputs, expected, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(part.targets, arrays[labels])
    assert data.validation.inputs.shape == (0, 784)


def test_the_folder_of_the_data_set_comes_before_the_one_around_it(tmp_path):
    write_mnist(tmp_path, small_mnist(seed=1))
    write_mnist(tmp_path / "mnist", small_mnist(seed=2))
    data = learning.mnist(tmp_path, validation_samples=0)
    np.testing.assert_array_equal(data.train.targets, small_mnist(seed=2)[LABELS])


def test_fashion_mnist_has_constants_of_its_own_and_is_not_mistaken_for_mnist(tmp_path):
    write_mnist(tmp_path / "mnist")
    with pytest.warns(MtjphysWarning, match=r"fashion_mnist: .* mean -0\.4"):
        data = learning.fashion_mnist(tmp_path / "mnist", validation_samples=0)
    pixels = small_mnist()[IMAGES].reshape(-1, 784)
    np.testing.assert_allclose(data.train.inputs, (pixels / 255 - 0.2860) / 0.3530, rtol=0, atol=1e-6)
    with pytest.raises(DataError, match="'fashion_mnist'"):
        learning.fashion_mnist(tmp_path)


def test_validation_samples_are_taken_from_the_training_data_only(tmp_path):
    write_mnist(tmp_path)
    whole = learning.mnist(tmp_path, validation_samples=0)
    data = learning.mnist(tmp_path, validation_samples=10, seed=1)
    np.testing.assert_array_equal(np.bincount(data.validation.targets), np.ones(10))
    rows = np.concatenate([data.train.inputs, data.validation.inputs])
    assert {row.tobytes() for row in rows} == {row.tobytes() for row in whole.train.inputs}
    np.testing.assert_array_equal(data.test.inputs, whole.test.inputs)
    again = learning.mnist(tmp_path, validation_samples=10, seed=1)
    np.testing.assert_array_equal(data.validation.inputs, again.validation.inputs)
    other = learning.mnist(tmp_path, validation_samples=10, seed=2)
    assert not np.array_equal(data.validation.inputs, other.validation.inputs)


@pytest.mark.parametrize("n_aside", [0, 1, 7, 50, 99])
def test_every_class_is_set_aside_in_its_proportion(n_aside):
    targets = np.random.default_rng(1).permutation(np.repeat([0, 1, 2], [60, 30, 10]))
    left, aside = validation_part(targets, n_aside, seed=4)
    assert len(aside) == n_aside
    np.testing.assert_array_equal(np.sort(np.concatenate([left, aside])), np.arange(100))
    counts = np.bincount(targets[aside], minlength=3)
    assert np.all(np.abs(counts - np.array([0.6, 0.3, 0.1]) * n_aside) <= 1)


def test_nothing_left_to_train_on_is_refused(tmp_path):
    write_mnist(tmp_path)
    with pytest.raises(ParameterError, match=r"validation_samples=40 .*\[0, 39\].* there are 40 training samples"):
        learning.mnist(tmp_path, validation_samples=40)
    with pytest.raises(ParameterError, match=r"validation_samples=0.1 is not a whole number"):
        learning.mnist(tmp_path, validation_samples=0.1)


def broken(content, change):
    return {
        "magic": b"\x00\x00\x0d\x03" + content[4:],
        "short": content[:-1],
        "long": content + b"\x00",
        "header": content[:10],
        "rows": content[:8] + np.array([20, 28], ">u4").tobytes() + content[16:],
    }[change]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("magic", "begins with the magic number 0x00000d03, expected 0x00000803"),
        ("short", "has 31375 bytes, expected 31376 for 40 items of shape"),
        ("long", "has 31377 bytes, expected 31376"),
        ("header", "truncated in its header of 16 bytes, it has 10"),
        ("rows", r"items of shape \(20, 28\), expected \(28, 28\)"),
    ],
)
@pytest.mark.parametrize("compressed", [True, False])
def test_broken_idx_files_are_refused_with_their_name(tmp_path, change, message, compressed):
    write_mnist(tmp_path, compressed=compressed)
    path = tmp_path / (IMAGES if compressed else IMAGES.removesuffix(".gz"))
    content = broken(idx_bytes(small_mnist()[IMAGES]), change)
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(DataError, match=f"{path.name}: .*{message}"):
        learning.mnist(tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "not gzip"])
def test_broken_compression_is_refused_with_the_name(tmp_path, damage):
    write_mnist(tmp_path)
    content = bytearray((tmp_path / IMAGES).read_bytes())
    if damage == "truncated":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 255
    else:
        content = b"<html>not found</html>"
    (tmp_path / IMAGES).write_bytes(content)
    with pytest.raises(DataError, match=rf"{IMAGES}: .*broken or truncated"):
        learning.mnist(tmp_path)


def test_labels_that_do_not_fit_are_refused(tmp_path):
    arrays = small_mnist()
    write_mnist(tmp_path, arrays | {LABELS: arrays[LABELS][:-1]})
    with pytest.raises(DataError, match=rf"{LABELS}: has 39 labels for the 40 images"):
        learning.mnist(tmp_path)
    write_mnist(tmp_path, arrays | {TEST_LABELS: arrays[TEST_LABELS] + 1})
    with pytest.raises(DataError, match=rf"{TEST_LABELS}: holds the label 10, expected 0 to 9"):
        learning.mnist(tmp_path)
    with pytest.raises(DataError, match="magic number 0x00000803, expected 0x00000801"):
        datasets.read_idx(tmp_path / IMAGES)


@pytest.mark.skipif(not MNIST.is_dir(), reason="the shared copy of MNIST is not here")
def test_the_real_mnist():
    data = learning.mnist(MNIST)
    assert [part.inputs.shape for part in data] == [(55000, 784), (5000, 784), (10000, 784)]
    counts = np.bincount(data.train.targets) + np.bincount(data.validation.targets)
    # Published counts of the digits 0 to 9.
    assert counts.tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert data.test.targets[:5].tolist() == [7, 2, 1, 0, 4]
    inputs = data.train.inputs
    assert abs(inputs.mean()) < 2e-3
    assert abs(inputs[::10].std() - 1) < 2e-3
    np.testing.assert_allclose([inputs.min(), inputs.max()], [-0.1307 / 0.3081, 0.8693 / 0.3081], rtol=1e-6)


# Downloads, from this machine to itself.


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        self.server.requests.append(self.path)

    def copyfile(self, source, output):
        if self.path.endswith("cut.bin"):  # breaks off after what was announced has begun
            output.write(source.read(1000))
            self.close_connection = True
        else:
            super().copyfile(source, output)


@pytest.fixture
def server(tmp_path):
    """Serve the folder `served`; the server counts the requests."""
    (tmp_path / "served").mkdir()

    def handler(*arguments):
        return Handler(*arguments, directory=tmp_path / "served")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.requests = []
        threading.Thread(target=running.serve_forever, daemon=True).start()
        running.address = f"http://127.0.0.1:{running.server_port}/"
        yield running
        running.shutdown()


def remote(server, name, content, mirrors=None):
    return download.Remote(name, hashlib.sha256(content).hexdigest(), mirrors or (server.address,))


def test_a_data_set_is_downloaded_once(tmp_path, server, monkeypatch):
    write_mnist(tmp_path / "served")
    files = [remote(server, name, (tmp_path / "served" / name).read_bytes()) for name in idx.NAMES]
    monkeypatch.setattr(MNIST_SET, "IMAGES", MNIST_SET.IMAGES._replace(files=tuple(files)))
    first = learning.mnist(validation_samples=0)
    assert len(server.requests) == 4
    cached = download.cache_folder() / "mnist"
    assert cached == tmp_path / "cache" / "mtjphys" / "mnist"
    assert sorted(path.name for path in cached.iterdir()) == sorted(idx.NAMES)
    second = learning.mnist(validation_samples=0)
    assert len(server.requests) == 4
    np.testing.assert_array_equal(first.train.inputs, second.train.inputs)


def test_wrong_bytes_are_refused_and_leave_no_file(tmp_path, server):
    (tmp_path / "served" / "a.bin").write_bytes(b"wrong")
    target = tmp_path / "target"
    right = remote(server, "a.bin", b"right")
    with pytest.raises(DataError, match=rf"a\.bin: what came has not the published .*{right.sha256}\): try"):
        download.download(right, target)
    assert list(target.iterdir()) == []


def test_the_next_mirror_is_tried(tmp_path, server):
    (tmp_path / "served" / "good").mkdir()
    (tmp_path / "served" / "good" / "a.bin").write_bytes(b"right")
    mirrors = (server.address + "missing/", "http://127.0.0.1:1/", server.address + "good/")
    path = download.download(remote(server, "a.bin", b"right", mirrors), tmp_path / "target")
    assert path.read_bytes() == b"right"
    assert [p.name for p in path.parent.iterdir()] == ["a.bin"]
    with pytest.raises(DataError, match=r"missing/a\.bin: the answer was 404 .*127\.0\.0\.1:1/a\.bin: no connection\)"):
        download.download(remote(server, "a.bin", b"right", mirrors[:2]), tmp_path / "other")


def test_an_answer_that_breaks_off_is_one_sentence_and_leaves_no_file(tmp_path, server):
    content = bytes(300_000)
    (tmp_path / "served" / "cut.bin").write_bytes(content)
    with pytest.raises(DataError, match=r"cut\.bin: (the answer broke off|no connection).*: try again") as caught:
        download.download(remote(server, "cut.bin", content), tmp_path / "target")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "target").iterdir()) == []


def test_an_interrupted_download_leaves_no_file(tmp_path, server, monkeypatch):
    (tmp_path / "served" / "a.bin").write_bytes(b"right")

    def interrupt(*arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr("pooch.core.hash_matches", interrupt)
    with pytest.raises(KeyboardInterrupt):
        download.download(remote(server, "a.bin", b"right"), tmp_path / "target")
    assert list((tmp_path / "target").iterdir()) == []


def test_a_download_shows_its_progress_on_a_terminal(tmp_path, server, monkeypatch, capsys):
    (tmp_path / "served" / "a.bin").write_bytes(b"right")
    download.download(remote(server, "a.bin", b"right"), tmp_path / "one")
    assert capsys.readouterr().err == ""  # nobody looks
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    download.download(remote(server, "a.bin", b"right"), tmp_path / "two")
    assert "a.bin: 100%" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path, server):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match=r"a\.bin cannot be stored there"):
        download.download(remote(server, "a.bin", b"right"), tmp_path / "file")


def test_a_named_folder_is_never_written_to(tmp_path, monkeypatch):
    def nothing(*arguments):
        raise AssertionError("downloads")

    monkeypatch.setattr(download, "download", nothing)
    with pytest.raises(DataError, match=rf"{tmp_path.name}: holds no {IMAGES} or train.*do without data_dir"):
        learning.mnist(tmp_path)
    monkeypatch.setenv(download.DATA_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match="do without MTJPHYS_DATA"):
        learning.mnist()
    write_mnist(tmp_path / "mnist")
    assert len(learning.mnist(validation_samples=0).train.inputs) == 40
    with pytest.raises(DataError, match="do without data_dir"):
        learning.mnist(tmp_path / "elsewhere")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folder of this platform")
def test_the_cache_is_where_the_platform_keeps_caches(tmp_path, monkeypatch):
    assert download.cache_folder() == tmp_path / "cache" / "mtjphys"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert download.cache_folder() == tmp_path / "home" / ".cache" / "mtjphys"


def test_the_published_hashes_are_pinned():
    remotes = [file for one in (MNIST_SET, FASHION_SET) for file in one.IMAGES.files]
    remotes += [layout.archive for layout in cifar.LAYOUTS.values()]
    assert len({remote.sha256 for remote in remotes}) == len(remotes) == 10
    assert all(len(bytes.fromhex(remote.sha256)) == 32 and remote.mirrors for remote in remotes)


# CIFAR


LOADERS = {"cifar10": learning.data.cifar10, "cifar100": learning.data.cifar100}


def write_cifar(folder, dataset, n_test=10, seed=0):
    """Write random records, labels and all; return them by file."""
    layout, stream = cifar.LAYOUTS[dataset], np.random.default_rng(seed)
    target = folder / layout.folder
    target.mkdir(parents=True)
    written = {}
    for name in (layout.test, *layout.train):
        n = n_test if name == layout.test else 5 * n_test // len(layout.train)
        labels = np.column_stack([stream.integers(0, n_classes, n) for n_classes in layout.classes])
        written[name] = np.hstack([labels, stream.integers(0, 241, (n, 3072))]).astype(np.uint8)
        (target / name).write_bytes(written[name].tobytes())
    return written


def pack(folder, dataset):
    """Pack the files in another order than that of their names, as an archive may."""
    layout = cifar.LAYOUTS[dataset]
    with tarfile.open(folder / layout.archive.name, "w:gz") as archive:
        for path in sorted((folder / layout.folder).iterdir(), reverse=True):
            archive.add(path, f"{layout.folder}/{path.name}")
            path.unlink()
    (folder / layout.folder).rmdir()
    return folder / layout.archive.name


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


@pytest.mark.parametrize("dataset", ["cifar10", "cifar100"])
def test_the_stand_in_reads_like_cifar_and_can_be_learned(tmp_path, dataset):
    folder = datasets.write_cifar_stand_in(tmp_path, dataset, test_samples=200, seed=3)
    data = datasets.load(dataset, data_dir=folder, validation_samples=100)
    n_classes = cifar.LAYOUTS[dataset].classes[-1]
    assert [len(part.targets) for part in data] == [900, 100, 200]
    assert np.bincount(data.test.targets).tolist() == [200 // n_classes] * n_classes
    centres = np.stack([data.train.inputs[data.train.targets == k].mean(axis=0) for k in range(n_classes)])
    distances = ((data.test.inputs[:, None] - centres) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == data.test.targets).mean() > 0.95
    with pytest.raises(ParameterError, match="test_samples=7 samples is outside"):
        datasets.write_cifar_stand_in(tmp_path, dataset, test_samples=7)
    with pytest.raises(ParameterError, match="not a multiple"):
        datasets.write_cifar_stand_in(tmp_path, dataset, test_samples=201)
    with pytest.raises(ParameterError, match="dataset='cifar' is unknown"):
        datasets.write_cifar_stand_in(tmp_path, "cifar")


# Augmentation


def crop_and_flip_naively(images, stream, padding, fill):
    n, channels, height, width = images.shape
    top, left = stream.integers(0, 2 * padding + 1, (2, n))
    flipped = stream.random(n) < 0.5
    result = np.empty_like(images)
    for k in range(n):
        for c in range(channels):
            for i in range(height):
                for j in range(width):
                    y, x = i + top[k] - padding, (width - 1 - j if flipped[k] else j) + left[k] - padding
                    inside = 0 <= y < height and 0 <= x < width
                    result[k, c, i, j] = images[k, c, y, x] if inside else fill[c]
    return result


def test_crop_and_flip_is_its_naive_twin():
    images = np.random.default_rng(0).standard_normal((16, 3, 6, 5)).astype(np.float32)
    before = images.copy()
    augment = datasets.CropAndFlip(6, 5, 3, padding=2, fill=(-1.0, -2.0, -3.0))
    found = augment(images.reshape(16, -1), np.random.default_rng(7))
    expected = crop_and_flip_naively(images, np.random.default_rng(7), 2, (-1, -2, -3))
    np.testing.assert_array_equal(found, expected.reshape(16, -1))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(images, before)


def test_every_crop_and_both_directions_are_equally_likely():
    n = 20_000
    images = np.tile(np.arange(1.0, 10.0), (n, 1))  # 3 x 3
    centres = datasets.CropAndFlip(3, 3, 1, padding=1)(images, np.random.default_rng(3)).reshape(n, 3, 3)
    # The nine crops have the nine pixels in their centre; a flip shows in where the 5 is.
    counts = np.bincount(centres[:, 1, 1].astype(int), minlength=10)[1:]
    # 18 counts, each within 5 standard deviations: false alarm below 1e-5.
    assert np.all(np.abs(counts - n / 9) < 5 * np.sqrt(n * 8 / 81))
    left = (centres == 5).any(axis=1)
    shifted = left[~left[:, 1]]
    assert abs(shifted[:, 0].mean() - 0.5) < 5 * 0.5 / np.sqrt(len(shifted))


def test_the_margin_of_cifar_is_black(tmp_path):
    images = np.ones((64, 3072), np.float32)
    result = datasets.cifar_augmentation()(images, np.random.default_rng(1)).reshape(64, 3, 1024)
    for channel, (mean, deviation) in enumerate(zip(cifar.MEAN, cifar.DEVIATION, strict=True)):
        np.testing.assert_allclose(np.unique(result[:, channel]), [-mean / deviation, 1], rtol=1e-6)


def test_bad_augmentations_are_refused():
    with pytest.raises(ParameterError, match="padding=-1"):
        datasets.CropAndFlip(3, 3, 1, padding=-1)
    with pytest.raises(ParameterError, match=r"fill=.* has 2 values"):
        datasets.CropAndFlip(3, 3, 3, fill=(0.0, 1.0))
    with pytest.raises(ParameterError, match=r"inputs of shape \(4, 8\)"):
        datasets.CropAndFlip(3, 3, 1)(np.ones((4, 8)), np.random.default_rng(1))


def test_training_takes_the_augmentation(tmp_path):
    data = LOADERS["cifar10"](datasets.write_cifar_stand_in(tmp_path, test_samples=10), validation_samples=10)

    def train(augment):
        network = learning.Network([3072, 8, 10], seed=1)
        training = learning.Training(
            network, learning.BP(), data, learning.Adam(1e-3), epochs=2, batch_size=16, seed=2, augment=augment
        )
        training.run(progress=False)
        return network.weights[0]

    augment = datasets.cifar_augmentation()
    np.testing.assert_array_equal(train(augment), train(augment))
    assert not np.array_equal(train(augment), train(None))


# Generated data and arrays


def test_the_student_is_asked_what_the_teacher_answers():
    data = datasets.teacher_student((3, 4, 2), 50, seed=5, validation_samples=7, test_samples=0)
    network = datasets.teacher((3, 4, 2), seed=5)
    hidden = data.train.inputs @ network.weights[0].T + network.biases[0]
    hidden = np.where(hidden > 0, hidden, 0.01 * hidden)
    np.testing.assert_allclose(data.train.targets, hidden @ network.weights[1].T + network.biases[1], rtol=1e-5)
    assert learning.evaluate(network, data.validation, learning.SquaredError()).loss < 1e-12
    assert [part.targets.shape for part in data] == [(50, 2), (7, 2), (0, 2)]
    assert data.train.inputs.dtype == data.train.targets.dtype == np.float32


def test_a_teacher_has_the_activation_and_the_biases_asked_for():
    tanh = learning.Tanh()
    data = datasets.teacher_student((3, 4, 2), 50, seed=5, activation=tanh, bias_deviation=0.0)
    network = datasets.teacher((3, 4, 2), seed=5, bias_deviation=0.0)
    assert not any(biases.any() for biases in network.biases)
    expected = np.tanh(data.train.inputs @ network.weights[0].T) @ network.weights[1].T
    np.testing.assert_allclose(data.train.targets, expected, rtol=1e-4, atol=1e-6)
    biases = datasets.teacher((2, 400, 1), seed=5, bias_deviation=0.3).biases[0]
    assert abs(biases.std() / 0.3 - 1) < 5 / np.sqrt(2 * 400)


def test_teacher_and_student_of_one_seed_differ_and_parts_do_not_depend_on_each_other():
    teacher, student = datasets.teacher((2, 50, 50, 1), seed=5), learning.Network((2, 50, 50, 1), seed=5)
    correlation = np.corrcoef(teacher.weights[1].ravel(), student.weights[1].ravel())[0, 1]
    assert abs(correlation) < 5 / 50  # 5 standard deviations
    # Normal with the variance 2/fan-in: 5 standard deviations of a variance from 2500 weights.
    assert abs(teacher.weights[1].var() * 50 / 2 - 1) < 5 * np.sqrt(2 / 2500)
    few, many = datasets.teacher_student(n_samples=5, seed=1), datasets.teacher_student(n_samples=9, seed=1)
    np.testing.assert_array_equal(few.train.inputs, many.train.inputs[:5])
    np.testing.assert_array_equal(few.test.inputs, many.test.inputs)
    assert not np.array_equal(few.test.inputs[:5], few.validation.inputs[:5])
    assert not np.array_equal(few.test.inputs[:5], few.train.inputs)
    with pytest.raises(ParameterError, match="n_samples=0"):
        datasets.teacher_student(n_samples=0)


def test_split_is_stratified_disjoint_and_normalised_by_the_training_data():
    stream = np.random.default_rng(2)
    targets = np.repeat([0, 1, 2], [100, 50, 30])
    inputs = np.column_stack([np.arange(180.0), stream.standard_normal(180)])
    data = learning.split(inputs, targets, validation_fraction=0.1, test_fraction=0.2, seed=3)
    assert np.bincount(data.test.targets).tolist() == [20, 10, 6]
    assert np.bincount(data.validation.targets).tolist() == [10, 5, 3]
    values = np.concatenate([part.inputs[:, 0] for part in data])
    assert np.unique(values).size == 180
    assert abs(data.train.inputs.mean()) < 1e-5
    assert abs(data.train.inputs.std() - 1) < 1e-5
    assert abs(data.test.inputs.mean()) > 1e-5
    again = learning.split(inputs, targets, seed=3)
    np.testing.assert_array_equal(data.test.inputs, again.test.inputs)
    other = learning.split(inputs, targets, seed=4)
    assert not np.array_equal(data.test.inputs, other.test.inputs)


def test_split_of_a_regression_keeps_inputs_and_values_together():
    inputs = np.random.default_rng(1).standard_normal((100, 3))
    data = learning.split(inputs, inputs[:, 0], validation_fraction=0.2, test_fraction=0.3)
    assert [part.targets.shape for part in data] == [(50, 1), (20, 1), (30, 1)]
    together = np.concatenate([part.targets for part in data])[:, 0]
    np.testing.assert_array_equal(np.sort(together), np.sort(inputs[:, 0].astype(np.float32)))
    scale = data.train.inputs[0, 0] - data.train.inputs[1, 0]
    scale /= data.train.targets[0, 0] - data.train.targets[1, 0]
    for part in data:
        offset = part.inputs[:, 0] - scale * part.targets[:, 0]
        np.testing.assert_allclose(offset, offset[0], atol=1e-4)


@pytest.mark.parametrize(
    ("inputs", "targets", "changes", "message"),
    [
        (np.zeros((4, 2)), np.zeros(3, int), {}, "shape"),
        (np.full((4, 2), np.nan), np.zeros(4, int), {}, "8 inputs are NaN"),
        (np.full((4, 2), 1e39), np.zeros(4, int), {}, "8 inputs are .* beyond the range of float32"),
        (np.eye(4), np.array([0.0, np.inf, 0.0, 0.0]), {}, "1 targets are NaN or infinite"),
        (np.eye(4), np.array([0, 1, -1, 0]), {}, "class number -1"),
        (np.eye(4), np.array(["a", "b", "a", "b"]), {}, "targets of type <U1"),
        (np.ones((40, 2)), np.zeros(40, int), {}, "nothing to learn"),
        (np.ones((0, 2)), np.zeros(0, int), {}, "0 samples leave none"),
        (np.eye(4), np.zeros(4, int), {"test_fraction": 0.9, "validation_fraction": 0.1}, "5 %"),
        (np.eye(4), np.zeros(4, int), {"test_fraction": -0.1}, r"test_fraction=-0.1"),
        (np.eye(40), np.arange(40) // 5, {}, r"validation_fraction=0.1 takes none of 40 samples"),
        (np.eye(40), np.arange(40) // 2, {"validation_fraction": 0}, r"test_fraction=0.2 takes none of 40 samples"),
    ],
)
def test_bad_data_are_refused(inputs, targets, changes, message):
    with pytest.raises((DataError, ParameterError), match=message):
        learning.split(inputs, targets, **changes)


def test_any_arrays_are_taken_as_they_are():
    x = np.arange(12.0).reshape(6, 2)
    data = datasets.from_arrays((x, np.arange(6) % 3), test=(x[:2], [0, 1]))
    np.testing.assert_array_equal(data.train.inputs, x)
    assert data.train.inputs.dtype == np.float32
    assert data.train.targets.dtype == data.validation.targets.dtype == np.int64
    assert data.validation.inputs.shape == (0, 2)
    assert data.test.targets.tolist() == [0, 1]
    single = x.astype(np.float32)
    assert datasets.from_arrays((single, x)).train.inputs is single
    with pytest.raises(DataError, match="test inputs of shape"):
        datasets.from_arrays((x, x), test=(x[:, :1], x))
    with pytest.raises(DataError, match="class numbers or values in all parts"):
        datasets.from_arrays((x, np.arange(6)), validation=(x, x))
    with pytest.raises(DataError, match="no training samples"):
        datasets.from_arrays((x[:0], x[:0]))


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


def test_data_sets_by_name(tmp_path):
    write_mnist(tmp_path)
    data = datasets.load("mnist", data_dir=tmp_path, validation_samples=4, seed=1)
    assert len(data.validation.targets) == 4
    with pytest.raises(ParameterError, match=r"data='minst' is unknown; did you mean mnist"):
        datasets.load("minst")
    with pytest.raises(ParameterError, match="'digits' do not take data_dir; known: seed"):
        datasets.load("digits", data_dir=tmp_path)


def test_digits_without_scikit_learn_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MtjphysError, match=r"mtjphys\[learn\]"):
        learning.digits()
