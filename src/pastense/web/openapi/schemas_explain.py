"""Schemas of what tells people why: explanations, rehearsals, and the latest refusals."""

from __future__ import annotations

from typing import Final

from pastense.model.findings import FindingCode
from pastense.web.openapi.parts import Schema, nullable, pick, ref

_WORDS: Final[Schema] = {"type": "string"}
_WORDS_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_SECOND: Final[Schema] = {"type": "integer"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_UUID_OR_NULL: Final[Schema] = {"type": ["string", "null"], "format": "uuid"}
_KEYS: Final[Schema] = {"type": "array", "items": {"type": "string"}}


def _list(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


_FINDINGS: Final[Schema] = {
    "pastense_finding": pick(
        {
            "code": {"enum": [code.value for code in FindingCode]},
            "message": {"type": "string", "description": "What it means, and what to do."},
        },
        *("code", "message"),
        description="One thing that is true now.",
    ),
    "pastense_error_shown": pick(
        {"code": _WORDS, "message": _WORDS, "field": _WORDS_OR_NULL},
        *("code", "message", "field"),
        description="One error as an answer would carry it.",
    ),
    "pastense_forecast": pick(
        {
            "result": {"enum": ["stored", "duplicate", "refused"]},
            "status": {"type": "integer", "description": "Of the answer to the event alone."},
            "event_id": _UUID_OR_NULL,
            "contact_id": _WORDS_OR_NULL,
            "keys_ignored": _COUNT,
            "refusal": nullable(ref("pastense_error_shown")),
        },
        *("result", "status", "event_id", "contact_id", "keys_ignored", "refusal"),
        description=(
            "What a submission of the event would do now. The ids are null where it would be "
            "refused, and where its contact would first have to be created."
        ),
    ),
}
_EXPLANATION: Final[Schema] = {
    "pastense_explanation": pick(
        {
            "type": {"const": "pastense.explanation"},
            "at": _SECOND,
            "contact": nullable(
                pick(
                    {
                        "id": _WORDS,
                        "role": _WORDS,
                        "archived": {"type": "boolean"},
                        "blocked": {"type": "boolean"},
                    },
                    *("id", "role", "archived", "blocked"),
                )
            ),
            "event_name": nullable(
                pick(
                    {
                        "name": _WORDS,
                        "description": _WORDS_OR_NULL,
                        "archived": {"type": "boolean"},
                        "tracked_keys": _KEYS,
                    },
                    *("name", "description", "archived", "tracked_keys"),
                )
            ),
            "event": nullable(
                pick(
                    {
                        "id": {"type": "string", "format": "uuid"},
                        "created_at": _SECOND,
                        "metadata_keys": nullable(_KEYS),
                        "listed": {
                            "type": "boolean",
                            "description": "Whether a list of the contact's events shows it now.",
                        },
                    },
                    *("id", "created_at", "metadata_keys", "listed"),
                )
            ),
            "submission": nullable(ref("pastense_forecast")),
            "findings": _list("pastense_finding"),
        },
        *("type", "at", "contact", "event_name", "event", "submission", "findings"),
        description="What is true now; null is what is unknown or was not asked for.",
    ),
}
_REHEARSAL: Final[Schema] = {
    "pastense_traced_step": pick(
        {
            "name": {"type": "string", "description": "The rule, by its name in the program."},
            "passed": {"type": "boolean"},
            "derived": {"type": "object", "description": "What the rule found out."},
            "findings": _list("pastense_finding"),
            "refusal": nullable(ref("pastense_error_shown")),
        },
        *("name", "passed", "derived", "findings", "refusal"),
        description="One rule as it judged one event.",
    ),
    "pastense_rehearsed_event": pick(
        {
            "place": {"type": "string", "description": 'Where it stands: "" or "data[3]".'},
            "steps": _list("pastense_traced_step"),
            "outcome": ref("pastense_forecast"),
            "findings": _list("pastense_finding"),
        },
        *("place", "steps", "outcome", "findings"),
        description="One event: the rules in their order up to the one that refuses it.",
    ),
    "pastense_rehearsal": pick(
        {
            "type": {"const": "pastense.rehearsal"},
            "at": _SECOND,
            "status": {"type": "integer", "description": "What POST /events would answer."},
            "stored": _COUNT,
            "duplicates": _COUNT,
            "errors": _list("pastense_error_shown"),
            "events": _list("pastense_rehearsed_event"),
        },
        *("type", "at", "status", "stored", "duplicates", "errors", "events"),
        description="`events` is empty where the submission would be refused as a whole.",
    ),
}
_REFUSALS: Final[Schema] = {
    "pastense_refusal": pick(
        {
            "type": {"const": "pastense.refusal"},
            "id": {"type": "string", "pattern": "^[0-9]+$"},
            "created_at": _SECOND,
            "request_id": _WORDS,
            "method": _WORDS,
            "path": {
                "type": ["string", "null"],
                "description": "The path of the call as it is described here, null where unknown.",
            },
            "status": {"type": "integer", "description": "Of the answer as a whole."},
            "code": _WORDS,
            "field": _WORDS_OR_NULL,
            "message": _WORDS,
            "token": pick({"id": _WORDS, "name": _WORDS}, "id", "name"),
            "event_name": _WORDS_OR_NULL,
            "cut": {"type": "boolean", "description": "A text was too long and ends in …"},
        },
        *("type", "id", "created_at", "request_id", "method", "path", "status", "code", "field"),
        *("message", "token", "event_name", "cut"),
        description="Why something was refused; nothing of a person is kept of it.",
    ),
    "pastense_refusal_list": pick(
        {
            "type": {"const": "list"},
            "data": _list("pastense_refusal"),
            "pages": pick(
                {
                    "type": {"const": "pages"},
                    "per_page": {"type": "integer"},
                    "next": pick(
                        {"per_page": {"type": "integer"}, "starting_after": _WORDS},
                        *("per_page", "starting_after"),
                    ),
                },
                *("type", "per_page"),
            ),
        },
        *("type", "data", "pages"),
    ),
    "pastense_submission": {
        "type": "object",
        "description": "A body of POST /events, right or wrong: an event, or a list in `data`.",
    },
}
EXPLAIN_SCHEMAS: Final[Schema] = _FINDINGS | _EXPLANATION | _REHEARSAL | _REFUSALS
