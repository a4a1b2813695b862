"""The benchmarks: their arithmetic on made-up figures, and tiny real runs. No time is asserted."""

import json
from pathlib import Path

import pytest

from queueing.states import Step, TicketState
from queueing.ticket import Cause, JournalEntry, Priority, Ticket
from server.benchmarks import api, deadlines, fanout, frame, peer_programs, queue, ratios, redis_benchmark
from server.benchmarks.api_recording import Fresh, Transaction, Variable, general, of_request
from server.benchmarks.errors import BenchFailed, BenchUnprepared
from server.benchmarks.lateness import judge, quantiles_ms
from server.benchmarks.operations import Counts, Mode, Operation
from server.benchmarks.peer_programs import PEERS, Peer
from server.benchmarks.recording import Recorded
from server.benchmarks.report import short_count

TINY = queue.Plan(rounds=2, counts=Counts(20, 200, 16), crowd_sizes=(300, 1_000), peers=(), tool=False)
TINY_API = api.ApiPlan(cases=1_000, rounds=1, requests=8, at_a_time=4, sizes=(1_000,), growth_requests=4)
FEW_DEADLINES = deadlines.DeadlinesPlan(
    tickets=1_000, processes=2, within_ms=1_000, lead_ms=1_500, activation_ms=300
)


def every(per_s: float) -> dict[Operation, float]:
    return dict.fromkeys(Operation, per_s)


# --- the frame


def test_a_result_names_versions_and_machine_beside_its_figures(tmp_path: Path) -> None:
    file = tmp_path / "new" / "result.json"
    measured = frame.Measured({"steps_per_s": 3}, {"steps": [1, 2]}, {"valkey": "9"})
    told: list[str] = []

    def measure(say: frame.Say) -> frame.Measured:
        say("half way")
        return measured

    frame.write(frame.run(frame.Bench("small", "for this test", measure), told.append), file)
    written = json.loads(file.read_text(encoding="utf-8"))
    assert told == ["half way"]
    assert written["name"] == "small"
    assert written["summary"] == {"steps_per_s": 3}
    assert written["details"] == {"steps": [1, 2]}
    assert {"python", "os", "kernel", "redis", "valkey"} <= written["versions"].keys()
    assert written["machine"]["cores"] >= 1
    assert written["machine"]["memory_bytes"] > 0
    assert written["started_at"].endswith("+00:00")


# --- from rounds to ratios


def test_the_median_is_taken_of_the_rounds_that_have_the_operation() -> None:
    rounds = [{"issue": 1.0, "call": 5.0}, {"issue": 9.0}, {"issue": 3.0, "call": 7.0}]
    assert ratios.medians(rounds) == {"issue": 3.0, "call": 6.0}


def test_the_limit_is_the_higher_of_all_ways() -> None:
    assert ratios.highest([{"issue": 1.0, "call": 5.0}, {"issue": 2.0}]) == {"issue": 2.0, "call": 5.0}


def test_the_summary_has_the_worst_operation_of_each_comparison() -> None:
    ours = {Mode.SEQUENTIAL: every(80.0), Mode.CONCURRENT: every(300.0) | {Operation.CALL: 150.0}}
    limit = {mode: ratios.named(every(100.0 if mode is Mode.SEQUENTIAL else 500.0)) for mode in Mode}
    tool = {Mode.SEQUENTIAL: {"issue": 160.0, "call": 90.0}, Mode.CONCURRENT: {"issue": 400.0}}
    bullmq = {
        Mode.SEQUENTIAL: {"issue": 40.0, "call": 50.0, "finish": 20.0},
        Mode.CONCURRENT: {"issue": 100.0, "call": 120.0, "finish": 60.0},
    }
    assert ratios.summary(ours, limit, tool, bullmq) == {
        "ratio_to_limit_sequential": 0.8,
        "ratio_to_redis_benchmark_sequential": 0.5,
        "ratio_to_limit_concurrent": 0.3,
        "ratio_to_redis_benchmark_concurrent": 0.75,
        "ratio_to_bullmq": 1.25,
        "ratio_to_bullmq_sequential": 1.6,
    }


def test_without_the_tool_and_bullmq_their_ratios_are_left_out() -> None:
    ours = {mode: every(1.0) for mode in Mode}
    limit = {mode: ratios.named(every(2.0)) for mode in Mode}
    nothing: dict[Mode, dict[str, float]] = {mode: {} for mode in Mode}
    assert ratios.summary(ours, limit, nothing, None).keys() == {
        "ratio_to_limit_sequential",
        "ratio_to_limit_concurrent",
    }


def test_an_operation_without_a_usable_limit_gives_no_ratio() -> None:
    with pytest.raises(BenchFailed, match="position"):
        ratios.ratios(every(1.0), {"issue": 1.0}, (Operation.ISSUE, Operation.POSITION))


def test_growth_is_how_many_times_as_long_it_takes() -> None:
    assert ratios.growth(every(300.0), every(200.0)) == every(1.5)
    assert ratios.bytes_each(1_000, 57_000, 100) == 560.0


def test_counts_are_named_shortly() -> None:
    assert [short_count(count) for count in (1_000_000, 100_000, 2_500, 300)] == ["1m", "100k", "2500", "300"]


# --- what other programs say


def test_the_tools_figure_is_read_past_a_command_with_commas_and_quotes() -> None:
    table = (
        '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms",'
        '"p99_latency_ms","max_latency_ms"\n'
        '"EVALSHA abc 1 q:{h}:m a,b","12345.67","0.1","0.1","0.1","0.1","0.1","0.2"\n'
    )
    assert redis_benchmark.read_rate(table) == 12345.67
    with pytest.raises(BenchFailed, match="ERR unknown"):
        redis_benchmark.read_rate("ERR unknown command\n")


def test_a_recorded_command_is_made_for_other_ids() -> None:
    recorded = Recorded(b"*3\r\n$4\r\nECHO\r\n$2\r\nt1\r\n$5\r\no1:r1\r\n", (b"t1", b"o1", b"r1"), width=1)
    assert recorded.packed("t2", "o2", "r2") == b"*3\r\n$4\r\nECHO\r\n$2\r\nt2\r\n$5\r\no2:r2\r\n"
    assert recorded.arguments("t2", "o2", "r2") == ("ECHO", "t2", "o2:r2")


def test_a_recorded_command_is_made_for_several_at_once() -> None:
    wire = b"*4\r\n$4\r\nSTEP\r\n$1\r\n0\r\n$2\r\nt1\r\n$2\r\nr1\r\n"
    recorded = Recorded(wire, (b"t1", b"o1", b"r1"), width=2)
    many = recorded.packed_many([("t2", "o2", "r2"), ("t3", "o3", "r3")])
    assert many.split(b"\r\n")[2:-1:2] == [b"STEP", b"0", b"t2", b"r2", b"t3", b"r3"]


def test_a_peers_last_line_is_its_figures() -> None:
    said = b'some notice\n{"versions":{"x":"1"},"one_after_another":{"issue":5},"many_at_once":{"issue":9}}\n'
    figures = peer_programs.read_figures("x", said)
    assert figures.versions == {"x": "1"}
    assert figures.rates == {Mode.SEQUENTIAL: {"issue": 5}, Mode.CONCURRENT: {"issue": 9}}
    for wrong in (b"", b"no\n", b"{}\n", b"[]\n"):
        with pytest.raises(BenchFailed):
            peer_programs.read_figures("x", wrong)


def test_a_peer_that_is_not_installed_is_named_before_anything_runs(tmp_path: Path) -> None:
    absent = Peer("absent", ("absent",), (tmp_path / "absent",), share=1.0)
    with pytest.raises(BenchUnprepared, match=r"absent: not installed; \./run bench queue"):
        queue.measure(queue.Plan(peers=(absent,), tool=False), lambda _: None)


def test_every_peers_program_is_there() -> None:
    assert {peer.name for peer in PEERS} == {"bullmq", "saq", "arq"}
    for peer in PEERS:
        assert Path(peer.command[1]).is_file()


# --- the fan-out


def window(turn: int, way: str, cpu_s: float, updates: int) -> fanout.Window:
    return fanout.Window(5, turn, way, 10.0, cpu_s, updates, 200, 0, call_ms=(), last_count_ms=())


def test_an_update_costs_what_is_more_than_without_any_in_the_same_round() -> None:
    windows = [
        window(turn, way, cpu_s, updates)
        for turn, idle_s in enumerate((1.0, 2.0, 5.0))
        for way, cpu_s, updates in (
            ("shared", idle_s + 1, 10_000),
            ("emit", idle_s + 5, 10_000),
            ("none", idle_s, 0),
        )
    ]
    costs = fanout.costs(windows, 5)
    assert (costs["shared"].gross_us, round(costs["shared"].net_us)) == (300.0, 100)
    assert (costs["emit"].gross_us, round(costs["emit"].net_us)) == (700.0, 500)
    assert costs["emit"].updates_per_s == 1_000


# --- deadlines


def entry(version: int, at_ms: int, step: Step, state: TicketState, deadline_ms: int | None) -> JournalEntry:
    ticket = Ticket(
        hall_id="h",
        ticket_id="t",
        line_id="l",
        number="C001",
        state=state,
        priority=Priority.WALK_IN,
        version=version,
        call_number=1,
        officer_id=None,
        issued_at_ms=0,
        called_at_ms=None,
        confirmed_at_ms=None,
        ended_at_ms=None,
        deadline_ms=deadline_ms,
        reactivations=0,
        booking_id=None,
        outcome=None,
        place=None,
    )
    cause = Cause.DEADLINE if step in (Step.ABANDON, Step.LAPSE) else Cause.OFFICER
    return JournalEntry("h", version, at_ms, step, ticket, cause, left=None, joined=None, packed="")


CALLED = entry(1, 10, Step.CALL, TicketState.CALLED, 100)
ABANDONED = entry(2, 103, Step.ABANDON, TicketState.ABANDONED, 300)
LAPSED = entry(3, 301, Step.LAPSE, TicketState.LAPSED, None)


def test_lateness_is_counted_from_each_deadline() -> None:
    fired = judge(["t"], [CALLED, ABANDONED, LAPSED])
    assert fired.exactly_once
    assert fired.late_ms == {Step.ABANDON: [3], Step.LAPSE: [1]}


def test_a_deadline_that_did_not_fire_once_is_found() -> None:
    assert judge(["t", "u"], [CALLED, ABANDONED, LAPSED]).missing == [("u", Step.ABANDON), ("u", Step.LAPSE)]
    assert judge(["t"], [CALLED, ABANDONED, LAPSED, LAPSED]).repeated == [("t", Step.LAPSE)]
    early = entry(2, 99, Step.ABANDON, TicketState.ABANDONED, 300)
    assert judge(["t"], [CALLED, early, LAPSED]).early == [("t", Step.ABANDON)]


def test_quantiles_of_lateness() -> None:
    assert quantiles_ms(list(range(101))) == {"p50": 50.0, "p99": 99.0, "max": 100}


def test_a_thousand_deadlines_watched_by_two_processes_fire_exactly_once() -> None:
    measured = deadlines.measure(FEW_DEADLINES, lambda _: None)
    assert measured.summary["deadlines"] == measured.summary["fired_exactly_once"] == 2_000
    assert {"late_p50_ms", "late_p99_ms", "late_max_ms"} <= measured.summary.keys()


# --- a tiny real run


def test_a_tiny_run_of_the_queues_benchmark_has_every_figure_and_only_fresh_raw_calls() -> None:
    told: list[str] = []
    measured = queue.measure(TINY, told.append)
    assert told[0] == "round 1 of 2: ours, one after another"
    assert told[-1] == "the operations with 1,000 waiting"
    assert measured.versions["valkey"]
    assert {
        "ratio_to_limit_sequential",
        "ratio_to_limit_concurrent",
        "bytes_per_ticket_300",
        "bytes_per_ticket_1k",
        "times_as_long_at_1k_one_after_another",
        "issue_many_at_once_per_s",
    } <= measured.summary.keys()
    assert min(value for value in measured.summary.values() if isinstance(value, int | float)) > 0
    raw = measured.details["raw"]
    assert isinstance(raw, dict)
    shares = [way["fresh_share"] for mode in Mode for way in raw[mode].values()]
    # One after another, and many at once in every shape and in calls for several.
    assert shares == [dict.fromkeys(Operation, 1.0)] * (2 + len(queue.REPLAYED))
    json.dumps(measured.details)


# --- the endpoints


def test_two_requests_of_a_kind_are_made_one_for_any() -> None:
    def seen(case_id: str, entry_id: str, number: int) -> list[Transaction]:
        statements = [("SELECT ?", (case_id, number)), ("INSERT ?", (entry_id, "same", case_id, entry_id))]
        session = Transaction(writes=False, statements=[("SELECT * FROM sessions", ("digest",))])
        beside = Transaction(writes=True, statements=[("UPDATE others", ("x",))])
        found = [session, Transaction(writes=True, statements=statements), beside]
        return of_request(found, {"case_id": case_id})

    [made] = general(seen("c1", "e1", 7), seen("c2", "e2", 8), {"case_id": "c1"}, {"case_id": "c2"})
    assert made.writes
    case, entry = Variable("case_id"), Fresh(0)
    assert made.statements == [("SELECT ?", (case, 8)), ("INSERT ?", (entry, "same", case, entry))]


@pytest.mark.timeout(120)
def test_a_tiny_run_of_the_endpoints_has_a_figure_for_every_operation() -> None:
    told: list[str] = []
    measured = api.measure(TINY_API, told.append)
    assert told[0] == "writing 1,000 cases"
    found = measured.details["operations"]
    assert isinstance(found, dict)
    assert found.keys() == set(api.OPERATIONS)
    assert min(figure for one in found.values() for figure in one.values()) > 0
    assert {"ratio_to_bare", "p99_ms", "times_as_long_at_1000"} <= measured.summary.keys()
    json.dumps(measured.details)
