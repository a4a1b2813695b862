"""How ids look at both edges: as the queue takes them, so that nothing refused there passes here."""

from typing import Annotated

from pydantic import Field

from queueing.keys import IDENTIFIER_PATTERN

Identifier = Annotated[str, Field(pattern=f"^{IDENTIFIER_PATTERN}$")]
