"""The token's own workspace: what it sets, who did what in it, and its tokens."""

from __future__ import annotations

import msgspec

from pastense.limits import AUDIT_PER_PAGE_DEFAULT, AUDIT_PER_PAGE_MAX
from pastense.model import Workspace
from pastense.service.administration import tokens, workspaces
from pastense.web.exchange import Answer, Exchange
from pastense.web.operation import Operation
from pastense.web.query import read_pairs, single_values
from pastense.wire.admin_views import (
    audit_object,
    numbered_page,
    token_body,
    token_object,
    workspace_body,
)
from pastense.wire.json_text import decode_object
from pastense.wire.paging import read_before, read_per_page


class Place(msgspec.Struct, frozen=True):
    """Which page is asked for: how many rows, and the number that all of theirs are below."""

    per_page: int
    before: int | None


async def show_workspace(exchange: Exchange) -> Answer:
    """The workspace with each of its settings."""
    store, workspace = exchange.state.store.workspaces, exchange.workspace
    found = await exchange.state.read(workspaces.current_workspace, store, workspace)
    return _workspace_answer(exchange, found)


async def change_workspace(exchange: Exchange) -> Answer:
    """Rename the workspace, change what it sets: 200 with all that holds then."""
    change = workspaces.read_change(decode_object(await exchange.body()))
    state, workspace = exchange.state, exchange.workspace
    changed = await state.write(
        workspaces.change_workspace,
        state.store.workspaces,
        workspace,
        change,
        state.clock.now(),
        exchange.actor,
    )
    return _workspace_answer(exchange, changed)


async def list_audit(exchange: Exchange) -> Answer:
    """The acts in the workspace, the newest first."""
    state, place = exchange.state, _read_place(exchange)
    entries = await state.read(
        state.store.audit.page, exchange.workspace.number, place.before, place.per_page + 1
    )
    return Answer(200, numbered_page([audit_object(entry) for entry in entries], place.per_page))


async def list_tokens(exchange: Exchange) -> Answer:
    """The tokens of the workspace, the newest first; never a secret."""
    state, place = exchange.state, _read_place(exchange)
    found = await state.read(
        state.store.admin.workspace_tokens,
        exchange.workspace.number,
        place.before,
        place.per_page + 1,
    )
    return Answer(200, numbered_page([token_object(token) for token in found], place.per_page))


async def create_token(exchange: Exchange) -> Answer:
    """Make a token in the workspace: 200 with its secret, which is shown only here."""
    state = exchange.state
    asked = tokens.read_token_request(decode_object(await exchange.body()), state.clock.now())
    secret, token = await state.write(
        tokens.make_token,
        state.store.admin,
        state.clock,
        exchange.workspace,
        asked,
        exchange.actor,
    )
    return Answer(200, token_body(token, secret))


async def revoke_token(exchange: Exchange) -> Answer:
    """Revoke a token of the workspace: 200 with the token as it then is."""
    state = exchange.state
    token = await state.write(
        tokens.revoke_in_workspace,
        state.store.admin,
        exchange.workspace,
        exchange.path_value("token_id"),
        state.clock.now(),
        exchange.actor,
    )
    return Answer(200, token_body(token))


def _workspace_answer(exchange: Exchange, workspace: Workspace) -> Answer:
    settings = workspaces.settings_of(workspace, exchange.state.settings)
    return Answer(200, workspace_body(workspace, settings))


def _read_place(exchange: Exchange) -> Place:
    pairs = read_pairs(exchange.scope["query_string"])
    values = single_values(pairs, ("per_page", "starting_after"))
    per_page = read_per_page(values.get("per_page"), AUDIT_PER_PAGE_DEFAULT, AUDIT_PER_PAGE_MAX)
    return Place(per_page, read_before(values.get("starting_after")))


OPERATIONS = (
    Operation("GET", "/pastense/v1/workspace", show_workspace, "admin"),
    Operation("PUT", "/pastense/v1/workspace", change_workspace, "admin"),
    Operation("GET", "/pastense/v1/audit", list_audit, "admin"),
    Operation("GET", "/pastense/v1/tokens", list_tokens, "admin"),
    Operation("POST", "/pastense/v1/tokens", create_token, "admin"),
    Operation("DELETE", "/pastense/v1/tokens/{token_id}", revoke_token, "admin"),
)
