"""The seven doors of home with their counts (S2), through the running server."""

from typing import Any

import pytest
from sqlalchemy import Select, literal_column, select

from cases import schema
from cases.doors import Asking, Door, DoorCounts
from cases.guidance.tables import favourites
from cases.sealing import new_id
from cases.views.people import DoorCount, TaxpayerView
from tests.api.test_reception import reception
from tests.api.visits import put_visit
from tests.clients import TaxpayerClient
from tests.product import CHEN, GENERAL, HALL, HUANG, ONSITE, House

pytestmark = pytest.mark.both_records


async def me(client: TaxpayerClient) -> str:
    return (await client.ask("GET", "/api/v1/taxpayer/session")).as_(TaxpayerView).taxpayer_id


async def put_cases(house: House, taxpayer_id: str, count: int, **columns: Any) -> None:
    async with house.product.database.writing() as connection:
        for _ in range(count):
            await connection.execute(
                schema.cases.insert().values(
                    case_id=new_id(),
                    number=new_id()[:20],
                    taxpayer_id=taxpayer_id,
                    hall_id=HALL,
                    question="",
                    opened_at_ms=1,
                    **columns,
                )
            )


def counts(doors: Any) -> dict[str, int]:
    return {door.value: getattr(doors, door.value).count for door in Door}


@pytest.mark.feature("S2")
async def test_each_door_countingwhat_is_behind_it_for_its_own_taxpayer(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    other, _ = await house.taxpayer(HUANG)
    nothing = dict.fromkeys((door.value for door in Door), 0)
    assert counts((await client.home()).doors) == nothing
    mine = await me(client)
    await put_cases(house, mine, 2, mode="undecided", form_state="draft")
    await put_cases(house, mine, 1, mode="backoffice", form_state="submitted", handling_state="working")
    await put_cases(house, mine, 3, mode="assist", closed_at_ms=2, close_reason="completed")
    await client.take("t1", GENERAL)
    async with house.product.database.writing() as connection:
        await connection.execute(
            favourites.insert().values(
                favourite_id="f1", taxpayer_id=mine, kind="topic", topic_id="T1", node_id="N1",
                region_code="440402", made_at_ms=1,
            )
        )  # fmt: skip
    await put_visit(house, client, "11111111", in_ms=60_000)
    await put_visit(house, client, "22222222", in_ms=-3_600_000)
    await client.bind(await (await reception(house)).issue_paper(ONSITE))
    home = await client.home()
    assert counts(home.doors) == nothing | {
        "forms": 2, "favourites": 1, "booking": 1, "binding": 1, "todos": 3, "history": 3
    }  # fmt: skip
    assert (home.open_cases, home.closed_cases, len(home.tickets)) == (2, 3, 2)
    assert counts((await other.home()).doors) == nothing


@pytest.mark.feature("S2")
@pytest.mark.parametrize(("count", "shown"), [(99, DoorCount(99, False)), (100, DoorCount(99, True))])
async def test_a_count_above_99_is_not_counted_out(house: House, count: int, shown: DoorCount) -> None:
    client, _ = await house.taxpayer(CHEN)
    await put_cases(house, await me(client), count, mode="assist", closed_at_ms=2, close_reason="completed")
    assert (await client.home()).doors.history == shown


async def test_other_parts_count_for_their_doors(house: House) -> None:
    client, _ = await house.taxpayer(CHEN)
    mine = await me(client)

    def begun(asking: Asking) -> Select[Any]:
        assert asking.taxpayer_id == mine
        return select(literal_column("1")).select_from(schema.lines)

    counting = DoorCounts(house.product.database, house.clock, {Door.GUIDANCE: begun})
    doors = (await counting.of(mine)).doors
    assert (doors.guidance, doors.favourites) == (DoorCount(5, False), DoorCount(0, False))
