"""Breaking the physics on purpose: every edit fits the present source, and what no case notices is named."""

import pytest

from validation import mutations, suite


def test_every_mutation_is_of_the_present_source():
    assert len({mutation.name for mutation in mutations.MUTATIONS}) == len(mutations.MUTATIONS)
    for mutation in mutations.MUTATIONS:
        assert mutation.cases and set(mutation.cases) <= set(suite.names())
        for edit in mutation.edits:
            assert (mutations.ROOT / edit.file).read_text().count(edit.old) == 1, edit
            assert edit.new != edit.old


def test_a_mutation_changes_the_copy_and_not_the_source(tmp_path):
    edit = mutations.MUTATIONS[0].edits[0]
    before = (mutations.ROOT / edit.file).read_text()
    mutations.copy(mutations.ROOT, tmp_path, [edit])
    assert (tmp_path / edit.file).read_text() == before.replace(edit.old, edit.new)
    assert (mutations.ROOT / edit.file).read_text() == before
    assert (tmp_path / "validation" / "cases" / "peers" / "case.py").is_file()
    with pytest.raises(ValueError, match="0 times"):
        mutations.copy(tmp_path, tmp_path / "again", [edit._replace(old="no such text")])


def test_a_mutation_that_no_case_notices_gives_exit_code_1(capsys, monkeypatch):
    def suite_that_sees(source, edits, cases):
        noise = any("1.05" in edit.new for edit in edits)
        numbers = {"quantity": "q", "ours": 1.05 if noise else 1.0, "error": 0.0, "expected": 1.0}
        numbers |= {"tolerance": 0.01, "within": None, "verdict": "FAIL" if noise else "pass"}
        return [{"name": "thermometer", "failure": "", "rows": [numbers]}]

    monkeypatch.setattr(mutations, "suite", suite_that_sees)
    assert mutations.main(["1"]) == 0
    assert "1 of 1 rows; q: 1.05, expected 1" in capsys.readouterr().out
    assert mutations.main(["1", "2"]) == 1
    assert f"1 of 2 mutations are noticed; not: {mutations.MUTATIONS[1].name}" in capsys.readouterr().out


def test_a_mutation_has_to_run_to_be_noticed():
    raised = {
        "name": "thermometer",
        "failure": "Traceback\nmtjphys.core.errors.SimulationError: not finite\n",
        "rows": [],
    }
    assert mutations.noticed(raised) == (True, "mtjphys.core.errors.SimulationError: not finite")
    seen, text = mutations.noticed(raised | {"failure": "Traceback\nSyntaxError: invalid syntax\n"})
    assert not seen and text == "did not run: SyntaxError: invalid syntax"
