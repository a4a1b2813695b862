"""Drawn people for fake cameras, so that pictures of the pages show no test pattern."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, FRAMES = 640, 480, 2

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """Head and shoulders before a wall; colours in RGB."""

    wall: Colour
    clothes: Colour
    skin: Colour
    hair: Colour


TAXPAYER = Figure(wall=(206, 192, 170), clothes=(92, 128, 150), skin=(232, 190, 155), hair=(32, 36, 42))
OFFICER = Figure(wall=(176, 198, 190), clothes=(28, 40, 74), skin=(235, 196, 165), hair=(38, 40, 46))


def _ellipse(x: float, y: float, wide: float, high: float) -> npt.NDArray[np.bool_]:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    inside: npt.NDArray[np.bool_] = ((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2 <= 1
    return inside


def _picture(figure: Figure) -> npt.NDArray[np.float64]:
    picture = np.empty((HEIGHT, WIDTH, 3))
    light = np.linspace(1.06, 0.9, WIDTH)[None, :, None]
    picture[:] = np.array(figure.wall) * light
    picture[_ellipse(320, 205, 104, 122)] = figure.hair
    picture[_ellipse(320, 520, 210, 190)] = figure.clothes
    picture[_ellipse(320, 330, 46, 60)] = np.array(figure.skin) * 0.94
    picture[_ellipse(320, 225, 84, 106)] = figure.skin
    picture[_ellipse(320, 138, 92, 46)] = figure.hair
    for side in (-1, 1):
        picture[_ellipse(320 + side * 32, 222, 7, 8)] = figure.hair
    picture[_ellipse(320, 280, 22, 6)] = (178, 108, 98)
    return np.clip(picture, 0, 255)


def write_camera_film(figure: Figure, file: Path) -> None:
    """A film of that figure as ``--use-file-for-fake-video-capture`` reads it (YUV4MPEG2, 4:2:0)."""
    red, green, blue = np.moveaxis(_picture(figure), 2, 0)
    luma = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    planes = [luma]
    for weights in ((-37.797, -74.203, 112.0), (112.0, -93.786, -18.214)):
        chroma = 128 + (weights[0] * red + weights[1] * green + weights[2] * blue) / 255
        planes.append(chroma.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3)))
    frame = b"FRAME\n" + b"".join(plane.round().astype(np.uint8).tobytes() for plane in planes)
    file.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420jpeg\n".encode() + frame * FRAMES)
