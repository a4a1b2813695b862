"""What a file is called: the sender's name for it, without what could mislead or break anything. Pure."""

import unicodedata
from typing import Final

EXTENSIONS: Final = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
NAMELESS: Final = "file"


def cleaned(name: str, media_type: str, max_length: int) -> str:
    """At most ``max_length`` characters, with the ending of what it really is.

    No folders, no control characters, and nothing by which the end of a name is shown as its middle.
    """
    ending = EXTENSIONS[media_type]
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(
        one
        for one in unicodedata.normalize("NFC", last)
        if unicodedata.category(one)[0] not in "CZ" or one == " "
    )
    stem = visible.rpartition(".")[0] or visible
    stem = " ".join(stem.split()).strip(". ")[: max_length - len(ending)].rstrip(". ")
    return (stem or NAMELESS) + ending
