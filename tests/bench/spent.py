"""Processor time of the programs that a bench runs, all their threads and the start included."""

import os
import subprocess
from pathlib import Path


def of_children():
    """Seconds, user and system, of all programs that this one has waited for."""
    times = os.times()
    return times.children_user + times.children_system


def of_process(pid):
    """Seconds, user and system, of a program that still runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def spent(command, folder, **how):
    """Seconds that a command takes in a folder, run as `how` says."""
    before = of_children()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, **how)
    return of_children() - before
