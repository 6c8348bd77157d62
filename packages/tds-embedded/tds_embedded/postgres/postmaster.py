"""Runs one PostgreSQL program without root's rights, and ends it when the parent process has gone.

PostgreSQL refuses to run as root. A separate program, run by its path, because dropping root's
rights is safe only in a process without threads:

    python -I -S postmaster.py self|namespace|nobody [program [argument ...]]

Without a program it only tries the manner. Its standard input is a pipe from the parent; end of
file there is the parent's end.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

CLONE_NEWUSER = 0x10000000
INNER_ID = 1000  # any id but root's: who the program is inside the namespace


def enter_user_namespace() -> None:
    """Become another user inside a namespace whose files still belong to root outside."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INNER_ID} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{INNER_ID} {group} 1")


def become_nobody() -> None:
    """Become the user `nobody` for good."""
    import pwd

    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def main(manner: str, *command: str) -> int:
    """Run `command`, if any, in one of these modes; its exit code."""
    if manner == "namespace":
        enter_user_namespace()
    elif manner == "nobody":
        become_nobody()
    if not command:
        return 0
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603

    def end_with_parent() -> None:
        while os.read(0, 1024):
            pass
        program.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"

    threading.Thread(target=end_with_parent, daemon=True).start()
    return program.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
