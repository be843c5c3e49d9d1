"""What was computed last is kept."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from mtjphys.fokker_planck.kept import Kept


def test_what_was_not_asked_for_longest_goes_first():
    kept = Kept(100)

    def value(key, size=40):
        return kept.get(key, lambda: SimpleNamespace(nbytes=size))

    first = value("a")
    value("b")
    assert value("a") is first
    value("c")
    assert value("a") is first and kept.made == 3
    value("b")
    assert kept.made == 4


def test_the_last_two_stay_however_large():
    kept = Kept(10)
    values = [kept.get(key, lambda: SimpleNamespace(nbytes=1000)) for key in (0, 1, 0, 1)]
    assert values[0] is values[2] and values[1] is values[3]


def test_what_grew_after_it_was_handed_out_is_counted():
    kept = Kept(100)
    values = {key: kept.get(key, lambda: SimpleNamespace(nbytes=1)) for key in "abcd"}
    kept.get("a", lambda: None).nbytes = 98  # b is the oldest now
    kept.get("e", lambda: SimpleNamespace(nbytes=1))
    assert kept.get("a", lambda: None) is values["a"]  # asked for since
    assert kept.get("b", lambda: SimpleNamespace(nbytes=1)) is not values["b"]  # 98 + 4 were too much


def test_what_was_made_last_is_counted_as_it_grew():
    kept = Kept(100)
    first = kept.get("a", lambda: SimpleNamespace(nbytes=1))
    first.nbytes = 99
    for key in "bc":
        kept.get(key, lambda: SimpleNamespace(nbytes=1))
    assert kept.get("a", lambda: SimpleNamespace(nbytes=1)) is not first


def test_threads_share_it():
    kept = Kept(1e9)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda k: kept.get(k % 5, lambda: SimpleNamespace(nbytes=1)), range(200)))
    assert len({id(value) for value in found[-5:]}) == 5
