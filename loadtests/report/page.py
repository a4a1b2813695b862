"""The page: what was run, whether it held, figures, charts; of one result, or of two side by side. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any, Final

from loadtests.report.charts import drawn
from loadtests.report.plots import charts_of, marks_of

BROKEN_SHOWN_MAX: Final = 50
STYLE: Final = """
:root { color-scheme: light; font: 15px/1.5 system-ui, "Noto Sans SC", sans-serif; color: #1d2733; }
body { margin: 0 auto; padding: 28px 32px 60px; max-width: 1240px; background: #f6f7f9; }
h1 { font-size: 26px; margin: 0 0 2px; }
h2 { font-size: 18px; margin: 34px 0 10px; }
p.about { color: #5b6675; margin: 0 0 18px; }
.verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 14px; }
.verdict, .rule, table, figure { background: #fff; border: 1px solid #dde2e8; border-radius: 6px; }
.verdict { border-left: 6px solid #2e7d4f; padding: 14px 18px; }
.verdict.broken, .rule.broken { border-left-color: #b3261e; }
.verdict b { font-size: 17px; }
.verdict p { margin: 4px 0 0; color: #5b6675; overflow-wrap: anywhere; }
.rules { list-style: none; display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.rules { padding: 0; margin: 0; }
.rule { border-left: 4px solid #2e7d4f; padding: 5px 12px; color: #5b6675; }
.rule b { color: #1d2733; font-weight: 600; }
.rule.broken { color: #b3261e; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: 4px 12px; text-align: right; border-top: 1px solid #eceff3; }
td { font-variant-numeric: tabular-nums; }
th { font-weight: 600; color: #5b6675; }
td:first-child, th:first-child, td.words { text-align: left; }
td.words { overflow-wrap: anywhere; }
.figures { columns: 2; column-gap: 18px; }
.figures table { break-inside: avoid; }
.charts { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
figure { margin: 0; padding: 12px 14px 6px; }
figcaption small { color: #5b6675; }
svg { width: 100%; height: auto; display: block; margin-top: 4px; }
svg path { fill: none; stroke-width: 1.6; stroke-linejoin: round; stroke-linecap: round; }
.grid { stroke: #e5e9ee; }
.tick { font-size: 11px; fill: #5b6675; text-anchor: end; }
.tick.under { text-anchor: middle; }
.mark { stroke: #b3261e; stroke-dasharray: 4 3; }
.marked { font-size: 11px; fill: #b3261e; }
.legend { margin: 2px 0 4px; font-size: 13px; color: #3d4855; display: flex; flex-wrap: wrap; gap: 2px 14px; }
.legend i { display: inline-block; width: 14px; height: 3px; margin-right: 5px; vertical-align: middle; }
@media (max-width: 900px) {
  .charts, .rules { grid-template-columns: 1fr; }
  .figures { columns: 1; }
}
"""

Result = Mapping[str, Any]


def page(results: Sequence[tuple[str, Result]]) -> str:
    """``results``: one or two, each with a name; as they are in the JSON."""
    names = [name for name, _ in results]
    title = "Load test" if len(results) == 1 else f"Load tests: {' and '.join(names)}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="about">{escape(_about(results[0][1]))}</p>',
        f'<div class="verdicts">{"".join(_verdict(name, result) for name, result in results)}</div>',
        "<h2>Rules</h2>",
        _rules(results),
        *(_broken(name, result) for name, result in results),
        "<h2>Figures</h2>",
        _figures(results),
        "<h2>By time</h2>",
        f'<div class="charts">{"".join(_charts(results))}</div>',
        "<h2>What was run</h2>",
        _scenario(results),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _about(result: Result) -> str:
    machine, versions = result["machine"], result["versions"]
    memory = machine["memory_bytes"] / 2**30
    hardware = f"{machine['cpu']}, {machine['cores']} cores, {memory:.0f} GiB"
    software = f"Python {versions['python']}, Shuitong {versions['shuitong']} ({versions['commit']})"
    return f"{result['started_at']} · {hardware} · {versions['os']}, {software}"


def _verdict(name: str, result: Result) -> str:
    summary, details = result["summary"], result["details"]
    errors, broken = summary["errors"], summary["rules_broken"]
    holds = not errors and not broken
    words = (
        "Every rule held, nothing failed" if holds else f"Rules broken: {_times(broken)}; errors: {errors}"
    )
    about = [
        f"{name}: {summary['taxpayers']} taxpayers in {summary['taken_s']} s, {summary['tickets']} tickets",
        f"{summary['views_checked']} views checked",
    ]
    if summary.get("packets_sent"):
        about.append(f"{summary['packets_sent']} media packets counted")
    about += [f"{one['process']} killed at {one['at_s']} s" for one in details.get("killed", ())]
    if details.get("interrupted"):
        about.append("interrupted")
    errors_told = ", ".join(f"{code} {count}" for code, count in details["errors_by_code"].items())
    more = f"<p>{escape(errors_told)}</p>" if errors_told else ""
    css = "verdict" if holds else "verdict broken"
    return f'<div class="{css}"><b>{escape(words)}</b><p>{escape("; ".join(about))}</p>{more}</div>'


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    top = "".join(f"<th>{escape(str(cell))}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(_told(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"


def _told(cell: object) -> str:
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return "–" if cell is None else str(cell)
    return f"{cell:,}"


def _rules(results: Sequence[tuple[str, Result]]) -> str:
    names = list(dict.fromkeys(rule for _, one in results for rule in one["details"]["broken_by_rule"]))
    found: list[str] = []
    for rule in names:
        states = [_of_rule(result["details"]["broken_by_rule"].get(rule)) for _, result in results]
        css = "rule" if all(state == "held" for state in states) else "rule broken"
        found.append(f"<li class='{css}'><b>{escape(rule)}</b> {escape(', '.join(states))}</li>")
    return f"<ul class='rules'>{''.join(found)}</ul>"


def _of_rule(broken: int | None) -> str:
    if broken is None:
        return "not judged"
    return "held" if not broken else f"broken {_times(broken)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _broken(name: str, result: Result) -> str:
    broken = result["details"]["broken"]
    if not broken:
        return ""
    rows = "".join(
        f'<tr><td>{escape(one["rule"])}</td><td class="words">{escape(", ".join(one["tickets"]))}</td>'
        f'<td class="words">{escape(one["shown"])}</td></tr>'
        for one in broken[:BROKEN_SHOWN_MAX]
    )
    more = f"<p>and {len(broken) - BROKEN_SHOWN_MAX} more</p>" if len(broken) > BROKEN_SHOWN_MAX else ""
    return f"<h2>Broken: {escape(name)}</h2><table>{rows}</table>{more}"


def _figures(results: Sequence[tuple[str, Result]]) -> str:
    keys = list(dict.fromkeys(key for _, result in results for key in result["summary"]))
    rows = [[key, *(result["summary"].get(key) for _, result in results)] for key in keys]
    return _in_two_columns(["", *(name for name, _ in results)], rows)


def _in_two_columns(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    half = (len(rows) + 1) // 2
    return f'<div class="figures">{_table(head, rows[:half])}{_table(head, rows[half:])}</div>'


def _charts(results: Sequence[tuple[str, Result]]) -> list[str]:
    """Of two results each chart twice, with the same axes."""
    by_title = [{chart.title: chart for chart in charts_of(result["details"])} for _, result in results]
    titles = list(dict.fromkeys(title for charts in by_title for title in charts))
    last_s = max((chart.last_s for charts in by_title for chart in charts.values()), default=0.0)
    found: list[str] = []
    for title in titles:
        highest = max(charts[title].highest for charts in by_title if title in charts)
        for (name, result), charts in zip(results, by_title, strict=True):
            if title in charts:
                marks = marks_of(result["details"])
                chart = charts[title]
                if len(results) > 1:
                    chart = replace(chart, unit=f"{chart.unit}, {name}")
                found.append(drawn(chart, highest=highest, last_s=last_s, marks=marks))
            else:
                none = f"<b>{escape(title)}</b>: {escape(name)} has none"
                found.append(f"<figure><figcaption>{none}</figcaption></figure>")
    return found


def _scenario(results: Sequence[tuple[str, Result]]) -> str:
    keys = list(dict.fromkeys(key for _, result in results for key in result["details"]["scenario"]))
    rows: list[list[object]] = []
    for key in keys:
        rows.append([key, *(_short(result["details"]["scenario"].get(key)) for _, result in results)])
    rows.append(
        [
            "generators",
            *(", ".join(_generators(result["details"])) or "its own process" for _, result in results),
        ]
    )
    return _in_two_columns(["", *(name for name, _ in results)], rows)


def _generators(details: Mapping[str, Any]) -> list[str]:
    return [one["command"] for one in details.get("generators", ())]


def _short(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        # Settings are written as they are given.
        return str(value)
    if isinstance(value, Mapping) and "points" in value:
        return ", ".join(f"{at_s}: {rate}" for at_s, rate in value["points"])
    return value
