"""How a definition of a form is written in its file: checked strictly, nothing but the declared keys."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from cases.forms.formats import FormatName
from cases.forms.model import FieldType, Prefill

ROWS_MAX: Final = 50
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FormId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,15}$")]
AttachmentKind = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]
Number = Annotated[str, StringConstraints(pattern=r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
OptionValue = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Condition = bool | Text


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Part):
    zh: Text
    en: Text


class OptionPart(Part):
    value: OptionValue
    zh: Text
    en: Text


class ColumnPart(Part):
    """A column of a table; a field has what a column has."""

    id: Name
    type: FieldType = FieldType.TEXT
    label: Words
    hint: Words | None = None
    unit: Words | None = None
    required: Condition = False
    shown: Text | None = None
    computed: Text | None = None
    options: Annotated[tuple[OptionPart, ...], Field(max_length=60)] = ()
    format: FormatName | None = None
    certificate_type: Name | None = None
    longest: Annotated[int, Field(ge=1, le=1_000)] = 100
    multiline: bool = False
    least: Number | None = None
    most: Number | None = None
    places: Annotated[int, Field(ge=1, le=6)] = 2
    copied: bool = True


class FieldPart(ColumnPart):
    prefill: Prefill | None = None
    columns: Annotated[tuple[ColumnPart, ...], Field(max_length=20)] = ()
    rows: Annotated[tuple[int, int], Field()] = (0, ROWS_MAX)

    @field_validator("rows")
    @classmethod
    def _bounded(cls, rows: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= rows[0] <= rows[1] <= ROWS_MAX or rows[1] == 0:
            raise ValueError(f"rows are [least, most], at most {ROWS_MAX}")
        return rows


class SectionPart(Part):
    id: Name
    title: Words
    note: Words | None = None
    shown: Text | None = None
    fields: Annotated[tuple[FieldPart, ...], Field(min_length=1, max_length=60)]


class CheckPart(Part):
    field: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?$")]
    holds: Text
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    confirmable: bool = False


class AttachmentPart(Part):
    kind: AttachmentKind
    name: Words
    hint: Words | None = None
    required: Condition = False


class FormPart(Part):
    form_id: FormId
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{2,19}$")]
    official: bool
    name: Words
    note: Words | None = None
    sources: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    checked_on: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    sections: Annotated[tuple[SectionPart, ...], Field(min_length=1, max_length=20)]
    checks: Annotated[tuple[CheckPart, ...], Field(max_length=60)] = ()
    attachments: Annotated[tuple[AttachmentPart, ...], Field(max_length=20)] = ()
