#!/usr/bin/env python3
"""Checks a peer's answer on standard input with PyJWT.

Its tokens are signed with the key, and both have Signet's claims.

    verify.py ALGORITHM KEY_ID KEY_FILE < answer.json

The file has the public key as PEM, or the secret.
"""

import json
import pathlib
import sys

import jwt

CLAIMS = {"sub": "test@test.com", "aud": "web-app", "ip": "1.1.1.1", "useragent": "my-user-agent",
          "personal": {"name": "test-user"}}


def claims(token, algorithm, key_id, key):
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": key_id, "typ": "JWT"}
    claims = jwt.decode(token, key, algorithms=[algorithm], options={"verify_aud": False})
    assert claims.pop("iss") == "bench"
    assert claims["nbf"] == claims.pop("iat")
    return claims, claims.pop("jid"), claims.pop("exp") - claims.pop("nbf")


def main():
    algorithm, key_id, file = sys.argv[1:]
    key, answer = pathlib.Path(file).read_bytes(), json.load(sys.stdin)
    if "access_token" in answer:
        # Glewlwyd's, with claims of its own.
        token = jwt.decode(answer["access_token"], key, algorithms=[algorithm])
        life = token["exp"] - token["iat"]
        assert (token["client_id"], token["scope"], life) == ("bench", "web-app", 3600)
        return
    assert set(answer) == {"key_id", "public_key", "auth_token", "refresh_token"}
    assert answer["key_id"] == key_id
    assert (answer["public_key"] is None) == (algorithm == "HS256")
    auth, session, life = claims(answer["auth_token"], algorithm, key_id, key)
    assert (auth, life) == (CLAIMS, 3600)
    refresh, refreshed_session, life = claims(answer["refresh_token"], algorithm, key_id, key)
    assert (refresh, life) == ({"type": "refresh"}, 7200)
    assert session == refreshed_session and len(session) == 26


main()
