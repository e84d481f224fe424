"""Counts the allocations of Signet's calls by a preloaded wrapper around malloc (malloc-count.c).

One connection sends some calls at once and waits for their answers, so that every round of the
event loop has as many calls and the count is the same in every run. With one call at a time, all
that is allocated once a round falls on it.
"""

import collections
import json
import os
import re
import signal
import socket
import subprocess
import sys

from local import CLAIMS, ROOT, SIGNET
from servers import Signet

# What is counted, and how many tokens are taken in turn: every call of `verify, cold` shows one
# that no other has shown.
KINDS = {"sign": 0, "verify, hot": 1, "verify, cold": 4800, "renew": 16}
# How many calls a round has.
DEPTHS = (1, 16)
WARM_UP, CALLS = 800, 4000


class Client:
    """A connection that makes calls of an app."""

    def __init__(self, server):
        host, port = re.search(r"//([\d.]+):(\d+)", server.root).groups()
        self.socket = socket.create_connection((host, int(port)))
        self.head = (
            f"POST /app/{server.app['app_id']}/%s HTTP/1.1\r\nHost: {host}\r\nContent-Type: "
            "application/json\r\n"
            f"Authorization: {server.app['app_key']}\r\nContent-Length: %d\r\n\r\n"
        )
        self.received = b""
        self.tokens = collections.deque()

    def calls(self, what, bodies):
        """Makes a call with each of `bodies`, all sent at once; the JSON of the answers."""
        self.socket.sendall(
            "".join(self.head % (what, len(body)) + body for body in bodies).encode()
        )
        return [self.answer() for _ in bodies]

    def answer(self):
        while b"\r\n\r\n" not in self.received:
            self.received += self.socket.recv(65536)
        head, self.received = self.received.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head)[1])
        while len(self.received) < length:
            self.received += self.socket.recv(65536)
        body, self.received = self.received[:length], self.received[length:]
        if not head.startswith(b"HTTP/1.1 200 "):
            sys.exit(f"benchmarks: a call was answered {head.decode()}\n{body.decode()}")
        return json.loads(body)

    def take_tokens(self, kind):
        """Signs what calls of that kind need."""
        name = "refresh_token" if kind == "renew" else "auth_token"
        self.tokens = collections.deque(
            self.calls("sign", [CLAIMS])[0][name] for _ in range(KINDS[kind])
        )

    def round(self, kind, depth):
        """Makes `depth` calls of that kind at once, with the tokens in turn."""
        if kind == "sign":
            self.calls("sign", [CLAIMS] * depth)
        elif kind == "renew":
            answers = self.calls(
                "renew",
                [
                    json.dumps(
                        {
                            "refresh_token": self.tokens.popleft(),
                            "ip": "1.1.1.1",
                            "useragent": "my-user-agent",
                        }
                    )
                    for _ in range(depth)
                ],
            )
            self.tokens.extend(answer["refresh_token"] for answer in answers)
        else:
            answers = self.calls(
                "verify",
                [
                    json.dumps({"token": self.tokens[turn % len(self.tokens)]})
                    for turn in range(depth)
                ],
            )
            assert answers == [{"verified": True}] * depth
            self.tokens.rotate(-depth)


def count(folder, kind, depth, stacks=None):
    """Allocations a call of that kind, HS256, store in memory, `depth` calls a round; `stacks` is
    given where they were made.
    """
    library = folder / "malloc-count.so"
    if not library.exists():
        # Swift comes with clang.
        subprocess.run(
            ["clang", "-O1", "-shared", "-fPIC", "-o", library, ROOT / "benchmarks/malloc-count.c"],
            check=True,
        )
    environment = {"LD_PRELOAD": str(library)} | ({} if stacks is None else {"MALLOC_STACKS": "1"})
    with Signet(folder, "HS256", "memory:", environment=environment) as server:
        client = Client(server)
        client.take_tokens(kind)
        for _ in range(WARM_UP // depth):
            client.round(kind, depth)
        toggle(server, "counting")
        for _ in range(CALLS // depth):
            client.round(kind, depth)
        lines = toggle(server, "allocations")
    if stacks is not None:
        stacks.extend(read_stacks(lines))
    return int(lines[-1].split()[1]) / CALLS


def toggle(server, last):
    """Has the server start or end its count; the lines that it tells, until that which begins with
    `last`.
    """
    os.kill(server.process, signal.SIGUSR1)
    lines = []
    for line in server.child.stderr:
        lines.append(line.rstrip())
        if line.startswith(last):
            return lines
    sys.exit("benchmarks: the server ended while it was counted")


def read_stacks(lines):
    """What malloc-count.c tells about stacks, as (allocations a call, functions from the innermost
    on), the most first.
    """
    found = []
    for line in lines[:-1]:
        if line.startswith("stack "):
            found.append((int(line.split()[1]) / CALLS, []))
        else:
            found[-1][1].append(line)
    addresses = {frame for _, frames in found for frame in frames if str(SIGNET) in frame}
    names = dict(zip(sorted(addresses), functions(sorted(addresses))))
    for part, frames in sorted(found, reverse=True):
        # The first ones are the wrapper's own.
        yield part, [
            names.get(frame, frame.rsplit("/", 1)[-1])
            for frame in frames
            if "malloc-count.so" not in frame
        ]


def functions(frames):
    """The functions of the binary at lines of backtrace_symbols, such as `/path(+0x1234) [0x…]`."""
    offsets = "\n".join(re.search(r"\+(0x[0-9a-f]+)\)", frame)[1] for frame in frames)
    symbols = subprocess.run(
        ["addr2line", "-f", "-e", SIGNET], input=offsets, capture_output=True, text=True, check=True
    )
    names = subprocess.run(
        ["swift", "demangle", "--simplified"],
        input="\n".join(symbols.stdout.splitlines()[::2]),
        capture_output=True,
        text=True,
        check=True,
    )
    return names.stdout.splitlines()
