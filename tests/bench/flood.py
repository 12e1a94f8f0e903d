#!/usr/bin/env python3
"""A service under more than it can do, and with everything around it going wrong: nothing crashes, memory stays in its bound, every answer is right or an honest error.

    apt install wrk postgresql postgis
    cargo build --release && tests/bench/flood.py [flood] [readers] [halves] [idle] [files] [kill] [database]

All of it stays on this machine's loopback, and ends by itself. Whatever asks shares the cores with the service: what is told of a flood is therefore the processor time of
the service for each picture as well. A line that begins with WRONG makes the bench fail.
"""

import collections
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import postgres
from served import EUROPE, Client, Service, program, run_parts, write_places
from spent import of_children

POINTS = int(os.environ.get("POINTS", 10_000_000))
SECONDS = float(os.environ.get("SECONDS", 20))
IDLE = int(os.environ.get("IDLE", 10_000))
PAIRS = int(os.environ.get("PAIRS", 5))
PICTURE = "/heatmap.png?bbox=-10,35,30,60&width=2000&height=2000&max=50"
wrong = []


def told(name, is_right, words):
    print(f"{name:9} {'' if is_right else 'WRONG '}{words}", flush=True)
    if not is_right:
        wrong.append(name)


# Tiles of a zoom at random, each connection with as long between two of them as to come to a rate.
RANDOM = """
local wait, query = tonumber(os.getenv("WAIT")), os.getenv("QUERY")
local west, south, east, north = {west}, {south}, {east}, {north}
local zoom = 12
local function column(lon) return (lon / 360 + 0.5) * 2 ^ zoom end
local function row(lat) local s = math.sin(math.rad(lat)); return (0.5 - math.log((1 + s) / (1 - s)) / (4 * math.pi)) * 2 ^ zoom end
init = function(args) math.randomseed(os.time()) end
request = function()
  return wrk.format("GET", string.format("/tiles/%d/%d/%d.png?%s", zoom, math.random(math.floor(column(west)), math.floor(column(east))), math.random(math.floor(row(north)), math.floor(row(south))), query))
end
if wait > 0 then delay = function() return math.random(0, 2 * wait) end end
"""
# How long the service holds a refusal back, in seconds, and how many wait for its one renderer.
HELD, QUEUE = 1, 64
# Whoever asks has a core of its own, where there are two: what the service does not get is then what it does not get done.
CORES = sorted(os.sched_getaffinity(0))


def flooded(service, folder, query, connections, wait=0):
    """Pictures a second, refusals a second, milliseconds of the service's processor time a picture, and the generator's share of a core."""
    script = Path(folder) / "random.lua"
    script.write_text(RANDOM.format(**dict(zip(("west", "south", "east", "north"), EUROPE))))
    before, asking = service.spent(), of_children()
    command = ["taskset", "-c", str(CORES[-1]), "wrk", "-t1", f"-c{connections}", f"-d{SECONDS:.0f}s", "--timeout", "30s", "--latency", "-s", script, service.url]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "WAIT": str(int(1000 * wait)), "QUERY": query}).stdout
    count = int(re.search(r"(\d+) requests in", said)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    refused = int(refused[1]) if refused else 0
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    good, own, asking = count - refused, service.spent() - before, of_children() - asking
    return good / SECONDS, refused / SECONDS, good / own, asking / SECONDS, broken


def flood(folder, data):
    """More than can be done: of tiles that cost little, as many as 900 connections may ask for, and of dear ones ten times as many as can be drawn.

    A machine that others share gives more at one time than at another, by half as much again: the peak is asked for again before each flood, and the median of the pairs is told.
    """
    service = Service(folder, "--cache", "1K", data, cores=CORES[:1])
    for name, query in [("cheap", "max=5"), ("dear", "max=5&radius=180&decay=0.7")]:
        peaks = {connections: flooded(service, folder, query, connections) for connections in (2, 8, 32)}
        best = max(peaks, key=lambda connections: peaks[connections][0])
        # With what waits before it is refused, which nobody knows beforehand, 15 times come to 10.
        for times in (2, 15):
            pairs = []
            for _ in range(PAIRS):
                peak, _, each, _, _ = flooded(service, folder, query, best)
                # So many that each asks every four seconds: who is silent for ten is cut off.
                connections = min(900, round(4 * times * peak))
                wait = (connections - QUEUE) / (times * peak) - HELD
                rate, refused, of_time, asking, broken = flooded(service, folder, query, connections, wait=max(0, wait))
                pairs.append((rate / peak, of_time / each, (rate + refused) / peak, peak, refused, asking, broken))
            share, of_time, offered, peak, refused, asking = (statistics.median(pair[n] for pair in pairs) for n in range(6))
            broken = [pair[-1] for pair in pairs if pair[-1]]
            told(
                "flood",
                share > 0.9 and not broken,
                f"{name} tiles at {offered:.1f} × the peak of {peak:.0f} pictures a second: {100 * share:.0f} % of it (for a second of processor time {100 * of_time:.0f} %; the pairs "
                f"{', '.join(f'{100 * pair[0]:.0f}' for pair in pairs)}), {refused:.0f} refusals a second, {broken[0] if broken else 'nothing broken'}; "
                f"wrk took {100 * asking:.0f} % of a core; {service.memory(most=True):.0f} MB at the most",
            )
    status, _, _ = Client(service.address).ask("/tiles/6/33/22.png?max=5")
    told("flood", status == 200, f"afterwards {status}")
    service.stop()


def timed(service, target="/tiles/6/33/22.png?max=5", count=50):
    """Milliseconds that answers take to somebody else, the longest."""
    longest = 0
    client = Client(service.address)
    for _ in range(count):
        began = time.monotonic()
        status, _, _ = client.ask(target)
        longest = max(longest, 1000 * (time.monotonic() - began))
        if status != 200:
            raise SystemExit(f"{target}: {status}")
    return longest


def until_closed(streams, seconds):
    """Of connections that are read until they end, how many did so in time; and when the last one did."""
    began, open_ones = time.monotonic(), list(streams)
    while open_ones and time.monotonic() < began + seconds:
        for stream in list(open_ones):
            stream.setblocking(False)
            try:
                if not stream.recv(1 << 16):
                    open_ones.remove(stream)
            except BlockingIOError:
                pass
            except OSError:
                open_ones.remove(stream)
        time.sleep(0.1)
    return len(streams) - len(open_ones), time.monotonic() - began


def readers(folder, data):
    """Clients that ask for large pictures again and again and read nothing."""
    service = Service(folder, data)
    before = service.memory()
    streams = [socket.create_connection(service.address) for _ in range(300)]
    for stream in streams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.sendall(f"GET {PICTURE} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 20)
    longest = timed(service)
    more = service.memory() - before
    began, left = time.monotonic(), streams
    while left and time.monotonic() < began + 60:
        time.sleep(1)
        left = [stream for stream in left if not is_closed(stream)]
    seconds = time.monotonic() - began
    told("readers", longest < 1000 and not left, f"{len(streams)} that read nothing: others wait {longest:.0f} ms at the most, {more:.0f} MB more; {len(streams) - len(left)} closed after {seconds:.0f} s")
    service.stop()


def is_closed(stream):
    """Whether the other side has closed a connection, whatever is still to be read: what is sent to it comes back as an error, the next time."""
    try:
        stream.sendall(b"\r\n")
        return False
    except OSError:
        return True


def halves(folder, data):
    """Heads that never end, and bodies that do not come."""
    service = Service(folder, data)
    begin = b"GET /tiles/6/33/22.png HTTP/1.1\r\nHost: x\r\nX-Slow: "
    body = b"POST /twine-heatmap HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    streams = [socket.create_connection(service.address) for _ in range(800)]
    for number, stream in enumerate(streams):
        stream.sendall(body if number % 2 else begin)
    longest = timed(service)
    closed, seconds = until_closed(streams, 40)
    told("halves", longest < 1000 and closed == len(streams), f"{len(streams)} halves of requests: others wait {longest:.0f} ms at the most, {closed} closed after {seconds:.0f} s")
    service.stop()


def idle(folder, data):
    """Connections on which nothing comes, with room for all of them, and without."""
    for most in (IDLE + 1000, 1024):
        service = Service(folder, "--most-connections", str(most), data)
        before, streams = service.memory(), []
        for _ in range(IDLE):
            stream = socket.socket()
            stream.setblocking(False)
            stream.connect_ex(service.address)
            streams.append(stream)
            if len(streams) % 100 == 0:
                time.sleep(0.02)
        began = time.monotonic()
        first = timed(service, count=1)
        longest = timed(service)
        more = service.memory() - before
        closed, seconds = until_closed(streams, 120) if most > IDLE else (0, 0)
        for stream in streams:
            stream.close()
        is_right = most <= IDLE or longest < 1000 and closed == IDLE
        told("idle", is_right, f"{IDLE} idle connections where {most} may be: a new one is answered after {first:.0f} ms, then within {longest:.0f} ms, {more:.0f} MB more" + (f", {closed} closed after {time.monotonic() - began:.0f} s" if closed else ""))
        service.stop()


def asking(service, counts, until, target="/tiles/6/33/22.png?max=5"):
    """Asks until told to stop, and counts what comes."""
    client = Client(service.address)
    while not until.is_set():
        try:
            status, head, body = client.ask(target)
            whole = status != 200 or body[:4] == b"\x89PNG" and body[-8:-4] == b"IEND"
            honest = status in (200, 404) or status == 503 and b"etry-after" in head
            counts[f"{status}" if whole and honest else f"{status} that is wrong"] += 1
        except OSError as error:
            counts[type(error).__name__] += 1
            time.sleep(0.05)


class Askers:
    def __init__(self, service, count=4):
        self.counts, self.until = collections.Counter(), threading.Event()
        self.threads = [threading.Thread(target=asking, args=(service, self.counts, self.until)) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.until.set()
        for thread in self.threads:
            thread.join()
        return dict(self.counts)


def files(folder, data):
    """A file that is replaced while it is served, by others, by nothing and by rubbish."""
    work = Path(folder) / "watched"
    work.mkdir()
    write_places(work / "points.csv", 200_000)
    service = Service(work, "--watch=1", ".")
    before, askers = service.memory(), Askers(service)
    for number in range(6):
        new = work / "new.part"
        if number % 3 == 1:
            new.write_bytes(os.urandom(1 << 20))
        elif number % 3 == 2:
            with open(work / "points.csv", "r+b") as file:
                file.truncate(1000)
            time.sleep(2.5)
            new.write_text("")
        else:
            write_places(new, 200_000 + number)
        new.replace(work / "points.csv")
        time.sleep(3.5)
    write_places(new, 300_000)
    new.replace(work / "points.csv")
    time.sleep(4)
    counts, said = askers.stop(), "".join(service.said)
    total = int(re.search(rb'"total":(\d+)', Client(service.address).ask("/points.json?limit=1")[2])[1])
    told("files", set(counts) == {"200"} and total == 300_000, f"replaced 7 times while it was asked: {counts}, {total} points at last, {said.count('serving')} times read, {said.count('the old data go on')} times kept the old; {service.memory(most=True) - before:.0f} MB more at the most")
    service.stop()


def kill(folder, data):
    """An end while it is asked, and one while it writes its index."""
    service = Service(folder, data)
    askers = Askers(service)
    time.sleep(2)
    stopping = time.monotonic()
    code = service.stop()
    stopping = time.monotonic() - stopping
    counts = askers.stop()
    told("kill", code == 0 and not any("wrong" in name for name in counts), f"asked to end under load it did so in {stopping:.2f} s with {code}: {counts}")
    index = Path(folder) / "killed.index"
    results = []
    for wait in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        index.unlink(missing_ok=True)
        process = subprocess.Popen([program(), "serve", "--listen", "127.0.0.1:0", "--index", index, data], cwd=folder, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.wait()
        results.append(index.exists())
    again = Service(folder, "--index", index, data)
    status, _, _ = Client(again.address).ask("/tiles/6/33/22.png?max=5")
    again.stop()
    left = [name for name in os.listdir(folder) if name.startswith(".") or "tmp" in name]
    told("kill", status == 200 and not any("damaged" in line for line in again.said), f"killed six times on its way to an index, which was there {sum(results)} times, and then whole: {status} after the next start; left behind: {left or 'nothing'}")


def database(folder, data):
    """A database that goes away in the middle and comes back."""
    with postgres.server() as (address, server):
        setup = "CREATE EXTENSION postgis; CREATE TABLE points AS SELECT st_setsrid(st_makepoint(-10 + random() * 40, 35 + random() * 25), 4326)::geometry(Point, 4326) AS geom FROM generate_series(1, 200000); CREATE INDEX ON points USING gist (geom); ANALYZE;"
        subprocess.run(["psql", "-q", address, "-c", setup], check=True, stdout=subprocess.DEVNULL)
        service = Service(folder, "--cache", "1K", "--table", "points", "--geometry-field", "geom", address)
        askers = Askers(service)
        time.sleep(3)
        postgres.stop(server)
        time.sleep(4)
        away = dict(askers.counts)
        status, head, body = Client(service.address).ask("/tiles/6/33/22.png?max=5")
        postgres.start(server)
        began = time.monotonic()
        while Client(service.address).ask("/tiles/6/33/22.png?max=5")[0] != 200 and time.monotonic() < began + 60:
            time.sleep(0.05)
        back = time.monotonic() - began
        time.sleep(2)
        counts = askers.stop()
        told("database", status == 503 and back < 60 and set(counts) <= {"200", "503"}, f"stopped under load: {away}; then {status}, {body.decode()[:200]}; back {back:.2f} s after it: {counts}")
        service.stop()


def main():
    if shutil.which("wrk") is None:
        sys.exit("there is no wrk: apt install wrk")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    parts = {"flood": flood, "readers": readers, "halves": halves, "idle": idle, "files": files, "kill": kill, "database": database}
    run_parts(parts, POINTS)
    sys.exit(f"wrong: {', '.join(wrong)}" if wrong else 0)


if __name__ == "__main__":
    main()
