"""Settings: where they come from, which come first, and what is refused, by name and without its value."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from server.addresses import announced_addresses, media_host, own_address
from server.configuration import load_settings, settings_page
from server.errors import ConfigurationError
from server.settings import GROUPS, Settings
from tests.tls import write_tls_pair

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(1, 33))).decode()
PRODUCTION = {"SHUITONG_IDENTITY_KEYS": KEY, "SHUITONG_INDEX_KEY": OTHER_KEY}
DEMO = {"SHUITONG_DEMO": "true"}


def problems(environment: Mapping[str, str], file: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environment, file=file)
    assert caught.value.exit_code == 2
    return caught.value.problems


def write(folder: Path, text: str) -> Path:
    file = folder / "shuitong.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_given_is_refused_because_production_needs_its_keys() -> None:
    assert problems({}) == (
        "SHUITONG_IDENTITY_KEYS: is needed without demo; `shuitong new-key` makes one",
        "SHUITONG_INDEX_KEY: is needed without demo; `shuitong new-key` makes one",
    )


def test_demo_needs_nothing_and_alone_has_the_development_face_check() -> None:
    assert load_settings(DEMO).face_check == "development"
    assert load_settings(PRODUCTION).face_check == "none"
    assert load_settings(DEMO | {"SHUITONG_FACE_CHECK": "none"}).face_check == "none"
    assert problems(PRODUCTION | {"SHUITONG_FACE_CHECK": "development"}) == (
        "SHUITONG_FACE_CHECK: development is only for demo",
    )


def test_captchas_with_a_known_answer_are_for_a_demo_only() -> None:
    assert load_settings(DEMO).captcha_check == "picture"
    assert load_settings(DEMO | {"SHUITONG_CAPTCHA_CHECK": "development"}).captcha_check == "development"
    assert problems(PRODUCTION | {"SHUITONG_CAPTCHA_CHECK": "development"}) == (
        "SHUITONG_CAPTCHA_CHECK: development is only for demo",
    )


def test_options_come_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, 'demo = true\nport = 1001\nhost = "127.0.0.2"\nmedia_port = 1002\n')
    environment = {"SHUITONG_PORT": "2001", "SHUITONG_HOST": "127.0.0.3", "SHUITONG_CONFIG": str(file)}
    settings = load_settings(environment, options={"port": "3001"})
    assert (settings.port, settings.host, settings.media_port) == (3001, "127.0.0.3", 1002)
    assert settings.queue_confirm_ms == 60_000


def test_lists_come_with_commas_from_the_environment_and_as_lists_from_the_file(tmp_path: Path) -> None:
    from_environment = load_settings(DEMO | {"SHUITONG_MEDIA_ANNOUNCED": "192.0.2.1, 2001:db8::1"})
    from_file = load_settings(DEMO, file=write(tmp_path, 'media_announced = ["192.0.2.1", "2001:db8::1"]'))
    assert from_environment.media_announced == from_file.media_announced == ("192.0.2.1", "2001:db8::1")
    keys = load_settings(PRODUCTION | {"SHUITONG_IDENTITY_KEYS": f"{OTHER_KEY},{KEY}"}).identity_keys
    assert [key.get_secret_value() for key in keys] == [OTHER_KEY, KEY]


def test_unknown_names_are_refused_wherever_they_stand_together_with_wrong_values(tmp_path: Path) -> None:
    file = write(tmp_path, "prot = 1\nport = 'x'\n")
    assert problems(DEMO | {"SHUITONG_QUEUE_CONFIRM": "1"}, file) == (
        f"{file}: prot: there is no such setting; is port meant?",
        "SHUITONG_QUEUE_CONFIRM: there is no such setting; is queue_confirm_ms meant?",
        f"{file}: port: Input should be a valid integer, unable to parse string as an integer",
    )


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load_settings({**DEMO, "PORT": "1", "REDIS_URL": "x", "shuitong_port": "1"}).port == 8080


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SHUITONG_PORT", "65536"),
        ("SHUITONG_PORT", "-1"),
        ("SHUITONG_HOST", ""),
        ("SHUITONG_DEMO", "perhaps"),
        ("SHUITONG_PUBLIC_URL", "tax.example.cn"),
        ("SHUITONG_PUBLIC_URL", "https://tax.example.cn/app"),
        ("SHUITONG_TLS_CERT", "/nowhere/cert.pem"),
        ("SHUITONG_STATIC_DIR", "/nowhere"),
        ("SHUITONG_REDIS_URL", "http://user:secret@redis.example"),
        ("SHUITONG_REDIS_URL", "redis+sentinel://sentinel.example:26379"),
        ("SHUITONG_REDIS_URL", "redis+cluster://redis.example:6379/1"),
        ("SHUITONG_REDIS_URL", "rediss://redis.example?ssl_ca_certs=/nowhere/ca.pem"),
        ("SHUITONG_REDIS_URL", "rediss://redis.example?ssl_ca_certs=pyproject.toml"),
        ("SHUITONG_DATABASE_URL", "mysql://user:secret@db.example"),
        ("SHUITONG_IDENTITY_KEYS", "c2hvcnQ="),
        ("SHUITONG_INDEX_KEY", "not a key"),
        ("SHUITONG_HALL_TIME_ZONE", "Asia/Atlantis"),
        ("SHUITONG_HALL_TIME_ZONE", "../../etc/passwd"),
        ("SHUITONG_MEDIA_HOST", "media.example"),
        ("SHUITONG_MEDIA_ANNOUNCED", "192.0.2.1,elsewhere"),
        ("SHUITONG_FACE_CHECK", "always"),
        ("SHUITONG_LOG_LEVEL", "loud"),
        ("SHUITONG_PUSH_RATE_HZ", "0"),
        ("SHUITONG_PUSH_RATE_HZ", "nan"),
        ("SHUITONG_QUEUE_CONFIRM_MS", "1m"),
        ("SHUITONG_QUEUE_RECALL_SPACING_MS", "60000"),
        ("SHUITONG_SESSION_ABSOLUTE_S", "60"),
        ("SHUITONG_REQUEST_BODY_MAX_BYTES", "0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_in_one_line(variable: str, value: str) -> None:
    found = problems(DEMO | {variable: value})
    assert [line.partition(": ")[0] for line in found] == [variable]
    assert all(line.isprintable() for line in found)


# Digits between letters, twice: no name, word or number of what is shown is like that by itself.
@given(secret=st.from_regex(r"[a-z]{3,12}[0-9]{3}[a-z]{3,12}[0-9]{3}[a-z]{0,10}", fullmatch=True))
def test_no_secret_is_ever_shown(secret: str) -> None:
    names = ("SHUITONG_IDENTITY_KEYS", "SHUITONG_INDEX_KEY", "SHUITONG_REDIS_URL", "SHUITONG_DATABASE_URL")
    found = problems(DEMO | dict.fromkeys(names, secret))
    assert {line.partition(": ")[0] for line in found} == set(names)
    assert secret not in "\n".join(found)
    settings = load_settings(PRODUCTION | {"SHUITONG_REDIS_URL": f"redis://:{secret}@127.0.0.1"})
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert secret not in shown
        assert KEY not in shown
        assert OTHER_KEY not in shown


def test_a_file_that_cannot_be_read_is_named_and_not_quoted(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert problems(DEMO, missing) == (f"{missing}: cannot be read: No such file or directory",)
    broken = write(tmp_path, 'index_key = "secret\n')
    (problem,) = problems(DEMO, broken)
    assert problem.startswith(f"{broken}: is not a TOML file (at line 1")
    assert "secret" not in problem
    broken.write_bytes(b"\xff\xfe")
    assert problems(DEMO, broken) == (f"{broken}: is not a TOML file (not UTF-8)",)


def test_certificate_and_key_are_wanted_together_and_have_to_fit(tmp_path: Path) -> None:
    certificate, key = write_tls_pair(tmp_path, "one")
    _, other_key = write_tls_pair(tmp_path, "other")
    pair = load_settings(DEMO | {"SHUITONG_TLS_CERT": str(certificate), "SHUITONG_TLS_KEY": str(key)})
    assert (pair.tls_cert, pair.tls_key) == (certificate, key)
    assert problems(DEMO | {"SHUITONG_TLS_CERT": str(certificate)}) == (
        "SHUITONG_TLS_KEY: is needed with tls_cert",
    )
    assert problems(DEMO | {"SHUITONG_TLS_KEY": str(key)}) == ("SHUITONG_TLS_CERT: is needed with tls_key",)
    (problem,) = problems(DEMO | {"SHUITONG_TLS_CERT": str(certificate), "SHUITONG_TLS_KEY": str(other_key)})
    assert problem == "SHUITONG_TLS_CERT: cannot be used with tls_key (KEY_VALUES_MISMATCH)"
    (problem,) = problems(DEMO | {"SHUITONG_TLS_CERT": str(key), "SHUITONG_TLS_KEY": str(certificate)})
    assert problem.startswith("SHUITONG_TLS_CERT: cannot be used with tls_key (")


def test_settings_do_not_change_after_they_were_checked() -> None:
    settings = load_settings(DEMO)
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1  # type: ignore[misc]  # what is tried here


@pytest.mark.parametrize(
    ("given_settings", "host", "announced"),
    [
        ({}, "127.0.0.1", ("127.0.0.1",)),
        ({"SHUITONG_HOST": "localhost"}, "127.0.0.1", ("127.0.0.1",)),
        ({"SHUITONG_HOST": "127.0.0.2"}, "127.0.0.2", ("127.0.0.2",)),
        ({"SHUITONG_HOST": "0.0.0.0", "SHUITONG_MEDIA_HOST": "127.0.0.3"}, "127.0.0.3", ("127.0.0.3",)),
        ({"SHUITONG_HOST": "0.0.0.0", "SHUITONG_MEDIA_ANNOUNCED": "192.0.2.7"}, "0.0.0.0", ("192.0.2.7",)),
    ],
)
def test_media_follow_the_web_server_until_told_otherwise(
    given_settings: dict[str, str], host: str, announced: tuple[str, ...]
) -> None:
    settings = load_settings(DEMO | given_settings)
    assert media_host(settings) == host
    assert announced_addresses(settings) == announced


@pytest.mark.parametrize("every_address", ["0.0.0.0", "::"])
def test_a_server_on_every_address_announces_one_that_can_be_reached(every_address: str) -> None:
    announced = announced_addresses(load_settings(DEMO | {"SHUITONG_HOST": every_address}))
    assert announced
    assert not {"0.0.0.0", "::"} & set(announced)
    # Without an address of the one family, `::` has at least one of the other.
    own = {own_address(4)} if every_address == "0.0.0.0" else {own_address(4), own_address(6)}
    outside = own - {"127.0.0.1", "::1"}
    assert set(announced) == (outside or own)


@pytest.mark.parametrize(
    ("given_settings", "wrong"),
    [
        ({"SHUITONG_MEDIA_TURN_URLS": "turn:192.0.2.7:3478"}, "MEDIA_TURN_SECRET: is needed"),
        ({"SHUITONG_MEDIA_TURN_SECRET": "x" * 16}, "MEDIA_TURN_URLS: is needed"),
        ({"SHUITONG_MEDIA_TURN_URLS": "stun:192.0.2.7", "SHUITONG_MEDIA_TURN_SECRET": "x" * 16}, "TURN_URLS"),
        ({"SHUITONG_MEDIA_TURN_URLS": "turn:a b", "SHUITONG_MEDIA_TURN_SECRET": "x" * 16}, "TURN_URLS"),
        (
            {"SHUITONG_MEDIA_TURN_URLS": "turn:192.0.2.7", "SHUITONG_MEDIA_TURN_SECRET": "short"},
            "TURN_SECRET",
        ),
    ],
)
def test_turn_servers_need_an_address_and_a_secret(given_settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=wrong):
        load_settings(DEMO | given_settings)


def test_a_host_that_is_no_address_is_refused_by_name() -> None:
    settings = load_settings(DEMO | {"SHUITONG_HOST": "nowhere.invalid"})
    with pytest.raises(ConfigurationError, match="SHUITONG_HOST: is a name without an address"):
        media_host(settings)


def test_every_setting_says_what_it_is_and_the_page_in_docs_is_fresh() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
    listed = [name for group in GROUPS for name in group.model_fields]
    assert sorted(listed) == sorted(Settings.model_fields)
    assert (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8") == settings_page()


def test_a_captcha_is_counted_as_long_as_it_can_be_answered() -> None:
    given = {"SHUITONG_CAPTCHA_TTL_MS": "60000", "SHUITONG_CAPTCHA_WINDOW_MS": "59999"}
    assert problems(DEMO | given) == ("SHUITONG_CAPTCHA_TTL_MS: must not be longer than captcha_window_ms",)
