"""The lowest pass between the two deepest basins of an energy, by brute force on a grid."""

import numpy as np

from mtjphys.macrospin import energy


def naive_barrier(case, count=61):
    """Lowest pass between the two deepest basins of a grid: raise the water until they join."""
    theta = np.linspace(0, np.pi, count)
    phi = np.linspace(0, 2 * np.pi, 2 * count, endpoint=False)
    t, p = np.meshgrid(theta, phi, indexing="ij")
    m = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=-1)
    level = energy.energy(case, m)
    rows, columns = level.shape
    parent = -np.ones(level.size, dtype=int)
    bottom = np.zeros(level.size)
    flat = level.ravel()

    def find(node):
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    best, pass_level = 0.0, None
    for node in np.argsort(flat):
        parent[node], bottom[node] = node, flat[node]
        i, j = divmod(node, columns)
        near = [(i, (j + 1) % columns), (i, (j - 1) % columns)]
        near += [(k, (j + d) % columns) for k in (i - 1, i + 1) if 0 <= k < rows for d in (-1, 0, 1)]
        if i in (0, rows - 1):
            near += [(i, k) for k in range(columns)]
        for k, other in near:
            neighbour = k * columns + other
            if parent[neighbour] < 0:
                continue
            one, two = find(node), find(neighbour)
            if one == two:
                continue
            depth = flat[node] - max(bottom[one], bottom[two])
            if depth > best:
                best, pass_level = depth, flat[node]
            if bottom[one] > bottom[two]:
                one, two = two, one
            parent[two] = one
    return best, pass_level
