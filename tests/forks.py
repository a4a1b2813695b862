"""Where servers of tests are forked: in a process that has everything imported."""

import multiprocessing
from multiprocessing.context import ForkServerContext
from typing import Final

PRELOADED: Final = ["server.cli", "server.app", "tests.crashes.victim", "tests.browser.server_process"]


def context() -> ForkServerContext:
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(PRELOADED)
    return forks
