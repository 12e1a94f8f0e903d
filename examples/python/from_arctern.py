"""Arctern's heat_map_layer, done with the program.

    vega = vega_heatmap(1824, 1777, bounding_box=[...], map_zoom_level=14.544, coordinate_system="EPSG:4326")
    png = heat_map_layer(vega, points, weights)

Arguments: a table of points as well-known binary (in hexadecimal digits) and weights, and where the
picture goes.
"""

import base64
import csv
import sys

import numpy as np

from heatmap_pipe import heatmap

BOX = (-74.01424568752932, 40.72759334104623, -73.96056823889673, 40.76721122683304)


def heat_map_layer(points, weights, box, width, height, zoom_level, crs="EPSG:4326"):
    """The picture as base64, as Arctern gave it."""
    return heatmap(points, weights, output="b64", bbox=box, width=width, height=height,
                   zoom_level=zoom_level, crs=crs)


def read(file):
    """Points as N rows of longitude and latitude, and their weights."""
    with open(file, newline="") as table:
        rows = list(csv.DictReader(table))
    wkb = bytes.fromhex("".join(row["point"] for row in rows))
    points = np.frombuffer(wkb, [("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
    return np.column_stack((points["x"], points["y"])), [float(row["fare"]) for row in rows]


if __name__ == "__main__":
    text = heat_map_layer(*read(sys.argv[1]), BOX, 912, 888, 13.0)
    with open(sys.argv[2], "wb") as picture:
        picture.write(base64.b64decode(text))
