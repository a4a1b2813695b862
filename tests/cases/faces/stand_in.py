"""Answers as ``cases.faces.worker`` does, with what the picture itself says that there is to be seen."""

import json
import os
import struct
import sys
import time

LENGTH = struct.Struct(">I")

while head := sys.stdin.buffer.read(LENGTH.size):
    content = sys.stdin.buffer.read(LENGTH.unpack(head)[0])
    if content == b"crash":
        os._exit(9)
    if content == b"hang":
        time.sleep(600)
    if content == b"which":
        content = json.dumps({"faces": os.getpid()}).encode()
    sys.stdout.write((content.decode("utf-8", "replace") or '{"faces": 0}') + "\n")
    sys.stdout.flush()
