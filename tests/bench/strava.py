#!/usr/bin/env python3
"""A Strava export of a thousand activities, packed as they are, beside what unpacking and decoding alone take.

    cargo build --release && tests/bench/strava.py

The export is made of a way among the samples, moved to a thousand places around a town, with a fix each second, in FIT files of 3,000 records with the fields that
watches write, each packed with gzip, all of them in one ZIP with the list of activities. `heatmap info` unpacks and decodes all of it and draws nothing. What is compared is
the processor time of all threads, the least of five runs in turns.
"""

import csv
import datetime
import gzip
import io
import os
import random
import resource
import struct
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

from spent import spent

ACTIVITIES = int(os.environ.get("ACTIVITIES", 1000))
POINTS = int(os.environ.get("POINTS", 3000))
RUNS = int(os.environ.get("RUNS", 5))
ROOT = Path(__file__).resolve().parents[2]
HEATMAP = Path(os.environ.get("HEATMAP", ROOT / "target/release/heatmap"))
SAMPLES = ROOT / "tests/data"
HOME = "54.3233,10.1228,300m"
WAYS = {
    "info": ["info", "export.zip"],
    "picture": ["-o", "life.png", "export.zip"],
    "filtered": ["-o", "life.png", "export.zip", "--after", "2020", "--privacy", HOME, "--privacy-seed", "s"],
}
# Field, bytes and base type of what a record has: time, latitude, longitude, altitude, distance, speed, pulse, cadence, temperature.
FIELDS = [(253, 4, 134), (0, 4, 133), (1, 4, 133), (2, 2, 132), (5, 4, 134), (6, 2, 132), (3, 1, 2), (4, 1, 2), (13, 1, 1)]
# When clocks of FIT begin.
EPOCH = datetime.datetime(1989, 12, 31, tzinfo=datetime.timezone.utc)


def checksum(data):
    table = [0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400]
    crc = 0
    for byte in data:
        for nibble in (byte & 15, byte >> 4):
            crc = (crc >> 4) ^ table[crc & 15] ^ table[nibble]
    return crc


def definition(local, message, fields):
    return struct.pack("<BBBHB", 0x40 | local, 0, 0, message, len(fields)) + bytes(byte for field in fields for byte in field)


def sample():
    """The way of a recording among the samples."""
    with gzip.open(SAMPLES / "packed/donegal.gpx.gz") as packed:
        points = [of for of in ElementTree.parse(packed).iter() if of.tag.endswith("trkpt")]
    return [(float(of.get("lat")), float(of.get("lon"))) for of in points]


def fit(way, start, chance):
    """A FIT file of a way, moved and turned, with a fix each second."""
    lat, lon = 54.3233 + chance.gauss(0, 0.05), 10.1228 + chance.gauss(0, 0.08)
    turn, scale = chance.choice([-1, 1]), chance.uniform(0.5, 1.5)
    seconds = int((start - EPOCH).total_seconds())
    body = [definition(0, 0, [(0, 1, 0), (4, 4, 134)]), struct.pack("<BBI", 0, 4, seconds), definition(1, 20, FIELDS)]
    for number in range(POINTS):
        at = number * (len(way) - 1) / POINTS
        (south, west), (north, east) = way[int(at)], way[int(at) + 1]
        part = at % 1
        y = lat + turn * scale * (south + (north - south) * part - way[0][0]) + chance.gauss(0, 1e-5)
        x = lon + scale * (west + (east - west) * part - way[0][1]) + chance.gauss(0, 1e-5)
        units = [round(of * 2**31 / 180) for of in (y, x)]
        height, speed = 2500 + chance.randrange(500), 2000 + chance.randrange(2000)
        pulse, cadence, warmth = 120 + chance.randrange(50), 80 + chance.randrange(10), 18
        body.append(struct.pack("<BIiiHIHBBb", 1, seconds + number, *units, height, number * 300, speed, pulse, cadence, warmth))
    body.append(definition(2, 18, [(5, 1, 0)]) + bytes([2, 1]))
    body = b"".join(body)
    head = struct.pack("<BBHI4s", 14, 32, 2132, len(body), b".FIT")
    file = head + struct.pack("<H", checksum(head)) + body
    # The sum of so many bytes takes Python a minute for all files, and readers go on without it where it is 0.
    return file + struct.pack("<H", 0)


def make(path):
    chance, way = random.Random(17), sample()
    rows = io.StringIO()
    table = csv.writer(rows)
    table.writerow(["Activity ID", "Activity Date", "Activity Name", "Activity Type", "Filename"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(ACTIVITIES):
            start = datetime.datetime(2018, 1, 1, 8, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=2.5 * number)
            name = f"activities/{number + 1}.fit.gz"
            archive.writestr(name, gzip.compress(fit(way, start, chance), 6, mtime=0))
            table.writerow([number + 1, start.strftime("%b %d, %Y, %I:%M:%S %p"), f"Activity {number + 1}", "Run", name])
        archive.writestr("activities.csv", rows.getvalue())


def main():
    if not HEATMAP.exists():
        sys.exit(f"there is no {HEATMAP}: cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "export.zip"
        make(export)
        print(f"{ACTIVITIES} activities of {POINTS} points, {export.stat().st_size / 1e6:.0f} MB")
        least = {name: float("inf") for name in WAYS}
        for _ in range(RUNS):
            for name, arguments in WAYS.items():
                least[name] = min(least[name], spent([HEATMAP, *arguments, "-q"], folder))
        for name, seconds in least.items():
            # The most of all runs so far, of which info takes the least.
            print(f"{name:9} {seconds:6.2f} s of processor time, {seconds / least['info']:.2f} times that of info")
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"memory    {most / 1000:.0f} MB at the most")


if __name__ == "__main__":
    main()
