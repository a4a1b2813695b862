"""What the pictures of a face step have to show: the pure rules, on looks that the real models recorded."""

from dataclasses import replace
from itertools import product

import pytest

from cases.faces.errors import FaceMismatch, FaceUnclear, PoseWrong
from cases.faces.rules import Attempt, FacePolicy, Look, Pose, advanced, chosen_poses, is_posed, turn_of
from tests.cases.faces.looks import RECORDED, STRANGER, embedding, look

POLICY = FacePolicy()
FRONT, LEFT, RIGHT = Pose
REFERENCE = embedding(0.0)


def test_the_turn_follows_the_head() -> None:
    turns = {degrees: turn_of(points) for degrees, (points, _) in RECORDED.items()}
    # Not beyond: there the model itself loses the far eye.
    upto = [turns[degrees] for degrees in sorted(turns) if abs(degrees) <= 35]
    assert upto == sorted(upto)
    assert turns[35] > 0 > turns[-35]


@pytest.mark.parametrize(
    ("degrees", "poses"),
    [
        (0, {FRONT}),
        (5, {FRONT}),
        (-10, {FRONT}),
        (20, {LEFT}),
        (35, {LEFT}),
        (45, {LEFT}),
        (-35, {RIGHT}),
        (-45, {RIGHT}),
    ],
)
def test_which_pose_a_picture_shows(degrees: int, poses: set[Pose]) -> None:
    turn = turn_of(RECORDED[degrees][0])
    assert {pose for pose in Pose if is_posed(pose, turn, POLICY)} == poses


def test_no_picture_shows_two_poses() -> None:
    for hundredths in range(-100, 101):
        assert sum(is_posed(pose, hundredths / 100, POLICY) for pose in Pose) <= 1


def test_a_tilted_head_and_a_larger_picture_are_the_same_turn() -> None:
    for points, _ in RECORDED.values():
        turn = turn_of(points)
        assert turn_of([(2 * x + 7, 2 * y - 3) for x, y in points]) == pytest.approx(turn)
        # By about 17 degrees to the side.
        tilted = [(0.956 * x - 0.292 * y, 0.292 * x + 0.956 * y) for x, y in points]
        assert turn_of(tilted) == pytest.approx(turn, abs=0.001)


def test_every_sequence_can_be_asked_for() -> None:
    found = set()
    for turns in product((LEFT, RIGHT), repeat=2):
        rest = list(turns)
        found.add(chosen_poses(2, lambda _poses, rest=rest: rest.pop(0)))  # type: ignore[misc]
    assert found == {(FRONT, one, FRONT, other) for one, other in product((LEFT, RIGHT), repeat=2)}


def test_who_does_what_is_asked_for_passes() -> None:
    attempt = Attempt((FRONT, LEFT, FRONT, RIGHT))
    for degrees in (5, 35, -10, -35):
        assert attempt.pose is not None
        attempt = advanced(attempt, look(degrees), REFERENCE, POLICY)
    assert (attempt.pose, attempt.done) == (None, 4)
    assert attempt.first == look(5).embedding
    assert advanced(attempt, look(0), REFERENCE, POLICY) == attempt


@pytest.mark.parametrize("asked", [LEFT, RIGHT])
def test_the_same_photograph_does_not_pass_a_turn(asked: Pose) -> None:
    attempt = advanced(Attempt((FRONT, asked)), look(0), REFERENCE, POLICY)
    for degrees in (0, 5, -10, -35 if asked is LEFT else 35):
        with pytest.raises(PoseWrong):
            advanced(attempt, look(degrees), REFERENCE, POLICY)


def test_a_turned_face_is_no_face_from_the_front() -> None:
    for degrees in (-45, -35, 20, 25, 35, 45):
        with pytest.raises(PoseWrong):
            advanced(Attempt((FRONT,)), look(degrees), REFERENCE, POLICY)


def test_another_person_is_refused_in_every_pose() -> None:
    with pytest.raises(FaceMismatch):
        advanced(Attempt((FRONT, LEFT)), look(0, distance=STRANGER), REFERENCE, POLICY)
    begun = advanced(Attempt((FRONT, LEFT, FRONT)), look(0), REFERENCE, POLICY)
    with pytest.raises(FaceMismatch):
        advanced(begun, look(35, distance=STRANGER), REFERENCE, POLICY)
    turned = advanced(begun, look(35), REFERENCE, POLICY)
    # Nor does the first one's face help somebody who takes over.
    with pytest.raises(FaceMismatch):
        advanced(turned, look(0, distance=STRANGER), REFERENCE, POLICY)


GOOD = look(0)


@pytest.mark.parametrize(
    "seen",
    [
        Look(0),
        Look(2),
        Look(-1),
        replace(GOOD, faces=2),
        replace(GOOD, width_px=POLICY.width_min_px - 1),
        replace(GOOD, points=()),
        replace(GOOD, points=GOOD.points[:4]),
        replace(GOOD, points=((1.0, 1.0),) * 5),
        replace(GOOD, embedding=()),
        replace(GOOD, embedding=GOOD.embedding[1:]),
    ],
)
def test_what_is_no_clear_face(seen: Look) -> None:
    with pytest.raises(FaceUnclear):
        advanced(Attempt((FRONT,)), seen, REFERENCE, POLICY)
