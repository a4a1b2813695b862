"""What the bodies and queries that HTTP clients send have in common: checked strictly, no field but the
declared ones.
"""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from cases.identifiers import Written

PAGE_MAX: Final = 50
"""How many of a list are answered at once."""


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(Body):
    """A page of a list: ``cursor`` as the page before gave it, none for the first one."""

    cursor: Annotated[Written, Field(max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = 20
