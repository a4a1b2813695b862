"""Every HTTP endpoint, declared once beside what it does; a module for each part of the product."""

from collections.abc import Mapping
from typing import Final

from api.endpoints import Endpoint
from api.routes import (
    audit,
    binding,
    booking,
    business,
    casework,
    conversations,
    displays,
    faces,
    files,
    guidance,
    halls_admin,
    notifications,
    officers,
    own_account,
    reception,
    reports,
    signing,
    stills,
    tickets,
    videos,
)

PARTS: Final[Mapping[str, tuple[Endpoint, ...]]] = {
    "Log-in": signing.ENDPOINTS,
    "Face check": faces.ENDPOINTS,
    "Own account": own_account.ENDPOINTS,
    "Officers": officers.ENDPOINTS,
    "Tickets": tickets.ENDPOINTS,
    "Guidance": guidance.ENDPOINTS,
    "Business": business.ENDPOINTS,
    "Casework": casework.ENDPOINTS,
    "Files": files.ENDPOINTS,
    "Booking": booking.ENDPOINTS,
    "Halls": halls_admin.ENDPOINTS,
    "Conversations": conversations.ENDPOINTS,
    "Video": videos.ENDPOINTS,
    "Still pictures": stills.ENDPOINTS,
    "Notifications": notifications.ENDPOINTS,
    "Binding of tickets": binding.ENDPOINTS,
    "Reception": reception.ENDPOINTS,
    "Wall and reports": reports.ENDPOINTS,
    "Displays": displays.ENDPOINTS,
    "Audit": audit.ENDPOINTS,
}
"""The endpoints by part, each part with the title under which the page to read them shows it."""

ENDPOINTS: Final[tuple[Endpoint, ...]] = tuple(
    endpoint for endpoints in PARTS.values() for endpoint in endpoints
)
