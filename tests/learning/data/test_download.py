"""Downloads, from this machine to itself."""

import hashlib
import http.server
import sys
import threading

import numpy as np
import pytest
from picture_files import FASHION_SET, IMAGES, MNIST_SET, write_mnist

from mtjphys import learning
from mtjphys.core.errors import DataError
from mtjphys.learning.data import cifar, download, idx


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no XDG_CACHE_HOME")
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
