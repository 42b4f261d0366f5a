"""Every operation with a hostile text in each of its places: path, query, body, headers."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pastense.web.app import OPERATIONS
from pastense.web.openapi import description

PAYLOADS = (
    "'; DROP TABLE contacts; --",
    "' OR '1'='1",
    '" OR ""="',
    "1); DELETE FROM events; --",
    "') UNION SELECT hash, name FROM tokens --",
    "x' || (SELECT name FROM workspaces) || 'x",
    "\\'; UPDATE contacts SET name = 'owned'; --",
    "$1 ?1 ? %s %(name)s :name {0} {name}",
    "$$; SELECT pg_sleep(9); $$",
    "/* */ -- \n; COMMIT; BEGIN; VACUUM;",
    "0 OR 1=1",
    "%' ESCAPE '!' OR name LIKE '%",
    "_%*?[a-z]",
    "{}[]\"\\u0022'\u2019\uff07\u02bc",
    '[1,"a"]::jsonb -> 0',
    "../../etc/passwd\t${jndi:ldap://x}",
)
HEADERS = ("Authorization", "Intercom-Version", "Host", "Content-Type", "User-Agent", "X-Any")
PATH_IDS = {"event_name": "event_name", "external_id:path": "external_id"}


@dataclass
class Place:
    """One place of one operation; `request` puts a text there."""

    label: str
    method: str
    path: str
    where: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    key: Any = None

    def request(self, text: str, ids: dict[str, str]) -> tuple[str, bytes | None, dict[str, str]]:
        """The target, the body and the headers with the text in this place."""
        values, query, body = dict(ids), dict(self.query), copy.deepcopy(self.body)
        headers = dict(self.headers)
        if self.where == "path":
            values[self.key] = text
        elif self.where == "query":
            query[self.key] = text
        elif self.where == "header":
            headers[self.key] = (
                re.sub("[\r\n]", " ", text).encode("latin-1", "replace").decode("latin-1")
            )
        elif self.where == "value":
            put(body, self.key, text)
        elif self.where == "name":
            put(body, self.key, text, name=True)
        path = re.sub(r"\{([^}]+)\}", lambda found: quote(values[found[1]], safe=""), self.path)
        asked = "&".join(f"{quote(n)}={quote(v, safe='')}" for n, v in query.items())
        sent = None if body is None else json.dumps(body).encode()
        return path + (f"?{asked}" if asked else ""), sent, headers


def put(body: Any, path: tuple[Any, ...], text: str, *, name: bool = False) -> None:
    """Put the text at the end of a path of keys, as the value or as the last key itself."""
    for key in path[:-1]:
        body = body[key]
    if name:
        body[text] = body.pop(path[-1])
    else:
        body[path[-1]] = text


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values that are neither objects nor lists."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    elif path:
        yield path


def places() -> Iterator[Place]:
    """All places of all operations, as the description shows them."""
    described = description()
    for operation in OPERATIONS:
        call = described["paths"][operation.path.replace(":path}", "}")][operation.method.lower()]
        label = f"{operation.method} {operation.path}"
        parameters = [resolve(described, one) for one in call.get("parameters", ())]
        query = {
            p["name"]: example_of(p) for p in parameters if p["in"] == "query" and p.get("required")
        }
        content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
        bodies = [one["value"] for one in content.get("examples", {}).values()] or [None]
        plain = Place(label, operation.method, operation.path, "", query, bodies[0])
        for name in re.findall(r"\{([^}]+)\}", operation.path):
            yield variant(plain, "path", name)
        for one in parameters:
            if one["in"] == "query":
                yield variant(plain, "query", one["name"])
        for name in HEADERS:
            yield variant(plain, "header", name)
        for body in bodies:
            for path in leaves(body):
                yield variant(plain, "value", path, body=body)
                if isinstance(path[-1], str):
                    yield variant(plain, "name", path, body=body)


def variant(plain: Place, where: str, key: Any, **changed: Any) -> Place:
    """The operation with another place for the text."""
    one = copy.deepcopy(plain)
    one.where, one.key = where, key
    for name, value in changed.items():
        setattr(one, name, value)
    return one


def resolve(described: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter itself where a reference to it stands."""
    reference = parameter.get("$ref", "").rpartition("/")[2]
    return described["components"]["parameters"][reference] if reference else parameter


def example_of(parameter: dict[str, Any]) -> str:
    """A value that a parameter may have."""
    schema = parameter.get("schema", {})
    return str(parameter.get("example", (schema.get("enum") or [schema.get("const", "1")])[0]))
