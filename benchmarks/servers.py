"""The servers of which one at a time is measured: Signet, and nginx as the ceiling."""

import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import urllib.parse
import urllib.request

from local import CLAIMS, SERVER_CORE, SIGNET, call, free_port, same_call, until


def start_nginx(folder, config):
    """Starts nginx; its master, and the id of its worker.

    `config` is what its configuration has after the lines that all have.
    """
    file = folder / "nginx.conf"
    file.write_text(f"worker_processes 1; daemon off; pid {folder}/nginx.pid; "
                    f"error_log /dev/null;\n{config}")
    master = subprocess.Popen(
        ["taskset", "-c", SERVER_CORE, "nginx", "-c", file], stderr=subprocess.DEVNULL)
    children = pathlib.Path(f"/proc/{master.pid}/task/{master.pid}/children")
    until(children.read_text, "nginx")
    return master, int(children.read_text().split()[0])


class Nginx:
    """Debian's nginx with one worker and a fixed answer: the ceiling of HTTP on this core."""

    name = "nginx return 200"
    answer = "ok"

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.port = free_port()
        self.master, self.process = start_nginx(self.folder, f"""
            events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 1000000000;
                server {{
                    listen 127.0.0.1:{self.port};
                    location / {{ return 200 '{self.answer}'; }} }} }}""")
        self.url, self.script = f"http://127.0.0.1:{self.port}/", None
        return self

    def prepare(self):
        pass

    def __exit__(self, *_):
        self.master.send_signal(signal.SIGQUIT)
        self.master.wait()


# Three times what a loop remembers to be genuine (Sources/Authority/VerifiedTokens.swift): of so
# many in turn, two in a thousand are still in their set when they come again.
COLD_TOKENS, BATCH = 98_304, 100


class Signet:
    """One loop and one worker on the server's core, with a fresh store, unless told otherwise.

    `loops` are as many loops and workers, on the first `loops` cores; `settings` are texts like
    `timeouts.idle=10m`.
    """

    def __init__(self, folder, algorithm, store, what="sign", *,
                 loops=1, settings=(), environment=None):
        self.folder, self.algorithm, self.store, self.what = folder, algorithm, store, what
        self.loops, self.settings, self.environment = loops, settings, environment or {}
        call, _, state = what.partition("_")
        self.name = ", ".join(filter(None, [f"Signet {call} {algorithm}", store, state]))
        self.child = None

    def __enter__(self):
        self.data = "memory:" if self.store == "memory:" else tempfile.mkdtemp(dir=self.folder)
        self.root_key = base64.b64encode(os.urandom(96)).decode()
        self.start()
        self.app = call(f"{self.root}/root/create", self.root_key, json.dumps({
            "name": "bench", "token_expire": 3600, "refresh_expire": 7200,
            "rotation_period": 31536000,
            "key_type": {"HS": "OCT", "ES": "ECDSA", "Ed": "OKP", "RS": "RSA"}[self.algorithm[:2]],
            "algo": self.algorithm}))
        self.script = pathlib.Path(tempfile.mkstemp(suffix=".lua", dir=self.folder)[1])
        self.prepare()
        return self

    def start(self):
        """Starts it on its data; returns when it listens."""
        cores = f"{SERVER_CORE}-{int(SERVER_CORE) + self.loops - 1}"
        durability = "relaxed" if self.store == "relaxed" else "full"
        command = ["taskset", "-c", cores, SIGNET, "serve", "--port", "0", "--data", self.data,
                   "--durability", durability, "--loops", str(self.loops),
                   "--workers", str(self.loops), "--log-level", "warning"]
        # A closed loop asks how much is answered, however long its clients wait.
        settings = {"limits.queue_time": "0s", "admin.port": "0"}
        settings |= dict(setting.split("=", 1) for setting in self.settings)
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        self.child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"SIGNET_ROOT_KEY": self.root_key} | self.environment)
        for line in self.child.stdout:
            if found := re.search(r"listens on (http://\S+)", line):
                break
        self.process, self.root = self.child.pid, found[1]

    def stop(self):
        """Ends it, if it was started."""
        if self.child:
            self.child.terminate()
            self.child.communicate()
            self.child = None

    def prepare(self):
        """Writes wrk's script, with tokens that no run has used yet."""
        getattr(self, "prepare_" + self.what)()

    def __exit__(self, *_):
        self.stop()

    def prepare_sign(self):
        self.url = f"{self.root}/app/{self.app['app_id']}/sign"
        self.pair()
        same_call(self.script, self.app["app_key"], CLAIMS)

    def prepare_verify(self):
        self.url = f"{self.root}/app/{self.app['app_id']}/verify"
        body = json.dumps({"token": self.pair()["auth_token"]})
        assert call(self.url, self.app["app_key"], body) == {"verified": True}
        same_call(self.script, self.app["app_key"], body)

    def prepare_verify_cold(self):
        """Every request has another token; a run takes up where the last one ended."""
        self.url = f"{self.root}/app/{self.app['app_id']}/verify"
        tokens, position = self.script.with_suffix(".tokens"), self.script.with_suffix(".position")
        if tokens.exists():
            return
        with tokens.open("w") as file:
            for pairs in self.batches(COLD_TOKENS):
                file.writelines(pair["auth_token"] + "\n" for pair in pairs)
        body = json.dumps({"token": pairs[-1]["auth_token"]})
        assert call(self.url, self.app["app_key"], body) == {"verified": True}
        self.script.write_text(f"""
            wrk.headers["Authorization"] = "{self.app['app_key']}"
            wrk.headers["Content-Type"] = "application/json"
            local requests, next = {{}}, 0
            function init()
                for token in io.lines("{tokens}") do
                    local body = '{{"token":"' .. token .. '"}}'
                    requests[#requests + 1] = wrk.format("POST", nil, nil, body)
                end
                local file = io.open("{position}")
                if file then next = file:read("*n") end
            end
            function request()
                next = next % #requests + 1
                return requests[next]
            end
            function done(summary)
                local file = io.open("{position}", "r+") or io.open("{position}", "w+")
                local before = file:read("*n") or 0
                file:seek("set")
                file:write(before + summary.requests)
                file:close()
            end""")

    def prepare_introspect(self):
        self.url = f"{self.root}/oauth/introspect"
        user = f"{self.app['app_id']}:{urllib.parse.quote(self.app['app_key'], safe='')}"
        basic = "Basic " + base64.b64encode(user.encode()).decode()
        body = "token=" + self.pair()["auth_token"]
        assert call(self.url, basic, body)["active"] is True
        same_call(self.script, basic, body, "application/x-www-form-urlencoded")

    def prepare_jwks(self):
        self.url = f"{self.root}/.well-known/jwks.json"
        with urllib.request.urlopen(self.url) as answer:
            assert len(json.load(answer)["keys"]) == 1
        self.script = None

    def prepare_renew(self):
        """Every connection's worth of sessions, each renewed by the token of its last renewal."""
        self.url = f"{self.root}/app/{self.app['app_id']}/renew"
        tokens = ",".join(f"'{self.pair()['refresh_token']}'" for _ in range(256))
        self.script.write_text(f"""
            local tokens, first, last = {{{tokens}}}, 1, 256
            wrk.headers["Authorization"] = "{self.app['app_key']}"
            function request()
                local token = tokens[first]
                tokens[first] = nil
                first = first + 1
                return wrk.format("POST", nil, nil, '{{"refresh_token":"' .. token ..
                    '","ip":"1.1.1.1","useragent":"my-user-agent"}}')
            end
            function response(status, headers, body)
                local _, start = body:find('"refresh_token":"', 1, true)
                last = last + 1
                tokens[last] = body:sub(start + 1, body:find('"', start + 1, true) - 1)
            end""")

    def batches(self, count):
        """Yields that many pairs, by sign/batch."""
        url = f"{self.root}/app/{self.app['app_id']}/sign/batch"
        for start in range(0, count, BATCH):
            body = f'{{"items":[{",".join([CLAIMS] * min(BATCH, count - start))}]}}'
            yield call(url, self.app["app_key"], body)["items"]

    def pair(self):
        pair = call(f"{self.root}/app/{self.app['app_id']}/sign", self.app["app_key"], CLAIMS)
        assert pair["auth_token"].count(".") == 2
        return pair
