"""What the measurements share: ports, calls, wrk's script that repeats one, and the machine."""

import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Another build may be measured, as it may be tested.
SIGNET = pathlib.Path(os.environ.get("SIGNET_BINARY", ROOT / ".build/release/signet"))
SERVER_CORE, LOAD_CORE = "0", "1"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
KEY_ID = "01M81W7N8JYJCQ8WZWZBYS7CAR"
CLAIMS = ('{"sub":"test@test.com","aud":"web-app","ip":"1.1.1.1","useragent":"my-user-agent",'
          '"personal":{"name":"test-user"}}')


def call(url, key, body):
    """Posts `body` with `key` as the value of `Authorization`; the JSON that is answered."""
    request = urllib.request.Request(url, body.encode(), {"Authorization": key})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def until(condition, what):
    for _ in range(100):
        if condition():
            return
        time.sleep(0.05)
    sys.exit(f"benchmarks: {what} does not answer")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def same_call(script, authorization, body, content_type="application/json"):
    """Writes the file `script`, with which every request of wrk is the same one."""
    script.write_text(f"""
        wrk.method = "POST"
        wrk.headers["Authorization"] = "{authorization}"
        wrk.headers["Content-Type"] = "{content_type}"
        wrk.body = '{body}'""")


def key_files(folder, algorithm):
    """A private and a public key, as PEM, or twice the secret; made at the first call."""
    private, public = folder / f"{algorithm}.key", folder / f"{algorithm}.pub"
    kinds = {"ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], "EdDSA": ["ED25519"],
             "RS256": ["RSA"]}
    if private.exists():
        pass
    elif algorithm == "HS256":
        private.write_text(base64.b64encode(os.urandom(32)).decode())
        public.write_bytes(private.read_bytes())
    else:
        run = lambda *command: subprocess.run(
            ["openssl", *command], check=True, capture_output=True)
        run("genpkey", "-out", private, "-algorithm", *kinds[algorithm])
        run("pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def verify(server, answer):
    """Ends the run when PyJWT does not find what it ought to in what `server` answered."""
    python = ROOT / ".tools/venv/bin/python"
    if not python.exists():
        sys.exit(f"benchmarks: {python} is missing; scripts/setup bench installs it")
    _, public = key_files(server.folder, server.algorithm)
    checked = subprocess.run(
        [python, ROOT / "benchmarks/peers/verify.py", server.algorithm, KEY_ID, public],
        input=json.dumps(answer), text=True)
    if checked.returncode != 0:
        sys.exit(f"benchmarks: {server.name} does not answer as it should")


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def machine():
    processor = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    version = lambda *command: subprocess.run(command, capture_output=True, text=True)
    return {
        "processor": processor[1] if processor else "unknown",
        "cores": os.cpu_count(),
        "kernel": os.uname().release,
        "nginx": version("nginx", "-v").stderr.strip().removeprefix("nginx version: "),
        "openssl": version("openssl", "version").stdout.split("(")[0].strip(),
        "signet": version(SIGNET, "--version").stdout.strip(),
        "commit": version("git", "-C", ROOT, "rev-parse", "--short", "HEAD").stdout.strip(),
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def resident_mb(process):
    """Its resident memory, in units of 2^20 bytes."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024
