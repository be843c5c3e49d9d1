"""The data card says what, how made, in which units, in which splits, under which licence."""

import mtjphys as mp
from mtjphys.datasets.description.card import card
from mtjphys.datasets.description.facts import facts_of


def test_the_card_of_a_store(spread):
    facts = facts_of(mp.datasets.open(spread))
    text = card(facts, {}, "found = 1")
    head = text.split("---\n")[1]
    assert "license: cc-by-4.0" in head
    assert "configs" not in head
    assert "| `resistance` | device, bias, replica, time | 40 x 2 x 3 x 200 | float32 | ohm |" in text
    assert f"| train | 20 | {facts.splits[0].lanes} |" in text
    assert facts.digest in text
    assert mp.datasets.Specification.from_toml(text.split("```toml\n")[1].split("```")[0]).digest == facts.digest
    assert "more lanes could not be made" in text


def test_the_card_of_files_names_them_and_a_licence_is_not_made_up(spread):
    facts = facts_of(mp.datasets.open(spread))._replace(license="", creator="")
    text = card(facts, {"train": "data/train-*.parquet"}, "")
    assert "  - split: train\n    path: data/train-*.parquet\n---" in text
    assert "license: unknown" in text
    assert "Not stated" in text
    assert "Made by" not in text
