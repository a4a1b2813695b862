"""A taxpayer's log-in with the face step by pictures (S1), over HTTP. A stand-in speaks for the process that
has the models; what it says was recorded from them.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

import cases.faces.reader
import server.settings
from cases import schema
from cases.faces.rules import Look
from cases.faces.tables import face_attempts, face_references
from cases.faces.views import FaceEnrolled, FaceEnrolment, FaceStep
from cases.views.people import FaceChallenge, TaxpayerView
from server.demo import DemoTaxpayer
from tests.cases.faces.looks import STAND_IN, STRANGER, look, picture
from tests.clients import Answer, Client, TaxpayerClient
from tests.product import CHEN, HUANG, LIN, ZHOU, House, OpenHouse

FACES = "/api/v1/officer/faces"
SESSION = "/api/v1/taxpayer/session"
SHOWN = {"front": 5, "left": 35, "right": -35}
"""By pose: the recorded look that is shown for it."""


@pytest.fixture
async def house(open_house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """With the check by pictures, without the models."""
    monkeypatch.setattr(cases.faces.reader, "WORKER", STAND_IN)
    monkeypatch.setattr(server.settings, "is_installed", lambda: True)
    async with open_house(face_check="offline", login_failures_per_account=3) as house:
        yield house


async def send(client: Client, path: str, seen: Look) -> Answer:
    return await client.ask("POST", path, data=picture(seen), headers={"Content-Type": "image/jpeg"})


async def begin_enrolment(client: Client, person: DemoTaxpayer) -> FaceEnrolment:
    body = {"certificate_type": "id_cn", "certificate_number": person.number, "name": person.name}
    return (await client.ask("POST", FACES, body)).as_(FaceEnrolment)


async def enrol(house: House, person: DemoTaxpayer) -> FaceEnrolled:
    officer = house.console()
    await officer.sign_in(LIN)
    begun = await begin_enrolment(officer, person)
    return (await send(officer, f"{FACES}/{begun.enrolment_id}", look(0))).as_(FaceEnrolled)


async def begin(client: TaxpayerClient, person: DemoTaxpayer = CHEN) -> FaceChallenge:
    challenge = (await client.check_identity(person)).as_(FaceChallenge)
    assert (challenge.method, challenge.pose) == ("offline", "front")
    return challenge


def path_of(challenge: FaceChallenge) -> str:
    return f"/api/v1/taxpayer/faces/{challenge.challenge}"


async def show_all(client: TaxpayerClient, challenge: FaceChallenge) -> list[str]:
    """Do whatever is asked for; what that was."""
    pose, asked = challenge.pose, []
    while pose is not None:
        asked.append(pose)
        step = (await send(client, path_of(challenge), look(SHOWN[pose]))).as_(FaceStep)
        pose = step.pose
    assert step.left == 0
    return asked


async def count(house: House, table: Any) -> int:
    async with house.product.database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.feature("S1")
async def test_a_registered_face_signs_in_by_turning_as_asked(house: House) -> None:
    enrolled = await enrol(house, CHEN)
    client = house.visitor()
    challenge = await begin(client)
    asked = await show_all(client, challenge)
    assert [asked[0], asked[2]] == ["front", "front"]
    assert {asked[1], asked[3]} <= {"left", "right"}
    view = (await client.pass_face(challenge)).as_(TaxpayerView)
    assert (view.taxpayer_id, view.name) == (enrolled.taxpayer_id, CHEN.name)
    assert (await client.ask("GET", SESSION)).status == 200
    # Once.
    assert (await house.visitor().pass_face(challenge)).problem.code == "challenge_invalid"
    assert (await send(client, path_of(challenge), look(0))).problem.code == "face_attempt_unknown"
    assert await count(house, face_attempts) == 0


@pytest.mark.feature("S1")
async def test_without_a_reference_a_hall_is_visited_first(house: House) -> None:
    refused = await house.visitor().check_identity(HUANG)
    assert (refused.status, refused.problem.code) == (403, "face_not_enrolled")
    assert await count(house, face_attempts) == 0


async def test_nobody_signs_in_before_every_pose_was_shown(house: House) -> None:
    await enrol(house, CHEN)
    client = house.visitor()
    challenge = await begin(client)
    assert (await client.pass_face(challenge)).problem.code == "challenge_invalid"
    step = (await send(client, path_of(challenge), look(0))).as_(FaceStep)
    assert step.left == 3
    assert (await client.pass_face(challenge)).problem.code == "challenge_invalid"
    # A photograph from the front goes no further; the attempt goes on.
    assert step.pose is not None
    for seen, code in ((look(0), "pose_wrong"), (Look(0), "face_unclear"), (Look(2), "face_unclear")):
        assert (await send(client, path_of(challenge), seen)).problem.code == code
    again = (await send(client, path_of(challenge), look(SHOWN[step.pose]))).as_(FaceStep)
    assert again.left == 2


async def test_another_face_ends_the_attempt_and_is_counted(house: House) -> None:
    await enrol(house, CHEN)
    client = house.visitor()
    for _ in range(3):
        challenge = await begin(client)
        mismatch = await send(client, path_of(challenge), look(0, distance=STRANGER))
        assert (mismatch.status, mismatch.problem.code) == (403, "face_mismatch")
        again = await send(client, path_of(challenge), look(0))
        assert again.problem.code == "face_attempt_unknown"
    challenge = await begin(client)
    assert (await send(client, path_of(challenge), look(0))).problem.code == "too_many_guesses"


async def test_an_attempt_ends_after_its_time_and_after_many_pictures(house: House) -> None:
    await enrol(house, CHEN)
    client = house.visitor()
    challenge = await begin(client)
    answers = [await send(client, path_of(challenge), Look(0)) for _ in range(31)]
    assert {answer.problem.code for answer in answers[:30]} == {"face_unclear"}
    assert answers[30].problem.code == "face_attempt_unknown"
    challenge = await begin(client)
    await show_all(client, challenge)
    house.clock.ahead_ms += 121_000
    assert (await client.pass_face(challenge)).problem.code == "challenge_invalid"
    assert (await send(client, path_of(challenge), look(0))).problem.code == "face_attempt_unknown"


async def test_an_enrolment_is_the_officers_own_and_no_log_in(house: House) -> None:
    officer, other = house.console(), house.console()
    await officer.sign_in(LIN)
    await other.sign_in(ZHOU)
    begun = await begin_enrolment(officer, CHEN)
    path = f"{FACES}/{begun.enrolment_id}"
    assert (await send(other, path, look(0))).problem.code == "face_attempt_unknown"
    as_log_in = f"/api/v1/taxpayer/faces/{begun.enrolment_id}"
    assert (await send(officer, as_log_in, look(0))).problem.code == "face_attempt_unknown"
    body = {"challenge": begun.enrolment_id, "method": "offline"}
    assert (await officer.ask("POST", SESSION, body)).problem.code == "challenge_invalid"
    assert (await send(officer, path, look(35))).problem.code == "pose_wrong"
    assert (await send(officer, path, Look(0))).problem.code == "face_unclear"
    assert await count(house, schema.taxpayers) == 0
    assert (await send(officer, path, look(0))).status == 200
    assert (await send(officer, path, look(0))).problem.code == "face_attempt_unknown"
    assert await count(house, face_references) == 1


async def test_a_new_reference_takes_the_place_of_the_old_one(house: House) -> None:
    first, second = await enrol(house, CHEN), await enrol(house, CHEN)
    assert first == second
    assert await count(house, face_references) == 1
    audit = schema.audit_entries.c
    async with house.product.database.reading() as connection:
        told = list(await connection.scalars(select(audit.detail).where(audit.action == "taxpayer.face")))
    assert told == [{}, {}]


async def test_pictures_are_bounded_and_jpeg(house: House) -> None:
    await enrol(house, CHEN)
    client = house.visitor()
    challenge = await begin(client)
    jpeg = {"Content-Type": "image/jpeg"}
    large = await client.ask("POST", path_of(challenge), data=b"x" * 400_001, headers=jpeg)
    assert large.problem.code == "file_too_large"
    png = await client.ask("POST", path_of(challenge), data=b"x", headers={"Content-Type": "image/png"})
    assert png.problem.code == "unsupported_media_type"
    assert (await client.ask("POST", path_of(challenge), data=b"crash", headers=jpeg)).status == 503
    assert len(await show_all(client, challenge)) == 4


@pytest.mark.sqlite_records
async def test_the_numbers_of_a_face_are_sealed(house: House) -> None:
    await enrol(house, CHEN)
    await begin(house.visitor())
    files = [file for file in house.data_dir.iterdir() if file.name.startswith("records.sqlite3")]
    content = b"".join(file.read_bytes() for file in files)
    assert b"0.0, 0.0, 0.0" not in content
    assert CHEN.number.encode() not in content


async def test_the_development_check_stays_labelled(open_house: OpenHouse) -> None:
    async with open_house() as house:
        client = house.visitor()
        challenge = (await client.check_identity(CHEN)).as_(FaceChallenge)
        assert (challenge.method, challenge.pose) == ("development", None)
        body = {"challenge": challenge.challenge, "method": "offline"}
        assert (await client.ask("POST", SESSION, body)).problem.code == "challenge_invalid"
        officer = house.console()
        await officer.sign_in(LIN)
        body = {"certificate_type": "id_cn", "certificate_number": CHEN.number, "name": CHEN.name}
        assert (await officer.ask("POST", FACES, body)).problem.code == "face_check_off"
