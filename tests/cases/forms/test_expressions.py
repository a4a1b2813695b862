"""What expressions are, and what they give; the trees are what pages evaluate."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.forms.amounts import capitals, fen_of, rounded, written
from cases.forms.errors import ExpressionInvalid
from cases.forms.evaluation import Filled, Value, evaluate
from cases.forms.expressions import Kind, Scope
from cases.forms.grammar import parse
from tests.cases.forms.shipped import rates

SCOPE = Scope(
    fields={
        "n": Kind.NUMBER,
        "m": Kind.NUMBER,
        "t": Kind.TEXT,
        "d": Kind.DATE,
        "b": Kind.BOOL,
        "s": Kind.TEXTS,
    },
    tables={"rows": {"x": Kind.NUMBER, "w": Kind.TEXT}},
    columns={},
    rates={name: rate.kind for name, rate in rates().items()},
    attachments=frozenset({"proof"}),
)
FIELDS: Mapping[str, Value] = {
    "n": Fraction(7),
    "t": "abc",
    "d": "2026-01-31",
    "b": True,
    "s": ("one", "two"),
}
ROWS: list[Mapping[str, Value]] = [
    {"x": Fraction(1), "w": "a"},
    {"x": Fraction(2), "w": "b"},
    {"x": None, "w": None},
]


def given_by(text: str, kind: Kind) -> Any:
    filled = Filled(FIELDS, {"rows": ROWS}, frozenset({"proof"}), rates(), "2026-11-26")
    return evaluate(parse(text, SCOPE, kind), filled)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("-n + 1", -6),
        ("- -n", 7),
        ("n / 2", Fraction(7, 2)),
        ("n / 3 * 3", 7),
        ("n / (n - 7)", None),
        ("n + m", None),
        ("total(n, m)", 7),
        ("total(m)", 0),
        ("min(n, 3)", 3),
        ("max(n, 3, 9)", 9),
        ("max(n, m)", None),
        ("round(0.125, 2)", Fraction(13, 100)),
        ("round(-0.125, 2)", Fraction(-13, 100)),
        ("floor(-0.5)", -1),
        ("sum(rows, x)", 3),
        ("sum(rows, x * n)", 21),
        ("count(rows, x > 1)", 1),
        ("count(rows, true)", 3),
        ("year(d)", 2026),
        ("month(d)", 1),
        ("days(d, today())", 299),
        ("days(today(), d)", -299),
        ("length(t)", 3),
        ("if(b, 1, 2)", 1),
        ("if(m > 1, 1, 2)", None),
        ("rate('vehicle_purchase_tax', d)", Fraction(1, 10)),
        ("rate('vehicle_purchase_tax', '2019-06-30')", None),
        ("bracket('iit_comprehensive', 36000, d)", 1080),
        ("bracket('iit_comprehensive', 36000.01, d)", Fraction("1080.001")),
        ("bracket('iit_comprehensive', 1000000, d)", 268080),
    ],
)
def test_numbers(text: str, value: Any) -> None:
    assert given_by(text, Kind.NUMBER) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n == 7 and t == 'abc'", True),
        ("n == 7 or m == 1", True),
        ("m == 1 or n == 7", True),
        ("m == 1 and n == 8", False),
        ("m == 1 and n == 7", None),
        ("not m == 1", None),
        ("not b", False),
        ("not not b", True),
        ("not b == false", True),
        ("b and not filled(m)", True),
        ("filled(rows)", True),
        ("t in ['x', 'abc']", True),
        ("not t in ['x']", True),
        ("'one' in s", True),
        ("'three' in s", False),
        ("t != 'x'", True),
        ("d < today()", True),
        ("d >= '2026-02-01'", False),
        ("contains(t, 'bc')", True),
        ("starts(t, 'bc')", False),
        ("attached('proof')", True),
        ("any(rows, x > 1)", True),
        ("all(rows, x > 1)", False),
        ("all(rows, x >= 1)", True),
        ("unique(rows, w)", True),
        ("is_rate('vat_levy_rates', 0.030, d)", True),
        ("is_rate('vat_levy_rates', 0.04, d)", False),
    ],
)
def test_conditions(text: str, value: Any) -> None:
    assert given_by(text, Kind.BOOL) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("add_days(d, 1)", "2026-02-01"),
        ("add_days(d, -31)", "2025-12-31"),
        ("add_days(d, 0.5)", None),
        ("add_days(d, 99999999)", None),
        ("add_months(d, 1)", "2026-02-28"),
        ("add_months('2023-11-30', 3)", "2024-02-29"),
        ("add_months(d, 11)", "2026-12-31"),
        ("add_months(d, -1)", "2025-12-31"),
        ("add_months(d, 9999)", None),
        ("date(2024, 2, 29)", "2024-02-29"),
        ("date(2023, 2, 29)", None),
        ("date(1800, 1, 1)", None),
    ],
)
def test_days(text: str, value: Any) -> None:
    assert given_by(text, Kind.DATE) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Kind.NUMBER),
        ("1 +", Kind.NUMBER),
        ("1 2", Kind.NUMBER),
        ("(1", Kind.NUMBER),
        ("1)", Kind.NUMBER),
        ("1 < 2 < 3", Kind.BOOL),
        ("n = 7", Kind.BOOL),
        ("n == 't'", Kind.BOOL),
        ("t < 'x'", Kind.BOOL),
        ("n and b", Kind.BOOL),
        ("not n", Kind.BOOL),
        ("-t", Kind.NUMBER),
        ("t + 1", Kind.NUMBER),
        ("rows == rows", Kind.BOOL),
        ("x", Kind.NUMBER),
        ("no_such", Kind.NUMBER),
        ("no_such(1)", Kind.NUMBER),
        ("n.real", Kind.NUMBER),
        ("t in []", Kind.BOOL),
        ("t in [n]", Kind.BOOL),
        ("n in ['7']", Kind.BOOL),
        ("'open", Kind.TEXT),
        ("'2026-02-30' < d", Kind.BOOL),
        ("sum(rows, w)", Kind.NUMBER),
        ("sum(rows, sum(rows, x))", Kind.NUMBER),
        ("sum(rows)", Kind.NUMBER),
        ("sum(n, n)", Kind.NUMBER),
        ("total()", Kind.NUMBER),
        ("total(" + ", ".join(["n"] * 31) + ")", Kind.NUMBER),
        ("if(b, 1, 'x')", Kind.NUMBER),
        ("if(n, 1, 2)", Kind.NUMBER),
        ("filled(n + 1)", Kind.BOOL),
        ("rate(t, d)", Kind.NUMBER),
        ("rate('no_such', d)", Kind.NUMBER),
        ("rate('iit_comprehensive', d)", Kind.NUMBER),
        ("attached('other')", Kind.BOOL),
        ("round(n, 9)", Kind.NUMBER),
        ("round(n, m)", Kind.NUMBER),
        ("today(1)", Kind.DATE),
        ("today()", Kind.NUMBER),
        ("(" * 30 + "1" + ")" * 30, Kind.NUMBER),
        ("1 + " * 300 + "1", Kind.NUMBER),
        ("2 ** 9", Kind.NUMBER),
        ("lambda", Kind.NUMBER),
    ],
)
def test_what_is_no_expression_is_refused(text: str, kind: Kind) -> None:
    with pytest.raises(ExpressionInvalid):
        parse(text, SCOPE, kind)


@given(st.text(alphabet="nmtdbsrowx01.,()[]'+-*/<>=! andorti", max_size=60), st.sampled_from(Kind))
def test_no_text_raises_anything_else(text: str, kind: Kind) -> None:
    try:
        tree = parse(text, SCOPE, kind)
    except ExpressionInvalid:
        return
    evaluate(tree, Filled(FIELDS, {"rows": ROWS}, frozenset(), rates(), "2026-11-26"))


def test_pages_get_the_tree() -> None:
    tree = parse("sum(rows, x * 0.05) > n and t in ['a', 'b'] and d >= '2026-01-01'", SCOPE, Kind.BOOL)
    row = ["*", ["column", "x"], ["number", "0.05"]]
    assert tree.shown == [
        "and",
        [
            "and",
            [">", ["sum", ["table", "rows"], row], ["field", "n"]],
            ["in", ["field", "t"], ["list", "a", "b"]],
        ],
        [">=", ["field", "d"], ["day", "2026-01-01"]],
    ]


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.5", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("100.05", "壹佰元零伍分"),
        ("103", "壹佰零叁元整"),
        ("1003.40", "壹仟零叁元肆角整"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("100100", "壹拾万零壹佰元整"),
        ("1000000", "壹佰万元整"),
        ("20050300", "贰仟零伍万零叁佰元整"),
        ("100000000", "壹亿元整"),
        ("100000001.23", "壹亿零壹元贰角叁分"),
        ("-12.30", "负壹拾贰元叁角整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_amounts_are_spelt_in_capitals(yuan: str, words: str) -> None:
    assert capitals(Fraction(yuan)) == words


@given(st.fractions(min_value=-(10**9), max_value=10**9), st.integers(0, 6))
def test_rounding_goes_to_the_nearest_and_halves_away_from_zero(value: Fraction, places: int) -> None:
    found = rounded(value, places)
    step = Fraction(1, 10**places)
    assert abs(found - value) <= step / 2
    assert found.limit_denominator(10**places) == found
    if abs(found - value) == step / 2:
        assert abs(found) > abs(value)
    assert rounded(-value, places) == -found
    assert Fraction(written(value, places)) == found
    assert fen_of(value) == rounded(value, 2) * 100
