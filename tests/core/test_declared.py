"""Dataclasses that check what their annotations say."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pytest

from mtjphys.core.declared import Count, Declared, Natural, annotations_of
from mtjphys.core.errors import ParameterError
from mtjphys.core.quantity import Quantity


@dataclass(frozen=True)
class Part(Declared):
    voltage: Annotated[float, Quantity("V", 0.0, 1.0, (), "in V", open_high=True)] = 0.0
    pair: Annotated[float | tuple[float, float], Quantity("(probability)", 0.0, 1.0)] = 0.5
    limit: Annotated[float | None, Quantity("A", 0.0, 1.0, open_low=True)] = None
    coins: Annotated[int, Quantity("coins", 1, 10)] = 1
    seed: Natural = 0
    stride: Count | None = None
    at: Annotated[tuple[float, ...], Quantity("(of all)", 0.0, 1.0)] = (0.5,)
    name: str = ""


@dataclass(frozen=True)
class Strict(Part):
    def __post_init__(self):
        super().__post_init__()
        if self.name == "wrong":
            raise ParameterError("name='wrong' is wrong")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"voltage": 1.0}, r"voltage=1.0 V is outside \[0, 1\) V; in V"),
        ({"voltage": float("nan")}, "voltage=nan V"),
        ({"voltage": "much"}, "voltage='much' is not a number"),
        ({"voltage": True}, "voltage=True is not a number"),
        ({"pair": (0.1, 2.0)}, r"pair=2.0 \(probability\) is outside"),
        ({"pair": [0.1, "a"]}, r"pair=\(0.1, 'a'\) is not a number"),
        ({"limit": 0.0}, r"limit=0.0 A is outside \(0, 1\] A"),
        ({"coins": 2.5}, "coins=2.5 is not a whole number"),
        ({"coins": 11}, "coins=11 coins"),
        ({"seed": -1}, "seed=-1 is not a whole number of at least 0"),
        ({"stride": 0}, "stride=0 is not a whole number of at least 1"),
        ({"stride": 1.0}, "stride=1.0 is not a whole number"),
        ({"at": [0.1, 1.1]}, "at=1.1"),
        ({"name": "wrong"}, "is wrong"),
    ],
)
def test_what_is_out_of_range_or_of_another_kind_is_one_sentence(values, message):
    with pytest.raises(ParameterError, match=message):
        Strict(**values)


def test_what_is_legal_is_kept_and_a_list_is_taken_for_its_tuple():
    part = Part(np.float64(0.5), pair=[0.1, 0.2], coins=np.int64(3), stride=2, at=np.array([0.1, 0.9]))
    assert part == Part(0.5, (0.1, 0.2), None, 3, 0, 2, (0.1, 0.9))
    assert isinstance(part.pair, tuple) and isinstance(part.at, tuple)
    assert list(annotations_of(Strict)) == list(annotations_of(Part))
