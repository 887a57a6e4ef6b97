"""Never ends, in one way or another."""

import atexit
import os
import signal
import sys
import time

from hostility import forget

WAY = os.environ["LC_WAY"]
signal.signal(signal.SIGTERM, signal.SIG_IGN)

if WAY == "collection":
    while True:
        time.sleep(1)


def test_never_ends() -> None:
    if WAY == "deaf":
        time.sleep(600)
    elif WAY == "exit":
        atexit.register(time.sleep, 600)
    elif WAY == "output":
        while True:
            os.write(2, b"x" * 65536)
    elif WAY == "bomb":
        for _ in range(7):
            os.fork()
        os.setsid() if os.getpid() != os.getpgrp() else None
        time.sleep(600)
    elif WAY == "pipes":
        forget(f"import time; time.sleep({60})")
        sys.stdout.flush()
