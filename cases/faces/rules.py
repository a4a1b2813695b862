"""What the pictures of a face step have to show, one after the other. Pure.

Two things are asked: that it is the person of the reference (the distance of two embeddings), and that
somebody is there who does what was not known before (head turns, which the server chose). It is a hurdle for
a photograph, no proof: pictures of a person from all sides, or a video that obeys, pass it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import dist, hypot
from typing import Final

from cases.faces.errors import FaceMismatch, FaceUnclear, PoseWrong


class Pose(StrEnum):
    """Where the face looks; left and right are the person's own, in a picture that is not mirrored."""

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen in a picture. ``faces``: how many; the others are of a single one: its width, the corners
    of its two eyes and the base of its nose (the five points of dlib's model, in its order), and its
    embedding.
    """

    faces: int
    width_px: int = 0
    points: tuple[tuple[float, float], ...] = ()
    embedding: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class FacePolicy:
    """``same_max``: the greatest distance at which two embeddings of faces from the front are one person's
    (dlib's own limit is 0.6); ``turned_max``: the same where one is turned. ``front_max``: up to which turn a
    face counts as from the front, ``turned_min``: from which as turned (see ``turn_of``). ``turns``: how many
    are asked for.
    """

    width_min_px: int = 80
    same_max: float = 0.5
    turned_max: float = 0.6
    front_max: float = 0.08
    turned_min: float = 0.12
    turns: int = 2
    whole_ms: int = 120_000
    pictures_max: int = 30
    picture_max_bytes: int = 400_000


EMBEDDING_LENGTH: Final = 128


@dataclass(frozen=True, slots=True)
class Attempt:
    """How far a face step is. ``poses``: all that are asked for; ``done``: how many were shown; ``pictures``:
    how many were looked at; ``first``: the embedding of the first one.
    """

    poses: tuple[Pose, ...]
    done: int = 0
    pictures: int = 0
    first: tuple[float, ...] | None = None

    @property
    def pose(self) -> Pose | None:
        """What is asked for now; none: it is passed."""
        return self.poses[self.done] if self.done < len(self.poses) else None


def chosen_poses(turns: int, choose: Callable[[Sequence[Pose]], Pose]) -> tuple[Pose, ...]:
    """From the front, then so many turns, each with a look to the front after it but the last."""
    poses = [Pose.FRONT]
    for turn in range(turns):
        poses += [Pose.FRONT] if turn else []
        poses.append(choose((Pose.LEFT, Pose.RIGHT)))
    return tuple(poses)


def turn_of(points: Sequence[tuple[float, float]]) -> float:
    """How far the base of the nose is off the middle between the eyes, along the line through the eyes and in
    distances between them: 0 from the front, and greater than 0 where the person looks to their left (to the
    right in the picture). Raises FaceUnclear for points that are no face.
    """
    if len(points) != 5:
        raise FaceUnclear("not five points")
    eyes = sorted((_middle(points[0], points[1]), _middle(points[2], points[3])))
    (left_x, left_y), (right_x, right_y) = eyes
    across_x, across_y = right_x - left_x, right_y - left_y
    length = hypot(across_x, across_y)
    if length == 0:
        raise FaceUnclear("one eye")
    middle_x, middle_y = _middle(*eyes)
    nose_x, nose_y = points[4]
    return ((nose_x - middle_x) * across_x + (nose_y - middle_y) * across_y) / length**2


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def is_posed(pose: Pose, turn: float, policy: FacePolicy) -> bool:
    match pose:
        case Pose.FRONT:
            return abs(turn) <= policy.front_max
        case Pose.LEFT:
            return turn >= policy.turned_min
        case Pose.RIGHT:
            return turn <= -policy.turned_min


def clear_face(look: Look, policy: FacePolicy) -> float:
    """The turn of the one face in the picture. Raises FaceUnclear."""
    if look.faces != 1 or look.width_px < policy.width_min_px or len(look.embedding) != EMBEDDING_LENGTH:
        raise FaceUnclear("not one face that is large enough")
    return turn_of(look.points)


def advanced(attempt: Attempt, look: Look, reference: Sequence[float], policy: FacePolicy) -> Attempt:
    """The attempt after a picture in which what was asked for is seen.

    Raises FaceUnclear and PoseWrong, after which another picture may be taken, and FaceMismatch.
    """
    pose = attempt.pose
    if pose is None:
        return attempt
    turn = clear_face(look, policy)
    if not is_posed(pose, turn, policy):
        raise PoseWrong(pose.value)
    compared = reference if pose is Pose.FRONT else attempt.first or reference
    if dist(look.embedding, compared) > (policy.same_max if pose is Pose.FRONT else policy.turned_max):
        raise FaceMismatch("another person")
    return replace(attempt, done=attempt.done + 1, first=attempt.first or look.embedding)
