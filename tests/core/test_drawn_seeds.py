"""A seed that is not given is drawn, and what it made says which one it was: with it, the same comes out again."""

import numpy as np
import pytest
import xarray

import mtjphys as mp
from mtjphys import experiments, learning, surrogate, telegraph
from mtjphys.core.errors import ParameterError
from mtjphys.core.streams import as_seed
from mtjphys.learning import data

JUNCTION = mp.presets.schnitzspan_2023()
BIAS = mp.Bias(voltage=0.1, series_resistance=1e4)
SAMPLES = learning.split(np.eye(3).repeat(8, axis=0), np.arange(24) // 8)


def flat(arrays):
    return np.concatenate([np.ravel(array) for array in arrays])


def run(seed):
    found = mp.simulate(JUNCTION, BIAS, duration=2e-9, sample_interval=1e-9, seed=seed)
    return found.attrs["seed"], found.m.values


def live(seed):
    simulator = mp.Simulator(JUNCTION, BIAS, sample_interval=1e-9, seed=seed)
    return simulator.seed, simulator.advance(2)["m"]


def two_state(seed):
    device = surrogate.from_measurement(
        [0.1], [1e-6], [1e-6], resistance_parallel=5e3, resistance_antiparallel=9e3, half_voltage=0.5
    )
    found = mp.simulate(device, mp.Bias(voltage=0.1), duration=1e-5, sample_interval=1e-6, seed=seed)
    return found.attrs["seed"], found.resistance.values


def signal(seed):
    trace = telegraph.sample(1e3, 1e3, 1e-5, 200, seed=seed)
    return int(trace.origin.partition("seed=")[2]), trace.values


def analysis(seed):
    trace = telegraph.sample(1e3, 1e3, 1e-4, 4000, seed=1)
    found = telegraph.analyse(trace, method="threshold", seed=seed)
    return found.seed, np.array([found.dwell_low.exponential.statistic])


def lanes(seed):
    trace = telegraph.sample(1e3, 1e3, 1e-4, 4000, seed=1)
    rows = xarray.DataArray([trace.values], dims=("bias", "time"))
    found = telegraph.analyse_lanes(rows, 1e-4, method="threshold", seed=seed)
    return found.attrs["seed"], flat(found[name].values for name in found.data_vars)


def record(seed):
    found = mp.readout.measure([5e3, 9e3, 5e3], sample_interval=1e-6, noise_rms=1e-3, source_voltage=0.1, seed=seed)
    return found.attrs["readout_seed"], found.signal.values


def buffer(seed):
    values = mp.readout.RingBuffer(20, seed=seed)
    values.push(np.arange(20.0))
    return values.seed, values.draw(20)


def loop(seed):
    found = experiments.resistance_voltage_loop(JUNCTION, [-0.1, 0.1], dwell=1e-9, seed=seed)
    return found.attrs["seed"], found.resistance.values


def sweep(seed):
    found = experiments.dwell_time_sweep(
        JUNCTION, [0.1], method="simulated", duration=2e-7, replicas=4, thresholds=(-0.1, 0.1), seed=seed
    )
    return found.attrs["seed"], found.dwell_time.values


def spread(seed):
    chip = mp.Spread(barrier=0.2, seed=seed)
    return chip.seed, flat(chip.deviations(4))


def network(seed):
    made = learning.Network([3, 2], seed=seed)
    return made.seed, made.weights[0]


def teacher(seed):
    made = data.teacher([2, 2, 1], seed=seed)
    return made.seed, flat(made.parameters)


def training(seed):
    made = learning.Training(
        learning.Network([3, 3]), learning.BP(), SAMPLES, learning.Adam(0.1), epochs=2, batch_size=5, seed=seed
    )
    return int(made.run(progress=False).attrs["seed"]), flat(made.network.parameters)


def experiment(seed):
    tables = {"data": {"name": "teacher_student"}, "rule": {"name": "BP"}, "training": {"epochs": 1}}
    made = learning.Experiment(seed=seed, **tables)
    assert f"seed = {made.seed}\n" in made.to_toml()
    return made.tables()["seed"], flat(made.build().network.parameters)


def estimator(seed):
    model = learning.NoiseTrainedClassifier((4,), max_epochs=1, random_state=seed)
    model.fit(np.eye(3).repeat(8, axis=0), np.arange(24) // 8)
    return model.seed_, flat(model.network_.parameters)


def source(make):
    def volts(seed):
        noise = make(seed)
        return noise.seed, noise.volts(8, 3)

    return volts


RECORD = np.random.default_rng(1).normal(size=400)
SOURCES = {
    "gaussian": lambda seed: learning.GaussianNoise(0.1, seed=seed),
    "telegraph": lambda seed: learning.TelegraphNoise(seed=seed),
    "binomial": lambda seed: learning.BinomialNoise(5, 0.5, 0.1, seed=seed),
    "recorded": lambda seed: learning.RecordedNoise(RECORD, sample_interval=1e-6, shuffle=True, seed=seed),
    "junction": lambda seed: learning.JunctionNoise(JUNCTION, BIAS, 1e-10, settle=1, seed=seed),
    "ring buffer": lambda seed: learning.RingBufferNoise(learning.TelegraphNoise(seed=1), size=30, seed=seed),
    "effects": lambda seed: learning.Effects(read_noise=1e-3).applied_to(learning.TelegraphNoise(seed=1), seed=seed),
    "table": lambda seed: learning.experiment.make_noise({"kind": "gaussian", "sigma": 0.1}, seed=seed),
}
MAKERS = [
    run,
    live,
    two_state,
    signal,
    analysis,
    lanes,
    record,
    buffer,
    loop,
    sweep,
    spread,
    network,
    teacher,
    training,
    experiment,
]
MAKERS = {make.__name__: make for make in [*MAKERS, estimator]} | {name: source(make) for name, make in SOURCES.items()}


@pytest.mark.parametrize("name", MAKERS)
def test_what_no_seed_was_given_to_says_which_one_was_drawn(name):
    make = MAKERS[name]
    seed, values = make(None)
    again, same = make(seed)
    other_seed, other = make(None)
    assert type(seed) is int and again == seed != other_seed and 0 <= seed < 2**63
    np.testing.assert_array_equal(same, values)
    assert not np.array_equal(other, values)


def test_a_seed_that_is_drawn_comes_back_from_a_file(tmp_path):
    mp.simulate(JUNCTION, BIAS, duration=2e-9, sample_interval=1e-9, seed=None, output=tmp_path / "run.nc")
    with mp.traces.open_dataset(tmp_path / "run.nc") as first:
        seed, m = int(first.attrs["seed"]), first.m.values
    np.testing.assert_array_equal(run(seed)[1], m)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ParameterError, match=r"seed=.* is not a whole number of at least 0"):
        as_seed(seed)


@pytest.mark.parametrize(
    "make",
    [
        lambda: learning.digits(seed=None),
        lambda: learning.split(np.eye(40), np.arange(40) % 2, seed=None),
        lambda: data.teacher_student(seed=None),
        lambda: telegraph.exponential_test(np.full(50, 3.0), 1.0, seed=None),
    ],
)
def test_none_is_refused_where_the_result_could_not_say_which_seed_was_drawn(make):
    with pytest.raises(ParameterError, match="seed=None is not a whole number"):
        make()
