"""The face step of a log-in by pictures, and the references that officers make for it (S1)."""

from collections.abc import Mapping
from typing import Annotated

from aiohttp import StreamReader
from pydantic import Field

from api.answers import Answer, Handler
from api.bodies import Body
from api.endpoints import Audience, Endpoint, Upload
from api.errors import UploadTooLarge
from api.requests import Asked
from cases.accounts import Accounts
from cases.certificates import CertificateType
from cases.faces.check import Faces
from cases.faces.rules import FacePolicy
from cases.faces.views import FaceEnrolled, FaceEnrolment, FaceStep

_PICTURE = Upload(("image/jpeg",), FacePolicy().picture_max_bytes)


class PersonSeen(Body):
    """Whom the officer has before them, by the certificate."""

    certificate_type: CertificateType
    certificate_number: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]


SHOW_FACE = Endpoint(
    "showFace",
    "POST",
    "/api/v1/taxpayer/faces/{attempt_id}",
    "A picture of the pose that is asked for, not mirrored; after the last one the log-in goes on (S1)",
    Audience.ANYONE,
    FaceStep,
    upload=_PICTURE,
)
BEGIN_FACE_ENROLMENT = Endpoint(
    "beginFaceEnrolment",
    "POST",
    "/api/v1/officer/faces",
    "An officer has a person and their certificate before them, to register the face (S1)",
    Audience.CALLING,
    FaceEnrolment,
    body=PersonSeen,
    status=201,
)
ENROL_FACE = Endpoint(
    "enrolFace",
    "POST",
    "/api/v1/officer/faces/{enrolment_id}",
    "The picture that log-ins are compared with from now on, from the front (S1)",
    Audience.CALLING,
    FaceEnrolled,
    upload=_PICTURE,
)

ENDPOINTS = (SHOW_FACE, BEGIN_FACE_ENROLMENT, ENROL_FACE)


class FaceRoutes:
    def __init__(self, accounts: Accounts, faces: Faces) -> None:
        self._accounts = accounts
        self._faces = faces

    def table(self) -> Mapping[Endpoint, Handler]:
        return {
            SHOW_FACE: self._show,
            BEGIN_FACE_ENROLMENT: self._begin_enrolment,
            ENROL_FACE: self._enrol,
        }

    async def _show(self, asked: Asked) -> Answer:
        picture = await _picture(asked.upload)
        return Answer(await self._faces.show(asked.path["attempt_id"], picture, address=asked.address))

    async def _begin_enrolment(self, asked: Asked) -> Answer:
        body = asked.body_as(PersonSeen)
        account, identity = await self._accounts.seen(
            body.certificate_type, body.certificate_number, body.name, address=asked.address
        )
        return Answer(await self._faces.begin_enrolment(asked.officer, account, identity))

    async def _enrol(self, asked: Asked) -> Answer:
        picture, enrolment_id = await _picture(asked.upload), asked.path["enrolment_id"]
        return Answer(
            await self._faces.enrol(
                asked.officer, asked.actor, enrolment_id, picture, self._accounts.registered
            )
        )


async def _picture(content: StreamReader) -> bytes:
    """All of it. Raises UploadTooLarge."""
    picture = bytearray()
    async for piece in content.iter_chunked(65_536):
        picture += piece
        if len(picture) > _PICTURE.bytes_max:
            raise UploadTooLarge
    return bytes(picture)
