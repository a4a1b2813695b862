"""What forms refuse: definitions that are wrong. What people fill in is never refused here, it has faults."""

from cases.errors import CaseworkError


class FormInvalid(CaseworkError):
    """A definition of a form, or the file of rates, is wrong. ``path`` leads to the part of the document,
    such as ``sections.0.fields.2.computed``.
    """

    code = "form_definition_invalid"

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class ExpressionInvalid(ValueError):
    """An expression is wrong. Whoever reads the definition says where it stands, by FormInvalid."""
