"""The OpenAPI document, made from the endpoint table. Pure."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import TypeAdapter

from api.endpoints import Binary, Endpoint
from api.requests import IDEMPOTENCY_KEY
from api.routes import ENDPOINTS, PARTS
from cases.access import EVERY_ROLE, ROLES
from cases.sessions import COOKIE_NAMES, session_kind
from cases.views.problems import Problem

REF_TEMPLATE = "#/components/schemas/{model}"
ABOUT: Final = """Tax business between taxpayers and officers.

- **Who asks** is known by a cookie that the log-in sets; a taxpayer and an officer each have their own.
- **Refusals** are `application/problem+json` (RFC 9457) with a stable `code` and a text in the language of
  `Accept-Language` (`zh-CN` or `en`).
- **Repeats**: whatever makes something takes an `Idempotency-Key`; the same key again makes nothing anew.
- **Lists** come in pages: pass `next_cursor` on as `cursor` until there is none.
- **Times** are milliseconds since 1970 (`…_ms`); each answer that counts down has the server's own `at_ms`.
"""


def component_schemas(outputs: Iterable[type], inputs: Iterable[type]) -> dict[str, Any]:
    """JSON Schemas of all these types and of what they are made of, by type name."""
    adapters: list[tuple[type, Any, TypeAdapter[Any]]] = [
        (kind, mode, TypeAdapter(kind))
        for mode, kinds in (("serialization", outputs), ("validation", inputs))
        for kind in dict.fromkeys(kinds)
    ]
    _, document = TypeAdapter.json_schemas(
        [(kind.__name__, mode, adapter) for kind, mode, adapter in adapters], ref_template=REF_TEMPLATE
    )
    schemas: dict[str, Any] = dict(document["$defs"])
    return dict(sorted(schemas.items()))


def reference(kind: type) -> dict[str, str]:
    return {"$ref": REF_TEMPLATE.format(model=kind.__name__)}


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in endpoint.path.split("/") if part.startswith("{")]
    found = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    if endpoint.makes:
        shape = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"}
        found.append({"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "schema": shape})
    if endpoint.query is None:
        return found
    schema = endpoint.query.model_json_schema(ref_template=REF_TEMPLATE)
    required = schema.get("required", [])
    return found + [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema["properties"].items()
    ]


def _content(endpoint: Endpoint) -> dict[str, Any]:
    if isinstance(endpoint.result, Binary):
        return {kind: {} for kind in endpoint.result.media_types}
    return {"application/json": {"schema": reference(endpoint.result)}}


def _operation(endpoint: Endpoint, part: str) -> dict[str, Any]:
    # What follows the first sentence would make a list of all endpoints unreadable.
    first, _, more = endpoint.summary.partition(". ")
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "tags": [part],
        "summary": first.removesuffix("."),
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {"description": "Done", "content": _content(endpoint)},
            "default": {
                "description": "Refused",
                "content": {"application/problem+json": {"schema": reference(Problem)}},
            },
        },
    }
    if more:
        operation["description"] = more
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference(endpoint.body)}},
        }
    if endpoint.upload is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {kind: {} for kind in endpoint.upload.media_types},
        }
    if endpoint.tagged:
        operation["responses"]["304"] = {"description": "Not changed"}
    kind = session_kind(endpoint.audience)
    if kind is not None:
        # Of a scheme that is no OAuth2 these are the roles of which one is needed (OpenAPI 3.1, 4.8.30).
        roles = ROLES.get(endpoint.audience, EVERY_ROLE)
        needed = sorted(role.value for role in roles) if roles != EVERY_ROLE else []
        operation["security"] = [{kind.value: needed}]
    return operation


def document(
    version: str, more_outputs: Iterable[type] = (), more_inputs: Iterable[type] = ()
) -> dict[str, Any]:
    """The whole document; ``more_…`` are types that only the socket carries, so that one generator makes
    all.
    """
    results = (endpoint.result for endpoint in ENDPOINTS)
    outputs = [*(result for result in results if not isinstance(result, Binary)), Problem, *more_outputs]
    inputs = [*(endpoint.body for endpoint in ENDPOINTS if endpoint.body is not None), *more_inputs]
    paths: dict[str, dict[str, Any]] = {}
    for part, endpoints in PARTS.items():
        for endpoint in endpoints:
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, part)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shuitong", "version": version, "description": ABOUT},
        "tags": [{"name": part} for part in PARTS],
        "paths": paths,
        "components": {
            "schemas": component_schemas(outputs, inputs),
            "securitySchemes": {
                audience.value: {"type": "apiKey", "in": "cookie", "name": cookie}
                for audience, cookie in COOKIE_NAMES.items()
            },
        },
    }
