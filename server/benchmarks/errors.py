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


class ResultUnusable(ServerError):
    """A file that is not the result of such a run, or does not say enough."""

    code = "result_unusable"
    exit_code = 2
