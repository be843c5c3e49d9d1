"""Templates: made of the files at hand, and read again."""

import re
import tomllib

import pytest
from instrument_files import STYLES

from mtjphys.calibration.files import devices_in, read, write_template
from mtjphys.calibration.files.guessing import guess
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.laboratory.tables import open_table

FILES = {
    "switching_probability": ("t (ns),k,n,lamp\n0.5,17,1000,3\n1.0,480,1000,3\n", {}),
    "dwell_times": ("H (Oe);tau_P (us);tau_AP (us);N_P;N_AP\n1,0;2;3;100;100\n2,0;2;3;100;100\n", {}),
    "spectrum": ("f (kHz)\tPSD (V^2/Hz)\n1\t1e-12\n2\t1e-13\n", {"averages": "1000"}),
    "spectrum of S": ("f (kHz)\tS\n1\t1e-12\n2\t1e-13\n", {"averages": "1000"}),
    "resonance": ("field (mT),f_res (GHz),error (GHz)\n100,10,0.01\n200,12,0.01\n", {}),
    "switching_sweep": (
        "sweep,Hsw (Oe)\n1,210\n2,225\n3,240\n4,233\n5,229\n6,231\n7,228\n",
        {"start": '"-10 mT"', "rate": '"1 mT/s"'},
    ),
    "loop": ("B [mT] R (kOhm)\n-10 9\n0 8.9\n10 5\n0 5\n-10 9\n", {"error": '"1 kohm"', "dwell": '"10 ns"'}),
    "resistance": ("T (K),R (Ohm)\n290,5000\n310,4900\n", {"error": '"1 kohm"'}),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_completed_template_is_read(tmp_path, kind):
    """What a file lacks is a comment with an example; uncommented, the template is a description."""
    text, lacking = FILES[kind]
    path = tmp_path / "data" / "a.csv"
    path.parent.mkdir()
    path.write_text(text)
    write_template([path], tmp_path / "LAB.toml")
    template = (tmp_path / "LAB.toml").read_text()
    assert 'file = "data/a.csv"' in template
    for line in ("voltage", *lacking):
        template = re.sub(rf"^# ({line} = )", r"\1", template, flags=re.MULTILINE)
    (tmp_path / "LAB.toml").write_text(template)
    (made,) = read(tmp_path / "LAB.toml")
    assert made.kind == kind.partition(" ")[0]
    assert made.points == (24 if kind == "switching_sweep" else text.count("\n") - 1)


def test_columns_without_a_unit_are_remarked(tmp_path):
    (tmp_path / "a.csv").write_text("t,p,V,V\n0.5,0.1,2,3\n1.0,0.2,2,3\n")
    write_template([tmp_path / "a.csv"], tmp_path / "LAB.toml")
    text = (tmp_path / "LAB.toml").read_text()
    assert 'columns.duration = "t"    # taken in s, for the file tells no unit; else {column = ..., unit' in text
    assert "columns.voltage = 2" in text
    assert "# columns.NAME = 3    # not used" in text
    assert "# switched" not in text
    assert "# trials = 1000    # all trials" in text
    with pytest.raises(ParameterError, match="probability goes with trials"):
        read(tmp_path / "LAB.toml")


def test_a_folder_of_alike_files_is_one_measurement(tmp_path):
    for voltage in (50, 75.5):
        (tmp_path / f"p_{voltage}mV_300K.csv").write_text(FILES["switching_probability"][0])
    write_template(sorted(tmp_path.iterdir()), tmp_path / "LAB.toml")
    (table,) = tomllib.loads((tmp_path / "LAB.toml").read_text())["measurement"]
    assert table["file"] == "p_{voltage:mV}mV_300K.csv"
    assert [curve.voltage[0] for curve in read(tmp_path / "LAB.toml")] == [0.05, 0.0755]


def test_what_cannot_be_guessed_is_all_comment(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,c\n1,2,3\n3,4,5\n")
    write_template([tmp_path / "a.csv"], tmp_path / "LAB.toml")
    assert tomllib.loads((tmp_path / "LAB.toml").read_text()) == {"junction": {}, "fit": {}}


@pytest.mark.parametrize("style", STYLES)
def test_records_of_instruments_are_traces(tmp_path, style):
    path = tmp_path / "a.csv"
    path.write_text(STYLES[style], encoding="utf-8")
    assert guess(open_table(path)).kind == "telegraph_trace"


def test_what_is_refused(tmp_path):
    (tmp_path / "LAB.toml").write_text("kept")
    with pytest.raises(ParameterError, match=r"LAB\.toml: exists already"):
        write_template([tmp_path / "LAB.toml"], tmp_path / "LAB.toml")
    assert (tmp_path / "LAB.toml").read_text() == "kept"
    with pytest.raises(ParameterError, match="a template is made of files"):
        write_template([], tmp_path / "b.toml")
    with pytest.raises(DataError, match="no such file"):
        write_template([tmp_path / "none.csv"], tmp_path / "b.toml")


def test_a_column_of_words_may_name_devices(tmp_path):
    path = tmp_path / "dwell.csv"
    path.write_text("die,V (mV),tau_P (us),tau_AP (us)\nA3,0,1,2\nB1,0,3,4\n")
    write_template([path], tmp_path / "LAB.toml")
    text = (tmp_path / "LAB.toml").read_text()
    assert '# columns.device = "die"    # if "A3" names one of many devices' in text
    (tmp_path / "LAB.toml").write_text(text.replace('# columns.device = "die"', 'columns.device = "die"'))
    assert devices_in(tmp_path / "LAB.toml") == ["A3", "B1"]
