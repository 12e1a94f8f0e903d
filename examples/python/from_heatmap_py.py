"""heatmap.py's command line, called from Python, done with the program.

    heatmap.py -o out.png -W 500 -r 10 -d 1 -p points.txt

Here the points are numbers in memory, a million of them, and the answer is the heat of every pixel
as an array. Argument: where that goes.
"""

import io
import sys

import numpy as np

from heatmap_pipe import heatmap


def heat(longitudes, latitudes, weights=None, **options):
    """The heat of every pixel, rows from the top."""
    return np.load(io.BytesIO(heatmap((longitudes, latitudes), weights, output="npy", **options)))


if __name__ == "__main__":
    random = np.random.default_rng(1)
    places = random.normal((8.54, 47.37), 0.05, (1_000_000, 2))
    np.save(sys.argv[1], heat(places[:, 0], places[:, 1], width=500, radius=10, decay=1))
