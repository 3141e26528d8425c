"""The description of the API (OpenAPI 3.1), made from the table of its operations."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from coserver.mail.addresses import Kind
from coserver.mail.zone import Verdict
from coserver.model.principal import State
from coserver.model.space import Tool
from coserver.web.api.operations import Operation

_VERSION = "1"
_HELD = re.compile(r"<(\w+)>")
_TEXT: Mapping[str, Any] = {"type": "string"}
_NUMBER: Mapping[str, Any] = {"type": "integer", "minimum": 0}
_MOMENT: Mapping[str, Any] = {"type": ["string", "null"], "format": "date-time"}
_PAGES = {"page": _NUMBER, "pages": _NUMBER, "total": _NUMBER}
_WRONG = {
    "400": "Something in the request is wrong; `detail` says what",
    "401": "There is no token, or none that is good",
    "403": "The token, the plan or the owner does not allow it",
    "404": "There is no such thing in this organisation",
    "409": "It is there already, or not as it would have to be",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "503": "Please try again later",
}


def _object(**properties: Any) -> dict[str, Any]:
    """Everything named is always there."""
    return {"type": "object", "properties": properties, "required": sorted(properties), "additionalProperties": False}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _words(kind: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(each) for each in kind]}


_USAGE = _object(**{str(tool): {"$ref": "#/components/schemas/Room"} for tool in Tool})
_STATE = _words(State)
_USER = {
    "login": _TEXT, "name": _TEXT, "state": _STATE, "plan": _TEXT, "created": _MOMENT, "last_login": _MOMENT,
    "usage": _USAGE,
}  # fmt: skip
_SCHEMAS: Mapping[str, Any] = {
    "Room": _object(bytes=_NUMBER, bytes_limit=_NUMBER, items=_NUMBER, items_limit=_NUMBER),
    "Organisation": _object(
        name=_TEXT, owner=_TEXT, users=_NUMBER, users_allowed=_NUMBER, domains={"type": "array", "items": _TEXT},
        domains_allowed=_NUMBER, over_limit={"type": "array", "items": _TEXT},
    ),
    "Line": _object(**_USER),
    "Users": _object(users=_list("Line"), **_PAGES),
    "User": _object(**_USER, addresses={"type": "array", "items": _TEXT}, erased_at=_MOMENT),
    "NewUser": _object(login=_TEXT, plan=_TEXT, password={"type": ["string", "null"]}),
    "Password": _object(login=_TEXT, password={"type": ["string", "null"]}),
    "Standing": _object(login=_TEXT, state=_STATE, plan=_TEXT),
    "Record": _object(name=_TEXT, kind=_TEXT, value=_TEXT, purpose=_TEXT),
    "Compared": _object(
        name=_TEXT, kind=_TEXT, value=_TEXT, purpose=_TEXT, found={"type": "array", "items": _TEXT},
        verdict={"enum": [*(str(each) for each in Verdict), None]},
    ),
    "Records": _object(records=_list("Compared")),
    "Domain": _object(
        name=_TEXT, proved={"type": "boolean"}, rests_until=_MOMENT,
        record={"anyOf": [{"$ref": "#/components/schemas/Record"}, {"type": "null"}]},
    ),
    "Domains": _object(domains=_list("Domain")),
    "Address": _object(address=_TEXT, kind=_words(Kind), login={"type": ["string", "null"]}),
    "Addresses": _object(addresses=_list("Address"), **_PAGES),
    "Problem": _object(type=_TEXT, title=_TEXT, status=_NUMBER, detail=_TEXT),
}  # fmt: skip


def document(operations: Iterable[Operation], server: str) -> dict[str, Any]:
    """All of it; `server` is where people reach the portal."""
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(_HELD.sub(r"{\1}", each.path), {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "coserver administration",
            "version": _VERSION,
            "description": "What the owner of an organisation does with its users and domains, for programs. A token "
            "is made in the portal, on the page of the organisation; it opens that organisation alone.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(_SCHEMAS),
        },
    }


def _operation(each: Operation) -> dict[str, Any]:
    scope = "any token" if each.scope is None else f"a token with the scope {each.scope}"
    told: dict[str, Any] = {
        "operationId": _identity(each),
        "summary": each.summary,
        "description": f"Takes {scope}.",
        "parameters": _parameters(each),
        "responses": {
            str(each.status): {"description": "Done", "content": {"application/json": {"schema": _ref(each.answer)}}},
            **{
                status: {"description": why, "content": {"application/problem+json": {"schema": _ref("Problem")}}}
                for status, why in _WRONG.items()
            },
        },
    }
    if each.body is not None:
        needed = [name for name, text in each.body.items() if text.needed]
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _body(each, needed)}},
        }
    return told


def _body(each: Operation, needed: list[str]) -> dict[str, Any]:
    made = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"type": "string", "description": text.meaning, "minLength": 1, "maxLength": text.most}
            for name, text in (each.body or {}).items()
        },
    }
    return made | ({"required": needed} if needed else {})


def _parameters(each: Operation) -> list[dict[str, Any]]:
    path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _HELD.findall(each.path)
    ]
    choices = [
        {"name": name, "in": "query", "schema": _words(words)} for name, words in each.choices.items()
    ]  # fmt: skip
    page = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 999_999}}
    return [*path, *choices, *([page] if each.paged else [])]


def _identity(each: Operation) -> str:
    words = [part for part in re.split(r"[^a-z]+", _HELD.sub("one", each.path.removeprefix("/api/v1"))) if part]
    return "-".join([each.method.lower(), *words])


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
