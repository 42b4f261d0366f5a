"""Requests that are nearly right, for every operation that is served.

Each is made of what the description says: its paths, its query parameters and its examples, with
ids that are there, were there, or belong to somebody else; then some of it is spoiled.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pastense.identity import lead_user_id
from pastense.web.app import OPERATIONS
from pastense.web.openapi import description

KEPT_IDS = 40
"""So many ids of each kind are remembered, the newest."""
VERSIONS = ("1.0", "1.4", "2.0", "2.14", "2.15", "2.16", "2.17", "Preview", "Unstable")
SPOILT_VERSIONS = ("", "9", "2.18", "1.5", "2", "unstable", "2.14, 2.14", "-1", "\xff")
ODD_TEXTS = (
    *("", " ", "0", "-1", "9" * 30, "1e400", "null", "true", "é", "\U0001f600", "\u2003", "%"),
    *("\x01\x1f\x7f", "a\nb", "\u202e", "\\", '"', "'", "../..", "a/b", "A" * 256, "x" * 3000),
    *("0x10", "٣٤", "1_000", "NaN", "*", "a@b@c", "@", "💥" * 70, "1.5", "+7", "2026-05-01"),
)
WRONG_TEXTS = ("\ud800", "\udfff\ud800", "a\x00b", "\x00")
ODD_NUMBERS = (
    *(0, -1, 1, 2, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64),
    *(10**30, 1.5, -0.0, 1e15, 1e18, 1e19, 1e308, float("inf"), float("-inf"), float("nan")),
    *(10**11, 10**11 - 1, 10**12, 10**12 + 1, 1_800_000_000, 1_800_086_401),
)
BY_KEY = {"user_id": "external_id", "external_id": "external_id", "email": "email"}
BY_KEY |= {"from": "lead", "into": "user"}
"""What kind of identifier a key holds, where it is not a contact's id."""

NAMED_BY_BODY = {"attachTagToContact": "tag", "updateVisitor": "visitor", "SaveVisitor": "visitor"}
"""Whose id the body of a call has, where it is not a contact's."""


@dataclass
class Pools:
    """Identifiers by kind: those of the seed, and those that answers have named since."""

    is_plain: bool = False
    """Whether only the newest of the right kind are wanted."""
    fixed: dict[str, list[str]] = field(default_factory=dict)
    seen: dict[str, deque[str]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=KEPT_IDS))
    )

    def choose(self, chance: random.Random, kind: str) -> str:
        """One of that kind; now and then something else altogether."""
        draw = chance.random()
        if self.is_plain and self.seen[kind]:
            return self.seen[kind][-1]
        if draw < 0.06:
            return chance.choice((*ODD_TEXTS, *WRONG_TEXTS))
        if draw < 0.12:
            kind = chance.choice(list(self.fixed))
        newest = list(self.seen[kind])[-4:]
        known = newest if newest and draw < 0.55 else [*self.fixed.get(kind, ()), *self.seen[kind]]
        return chance.choice(known) if known else "5ba682d23d7cf92bef87bfd4"

    def learn(self, body: Any) -> None:
        """Remember the ids of what an answer shows."""
        kinds = {"contact": "contact", "user": "contact", "visitor": "visitor", "tag": "tag"}
        kinds |= {"data_attribute": "attribute", "pastense.token": "token"}
        kinds |= {"notification_subscription": "subscription"}
        if not isinstance(body, dict) or "id" not in body:
            return
        kind = kinds.get(str(body.get("type")), "job" if "tasks" in body else None)
        if kind is not None:
            self.seen[kind].append(str(body["id"]))
        if body.get("type") == "user":
            self.seen["user"].append(str(body["id"]))
        if body.get("role") == "lead" or body.get("type") == "contact":
            self.seen["lead"].append(str(body["id"]))
        if body.get("user_id"):
            self.seen["external_id"].append(str(body["user_id"]))


@dataclass
class Request:
    """One request, ready to be sent."""

    label: str
    method: str
    target: str
    body: bytes | None
    version: str | None


class Generator:
    """Makes requests for the operations in turn."""

    def __init__(self, chance: random.Random, pools: Pools) -> None:
        self._chance = chance
        self._pools = pools
        described = description()
        self._parameters = described["components"]["parameters"]
        self._calls = [
            (operation, described["paths"][operation.path.replace(":path}", "}")])
            for operation in OPERATIONS
        ]
        self._place = 0

    def next(self) -> Request:
        """A request for the next operation."""
        operation, path_item = self._calls[self._place % len(self._calls)]
        self._place += 1
        self._pools.is_plain = self._chance.random() < 0.2
        call = path_item[operation.method.lower()]
        target = self._path(operation.path) + self._query(call)
        method = operation.method
        if self._chance.random() < 0.04:
            method = self._chance.choice(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"])
        elif method == "GET" and self._chance.random() < 0.05:
            method = "HEAD"
        label = f"{operation.method} {operation.path}"
        return Request(label, method, target, self._body(call), self._version(call))

    def _path(self, path: str) -> str:
        """The path with an identifier in each of its places, perhaps not of the right kind."""
        parts = []
        for part in path.split("/"):
            if not part.startswith("{"):
                parts.append(part)
                continue
            name = part.strip("{}").removesuffix(":path").removesuffix("_id")
            kind = {"data_attribute": "attribute", "user": "contact"}.get(name, name)
            kind = "external_id" if part == "{external_id:path}" else kind
            chosen = self._pools.choose(self._chance, kind)
            parts.append(quote(chosen.encode("utf-8", "surrogatepass"), safe="")[:3000])
        return "/".join(parts)

    def _query(self, call: dict[str, Any]) -> str:
        """Some of the parameters, with values that may be right."""
        pairs = []
        for reference in call.get("parameters", ()):
            parameter = self._resolve(reference)
            wanted = parameter.get("required") or self._chance.random() < 0.35
            if parameter["in"] != "query" or (not wanted or self._chance.random() < 0.03):
                continue
            name = parameter["name"]
            if name == "filter":
                name = self._chance.choice(["user_id", "email", "intercom_user_id", "id"])
            value = self._query_value(name, parameter)
            pairs.append(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}")
        if pairs and self._chance.random() < 0.05:
            pairs.append(self._chance.choice([*pairs, "%ff=1", "a=%00", "=", "&&", "x" * 500]))
        return "?" + "&".join(pairs) if pairs else ""

    def _resolve(self, parameter: dict[str, Any]) -> dict[str, Any]:
        reference = parameter.get("$ref")
        return self._parameters[reference.rsplit("/", 1)[1]] if reference else parameter

    def _query_value(self, name: str, parameter: dict[str, Any]) -> str:
        schema = parameter["schema"]
        draw = 1.0 if self._pools.is_plain else self._chance.random()
        if name == "user_id" and self._chance.random() < 0.4:
            lead = self._pools.choose(self._chance, self._chance.choice(["lead", "visitor"]))
            return lead_user_id(lead) if len(lead) == 24 else lead
        if name in BY_KEY or name in ("id", "intercom_user_id"):
            return self._pools.choose(self._chance, BY_KEY.get(name, "contact"))
        if name in ("tag_id", "event_name", "q"):
            return self._pools.choose(self._chance, "tag" if name == "tag_id" else "event_name")
        if draw < 0.25:
            return self._chance.choice((*ODD_TEXTS, *WRONG_TEXTS))
        if draw < 0.4:
            return str(self._chance.choice(ODD_NUMBERS))
        if "enum" in schema:
            return str(self._chance.choice(schema["enum"]))
        if schema.get("type") == "integer":
            return str(self._chance.randrange(1, 60))
        return str(self._chance.choice(["true", "0", "1800000000", "1800000000000.5", "1"]))

    def _version(self, call: dict[str, Any]) -> str | None:
        draw = self._chance.random()
        older = {"$ref": "#/components/parameters/older_version"} in call.get("parameters", ())
        if older and draw < 0.85:
            return self._chance.choice(VERSIONS[:2])
        if draw < 0.5:
            return None
        return self._chance.choice(VERSIONS if draw < 0.97 else SPOILT_VERSIONS)

    def _body(self, call: dict[str, Any]) -> bytes | None:
        """An example with real ids in it, mutated up to four times, or none at all."""
        if "requestBody" not in call:
            return None if self._chance.random() < 0.9 else b"{"
        examples = call["requestBody"]["content"]["application/json"]["examples"]
        example = self._chance.choice(list(examples.values()))["value"]
        value = self._put_ids(example, "", NAMED_BY_BODY.get(call["operationId"], ""))
        for _ in range(0 if self._pools.is_plain else self._chance.choice((0, 1, 1, 2, 4))):
            value = self._mutate(value)
        text = json.dumps(value)
        draw = self._chance.random()
        if draw < 0.04:
            text = text.replace("{", '{"id": 1, "id": [], ', 1)
        elif draw < 0.06:
            text = '{"metadata":' * self._chance.choice((15, 17, 4000)) + text
        elif draw < 0.08:
            text = text[: self._chance.randrange(len(text))]
        return None if draw > 0.98 else text.encode()

    def _put_ids(self, value: Any, key: str = "", parent: str = "") -> Any:
        """The example with identifiers that are known in the places of its own."""
        if isinstance(value, dict):
            return {k: self._put_ids(v, k, key or parent) for k, v in value.items()}
        if isinstance(value, list):
            return [self._put_ids(inner, key, parent) for inner in value]
        if not isinstance(value, str):
            return value
        if key in ("event_name", "event_names"):
            return self._pools.choose(self._chance, "event_name")
        if key == "id" and parent in ("job", "tag"):
            return self._pools.choose(self._chance, parent)
        if parent in ("contact", "visitor") and key in ("id", "user_id"):
            kind = "lead" if parent == "contact" else parent
            chosen = self._pools.choose(self._chance, kind)
            return lead_user_id(chosen) if key == "user_id" and len(chosen) == 24 else chosen
        if key in BY_KEY or key in ("id", "intercom_user_id"):
            return self._pools.choose(self._chance, BY_KEY.get(key, "contact"))
        return value

    def _mutate(self, value: Any) -> Any:
        """The value with one thing in it replaced, renamed, removed, repeated or wrapped."""
        draw = self._chance.random()
        if isinstance(value, dict) and value and draw > 0.2:
            changed = dict(value)
            key = self._chance.choice(list(changed))
            if draw < 0.3:
                del changed[key]
            elif draw < 0.38:
                name = self._chance.choice((*ODD_TEXTS, *WRONG_TEXTS, "id", "custom_attributes"))
                changed[name] = changed.pop(key)
            else:
                changed[key] = self._mutate(changed[key])
            return changed
        if isinstance(value, list) and value and draw > 0.2:
            if draw < 0.3:
                return value * self._chance.choice((0, 2, 16, 1001))
            at = self._chance.randrange(len(value))
            return [self._mutate(v) if i == at else v for i, v in enumerate(value)]
        if draw < 0.06:
            return self._chance.choice(([value], {"a": value}, str(value), [[]], {}, None))
        odd = (*ODD_TEXTS, *WRONG_TEXTS, *ODD_NUMBERS, True, False, None, [], {}, [None], [value])
        return self._chance.choice(odd)
