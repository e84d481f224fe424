"""A store full of sessions beside an empty one."""

import os
import pathlib
import sqlite3
import sys
import time

from load import wrk
from local import resident_mb
from servers import Signet
from target import Row, Target

# The sample call's claims with one of many subjects; as users do, each has some two sessions. The
# subject ends them because LuaJIT hashes no more of a long string than a few bytes at its ends and
# its middle: of 65,536 that are alike in these it took wrk 80 s to start.
CLAIMS = ('{"aud":"web-app","ip":"1.1.1.1","useragent":"my-user-agent",'
          '"personal":{"name":"test-user"},"sub":"test.com@%07x"}')
BATCH, CONNECTIONS, CHUNK_SECONDS = 100, 8, 2
# Subjects that the load has in turn, drawn before it starts so that wrk has little to do.
DRAWN = 65_536
# The subject index is written now and then: shorter measurements would catch it at that, or would
# not.
LONGER = 4


class Sessions(Target):
    """Fills a store by `sign/batch`, looks at it, and compares sign calls on it with those on a
    store that is empty.
    """

    name = "sessions"

    def prepare(self):
        self.server = Signet(self.folder, "HS256", "FULL")
        self.server.__enter__()
        before = resident_mb(self.server.process)
        self.fill()
        self.facts = {"before_mb": before, "filled_mb": resident_mb(self.server.process)}
        self.server.stop()
        self.facts |= self.file()
        self.facts |= self.start()
        self.many_subjects(self.server)
        wrk(self.server, 64, 1)

    def finish(self):
        self.server.stop()

    def fill(self):
        """Signs until there are as many sessions as are wanted."""
        sign = self.server.url
        self.server.url += "/batch"
        self.server.script.write_text(f"""
            wrk.headers["Authorization"] = "{self.server.app['app_key']}"
            wrk.headers["Content-Type"] = "application/json"
            math.randomseed({time.time_ns() % 1_000_000})
            function request()
                local items = {{}}
                for number = 1, {BATCH} do
                    local user = math.random({self.sessions // 2})
                    items[number] = string.format('{CLAIMS}', user)
                end
                local body = '{{"items":[' .. table.concat(items, ",") .. ']}}'
                return wrk.format("POST", nil, nil, body)
            end""")
        signed, started = 0, time.monotonic()
        while signed < self.sessions:
            signed += wrk(self.server, CONNECTIONS, CHUNK_SECONDS)["requests"] * BATCH
            print(
                f"\rsessions: {signed:,} signed in {time.monotonic() - started:.0f} s",
                end="",
                file=sys.stderr,
                flush=True,
            )
        print(file=sys.stderr)
        self.server.url = sign

    def file(self):
        """What the file holds after a checkpoint, and the bytes of a session in it.

        The newest entries of the subject index are in memory until there are enough of them; those
        that are in the table say what they take.
        """
        path = pathlib.Path(self.server.data) / "signet.db"
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            number = lambda query: database.execute(query).fetchone()[0]
            sessions, entries = number("SELECT count(*) FROM sessions"), number(
                "SELECT count(*) FROM subjects"
            )
            index = number("SELECT sum(pgsize) FROM dbstat WHERE name = 'subjects'")
        database.close()
        size = path.stat().st_size
        return {
            "sessions": sessions,
            "index_entries": entries,
            "file_bytes": size,
            "index_bytes": index,
            "session_bytes": (size - index) / sessions + index / entries,
        }

    def start(self):
        """Starts the server on a file that the system has nothing of in memory; seconds until a
        sign call is answered.
        """
        for path in pathlib.Path(self.server.data).iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        started = time.monotonic()
        self.server.start()
        self.server.prepare_sign()
        return {
            "start_seconds": time.monotonic() - started,
            "started_mb": resident_mb(self.server.process),
        }

    def many_subjects(self, server):
        """Has wrk sign with many subjects."""
        server.script.write_text(f"""
            wrk.method = "POST"
            wrk.headers["Authorization"] = "{server.app['app_key']}"
            wrk.headers["Content-Type"] = "application/json"
            local requests, next = {{}}, 0
            function init()
                math.randomseed({time.time_ns() % 1_000_000})
                for number = 1, {DRAWN} do
                    local user = math.random({self.sessions // 2})
                    local body = string.format('{CLAIMS}', user)
                    requests[number] = wrk.format(nil, nil, nil, body)
                end
            end
            function request()
                next = next % {DRAWN} + 1
                return requests[next]
            end""")

    def round(self):
        with Signet(self.folder, "HS256", "FULL") as empty:
            self.many_subjects(empty)
            wrk(empty, 64, 1)
            return {
                "empty": wrk(empty, 64, LONGER * self.seconds),
                "full": wrk(self.server, 64, LONGER * self.seconds),
            }

    def rows(self, medians):
        facts, is_large = self.facts, self.sessions >= 10_000_000
        what = f"{self.sessions:,} live sessions"
        growth = facts["filled_mb"] - facts["before_mb"]
        if is_large:
            yield Row(
                f"{what}: start to first answer under 3 s",
                f"{facts['start_seconds']:.2f} s, with nothing of the file in memory",
                facts["start_seconds"] < 3,
            )
        else:
            yield Row(
                f"{what}: resident memory grows by less than 64 MB",
                f"{growth:.1f} MB, from {facts['before_mb']:.1f} to {facts['filled_mb']:.1f}",
                growth < 64,
            )
            yield Row(f"{what}: less than 320 bytes of file a session",
                      f"{facts['session_bytes']:.0f}", facts["session_bytes"] < 320)
        ratio, aim = medians["full"]["rate"] / medians["empty"]["rate"], 0.8 if is_large else 0.85
        yield Row(
            f"{what}: sign's rate at least {aim} of an empty store's",
            f"{ratio:.2f}: {medians['full']['rate']:,.0f} calls/s against "
            f"{medians['empty']['rate']:,.0f}; "
            f"{medians['full']['cpu_us']:.1f} against {medians['empty']['cpu_us']:.1f} µs a call",
            ratio >= aim,
        )
