"""The forms of one version of the catalogue, as casework asks for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from cases.casework.business import CheckedForm
from cases.casework.errors import FormUnknown
from cases.forms import checking, copying, showing
from cases.forms.json_schema import schema_of
from cases.forms.model import Filler, FormDefinition
from cases.views.names import Bilingual


class FormSet:
    """Built once a version. Every method on a form raises FormUnknown."""

    def __init__(self, forms: Mapping[str, FormDefinition]) -> None:
        self._forms = dict(forms)
        self._validators = {
            form_id: Draft202012Validator(schema_of(form)) for form_id, form in self._forms.items()
        }
        self._shown = {form_id: showing.shown(form) for form_id, form in self._forms.items()}

    def __contains__(self, form_id: object) -> bool:
        return form_id in self._forms

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def definition(self, form_id: str) -> FormDefinition:
        """The form as the server has it."""
        if form_id not in self._forms:
            raise FormUnknown(form_id)
        return self._forms[form_id]

    def name(self, form_id: str) -> Bilingual:
        """What people call it."""
        return self.definition(form_id).name

    def schema(self, form_id: str) -> Mapping[str, Any]:
        """Everything that a page needs to draw and to check it (docs/FORMS.md)."""
        self.definition(form_id)
        return self._shown[form_id]

    def check(
        self, form_id: str, values: Mapping[str, Any], attachment_kinds: Sequence[str], today: str
    ) -> CheckedForm:
        """The values as they are kept and all that is wrong. ``today``: YYYY-MM-DD at the hall."""
        definition = self.definition(form_id)
        return checking.check(definition, self._validators[form_id], values, attachment_kinds, today)

    def copy_of(self, form_id: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of a form that was handed in goes into a new draft."""
        return copying.copy_of(self.definition(form_id), values)

    def prefilled(self, form_id: str, filler: Filler) -> Mapping[str, Any]:
        """A new draft with what its fields ask of the taxpayer."""
        return copying.prefilled(self.definition(form_id), filler)
