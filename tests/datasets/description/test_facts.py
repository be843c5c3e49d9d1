"""Facts of a dataset are those of its arrays."""

import mtjphys as mp
from mtjphys.datasets.description.facts import facts_of


def test_facts_are_counted(spread):
    found = mp.datasets.open(spread)
    facts = facts_of(found)
    assert (facts.name, facts.license, facts.creator, facts.engine) == ("spread", "CC-BY-4.0", "A. Maker", "llg")
    assert [split.name for split in facts.splits] == ["train", "test"]
    assert sum(split.lanes for split in facts.splits) == int((found.status == 1).sum())
    assert sum(split.failed for split in facts.splits) == int((found.status == 0).sum()) > 0
    arrays = {one.name: one for one in facts.arrays}
    assert arrays["m"].shape == (40, 2, 3, 200, 3)
    assert arrays["time"].units == "s"
    assert facts.biases[0][:1] + facts.biases[0][2:] == ("applied_voltage", 0.0, 0.1)
