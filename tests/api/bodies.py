"""A body that is understood for every endpoint, and the queries that have to be there, for the tests of who
may do what: nobody is to be refused for what was said.
"""

from collections.abc import Mapping
from typing import Any, Final

from api.endpoints import Endpoint
from cases.sealing import new_id
from tests.api.test_bad_input import GOOD, GOOD_OF, REST
from tests.business_pages import CONSENT, FAULTS, REGION, TOPIC

_TOPIC: Final[Mapping[str, Any]] = {"topic_id": TOPIC, "node_id": "N1", "region_code": REGION}
_WHOLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "beginCase": _TOPIC,
    "saveForm": {"version": 1, "values": {}},
    "submitCase": {"mode": "backoffice", "consent_id": CONSENT},
    "rejectCase": {"faults": FAULTS},
    "askEdit": {"faults": FAULTS},
    "finishWork": {"outcome": "completed"},
    "askPayment": {"amount_fen": 1, "purpose": "税款"},
    "answerPayment": {"result": "confirmed"},
    "putQuickReply": {"text": "您好"},
    "readMessages": {"number": 1},
    "readMessagesAsOfficer": {"number": 1},
    "readInbox": {"number": 0},
}
"""By endpoint, where the fields' own good values do not make one."""
_QUERIES: Final[Mapping[str, str]] = {**REST, "searchTopics": "words=x"}


def good_body(endpoint: Endpoint, said: Mapping[str, Any]) -> dict[str, Any]:
    """``said``: fields that name something that is there."""
    if endpoint.body is None:
        return {}
    fields = endpoint.body.model_fields.keys()
    there = {name: value for name, value in said.items() if name in fields}
    if endpoint.name in _WHOLE:
        return {**_WHOLE[endpoint.name], **there}
    values = {**GOOD, **GOOD_OF.get(endpoint.name, {}), "message_id": new_id(), **there}
    missing = fields - values.keys()
    assert not missing, f"{endpoint.name}: tests/api/bodies.py has no {', '.join(sorted(missing))}"
    return {name: values[name] for name in fields}


def good_query(endpoint: Endpoint) -> str:
    """With its question mark, or nothing."""
    return f"?{_QUERIES[endpoint.name]}" if endpoint.name in _QUERIES else ""
