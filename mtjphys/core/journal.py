"""A file that changes by whole commits: whatever ends the process, it is as after one of them.

What is written behind the end that the file had at its last commit goes straight to the disk, for nothing refers to it
yet. What is written before that end is kept in memory. A commit first writes it to a journal beside the file, closed by
a checksum, and then to its place: a journal that is whole is carried out by whoever opens the file next, one that is
not is ignored, and what stands behind the end of the last commit is cut off.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import struct
import sys
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Self

from mtjphys.core.files import sync_folder
from mtjphys.core.locking import locked, same_file

PAGE = 4096
SYNC_BYTES = 2**25
"""Written bytes after which the disk is set to work while the caller goes on."""

ATTEMPTS = 500

_BLOCK = struct.Struct("<8sQQ32s32s")
"""What it is; length of the file; number of pieces; digests of the file's head before and after the changes."""
_PLACE = struct.Struct("<QQ")
"""Where a piece goes, and its bytes."""
_NAME = b"changes\0"
_HEAD = 512
_DIGEST = hashlib.sha256().digest_size
_RECORD_SIZE = _BLOCK.size + _DIGEST


def journal_of(path: Path) -> Path:
    """Return the name of the journal of a file."""
    return path.with_name(path.name + ".journal")


class Changes(NamedTuple):
    """What a commit does to a file; without pieces, the state that it is in."""

    length: int  # bytes of the file then
    before: bytes  # digest of its head, by which it is known
    after: bytes
    pieces: list[tuple[int, bytes]]  # where, what

    def apply(self, file: io.FileIO) -> None:
        """Carry the changes out, once or again."""
        for start, content in self.pieces:
            file.seek(start)
            write_all(file, content)
        file.truncate(self.length)
        os.fsync(file.fileno())

    def to_bytes(self) -> bytes:
        """Return the changes with a checksum."""
        head = _BLOCK.pack(_NAME, self.length, len(self.pieces), self.before, self.after)
        places = [_PLACE.pack(start, len(content)) for start, content in self.pieces]
        content = b"".join([head, *places, *(content for _, content in self.pieces)])
        return content + hashlib.sha256(content).digest()

    @classmethod
    def from_bytes(cls, sealed: bytes) -> Self | None:
        """Return what `to_bytes` was called on, or None if that is not whole."""
        content, digest = sealed[:-_DIGEST], sealed[-_DIGEST:]
        if hashlib.sha256(content).digest() != digest or content[: len(_NAME)] != _NAME:
            return None
        _, length, n, before, after = _BLOCK.unpack_from(content)
        pieces = []
        at = _BLOCK.size + n * _PLACE.size
        for k in range(n):
            start, size = _PLACE.unpack_from(content, _BLOCK.size + k * _PLACE.size)
            pieces.append((start, content[at : at + size]))
            at += size
        return cls(length, before, after, pieces)


def write_all(file: io.FileIO, content: bytes | memoryview) -> None:
    """Write to the disk, in as many calls as it takes."""
    view = memoryview(content)
    while view:
        view = view[file.write(view) :]


def _head(file: io.RawIOBase) -> bytes:
    """Return the digest of the first bytes of a file, by which its states are known."""
    file.seek(0)
    return hashlib.sha256(file.read(_HEAD) or b"").digest()


def _read(journal: io.FileIO) -> tuple[Changes | None, Changes | None]:
    """Return the state at the last commit, and the changes that are to be carried out, if the journal knows them."""
    journal.seek(0)
    content = journal.readall()
    return Changes.from_bytes(content[:_RECORD_SIZE]), Changes.from_bytes(content[_RECORD_SIZE:])


def recover(path: Path) -> None:
    """Finish the commit that a process was killed in, if there is one; do nothing while the file is being written.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    OSError
        If that cannot be done, because the file may not be written for one.
    """
    for _ in range(ATTEMPTS):
        try:
            with io.FileIO(journal_of(path)) as journal:
                if _read(journal)[1] is None:
                    return
            JournaledFile(path).close()
        except FileNotFoundError:
            return
        except BlockingIOError:  # a commit in progress is over in no time
            time.sleep(0.01)


def discard(path: Path) -> None:
    """Remove the journal that is left beside a file which is to be replaced.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    BlockingIOError
        If another process is writing the file.
    """
    if journal_of(path).exists():
        with locked(journal_of(path)):
            journal_of(path).unlink()


class JournaledFile(io.RawIOBase):
    """An existing file, to be read and changed by one process; changes count once they are committed.

    An error while writing is kept, and raised by `commit`: what writes through this file, HDF5 for one, is not
    disturbed by a disk that is full, and can close whatever it has open.

    Parameters
    ----------
    path : Path
        The file.

    Attributes
    ----------
    failure : BaseException or None
        What went wrong since the last commit.

    Raises
    ------
    BlockingIOError
        If another process has it.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._pages: dict[int, bytearray] = {}
        self._pending: Changes | None = None
        self.failure: BaseException | None = None
        self._unsynced = 0
        self._worker: ThreadPoolExecutor | None = None
        self._syncing: Future[None] | None = None
        self._position = 0
        try:
            self._file = io.FileIO(path, "r+b")
            try:
                self._journal = locked(journal_of(path))
                try:
                    if not same_file(self._file, path):
                        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
                    self._end = self._length = self._recovered()
                    sync_folder(path.parent)
                except BaseException:
                    self._journal.close()
                    raise
            except BaseException:
                self._file.close()
                raise
        except BaseException:
            super().close()
            raise

    def _recovered(self) -> int:
        """Bring the file into the state of the last commit, and return its length."""
        end = self._file.seek(0, os.SEEK_END)
        head = _head(self._file)
        state, changes = _read(self._journal)
        if changes is not None and head in (changes.before, changes.after):
            changes.apply(self._file)
            end = changes.length
        elif state is not None and head == state.after:
            end = min(end, state.length)
            self._file.truncate(end)
        self._write_record()
        return end

    # What a raw file of the standard library does

    def readable(self) -> bool:
        """Return True."""
        return True

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset` bytes from the start, from here or from the end, and return where that is."""
        start = (0, self._position, self._length)[whence]
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from here, and return how many bytes there were."""
        start = self._position
        view = memoryview(buffer).cast("B")
        view = view[: max(0, self._length - start)]
        self._fill(start, view)
        size = len(view)
        inside = min(start + size, self._memory_end())
        for number in self._numbers(start, inside):
            page = self._pages.get(number)
            if page is not None:
                low, high = max(start, number * PAGE), min(inside, (number + 1) * PAGE)
                view[low - start : high - start] = page[low - number * PAGE : high - number * PAGE]
        self._position += size
        return size

    def write(self, data: Any) -> int:
        """Write `data` here, and return how many bytes that are; never raises an OSError, see `commit`."""
        view = memoryview(data).cast("B")
        size, start = len(view), self._position
        self._position += size
        self._length = max(self._length, self._position)
        inside = max(0, min(start + size, self._memory_end()) - start)
        self._keep(start, view[:inside])
        if inside < size:
            try:
                self._file.seek(start + inside)
                write_all(self._file, view[inside:])
                self._sync_beside(size - inside)
            except BaseException as error:
                self.failure = error
                self._keep(start + inside, view[inside:])
        return size

    def truncate(self, size: int | None = None) -> int:
        """Make the file `size` bytes long; what is cut off is gone with the next commit, and zero if it grows again."""
        size = self._position if size is None else size
        inside = min(self._length, self._memory_end())
        if size < inside:
            self._keep(size, memoryview(bytes(inside - size)))
        if size < self._length:
            self._file.truncate(max(size, self._end))
        self._length = size
        return size

    def flush(self) -> None:
        """Do nothing: what is written counts once it is committed."""

    # Commits

    def commit(self) -> None:
        """Make all changes since the last commit count, at once and on the disk.

        Raises
        ------
        OSError
            If a change could not be written, or the file has been moved or removed; the changes do not count then.
        """
        try:
            self._wait()
            if self.failure is not None:
                raise self.failure
            if not same_file(self._file, self.path):
                raise FileNotFoundError(errno.ENOENT, "has been moved or removed", str(self.path))
            self._file.truncate(max(self._length, self._end))
            os.fsync(self._file.fileno())
            changes = Changes(self._length, _head(self._file), _head(self), list(self._pieces()))
            self._journal.seek(_RECORD_SIZE)
            write_all(self._journal, changes.to_bytes())
            os.fsync(self._journal.fileno())
            self._pages = {}
            self._pending = changes
            self._finish()
        except BaseException as error:
            self.failure = error
            raise

    def rollback(self) -> None:
        """Forget all changes since the last commit, and what went wrong with them."""
        self._wait()
        self._pages = {}
        self.failure = None
        if self._pending is not None:
            self._finish()
        else:
            self._length = self._end
            self._file.truncate(self._end)
            self._write_record()

    def close(self) -> None:
        """Forget what is not committed, and close the file; the journal goes with it."""
        if self.closed:
            return
        try:
            self.rollback()
            if journal_of(self.path).exists() and same_file(self._journal, journal_of(self.path)):
                journal_of(self.path).unlink()
        finally:
            if self._worker is not None:
                self._worker.shutdown()
            self._journal.close()
            self._file.close()
            super().close()

    def _finish(self) -> None:
        """Carry out the changes of a journal that is whole."""
        assert self._pending is not None
        self._pending.apply(self._file)
        self._end = self._length = self._pending.length
        self._write_record()
        self._pending = None

    def _write_record(self) -> None:
        """Note the state at the last commit, and that no changes are left to carry out."""
        head = _head(self._file)
        end = self._file.seek(0, os.SEEK_END)
        self._journal.seek(0)
        write_all(self._journal, Changes(end, head, head, []).to_bytes())
        self._journal.truncate()

    # Pages before the end of the last commit

    def _memory_end(self) -> int:
        """Return where in the file writing to the disk begins; after an error nowhere."""
        return self._end if self.failure is None else sys.maxsize

    def _numbers(self, start: int, stop: int) -> Iterable[int]:
        """Return the numbers of the pages in memory that may overlap a range of bytes."""
        if not self._pages or start >= stop:
            return ()
        numbers = range(start // PAGE, (stop - 1) // PAGE + 1)
        return numbers if len(numbers) <= len(self._pages) else [n for n in self._pages if n in numbers]

    def _fill(self, start: int, view: memoryview) -> None:
        """Read from the disk; what is not there is zero."""
        self._file.seek(start)
        while view:
            n = self._file.readinto(view)
            if not n:
                view[:] = bytes(len(view))
                return
            view = view[n:]

    def _keep(self, start: int, view: memoryview) -> None:
        """Keep what is written before the end of the last commit."""
        done = 0
        while done < len(view):
            number, offset = divmod(start + done, PAGE)
            n = min(PAGE - offset, len(view) - done)
            page = self._pages.get(number)
            if page is None:
                page = self._pages[number] = bytearray(PAGE)
                if n < PAGE:
                    self._fill(number * PAGE, memoryview(page))
            page[offset : offset + n] = view[done : done + n]
            done += n

    def _pieces(self) -> Iterable[tuple[int, bytes]]:
        """Yield the pages in memory, neighbours together, up to the end of the last commit."""
        numbers = sorted(self._pages)
        first = 0
        for k in range(1, len(numbers) + 1):
            if k == len(numbers) or numbers[k] != numbers[k - 1] + 1:
                start = numbers[first] * PAGE
                content = b"".join(self._pages[number] for number in numbers[first:k])
                yield start, content[: self._end - start]
                first = k

    # The disk at work while the caller goes on

    def _sync_beside(self, n: int) -> None:
        self._unsynced += n
        if self._unsynced >= SYNC_BYTES and (self._syncing is None or self._syncing.done()):
            self._wait()
            if self._worker is None:
                self._worker = ThreadPoolExecutor(1)
            self._syncing = self._worker.submit(os.fsync, self._file.fileno())
            self._unsynced = 0

    def _wait(self) -> None:
        """Wait for the disk; an error that it reports is reported once only, so it is kept."""
        syncing, self._syncing = self._syncing, None
        if syncing is not None and self.failure is None:
            self.failure = syncing.exception()
