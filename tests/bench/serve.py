#!/usr/bin/env python3
"""A service of ten million points: its start, tiles that are drawn, answers that are kept, and a table of PostGIS.

    apt install wrk postgresql postgis
    cargo build --release && tests/bench/serve.py [start] [tiles] [kept] [table]

Whatever asks shares the machine's cores with the service, so that its part is told, and beside what was answered in a second the processor time that the service took for an
answer: on a machine of its own it answers as many as fit a second of its cores. HTTP is spoken by one thread, and tiles are drawn by as many as there are cores.
"""

import math
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import postgres
from served import EUROPE, Client, Service, places, program, run_parts
from spent import of_children, spent

POINTS = int(os.environ.get("POINTS", 10_000_000))
SECONDS = float(os.environ.get("SECONDS", 10))
RUNS = int(os.environ.get("RUNS", 3))
# What a window of a map shows of tiles.
ACROSS, DOWN = 4, 3


def start(folder, data):
    """The time of a start, from the file and from an index, beside that of reading the file alone."""
    west, south, east, north = EUROPE
    read = [program(), "-q", "-o", "cells.npy", "-W", "1000", "--bbox", f"{west},{south},{east},{north}", data]
    index = Path(folder) / "points.index"
    least = {}
    for _ in range(RUNS):
        index.unlink(missing_ok=True)
        began = time.monotonic()
        own = spent(read, folder)
        ways = {"reading alone": (time.monotonic() - began, own, 0)}
        for name, arguments in {"from the file": [data], "the same, writing an index": ["--index", index, data], "from the index": ["--index", index, data]}.items():
            service = Service(folder, *arguments)
            ways[name] = (service.started, service.spent(), service.memory(most=True))
            service.stop()
        for name, cost in ways.items():
            least[name] = tuple(map(min, zip(cost, least.get(name, cost))))
    for name, (passed, own, most) in least.items():
        ratio = f", {passed / least['reading alone'][0]:.2f} × of reading, {own / least['reading alone'][1]:.2f} × of its processor time" if most else ""
        print(f"start    {name:27} {passed:5.2f} s, {own:5.2f} s of processor time{f', {most:.0f} MB at the most' if most else ''}{ratio}")
    print(f"         {os.path.getsize(Path(folder) / data) / 1e6:.0f} MB of CSV, {index.stat().st_size / 1e6:.0f} MB of index")


def walk(seed, zooms):
    """Windows of tiles, as somebody sees them who moves a map and zooms around places, without end."""
    dice = random.Random(seed)
    first, last = zooms
    for lat, lon in places(1_000_000, seed + 100):
        zoom = dice.randint(first, last)
        for _ in range(8):
            across = 2**zoom
            x = (lon / 360 + 0.5) * across
            y = (0.5 - math.asinh(math.tan(math.radians(lat))) / math.tau) * across
            left, top = int(x - ACROSS / 2), int(y - DOWN / 2)
            yield [(zoom, a % across, b) for b in range(top, top + DOWN) for a in range(left, left + ACROSS) if 0 <= b < across]
            if dice.random() < 0.5:
                zoom = min(max(zoom + dice.choice([-1, 1]), first), last)
            else:
                lon, lat = lon + dice.uniform(-1, 1) * 360 / across, lat + dice.uniform(-1, 1) * 180 / across


def wander(address, seed, zooms, query, until, told):
    """One client: it asks for the tiles of a window that it does not have yet, one after the other."""
    client, took, counts, known = Client(address), [], {}, set()
    for window in walk(seed, zooms):
        for tile in [tile for tile in window if tile not in known]:
            known.add(tile)
            began = time.monotonic()
            if began > until:
                told.put((took, counts, time.process_time()))
                return
            status, _, _ = client.ask("/tiles/%d/%d/%d.png%s" % (*tile, query))
            counts[status] = counts.get(status, 0) + 1
            if status == 200:
                took.append(time.monotonic() - began)


def drawn(name, service, zooms, query="", also=lambda: 0.0):
    """Tiles that are drawn for two clients; `also` tells processor time of whoever helps."""
    told = multiprocessing.Queue()
    before, others, began = service.spent(), also(), time.monotonic()
    clients = [multiprocessing.Process(target=wander, args=(service.address, seed, zooms, query, began + SECONDS, told)) for seed in range(2)]
    for client in clients:
        client.start()
    answers = [told.get() for _ in clients]
    for client in clients:
        client.join()
    passed, own, others = time.monotonic() - began, service.spent() - before, also() - others
    took = sorted(time for times, _, _ in answers for time in times)
    asking = sum(used for _, _, used in answers)
    counts = {}
    for _, some, _ in answers:
        for status, count in some.items():
            counts[status] = counts.get(status, 0) + count
    share = lambda part: 1000 * took[min(int(len(took) * part), len(took) - 1)]
    print(
        f"tiles    {name}: {len(took) / passed:.0f} a second; half within {share(0.5):.1f} ms, 99 of 100 within {share(0.99):.1f} ms, the slowest {share(1):.0f} ms; "
        f"{1000 * (own + others) / len(took):.2f} ms of processor time a tile{f', {1000 * others / len(took):.2f} ms of it the database' if others else ''}; "
        f"the clients took {100 * asking / passed:.0f} % of a core; answers by status: {counts}"
    )


def tiles(folder, data):
    service = Service(folder, "--cache", "1K", data)
    first, last = zooms = (3, 16)
    client = Client(service.address)
    began = time.monotonic()
    for zoom in range(first, last + 1):
        client.ask(f"/tiles/{zoom}/0/0.png")
    print(f"tiles    the scales of zooms {first} to {last}: {time.monotonic() - began:.2f} s, once")
    drawn("the scale of the data", service, zooms)
    drawn("max=5", service, zooms, "?max=5")
    print(f"tiles    {service.memory(most=True):.0f} MB of memory at the most, {service.memory():.0f} MB at the end")
    service.stop()


PIPELINED = """
local depth = tonumber(os.getenv("DEPTH"))
init = function(args)
  local requests = {}
  for i = 1, depth do requests[i] = wrk.format() end
  all = table.concat(requests)
end
request = function() return all end
"""


def asked(name, service, folder, headers=(), depth=1):
    """What wrk is answered over 8 connections that are kept, with so many requests on the way at once on each."""
    script = Path(folder) / "pipelined.lua"
    script.write_text(PIPELINED)
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS:.0f}s", "-s", script, *[part for header in headers for part in ("-H", header)], f"{service.url}/tiles/6/33/22.png"]
    before, asking = service.spent(), of_children()
    told = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "DEPTH": str(depth)}).stdout
    own, asking = service.spent() - before, of_children() - asking
    count = int(re.search(r"(\d+) requests in", told)[1])
    passed = SECONDS
    if "Non-2xx" in told:
        sys.exit(told)
    print(
        f"kept     {name}, {depth} on the way at once: {count / passed:.0f} a second; {1e6 * own / count:.1f} µs of processor time an answer: {count / own:.0f} a second of one core; "
        f"wrk took {100 * asking / passed:.0f} % of a core"
    )


def kept(folder, data):
    if shutil.which("wrk") is None:
        sys.exit("there is no wrk: apt install wrk")
    service = Service(folder, data)
    status, head, body = Client(service.address).ask("/tiles/6/33/22.png")
    tag = re.search(rb"(?i)\r\netag: *(\S+)", head)[1].decode()
    print(f"kept     a tile of {len(body)} bytes")
    for depth in (1, 16):
        asked("200", service, folder, depth=depth)
        asked("304", service, folder, [f"If-None-Match: {tag}"], depth=depth)
    service.stop()


MAKE = """
CREATE EXTENSION postgis;
CREATE UNLOGGED TABLE raw(lat float8, lon float8);
\\copy raw FROM '{data}' CSV HEADER
CREATE TABLE points AS SELECT st_setsrid(st_makepoint(lon, lat), 4326)::geometry(Point, 4326) AS geom FROM raw;
DROP TABLE raw;
CREATE INDEX ON points USING gist (geom);
VACUUM ANALYZE points;
"""


def table(folder, data):
    with postgres.server() as (address, server):
        began = time.monotonic()
        subprocess.run(["psql", "-q", address], input=MAKE.format(data=Path(folder) / data), text=True, check=True, stdout=subprocess.DEVNULL)
        print(f"table    {time.monotonic() - began:.0f} s to make it")
        service = Service(folder, "--cache", "1K", "--table", "public.points", "--geometry-field", "geom", address)
        print(f"table    {service.started:.1f} s to start, {service.memory(most=True):.0f} MB at the most")
        for zooms in [(10, 16), (7, 9), (3, 6)]:
            drawn(f"PostGIS, zooms {zooms[0]} to {zooms[1]}", service, zooms, "?max=5", lambda: postgres.of_server(server))
        print(f"table    {service.memory(most=True):.0f} MB of memory at the most, {service.memory():.0f} MB at the end")
        service.stop()


def main():
    parts = {"start": start, "tiles": tiles, "kept": kept, "table": table}
    run_parts(parts, POINTS)


if __name__ == "__main__":
    main()
