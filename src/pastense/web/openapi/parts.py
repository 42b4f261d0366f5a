"""The small parts that every page of the description is put together from."""

from __future__ import annotations

from typing import Final

Schema = dict[str, object]
"""A piece of the description: a JSON object."""

JSON: Final = "application/json"
_REFUSAL_NAMES: Final = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "RequestTimeout",
    409: "Conflict",
    410: "ContactMerged",
    413: "PayloadTooLarge",
    414: "UriTooLong",
    415: "MediaTypeNotSupported",
    422: "Unprocessable",
    429: "RateLimited",
    431: "HeadersTooLarge",
    500: "ServerError",
    503: "Unavailable",
}
ANY_CALL: Final = (400, 401, 403, 408, 413, 414, 429, 431, 500, 503)
"""What can go wrong with every call that needs a token."""
RATE_HEADERS: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
COMMON_HEADERS: Final = ("X-Request-Id", "Pastense", "Intercom-Version", *RATE_HEADERS)
"""Headers that every answer may carry."""
BODY_CALL: Final = (*ANY_CALL, 415)
"""The same for a call that reads a body."""


def ref(name: str, kind: str = "schemas") -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def nullable(*choices: Schema) -> Schema:
    """One of the choices, or null."""
    return {"anyOf": [*choices, {"type": "null"}]}


def pick(properties: Schema, *required: str, description: str = "") -> Schema:
    """An object with these properties; what is not named here may be there as well."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    if description:
        schema["description"] = description
    return schema


def headers(*names: str) -> Schema:
    """References to response headers by their wire names."""
    return {name: ref(name, "headers") for name in names}


def answer(description: str, schema: Schema | None = None, *extra_headers: str) -> Schema:
    """A success; without a schema the body is empty."""
    found: Schema = {
        "description": description,
        "headers": headers(*COMMON_HEADERS, *extra_headers),
    }
    if schema is not None:
        found["content"] = {JSON: {"schema": schema}}
    return found


def responses(status: int, success: Schema, *refused: int) -> Schema:
    """The success under its status, then references to the shared answers of the others."""
    found: Schema = {str(status): success}
    for code in sorted(refused):
        found[str(code)] = ref(_REFUSAL_NAMES[code], "responses")
    return found


def call(
    operation_id: str,
    summary: str,
    success: Schema,
    statuses: tuple[int, ...],
    *parameters: str,
    tag: str,
    description: str = "",
    version: str = "intercom_version",
) -> Schema:
    """A call without a body that succeeds with 200; `statuses` are those of its refusals. The
    parameters, the version before them, are named by their components."""
    told: Schema = {"description": description} if description else {}
    return {
        "operationId": operation_id,
        "summary": summary,
        **told,
        "tags": [tag],
        "parameters": [ref(name, "parameters") for name in (version, *parameters)],
        "responses": responses(200, success, *statuses),
    }


def with_body(operation: Schema, schema: str, examples: Schema, *, required: bool = True) -> Schema:
    """The same call with a body of that schema."""
    return {**operation, "requestBody": body(ref(schema), examples, required=required)}


def body(schema: Schema, examples: Schema, *, required: bool = True) -> Schema:
    """A JSON body; mostly one that the call cannot do without."""
    return {"required": required, "content": {JSON: {"schema": schema, "examples": examples}}}
