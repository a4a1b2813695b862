"""The bounds of conversations."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConversationPolicy:
    """``burst``: messages that one side may send in ``burst_ms`` in one conversation; ``waits_ms``: how long
    the first unread message of an officer waits until the taxpayer is notified outside the open pages;
    ``replies_max``: quick replies of a hall, and of an officer; ``unread_cases_max``: cases with unread
    messages that are named, the latest ones.
    """

    burst: int = 30
    burst_ms: int = 60_000
    waits_ms: int = 60_000
    replies_max: int = 50
    unread_cases_max: int = 100


TEXT_MAX_CHARS = 2_000
PICTURES_MAX = 9
REPLY_MAX_CHARS = 500
SEARCH_MAX_CHARS = 80
