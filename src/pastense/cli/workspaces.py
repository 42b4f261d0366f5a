"""`pastense workspace`: create, list, show, set, unset, rename."""

from __future__ import annotations

import click

from pastense.cli.common import (
    CLOCK,
    database_option,
    opened_store,
    print_line,
    read_settings,
    shown_value,
)
from pastense.model import Json, Workspace
from pastense.service.administration.access import COMMAND_LINE
from pastense.service.administration.workspaces import (
    SETTING_NAMES,
    WorkspaceChange,
    change_workspace,
    create_workspace,
    read_label,
    read_setting,
    settings_of,
)
from pastense.settings import Settings
from pastense.store.base import Store

_ROW = "{:<10}  {:<30}  {}"


@click.group()
def workspace() -> None:
    """Make, list and change workspaces."""


@workspace.command()
@click.argument("name")
@database_option
def create(name: str, database: str | None) -> None:
    """Make a workspace called NAME; prints its id, alone, on standard output."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        print_line(create_workspace(store.workspaces, CLOCK, name).id)


@workspace.command("list")
@database_option
def list_workspaces(database: str | None) -> None:
    """Print every workspace's id, name and own settings."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        found = store.admin.workspaces()
    print_line(_ROW.format("ID", "NAME", "OWN SETTINGS"))
    for one in found:
        own = " ".join(f"{name}={shown_value(value)}" for name, value in one.settings.items())
        print_line(_ROW.format(one.id, one.name, own or "-"))


@workspace.command()
@click.argument("workspace_id", metavar="[ID]", required=False)
@database_option
def show(workspace_id: str | None, database: str | None) -> None:
    """Print what holds in the workspace ID, and where each value comes from."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        found = find_workspace(store, workspace_id)
    print_line(f"{found.id} {found.name}")
    for setting in settings_of(found, settings):
        value = shown_value(setting.value)
        print_line(f"{setting.name:<24} {value:<14} {setting.source:<10} {setting.meaning}")


@workspace.command("set")
@click.argument("words", metavar="[ID] NAME=VALUE...", nargs=-1, required=True)
@database_option
def set_settings(words: tuple[str, ...], database: str | None) -> None:
    """Set what the workspace ID has for itself; every process follows within a second."""
    is_id = "=" not in words[0]
    pairs = [word.partition("=") for word in words[is_id:]]
    if not pairs or not all(equals for _, equals, _ in pairs):
        raise click.ClickException("write NAME=VALUE, as in list_window_days=30")
    values = {name: read_setting(name, text, from_text=True) for name, _, text in pairs}
    _change(database, words[0] if is_id else None, values)


@workspace.command()
@click.argument("words", metavar="[ID] NAME...", nargs=-1, required=True)
@database_option
def unset(words: tuple[str, ...], database: str | None) -> None:
    """Take away what the workspace ID has set for itself."""
    is_id = words[0] not in SETTING_NAMES and len(words) > 1
    names = words[is_id:]
    values = {name: read_setting(name, None) for name in names}
    _change(database, words[0] if is_id else None, values)


@workspace.command()
@click.argument("words", metavar="[ID] NAME", nargs=-1, required=True)
@database_option
def rename(words: tuple[str, ...], database: str | None) -> None:
    """Give the workspace ID another NAME."""
    if len(words) > 2:
        raise click.ClickException("write the name as one word, or in quotes")
    change = WorkspaceChange(read_label(words[-1], "name"), {})
    changed, _ = _apply(database, words[0] if len(words) == 2 else None, change)
    print_line(f"{changed.id} is called {changed.name}.")


def find_workspace(store: Store, workspace_id: str | None) -> Workspace:
    """The workspace with that id, or the only one; else a message that lists them all."""
    workspaces = store.admin.workspaces()
    if workspace_id is None and len(workspaces) == 1:
        return workspaces[0]
    for one in workspaces:
        if one.id == workspace_id:
            return one
    known = ", ".join(f"{one.id} ({one.name})" for one in workspaces)
    if workspace_id is None:
        raise click.ClickException(f"name the workspace by its id: {known}")
    raise click.ClickException(f"unknown workspace {workspace_id!r}; there are: {known}")


def _change(database: str | None, workspace_id: str | None, values: dict[str, Json]) -> None:
    changed, settings = _apply(database, workspace_id, WorkspaceChange(None, values))
    for setting in settings_of(changed, settings):
        if setting.name in values:
            source = "" if setting.source == "workspace" else f", set by the {setting.source}"
            print_line(f"{changed.id} {setting.name} is {shown_value(setting.value)}{source}.")


def _apply(
    database: str | None, workspace_id: str | None, change: WorkspaceChange
) -> tuple[Workspace, Settings]:
    """The workspace as it is after the change, and the settings of this run."""
    settings, _ = read_settings(database=database)
    with opened_store(settings) as (store, _):
        found = find_workspace(store, workspace_id)
        now = CLOCK.now()
        return change_workspace(store.workspaces, found, change, now, COMMAND_LINE), settings
