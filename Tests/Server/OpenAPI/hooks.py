"""What schemathesis can't make up by itself: who calls, and what there is to be asked for.

Most of its calls are given the credential that their operation wants and the ids and tokens that it names, so that they
reach what is behind the refusals; the others stay as they were generated. Whatever an operation ends (an app, a session,
a token, a password) is made for that call alone, so that no call can spoil another.

The JSON file that SIGNET_WORLD names says where the server is, who its users are, and the seed. At the end the file
`seen` is written: the answers to each operation of the document by status, and the same, under `others`, for calls of
its path by another method.
"""

import atexit
import copy
import json
import os
import random

import requests
import schemathesis

with open(os.environ["SIGNET_WORLD"]) as file:
    TOLD = json.load(file)

# How many calls are given a credential, and how many, whether given that or not, ids and tokens.
KNOWN = 0.95
FILLED = 0.9

AUTH = "/frontend/api/v1/auth"

chance = random.Random(TOLD["seed"])
session = requests.Session()
# Neither proxies nor credentials of whoever runs the tests.
session.trust_env = False


def call(method, path, key=None, expected=200, **arguments):
    """A call of our own, which must not be refused; its JSON."""
    headers = {"Authorization": key} if key else {}
    answer = session.request(method, f"http://127.0.0.1:{TOLD['port']}{path}", headers=headers, timeout=30, **arguments)
    expected = expected if isinstance(expected, tuple) else (expected,)
    assert answer.status_code in expected, (method, path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


def basic(name, password):
    return requests.auth._basic_auth_str(name, password)


class App:
    """An app, and what its owner does with it."""

    def __init__(self):
        made = call("POST", "/root/create", root.key, json={
            "name": "tests", "token_expire": 3600, "refresh_expire": 7200, "key_type": "ECDSA", "algo": "ES256",
            "rotation_period": 31536000})
        self.id, self.key = made["app_id"], made["app_key"]

    def pair(self):
        claims = {"sub": "test@test.com", "aud": "web-app", "ip": "192.0.2.7", "useragent": "tests"}
        return call("POST", f"/app/{self.id}/sign", self.key, json=claims)

    def key_id(self):
        return call("GET", f"/app/{self.id}/pub-keys", self.key)["keys"][0]["key_id"]


class User:
    """A user, and how it signs in."""

    def __init__(self, name, id):
        self.name, self.id, self.email = name, id, f"{name}@example.org"
        self.password = TOLD["password"]

    def sign_in(self):
        """At the accounts' dialect."""
        body = {"email": self.email, "password": self.password}
        made = call("POST", f"{AUTH}/sign-in", json=body)
        return {"jwt": made["jwt-token"]["token"], "api": made["api-token"]}

    def rest_sign_in(self):
        """At the sign-in dialect."""
        return call("POST", "/api/rest/signin", expected=201, data={"login": self.name, "password": self.password})

    def named_token(self):
        body = {"jwt_token_description": f"token {chance.random()}", "jwt_token_life": 3600}
        return call("POST", "/v1alpha/token", basic(self.name, self.password), 201, json=body)["jwt_token_id"]

    def api_token(self, jwt):
        return call("POST", f"{AUTH}/api-token", f"Bearer {jwt}", json={"ttl": 3600})["token"]


class Root:
    """The holder of the root key, which an operation replaces."""

    key = TOLD["rootKey"]


root = Root()
app = App()
app_pair = app.pair()
# An administrator, whose credentials stay good; one whose sessions and password come and go; one whose password the
# administrator sets.
ada, vera, ward = (User(name, id) for id, name in enumerate(TOLD["users"], 1))
ada_tokens, ada_rest, ada_named = ada.sign_in(), ada.rest_sign_in(), ada.named_token()
ada_session = call("GET", f"{AUTH}/session", f"Bearer {ada_tokens['jwt']}")["sessions"][0]["id"]
ada_api_token = ada.api_token(ada_tokens["jwt"])


# The operations that end sessions of who calls.
VERAS = {"signOut", "endSessions", "setOwnPassword", "restSignOut", "endSession"}
# Those of OAuth, whose clients may say who they are in the form.
CLIENTS = {"grantToken", "introspect", "revoke"}
# The operations that change or end an app.
OWN_APP = {"updateApp", "deleteApp", "rotateAppKey", "rotateSigningKeys", "revokeKey", "flush"}


# The API token that was made for the call before.
made_tokens = []


def forget(*tokens):
    """Deletes API tokens, if they are still there."""
    for token in tokens:
        call("DELETE", f"{AUTH}/api-token/{token}", f"Bearer {ada_tokens['jwt']}", (204, 404))


class Call:
    """A generated call that is helped."""

    def __init__(self, case):
        self.case = case
        if isinstance(case.body, dict):
            # It may be an example of the document, from which others are made.
            case.body = copy.deepcopy(case.body)
        self.name = case.operation.definition.raw["operationId"]
        self.user = vera if self.name in VERAS else ada
        self.app = App() if self.name in OWN_APP else app
        self.tokens = vera.sign_in() if self.user is vera and self.name != "restSignOut" else ada_tokens
        self.rest = vera.rest_sign_in() if self.name == "restSignOut" else ada_rest

    def help(self):
        """Puts in what the operation wants."""
        schemes = self.case.operation.definition.raw["security"]
        if schemes and chance.random() < KNOWN:
            self.show(*chance.choice(schemes))
        if chance.random() < FILLED:
            self.fill()

    def fill(self):
        """Puts in ids and tokens."""
        for name in self.case.path_parameters or {}:
            self.case.path_parameters[name] = self.path_parameter(name)
        if self.name in FILLERS:
            FILLERS[self.name](self)

    def show(self, scheme=None):
        """Puts the credential of a security scheme where it belongs; none stays that was generated."""
        case = self.case
        case.headers = self.without(case.headers, "authorization")
        case.query = self.without(case.query, "jwt", "token")
        case.cookies = self.without(case.cookies, "jwt", "signet-session")
        match scheme:
            case "appKey":
                case.headers["Authorization"] = self.app.key
            case "rootKey":
                case.headers["Authorization"] = root.key
            case "clientBasic":
                case.headers["Authorization"] = basic(app.id, app.key)
            case "userPassword":
                case.headers["Authorization"] = basic(ada.name, ada.password)
            case "anyBearer":
                self.bear(chance.choice([app_pair["auth_token"], self.tokens["jwt"], self.rest["accessToken"]]))
            case "frontendBearer":
                self.bear(self.tokens["jwt"])
            case "refreshBearer":
                self.bear(self.rest["refreshToken"])
            case "accessBearer":
                self.bear(self.rest["accessToken"])
            case "jwtQuery":
                case.query["jwt"] = self.tokens["jwt"]
            case "tokenQuery":
                case.query["token"] = self.tokens["api"]
            case "jwtCookie":
                self.cookie("jwt", self.tokens["jwt"])
            case "sessionCookie":
                self.cookie("signet-session", self.rest["refreshToken"])
            case None:
                # In the body: here that of OAuth's clients, and by a filler a refresh token of sign-in.
                if self.name in CLIENTS:
                    self.set("client_id", app.id, always=True)
                    self.set("client_secret", app.key, always=True)
            case _:
                raise AssertionError(f"no credential for {scheme}")

    @staticmethod
    def without(parameters, *names):
        """A part of the call without some of its parameters."""
        kept = parameters.items() if hasattr(parameters, "items") else ()
        return {name: value for name, value in kept if name.lower() not in names}

    def bear(self, token):
        self.case.headers["Authorization"] = f"Bearer {token}"

    def cookie(self, name, value):
        self.case.cookies[name] = value
        # Cookies count only from a page of the server's own.
        self.case.headers["Sec-Fetch-Site"] = "same-origin"

    def path_parameter(self, name):
        """What is there under that name."""
        match name:
            case "app_id":
                return self.app.id
            case "key_id":
                return self.app.key_id()
            case "id":
                return ada.named_token() if self.name.startswith("deleteNamed") else ada_named
            case "session-id":
                return self.session() if self.name == "endSession" else ada_session
            case "user-id":
                return ward.id
            case "token":
                return ada_api_token if self.name == "showApiToken" else self.api_token()
        raise AssertionError(f"no value for {name}")

    def api_token(self):
        """One for this call; a user has no more than a hundred."""
        forget(*made_tokens)
        made_tokens.clear()
        made_tokens.append(ada.api_token(ada_tokens["jwt"]))
        return made_tokens[0]

    def session(self):
        """The caller's own."""
        sessions = call("GET", f"{AUTH}/session", f"Bearer {self.tokens['jwt']}")["sessions"]
        return sessions[0]["id"]

    def set(self, name, value, always=False):
        """Puts `value` into the body, where schemathesis put a text of that name."""
        body = self.case.body
        if isinstance(body, dict) and (always or isinstance(body.get(name), str)):
            body[name] = value


def fill_batch(call):
    items = call.case.body.get("items") if isinstance(call.case.body, dict) else None
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and "token" in item and chance.random() < 0.5:
            item["token"] = app_pair["auth_token"]


def fill_sign_in(call):
    body = call.case.body
    # An app signs in by sign-in's `application`; half of the time, so that users do, too.
    if isinstance(body, dict) and "application" in body and chance.random() < 0.5:
        body.update({"application": "tests", "login": app.id, "password": app.key})
        return
    if isinstance(body, dict):
        body.pop("application", None)
    # Sign-in has logins, accounts have addresses. `logout-other` ends what others need.
    user = vera if call.name == "signIn" else ada
    call.set("login", user.name)
    call.set("email", user.email)
    call.set("password", user.password)


def fill_provider(call):
    body = call.case.body
    if not isinstance(body, dict):
        call.case.cookies = {"oauth-provider-name": "mock", "oauth-provider-token": TOLD["providerToken"]}
        return
    # The token's own address, or none.
    body.pop("email", None)
    if isinstance(body.get("oauth-provider-token"), dict):
        body["oauth-provider-token"] = {"provider": "mock", "token": TOLD["providerToken"]}
    if isinstance(body.get("oauth-token"), str):
        body.update({"oauth-provider-name": "mock", "oauth-token": TOLD["providerToken"]})


def fill_named_token(call):
    # Generated texts are too seldom a life, and short ones are soon taken.
    if chance.random() < 0.5:
        call.set("jwt_token_life", "6 hours")
        call.set("jwt_token_description", f"token {chance.random()}")


def fill_verify(call):
    # Each is good once; after the last they are all used.
    body = call.case.body
    if TOLD["verifyTokens"] and isinstance(body, dict) and isinstance(body.get("verify-token"), str):
        call.set("verify-token", TOLD["verifyTokens"].pop())


FILLERS = {
    "renew": lambda call: call.set("refresh_token", app.pair()["refresh_token"]),
    "verify": lambda call: call.set("token", app_pair["auth_token"]),
    "verifyBatch": fill_batch,
    "logout": lambda call: call.set("token", app.pair()["auth_token"]),
    "introspect": lambda call: call.set("token", chance.choice(list(app_pair.values()))),
    "revoke": lambda call: call.set("token", app.pair()["refresh_token"]),
    "grantToken": lambda call: call.set("refresh_token", app.pair()["refresh_token"]),
    "restSignIn": fill_sign_in,
    "signIn": fill_sign_in,
    "restToken": lambda call: call.set("token", ada_rest["refreshToken"]),
    "restSignOut": lambda call: call.set("token", call.rest["refreshToken"]),
    "makeNamedToken": fill_named_token,
    "makeNamedTokenAlias": fill_named_token,
    "signInByProvider": fill_provider,
    "setOwnPassword": lambda call: call.set("old-password", vera.password),
    "verifyAddress": fill_verify,
}


seen = {}
others = {}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    for item in raw_schema["paths"].values():
        for method in item.values():
            if isinstance(method, dict):
                seen[method["operationId"]] = {}


@schemathesis.hook
def before_init_operation(context, operation):
    if "Admin" in operation.definition.raw["tags"]:
        operation.base_url = f"http://127.0.0.1:{TOLD['adminPort']}"


@schemathesis.hook
def before_call(context, case, kwargs):
    # A method that the path doesn't have is tried, too.
    if case.method.upper() == case.operation.method.upper():
        Call(case).help()


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.definition.raw["operationId"]
    is_own = case.method.upper() == case.operation.method.upper()
    counts = seen[name] if is_own else others.setdefault(name, {})
    counts[response.status_code] = counts.get(response.status_code, 0) + 1
    if name == "rotateRootKey" and response.status_code == 200:
        root.key = response.json()["new-key"]
    if name == "makeApiToken" and response.status_code == 200:
        forget(response.json()["token"])
    if name in ("setOwnPassword", "setPassword") and response.status_code == 204:
        body = {"new-password": vera.password}
        call("PUT", f"{AUTH}/{vera.id}/password", f"Bearer {ada_tokens['jwt']}", 204, json=body)


@atexit.register
def write():
    with open(TOLD["seen"], "w") as file:
        json.dump({"seen": seen, "others": others}, file)
