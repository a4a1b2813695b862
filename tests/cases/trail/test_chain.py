"""The chain by itself: whatever is done to it is found."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cases.trail.chain import (
    BEGIN,
    GENESIS,
    Earlier,
    Entry,
    Fault,
    FaultKind,
    Head,
    Link,
    canonical,
    earlier_fault,
    first_fault,
    head_after,
    linked,
    trail_key,
)

KEY = trail_key("an index key of the settings")


def entry(number: int) -> Entry:
    return Entry(f"e{number}", number, "officer", "o", None, None, "case.submit", "case", "c", {"n": number})


def chain(length: int) -> tuple[list[Link], Head]:
    links: list[Link] = []
    head = GENESIS
    for number in range(length):
        links.append(linked(KEY, head, entry(number)))
        head = head_after(links[-1])
    return links, head


LENGTHS = st.integers(2, 12)


@given(LENGTHS, st.data())
def test_a_change_of_any_field_is_found_where_it_is(length: int, data: st.DataObject) -> None:
    links, head = chain(length)
    assert first_fault(KEY, links, head) is None
    at = data.draw(st.integers(0, length - 1))
    changed = data.draw(
        st.sampled_from(
            [
                {"entry_id": "x"},
                {"at_ms": -1},
                {"actor_kind": "system"},
                {"actor_id": None},
                {"session_id": "s"},
                {"address": "10.0.0.1"},
                {"action": "case.x"},
                {"object_kind": "x"},
                {"object_id": "x"},
                {"detail": {}},
            ]
        )
    )
    links[at] = replace(links[at], entry=replace(links[at].entry, **changed))  # type: ignore[arg-type]
    assert first_fault(KEY, links, head) == Fault(FaultKind.CHANGED, at + 1)


@given(LENGTHS, st.data())
def test_a_removed_entry_is_found(length: int, data: st.DataObject) -> None:
    links, head = chain(length)
    at = data.draw(st.integers(0, length - 1))
    del links[at]
    kind = FaultKind.TRUNCATED if at == length - 1 else FaultKind.MISSING
    assert first_fault(KEY, links, head) == Fault(kind, at + 1)


@given(LENGTHS, st.data())
def test_swapped_entries_are_found(length: int, data: st.DataObject) -> None:
    links, head = chain(length)
    first = data.draw(st.integers(0, length - 2))
    other = data.draw(st.integers(first + 1, length - 1))
    links[first], links[other] = links[other], links[first]
    assert first_fault(KEY, links, head) == Fault(FaultKind.MISSING, first + 1)


@given(LENGTHS, st.data())
def test_an_inserted_entry_is_found(length: int, data: st.DataObject) -> None:
    links, head = chain(length)
    at = data.draw(st.integers(0, length))
    before = head_after(links[at - 1]) if at else GENESIS
    links.insert(at, linked(KEY, before, entry(99)))
    kind = FaultKind.BEYOND_HEAD if at == length else FaultKind.OUT_OF_ORDER
    found = first_fault(KEY, links, head)
    assert found is not None
    assert found.kind is kind


@given(LENGTHS, st.data())
def test_who_has_not_the_key_cannot_compute_it_anew(length: int, data: st.DataObject) -> None:
    links, _ = chain(length)
    at = data.draw(st.integers(0, length - 1))
    anew, head = links[:at], head_after(links[at - 1]) if at else GENESIS
    for number in range(at, length):
        anew.append(linked(trail_key("another"), head, entry(number + 50)))
        head = head_after(anew[-1])
    assert first_fault(KEY, anew, head) == Fault(FaultKind.CHANGED, at + 1)


def test_a_fork_is_found() -> None:
    links, head = chain(3)
    links[1] = linked(KEY, head_after(links[0]), entry(99))
    assert first_fault(KEY, links, head) == Fault(FaultKind.FORKED, 3)


def test_the_bytes_that_are_hashed() -> None:
    said = replace(entry(1), detail={"b": "税", "a": {10: 1, 9: 2}})
    assert canonical(7, said) == (
        rb'[1,7,"e1",1,"officer","o",null,null,"case.submit","case","c",{"a":{"10":1,"9":2},"b":"\u7a0e"}]'
    )


def test_the_hashes_are_these() -> None:
    """So that nobody changes how they are made without seeing that every trail that there is breaks."""
    assert GENESIS.own_hash == "2c6aacea2a3b77b0348ed51a6f44f9e33f18209113064c2bf28cf3e02d7b2e5e"
    assert (
        linked(KEY, GENESIS, entry(1)).own_hash
        == "ad0930663baeec786e937e7a68926a26bcc37e5dc804d27204b95a4c1b86d922"
    )


def test_the_entries_from_before_are_vouched_for() -> None:
    earlier, more = Earlier(), Earlier()
    for number in range(3):
        earlier.add(entry(number))
        more.add(entry(number))
    more.add(entry(3))
    first = replace(entry(4), action=BEGIN, detail=earlier.detail)
    fault = Fault(FaultKind.EARLIER, 1)
    assert earlier_fault(first, earlier) is None
    assert earlier_fault(first, more) == fault
    assert earlier_fault(first, Earlier()) == fault
    assert earlier_fault(entry(1), earlier) == fault
    assert earlier_fault(entry(1), Earlier()) is None
    assert earlier_fault(None, earlier) is None
