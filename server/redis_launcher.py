"""Run as a program: becomes the Redis server, bound to the life of the process that started it.

Arguments: the starter's process id, the pid file to write, the server's path and its own arguments. Standard
library only, since it runs without site-packages.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def main() -> None:
    starter, pid_file, binary = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    # Signals that are for the starter's whole terminal (Ctrl-C) must not end the server before its users.
    os.setsid()
    if sys.platform == "linux":
        # Survives exec. Sent when the *thread* that started this process ends: hence the main thread.
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != starter:
        sys.exit("the starting process is gone")
    pid_file.write_text(str(os.getpid()), "ascii")
    os.execv(binary, [binary, *sys.argv[4:]])


if __name__ == "__main__":
    main()
