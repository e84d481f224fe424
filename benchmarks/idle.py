"""Ten thousand connections that say nothing: what they take, and what they do to the others."""

import re
import resource
import select
import socket
import sys

from load import bench
from local import CLAIMS, resident_mb
from servers import Signet
from target import Row, Target

CONNECTIONS = 10_000
# The load, as a part of the highest rate: a closed loop's p99 would be that of 64 calls that wait
# for one another.
PART = 0.7


class Idle(Target):
    """Two servers side by side, one of them with connections that have made a call each, and the
    same open loop at both.
    """

    name = "idle"

    servers = ()

    def prepare(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        settings = ["timeouts.idle=1h"]
        self.servers = [Signet(self.folder, "HS256", "FULL", settings=settings) for _ in range(2)]
        self.with_idle, self.without = (server.__enter__() for server in self.servers)
        before = resident_mb(self.with_idle.process)
        self.connections = [self.connect() for _ in range(CONNECTIONS)]
        self.facts = {"before_mb": before, "resident_mb": resident_mb(self.with_idle.process)}
        self.rate = PART * bench(self.without, self.seconds)["rate"]
        bench(self.with_idle, self.seconds)

    def connect(self):
        """A connection that has made a sign call and keeps still from then on."""
        host, port = re.search(r"//([\d.]+):(\d+)", self.with_idle.root).groups()
        connection = socket.create_connection((host, int(port)))
        connection.sendall(
            (
                f"POST /app/{self.with_idle.app['app_id']}/sign HTTP/1.1\r\nHost: {host}\r\n"
                f"Authorization: {self.with_idle.app['app_key']}\r\nContent-Type: "
                "application/json\r\n"
                f"Content-Length: {len(CLAIMS)}\r\n\r\n{CLAIMS}"
            ).encode()
        )
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        return connection

    def finish(self):
        for server in self.servers:
            server.stop()

    def round(self):
        load = ("--rate", f"{self.rate:.0f}", "--arrivals", "poisson")
        figures = {
            "without": bench(self.without, self.seconds, *load),
            "with": bench(self.with_idle, self.seconds, *load),
        }
        self.require_idle()
        self.facts["after_load_mb"] = resident_mb(self.with_idle.process)
        return figures

    def require_idle(self):
        """Ends the run when a connection is not open any more."""
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLIN)
        if closed := len(poll.poll(0)):
            sys.exit(
                f"benchmarks: the server has closed {closed} of {CONNECTIONS} idle connections"
            )

    def rows(self, medians):
        memory, before = self.facts["resident_mb"], self.facts["before_mb"]
        yield Row(
            f"{CONNECTIONS:,} idle keep-alive connections: under 60 MB of resident memory in all",
            f"{memory:.1f} MB, of which {before:.1f} without them",
            memory < 60,
        )
        without, with_idle = medians["without"]["p99_ms"], medians["with"]["p99_ms"]
        yield Row("sign's p99 not more than doubled by them",
                  f"{with_idle / without:.2f} times: {with_idle:.2f} ms against {without:.2f}, "
                  f"open loop of {self.rate:,.0f} calls/s", with_idle <= 2 * without)
