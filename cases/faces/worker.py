"""The process that looks at pictures: a length and a JPEG on standard input, what is seen as a line of JSON
on standard output, and so on until the input ends.

Started by its path in isolated mode (``cases.faces.reader``), with no part of the product loaded. The models
come from ``face-recognition-models``; of its two landmark models the one with 5 points is used, since the
data that the one with 68 was trained on may not be used freely.
"""

import importlib.util
import io
import json
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

PIXELS_MAX = 4_000_000
SIDE_MAX_PX = 640
MEMORY_MAX_BYTES = 1_500 * 1024 * 1024
LENGTH = struct.Struct(">I")


def model(name: str) -> str:
    """Found without importing the package, which needs setuptools."""
    found = importlib.util.find_spec("face_recognition_models")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("face_recognition_models")
    return str(Path(next(iter(found.submodule_search_locations))) / "models" / name)


def pixels(content: bytes) -> Any:
    """Upright, at most SIDE_MAX_PX on a side. Raises whatever the decoder raises."""
    import numpy
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(content), formats=("JPEG",)) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise ValueError("too many pixels")
        picture.draft("RGB", (SIDE_MAX_PX, SIDE_MAX_PX))
        upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX))
        return numpy.asarray(upright)


class Models:
    """The three of them, loaded once."""

    def __init__(self) -> None:
        import dlib

        self.find = dlib.get_frontal_face_detector()
        self.points = dlib.shape_predictor(model("shape_predictor_5_face_landmarks.dat"))
        self.recognise = dlib.face_recognition_model_v1(model("dlib_face_recognition_resnet_model_v1.dat"))

    def look(self, image: Any) -> dict[str, Any]:
        """How many faces there are, and of a single one its five points and its 128 numbers."""
        faces = self.find(image, 0)
        if len(faces) != 1:
            return {"faces": len(faces)}
        shape = self.points(image, faces[0])
        numbers = self.recognise.compute_face_descriptor(image, shape)
        return {
            "faces": 1,
            "width_px": faces[0].width(),
            "points": [[shape.part(number).x, shape.part(number).y] for number in range(5)],
            "embedding": [round(number, 5) for number in numbers],
        }


def seen(models: Models, content: bytes) -> dict[str, Any]:
    try:
        image = pixels(content)
    except Exception:  # noqa: BLE001 - whatever a picture does to its decoder, there is no face in it
        return {"faces": 0}
    return models.look(image)


def run(asked: BinaryIO) -> None:
    models = Models()
    while head := asked.read(LENGTH.size):
        content = asked.read(LENGTH.unpack(head)[0])
        sys.stdout.write(json.dumps(seen(models, content)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    run(sys.stdin.buffer)
