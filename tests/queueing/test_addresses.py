"""How the address of Redis is read, and what is said about a wrong one."""

import pytest

from queueing.addresses import Access, BySentinels, InCluster, OneServer, Tcp, Tls, UnixSocket, parse
from queueing.errors import RedisAddressInvalid


def test_one_server() -> None:
    assert parse("redis://redis.example") == OneServer(Tcp("redis.example", 6379), Access())
    assert parse("redis://u:p%40w@[::1]:6380/2") == OneServer(Tcp("::1", 6380), Access("u", "p@w", 2))
    assert parse("redis://:pw@h/?db=3") == OneServer(Tcp("h", 6379), Access(None, "pw", 3))
    assert parse("unix:///run/a%20b.sock?db=1") == OneServer(UnixSocket("/run/a b.sock"), Access(db=1))
    assert parse("unix://:pw@/run/s") == OneServer(UnixSocket("/run/s"), Access(password="pw"))


def test_sentinels() -> None:
    found = parse("redis+sentinel://u:p@a:1,[::1]:2,c/tickets?db=4&sentinel_password=s")
    places = (Tcp("a", 1), Tcp("::1", 2), Tcp("c", 26379))
    assert found == BySentinels(places, Access(password="s"), "tickets", Access("u", "p", 4))


def test_a_cluster() -> None:
    assert parse("redis+cluster://:p@a:1,b") == InCluster((Tcp("a", 1), Tcp("b", 6379)), Access(password="p"))
    assert parse("redis+cluster://a/") == InCluster((Tcp("a", 6379),), Access())


def test_tls_of_each_kind() -> None:
    assert parse("rediss://a").access.tls == Tls()
    careless = parse("rediss+cluster://a?ssl_cert_reqs=none&ssl_check_hostname=false").access.tls
    assert careless == Tls(cert_reqs="none", check_hostname=False)
    asked = parse("rediss+sentinel://a/m")
    assert isinstance(asked, BySentinels)
    assert (asked.access.tls, asked.sentinel_access.tls) == (Tls(), Tls())


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://secret.example", "must begin with redis://"),
        ("redis", "must begin with redis://"),
        ("redis+other://secret", "must begin with redis://"),
        ("redis://", "name its servers"),
        ("redis://secret:port", "name its servers"),
        ("redis://secret:0", "port"),
        ("redis://secret:70000", "port"),
        ("redis://secret/x", "db that is not a number"),
        ("redis://secret?db=-1", "db that is not a number"),
        ("redis://secret-a,secret-b", "several servers"),
        ("redis://secret?timeout=1", "an option that is none of db"),
        ("redis://secret?ssl_cert_reqs=none", "an option that is none of db"),
        ("rediss://secret?ssl_cert_reqs=maybe", "ssl_cert_reqs"),
        ("rediss://secret?ssl_check_hostname=perhaps", "ssl_check_hostname"),
        ("rediss://secret?ssl_ca_certs=/secret/ca.pem", "files for TLS"),
        ("unix://", "socket's whole path"),
        ("unix://secret/path", "socket's whole path"),
        ("redis+sentinel://secret:26379", "name the master"),
        ("redis+sentinel://secret:26379/", "name the master"),
        ("redis+sentinel://,secret/m", "name its servers"),
        ("redis+cluster://secret/1", "must not name a db"),
        ("redis+cluster://secret?db=0", "must not name a db"),
        ("redis+cluster://" + ",".join(["secret"] * 65), "name its servers"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(url: str, problem: str) -> None:
    with pytest.raises(RedisAddressInvalid) as found:
        parse(url)
    assert problem in str(found.value)
    assert "secret" not in str(found.value)


def test_no_password_in_what_is_printed() -> None:
    assert "pw" not in repr(parse("redis://user:pw@host"))
