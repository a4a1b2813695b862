"""Every kind of person that a request can come from, for the tests of who may do what."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cases import schema
from cases.access import EVERY_ROLE, Officer, Person, Taxpayer
from cases.certificates import CertificateType
from cases.database import Database
from cases.halls import Line, put_hall
from cases.sealing import new_id, token_digest
from cases.sessions import COOKIE_NAMES, SessionKind
from cases.views.desks import OfficerRole
from cases.views.names import Bilingual, HallView, LineKind
from server.building import Product
from tests.product import HALL
from tests.records import records_url

OTHER_HALL: Final = "doumen"
OTHER_LINE: Final = "doumen-general"
OWNER: Final = "owner"
"""Whose the objects are that people ask for: a taxpayer with a case in HALL."""

DESK, RECEPTION, BOSS, ADMIN = (
    OfficerRole.OFFICER,
    OfficerRole.RECEPTION,
    OfficerRole.SUPERVISOR,
    OfficerRole.ADMIN,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of person. ``roles``: of an officer of ``hall_id``; none of a taxpayer. ``barred``: the session
    is over, or the officer is disabled.
    """

    name: str
    side: SessionKind | None
    roles: frozenset[OfficerRole] = frozenset()
    hall_id: str = HALL
    expired: bool = False
    disabled: bool = False

    @property
    def barred(self) -> bool:
        return self.expired or self.disabled

    def person(self, session_id: str = "s") -> Person | None:
        """As ``cases.access`` is asked about them; none for who is not signed in."""
        if self.side is None or self.barred:
            return None
        if self.side is SessionKind.TAXPAYER:
            return Taxpayer(self.name, "陈嘉敏", session_id)
        return Officer(self.name, "林思远", self.name, self.hall_id, self.roles, session_id)


def _officer(name: str, *roles: OfficerRole, hall_id: str = HALL) -> Kind:
    return Kind(name, SessionKind.OFFICER, frozenset(roles), hall_id)


KINDS: Final = (
    Kind("nobody", None),
    Kind("expired_taxpayer", SessionKind.TAXPAYER, expired=True),
    Kind("other_taxpayer", SessionKind.TAXPAYER),
    Kind("expired_officer", SessionKind.OFFICER, EVERY_ROLE, expired=True),
    Kind("disabled_officer", SessionKind.OFFICER, EVERY_ROLE, disabled=True),
    _officer("officer_elsewhere", DESK, hall_id=OTHER_HALL),
    _officer("boss_elsewhere", BOSS, hall_id=OTHER_HALL),
    _officer("admin_elsewhere", ADMIN, hall_id=OTHER_HALL),
    _officer("admin", ADMIN),
    _officer("reception", RECEPTION),
    _officer("boss", BOSS),
    _officer("colleague", DESK),
    _officer("officer", DESK),
    Kind(OWNER, SessionKind.TAXPAYER),
)


async def put_other_hall(folder: Path) -> None:
    """Write the other hall into the records of a server that does not run yet."""
    database = Database(records_url(folder))
    name = Bilingual("斗门区税务局办税服务厅", "Doumen District Tax Service Hall")
    hall = HallView(OTHER_HALL, name, Bilingual("珠海市 斗门区", "Doumen, Zhuhai"), "Asia/Shanghai")
    line = Line(OTHER_LINE, OTHER_HALL, LineKind.CONSULT, "A", name, name, open=True)
    async with database.writing() as connection:
        await put_hall(connection, hall, (line,))
    await database.close()


async def put_people(product: Product) -> None:
    """Write all of them."""
    async with product.database.writing() as connection:
        for kind in KINDS:
            if kind.side is SessionKind.TAXPAYER:
                await connection.execute(
                    schema.taxpayers.insert().values(
                        taxpayer_id=kind.name,
                        certificate_type=CertificateType.ID_CN.value,
                        number_sealed=product.sealer.seal("440402190402290028"),
                        number_index=new_id(),
                        name="陈嘉敏",
                        created_at_ms=0,
                    )
                )
            if kind.side is SessionKind.OFFICER:
                await connection.execute(
                    schema.officers.insert().values(
                        officer_id=kind.name,
                        staff_number=kind.name,
                        name="林思远",
                        password_hash="",
                        roles=sorted(role.value for role in kind.roles),
                        hall_id=kind.hall_id,
                        disabled=kind.disabled,
                    )
                )


@dataclass(frozen=True, slots=True)
class SignedInAs:
    """A session of its own, so that what ends one ends nobody else's."""

    kind: Kind
    token: str | None

    @property
    def session_id(self) -> str:
        return token_digest(self.token) if self.token is not None else "none"

    @property
    def headers(self) -> dict[str, str]:
        if self.kind.side is None:
            return {}
        return {"Cookie": f"{COOKIE_NAMES[self.kind.side]}={self.token}"}

    @property
    def person(self) -> Person | None:
        return self.kind.person(self.session_id)


async def sign_in(product: Product, kind: Kind) -> SignedInAs:
    if kind.side is None:
        return SignedInAs(kind, None)
    token = await product.sessions.open(kind.side, kind.name)
    if kind.expired:
        sessions = schema.sessions
        async with product.database.writing() as connection:
            await connection.execute(
                sessions.update()
                .where(sessions.c.session_id == token_digest(token))
                # Over, and not yet swept away.
                .values(idle_until_ms=0)
            )
    return SignedInAs(kind, token)
