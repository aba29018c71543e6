"""What benchmarks of swarms on the hosts of scripts/nodes-bed share: asking hosts, waiting, measuring, and the table at the end."""

import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

NODES = pathlib.Path(os.environ.get("NODES", "/nonexistent"))
LIMIT = 90  # seconds that anything may take
DAEMONS = ["dockerd", "containerd", "swarmd", "etcd"]


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, timeout=LIMIT)
    if done.returncode:
        raise SystemExit(f"{pathlib.Path(sys.argv[0]).name}: {' '.join(words)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def timed(*words):
    start = time.monotonic()
    run(*words)
    return time.monotonic() - start


class Engine(http.client.HTTPConnection):
    """The Engine API of a host, from outside of it."""

    def __init__(self, node):
        super().__init__("engine", timeout=1)
        self.path = str(NODES / node / "run/docker.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def until(what, condition):
    """Seconds until something is so."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > LIMIT:
            raise SystemExit(f"{pathlib.Path(sys.argv[0]).name}: {what}: not within {LIMIT} s")
        time.sleep(0.02)
    return time.monotonic() - start


def memory(node, programs=None):
    """MiB of a host's daemons as (resident, proportional), a page that several share counted in parts in the latter."""
    resident = proportional = 0
    for pid in run("on", node, "pgrep", "-x", "|".join(programs or DAEMONS)).split():
        for line in run("on", node, "cat", f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Rss:"):
                resident += int(line.split()[1])
            if line.startswith("Pss:"):
                proportional += int(line.split()[1])
    return resident / 1024, proportional / 1024


def start_daemons(orchestrator, *nodes):
    """The engine alone, or behind swarmd."""
    if orchestrator == "stock":
        run("engine-up", *nodes)
    else:
        run("engine-up", "--swarmd", *nodes)
        for node in nodes:
            run("swarmd-up", node)


def shown(value, row, places=2):
    if "MiB" in row:
        return f"{value:.0f}"
    return f"{value:.{places}f} s" if value >= 0.01 else f"{value * 1000:.3f} ms"


def choices(program):
    """How many runs the command line asks for, and of which orchestrators."""
    words = sys.argv[1:]
    runs = int(words[1]) if words[:1] == ["--runs"] else 5
    if os.environ.get("SWARMLAB_BED") != "1":
        raise SystemExit(f"{program}: run it in a bed: make {program}")
    return runs, words[2 if words[:1] == ["--runs"] else 0:] or ["stock", "swarmd"]


def compare(program, measure):
    """Measures orchestrators in turn, as often as the command line says, and prints a table of medians.

    measure(orchestrator) returns figures by their names: seconds, or MiB where the name says so."""
    runs, orchestrators = choices(program)
    results = {orchestrator: [] for orchestrator in orchestrators}
    for number in range(runs):
        for orchestrator in orchestrators:
            print(f"run {number + 1} of {runs}: {orchestrator}", file=sys.stderr, flush=True)
            results[orchestrator].append(measure(orchestrator))
            print(json.dumps(results[orchestrator][-1]), file=sys.stderr, flush=True)
    tabulate(runs, results)


def tabulate(runs, results, by_turns=False):
    """Prints the medians of lists of figures by their names, of each orchestrator's, and of two the ratio of these medians; or, where
    figures were taken by turns, the median of the ratios of those that were taken one after the other."""
    print(f"medians of {runs} runs (range)\n")
    print("| what |", " | ".join(results), "|" + (" ratio |" if len(results) == 2 else ""))
    print("|---|" + "---|" * (len(results) + (len(results) == 2)))
    for row in dict.fromkeys(row for figures in results.values() for figure in figures for row in figure):
        lists = [[figure[row] for figure in figures if row in figure] for figures in results.values()]
        cells = [
            shown(statistics.median(values), row) + f" ({shown(min(values), row)} to {shown(max(values), row)})" if values else "–"
            for values in lists]
        if len(lists) == 2:
            pairs = zip(*lists) if by_turns else [[statistics.median(values) for values in lists if values]]
            ratios = [pair[1] / pair[0] for pair in pairs if len(pair) == 2 and pair[0] > 0]
            cells.append(f"{statistics.median(ratios):.2f}" if ratios else "–")
        print("|", row, "|", " | ".join(cells), "|")
