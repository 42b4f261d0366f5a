"""The tokens of one workspace, as one with the scope admin sees and changes them."""

from __future__ import annotations

import pytest

from pastense.limits import CREATED_AT_END_S, Limits
from pastense.service.administration.access import DEFAULT_SCOPES, SCOPES, create_token, find_access
from pastense.service.administration.tokens import (
    TokenRequest,
    make_token,
    read_token_request,
    revoke_in_workspace,
)
from pastense.service.administration.workspaces import create_workspace
from tests.unit.support import NOW, refusal


def test_an_empty_request_is_a_token_without_admin_and_without_end():
    assert read_token_request({}, NOW) == TokenRequest("token", DEFAULT_SCOPES, "2.14", None)
    nulls = {"scopes": None, "version": None, "expires_at": None}
    assert read_token_request(nulls, NOW) == read_token_request({}, NOW)


def test_a_request_may_say_all():
    body = {"name": "ci", "scopes": list(SCOPES), "version": "1.4", "expires_at": NOW + 1.0}
    assert read_token_request(body, NOW) == TokenRequest("ci", SCOPES, "1.4", NOW + 1)


BAD = [
    *(("name", value) for value in (None, "", 5, "a\nb", "x" * 256)),
    *(("scopes", value) for value in ([], "admin", ["all"], [1], [["admin"]], {}, True)),
    *(("version", value) for value in ("3.0", 2.14, "", [], True)),
    *(("expires_at", value) for value in (0, -1, NOW, NOW + 0.5, CREATED_AT_END_S, "x", True)),
    ("expires_at", str(NOW + 60)),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_request_names_its_field(name, value):
    assert refusal(read_token_request, {name: value}, NOW) == (400, "parameter_invalid", name)


def test_a_made_token_opens_its_workspace_and_is_recorded(store, clock, workspace):
    asked = read_token_request({"name": "ci", "scopes": ["admin"]}, NOW)
    secret, token = make_token(store.admin, clock, workspace, asked, "token 1 (boss)")
    assert find_access(store.admin, secret, Limits()).token == token
    (made,) = store.audit.page(workspace.number, None, 9)
    assert (made.act, made.actor) == ("token created", "token 1 (boss)")
    assert made.detail["token"] == token.number
    assert secret not in str(made)


def test_only_tokens_of_the_own_workspace_are_revoked(store, clock, workspace):
    other = create_workspace(store.workspaces, clock, "other")
    fields = {"name": "t", "scopes": DEFAULT_SCOPES, "version": "2.14", "expires_at": None}
    _, theirs = create_token(store.admin, clock, workspace=other, **fields)
    _, mine = create_token(store.admin, clock, workspace=workspace, **fields)
    missing = (str(theirs.number), "99", "0", "-1", "x", "", "1" * 40, "²", f" {mine.number}")
    for token_id in missing:
        found = refusal(revoke_in_workspace, store.admin, workspace, token_id, NOW, "x")
        assert found == (404, "not_found", None)
    assert [token.revoked_at for token in store.admin.tokens()] == [None, None]
    revoked = revoke_in_workspace(store.admin, workspace, str(mine.number), NOW + 1, "x")
    again = revoke_in_workspace(store.admin, workspace, str(mine.number), NOW + 2, "x")
    assert revoked.revoked_at == again.revoked_at == NOW + 1
    assert [kept.revoked_at for kept in store.admin.tokens()] == [None, NOW + 1]
    acts = [found.act for found in store.audit.page(workspace.number, None, 9)]
    assert acts == ["token revoked", "token created"]
