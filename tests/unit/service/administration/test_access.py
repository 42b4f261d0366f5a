"""Tokens: made, hashed, read from a header, and what each may do (decisions.md "Tokens")."""

from __future__ import annotations

import base64
import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pastense.errors import ApiError
from pastense.limits import Limits
from pastense.model import Token, Workspace
from pastense.service.administration.access import (
    DEFAULT_SCOPES,
    SCOPES,
    Access,
    check_expiry,
    create_token,
    find_access,
    hash_secret,
    new_secret,
    read_secret,
    revoke_token,
)
from tests.unit.support import NOW, attempt, refusal

WORKSPACE = Workspace(1, "ab12cd34", "Pastense", NOW)


def basic(text: str) -> str:
    """A Basic header of "user:password"."""
    return "Basic " + base64.b64encode(text.encode()).decode()


def access(scopes: tuple[str, ...] = (), expires_at: int | None = None) -> Access:
    """What a token with these scopes opens."""
    return Access(
        Token(
            number=1,
            name="t",
            workspace=WORKSPACE,
            scopes=scopes,
            version="2.14",
            created_at=NOW,
            expires_at=expires_at,
        )
    )


def make(store, clock, **fields):
    """A token in the store: (secret, row)."""
    given_fields = {"name": "t", "scopes": DEFAULT_SCOPES, "version": "2.14", "expires_at": None}
    workspace = store.admin.workspaces()[0]
    return create_token(store.admin, clock, workspace=workspace, **(given_fields | fields))


def test_the_scopes_are_these_and_admin_is_no_default():
    assert " ".join(SCOPES) == "events:read events:write contacts:read contacts:write admin"
    assert SCOPES[:-1] == DEFAULT_SCOPES


def test_a_secret_has_its_prefix_and_at_least_160_random_bits():
    secrets = {new_secret() for _ in range(200)}
    assert len(secrets) == 200
    for secret in secrets:
        assert secret.startswith("pst_")
        assert len(bytes.fromhex(secret.removeprefix("pst_"))) * 8 >= 160


def test_only_the_sha_256_of_a_secret_is_kept(store, clock, tmp_path):
    secret, _ = make(store, clock)
    assert hash_secret(secret) == hashlib.sha256(secret.encode()).digest()
    store.close()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert hash_secret(secret) in files
    assert secret.encode() not in files
    assert secret.removeprefix("pst_").encode() not in files


def test_a_made_token_is_found_by_its_secret(store, clock):
    secret, token = make(store, clock, name="ci", scopes=("admin", "events:read"), version="1.4")
    assert find_access(store.admin, secret, Limits()).token == token
    assert (token.name, token.version, token.created_at) == ("ci", "1.4", NOW)
    assert token.scopes == ("events:read", "admin"), "in the order of the list of scopes"
    assert token.workspace == store.admin.workspaces()[0]


def test_an_unknown_or_revoked_token_is_unauthorized(store, clock):
    secret, token = make(store, clock)
    assert refusal(find_access, store.admin, "pst_unknown", Limits()) == (401, "unauthorized", None)
    assert revoke_token(store.admin, token, NOW) is True
    assert refusal(find_access, store.admin, secret, Limits()) == (401, "unauthorized", None)
    gone = msgspec.structs.replace(token, number=99)
    assert revoke_token(store.admin, gone, NOW) is False
    made, revoked = reversed(store.audit.page(None, None, 9))
    assert (made.act, made.actor, made.workspace) == ("token created", "command line", 1)
    assert made.detail["scopes"] == list(DEFAULT_SCOPES)
    assert (revoked.act, revoked.detail) == ("token revoked", {"token": token.number, "name": "t"})


@pytest.mark.parametrize(
    "header",
    [
        "Bearer pst_x",
        "bearer pst_x",
        "BEARER   pst_x ",
        basic("pst_x:"),
        basic("app_id:pst_x"),
        basic(":pst_x"),
        basic("pst_x:").replace("Basic", "basic"),
    ],
)
def test_a_token_is_accepted_in_three_forms(header):
    assert read_secret(header) == "pst_x"


def test_a_password_may_hold_a_colon():
    assert read_secret(basic("app:a:b")) == "a:b"


@pytest.mark.parametrize(
    "header",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "pst_x",
        "Token pst_x",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic pst_x",
        "Basic é",
        "Basic /w==",
        basic("pst_x"),
        basic(":"),
        basic(""),
        "Digest username=x",
    ],
)
def test_anything_else_is_unauthorized(header):
    assert refusal(read_secret, header) == (401, "unauthorized", None)
    with pytest.raises(ApiError, match=r"^Access Token Invalid$"):
        read_secret(header)


@given(
    st.text(st.characters(max_codepoint=255), max_size=40),
    st.sampled_from(["", "Basic ", "Bearer "]),
)
def test_no_header_breaks_the_reader(text, scheme):
    secret, error = attempt(read_secret, scheme + text)
    if error is None:
        assert len(hash_secret(secret)) == 32
    else:
        assert error.status == 401


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_own_calls_only(scope):
    access((scope,)).require(scope)
    others = tuple(other for other in SCOPES if other != scope)
    assert refusal(access(others).require, scope) == (403, "forbidden", None)
    words = rf"^You do not have the required scope \({scope}\) to access this resource$"
    with pytest.raises(ApiError, match=words):
        access(others).require(scope)


def test_the_empty_scope_is_any_tokens():
    access(()).require("")
    assert refusal(access(()).require, "admin")[0] == 403


def test_a_token_ends_in_its_second():
    check_expiry(access(expires_at=NOW + 1), NOW)
    check_expiry(access(expires_at=None), NOW)
    assert refusal(check_expiry, access(expires_at=NOW), NOW) == (401, "unauthorized", None)
    assert refusal(check_expiry, access(expires_at=NOW - 1), NOW)[0] == 401
