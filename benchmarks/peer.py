"""The peers of `benchmarks/run --peers`: what one would write, or install, instead of Signet.

README.md says what they do. The sources of those that we wrote are in benchmarks/peers/, and
.build/peers/ is where they are built.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error

from glewlwyd import Glewlwyd
from local import (
    CLAIMS,
    KEY_ID,
    ROOT,
    SERVER_CORE,
    call,
    free_port,
    key_files,
    listens,
    same_call,
    until,
    verify,
)
from servers import start_nginx

BUILD = ROOT / ".build/peers"
SOURCES = ROOT / "benchmarks/peers"
MODULES = "/usr/lib/nginx/modules"


class Program:
    """A folder of benchmarks/peers/ and how it is built.

    The build tools know themselves what is up to date.
    """

    def __init__(self, folder, tool, packages, command, binary, environment={}):
        self.folder, self.tool, self.packages = folder, tool, packages
        self.command, self.binary, self.environment = command, BUILD / binary, environment

    def build(self):
        """Builds it; why that is not possible, if it is not."""
        if not shutil.which(self.tool):
            return f"{self.tool} is missing; scripts/setup bench installs it"
        for package in self.packages:
            if not debian_version(package):
                return f"{package} is missing; scripts/setup bench installs it"
        if not self.command:
            return None
        log = BUILD / f"{self.folder}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            built = subprocess.run(
                [self.tool, *self.command],
                cwd=SOURCES / self.folder,
                stdout=output,
                stderr=output,
                env=os.environ | self.environment,
            )
        return None if built.returncode == 0 else f"it cannot be built; see {log}"

    def versions(self):
        """Of the compiler and of the libraries, as texts."""
        if self.command:
            command = [self.tool, "version" if self.folder == "go" else "--version"]
            yield subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
        for package in self.packages:
            yield f"{package} {debian_version(package)}"
        resolved = SOURCES / self.folder / "Package.resolved"
        if resolved.exists():
            for pin in json.loads(resolved.read_text())["pins"]:
                if pin["identity"] in ("hummingbird", "jwt-kit", "swift-crypto", "swift-nio"):
                    yield f"{pin['identity']} {pin['state']['version']}"


def debian_version(package):
    if not shutil.which("dpkg-query"):
        return None
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", package],
        capture_output=True,
        text=True,
    ).stdout
    return shown.removeprefix("installed ") if shown.startswith("installed ") else None


PROGRAMS = {
    "go": Program(
        # GO may name another one than Debian's, which is years old.
        "go",
        os.environ.get("GO", "go"),
        [
            "golang-github-golang-jwt-jwt-dev",
            "golang-github-mattn-go-sqlite3-dev",
            "golang-github-valyala-fasthttp-dev",
        ],
        ["build", "-o", BUILD / "go/peer", "."],
        "go/peer",
        {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(BUILD / "go/cache")},
    ),
    "rust": Program(
        "rust",
        "cargo",
        ["librust-hyper-dev", "librust-jsonwebtoken-dev", "librust-tokio-dev"],
        ["build", "--quiet", "--release", "--offline", "--target-dir", BUILD / "rust"],
        "rust/release/peer",
    ),
    "swift": Program(
        "swift",
        "swift",
        [],
        ["build", "-c", "release", "--static-swift-stdlib", "--scratch-path", BUILD / "swift"],
        "swift/release/peer",
    ),
    # Nothing of these is to be built.
    "nginx": Program("nginx", "nginx", ["libnginx-mod-http-lua", "lua-cjson"], [], ""),
    "glewlwyd": Program("", "glewlwyd", ["glewlwyd"], [], ""),
}
# The program that each peer is, and its argument.
NAMES = {
    "Go net/http": ("go", "net/http"),
    "Go fasthttp": ("go", "fasthttp"),
    "Go fasthttp, SQLite row": ("go", "sqlite"),
    "Rust hyper": ("rust", ""),
    "Rust hyper, ring": ("rust", "ring"),
    "Hummingbird": ("swift", ""),
    "nginx + lua": ("nginx", ""),
    "Glewlwyd": ("glewlwyd", ""),
}


class Peer:
    """A peer on the server's core, on one thread where that can be said.

    It stores nothing, if its name does not say so.
    """

    def __init__(self, folder, name, algorithm):
        self.folder, self.peer, self.algorithm = folder, name, algorithm
        self.name = f"{name} sign {algorithm}"

    def __enter__(self):
        private, public = key_files(self.folder, self.algorithm)
        shown = "" if self.algorithm == "HS256" else base64.b64encode(public.read_bytes()).decode()
        self.port, self.app_key = free_port(), base64.b64encode(os.urandom(96)).decode()
        for file in self.folder.glob("peer.db*"):
            file.unlink()
        self.start(
            {
                "PEER_PORT": str(self.port),
                "PEER_ALGORITHM": self.algorithm,
                "PEER_KEY": str(private),
                "PEER_KEY_ID": KEY_ID,
                "PEER_PUBLIC_KEY": shown,
                "PEER_APP_KEY": self.app_key,
                "PEER_DATABASE": str(self.folder / "peer.db"),
            }
        )
        until(lambda: listens(self.port), self.name)
        self.url, self.script = f"http://127.0.0.1:{self.port}/sign", self.folder / "peer.lua"
        self.prepare()
        return self

    def start(self, settings):
        program, argument = NAMES[self.peer]
        self.child = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, PROGRAMS[program].binary, argument],
            env=os.environ | settings | {"GOMAXPROCS": "1"},
        )
        self.process = self.child.pid

    def prepare(self):
        same_call(self.script, self.app_key, CLAIMS)

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()

    def verify(self):
        """Ends the run when a pair that it signs is not what Signet would have signed, or the app
        key is not checked.
        """
        verify(self, call(self.url, self.app_key, CLAIMS))
        try:
            call(self.url, self.app_key[:-1], CLAIMS)
        except urllib.error.HTTPError as error:
            if error.code == 401:
                return
        sys.exit(f"benchmarks: {self.name} does not check the app key")


class LuaNginx(Peer):
    """Debian's nginx with one worker, which runs benchmarks/peers/nginx."""

    def start(self, settings):
        # Backwards: asked for PEER_KEY_ID, the module would be content with a PEER_KEY before it.
        environment = "".join(
            f'env "{name}={value}";\n' for name, value in sorted(settings.items(), reverse=True)
        )
        self.child, self.process = start_nginx(
            self.folder,
            f"""
            {environment}
            load_module {MODULES}/ndk_http_module.so; load_module {MODULES}/ngx_http_lua_module.so;
            events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 1000000000;
                lua_package_path "{SOURCES}/nginx/?.lua;;";
                init_by_lua_block {{ require "peer" }}
                server {{ listen 127.0.0.1:{self.port};
                    location = /sign {{
                        content_by_lua_block {{ require("peer").answer() }} }} }} }}""",
        )


def server(folder, name, algorithm):
    """The peer of that name, ready to be started."""
    if name == "Glewlwyd":
        return Glewlwyd(folder, algorithm)
    return (LuaNginx if name == "nginx + lua" else Peer)(folder, name, algorithm)


def built(wanted):
    """The names of the peers that are built now, of those with `wanted` in their name; says what is
    left out and why.
    """
    reasons = {}
    for name, (program, _) in NAMES.items():
        if wanted.lower() not in name.lower():
            continue
        if program not in reasons:
            if PROGRAMS[program].command:
                print(f"benchmarks: building {name}, in minutes the first time", file=sys.stderr)
            reasons[program] = PROGRAMS[program].build()
        if reasons[program]:
            print(f"benchmarks: {name} is left out: {reasons[program]}", file=sys.stderr)
        else:
            yield name


def versions(names):
    """What the peers of these names are built with, by program."""
    return {
        program: list(PROGRAMS[program].versions())
        for program in dict.fromkeys(NAMES[name][0] for name in names)
    }
