"""Scenario files: TOML with four tables, everything in them optional.

``hall`` (how many, the seed), ``arrivals`` (one of: a rate, a curve, the CSV of a real day), ``shares`` and
``times_s``. Names that are not declared are refused.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loadtests.arrivals import Curve, read_day
from loadtests.scenario import Scenario

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Hall(_Table):
    taxpayers: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    officers: Annotated[int, Field(ge=1, le=10_000)] | None = None
    reviewers: Annotated[int, Field(ge=0, le=1_000)] | None = None
    cameras: Annotated[int, Field(ge=0, le=10_000)] | None = None
    line_id: str | None = None
    seed: Annotated[int, Field(ge=0)] | None = None


class _Arrivals(_Table):
    rate_per_s: Annotated[float, Field(gt=0)] | None = None
    curve: tuple[tuple[float, float], ...] | None = None
    csv: str | None = None


class _Shares(_Table):
    no_show: Share | None = None
    late: Share | None = None
    leave: Share | None = None
    reactivate: Share | None = None
    reload: Share | None = None
    drop: Share | None = None
    hang_up: Share | None = None
    assist: Share | None = None
    talk: Share | None = None
    picture: Share | None = None
    payment: Share | None = None


class _Times(_Table):
    longest: Seconds | None = None
    think: Seconds | None = None
    service: Seconds | None = None
    patience: Seconds | None = None
    leave: Seconds | None = None
    drop: Seconds | None = None


class _File(_Table):
    hall: _Hall = _Hall()
    arrivals: _Arrivals = _Arrivals()
    shares: _Shares = _Shares()
    times_s: _Times = _Times()


_TIMES = {
    "longest": "longest_ms",
    "think": "think_mean_ms",
    "service": "service_mean_ms",
    "patience": "patience_ms",
    "leave": "leave_mean_ms",
    "drop": "drop_ms",
}


def read_fields(file: Path) -> dict[str, Any]:
    """What the file says of a ``Scenario``. A CSV that it names lies beside it.

    Raises ValueError, naming the file and the place in it, and OSError.
    """
    try:
        read = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{file}: {where}: {first['msg']}") from error
    arrivals = read.arrivals.model_dump(exclude_none=True)
    if len(arrivals) > 1:
        raise ValueError(f"{file}: arrivals: one of {', '.join(sorted(arrivals))} has to do")
    found: dict[str, Any] = {
        **read.hall.model_dump(exclude_none=True),
        **read.shares.model_dump(exclude_none=True),
        **{
            _TIMES[name]: round(seconds * 1_000)
            for name, seconds in read.times_s.model_dump(exclude_none=True).items()
        },
    }
    if "rate_per_s" in arrivals:
        found["rate_per_s"] = arrivals["rate_per_s"]
    elif "curve" in arrivals:
        found["curve"] = Curve(arrivals["curve"])
    elif "csv" in arrivals:
        found["day_s"] = read_day(file.parent / arrivals["csv"])
    return found


def scenario(file: Path | None, **given: Any) -> Scenario:
    """That of the file, with what is ``given`` in its place. Raises ValueError and OSError."""
    return Scenario(**{**(read_fields(file) if file is not None else {}), **given})
