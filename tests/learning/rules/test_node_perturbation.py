"""Node perturbation."""

from rule_checks import check_rule

from mtjphys.learning import NP


def test_it_is_a_rule_and_in_files(tmp_path):
    check_rule(lambda: NP(0.01), {"name": "NP", "sigma": 0.01}, tmp_path)
