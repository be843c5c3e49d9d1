"""Node perturbation."""

import pytest
from rule_checks import check_rule

from mtjphys.learning import DNP, NP


@pytest.mark.parametrize(("rule", "name"), [(NP, "NP"), (DNP, "DNP")])
def test_it_is_a_rule_and_in_files(rule, name, tmp_path):
    check_rule(lambda: rule(0.01), {"name": name, "sigma": 0.01}, tmp_path)
