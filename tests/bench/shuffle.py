#!/usr/bin/env python3
"""Simulates what a cluster moves when it counts clustered points on pixels: numbers for docs/scale.md.

Each map task has a million points and sends one row for each pixel that it has any on, by a hash of the pixel, to one of many reduce tasks.
Points lie around 400 places, of which few have most, on roads of a kind (a line from place to place) and anywhere.

    shuffle.py [TASKS] [POINTS OF A TASK]
"""
import sys

import numpy

TASKS, POINTS = (int(word) for word in (sys.argv[1:] + ["10", "1000000"][len(sys.argv) - 1:])[:2])
REDUCERS, ROW = 200, 13.2  # bytes: two numbers for the pixel, weight and count, as Spark packs them (scale.py tells)
places = numpy.random.default_rng(1).uniform(0, 1, (400, 2))


def points(task):
    random = numpy.random.default_rng(task + 2)
    which = numpy.minimum((random.pareto(1.0, POINTS) * 8).astype(int), 399)
    at = places[which] + random.normal(0, 0.004, (POINTS, 2)) * random.exponential(1, (POINTS, 1))
    roads = slice(0, POINTS * 3 // 10)
    along = random.uniform(0, 1, (POINTS, 1))[roads]
    at[roads] = places[which[roads]] * along + places[(which[roads] * 7 + 1) % 400] * (1 - along) + random.normal(0, 5e-5, (len(along), 2))
    at[POINTS * 95 // 100:] = random.uniform(0, 1, (POINTS - POINTS * 95 // 100, 2))
    return at % 1


print("side | cells of a task | share of points | cells of all | shuffled/all cells | most/mean rows of a reducer | hottest cell's share")
all_points = [points(task) for task in range(TASKS)]
for side in (1024, 2048, 4096, 16384, 65536):
    tasks = [numpy.unique((at * side).astype(numpy.int64) @ (side, 1), return_counts=True) for at in all_points]
    rows = numpy.concatenate([cells for cells, _ in tasks])
    counts = numpy.concatenate([counts for _, counts in tasks])
    mixed = rows.astype(numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15) >> numpy.uint64(40)
    reducers = numpy.bincount((mixed % REDUCERS).astype(int), minlength=REDUCERS)
    cells, where = numpy.unique(rows, return_inverse=True)
    hottest = numpy.bincount(where, counts).max() / counts.sum()
    mean = len(rows) / TASKS
    print(f"{side} | {mean:,.0f} | {mean / POINTS:.1%} | {len(cells):,} | {len(rows) / len(cells):.2f} | {reducers.max() / reducers.mean():.2f} | {hottest:.3%} | {mean * ROW / 1e6:.1f} MB")
