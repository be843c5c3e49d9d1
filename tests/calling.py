"""The command line as tests call it."""

import sys
from collections.abc import Callable
from typing import NamedTuple

COMMAND = [sys.executable, "-m", "mtjphys"]


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Call = Callable[..., Answer]
