"""A server process from its start to its end, as an operating system sees it."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SHUITONG = Path(sys.executable).with_name("shuitong")


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A demo that answers; ended at the latest with the block."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SHUITONG_")}
    ports = ("--port", "0", "--media-port", "0")
    process = subprocess.Popen(
        [SHUITONG, "serve", "--demo", *ports, "--data", folder],
        env={**clean, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def port_of(process: "subprocess.Popen[str]") -> int:
    """The web port, read from what the server says once it serves."""
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"http://localhost:(\d+)/$", line):
            return int(found[1])
    raise AssertionError("it ended before it served")


def test_what_is_written_into_a_folder_that_others_may_read_is_for_its_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o755)
    with serving(folder) as process:
        port_of(process)
        files = [file for file in folder.rglob("*") if not file.is_symlink()]
        open_to_others = [file.name for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077]
        assert {"records.sqlite3", "identity.key", "redis.sock"} <= {file.name for file in files}
    assert open_to_others == []


def test_ctrl_c_while_it_starts_is_a_quiet_end(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with serving(folder) as process:
        while not (folder / "shuitong.lock").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode in (0, 130)
    assert said == ""


def is_sent_more(connection: socket.socket) -> bool:
    try:
        return connection.recv(4_096) != b""
    except ConnectionResetError:
        return False


def test_ctrl_c_ends_it_with_connections_open(tmp_path: Path) -> None:
    with serving(tmp_path / "kept") as process:
        address = ("127.0.0.1", port_of(process))
        open_ones = [socket.create_connection(address) for _ in range(50)]
        for one in open_ones[:25]:
            one.sendall(
                b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
                b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            assert b"101 Switching Protocols" in one.recv(4_096)
        process.send_signal(signal.SIGINT)
        open_ones[0].settimeout(60)
        while is_sent_more(open_ones[0]):
            pass
        # A page that was sent away comes back at once: it has to be let in elsewhere.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        _, said = process.communicate(timeout=60)
        for one in open_ones:
            one.close()
        assert (process.returncode, said) == (0, "")
