"""Debian's Glewlwyd, a product that issues tokens, as one of the peers of `benchmarks/run --peers`.
"""

import base64
import http.cookiejar
import json
import pathlib
import sqlite3
import subprocess
import urllib.request

from local import SERVER_CORE, call, free_port, key_files, listens, same_call, until, verify

SCHEMA = pathlib.Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
MODULES = "/usr/lib/glewlwyd"


class Glewlwyd:
    """Answers a client's id and secret with one access token and writes it down in SQLite: its
    shortest call.
    """

    authorization = "Basic " + base64.b64encode(b"bench:secret").decode()
    # More would wait for one another at SQLite's lock, and the calls that a run leaves there would
    # fall into the next one.
    connections = 4
    body = "grant_type=client_credentials&scope=web-app"

    def __init__(self, folder, algorithm):
        self.folder, self.algorithm = folder, algorithm
        self.name = f"Glewlwyd sign {algorithm}"

    def __enter__(self):
        self.port = free_port()
        self.root = f"http://127.0.0.1:{self.port}/api"
        database = self.folder / "glewlwyd.db"
        database.unlink(missing_ok=True)
        with sqlite3.connect(database) as connection:
            connection.executescript(SCHEMA.read_text())
        config = self.folder / "glewlwyd.conf"
        config.write_text(f"""
            port={self.port}; bind_address="127.0.0.1"; external_url="http://127.0.0.1:{self.port}";
            api_prefix="api";
            log_mode="console"; log_level="NONE"; cookie_secure=0;
            user_module_path="{MODULES}/user"; client_module_path="{MODULES}/client";
            hash_algorithm="SHA512";
            user_auth_scheme_module_path="{MODULES}/scheme"; plugin_module_path="{MODULES}/plugin";
            database = {{ type = "sqlite3"; path = "{database}"; }};""")
        self.child = subprocess.Popen(
            ["taskset", "-c", SERVER_CORE, "glewlwyd", f"--config-file={config}"]
        )
        self.process = self.child.pid
        until(lambda: listens(self.port), self.name)
        self.configure()
        self.url, self.script = f"{self.root}/bench/token", self.folder / "glewlwyd.lua"
        self.prepare()
        return self

    def configure(self):
        """Signs in as the administrator of a new database, adds the plug-in with its key, and a
        client.
        """
        admin = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

        def post(path, body):
            admin.open(
                urllib.request.Request(
                    self.root + path,
                    json.dumps(body).encode(),
                    {"Content-Type": "application/json"},
                )
            ).close()

        post("/auth/", {"username": "admin", "password": "password"})
        private, public = key_files(self.folder, self.algorithm)
        post(
            "/mod/plugin/",
            {
                "module": "oauth2-glewlwyd",
                "name": "bench",
                "display_name": "bench",
                "parameters": {
                    "jwt-type": {"HS": "sha", "ES": "ecdsa", "Ed": "eddsa", "RS": "rsa"}[
                        self.algorithm[:2]
                    ],
                    "jwt-key-size": "256",
                    "key": private.read_text(),
                    "cert": public.read_text(),
                    "access-token-duration": 3600,
                    "refresh-token-duration": 7200,
                    "code-duration": 600,
                    "refresh-token-rolling": True,
                    "auth-type-code-enabled": False,
                    "auth-type-implicit-enabled": False,
                    "auth-type-password-enabled": False,
                    "auth-type-client-enabled": True,
                    "auth-type-refresh-enabled": True,
                },
            },
        )
        post("/scope/", {"name": "web-app", "display_name": "web-app", "password_required": False})
        # A secret is stored as it is; a password would be hashed at length with every call.
        post("/client/", {
            "client_id": "bench", "client_secret": "secret", "confidential": True, "enabled": True,
            "scope": ["web-app"], "authorization_type": ["client_credentials"]})

    def prepare(self):
        same_call(self.script, self.authorization, self.body, "application/x-www-form-urlencoded")

    def verify(self):
        """Ends the run when what it answers is no genuine token."""
        verify(self, call(self.url, self.authorization, self.body))

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
