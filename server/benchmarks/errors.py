"""What keeps a benchmark from giving figures."""

from typing import ClassVar

from server.errors import ServerError


class BenchFailed(ServerError):
    """Something did not do what was to be measured: there is no figure rather than a wrong one."""

    code: ClassVar[str] = "bench_failed"


class BenchUnprepared(ServerError):
    """A program that is compared with is not installed; ``./run bench`` installs it."""

    code: ClassVar[str] = "bench_unprepared"
    exit_code: ClassVar[int] = 2
