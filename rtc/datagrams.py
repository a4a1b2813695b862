"""Datagrams in and out of one UDP socket, many with one call of the system where it has such calls.

Both ways look the same from above. `receive` fills the slots of an arena from 0 on; what is to be sent is
written into three rows (`out_bases`, `out_lengths`, `out_targets`: which slot, how much of it, where to) and
goes with `send`. The batched way allocates nothing for a datagram.
"""

import errno
import ipaddress
import socket
import struct
import sys
from collections.abc import Hashable, MutableSequence, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal, Protocol, cast

import cffi

from rtc.libraries import PACKET_BUFFER_BYTES, PacketArena

BATCH_SLOTS: Final = 64
"""As many as one call takes."""

Address = Hashable
"""A remote address as one way of receiving names it: equal for equal addresses, opaque for everybody else."""

NO_FAILURES: Final[Sequence[tuple[int, bool]]] = ()

SYSTEM_CALLS: Final = """
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr {
    void *msg_name; unsigned int msg_namelen;
    struct iovec *msg_iov; size_t msg_iovlen;
    void *msg_control; size_t msg_controllen; int msg_flags;
};
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int recvmmsg(int socket, struct mmsghdr *messages, unsigned int count, int flags, void *timeout);
int sendmmsg(int socket, struct mmsghdr *messages, unsigned int count, int flags);
"""
SEGMENTS_MAX: Final = 40
"""Of the largest packets so many stay below the 64 kB of one message."""
_UDP_SEGMENT: Final = 103
_CONTROL_HEADER: Final = struct.Struct("=Qii")
_CONTROL_HEADER_BYTES: Final = _CONTROL_HEADER.size
_CONTROL_BYTES: Final = 24
_NAME_BYTES: Final = 32
"""Room of one socket address; IPv6 needs 28."""
_IPV4: Final = struct.Struct("=HHI")
_IPV4_BYTES: Final = 16
_IPV6: Final = struct.Struct("=H2sI16sI")
_IPV6_BYTES: Final = _IPV6.size


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to send. `target` is what `out_targets` takes; it is valid as long as this object lives."""

    target: Any
    owner: object = None


class Datagrams(Protocol):
    """One UDP socket. `send` and `receive` never wait."""

    slots: int
    arena: PacketArena
    senders: Sequence[Address]
    """Who sent slot i, after `receive`."""
    bases: Sequence[Any]
    """What `out_bases` takes for slot i."""
    out_bases: MutableSequence[Any]
    out_lengths: MutableSequence[int]
    out_targets: MutableSequence[Any]

    def receive(self) -> int:
        """Fill slots and `arena.lengths`; how many. Raises OSError other than that nothing waits."""

    def send(self, count: int) -> Sequence[tuple[int, bool]]:
        """Send the first `count` of the rows; which were not, and whether for want of room."""

    def destination(self, address: Address) -> Destination: ...

    def socket_address(self, address: Address) -> tuple[Any, ...]:
        """As Python's `sendto` takes it."""


def datagrams_of(udp: socket.socket, *, batched: bool) -> Datagrams:
    """The batched way where that is wanted and there is one."""
    return Batched(udp) if batched and can_batch() else OneByOne(udp)


def can_batch() -> bool:
    """Whether this system has the two calls, with the layout of Linux on 64 bits."""
    if not sys.platform.startswith("linux") or sys.byteorder != "little" or struct.calcsize("P") != 8:
        return False
    _, library = _system_calls()
    return hasattr(library, "recvmmsg") and hasattr(library, "sendmmsg")


@cache
def _system_calls() -> tuple[cffi.FFI, Any]:
    """Their declarations, and where they are called. Once in a process: reading them takes as long as half of
    opening a port.
    """
    calls = cffi.FFI()
    calls.cdef(SYSTEM_CALLS)
    return calls, calls.dlopen(None)


def _can_segment(udp: socket.socket) -> bool:
    """Whether the system cuts one message into datagrams (Linux 4.18)."""
    try:
        udp.setsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT, 0)
    except OSError:
        return False
    return True


class OneByOne:
    """With Python's own calls, on every system."""

    def __init__(self, udp: socket.socket) -> None:
        self.slots = 1
        self.arena = PacketArena(1)
        self._udp = udp
        self._senders: list[Address] = [None]
        self.senders: Sequence[Address] = self._senders
        self.bases: Sequence[Any] = (0,)
        self.out_bases: MutableSequence[Any] = [0]
        self.out_lengths: MutableSequence[int] = [0]
        self.out_targets: MutableSequence[Any] = [None]

    def receive(self) -> int:
        try:
            self.arena.lengths[0], self._senders[0] = self._udp.recvfrom_into(self.arena.view)
        except BlockingIOError:
            return 0
        return 1

    def send(self, count: int) -> Sequence[tuple[int, bool]]:
        try:
            self._udp.sendto(self.arena.view[: self.out_lengths[0]], self.out_targets[0])
        except BlockingIOError:
            return ((0, True),)
        except OSError:
            return ((0, False),)
        return NO_FAILURES

    def destination(self, address: Address) -> Destination:
        return Destination(address)

    def socket_address(self, address: Address) -> tuple[Any, ...]:
        return cast("tuple[Any, ...]", address)


class Batched:
    """`recvmmsg` and `sendmmsg`. An IPv4 address is one number, one of IPv6 its bytes."""

    def __init__(self, udp: socket.socket) -> None:
        calls, library = _system_calls()
        self._calls = calls
        self._receive_call, self._send_call = library.recvmmsg, library.sendmmsg
        self._udp = udp
        self._descriptor = udp.fileno()
        self._ipv6 = udp.family == socket.AF_INET6
        self.slots = BATCH_SLOTS
        self._names = calls.new("char[]", BATCH_SLOTS * _NAME_BYTES)
        self._in, in_parts = self._messages()
        self._out, out_parts = self._messages()
        self._segments = _can_segment(udp)
        self._controls = self._segment_controls()
        header = calls.sizeof("struct mmsghdr")
        first = int(calls.cast("uintptr_t", self._in))
        at = calls.offsetof("struct mmsghdr", "msg_len")
        self.arena = PacketArena(BATCH_SLOTS, [first + header * slot + at for slot in range(BATCH_SLOTS)])
        self.arena.lengths = self._row(self._in, "I", at, header)
        name = int(calls.cast("uintptr_t", self._names))
        bases = tuple(self.arena.addresses)
        part = calls.sizeof("struct iovec")
        in_bases, in_lengths = self._row(in_parts, "Q", 0, part), self._row(in_parts, "Q", 8, part)
        in_names = self._row(self._in, "Q", 0, header)
        for slot in range(BATCH_SLOTS):
            in_bases[slot], in_lengths[slot] = bases[slot], PACKET_BUFFER_BYTES
            in_names[slot] = name + _NAME_BYTES * slot
        self.bases: Sequence[Any] = bases
        self.out_bases: MutableSequence[Any] = self._row(out_parts, "Q", 0, part)
        self.out_lengths: MutableSequence[int] = self._row(out_parts, "Q", 8, part)
        self.out_targets: MutableSequence[Any] = [0] * BATCH_SLOTS
        out_first = int(calls.cast("uintptr_t", out_parts))
        self._part_addresses = [out_first + part * row for row in range(BATCH_SLOTS)]
        self._run_targets = self._row(self._out, "Q", 0, header)
        self._run_parts = self._row(self._out, "Q", calls.offsetof("struct msghdr", "msg_iov"), header)
        self._run_counts = self._row(self._out, "Q", calls.offsetof("struct msghdr", "msg_iovlen"), header)
        self._run_controls = self._row(
            self._out, "Q", calls.offsetof("struct msghdr", "msg_controllen"), header
        )
        self._run_sizes = self._row(self._controls, "H", _CONTROL_HEADER_BYTES, _CONTROL_BYTES)
        self._run_rows = [0] * BATCH_SLOTS
        self._kept = (in_parts, out_parts)
        self._name_view = memoryview(calls.buffer(self._names)).cast("B")
        self._name_row = self._row(self._names, "Q", 0, _NAME_BYTES)
        self.senders: Sequence[Address] = ()

    def _messages(self) -> tuple[Any, Any]:
        """Headers with one part each."""
        calls = self._calls
        messages = calls.new("struct mmsghdr[]", BATCH_SLOTS)
        parts = calls.new("struct iovec[]", BATCH_SLOTS)
        for slot in range(BATCH_SLOTS):
            header = messages[slot].msg_hdr
            header.msg_iov = parts + slot
            header.msg_iovlen = 1
            header.msg_namelen = _IPV6_BYTES if self._ipv6 else _IPV4_BYTES
        return messages, parts

    def _row(self, memory: Any, kind: Literal["H", "I", "Q"], offset_bytes: int, stride_bytes: int) -> Any:
        """One field of each element of an array, as a sequence of numbers."""
        whole = memoryview(self._calls.buffer(memory)).cast("B")[offset_bytes:].cast(kind)
        return whole[:: stride_bytes // whole.itemsize]

    def receive(self) -> int:
        count = int(self._receive_call(self._descriptor, self._in, BATCH_SLOTS, 0, self._calls.NULL))
        if count < 0:
            number = self._calls.errno
            if number in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR):
                return 0
            raise OSError(number, "recvmmsg")
        if self._ipv6:
            starts = range(0, count * _NAME_BYTES, _NAME_BYTES)
            self.senders = [bytes(self._name_view[at : at + _IPV6_BYTES]) for at in starts]
        else:
            self.senders = self._name_row[:count].tolist()
        return count

    def send(self, count: int) -> Sequence[tuple[int, bool]]:
        runs = self._lay_out(count)
        sent = int(self._send_call(self._descriptor, self._out, runs, 0))
        return NO_FAILURES if sent == runs else self._send_rest(max(sent, 0), runs, count)

    def _lay_out(self, count: int) -> int:
        """One message for each run of rows to one target that the system can cut again; how many.

        All of a run have the same length but the last, which may be shorter (UDP_SEGMENT, udp(7)).
        """
        targets, lengths, begun = self.out_targets, self.out_lengths, self._run_rows
        runs = start = 0
        target, size, open_run = targets[0], lengths[0], self._segments
        for row in range(1, count):
            length = lengths[row]
            if open_run and targets[row] == target and length <= size and row - start < SEGMENTS_MAX:
                open_run = length == size
                continue
            self._put_run(runs, start, row - start, size)
            begun[runs] = start
            runs += 1
            start, target, size, open_run = row, targets[row], length, self._segments
        self._put_run(runs, start, count - start, size)
        begun[runs] = start
        return runs + 1

    def _put_run(self, run: int, row: int, rows: int, size: int) -> None:
        self._run_targets[run] = self.out_targets[row]
        self._run_parts[run] = self._part_addresses[row]
        self._run_counts[run] = rows
        if rows == 1:
            self._run_controls[run] = 0
        else:
            self._run_controls[run] = _CONTROL_BYTES
            self._run_sizes[run] = size

    def _send_rest(self, done: int, runs: int, count: int) -> Sequence[tuple[int, bool]]:
        """The system stops at the first that it cannot send: go on behind it."""
        failed: list[tuple[int, bool]] = []
        while done < runs:
            sent = int(self._send_call(self._descriptor, self._out + done, runs - done, 0))
            if sent > 0:
                done += sent
                continue
            number = self._calls.errno
            if number == errno.EINTR:
                continue
            first = self._run_rows[done]
            end = self._run_rows[done + 1] if done + 1 < runs else count
            if number in (errno.EAGAIN, errno.EWOULDBLOCK):
                failed += [(row, True) for row in range(first, count)]
                break
            if end - first > 1:
                # A way that cannot segment (no checksums by the device, a smaller MTU): then one by one.
                self._segments = self._segments and number not in (errno.EIO, errno.EOPNOTSUPP)
                failed += self._send_singly(first, end)
            else:
                failed.append((first, False))
            done += 1
        return failed

    def _send_singly(self, first: int, end: int) -> list[tuple[int, bool]]:
        """These rows, by the last message, which is free or is being replaced."""
        failed = []
        for row in range(first, end):
            self._put_run(BATCH_SLOTS - 1, row, 1, 0)
            message = self._out + BATCH_SLOTS - 1
            if int(self._send_call(self._descriptor, message, 1, 0)) != 1:
                failed.append((row, self._calls.errno in (errno.EAGAIN, errno.EWOULDBLOCK)))
        return failed

    def _segment_controls(self) -> Any:
        """A control message UDP_SEGMENT for each message; sent along only with runs."""
        controls = self._calls.new("char[]", BATCH_SLOTS * _CONTROL_BYTES)
        for message in range(BATCH_SLOTS):
            at = message * _CONTROL_BYTES
            header = _CONTROL_HEADER.pack(_CONTROL_HEADER_BYTES + 2, socket.IPPROTO_UDP, _UDP_SEGMENT)
            self._calls.buffer(controls)[at : at + len(header)] = header
            self._out[message].msg_hdr.msg_control = controls + at
        return controls

    def destination(self, address: Address) -> Destination:
        name = self._calls.new("char[]", _NAME_BYTES)
        raw = address if isinstance(address, bytes) else cast("int", address).to_bytes(8, sys.byteorder)
        self._calls.buffer(name)[: len(raw)] = raw
        return Destination(int(self._calls.cast("uintptr_t", name)), name)

    def socket_address(self, address: Address) -> tuple[Any, ...]:
        if isinstance(address, bytes):
            _, port, _, host, scope = _IPV6.unpack(address)
            return str(ipaddress.IPv6Address(host)), int.from_bytes(port, "big"), 0, scope
        raw = cast("int", address).to_bytes(8, sys.byteorder)
        return str(ipaddress.IPv4Address(raw[4:8])), int.from_bytes(raw[2:4], "big")
