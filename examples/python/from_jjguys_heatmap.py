"""jjguy's heatmap library, done with the program.

    hm = heatmap.Heatmap()
    image = hm.heatmap(points, dotsize=150, size=(1024, 1024), scheme="classic")

Points are (longitude, latitude). Argument: where the picture goes.
"""

import random
import sys

from heatmap_pipe import heatmap


def jjguys_heatmap(points, dotsize=150, opacity=128, size=(1024, 1024), scheme="classic", area=None):
    """The picture as PNG."""
    box = (*area[0], *area[1]) if area else None
    return heatmap(points, dotsize=dotsize, opacity=opacity / 255, width=size[0], height=size[1],
                   scheme=scheme, bbox=box)


if __name__ == "__main__":
    random.seed(1)
    points = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(400)]
    with open(sys.argv[1], "wb") as picture:
        picture.write(jjguys_heatmap(points, dotsize=100, size=(400, 400)))
