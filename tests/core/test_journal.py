"""A journaled file is as after one of its commits, wherever the process that writes it ends."""

import errno
import os

import numpy as np
import pytest

from mtjphys.core import journal
from mtjphys.core.journal import Changes, JournaledFile, discard, journal_of, recover

PAGE = journal.PAGE


class Twin:
    """The obvious file: bytes in memory, written with the same calls."""

    def __init__(self, content):
        self.content = bytearray(content)

    def write(self, start, data):
        self.content.extend(bytes(max(0, start - len(self.content))))
        self.content[start : start + len(data)] = data

    def truncate(self, size):
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))


def change(file, twin, stream, growing):
    """Write a piece somewhere, most often at the end, or cut and grow the file, on both."""
    size = len(twin.content)
    if not growing and stream.random() < 0.1:
        size = int(stream.integers(size + 2 * PAGE))
        file.truncate(size)
        twin.truncate(size)
        return
    start = size if stream.random() < 0.4 else int(stream.integers(size + 100))
    data = stream.bytes(int(stream.choice([1, 40, PAGE, 3 * PAGE + 7])))
    file.seek(start)
    assert file.write(data) == len(data)
    twin.write(start, data)


def read(file, start, n):
    file.seek(start)
    return file.read(n)


@pytest.mark.parametrize("seed", range(5))
def test_it_reads_what_was_written_as_a_plain_file_does(tmp_path, seed):
    path, stream = tmp_path / "file", np.random.default_rng(seed)
    path.write_bytes(stream.bytes(5 * PAGE + 3))
    twin = Twin(path.read_bytes())
    with JournaledFile(path) as file:
        for k in range(60):
            change(file, twin, stream, growing=False)
            start = int(stream.integers(len(twin.content) + 1))
            n = int(stream.integers(1, 4 * PAGE))
            assert read(file, start, n) == twin.content[start : start + n]
            if k % 17 == 16:
                file.commit()
                assert path.read_bytes() == twin.content
        file.commit()
    assert path.read_bytes() == twin.content
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("growing", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_wherever_it_ends_the_file_is_as_after_a_commit(tmp_path, monkeypatch, seed, growing):
    path, stream = tmp_path / "file", np.random.default_rng(seed)
    path.write_bytes(stream.bytes(3 * PAGE + 5))
    twin = Twin(path.read_bytes())
    committed = [bytes(twin.content)]
    moments = []  # what is on the disk, and the commits done then
    write_all, fsync = journal.write_all, os.fsync

    def keep():
        there = journal_of(path)
        moments.append((path.read_bytes(), there.read_bytes() if there.exists() else None, len(committed) - 1))

    def half_written(file, content):
        view = memoryview(content)
        write_all(file, view[: len(view) // 2])
        keep()
        write_all(file, view[len(view) // 2 :])
        keep()

    def synced(descriptor):
        keep()
        fsync(descriptor)

    monkeypatch.setattr(journal, "write_all", half_written)
    monkeypatch.setattr(os, "fsync", synced)
    file = JournaledFile(path)
    for _ in range(6):
        for _ in range(4):
            change(file, twin, stream, growing)
        committed.append(bytes(twin.content))
        file.commit()
    change(file, twin, stream, growing)
    file.close()
    monkeypatch.undo()
    committed.append(committed[-1])

    for content, changes, done in moments:
        path.write_bytes(content)
        if changes is not None:
            journal_of(path).write_bytes(changes)
        with JournaledFile(path) as file:
            found = file.read()
        # A commit is in the list when it begins.
        assert found in committed[max(0, done - 1) : done + 1]
        assert path.read_bytes() == found
        assert not journal_of(path).exists()


def test_recovering_does_nothing_to_a_file_that_is_being_written(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    recover(path)
    with JournaledFile(path) as file:
        file.write(b"new")
        recover(path)
        file.commit()
        with pytest.raises(BlockingIOError):
            JournaledFile(path)
        with pytest.raises(BlockingIOError):
            discard(path)
    assert path.read_bytes() == b"new" + bytes(97)


def test_changes_that_are_not_whole_are_no_changes():
    sealed = Changes(10, b"a" * 32, b"b" * 32, [(3, b"xyz"), (700, b"")]).to_bytes()
    assert Changes.from_bytes(sealed) == Changes(10, b"a" * 32, b"b" * 32, [(3, b"xyz"), (700, b"")])
    assert Changes.from_bytes(b"") is None
    for k in range(len(sealed)):
        assert Changes.from_bytes(sealed[:k]) is None
        assert Changes.from_bytes(sealed[:k] + bytes([sealed[k] ^ 4]) + sealed[k + 1 :]) is None


def test_an_error_while_writing_waits_for_the_commit_and_nothing_counts(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with JournaledFile(path) as file:

        def full(file, content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        file.seek(3)
        with monkeypatch.context() as patch:
            patch.setattr(journal, "write_all", full)
            assert file.write(b" and new") == 8
        assert read(file, 0, 20) == b"old and new"
        with pytest.raises(OSError, match="No space left"):
            file.commit()
        file.rollback()
        assert read(file, 0, 20) == b"old"
        file.seek(3)
        file.write(b"er")
        file.commit()
    assert path.read_bytes() == b"older"


def test_a_file_that_is_gone_is_not_committed(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with JournaledFile(path) as file:
        file.write(b"new")
        path.rename(tmp_path / "elsewhere")
        with pytest.raises(FileNotFoundError, match="has been moved or removed"):
            file.commit()
    assert (tmp_path / "elsewhere").read_bytes() == b"old"
