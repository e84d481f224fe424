"""What drives a server: wrk, or Signet's own load generator.

Both tell calls/s, processor time a call and latencies.
"""

import json
import os
import re
import subprocess
import sys

from local import LOAD_CORE, SIGNET, cpu_seconds


def wrk(server, connections, seconds):
    """Drives `server` by what it has wrk call; the rate, CPU microseconds a call, p50 and p99."""
    connections = min(connections, getattr(server, "connections", connections))
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}",
               "--latency"]
    # The slowest signers, on a busy machine.
    command += ["--timeout", "20s"]
    command += ["-s", str(server.script)] if server.script else []
    before = cpu_seconds(server.process)
    output = subprocess.run(
        command + [server.url], check=True, capture_output=True, text=True).stdout
    used = cpu_seconds(server.process) - before
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"benchmarks: {server.name} did not answer all calls:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return {
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        "cpu_us": used * 1e6 / requests,
        "p50_ms": milliseconds(re.search(r"^\s+50%\s+(\S+)", output, re.M)[1]),
        "p99_ms": milliseconds(re.search(r"^\s+99%\s+(\S+)", output, re.M)[1]),
        "requests": requests,
    }


def bench(server, seconds, *arguments, cores=LOAD_CORE, refuses=False):
    """Drives a Signet by `signet bench sign`; what `wrk` tells, p99.9, and what itself took."""
    report = server.folder / "bench.json"
    command = ["taskset", "-c", cores, SIGNET, "bench", "sign", "--url", server.root,
               "--app-id", server.app["app_id"], "--warm-up", "0s",
               "--duration", f"{seconds}s", "--json", report]
    before = cpu_seconds(server.process)
    command += ["--max-errors", "100%"] if refuses else []
    done = subprocess.run([*command, *arguments], capture_output=True, text=True,
                          env=os.environ | {"SIGNET_BENCH_APP_KEY": server.app["app_key"]})
    used = cpu_seconds(server.process) - before
    if done.returncode != 0:
        sys.exit(f"benchmarks: {server.name} did not answer all calls:\n{done.stdout}{done.stderr}")
    figures = json.loads(report.read_text())
    if figures["errors"]["total"] > 0 and not refuses:
        sys.exit(f"benchmarks: {server.name} refused calls: {figures['errors']}")
    latencies = figures["latency_us"]
    return {
        "rate": figures["requests_per_second"],
        "cpu_us": used * 1e6 / figures["requests"],
        "p50_ms": latencies["p50"] / 1000,
        "p99_ms": latencies["p99"] / 1000,
        "p99_9_ms": latencies["p99_9"] / 1000,
        "requests": figures["requests"],
        "load_us": figures["generator"]["processor_us_per_request"],
        "load_busy": figures["generator"]["busiest_thread"],
    }


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
