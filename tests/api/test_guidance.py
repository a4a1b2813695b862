"""Guidance over HTTP: from the region to the topic, its notice and channels (S3–S6), favourites (S13), and
the reload of the catalogue (S38).
"""

import shutil
from pathlib import Path
from typing import Final

import pytest

from api.routes.business import CaseBegun
from cases.casework.views import FormView
from cases.guidance.catalogue import SHIPPED
from cases.guidance.views import (
    CatalogueReloaded,
    CategoriesView,
    Ending,
    FavouritesView,
    FavouriteView,
    FormDefinitionView,
    NoticeView,
    RegionsView,
    TopicList,
    TopicView,
    WalkView,
)
from server.demo import ADMIN
from tests.clients import Answer, OfficerClient, TaxpayerClient
from tests.product import CHEN, HUANG, LIN, House, OpenHouse

pytestmark = pytest.mark.both_records

GUIDANCE: Final = "/api/v1/taxpayer/guidance"
FAVOURITES: Final = "/api/v1/taxpayer/favourites"
RELOAD: Final = "/api/v1/admin/catalogue/reload"
TAGGED: Final = (
    "/regions?code=4404",
    "/categories",
    "/subcategories/S0305/topics",
    "/subcategories/S0305/walk?answers=a",
    "/topics/T24",
    "/topics/T24/nodes/N1/notice",
    "/topics/T24/nodes/N1/notice/page",
    "/forms/F03",
)


@pytest.fixture
async def chen(house: House) -> TaxpayerClient:
    client = house.visitor()
    await client.sign_in(CHEN)
    return client


async def see(client: TaxpayerClient | OfficerClient, path: str) -> Answer:
    return await client.ask("GET", f"{GUIDANCE}{path}")


async def walked(client: TaxpayerClient, answers: str) -> WalkView:
    query = f"?answers={answers}" if answers else ""
    return (await see(client, f"/subcategories/S0305/walk{query}")).as_(WalkView)


async def favourites(client: TaxpayerClient, query: str = "") -> tuple[FavouriteView, ...]:
    return (await client.ask("GET", f"{FAVOURITES}{query}")).as_(FavouritesView).favourites


async def keep(client: TaxpayerClient, kind: str, topic_id: str, node_id: str) -> Answer:
    body = {"favourite_kind": kind, "topic_id": topic_id, "node_id": node_id, "region_code": "440402"}
    return await client.ask("PUT", FAVOURITES, body)


@pytest.mark.feature("S3")
async def test_a_region_is_picked_from_the_province_down(chen: TaxpayerClient) -> None:
    [province] = (await see(chen, "/regions")).as_(RegionsView).regions
    cities = (await see(chen, f"/regions?code={province.code}")).as_(RegionsView).regions
    assert len(cities) == province.parts == 21
    zhuhai = next(city for city in cities if city.name.zh == "珠海市")
    shown = (await see(chen, f"/regions?code={zhuhai.code}")).as_(RegionsView)
    assert [one.name.en for one in shown.way] == ["Guangdong Province", "Zhuhai"]
    assert {one.name.zh for one in shown.regions} >= {"香洲区", "斗门区"}
    towns = (await see(chen, "/regions?code=4419")).as_(RegionsView).regions
    assert len(towns) == 36
    assert (await see(chen, "/regions?code=4499")).problem.code == "region_unknown"


@pytest.mark.feature("S3", "S4")
async def test_questions_lead_to_a_topic_and_back(chen: TaxpayerClient) -> None:
    categories = (await see(chen, "/categories")).as_(CategoriesView).categories
    declaring = next(one for one in categories if one.name.zh == "申报纳税")
    refunds = next(one for one in declaring.subcategories if one.name.zh == "退税")
    assert refunds.subcategory_id == "S0305"
    assert refunds.topics > 0
    first = await walked(chen, "")
    assert first.question is not None
    second = await walked(chen, "a")
    assert second.ending is Ending.QUESTION
    assert [one.answer_id for one in second.answered] == ["a"]
    end = await walked(chen, "a,a")
    assert end.ending is Ending.TOPIC
    assert end.topic is not None
    assert end.topic.name.zh == "车船税退抵税"
    # Going back is leaving out the last answer.
    assert (await walked(chen, "a")).question == second.question
    assert (await walked(chen, "")).question == first.question
    assert (await walked(chen, "a,human")).ending is Ending.HUMAN
    assert (await see(chen, "/subcategories/S0305/walk?answers=z")).problem.code == "answer_unknown"
    topic = (await see(chen, f"/topics/{end.topic.topic_id}")).as_(TopicView)
    assert [node.node_id for node in topic.nodes] == ["N1", "N2", "N3"]
    assert (await see(chen, "/topics/T99")).problem.code == "topic_unknown"


@pytest.mark.feature("S3")
async def test_topics_are_found_by_words_and_listed_by_subcategory(chen: TaxpayerClient) -> None:
    found = (await see(chen, "/search?words=车船税%20退")).as_(TopicList).topics
    assert "T24" in [topic.topic_id for topic in found]
    listed = (await see(chen, "/subcategories/S0305/topics")).as_(TopicList).topics
    assert {topic.topic_id for topic in listed} >= {"T24", "T25", "T26"}
    assert (await see(chen, "/subcategories/S9999/topics")).problem.code == "subcategory_unknown"


@pytest.mark.feature("S5")
async def test_the_notice_says_what_to_bring_and_can_be_printed(chen: TaxpayerClient) -> None:
    path = "/topics/T24/nodes/N1/notice"
    notice = (await see(chen, path)).as_(NoticeView)
    assert notice.node.zh == "盗抢、报废、灭失"
    assert any("完税凭证" in one.text.zh for one in notice.materials)
    assert notice.fee.zh == "不收费"
    assert "车船税法实施条例" in notice.basis.zh
    printed = await see(chen, f"{path}/page")
    assert printed.headers["Content-Type"].startswith("text/html")
    assert printed.headers["Content-Disposition"].startswith("inline")
    page = printed.body.decode()
    for said in (notice.title.zh, notice.overview.zh, notice.time_limit.zh, notice.caution.zh, "条件报送"):
        assert said in page
    english = await chen.ask("GET", f"{GUIDANCE}{path}/page", headers={"Accept-Language": "en"})
    assert "One-time notice" in english.body.decode()
    assert "一次性告知书" not in english.body.decode()
    assert notice.basis.en in english.body.decode()
    assert notice.basis.zh not in english.body.decode()


@pytest.mark.feature("S6")
async def test_the_channels_are_ranked_for_the_topic(chen: TaxpayerClient) -> None:
    topic = (await see(chen, "/topics/T24")).as_(TopicView)
    assert [one.channel_id for one in topic.channels] == ["etax", "miniprogram", "remote", "hall"]
    assert [one.inside for one in topic.channels] == [False, False, True, True]
    assert topic.channels[0].url is not None
    assert topic.channels[0].url.startswith("https://")
    housing = (await see(chen, "/topics/T20")).as_(TopicView)
    assert housing.channels[0].channel_id == "remote"


@pytest.mark.feature("S7")
async def test_a_form_is_defined_for_the_page(chen: TaxpayerClient) -> None:
    topic = (await see(chen, "/topics/T26")).as_(TopicView)
    [form] = topic.forms
    shown = (await see(chen, f"/forms/{form.form_id}?version={topic.version}")).as_(FormDefinitionView)
    assert (shown.form_id, shown.name, shown.version) == (form.form_id, form.name, topic.version)
    assert shown.definition
    assert (await see(chen, "/forms/F99")).problem.code == "form_unknown"
    assert (await see(chen, f"/forms/F03?version={'0' * 16}")).problem.code == "topic_unknown"


@pytest.mark.parametrize("path", TAGGED)
async def test_what_the_page_has_already_is_not_sent_again(path: str, chen: TaxpayerClient) -> None:
    first = await see(chen, path)
    assert first.status == 200
    tag = first.headers["ETag"]
    again = await chen.ask("GET", f"{GUIDANCE}{path}", headers={"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    other = await chen.ask("GET", f"{GUIDANCE}{path}", headers={"If-None-Match": '"x"'})
    assert (other.status, other.body) == (200, first.body)


@pytest.mark.feature("S4", "S5", "S13")
async def test_what_was_picked_is_a_favourite_until_it_is_removed(house: House, chen: TaxpayerClient) -> None:
    assert (await keep(chen, "topic", "T24", "N1")).status == 200
    assert (await keep(chen, "notice", "T24", "N1")).status == 200
    assert (await keep(chen, "topic", "T13", "N1")).status == 200
    assert (await keep(chen, "topic", "T24", "N1")).status == 200
    mine = await favourites(chen)
    assert [(one.kind.value, one.topic_id) for one in mine] == [
        ("topic", "T24"),
        ("topic", "T13"),
        ("notice", "T24"),
    ]
    first = (await chen.ask("GET", f"{FAVOURITES}?limit=2")).as_(FavouritesView)
    rest = await favourites(chen, f"?limit=2&cursor={first.next_cursor}")
    assert [one.favourite_id for one in (*first.favourites, *rest)] == [one.favourite_id for one in mine]
    # Continue from there: the same notice, for the region that was picked.
    assert (mine[-1].region_code, mine[-1].node.zh) == ("440402", "盗抢、报废、灭失")
    huang = house.visitor()
    await huang.sign_in(HUANG)
    theirs = f"{FAVOURITES}/{mine[0].favourite_id}"
    assert await favourites(huang) == ()
    assert (await huang.ask("DELETE", theirs)).problem.code == "favourite_unknown"
    assert (await chen.ask("DELETE", theirs)).status == 200
    assert (await chen.ask("DELETE", theirs)).problem.code == "favourite_unknown"
    assert len(await favourites(chen)) == 2
    assert (await keep(chen, "topic", "T99", "N1")).problem.code == "topic_unknown"


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.feature("S38")
async def test_the_catalogue_is_reloaded_and_a_running_case_keeps_its_version(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "catalogue"))
    async with open_house(catalogue_dir=folder) as house:
        chen, admin, officer = house.visitor(), house.console(), house.console()
        await chen.sign_in(CHEN)
        await admin.sign_in(ADMIN)
        await officer.sign_in(LIN)
        business = {"topic_id": "T26", "node_id": "N1", "region_code": "440402"}
        begun = (await chen.ask("POST", "/api/v1/taxpayer/business", business)).as_(CaseBegun)
        old = (await see(chen, "/topics/T26")).as_(TopicView)
        rewrite(folder, "topics/C03.yaml", "误收多缴退抵税", "多缴税款退抵")
        rewrite(folder, "forms/F03.yaml", "退（抵）税申请表", "退抵税申请表（新）")
        assert (await officer.ask("POST", RELOAD)).problem.code == "forbidden"
        reloaded = (await admin.ask("POST", RELOAD)).as_(CatalogueReloaded)
        assert (reloaded.changed, reloaded.topics) == (True, 40)
        new = (await see(chen, "/topics/T26")).as_(TopicView)
        assert (new.name.zh, new.version) == ("多缴税款退抵", reloaded.version)
        assert (await see(chen, f"/topics/T26?version={old.version}")).as_(TopicView) == old
        case_form = f"/api/v1/taxpayer/business/{begun.case_id}/forms/F03"
        form = (await chen.ask("GET", case_form)).as_(FormView)
        assert form.summary.name.zh == "退（抵）税申请表"
    # The same after a restart.
    async with open_house(catalogue_dir=folder) as house:
        chen = house.visitor()
        await chen.sign_in(CHEN)
        form = (await chen.ask("GET", case_form)).as_(FormView)
        assert form.summary.name.zh == "退（抵）税申请表"
        assert (await see(chen, "/topics/T26")).as_(TopicView).version == reloaded.version


@pytest.mark.feature("S38")
async def test_wrong_catalogue_files_are_refused_with_file_and_line(
    open_house: OpenHouse, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "catalogue"))
    async with open_house(catalogue_dir=folder) as house:
        chen, admin = house.visitor(), house.console()
        await chen.sign_in(CHEN)
        await admin.sign_in(ADMIN)
        before = (await see(chen, "/topics/T01")).as_(TopicView)
        rewrite(folder, "topics/C01.yaml", "- id: T01\n", "- id: T01\n  price: 3\n")
        rewrite(folder, "categories.yaml", "to: Q0102", "to: Q9999")
        problem = (await admin.ask("POST", RELOAD)).problem
        assert problem.code == "catalogue_invalid"
        assert [field.field for field in problem.fields] == ["topics/C01.yaml:3"]
        rewrite(folder, "topics/C01.yaml", "  price: 3\n", "")
        problem = (await admin.ask("POST", RELOAD)).problem
        assert "categories.yaml:15" in [field.field for field in problem.fields]
        assert (await see(chen, "/topics/T01")).as_(TopicView) == before
