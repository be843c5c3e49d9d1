"""Numba kernels: arrays, scalars and NamedTuples in, arrays out; nothing here raises."""
