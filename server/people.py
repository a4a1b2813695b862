"""Builds what is about people's accounts; a part of ``building``."""

from dataclasses import dataclass

from api.answers import Routes
from api.routes.faces import FaceRoutes
from api.routes.officers import OfficerRoutes
from api.routes.own_account import OwnAccountRoutes
from api.routes.signing import SocketDoor
from cases.accounts import Accounts, DevelopmentFaceCheck, FaceCheck
from cases.clock import Clock
from cases.database import Database
from cases.faces.check import Faces
from cases.faces.reader import FaceReader, ProcessReader, ReaderBounds
from cases.faces.rules import FacePolicy
from cases.guesses import Guesses
from cases.people.administration import OfficerAdministration
from cases.people.credentials import Credentials
from cases.people.own_account import OwnAccount, OwnSessions
from cases.people.second_factors import SecondFactors
from cases.people.signing import OfficerSigning
from cases.people.views import SecondFactorRule
from cases.sealing import Passwords, Sealer
from cases.sessions import Sessions
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class People:
    """``officers``: their log-in."""

    officers: OfficerSigning
    own_sessions: OwnSessions
    own_account: OwnAccount
    administration: OfficerAdministration
    accounts: Accounts
    faces: Faces
    reader: FaceReader | None

    async def close(self) -> None:
        """No process is left that looks at pictures."""
        if self.reader is not None:
            await self.reader.close()

    def routes(self, sockets: SocketDoor) -> list[Routes]:
        return [
            FaceRoutes(self.accounts, self.faces),
            OwnAccountRoutes(self.own_sessions, self.own_account, sockets),
            OfficerRoutes(self.administration, sockets),
        ]


def build_people(
    settings: Settings,
    database: Database,
    clock: Clock,
    sealer: Sealer,
    passwords: Passwords,
    sessions: Sessions,
    guesses: Guesses,
) -> People:
    """Nothing runs yet, and nothing was asked of the database."""
    reader = ProcessReader(ReaderBounds()) if settings.face_check == "offline" else None
    faces = Faces(database, clock, sealer, guesses, reader, FacePolicy())
    checks: dict[str, FaceCheck] = {
        DevelopmentFaceCheck.method: DevelopmentFaceCheck(sealer, clock),
        Faces.method: faces,
    }
    accounts = Accounts(
        database,
        clock,
        sealer,
        passwords,
        sessions,
        guesses,
        checks.get(settings.face_check),
        time_zone=settings.hall_time_zone,
    )
    factors = SecondFactors(sealer, SecondFactorRule(settings.second_factor))
    credentials = Credentials(database, clock, sealer, passwords, guesses, factors)
    return People(
        OfficerSigning(database, clock, sealer, sessions, credentials, factors),
        OwnSessions(database, clock, sessions),
        OwnAccount(database, clock, credentials, factors),
        OfficerAdministration(database, clock, credentials, factors),
        accounts,
        faces,
        reader,
    )
