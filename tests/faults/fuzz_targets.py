"""What is fuzzed: readers of foreign bytes, each held against a second way to know the answer.

A target takes any bytes and returns a short label of what became of them. It raises
`AssertionError` where a rule is broken; any other exception is a fault too.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from pastense import identity, versions
from pastense.errors import ApiError
from pastense.limits import FIELD_CHARACTERS_MAX, INTEGER_MAX, INTEGER_MIN, JSON_DEPTH_MAX, Limits
from pastense.metadata import metadata_type
from pastense.model import NewEvent, Refused
from pastense.search import parse_query, parse_sort
from pastense.service.events.rules import judge
from pastense.service.webhooks.subscription_fields import read_cursor as read_dead_cursor
from pastense.store.postgresql.connection import spell
from pastense.store.queries import Queries
from pastense.store.relational.people import contact_search, people
from pastense.store.relational.people.filters import Compiler
from pastense.web.query import read_event_query
from pastense.wire.json_text import decode_json
from pastense.wire.paging import read_before
from pastense.wire.submission import parse_submission

NOW = 1_800_000_000
LIMITS = Limits(list_items_max=20)
MESSAGE_CHARACTERS_MAX = 2_500
Target = Callable[[bytes], str]


def label_of(error: ApiError) -> str:
    """A refusal as a label; its words are bounded and it names a code."""
    first = error.refusals[0]
    assert first.code, error
    assert 0 < len(first.message) <= MESSAGE_CHARACTERS_MAX, first
    assert first.field is None or len(first.field) <= 2 * FIELD_CHARACTERS_MAX, first
    return f"{first.code} {re.sub('[0-9]+', '#', first.message)[:24]}"


def walk(value: Any, depth: int = 0) -> Iterator[tuple[object, int]]:
    """Every text, key and number below a value, with how deeply it is nested."""
    yield value, depth + isinstance(value, dict | list)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, depth
            yield from walk(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, depth + 1)


def refuse_constant(name: str) -> None:
    """The words NaN and Infinity are no JSON."""
    raise ValueError(name)


def is_allowed(found: object, depth: int) -> bool:
    """Whether one text or number, or how deep it lies, is within the rules."""
    if depth > JSON_DEPTH_MAX:
        return False
    if isinstance(found, str):
        return "\x00" not in found and not re.search("[\ud800-\udfff]", found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return True
    return INTEGER_MIN <= found <= INTEGER_MAX if isinstance(found, int) else math.isfinite(found)


def reference(body: bytes) -> tuple[bool, object]:
    """What the standard library reads, and whether it is within the rules."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        return False, None
    return all(is_allowed(found, depth) for found, depth in walk(value)), value


def decoder(body: bytes) -> str:
    """Bodies: the decoder takes what the standard library takes, within the rules, and as it."""
    allowed, expected = reference(body)
    value, refused = None, None
    try:
        value = decode_json(body)
    except ApiError as error:
        refused = label_of(error)
    if refused is not None:
        # A key that stands twice hides a value from the reference that the decoder may refuse.
        assert not allowed or repeats_keys(body), (body, refused)
        return refused
    assert allowed, body
    assert value == expected, body
    return f"json {type(value).__name__}"


def repeats_keys(body: bytes) -> bool:
    """Whether a key stands twice in an object: the reference then sees only the last value."""
    repeated: list[bool] = []

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        repeated.append(len(found) < len(pairs))
        return found

    json.loads(body, object_pairs_hook=look)
    return any(repeated)


def submission(body: bytes) -> str:
    """Submissions: each event is accepted with its metadata to the letter, or refused by name."""
    try:
        drafts = parse_submission(body, LIMITS.list_items_max).drafts
    except ApiError as error:
        return label_of(error)
    labels = set()
    for draft in drafts:
        found = judge(draft, 1, NOW, LIMITS)
        if isinstance(found, Refused):
            assert found.field is not None, (body, found)
            assert len(found.field) <= 2 * FIELD_CHARACTERS_MAX, (body, found)
            labels.add(f"{found.code} {found.message[:16]}")
            continue
        check_event(draft.fields, found)
        labels.add(f"event {found.kind}")
    return " ".join(sorted(labels))


def check_event(fields: dict[str, Any], event: NewEvent) -> None:
    """What is handed to the store says what was sent."""
    sent = fields.get("metadata") or {}
    kept = dict(list(sent.items())[: LIMITS.metadata_keys_max])
    assert json.loads(event.metadata) == kept, (fields, event)
    assert [key for key, _ in event.keys] == list(kept), (fields, event)
    assert event.keys_ignored == tuple(sent)[LIMITS.metadata_keys_max :], (fields, event)
    assert event.name == fields["event_name"].strip(), (fields, event)
    assert 1 <= len(event.name) <= 255, event
    assert 0 <= event.created_at <= NOW + LIMITS.created_at_ahead_max_s, event
    assert event.value, event


def metadata(body: bytes) -> str:
    """Metadata values: one of the types, and the same one again for the value read back."""
    try:
        value = decode_json(body)
    except ApiError as error:
        return label_of(error)
    kinds = {name: metadata_type(name, value) for name in ("plan", "start_date", "k" * 300)}
    assert kinds["k" * 300] is None, body
    again = json.loads(json.dumps(value))
    assert metadata_type("plan", again) == kinds["plan"], body
    plain = value is None or isinstance(value, bool | int | float)
    assert not plain or kinds["plan"] is not None, body
    assert not isinstance(value, list) or kinds["plan"] is None, body
    return f"type {kinds['plan']} {kinds['start_date']}"


def cursors(data: bytes) -> str:
    """Cursors of every list: refused, or read within the numbers that a store can hold."""
    text = data.decode("latin-1")
    found = [name for name, reads in CURSORS.items() if reads(text)]
    return " ".join(found) or "none"


def reads_event_cursor(text: str) -> bool:
    """Milliseconds with four decimals: what is read is written again as the same time."""
    ticks = identity.parse_cursor(text)
    if ticks is None:
        return False
    assert 0 <= ticks <= INTEGER_MAX + 10**19, text
    assert identity.parse_cursor(identity.format_cursor(ticks)) == ticks, text
    return True


def reads_row_cursor(text: str) -> bool:
    """Row numbers of lists that are ordered by them."""
    try:
        number = read_before(text)
    except ApiError:
        return False
    assert number is None or 0 <= number <= INTEGER_MAX, text
    return True


def reads_dead_cursor(text: str) -> bool:
    """Three numbers of a dead delivery."""
    try:
        numbers = read_dead_cursor(text)
    except ApiError:
        return False
    assert numbers is not None
    assert all(0 <= n <= INTEGER_MAX for n in numbers), text
    return True


def reads_search_cursor(text: str) -> bool:
    """The last value of a page of contacts, and its row."""
    read = False
    for is_text in (False, True):
        try:
            value, number = contact_search._read_cursor(text, is_text)
        except ValueError:
            continue
        assert isinstance(value, str) is is_text, text
        assert isinstance(number, int), text
        assert INTEGER_MIN <= number <= INTEGER_MAX, text
        assert is_text or INTEGER_MIN <= value <= INTEGER_MAX, text
        read = True
    return read


def reads_scroll_cursor(text: str) -> bool:
    """The second and the row of the last contact that a scroll gave out."""
    try:
        numbers = people._read_cursor(text)
    except ValueError:
        return False
    assert all(0 <= n <= INTEGER_MAX for n in numbers), text
    return True


CURSORS: dict[str, Callable[[str], bool]] = {
    "event": reads_event_cursor,
    "row": reads_row_cursor,
    "dead": reads_dead_cursor,
    "search": reads_search_cursor,
    "scroll": reads_scroll_cursor,
}


def queries(data: bytes) -> str:
    """Query strings of `GET /events`."""
    try:
        asked = read_event_query(data)
    except ApiError as error:
        return label_of(error)
    assert asked.identifiers, data
    assert 1 <= asked.per_page <= 150, data
    return f"asked {len(asked.identifiers)} {asked.summary} {asked.before is None}"


def contacts_table() -> sqlite3.Connection:
    """An empty table of contacts with the columns that a search may name, and of tags."""
    connection = sqlite3.connect(":memory:")
    columns = (
        *("number", "id", "workspace", "role", "name", "avatar", "email", "email_key", "phone"),
        *("external_id", "owner_id", "session_count", "unsubscribed_from_emails", "created_at"),
        *("updated_at", "signed_up_at", "last_seen_at", "custom_attributes"),
    )
    connection.execute(f"CREATE TABLE contacts ({', '.join(columns)})")
    connection.execute("CREATE TABLE contact_tags (contact, tag)")
    connection.execute("CREATE TABLE tags (number, workspace, name, name_key, deleted_at)")
    connection.execute("INSERT INTO contacts (number, name, email_key) VALUES (1, 'a', 'b@c')")
    return connection


_TABLE = contacts_table()
_COMPILERS = {
    name: Compiler(Queries(f"pastense.store.{name}.sql", "filters.sql"))
    for name in ("sqlite", "postgresql")
}
_FIXED_SQL = re.compile(r"[\n -~]*")
MARK = "q7Zx"
"""A text that stands in every operand which holds any, and in no statement."""


def search(body: bytes) -> str:
    """Searches: refused, or SQL of fixed words whose parameters hold all that was sent."""
    try:
        fields = decode_json(body)
        query = parse_query(fields)
        sort = parse_sort(fields.get("sort") if isinstance(fields, dict) else None)
    except ApiError as error:
        return label_of(error)
    for name, compiler in _COMPILERS.items():
        condition = compiler.compile_query(query)
        assert MARK not in condition.sql, (body, condition.sql)
        assert _FIXED_SQL.fullmatch(condition.sql), (body, condition.sql)
        if name == "postgresql":
            numbers = {int(n) for n in re.findall(r"\$(\d+)", spell(condition.sql))}
            assert numbers == set(range(1, len(condition.parameters) + 1)), (body, condition.sql)
        else:
            key = compiler.sort_expression(sort.field, True)
            statement = f"SELECT 1 FROM contacts AS c WHERE {condition.sql} ORDER BY {key}"
            _TABLE.execute(statement, condition.parameters).fetchall()
    return f"searched {type(query).__name__} {len(condition.parameters)}"


def version(data: bytes) -> str:
    """The version header: exactly the known names, and nothing that resembles one."""
    text = data.decode("latin-1").strip()
    known = versions.is_known(text)
    pattern = r"1\.[0-4]|2\.(?:[0-9]|1[0-7])|Preview|Unstable"
    assert known is (re.fullmatch(pattern, text, re.ASCII) is not None), data
    return f"known {known}"


TARGETS: dict[str, Target] = {
    "decoder": decoder,
    "submission": submission,
    "metadata": metadata,
    "cursors": cursors,
    "queries": queries,
    "search": search,
    "version": version,
}
