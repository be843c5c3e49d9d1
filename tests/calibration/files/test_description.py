"""Descriptions of laboratories: what is read, and one sentence for everything that is wrong."""

import numpy as np
import pytest
from scipy.constants import mu_0

from mtjphys.calibration.files import read, read_laboratory
from mtjphys.core.errors import DataError, MtjphysError, MtjphysWarning

PULSES = "t (ns),k,n\n0.5,17,1000\n1.0,480,1000\n1.5,995,1000\n"
GIVEN = 'columns = {duration = "t", switched = "k", trials = "n"}\nvoltage = "680 mV"\n'
SWITCHING = '[[measurement]]\nkind = "switching_probability"\nfile = "a.csv"\n'


DWELL = '[[measurement]]\nkind = "dwell_times"\nfile = "a.csv"\nvoltage = 0\n'
SPECTRUM = '[[measurement]]\nkind = "spectrum"\nfile = "a.csv"\ncurrent = "10 uA"\naverages = 100\n'
TAUS = 'columns = {parallel = "p", antiparallel = "ap", parallel_count = "n", antiparallel_count = "n"}\n'
DENSITY = 'columns = {frequency = "f (MHz)", density = "S (V^2/Hz)"}\n'


def laboratory(folder, toml, **files):
    for name, content in files.items():
        path = folder / name.replace("_csv", ".csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "LAB.toml").write_text(toml, encoding="utf-8")
    return folder / "LAB.toml"


@pytest.mark.parametrize(
    "text",
    [
        PULSES,
        PULSES.replace(",", ";").replace(".", ","),
        PULSES.encode("utf-8-sig"),
        PULSES.encode("utf-16"),
        PULSES.replace(",", "\t"),
        '"t (ns)","k","n"\n' + PULSES.partition("\n")[2],
        "t,k,n\nns,,\n" + PULSES.partition("\n")[2],
        "Messreihe 7\n\n" + PULSES,
    ],
)
def test_readable_oddities_are_read(tmp_path, text):
    (curve,) = read(laboratory(tmp_path, SWITCHING + GIVEN, a_csv=text))
    assert curve.duration.tolist() == [5e-10, 1e-9, 1.5e-9]
    assert curve.switched.tolist() == [17, 480, 995]
    assert (curve.voltage[0], curve.label) == (0.68, "a")


def test_units_conditions_and_vectors(tmp_path):
    toml = """
[junction]
preset = "rehm_2023"
free_layer = {saturation_magnetisation = "1200 emu/cm3", uniaxial_anisotropy = ["1e5 erg/cm3", [0, 0, 1]]}
barrier = {tunnel_magnetoresistance = "130 %", resistance_area_product = "15 Ohm um2", torque_law = "voltage"}
reference.stray_field = [0, 0, "-100 Oe"]
[fit]
seed = 3
ranges = {"free_layer.saturation_magnetisation" = ["1 T", 1.2e6]}
[[measurement]]
kind = "switching_probability"
file = "a.csv"
label = "pulses"
initial = "parallel"
field = [0, "100 Oe", 0.02]
temperature = "27 degC"
series_resistance = "1 kohm"
columns = {duration = {column = "t", unit = "us"}, probability = {column = 1, unit = "%"}, voltage = "V (mV)"}
trials = 200
[[measurement]]
kind = "resistance"
resistance = {values = [5.0, 6.0], unit = "kOhm"}
error = ["10 ohm", 20]
voltage = 0
field = {values = [10, 20], unit = "mT", along = "z"}
[[measurement]]
kind = "loop"
file = "b.csv"
columns = {resistance = "R (kOhm)", field = {column = "H", unit = "Oe", along = [3, 0, 4]}}
error = "50 ohm"
dwell = "0.1 s"
voltage = "10 mV"
"""
    held = read_laboratory(
        laboratory(
            tmp_path, toml, a_csv="t,p,V (mV)\n1,10,500\n2,50,600\n", b_csv="H R (kOhm)\n-100 9\n100 5\n-100 9\n"
        )
    )
    assert held.junction == {
        "preset": "rehm_2023",
        "free_layer": {"saturation_magnetisation": 1.2e6, "uniaxial_anisotropy": [1e4, [0, 0, 1]]},
        "barrier": {"tunnel_magnetoresistance": 1.3, "resistance_area_product": 1.5e-11, "torque_law": "voltage"},
        "reference": {"stray_field": [0, 0, -0.01]},
    }
    low, high = held.fit.pop("ranges")["free_layer.saturation_magnetisation"]
    assert (low, high, held.fit) == (pytest.approx(1.0 / mu_0), 1.2e6, {"seed": 3})
    curve, table, loop = held.measurements
    assert curve.switched.tolist() == [20, 100]
    assert curve.voltage.tolist() == [0.5, 0.6]
    np.testing.assert_allclose(curve.duration, [1e-6, 2e-6])
    np.testing.assert_allclose(curve.field, [[0, 0.01, 0.02]] * 2)
    assert (curve.temperature[0], curve.series_resistance[0], curve.initial) == (300.15, 1e3, "parallel")
    assert (table.resistance.tolist(), table.error.tolist()) == ([5e3, 6e3], [10.0, 20.0])
    np.testing.assert_allclose(table.field, [[0, 0, 0.01], [0, 0, 0.02]])
    np.testing.assert_allclose(loop.field, 0.01 * np.outer([-1, 1, -1], [0.6, 0, 0.8]))


def test_names_that_end_like_a_unit(tmp_path):
    """``tau_A`` is no current; its unit can be stated, and is refused where it contradicts a unit that is one."""
    columns = 'columns = {parallel = {column = "tau_P", unit = "us"}, antiparallel = {column = "tau_A", unit = "us"}, '
    columns += 'parallel_count = "s", antiparallel_count = "s"}\n'
    (table,) = read(laboratory(tmp_path, DWELL + columns, a_csv="tau_P,tau_A,s\n2,3,100\n4,5,200\n"))
    np.testing.assert_allclose(table.antiparallel, [3e-6, 5e-6])
    assert table.parallel_count.tolist() == [100, 200]
    with pytest.raises(MtjphysError, match="unit 'us' where the file says 'ms'"):
        read(laboratory(tmp_path, DWELL + columns.replace("tau_A", "tau_ms"), a_csv="tau_P,tau_ms,s\n2,3,100\n"))


def test_a_folder_of_files_with_conditions_in_their_names(tmp_path):
    toml = SWITCHING.replace("a.csv", "p_{voltage:mV}_{field_z:mT}.csv") + GIVEN.replace('voltage = "680 mV"\n', "")
    for name in ("p_500_-20", "p_68.5_0", "p_7p5_10", "q_1_1", "p_none_0"):
        (tmp_path / f"{name}.csv").write_text(PULSES)
    curves = read(laboratory(tmp_path, toml))
    assert [curve.voltage[0] for curve in curves] == [0.0075, 0.0685, 0.5]
    assert [curve.field[0, 2] for curve in curves] == [0.01, 0.0, -0.02]
    assert curves[0].label == "p_7p5_10"


WRONG = {
    "swapped counts": (SWITCHING + GIVEN.replace('"k"', '"m"').replace('"n"', '"k"').replace('"m"', '"n"'), PULSES,
                       r"a.csv: switched\[0\]=1000 of trials=17; .* are the columns exchanged\? \(line 2\)"),
    "counts above trials": (SWITCHING + GIVEN, PULSES.replace("995", "1995"), r"switched\[2\]=1995 .*\(line 4\)"),
    "milliseconds for nanoseconds": (SWITCHING + GIVEN, PULSES.replace("t (ns)", "t"),
                                     "duration of 1.5 s is unusual, and no unit is told, .*; if it is in ns, say so"),
    "a duration of hours": (SWITCHING + GIVEN, PULSES.replace("ns", "h"), r"duration\[.\]=.* s is outside"),
    "volts for millivolts": (SWITCHING + GIVEN.replace('"680 mV"', "680"), PULSES,
                             "voltage=680.0 V is outside .*680 looks like millivolts|voltage of 680 V is unusual"),
    "a field of 300 T": (SWITCHING + GIVEN + "field = [0, 0, 300]\n", PULSES,
                         "field of 300 T is unusual, .*; if it is in mT or Oe, say so: unit = .mT."),
    "probability above one": (SWITCHING + GIVEN.replace("switched", "probability"), PULSES,
                              r"probability\[0\]=17 is outside \[0, 1\]; give unit = \"%\" if it is in percent"),
    "probabilities for counts": (SWITCHING + GIVEN, "t (ns),k,n\n1,0.25,100\n2,0.75,100\n",
                                 "switched=0.25 is a probability"),
    "no trials": (SWITCHING + 'columns = {duration = "t", probability = "k"}\nvoltage = 0\n', PULSES,
                  "probability goes with trials"),
    "empty bins": (SPECTRUM + DENSITY, "f (MHz),S (V^2/Hz)\n1,1e-15\n2,0\n3,1e-15\n",
                   r"density\[1\]=0.0 .* is outside .*\(line 3\)"),
    "an empty trial": (SWITCHING + GIVEN, PULSES.replace("17,1000", "0,0"), r"trials\[0\]=0; expected at least one"),
    "negative dwell times": (DWELL + TAUS, "p,ap,n\n1e-3,2e-3,100\n-1e-3,2e-3,100\n",
                             r"parallel\[1\]=-0.001 s is outside .*\(line 3\)"),
    "no counts": (DWELL + 'columns = {parallel = "p", antiparallel = "ap"}\n', "p,ap\n1e-3,2e-3\n",
                  "give parallel_count, .* or parallel_error"),
    "decimal commas between commas": (SWITCHING + GIVEN, "t,k,n\n0,5,1,7,9,0\n1,0,4,8,9,0\n", "cannot be told apart"),
    "mixed decimal signs": (SWITCHING + GIVEN, "t;k;n\n0,5;1.5;9\n0,7;2.5;9\n", "expected one decimal sign"),
    "a NaN": (SWITCHING + GIVEN, PULSES.replace("480", "nan"), "line 3: found .*nan.*; expected finite numbers, cut"),
    "a gap": (SWITCHING + GIVEN, PULSES.replace("480", ""), "line 3: found 2 of 3 columns"),
    "a word": (SWITCHING + GIVEN, PULSES.replace("480", "many"), "line 3: found 'many'; expected a number"),
    "two sweeps": (SWITCHING + GIVEN, PULSES + PULSES, "line 5: the header comes again; .* a file of its own"),
    "an empty file": (SWITCHING + GIVEN, "", "the file is empty"),
    "text only": (SWITCHING + GIVEN, "see the other file\n", "holds no numbers"),
    "a picture": (SWITCHING + GIVEN, bytes(range(256)), "not a text file"),
    "a missing file": (SWITCHING.replace("a.csv", "aa.csv") + GIVEN, PULSES,
                       "aa.csv: no such file; did you mean a.csv"),
    "a vector in a name": (SWITCHING.replace("a.csv", "a{field:mT}.csv") + GIVEN, PULSES,
                           r"field is a vector; write \{field_x:mT\}"),
    "a condition twice": (SWITCHING.replace("a.csv", "a{voltage:mV}.csv") + GIVEN, PULSES,
                          "voltage is given twice, once by the file's name"),
    "no file fits": (SWITCHING.replace("a.csv", "b_{voltage:mV}.csv"), PULSES, "fits no file in"),
    "a missing condition": (SWITCHING + GIVEN.replace('voltage = "680 mV"', ""), PULSES,
                            "says neither voltage nor current"),
    "a missing column": (SWITCHING + GIVEN.replace('trials = "n"', 'trials = "N trials"'), PULSES,
                         "no column 'N trials'; the columns are 't .ns.', 'k', 'n'"),
    "data that are missing": (SWITCHING + 'columns = {duration = "t"}\nvoltage = 0\n', PULSES, "switched is missing"),
    "one column for two": (SWITCHING + GIVEN.replace('"n"', '"k"'), PULSES,
                           "column 'k' is given for switched and for trials"),
    "an unknown kind": (SWITCHING.replace("bability", "bablity") + GIVEN, PULSES,
                        "kind='switching_probablity' is unknown; did you mean switching_probability"),
    "no kind": ('[[measurement]]\nfile = "a.csv"\n', PULSES, "measurement 1: has no kind; give one of"),
    "an unknown unit": (SWITCHING + GIVEN.replace("680 mV", "680 milivolt"), PULSES, "unit 'milivolt' is unknown"),
    "a unit of something else": (SWITCHING + GIVEN.replace("680 mV", "680 mA"), PULSES,
                                 "unit 'mA' is not one of V, it is one of A"),
    "a column of something else": (SWITCHING + GIVEN.replace('"t"', '"k"').replace('hed = "k"', 'hed = "t"'), PULSES,
                                   r"column 't \(ns\)': switched: unit 'ns' is not one of a plain number, it is"),
    "a unit against the header": (SWITCHING + GIVEN.replace('"t"', '{column = "t", unit = "us"}'), PULSES,
                                  "unit 'us' where the file says 'ns'"),
    "a typo in a key": (SWITCHING + GIVEN + "temperture = 300\n", PULSES,
                        "temperture: unknown; did you mean temperature"),
    "a typo in a column": (SWITCHING + GIVEN.replace("trials", "trails"), PULSES,
                           "columns.trails: unknown; did you mean trials"),
    "a typo in a table": ("[[measurements]]\n", PULSES, "measurements: unknown; did you mean measurement"),
    "no measurement": ("[fit]\n", PULSES, r"holds no measurements; write each below a line \[\[measurement\]\]"),
    "no TOML": ("kind = switching\n", PULSES, "not valid TOML"),
    "given twice": (SWITCHING + GIVEN + "trials = 10\n", PULSES, "trials is given twice"),
    "a column for a vector": (SWITCHING + GIVEN.replace("{dur", '{field = "t", dur'), PULSES,
                              r"columns.field: a column is no vector; write field = \{column = 't', along = \"x\"\}"),
    "no direction": (SWITCHING + GIVEN.replace("{dur", '{field = {column = "t", along = "up"}, dur'), PULSES,
                     "along='up' is not a direction|unit 'ns' is not one of T"),
    "lengths": (SWITCHING + GIVEN + "temperature = [300, 310]\n", PULSES, "3 of duration.* do not go together"),
    "a number for a text": (SWITCHING + GIVEN + 'temperature = true\n', PULSES, "temperature=True is not a number"),
    "a junction's number": (SWITCHING + GIVEN + '[junction.free_layer]\ndiameter = "40 nT"\n', PULSES,
                            "LAB.toml: free_layer.diameter: .*unit 'nT' is not one of m"),
    "a unit twice": (SWITCHING + GIVEN.replace('"680 mV"', '{value = "680 mV", unit = "V"}'), PULSES,
                     "voltage='680 mV' has a unit beside it already"),
    "two sources": (SWITCHING + GIVEN + "current = 1e-6\n", PULSES, "voltage and current are both given"),
    "a wrong condition": (SWITCHING + GIVEN.replace('"680 mV"', "nan"), PULSES, r"voltage\[0\]=nan V is outside .* V$"),
    "an unknown part": (SWITCHING + GIVEN + "[junction.free_lair]\n", PULSES,
                        "junction.free_lair: unknown; did you mean"),
    "a part that is none": (SWITCHING + GIVEN + "[junction]\nfree_layer = 3\n", PULSES,
                            "junction.free_layer=3 is no table"),
    "ranges that are none": (SWITCHING + GIVEN + "[fit]\nranges = 3\n", PULSES, "fit.ranges=3 is no table"),
    "columns of nothing": (SWITCHING.replace('file = "a.csv"', "") + GIVEN, PULSES, "columns of which file"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_and_descriptions(tmp_path, case):
    toml, content, message = WRONG[case]
    with pytest.raises(MtjphysError, match=message) as caught:
        read(laboratory(tmp_path, toml, a_csv=content))
    assert "\n" not in str(caught.value)


def test_a_truncated_parquet_file(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.parquet"
    pandas.DataFrame({"t (ns)": [0.5, 1.0], "k": [17, 480], "n": [1000, 1000]}).to_parquet(path)
    toml = laboratory(tmp_path, SWITCHING.replace("csv", "parquet") + GIVEN)
    assert read(toml)[0].duration.tolist() == [5e-10, 1e-9]
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(DataError, match=r"a\.parquet: not a readable parquet file .* may be truncated"):
        read(toml)


@pytest.mark.parametrize(
    ("given", "content", "message"),
    [
        (GIVEN, PULSES + "1.0,480,1000\n", "line 5 repeats line 3 in every column"),
        (GIVEN.replace("680 mV", "680 nV"), PULSES, "voltage of 680 nV is unusual; check its unit"),
        (GIVEN + 'field_x = "5 T"\n', PULSES, "field of 5 T is unusual; check its unit"),
        (GIVEN, PULSES.replace("ns", "min"), "duration of 90 s is unusual; check its unit"),
    ],
)
def test_what_looks_like_a_mistake_is_flagged(tmp_path, given, content, message):
    with pytest.warns(MtjphysWarning, match=message):
        assert len(read(laboratory(tmp_path, SWITCHING + given, a_csv=content))) == 1


SWEEPS = (
    '[[measurement]]\nkind = "switching_sweep"\nfile = "a.csv"\nvoltage = "5 mV"\nstart = "-20 mT"\nrate = "2 mT/s"\n'
)
FIELDS = "no,H_sw (Oe),T (K)\n1,210,290\n2,225,290\n3,240,290\n4,233,290\n5,229,290\n"
OF_SWEEPS = 'columns = {switching_field = "H_sw", temperature = "T"}\n'


def test_switching_fields_of_single_sweeps_are_a_table(tmp_path):
    (sweep,) = read(laboratory(tmp_path, SWEEPS + OF_SWEEPS + 'along = "-x"\nfield = [0, 0, 0.1]\n', a_csv=FIELDS))
    assert (sweep.switched.sum(), sweep.sweeps[0], sweep.temperature[0], sweep.voltage[0]) == (5.0, 5.0, 290.0, 5e-3)
    step = (240e-4 - 210e-4) / 8
    np.testing.assert_allclose(sweep.field[-1], (-(240e-4 - step / 2), 0.0, 0.1), rtol=1e-6)
    np.testing.assert_allclose(sweep.dwell, step / 2e-3, rtol=1e-6)


@pytest.mark.parametrize(
    ("lines", "text", "sentence"),
    [
        ("dwell = 1\n", FIELDS, "switching_field and dwell are both given"),
        ("", FIELDS.replace("240,290", "240,295"), "temperature varies; give the sweeps of each condition"),
        ("", FIELDS.replace("229", "-300"), r"switching_field=-0.03 T is before start=-0.02 T"),
        ('along = "up"\n', FIELDS, "along='up' is not a direction"),
    ],
)
def test_switching_fields_that_do_not_go_together_are_refused(tmp_path, lines, text, sentence):
    with pytest.raises(MtjphysError, match=sentence):
        read(laboratory(tmp_path, SWEEPS + OF_SWEEPS + lines, a_csv=text))


def test_switching_fields_without_a_rate_are_refused(tmp_path):
    with pytest.raises(MtjphysError, match="rate is missing beside switching_field"):
        read(laboratory(tmp_path, SWEEPS.replace('rate = "2 mT/s"\n', "") + OF_SWEEPS, a_csv=FIELDS))
