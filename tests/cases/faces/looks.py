"""What the real models saw in pictures of one face, and pictures made from the words of a test.

RECORDED: the five points that dlib's model found in a public portrait whose head was turned by so many
degrees (to the person's left above 0) by way of a depth map, and how far the embedding was from that of the
portrait.
"""

import json
import sys
from pathlib import Path
from typing import Final

from cases.faces.rules import EMBEDDING_LENGTH, Look

Points = tuple[tuple[float, float], ...]
RECORDED: Final[dict[int, tuple[Points, float]]] = {
    -45: (((218, 210), (187, 210), (129, 202), (150, 207), (156, 264)), 0.518),
    -35: (((231, 209), (198, 210), (131, 203), (155, 207), (163, 268)), 0.41),
    -20: (((250, 208), (214, 209), (136, 202), (166, 207), (182, 269)), 0.246),
    -10: (((261, 208), (225, 209), (142, 202), (174, 207), (195, 269)), 0.141),
    0: (((271, 208), (236, 210), (151, 202), (184, 207), (209, 270)), 0.0),
    5: (((275, 208), (241, 210), (155, 202), (189, 207), (216, 269)), 0.104),
    20: (((286, 209), (254, 210), (172, 202), (207, 207), (237, 270)), 0.173),
    25: (((288, 209), (258, 210), (178, 202), (212, 207), (244, 269)), 0.195),
    35: (((290, 207), (264, 210), (191, 203), (224, 208), (256, 269)), 0.323),
    45: (((293, 209), (269, 209), (204, 202), (235, 206), (258, 262)), 0.412),
}
STRANGER: Final = 0.75
"""About how far other people are."""


def embedding(distance: float) -> tuple[float, ...]:
    """That far from the one at 0."""
    return (distance, *(0.0 for _ in range(EMBEDDING_LENGTH - 1)))


def look(degrees: int, *, distance: float | None = None) -> Look:
    points, recorded = RECORDED[degrees]
    return Look(1, 180, points, embedding(recorded if distance is None else distance))


def picture(seen: Look) -> bytes:
    """What the stand-in of the worker takes for a picture in which that is seen."""
    return json.dumps(
        {
            "faces": seen.faces,
            "width_px": seen.width_px,
            "points": seen.points,
            "embedding": seen.embedding,
        }
    ).encode()


STAND_IN: Final = (sys.executable, "-I", str(Path(__file__).with_name("stand_in.py")))
"""In the place of the process that has the models: it speaks as that does."""
