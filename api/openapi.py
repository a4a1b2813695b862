"""The OpenAPI document, made from the endpoint table. Pure."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from api.endpoints import ENDPOINTS, Audience, Endpoint
from cases.sessions import COOKIE_NAMES
from cases.views import Problem

REF_TEMPLATE = "#/components/schemas/{model}"


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
    path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    if endpoint.query is None:
        return path
    schema = endpoint.query.model_json_schema()
    required = schema.get("required", [])
    return path + [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema["properties"].items()
    ]


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {
                "description": "Done",
                "content": {"application/json": {"schema": reference(endpoint.result)}},
            },
            "default": {
                "description": "Refused",
                "content": {"application/problem+json": {"schema": reference(Problem)}},
            },
        },
    }
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference(endpoint.body)}},
        }
    if endpoint.audience is not Audience.ANYONE:
        operation["security"] = [{endpoint.audience.value: []}]
    return operation


def document(
    version: str, more_outputs: Iterable[type] = (), more_inputs: Iterable[type] = ()
) -> dict[str, Any]:
    """The whole document; ``more_…`` are types that only the socket carries, so that one generator makes
    all.
    """
    outputs = [*(endpoint.result for endpoint in ENDPOINTS), Problem, *more_outputs]
    inputs = [*(endpoint.body for endpoint in ENDPOINTS if endpoint.body is not None), *more_inputs]
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shuitong", "version": version},
        "paths": paths,
        "components": {
            "schemas": component_schemas(outputs, inputs),
            "securitySchemes": {
                audience.value: {"type": "apiKey", "in": "cookie", "name": cookie}
                for audience, cookie in COOKIE_NAMES.items()
            },
        },
    }
