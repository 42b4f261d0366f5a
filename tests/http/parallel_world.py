"""A workspace with one of everything, for what is sent twenty times at once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pastense.service.administration.access import SCOPES
from tests.support.inprocess import NOW, InProcess, Reply

EVENT = {"event_name": "did", "created_at": NOW}
HOOK = {
    "url": "http://127.0.0.1:9/closed",
    "topics": ["event.created"],
    "metadata": {"event_names": ["never-sent"]},
}


def bulk(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"method": "post", "data_type": kind, "data": data}]}


def declared(name: str) -> dict[str, str]:
    return {"name": name, "model": "contact", "data_type": "string"}


class World:
    """A workspace with one of everything, and ways to look at it."""

    def __init__(self, server: InProcess) -> None:
        self.server = server
        self.token = server.make_token(*SCOPES)
        self.user = self.make("/contacts", {"role": "user", "external_id": "u1"})
        self.lead = self.make("/contacts", {"role": "lead"})
        self.visitor = self.make("/pastense/v1/visitors", {})
        self.tag = self.make("/tags", {"name": "there"})
        self.job = self.make("/bulk/events", bulk("event", EVENT | {"user_id": "u1"}))
        self.attribute = self.make("/data_attributes", declared("there"))
        self.subscription = self.make("/subscriptions", HOOK)
        self.revocable = self.make("/pastense/v1/tokens", {"name": "revocable"})

    def call(self, method: str, path: str, body: object = None, version: str = "") -> Reply:
        headers = {"Intercom-Version": version} if version else None
        return self.server.call(method, path, body, headers, token=self.token)

    def make(self, path: str, body: object) -> str:
        reply = self.call("POST", path, body)
        assert reply.status < 300, reply
        return str(reply.json["id"])

    def get(self, path: str, version: str = "") -> Any:
        reply = self.call("GET", path, version=version)
        return reply.json if reply.status == 200 else reply.status

    def acts(self) -> Counter[str]:
        return Counter(
            entry["act"] for entry in self.get("/pastense/v1/audit?per_page=150")["data"]
        )

    def fill_path(self, path: str) -> str:
        for name, value in vars(self).items():
            path = path.replace("{" + name + "}", str(value))
        return path

    def put_in(self, body: object) -> object:
        return json.loads(self.fill_path(json.dumps(body)))
