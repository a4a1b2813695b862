"""An object of every kind that paths name, for the tests of who may do what.

Objects are written into the records as they stand: whose they are is asked before what may be done with them.
A path with a name that is not here fails; add what makes one.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import update

from api.endpoints import Endpoint
from api.routes import tickets
from cases import schema
from cases.access import SET_UP, Audience, Whose, whose_case
from cases.audit import Actor, ActorKind
from cases.booking.tables import bookings
from cases.conversation.tables import quick_replies
from cases.displays.tables import displays
from cases.faces.tables import face_attempts
from cases.files.book import Belonging, Kept, add
from cases.files.tables import file_contents
from cases.files.views import FilePurpose
from cases.guidance.tables import favourites
from cases.outbox.messages import Notification, NotificationKind, put
from cases.outbox.tables import deliveries
from cases.reception.tables import paper_tickets
from cases.sealing import new_id, token_digest
from cases.sessions import SessionKind
from cases.stages.states import Mode
from server.building import Product
from server.files import shelf_of
from tests.business_pages import FORM, TOPIC
from tests.people import OWNER, SignedInAs
from tests.product import CHEN, GENERAL, HALL, ONSITE


@dataclass(frozen=True, slots=True)
class Made:
    """The names that a path has for it, and whose it is; none: everybody's who may ask at all. ``said``: what
    a body names that is there too.
    """

    names: Mapping[str, str]
    whose: Whose | None
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """For whom and for which endpoint an object is made."""

    product: Product
    endpoint: Endpoint
    asker: SignedInAs


OF_CONSULTS: Final = frozenset({tickets.SEE_CASE})
"""Endpoints whose case is a consult; that of all others is a business with forms."""


async def _insert(product: Product, table: Any, **values: Any) -> None:
    async with product.database.writing() as connection:
        await connection.execute(table.insert().values(**values))


async def case_of_owner(scene: Scene) -> Made:
    case_id, is_consult = new_id(), scene.endpoint in OF_CONSULTS
    more: dict[str, Any] = (
        # Closed: the taxpayer may have one that is open in a line.
        {"line_id": GENERAL, "ticket_id": new_id(), "closed_at_ms": 2, "close_reason": "completed"}
        if is_consult
        else {
            "topic_id": TOPIC,
            "node_id": "N1",
            "catalogue_version": scene.product.guidance.catalogues.version,
            "form_state": "submitted",
            "review_state": "pending",
        }
    )
    await _insert(
        scene.product,
        schema.cases,
        case_id=case_id,
        number=new_id()[:20],
        taxpayer_id=OWNER,
        hall_id=HALL,
        mode=(Mode.CONSULT if is_consult else Mode.ASSIST).value,
        question="",
        opened_at_ms=1,
        **more,
    )
    return Made({"case_id": case_id}, whose_case(OWNER, HALL, is_consult=is_consult))


async def form_of_case(scene: Scene) -> Made:
    made = await case_of_owner(scene)
    await _insert(
        scene.product,
        schema.case_forms,
        case_form_id=new_id(),
        case_id=made.names["case_id"],
        taxpayer_id=OWNER,
        form_id=FORM,
        required=True,
        state="draft",
        values_sealed=scene.product.sealer.seal("{}"),
        version=1,
        saved_at_ms=1,
    )
    return Made({**made.names, "form_id": FORM}, made.whose)


async def payment_of_case(scene: Scene) -> Made:
    made, payment_id = await case_of_owner(scene), new_id()
    await _insert(
        scene.product,
        schema.case_payments,
        payment_id=payment_id,
        case_id=made.names["case_id"],
        officer_id="officer",
        amount_fen=100,
        purpose="税款",
        asked_at_ms=1,
        due_at_ms=2**50,
        state="asked",
        version=1,
        receipt_file_ids=[],
        receipt_text="",
        remark="",
    )
    receipt = await _file(scene, made.names["case_id"], FilePurpose.RECEIPT)
    return Made({**made.names, "payment_id": payment_id}, made.whose, {"file_ids": [receipt]})


async def file_of_case(scene: Scene) -> Made:
    made = await case_of_owner(scene)
    file_id = await _file(scene, made.names["case_id"], FilePurpose.CHAT)
    return Made({**made.names, "file_id": file_id}, made.whose)


async def _file(scene: Scene, case_id: str, purpose: FilePurpose) -> str:
    """A picture of that case, with its bytes and its thumbnail."""
    settings, now_ms = scene.product.settings, scene.product.clock.now_ms()
    content, file_id = new_id().encode(), new_id()
    sha256 = hashlib.sha256(content).hexdigest()
    source = settings.data_dir / "picture"
    source.write_bytes(content)
    await shelf_of(settings).put(sha256, source)
    async with scene.product.database.writing() as connection:
        await connection.execute(file_contents.insert().values(sha256=sha256, claimed_at_ms=now_ms))
        await add(
            connection,
            file_id=file_id,
            name="picture.jpg",
            kept=Kept(sha256, sha256, "image/jpeg", len(content), 1, 1, None),
            belonging=Belonging(case_id, purpose),
            by=Actor(ActorKind.TAXPAYER, OWNER),
            now_ms=now_ms,
        )
    return file_id


async def booking_of_owner(scene: Scene) -> Made:
    booking_id = new_id()
    await _insert(
        scene.product,
        bookings,
        booking_id=booking_id,
        number=new_id()[:16],
        taxpayer_id=OWNER,
        hall_id=HALL,
        kind="onsite",
        slot_start_ms=2**42,
        slot_end_ms=2**42 + 1_800_000,
        topic_id="T1",
        state="booked",
        made_at_ms=1,
        version=1,
    )
    return Made({"booking_id": booking_id}, Whose(OWNER, HALL))


async def paper_ticket_of_owner(scene: Scene) -> Made:
    ticket_id = new_id()
    await _insert(
        scene.product,
        paper_tickets,
        ticket_id=ticket_id,
        hall_id=HALL,
        line_id=ONSITE,
        day="20261123",
        number="E001",
        priority=3,
        issued_by="reception",
        opened_at_ms=1,
        revision=0,
        code_index="",
        taxpayer_id=OWNER,
        bound_at_ms=1,
    )
    return Made({"ticket_id": ticket_id}, Whose(OWNER, HALL))


async def officer_of_hall(scene: Scene) -> Made:
    officer_id = new_id()
    await _insert(
        scene.product,
        schema.officers,
        officer_id=officer_id,
        staff_number=officer_id,
        name="周子轩",
        password_hash="",
        roles=["officer"],
        hall_id=HALL,
        disabled=False,
    )
    return Made({"officer_id": officer_id}, SET_UP)


async def session_of_somebody(scene: Scene) -> Made:
    """Of the owner, or of the officer of the hall whom all others are compared with."""
    product = scene.product
    if scene.endpoint.audience is Audience.TAXPAYER:
        token = await product.sessions.open(SessionKind.TAXPAYER, OWNER)
        return Made({"session_id": token_digest(token)}, Whose(taxpayer_id=OWNER))
    token = await product.sessions.open(SessionKind.OFFICER, "officer")
    return Made({"session_id": token_digest(token)}, Whose(officer_id="officer"))


async def face_attempt(scene: Scene) -> Made:
    """Of nobody in particular: who knows its random name may go on with it."""
    name = new_id()
    is_login = scene.endpoint.audience is Audience.ANYONE
    await _insert(
        scene.product,
        face_attempts,
        attempt_id=name,
        officer_id=None if is_login else "officer",
        account_index=new_id(),
        identity_sealed=scene.product.sealer.seal(json.dumps(["id_cn", CHEN.number, CHEN.name])),
        poses=["front"],
        done=0,
        pictures=0,
        ends_at_ms=2**50,
    )
    if is_login:
        return Made({"attempt_id": name}, None)
    return Made({"enrolment_id": name}, Whose(officer_id="officer"))


async def reply_of_officer(scene: Scene) -> Made:
    reply_id = new_id()
    await _insert(
        scene.product,
        quick_replies,
        reply_id=reply_id,
        hall_id=HALL,
        officer_id="officer",
        place=0,
        text="您好",
        changed_at_ms=1,
    )
    return Made({"reply_id": reply_id}, Whose(officer_id="officer"))


async def notification_of_owner(scene: Scene) -> Made:
    """To be read by the owner; its delivery, which is parked, is the administrators'."""
    told = Notification(new_id(), OWNER, NotificationKind.REVIEW_APPROVED, None, {"case_number": "1"})
    parked = update(deliveries).where(deliveries.c.notification_id == told.notification_id)
    async with scene.product.database.writing() as connection:
        await put(connection, told, 1)
        await connection.execute(parked.values(state="parked"))
    whose = Whose(taxpayer_id=OWNER) if scene.endpoint.audience is Audience.TAXPAYER else SET_UP
    return Made({"notification_id": told.notification_id}, whose)


async def hall(scene: Scene) -> Made:
    """Every taxpayer may look at it, and only admins set it up."""
    return Made({"hall_id": HALL}, SET_UP if scene.endpoint.audience is Audience.ADMIN else None)


async def day_of_hall(_scene: Scene) -> Made:
    return Made({"hall_id": HALL, "day": "2026-11-23"}, SET_UP)


async def line_of_hall(_scene: Scene) -> Made:
    return Made({"hall_id": HALL, "line_id": GENERAL}, SET_UP)


async def display_of_hall(scene: Scene) -> Made:
    display_id = new_id()
    await _insert(
        scene.product,
        displays,
        display_id=display_id,
        hall_id=HALL,
        name="大厅",
        english=False,
        key_index=display_id,
        made_at_ms=1,
    )
    return Made({"hall_id": HALL, "display_id": display_id}, SET_UP)


async def part_of_catalogue(_scene: Scene) -> Made:
    """What belongs to this version is everybody's."""
    return Made({"subcategory_id": "S0101", "topic_id": "T24", "node_id": "N1", "form_id": "F03"}, None)


async def reason_of_catalogue(_scene: Scene) -> Made:
    return Made({"reason_id": "R01"}, SET_UP)


async def favourite_of_owner(scene: Scene) -> Made:
    favourite_id = new_id()
    await _insert(
        scene.product,
        favourites,
        favourite_id=favourite_id,
        taxpayer_id=OWNER,
        kind="topic",
        topic_id="T24",
        node_id=favourite_id[:16],
        region_code="440402",
        made_at_ms=1,
    )
    return Made({"favourite_id": favourite_id}, Whose(OWNER))


MAKERS: Final[Mapping[frozenset[str], Callable[[Scene], Awaitable[Made]]]] = {
    frozenset({"case_id"}): case_of_owner,
    frozenset({"case_id", "form_id"}): form_of_case,
    frozenset({"case_id", "payment_id"}): payment_of_case,
    frozenset({"subcategory_id"}): part_of_catalogue,
    frozenset({"topic_id"}): part_of_catalogue,
    frozenset({"topic_id", "node_id"}): part_of_catalogue,
    frozenset({"form_id"}): part_of_catalogue,
    frozenset({"reason_id"}): reason_of_catalogue,
    frozenset({"favourite_id"}): favourite_of_owner,
    frozenset({"case_id", "file_id"}): file_of_case,
    frozenset({"booking_id"}): booking_of_owner,
    frozenset({"hall_id"}): hall,
    frozenset({"hall_id", "day"}): day_of_hall,
    frozenset({"hall_id", "line_id"}): line_of_hall,
    frozenset({"hall_id", "display_id"}): display_of_hall,
    frozenset({"ticket_id"}): paper_ticket_of_owner,
    frozenset({"officer_id"}): officer_of_hall,
    frozenset({"attempt_id"}): face_attempt,
    frozenset({"enrolment_id"}): face_attempt,
    frozenset({"session_id"}): session_of_somebody,
    frozenset({"reply_id"}): reply_of_officer,
    frozenset({"notification_id"}): notification_of_owner,
}
"""By the names that are in the path."""
