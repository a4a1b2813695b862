"""The registry of open sockets."""

from cases.access import Officer, Person, Taxpayer
from cases.problems import Language
from cases.views.desks import OfficerRole
from rtc.call import LegName
from signaling.pace import Pace
from signaling.sockets import Socket, Sockets


def taxpayer(taxpayer_id: str, session_id: str = "s") -> Taxpayer:
    return Taxpayer(taxpayer_id, "陈嘉敏", session_id)


def officer(officer_id: str) -> Officer:
    return Officer(officer_id, "林思远", "0731", "h", frozenset({OfficerRole.OFFICER}), "so")


def socket(sid: str, person: Person) -> Socket:
    return Socket(sid, "/taxpayer", person, Language.ZH, Pace(1, 1, 1, 0), Pace(1, 1, 1, 0))


def test_online_as_long_as_one_page_is_open() -> None:
    sockets = Sockets()
    sockets.add(socket("1", taxpayer("t")))
    sockets.add(socket("2", taxpayer("t")))
    sockets.remove("1")
    assert sockets.is_online("t")
    sockets.remove("2")
    assert not sockets.is_online("t")
    assert len(sockets) == 0


def test_removing_twice_is_fine() -> None:
    sockets = Sockets()
    sockets.add(socket("1", taxpayer("t")))
    sockets.watch("1", "a", "h")
    assert sockets.remove("1") == [("a", "h")]
    assert sockets.remove("1") == []


def test_watched_until_the_last_page_leaves() -> None:
    sockets = Sockets()
    for sid in ("1", "2"):
        sockets.add(socket(sid, taxpayer("t")))
        sockets.watch(sid, "a", "h")
    assert sockets.watchers("a") == ["1", "2"]
    sockets.remove("1")
    assert sockets.watched_in("h") == ["a"]
    assert sockets.watched_in("another") == []
    sockets.remove("2")
    assert sockets.watched_in("h") == []
    assert sockets.watched("a") is None
    assert sockets.watchers("a") == []


def test_who_watches_is_found_once_each_in_the_order_asked_while_pages_come_and_go() -> None:
    sockets = Sockets()
    for sid, ticket_id in (("1", "a"), ("2", "a"), ("1", "b"), ("3", "c")):
        sockets.add(socket(sid, taxpayer("t")))
        sockets.watch(sid, ticket_id, "h")
    assert list(sockets.watching(["c", "a", "none", "b"])) == ["3", "1", "2"]
    found = sockets.watching(["a", "b", "c"])
    assert next(found) == "1"
    sockets.remove("3")
    sockets.add(socket("4", taxpayer("t")))
    sockets.watch("4", "a", "h")
    assert list(found) == ["2"]


def test_what_one_socket_watches_in_a_hall() -> None:
    sockets = Sockets()
    sockets.add(socket("1", taxpayer("t")))
    sockets.watch("1", "a", "h")
    sockets.watch("1", "b", "another")
    assert sockets.watched_by("1", "h") == ["a"]
    assert sockets.watched_by("gone", "h") == []


def test_watching_with_a_socket_that_left_keeps_nothing() -> None:
    sockets = Sockets()
    sockets.watch("gone", "a", "h")
    assert sockets.watched("a") is None


def test_the_page_that_joins_takes_the_leg_from_the_other() -> None:
    sockets = Sockets()
    for sid in ("1", "2"):
        sockets.add(socket(sid, taxpayer("t")))
    assert sockets.join("c", LegName.TAXPAYER, "1") is None
    assert sockets.join("c", LegName.TAXPAYER, "1") is None
    assert sockets.join("c", LegName.TAXPAYER, "2") == "1"
    assert sockets.page_of_leg("c", LegName.TAXPAYER) == "2"
    assert sockets.page_of_leg("c", LegName.OFFICER) is None
    sockets.remove("2")
    assert sockets.page_of_leg("c", LegName.TAXPAYER) is None
    assert sockets.join("c", LegName.TAXPAYER, "1") is None
    sockets.forget_call("c")
    assert sockets.page_of_leg("c", LegName.TAXPAYER) is None


def test_officers_each_once_and_sockets_of_a_session() -> None:
    sockets = Sockets()
    for sid in ("1", "2"):
        sockets.add(socket(sid, officer("o")))
    sockets.add(socket("3", taxpayer("t", "other")))
    assert [one.officer_id for one in sockets.officers()] == ["o"]
    assert sockets.officer("o") == officer("o")
    assert sockets.officer("none") is None
    assert sockets.taxpayer_sids() == ["3"]
    assert sorted(sockets.officer_sids("h")) == ["1", "2"]
    assert sockets.officer_sids("another") == []
    assert [one.sid for one in sockets.of_session("other")] == ["3"]
    assert sockets.of_session("none") == []
    assert not sockets.is_online("o")
