"""Commands for who develops and measures: features, benchmarks, load, generated files."""

import json
import re
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from server.commands.frame import plain_errors

PROCESSES_MAX: Final = 64


@click.command("features")
@click.option("--json", "as_json", is_flag=True, help="Row → names of the tests that passed.")
@plain_errors
def list_features(as_json: bool) -> int:
    """The rows of docs/FEATURES.md and the tests that passed for each in the last ./run test."""
    from server.features import read_features, read_results, table

    features, results = read_features(), read_results()
    if as_json:
        rows = {feature.row: results.get(feature.row, []) for feature in features}
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
    else:
        click.echo(table(features, results))
    return 0


def _sizes(cases: str) -> tuple[int, ...]:
    """Raises click.BadParameter."""
    if not re.fullmatch(r"[1-9][0-9]{0,7}(,[1-9][0-9]{0,7})*", cases):
        raise click.BadParameter("such as 1000,100000", param_hint="--cases")
    return tuple(map(int, cases.split(",")))


@click.command("bench")
@click.argument("name", required=False)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here."
)
@click.option("--cases", help="Of api: with how many cases the growth is measured, with commas.")
@click.option("--quick", is_flag=True, help="A short form, where there is one: for a look, not for figures.")
@plain_errors
def run_bench(*, name: str | None, json_file: Path | None, cases: str | None, quick: bool) -> int:
    """Run one benchmark; without NAME list them."""
    from server.benchmarks import api, frame, table

    if name is None:
        for entry in table.BENCHES:
            click.echo(f"{entry.name:<16} {entry.purpose}")
        return 0
    started_s = time.monotonic()

    def say(part: str) -> None:
        click.echo(f"[{time.monotonic() - started_s:4.0f} s] {part}", err=True)

    bench = table.find(name)
    if cases is not None:
        bench = replace(bench, measure=partial(api.api, sizes=_sizes(cases)))
    result = frame.run(bench, say, quick=quick)
    if json_file is not None:
        frame.write(result, json_file)
    for key, value in result.summary.items():
        click.echo(f"{key:<40} {value}")
    return 0


@click.command("soak")
@click.option("--calls", default=50, show_default=True, type=click.IntRange(min=1), help="Calls at a time.")
@click.option("--minutes", default=10.0, show_default=True, help="How long.")
@plain_errors
def run_soak(calls: int, minutes: float) -> int:
    """Calls with media that come and go through a media relay of its own. Exit code 1: a rule broke."""
    from server.benchmarks.relay_soak import SoakPlan, soak

    plan = SoakPlan(calls, minutes * 60, renewed=max(1, calls // 10))
    report = soak(plan, lambda part: click.echo(part, err=True))
    for fault in report.faults:
        click.echo(f"FAULT {fault}")
    click.echo(
        f"{report.calls} calls in {report.turns} turns: {report.sent:,} packets sent, "
        f"{report.received:,} arrived, {report.lost:,} lost "
        f"({report.overflows:,} at a full socket), {report.twice} twice, "
        f"{report.late} out of order; memory {report.growth_bytes / 1e6:+.1f} MB"
    )
    return 1 if report.faults else 0


@click.command("load")
@click.option(
    "--url", help="The server to load, with its demo accounts; none: one that is started for the run."
)
@click.option(
    "--scenario",
    "scenario_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A scenario file, as in loadtests/scenarios; options beside it count instead of what it says.",
)
@click.option("--taxpayers", type=int, help="How many come at most. [50]")
@click.option("--officers", type=int, help="How many serve them. [2]")
@click.option("--rate", "rate_per_s", type=float, help="Mean arrivals a second (Poisson). [5]")
@click.option("--no-show", type=float, help="Share of taxpayers who do not answer. [0.1]")
@click.option("--think-s", type=float, help="Mean time until a call is confirmed. [1]")
@click.option("--service-s", type=float, help="Mean time that a ticket takes. [3]")
@click.option("--patience-s", type=float, help="An unanswered call is abandoned then. [6]")
@click.option("--minutes", type=float, help="No later: who waits then cancels. [5]")
@click.option("--seed", type=int, help="The same seed makes the same arrivals and choices. [1]")
@click.option(
    "--processes",
    type=click.IntRange(min=0, max=PROCESSES_MAX),
    help="Processes here that share the work. [1]",
)
@click.option(
    "--generator",
    "elsewhere",
    multiple=True,
    metavar="COMMAND",
    help="Starts one more that shares it, such as 'ssh load2 shuitong load-generator'.",
)
@click.option(
    "--media-workers", default=0, show_default=True, help="Of a server of its own; 0: in its web process."
)
@click.option(
    "--kill", "kills", multiple=True, help="web@60, media@120, redis@180: kill -9 at that second of the run."
)
@click.option(
    "--officer-logins",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="With --url: a file with a staff number and a password a line; none: those of the demo.",
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the result here."
)
@click.option(
    "--report",
    "html_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write figures and plots here, as one HTML file.",
)
@click.option(
    "--compare",
    "compared_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The --json of an earlier run, which the report shows beside this one.",
)
@click.option("--find-limit", is_flag=True, help="Raise the load step by step until a service level breaks.")
@plain_errors
def run_load(
    *,
    url: str | None,
    scenario_file: Path | None,
    officer_logins: Path | None,
    json_file: Path | None,
    html_file: Path | None,
    compared_file: Path | None,
    processes: int | None,
    elsewhere: tuple[str, ...],
    media_workers: int,
    kills: tuple[str, ...],
    find_limit: bool,
    **given: Any,
) -> int:
    """Taxpayers and officers as real clients, who check what they are shown. Exit code 1: a rule broke."""
    from server.load_house import Kill
    from server.load_options import generators_of, scenario_of

    scenario, killed = scenario_of(scenario_file, given), [Kill.read(one) for one in kills]
    from server import load, load_limit
    from server.benchmarks import frame

    request = load.LoadRequest(
        scenario,
        url,
        load.read_logins(officer_logins),
        json_file,
        sys.stdout.isatty(),
        html_file,
        generators_of(processes, elsewhere),
        killed,
        media_workers,
        frame.read(compared_file, load.NAME) if compared_file is not None else None,
        compared_file.stem if compared_file is not None else None,
    )
    if find_limit:
        return load_limit.find_limit(request, click.echo)
    return load.run(request, click.echo)


@click.command("plan")
@click.option(
    "--load",
    "load_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The --json of a load run with a server of its own: what a visit costs.",
)
@click.option(
    "--relay",
    "relay_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The --json of bench relay: what a media packet costs; none: as in the load run.",
)
@click.option("--halls", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--waiting", required=True, type=click.IntRange(min=0), help="At once, in all halls.")
@click.option("--calls", required=True, type=click.IntRange(min=1), help="At once, in all halls.")
@click.option("--call-minutes", default=10.0, show_default=True, type=click.FloatRange(min=0.1))
@click.option(
    "--rush",
    default=5.0,
    show_default=True,
    type=click.FloatRange(min=1),
    help="So many times as many come then.",
)
@click.option("--cores", default=8, show_default=True, type=click.IntRange(min=1), help="Of a machine.")
@click.option(
    "--busy",
    default=0.6,
    show_default=True,
    type=click.FloatRange(min=0.05, max=1),
    help="The share of a core that is planned for.",
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the plan here."
)
@plain_errors
def plan_capacity(
    *,
    load_file: Path,
    relay_file: Path | None,
    halls: int,
    waiting: int,
    calls: int,
    call_minutes: float,
    rush: float,
    cores: int,
    busy: float,
    json_file: Path | None,
) -> int:
    """The machines of a hall, a city, a province, from what a load run measured. docs/CAPACITY.md."""
    from loadtests.capacity import Demand, Machine
    from server import load_plan

    demand = Demand(halls, waiting, calls, call_minutes, rush)
    return load_plan.plan(load_file, relay_file, demand, Machine(cores, busy), json_file, click.echo)


@click.command("load-generator")
@plain_errors
def generate_load() -> int:
    """Does a part of a load run that started it and speaks with it over standard input and output; for
    --generator of load.
    """
    from loadtests.generator import serve

    serve()
    return 0


@click.command("generate-types")
@click.option("--check", is_flag=True, help="Only say whether the files are fresh.")
@plain_errors
def generate_types(check: bool) -> int:
    """Write the web client's types from the events and the HTTP interface."""
    from server import generate_types as generator

    return generator.main(check=check)
