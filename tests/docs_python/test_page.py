"""docs/python.md names every call, parameter, class and error that callers have, and no other."""

from __future__ import annotations

import inspect
import re

import pytest

import pastense
from pastense import Client, errors
from pastense.client.calls.contact_fields import ChangedContact
from pastense.client.http import HttpTransport
from pastense.client.messages import Timeout
from pastense.client.options import RETRIES_MAX_DEFAULT
from pastense.client.per_call import NAMES
from pastense.client.retry import FIRST_PAUSE_S, PAUSE_MAX_S
from pastense.client.route import IDLE_CONNECTIONS_MAX
from tests.support.documents import changed, page
from tests.support.public_calls import calls_of

TEXT = page("python.md")
OF_THE_TRACKER = {"DropReason", "TrackerStats"}
ON_OTHER_PAGES = {
    # What this client's callers do not meet: docs/errors.md has them.
    *("AttributeLimitReached", "AttributeNotFound", "DataInvalid", "HeadersTooLarge"),
    *("InvalidSortOrder", "JobNotFound", "MediaTypeNotSupported", "MethodNotAllowed"),
    *("RequestTimeout", "UriTooLong"),
}


@pytest.fixture(scope="module")
def client() -> Client:
    return Client("token", base_url="https://api.example.com")


def call_faults(text: str, client: Client) -> list[str]:
    """Calls that the table lacks, that it has and are not there, and parameters likewise."""
    table = text.partition("## All calls")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| `")]
    there = dict(re.findall(r"`((?:client|user)\.[\w.]+)\(([^)]*)\)`", "\n".join(rows)))
    wanted = {name for name in calls_of("client", client) if not name.startswith("raw")}
    found = sorted(wanted ^ there.keys())
    for name in wanted & there.keys():
        said = set(re.findall(r"\w+", there[name]))
        found += [f"{name}({each})" for each in sorted(said ^ parameters(client, name))]
    return found


def parameters(client: Client, name: str) -> set[str]:
    """The parameters of a call, those aside that all calls take and the fields of a contact."""
    first, *rest = name.split(".")
    thing = client if first == "client" else client.users.find(user_id="1")
    for each in rest:
        thing = getattr(thing, each)
    there = inspect.signature(thing).parameters.values()
    return {each.name for each in there if each.kind is not inspect.Parameter.VAR_KEYWORD}


def name_faults(text: str) -> list[str]:
    """Public names, errors, parameters of the client and of every call that are not in code."""
    code = " ".join(re.findall(r"`[^`\n]+`|^```.*?^```", text, re.MULTILINE | re.DOTALL))
    words = set(re.findall(r"\w+", code))
    wanted = set(pastense.__all__) - OF_THE_TRACKER - {"__version__", "NewEvent", "Timeout"}
    wanted -= {"AsyncPages", "SyncPages"}
    wanted |= {name for name, kind in vars(errors).items() if inspect.isclass(kind)}
    wanted -= ON_OTHER_PAGES | {"ClassVar", "Refused", "Self", "Sequence"}
    wanted |= set(inspect.signature(Client).parameters) | NAMES
    wanted |= ChangedContact.__annotations__.keys()
    return sorted(wanted - words)


def test_every_call_and_every_parameter_is_there(client: Client):
    assert call_faults(TEXT, client) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("`client.me()`", "`client.you()`", ["client.me", "client.you"]),
        ("sort=…, ", "", ["client.contacts.search(sort)"]),
        (
            "create_many(events)",
            "create_many(all)",
            ["create_many(all)", "create_many(events)"],
        ),
    ],
)
def test_a_wrong_call_is_found(client: Client, old: str, new: str, found: list[str]):
    faults = call_faults(changed(TEXT, old, new), client)
    assert [fault.removeprefix("client.events.") for fault in faults] == found


def test_every_name_is_there():
    assert name_faults(TEXT) == []
    assert name_faults(TEXT.replace("ManyRefused", "Many")) == ["ManyRefused"]


def test_the_numbers_are_those_of_the_code():
    timeout = Timeout()
    assert f"| `timeout` | `({timeout.connect_s:g}, {timeout.read_s:g})` |" in TEXT
    assert f"| `max_retries` | `{RETRIES_MAX_DEFAULT}` |" in TEXT
    assert f"else {FIRST_PAUSE_S:g} s, doubled each time" in TEXT
    assert PAUSE_MAX_S == 60
    assert "No pause is longer than a minute" in TEXT
    assert f"up to {IDLE_CONNECTIONS_MAX} are kept" in TEXT


def test_the_statuses_are_those_of_the_errors():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (\d{3}) \|", TEXT, re.MULTILINE)
    assert len(rows) > 6
    for names, status in rows:
        for name in re.findall(r"\w+", names):
            assert getattr(errors, name).status == int(status), name


def test_a_client_opens_nothing_before_its_first_call(client: Client):
    """As the page says of clients that are made before a fork."""
    assert isinstance(client._transport, HttpTransport)
    assert client._transport._idle == []
