"""A service that a bench starts and asks: its processor time and memory, and a client that speaks just enough HTTP."""

import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from spent import of_process

HEATMAP = Path(os.environ.get("HEATMAP", Path(__file__).resolve().parents[2] / "target/release/heatmap"))
# West, south, east and north of where places are.
EUROPE = (-10, 35, 30, 60)


def program():
    if not HEATMAP.exists():
        sys.exit(f"there is no {HEATMAP}: cargo build --release")
    return HEATMAP


def places(count, seed=1):
    """Latitudes and longitudes: nineteen twentieths in 400 clusters of very different sizes over Europe, the rest anywhere in it."""
    west, south, east, north = EUROPE
    dice = random.Random(seed)
    middles = [(dice.uniform(south + 1, north - 1), dice.uniform(west + 1, east - 1), dice.uniform(0.01, 0.5)) for _ in range(400)]
    sizes = [1 / (rank + 1) for rank in range(400)]
    chosen = dice.choices(middles, sizes, k=count)
    for lat, lon, spread in chosen:
        if dice.random() < 0.05:
            yield dice.uniform(south, north), dice.uniform(west, east)
        else:
            yield dice.gauss(lat, spread), dice.gauss(lon, spread)


def write_places(path, count):
    with open(path, "w") as file:
        file.write("lat,lon\n")
        file.writelines(f"{lat:.6f},{lon:.6f}\n" for lat, lon in places(count))


def run_parts(parts, points):
    """Runs the parts that the command line names, or all: each with a folder and the file in it, or elsewhere, that has so many points."""
    chosen = sys.argv[1:] or list(parts)
    with tempfile.TemporaryDirectory() as folder:
        data = os.environ.get("DATA")
        if not data:
            data = "points.csv"
            write_places(Path(folder) / data, points)
        for name in chosen:
            parts[name](folder, data)


class Service:
    """`heatmap serve` with arguments, which has read its data."""

    def __init__(self, folder, *arguments, until="serving", cores=()):
        self.began = time.monotonic()
        pinned = ["taskset", "-c", ",".join(map(str, cores))] if cores else []
        command = [*pinned, program(), "serve", "--listen", "127.0.0.1:0", *arguments]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        self.said, self.address, heard = [], None, threading.Event()

        def listen():
            for line in self.process.stderr:
                self.said.append(line)
                found = re.search(r"listening on http://([0-9.]+):([0-9]+)", line)
                if found:
                    self.address = (found[1], int(found[2]))
                if until in line:
                    self.started = time.monotonic() - self.began
                    heard.set()
            heard.set()

        threading.Thread(target=listen, daemon=True).start()
        heard.wait()
        if self.process.poll() is not None or self.address is None:
            sys.exit("the service does not start: " + "".join(self.said))

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def spent(self):
        """Seconds of its processor time so far."""
        return of_process(self.process.pid)

    def memory(self, most=False):
        """Megabytes that it holds, or the most that it held."""
        name = "VmHWM" if most else "VmRSS"
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        return self.process.wait(60)


class Client:
    """A connection that is kept, as long as the service keeps it."""

    def __init__(self, address):
        self.address, self.stream, self.rest = address, None, b""

    def ask(self, target, headers=""):
        """Status, head and body of an answer."""
        request = f"GET {target} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode()
        if self.stream is None:
            self.stream = socket.create_connection(self.address, 60)
            self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.rest = b""
        try:
            self.stream.sendall(request)
            return self.read()
        except OSError:
            self.close()
            raise

    def read(self):
        while b"\r\n\r\n" not in self.rest:
            self.more()
        head, _, body = self.rest.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        length = int(length[1]) if length else 0
        while len(body) < length:
            self.rest = b""
            self.more()
            body += self.rest
        self.rest = body[length:]
        return int(head[9:12]), head, body[:length]

    def more(self):
        part = self.stream.recv(1 << 16)
        if not part:
            raise ConnectionError("the service closed the connection")
        self.rest += part

    def close(self):
        if self.stream is not None:
            self.stream.close()
        self.stream = None
