"""Credentials for TURN servers, as coturn reckons them."""

from cases.turn import TurnServers
from cases.views.calls import IceServer

URL = "turns:turn.example.org:443?transport=tcp"


def test_a_credential_is_the_names_hmac_and_expires() -> None:
    servers = TurnServers((URL,), "a-secret-of-the-turn-servers", 3_600_000)
    # printf %s 4600:call-1 | openssl dgst -sha1 -hmac a-secret-of-the-turn-servers -binary | base64
    assert servers.grant("call-1", 1_000_999) == (
        IceServer((URL,), "4600:call-1", "k6+REgLVSL2OQSOUaS6kKOR3cI4="),
    )
    assert servers.grant("call-1", 2_000_999) != servers.grant("call-1", 1_000_999)
    assert servers.secret not in repr(servers)


def test_without_servers_there_is_nothing_to_grant() -> None:
    assert TurnServers().grant("call-1", 1_000) == ()
