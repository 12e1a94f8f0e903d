"""Heat maps from numpy, pandas or Arrow: a pipe to the program `heatmap`.

Copy this file; it needs Python 3.8, numpy and the program, which is looked for on the path or
where the environment variable HEATMAP says.

    from heatmap_pipe import heatmap
    png = heatmap(points, weights, width=800, radius=20, bbox=(-74.02, 40.7, -73.93, 40.8))

Written for the project heatmap; MIT OR Apache-2.0, like the program.
"""

import os
import subprocess

import numpy as np

__all__ = ["heatmap", "HeatmapError"]


class HeatmapError(RuntimeError):
    """What the program said when it refused."""


def heatmap(points, weights=None, *, output="png", **options):
    """Draw points and return the bytes of the picture.

    points   an array, a DataFrame or a list of N rows: longitude, latitude (or x, y with
             crs="EPSG:..." or projection="xy"); or a pair of two columns of N values each
    weights  N numbers; without them each point counts 1
    output   what the bytes are, by the extension of such a file: png, jpg, webp, tif, npy (the
             heat of every pixel: numpy.load(io.BytesIO(...))), b64 ...
    options  those of the program, with _ for -: width=800, zoom_level=14.5, data_uri=True;
             a list repeats an option, a tuple is joined by commas, False and None leave it out
    """
    table = _table(points, weights)
    line = [os.environ.get("HEATMAP", "heatmap"), "--filetype", "csv", "--geometry-field=geom",
            "-o", f"{output}:-"]
    if weights is not None:
        line.append("--weight-field=weight")
    for name, value in options.items():
        line += _words(name.replace("_", "-"), value)
    done = subprocess.run([*line, "-"], input=table, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise HeatmapError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _words(name, value):
    if value is None or value is False:
        return []
    if value is True:
        return [f"--{name}"]
    if isinstance(value, list):
        return [word for one in value for word in _words(name, one)]
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return [f"--{name}={value}"]


def _table(points, weights):
    """CSV as bytes; no row is ever a Python object."""
    if isinstance(points, tuple) and len(points) == 2:
        x, y = points
    else:
        rows = np.asarray(points, dtype=float).reshape(-1, 2)
        x, y = rows[:, 0], rows[:, 1]
    columns = [_geometries(_finite(x), _finite(y))]
    if weights is not None:
        columns.append(_numbers(_finite(weights)))
    if len({len(column) for column in columns}) != 1:
        raise ValueError("there are not as many weights as points")
    head = b"geom\n" if weights is None else b"geom,weight\n"
    # Filled column by column where it is sent from: it is large, and copies of it take longer.
    rows = len(columns[0])
    table = np.empty(len(head) + rows * sum(column.shape[1] + 1 for column in columns), np.uint8)
    table[:len(head)] = np.frombuffer(head, np.uint8)
    lines, at = table[len(head):].reshape(rows, -1), 0
    for column in columns:
        end = at + column.shape[1]
        lines[:, at:end], lines[:, end] = column, ord(",")
        at = end + 1
    lines[:, -1] = ord("\n")
    return table.data


def _finite(values):
    values = np.ascontiguousarray(values, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("a number is not finite; leave such rows out, as by numpy.isfinite")
    return values


_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)]).view(np.uint16)


def _geometries(x, y):
    """Points as well-known binary, in hexadecimal digits: to the last bit, and fast."""
    if len(x) != len(y):
        raise ValueError("there are not as many x as y")
    points = np.empty(len(x), [("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
    points["order"], points["kind"], points["x"], points["y"] = 1, 1, x, y
    return _HEX[points.view(np.uint8)].view(np.uint8).reshape(len(x), -1)


# Powers of ten by their exponents, of which the negative ones are counted from the end.
_TENS = 10.0 ** np.concatenate([np.arange(200), np.arange(-200, 0)])
_PAIRS = np.array([f"{pair:02}".encode() for pair in range(100)]).view(np.uint16)


def _numbers(values):
    """Numbers as a sign, nine digits (as many as the program keeps of weights) and an exponent."""
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        power = np.where(size > 0, np.floor(np.log10(size)), 0).astype(np.int32) - 8
    # Powers beyond those of doubles are taken in two steps.
    half = power // 2
    digits = np.rint(size * _TENS[-half] * _TENS[half - power]).astype(np.uint32)
    # Ten digits, of which the first is 1 where rounding carried over.
    text = np.empty((len(values), 16), np.uint8)
    text[:, 0] = np.where(values < 0, ord("-"), ord("+"))
    for at in (9, 7, 5, 3, 1):
        digits, pair = np.divmod(digits, np.uint32(100))
        text[:, at:at + 2] = _PAIRS[pair].view(np.uint8).reshape(-1, 2)
    text[:, 11] = ord("e")
    text[:, 12] = np.where(power < 0, ord("-"), ord("+"))
    power = np.abs(power)
    text[:, 13] = ord("0") + power // 100
    text[:, 14:16] = _PAIRS[power % 100].view(np.uint8).reshape(-1, 2)
    return text
