"""Values that are set on the command line."""

from mtjphys.cli.grid import combinations, name_of


def test_values_are_those_of_a_file_and_texts_do_without_quotes():
    given = ["a.b=1e-3, 2", "a.c=cosine,constant", 'a.d="x,y"', "a.e=[30, 20]", "a.f=true"]
    found = combinations(given)
    assert len(found) == 4
    assert found[0] == {"a.b": 0.001, "a.c": "cosine", "a.d": "x,y", "a.e": [30, 20], "a.f": True}
    assert [each["a.b"] for each in found] == [0.001, 0.001, 2, 2]
    assert combinations([]) == [{}]


def test_names_of_combinations_can_be_folders():
    assert name_of({"noise.file": "../a b.csv", "noise.gain": -2.0}) == "file=.._a_b.csv,gain=-2.0"
    assert name_of({"rule.name": "ANP", "data.name": "digits"}) == "rule.name=ANP,data.name=digits"
