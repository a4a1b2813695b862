"""What pages are told of their lines, and that it is always true."""

import copy
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cases.views.tickets import LineChanged, PaceView, TicketView
from queueing.states import Step
from queueing.ticket import JournalEntry
from signaling.lines import Anew, LineBounds, Lines
from tests.signaling.line_pages import HALL, Truth, WaitingPage, deltas, lines_of

SMALL = LineBounds(near_places=2, far_interval_ms=2_000, far_from=4, changes_max=50, recent_max=20)


def issued(truth: Truth, lines: Lines, *ticket_ids: str, line_id: str = "a") -> None:
    for ticket_id in ticket_ids:
        place = 256 * (truth.version + 1)
        lines.step(truth.step(Step.ISSUE, ticket_id, line_id, place))


def called(truth: Truth, lines: Lines, ticket_id: str) -> None:
    lines.step(truth.step(Step.CALL, ticket_id, "a", None))


def seated(truth: Truth, lines: Lines, *ticket_ids: str) -> None:
    for ticket_id in ticket_ids:
        assert lines.seat(truth.view(ticket_id))


def test_one_change_tells_all_that_happened_since_the_last() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1", "t2", "t3")
    seated(truth, lines, "t2", "t3")
    assert deltas(lines, 0) == []
    called(truth, lines, "t1")
    issued(truth, lines, "t4")
    ((changed, ticket_ids),) = deltas(lines, 250)
    assert (changed.from_version, changed.to_version, changed.waiting) == (3, 5, 3)
    assert changed.changes == ((4, 256, -1), (5, 1_280, 1))
    assert ticket_ids == ["t2", "t3"]
    assert deltas(lines, 500) == []
    assert not lines.waits


def test_steps_of_other_lines_tell_nothing_and_leave_no_gap() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1")
    seated(truth, lines, "t1")
    issued(truth, lines, "u1", "u2", line_id="b")
    assert deltas(lines, 0) == []
    issued(truth, lines, "t2")
    ((changed, _),) = deltas(lines, 250)
    assert (changed.from_version, changed.to_version) == (1, 4)


def test_a_big_line_is_told_in_two_rhythms() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t0", *(f"t{turn}" for turn in range(1, 7)))
    seated(truth, lines, *(f"t{turn}" for turn in range(1, 7)))
    assert deltas(lines, 10_000) == []
    issued(truth, lines, "x1")
    ((changed, near),) = deltas(lines, 10_250)
    assert (near, changed.from_version, changed.to_version) == (["t1", "t2"], 7, 8)
    called(truth, lines, "t0")
    ((changed, near),) = deltas(lines, 10_500)
    assert (near, changed.from_version, changed.to_version) == (["t1", "t2"], 8, 9)
    # Nothing is new to those who are near: their version is the boundary's.
    issued(truth, lines, "u1", line_id="b")
    assert lines.waits
    ((changed, far),) = deltas(lines, 12_000)
    assert (far, changed.from_version, changed.to_version) == (["t3", "t4", "t5", "t6"], 7, 9)
    assert len(changed.changes) == 2
    assert not lines.waits
    issued(truth, lines, "x2")
    ((changed, near),) = deltas(lines, 12_250)
    assert (near, changed.from_version) == (["t1", "t2"], 9)


def test_who_is_near_is_settled_at_a_boundary_only() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, *(f"t{turn}" for turn in range(6)))
    seated(truth, lines, *(f"t{turn}" for turn in range(6)))
    assert deltas(lines, 10_000) == []
    called(truth, lines, "t0")
    called(truth, lines, "t1")
    assert deltas(lines, 10_250) == [(deltas_of(truth, lines), [])]
    called(truth, lines, "t2")
    told = deltas(lines, 12_000)
    assert [ticket_ids for _, ticket_ids in told] == [[], ["t3", "t4", "t5"]]
    issued(truth, lines, "x1")
    # Three pages are no big line any more: all are near.
    assert [ticket_ids for _, ticket_ids in deltas(lines, 12_250)] == [["t3", "t4", "t5"]]


def deltas_of(truth: Truth, _lines: Lines) -> object:
    """Equal to any change up to the newest version."""

    class Newest:
        def __eq__(self, other: object) -> bool:
            return getattr(other, "to_version", None) == truth.version

        def __hash__(self) -> int:
            return 0

    return Newest()


def test_a_view_older_than_what_was_told_has_to_be_read_again() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1", "t2", "t3")
    seated(truth, lines, "t2")
    old = truth.view("t3")
    called(truth, lines, "t1")
    assert len(deltas(lines, 0)) == 1
    assert not lines.seat(old)
    assert lines.seat(truth.view("t3"))


def test_a_view_of_somebody_who_left_meanwhile_takes_no_seat() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1", "t2")
    old = truth.view("t1")
    called(truth, lines, "t1")
    assert lines.seat(old)
    issued(truth, lines, "t3")
    assert deltas(lines, 0) == []


def test_a_count_ahead_of_the_steps_waits_for_them() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1")
    late = truth.step(Step.ISSUE, "t2", "a", 10_000)
    seated(truth, lines, "t1")
    issued_early = truth.step(Step.ISSUE, "t3", "a", 20_000)
    assert deltas(lines, 0) == []
    lines.step(late)
    lines.step(issued_early)
    ((changed, _),) = deltas(lines, 250)
    assert (changed.from_version, changed.to_version, changed.waiting) == (1, 3, 3)


def test_more_than_a_message_tells_is_shown_anew() -> None:
    truth, lines = Truth(), lines_of(LineBounds(changes_max=3))
    issued(truth, lines, "t1")
    seated(truth, lines, "t1")
    issued(truth, lines, "t2", "t3", "t4", "t5")
    assert lines.due(0, 0) == [Anew(HALL, ["t1"])]
    assert lines.due(250, 250) == []
    seated(truth, lines, "t1")
    issued(truth, lines, "t6")
    ((changed, _),) = deltas(lines, 500)
    assert (changed.from_version, changed.waiting) == (5, 6)


def test_a_view_older_than_what_is_kept_has_to_be_read_again() -> None:
    truth, lines = Truth(), lines_of(LineBounds(recent_max=2))
    issued(truth, lines, "t1")
    old = truth.view("t1")
    issued(truth, lines, "t2", "t3", "t4")
    assert not lines.seat(old)
    assert lines.seat(truth.view("t1"))


def test_a_hall_that_begins_anew_forgets_its_seats() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1")
    seated(truth, lines, "t1")
    lines.begin(HALL, truth.version)
    issued(truth, lines, "t2")
    assert deltas(lines, 0) == []
    assert lines.seat(truth.view("t1"))


def test_a_hall_that_nobody_follows_yet_takes_any_view() -> None:
    truth, lines = Truth(), lines_of(SMALL)
    issued(truth, lines, "t1")
    other = Lines(SMALL, _Slowing())
    assert other.seat(truth.view("t1"))
    assert other.version(HALL) == 0
    other.unseat("t1")


class _Slowing:
    """A line that is slower each time."""

    def __init__(self) -> None:
        self.asked = 0

    def pace(self, _hall_id: str, _line_id: str) -> PaceView | None:
        self.asked += 1
        return PaceView(self.asked, self.asked, 0)


def test_a_pace_alone_is_told_seldom_and_with_every_change() -> None:
    truth = Truth()
    lines = Lines(SMALL, _Slowing())
    lines.begin(HALL, 0)
    issued(truth, lines, "t1")
    seated(truth, lines, "t1")
    ((first, _),) = deltas(lines, 10_000)
    assert (first.changes, first.from_version, first.to_version) == ((), 1, 1)
    assert deltas(lines, 15_000) == []
    issued(truth, lines, "t2")
    ((changed, _),) = deltas(lines, 16_000)
    assert changed.pace is not None
    assert first.pace is not None
    assert changed.pace.soonest_ms > first.pace.soonest_ms
    assert deltas(lines, 25_000) == []
    assert len(deltas(lines, 26_000)) == 1


class PagesOfAHall(RuleBasedStateMachine):
    """Steps, pages that come with late answers and go, frames that are lost or overtake views."""

    def __init__(self) -> None:
        super().__init__()
        self.truth = Truth()
        self.history: list[dict[str, dict[str, int]]] = [copy.deepcopy(self.truth.lines)]
        self.untold: list[JournalEntry] = []
        self.pages: dict[str, WaitingPage] = {}
        self.answers: list[tuple[WaitingPage, TicketView]] = []
        """Views that were read, and not arrived yet."""
        self.tick_ms = 10_000
        self.turn = 0

    @initialize(
        bounds=st.sampled_from([SMALL, LineBounds(), LineBounds(near_places=1, far_from=2, changes_max=8)])
    )
    def open(self, bounds: LineBounds) -> None:
        self.lines = lines_of(bounds)

    def _step(self, step: Step, ticket_id: str, line_id: str, place: int | None) -> None:
        self.untold.append(self.truth.step(step, ticket_id, line_id, place))
        self.history.append(copy.deepcopy(self.truth.lines))

    def _waiting(self) -> list[str]:
        return [ticket_id for places in self.truth.lines.values() for ticket_id in places]

    @rule(line_id=st.sampled_from("ab"), front=st.booleans())
    def issue(self, line_id: str, front: bool) -> None:
        self.turn += 1
        self._step(Step.ISSUE, f"t{self.turn}", line_id, -self.turn if front else self.turn)

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def call(self, data: st.DataObject) -> None:
        ticket_id = data.draw(st.sampled_from(self._waiting()))
        self._step(Step.CALL, ticket_id, self.truth.line_of(ticket_id) or "a", None)

    @precondition(lambda self: self._waiting())
    @rule(data=st.data(), line_id=st.sampled_from("ab"))
    def move(self, data: st.DataObject, line_id: str) -> None:
        ticket_id = data.draw(st.sampled_from(self._waiting()))
        if self.truth.line_of(ticket_id) != line_id:
            self.turn += 1
            self._step(Step.TRANSFER, ticket_id, line_id, self.turn)

    @precondition(lambda self: self.pages)
    @rule(data=st.data(), line_id=st.sampled_from("ab"))
    def take_back(self, data: st.DataObject, line_id: str) -> None:
        ticket_id = data.draw(st.sampled_from(sorted(self.pages)))
        if self.truth.line_of(ticket_id) is None:
            self.turn += 1
            self._step(Step.REACTIVATE, ticket_id, line_id, -self.turn)

    @precondition(lambda self: self.untold)
    @rule(count=st.integers(1, 5))
    def tell_steps(self, count: int) -> None:
        """The journal's entries arrive; each is read and shown to its own page."""
        for _ in range(min(count, len(self.untold))):
            entry = self.untold.pop(0)
            self.lines.step(entry)
            if entry.ticket.ticket_id in self.pages:
                self._show([entry.ticket.ticket_id])

    def _show(self, ticket_ids: Sequence[str]) -> None:
        for ticket_id in ticket_ids:
            view = self.truth.view(ticket_id)
            if not self.lines.seat(view):
                view = self.truth.view(ticket_id)
                assert self.lines.seat(view)
            self.answers.append((self.pages[ticket_id], view))

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def watch(self, data: st.DataObject) -> None:
        """A page comes, or asks again."""
        ticket_id = data.draw(st.sampled_from(self._waiting()))
        self._ask(ticket_id, self.truth.view(ticket_id))

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def watch_late(self, data: st.DataObject) -> None:
        """Steps are made and told between the reading and the watching."""
        ticket_id = data.draw(st.sampled_from(self._waiting()))
        old = self.truth.view(ticket_id)
        self.call(data)
        self.tell_steps(len(self.untold))
        self.tick(250, set())
        self._ask(ticket_id, old)

    def _ask(self, ticket_id: str, view: TicketView) -> None:
        page = self.pages.setdefault(ticket_id, WaitingPage(ticket_id))
        page.has_missed = False
        self.lines.seat(view)
        if self.lines.version(HALL) > view.version:
            view = self.truth.view(ticket_id)
            self.lines.seat(view)
        self.answers.append((page, view))

    @precondition(lambda self: self.answers)
    @rule(count=st.integers(1, 5))
    def arrive(self, count: int) -> None:
        for _ in range(min(count, len(self.answers))):
            page, view = self.answers.pop(0)
            page.shown(view)

    @precondition(lambda self: self.pages)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        ticket_id = data.draw(st.sampled_from(sorted(self.pages)))
        del self.pages[ticket_id]
        self.answers = [answer for answer in self.answers if answer[0].ticket_id != ticket_id]
        self.lines.unseat(ticket_id)

    @rule(after_ms=st.sampled_from([250, 1_000, 2_000]), lost=st.sets(st.integers(0, 9), max_size=3))
    def tick(self, after_ms: int, lost: set[int]) -> None:
        self.tick_ms += after_ms
        for told in self.lines.due(self.tick_ms, self.tick_ms):
            if isinstance(told, Anew):
                self._show([one for one in told.ticket_ids if one in self.pages])
                continue
            assert told.changed.from_version <= told.changed.to_version
            for index, ticket_id in enumerate(told.ticket_ids):
                if index % 10 not in lost and ticket_id in self.pages:
                    self.pages[ticket_id].told(told.changed)

    @invariant()
    def whoever_counts_is_right(self) -> None:
        for page in self.pages.values():
            assert page.is_right(self.history), page.ticket_id

    def teardown(self) -> None:
        """In the end one more change is told to everybody: whoever counts then counts what is, the others
        know that they have to ask.
        """
        if not hasattr(self, "lines"):
            return
        self.issue("a", front=True)
        self.issue("b", front=True)
        self.tell_steps(len(self.untold))
        for _ in range(3):
            self.tick(2_000, set())
            self.arrive(len(self.answers))
        assert not self.lines.waits
        for page in self.pages.values():
            if self.truth.line_of(page.ticket_id) is not None and not page.has_missed:
                assert page.counting.counts
                assert page.counting.ahead == self.truth.ahead(page.ticket_id)


TestPagesOfAHall = PagesOfAHall.TestCase
TestPagesOfAHall.settings = settings(max_examples=150, stateful_step_count=60)


@given(lost=st.sets(st.integers(0, 60)), calls_every=st.integers(1, 7))
def test_who_lost_nothing_is_up_to_date_and_who_did_knows_it(lost: set[int], calls_every: int) -> None:
    truth, lines = Truth(), lines_of(SMALL)
    pages = {f"t{turn}": WaitingPage(f"t{turn}") for turn in range(12)}
    issued(truth, lines, *pages)
    for ticket_id, page in pages.items():
        seated(truth, lines, ticket_id)
        page.shown(truth.view(ticket_id))
    frames = 0
    unlucky: set[str] = set()
    for turn in range(24):
        if turn % calls_every == 0 and turn // calls_every < 9:
            called(truth, lines, f"t{turn // calls_every}")
        else:
            issued(truth, lines, f"x{turn}")
        for changed, ticket_id in _one_by_one(lines, 10_000 + 500 * turn):
            frames += 1
            if frames in lost:
                unlucky.add(ticket_id)
            else:
                pages[ticket_id].told(changed)
    issued(truth, lines, "last")
    for changed, ticket_id in _one_by_one(lines, 100_000):
        pages[ticket_id].told(changed)
    for ticket_id in (one for one in pages if truth.line_of(one) is not None):
        counting = pages[ticket_id].counting
        assert pages[ticket_id].has_missed == (ticket_id in unlucky)
        if ticket_id not in unlucky:
            assert (counting.version, counting.ahead) == (truth.version, truth.ahead(ticket_id))


def _one_by_one(lines: Lines, tick_ms: int) -> list[tuple[LineChanged, str]]:
    return [(changed, one) for changed, ticket_ids in deltas(lines, tick_ms) for one in ticket_ids]
