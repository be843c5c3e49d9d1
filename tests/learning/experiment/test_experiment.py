"""Experiments from TOML: every kind of part can be built, and every mistake is one sentence."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys import learning, presets, surrogate
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.learning import schedules
from mtjphys.learning.experiment import Experiment, make_noise
from mtjphys.learning.network import INITIALISATIONS

pytest.importorskip("sklearn")

EXPERIMENT = """\
seed = 3

[data]
name = "teacher_student"
n_samples = 20

[network]
hidden = [4]
activation = {name = "leaky_relu", slope = 0.1}

[rule]
name = "DANP"

[decorrelation]
learning_rate = 1e-3
whitening = 0.1

[optimiser]
name = "sgd"
learning_rate = 0.01
momentum = 0.9

[noise]
kind = "telegraph"
flip_probability = 0.3

[effects]
stuck = 0.5

[training]
epochs = 2
batch_size = 10
schedule = {name = "warm_up", fraction = 0.2}
decorrelation_schedule = "cosine"
"""
JUNCTION = {
    "preset": "schnitzspan_2023",
    "voltage": 0.1,
    "series_resistance": 1e4,
    "sample_interval": 1e-9,
    "settle": 1,
}


def write(folder, text=EXPERIMENT, old="", new=""):
    assert old in text
    path = folder / "experiment.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_every_table_reaches_its_part(tmp_path):
    training = Experiment.from_toml(write(tmp_path)).build()
    assert training.network.sizes == (2, 4, 1)
    assert training.network.activation == learning.LeakyReLU(0.1)
    assert training.network.seed == training.seed == 3
    assert training.rule == learning.DANP()
    assert training.decorrelation == learning.Decorrelation(1e-3, 0.1)
    assert training.optimiser == learning.SGD(0.01, 0.9)
    assert training.loss == learning.SquaredError()
    assert training.schedule == schedules.WarmUp(0.2)
    assert training.decorrelation_schedule == schedules.CosineRate()
    assert (training.epochs, training.batch_size) == (2, 10)
    # Half of the 5 units are stuck: their readings do not vary.
    volts = training.noise.volts(50, 100)
    assert 20 < (np.ptp(volts, axis=0) == 0).sum() < 80


def test_what_is_rarely_set_reaches_its_part_too(tmp_path):
    lines = [
        "patience = 4",
        "evaluation_reads = 3",
        "diagnose_every = 5",
        "track_test = true",
        'loss = "squared_error"',
    ]
    lines.append('augment = {name = "crop_and_flip", height = 1, width = 2, channels = 1, padding = 0, fill = [0.5]}')
    text = EXPERIMENT.replace("hidden = [4]", 'hidden = [4]\ndtype = "float64"')
    training = Experiment.from_toml(write(tmp_path, text, "epochs = 2", "\n".join(["epochs = 2", *lines]))).build()
    assert (training.patience, training.evaluation_reads, training.diagnose_every) == (4, 3, 5)
    assert training.track_test and training.network.dtype == np.float64
    assert training.augment == learning.data.CropAndFlip(1, 2, 1, padding=0, fill=[0.5])


def test_seed_and_effects_of_a_single_build(tmp_path):
    experiment = Experiment.from_toml(write(tmp_path))

    def stuck(**changes):
        training = experiment.build(**changes)
        assert training.seed == training.network.seed == changes.get("seed", 3)
        return np.ptp(training.noise.volts(50, 100), axis=0) == 0

    np.testing.assert_array_equal(stuck(seed=3), stuck())
    assert (stuck(seed=4) != stuck()).any()  # other devices are stuck
    assert stuck(effects=learning.noise.Effects(stuck=1.0)).all()


def test_a_class_that_only_the_test_data_hold_has_its_output(tmp_path):
    x = np.eye(3)
    np.savez(tmp_path / "x.npz", train_inputs=x, train_targets=[0, 1, 1], test_inputs=x, test_targets=[0, 1, 4])
    path = write(tmp_path, old='name = "teacher_student"\nn_samples = 20', new='file = "x.npz"')
    assert Experiment.from_toml(path).build().network.sizes == (3, 4, 5)


def test_toml_gives_the_same_experiment_back(tmp_path):
    one = Experiment.from_toml(write(tmp_path))
    text = one.to_toml()
    other = Experiment.from_toml(write(tmp_path, text))
    assert other == one and other.to_toml() == text
    history = other.build().run(progress=False)
    np.testing.assert_array_equal(history["train_loss"], one.build().run(progress=False)["train_loss"])


def test_seed_and_epochs_can_be_replaced_and_data_dir_is_not_part_of_it(tmp_path):
    path = write(tmp_path, old='name = "teacher_student"\nn_samples = 20', new='name = "mnist"\ndata_dir = "here"')
    experiment = Experiment.from_toml(path, seed=9, epochs=7)
    assert experiment.seed == 9 and experiment.training.epochs == 7
    assert "here" not in experiment.to_toml()
    with pytest.raises(DataError, match=str(tmp_path / "here")):  # from the folder of the file
        experiment.read_data()
    with pytest.raises(DataError, match="there"):
        experiment.read_data(tmp_path / "there")


def test_data_from_a_file_start_from_the_folder_of_the_experiment(tmp_path):
    x = np.random.default_rng(1).standard_normal((60, 3))
    np.savez(tmp_path / "x.npz", inputs=x, targets=(x[:, 0] > 0).astype(int))
    text = EXPERIMENT.replace('name = "teacher_student"\nn_samples = 20', 'file = "x.npz"\ntest_fraction = 0.5')
    training = Experiment.from_toml(write(tmp_path, text)).build()
    assert training.network.sizes == (3, 4, 2)
    assert training.loss == learning.CrossEntropy()
    assert len(training.data.test.inputs) == 30


@pytest.mark.parametrize(
    ("table", "kind", "values"),
    [
        ({"kind": "gaussian", "sigma": 0.01}, learning.GaussianNoise, {"sigma": 0.01, "seed": 5}),
        ({"kind": "telegraph", "seed": 8, "gain": 2.0}, learning.TelegraphNoise, {"seed": 8, "gain": 2.0}),
        ({"kind": "bernoulli", "p": 0.7, "amplitude": 0.01}, learning.BernoulliNoise, {"p": 0.7, "seed": 5}),
        ({"kind": "binomial", "n": 5, "p": 0.7, "amplitude": 0.01}, learning.BinomialNoise, {"n": 5, "seed": 5}),
        ({"kind": "junction", "lanes": 2, **JUNCTION}, learning.JunctionNoise, {"lanes": 2, "seed": 5}),
        (
            {"kind": "junction", "spread": {"barrier": 0.2, "seed": 4}, **JUNCTION},
            learning.JunctionNoise,
            {"spread": mp.Spread(barrier=0.2, seed=4)},
        ),
        ({"kind": "series", **JUNCTION, "preset": ["schnitzspan_2023"] * 2}, learning.SeriesNoise, {"seed": 5}),
        (
            {"kind": "ring_buffer", "size": 10, "inner": {"kind": "junction", "lanes": 1, **JUNCTION}},
            learning.RingBufferNoise,
            {"size": 10, "seed": 5},
        ),
        (
            {"kind": "summing_node", "feedback_resistance": 1e3, "voltage": 0.1, "divider": [0.1, 1e4]}
            | {"inner": {"kind": "telegraph", "sigma": 0.0}},
            learning.SummingNode,
            {"feedback_resistance": 1e3},
        ),
    ],
)
def test_every_kind_of_noise(table, kind, values):
    source = make_noise(table, seed=5)
    assert type(source) is kind
    assert {name: getattr(source, name) for name in values} == values
    assert source.volts(3, 4).shape == (3, 4)


def test_a_recorded_trace_starts_from_the_folder_of_the_experiment(tmp_path):
    volts = learning.TelegraphNoise(seed=1).volts(2000, 1)[:, 0]
    rows = "".join(f"{5e-6 * k:.7g},{value:.6g}\n" for k, value in enumerate(volts))
    (tmp_path / "trace.csv").write_text("time (s),V (V)\n" + rows, encoding="utf-8")
    for files in ("trace.csv", ["trace.csv", "trace.csv"]):
        source = make_noise({"kind": "recorded", "file": files, "stride": 2}, folder=tmp_path)
        np.testing.assert_allclose(source.volts(10, 3), volts[:60:2].reshape(10, 3), atol=1e-7)
    with pytest.raises(ParameterError, match=r"\[noise\] file: missing"):
        make_noise({"kind": "recorded"})


def test_junctions_from_files_and_surrogates(tmp_path):
    junction = presets.load("schnitzspan_2023")
    (tmp_path / "stack.toml").write_text(junction.to_toml(), encoding="utf-8")
    table = {name: value for name, value in JUNCTION.items() if name != "preset"}
    live = make_noise({"kind": "junction", "file": "stack.toml", **table}, folder=tmp_path)
    assert live.junction == junction
    device = surrogate.from_fokker_planck(presets.load("funatsu_2022"))
    (tmp_path / "two_state.toml").write_text(device.to_toml(), encoding="utf-8")
    flat = table | {"voltage": 0.0, "series_resistance": 0.0, "read_current": 1e-6, "sample_interval": 1e-6}
    stand_in = make_noise({"kind": "surrogate", "file": "two_state.toml", **flat}, folder=tmp_path)
    named = make_noise({"kind": "surrogate", "preset": "funatsu_2022", **flat})
    np.testing.assert_array_equal(stand_in.volts(20, 3), named.volts(20, 3))


def test_devices_come_from_the_file_of_a_variability(tmp_path):
    wafer = mp.Variability(
        junction=mp.presets.funatsu_2022(),
        spread=mp.Spread(
            relative={"free_layer.damping": 0.2}, barrier=0.1, correlations=[("barrier", "free_layer.damping", 0.5)]
        ),
    )
    (tmp_path / "wafer.toml").write_text(wafer.to_toml())
    table = {
        "kind": "junction",
        "file": "wafer.toml",
        "voltage": 0.1,
        "series_resistance": 1e4,
        "sample_interval": 1e-9,
    }
    source = make_noise(table, folder=tmp_path)
    assert (source.junction, source.spread) == (wafer.junction, wafer.spread)
    assert make_noise(table | {"spread": {"barrier": 0.3}}, folder=tmp_path).spread == mp.Spread(barrier=0.3)


WRONG = {
    "unknown table": ("[rule]", "[rules]\nx = 1\n[rule]", "rules: unknown parameter"),
    "unknown key": ("epochs = 2", "epochs = 2\nepoch = 3", r"\[training\] epoch: unknown parameter"),
    "missing key": ("epochs = 2\n", "", r"\[training\] epochs: missing"),
    "missing table": ('[rule]\nname = "DANP"\n', "", "rule: missing"),
    "wrong kind": ("hidden = [4]", 'hidden = ["4"]', r"\[network\] hidden.0='4'"),
    "unknown data": ('name = "teacher_student"', 'name = "mnits"', r"\[data\] name='mnits' .* mnist"),
    "no data": (
        'name = "teacher_student"\n',
        "",
        r"\[data\] name: missing; give one of .*, teacher_student, or a file",
    ),
    "argument of the data": ("n_samples", "n_sample", r"\[data\] n_sample: .* did you mean n_samples"),
    "unknown rule": ('name = "DANP"', 'name = "DAMP"', r"\[rule\] name='DAMP' is unknown; did you mean DANP"),
    "argument of the rule": ('name = "DANP"', 'name = "DNP"', r"\[rule\] sigma: missing"),
    "optimiser": ("momentum = 0.9", "momentum = 1.5", r"\[optimiser\] momentum=1.5"),
    "text for a number": ("momentum = 0.9", 'momentum = "much"', r"\[optimiser\] momentum='much' is not a number"),
    "true for a number": ("momentum = 0.9", "momentum = true", r"\[optimiser\] momentum=True is not a number"),
    "fraction for a whole number": (
        "n_samples = 20",
        "n_samples = 20.5",
        r"\[data\] n_samples=20.5 is not a whole number",
    ),
    "text in a list": (
        "flip_probability = 0.3",
        'flip_probability = [0.3, "a"]',
        r"\[noise\] flip_probability=\[0.3, 'a'\] is not a number or a list of 2 numbers",
    ),
    "number for a list": (
        '{name = "warm_up", fraction = 0.2}',
        '{name = "steps", at = 0.5}',
        r"\[training.schedule\] at=0.5 is not a list",
    ),
    "initialisation": (
        "hidden = [4]",
        'hidden = [4]\ninitialisation = "xaver"',
        r"\[network\] initialisation='xaver'.*xavier",
    ),
    "dtype": ("hidden = [4]", 'hidden = [4]\ndtype = "float3"', r"\[network\] dtype='float3'.*float32"),
    "empty layer": ("hidden = [4]", "hidden = [4, 0]", r"\[network\] hidden.1=0"),
    "no epoch": ("epochs = 2", "epochs = 0", r"\[training\] epochs=0"),
    "no reads": ("epochs = 2", "epochs = 2\ntest_reads = 0", r"\[training\] test_reads=0"),
    "after a warm-up": (
        "fraction = 0.2",
        'fraction = 0.2, after = {name = "cosine", final = 2.0}',
        r"\[training.schedule.after\] final=2.0",
    ),
    "learning without noise": (
        '[noise]\nkind = "telegraph"\nflip_probability = 0.3\n\n[effects]\nstuck = 0.5\n',
        "",
        r"\[noise\]: missing, but \[rule\] name='DANP'",
    ),
    "unknown noise": ('kind = "telegraph"', 'kind = "pink"', r"\[noise\] kind='pink' .* telegraph"),
    "argument of the noise": ("flip_probability", "flip_probabilty", "did you mean flip_probability"),
    "range of the noise": ("flip_probability = 0.3", "flip_probability = 3.0", r"\[noise\] flip_probability=3.0"),
    "effects": ("stuck = 0.5", "sticky = 0.5", r"\[effects\] sticky: unknown parameter"),
    "spread of the effects": (
        "stuck = 0.5",
        "spread = {barier = 0.1}",
        r"\[effects.spread\] barier: unknown parameter; did you mean barrier",
    ),
    "range of a spread": (
        "stuck = 0.5",
        "spread = {barrier = 10.0}",
        r"\[effects.spread\] barrier=10.0 .*is outside \[0, 1\]",
    ),
    "schedule": ('"warm_up", fraction', '"warm_up", fractoin', "did you mean fraction"),
    "activation": (
        '"leaky_relu", slope = 0.1',
        '"leaky"',
        r"\[network.activation\] name='leaky' is unknown; did you mean leaky_relu",
    ),
    "name of an activation": (
        '{name = "leaky_relu", slope = 0.1}',
        '"leaky"',
        r"\[network\] activation='leaky' is unknown; did",
    ),
    "number for a schedule": (
        '{name = "warm_up", fraction = 0.2}',
        "1",
        r"\[training\] schedule=1 is neither a name nor a table with a name; give one of constant, cosine, ",
    ),
    "table without a name": (
        '{name = "warm_up", fraction = 0.2}',
        "{fraction = 0.2}",
        r"\[training.schedule\] name: missing",
    ),
    "decorrelation of a rule without": (
        'name = "DANP"',
        'name = "ANP"',
        r"toml: \[decorrelation\]: \[rule\] name='ANP' does not decorrelate; leave the table out, or take name='DANP'$",
    ),
    "no decorrelation of a rule with": (
        "[decorrelation]\nlearning_rate = 1e-3\nwhitening = 0.1\n",
        "",
        r"toml: \[decorrelation\]: missing, but \[rule\] name='DANP' decorrelates; add .*, or take name='ANP'$",
    ),
    "decorrelation of rate 0": (
        "learning_rate = 1e-3",
        "learning_rate = 0.0",
        r"\[decorrelation\] learning_rate=0.0 .* outside \(0, 1\].*; without decorrelation .* ANP in place of DANP",
    ),
    "decorrelation": ("whitening = 0.1", "whitening = 2.0", r"\[decorrelation\] whitening=2.0"),
    "loss": ("epochs = 2", 'epochs = 2\nloss = "hinge"', r"\[training\] loss='hinge'"),
    "loss of the data": (
        "epochs = 2",
        'epochs = 2\nloss = "cross_entropy"',
        r"\[training\] loss='cross_entropy': cross-entropy of one output",
    ),
    "augmentation of the data": ("epochs = 2", 'epochs = 2\naugment = "cifar"', r"augment='cifar': inputs of shape"),
    "fill of an augmentation": (
        "epochs = 2",
        'epochs = 2\naugment = {name = "crop_and_flip", height = 1, width = 2, channels = 1, fill = ["a"]}',
        r"\[training.augment\] fill=\['a'\] is not a list of numbers",
    ),
    "no case of an effect": (
        "[effects]",
        "[effects_table.cases]\nstuck = []\n[effects]",
        r"\[effects_table\] cases.stuck=\[\]",
    ),
    "no effect in the table": ("[effects]", "[effects_table.cases]\n[effects]", r"\[effects_table\] cases=\{\}"),
    "not TOML": ("[rule]", "[rule", "not valid TOML"),
    "noise of nothing": ('[noise]\nkind = "telegraph"\nflip_probability = 0.3\n', "", r"\[effects\] without \[noise\]"),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_are_one_sentence(name, tmp_path):
    old, new, message = WRONG[name]
    with pytest.raises(ParameterError, match=message) as caught:
        Experiment.from_toml(write(tmp_path, old=old, new=new)).build()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preset": "nobody_1999"}, "nobody_1999"),
        ({"preset": 3}, "preset=3 is not text or a list of texts"),
        ({"file": "x.toml"}, "name one of them"),
        ({"voltage": 100.0}, "voltage"),
        ({"sample_interval": 1.5}, r"\[noise\] sample_interval=1.5"),
        ({"spread": {"barier": 0.2}}, r"\[noise.spread\] barier: .* did you mean barrier"),
        ({"spread": 0.2}, r"spread=0.2 is not a table; write it as \[noise.spread\]"),
        ({"bias": 3}, "bias: unknown parameter"),
        ({"kind": "series"}, r"\[noise\] preset or file: a series is made of several junctions"),
    ],
)
def test_mistakes_in_a_junction(changes, message):
    with pytest.raises(ParameterError, match=message):
        make_noise({"kind": "junction"} | JUNCTION | changes)


@pytest.mark.parametrize("name", ["noise", "rule", "optimiser", "data", "decorrelation", "effects", "training"])
def test_a_name_is_no_table(name):
    tables = {"data": {"name": "digits"}, "rule": {"name": "BP"}, "training": {"epochs": 1}, name: "telegraph"}
    with pytest.raises(ParameterError, match=rf"^{name}='telegraph' is not a table; write it as \[{name}\]$"):
        Experiment(**tables)


def test_a_source_within_a_source_is_named():
    with pytest.raises(ParameterError, match=r"\[noise.inner\] kind='x'"):
        make_noise({"kind": "ring_buffer", "inner": {"kind": "x"}})
    with pytest.raises(ParameterError, match=r"inner=.telegraph. is not a table; .*noise.inner"):
        make_noise({"kind": "ring_buffer", "inner": "telegraph"})
    with pytest.raises(ParameterError, match=r"\[noise\] divider=\[0.1\] is not a list of 2 numbers"):
        node = {"kind": "summing_node", "feedback_resistance": 1e3, "voltage": 0.1, "divider": [0.1]}
        make_noise(node | {"inner": {"kind": "telegraph"}})
    with pytest.raises(ParameterError, match=r"\[noise\] shuffle='no' is not true or false"):
        make_noise({"kind": "recorded", "file": "x.csv", "shuffle": "no"})


def test_what_follows_a_warm_up_is_a_name_or_a_table(tmp_path):
    cases = {"'constant'": schedules.ConstantRate(), '{name = "cosine", final = 0.1}': schedules.CosineRate(0.1)}
    for text, after in cases.items():
        path = write(tmp_path, old="fraction = 0.2", new=f"fraction = 0.2, after = {text}")
        assert Experiment.from_toml(path).build().schedule == schedules.WarmUp(0.2, after)


@pytest.mark.parametrize("name", INITIALISATIONS)
def test_every_initialisation_has_its_name(name, tmp_path):
    path = write(tmp_path, old="hidden = [4]", new=f'hidden = [4]\ninitialisation = "{name}"')
    assert Experiment.from_toml(path).build().network.initialisation == name


def test_a_file_with_a_byte_order_mark(tmp_path):
    (tmp_path / "a.toml").write_text(EXPERIMENT, encoding="utf-8-sig")
    (tmp_path / "b.toml").write_text(EXPERIMENT, encoding="utf-8")
    assert Experiment.from_toml(tmp_path / "a.toml") == Experiment.from_toml(tmp_path / "b.toml")
