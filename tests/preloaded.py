"""The program in processes of its own, forked from one that has imported it already.

An import takes a second of CPU, and tests start the program some two hundred times. Forked is as
good as started: arguments, environment, folder, streams, memory, signals and exit code are the
process's own, and it ends as any interpreter does. `vestibule serve` is started anew all the same
(production.py), and so is everything in benchmarks, which measure starts.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

VESTIBULE = (sys.executable, "-m", "vestibule")


class Process(Protocol):
    """What is asked of a process; a `subprocess.Popen` does it too."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def kill(self) -> None: ...


class Forked:
    """A process that another one waits for, which tells its pid and then its exit code."""

    def __init__(self, told: socket.socket) -> None:
        self._told = told
        self._code: int | None = None
        self.pid = int(told.recv(32))

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired after so many seconds."""
        if self._code is None:
            self._told.settimeout(timeout)
            try:
                self._code = int(self._told.recv(32))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("vestibule", timeout or 0) from None
            self._told.close()
        return self._code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Preloaded:
    """The process that all others are forked from, started when the first one is wanted."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    def fork(
        self,
        arguments: tuple[str, ...],
        env: Mapping[str, str],
        cwd: Path,
        streams: tuple[int, ...],
    ) -> Forked:
        """Run the program. `streams`: the file descriptors of standard input, output and error."""
        if self._orders is None:
            self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                number = theirs.fileno()
                self._process = subprocess.Popen(
                    [sys.executable, __file__, str(number)],
                    pass_fds=[number],
                    stdin=subprocess.DEVNULL,
                )
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            order = json.dumps([arguments, dict(env), str(cwd)]).encode()
            socket.send_fds(self._orders, [order], [*streams, theirs.fileno()])
        return Forked(mine)

    def stop(self) -> None:
        """End that process; what was forked goes on."""
        if self._orders is not None and self._process is not None:
            self._orders.close()
            self._process.wait(10)


class Starts:
    """How programs are started: anew, unless tests set a process to fork them from."""

    preloaded: Preloaded | None = None


def popen(
    *arguments: str,
    env: Mapping[str, str],
    output: IO[bytes],
    error: IO[bytes],
    cwd: Path | None = None,
) -> Process:
    """The program with these arguments, running."""
    if Starts.preloaded is None:
        return subprocess.Popen(
            [*VESTIBULE, *arguments],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=error,
        )
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), error.fileno())
        return Starts.preloaded.fork(arguments, env, cwd or Path.cwd(), streams)


def run(
    *arguments: str, env: Mapping[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """What the program said and how it ended, within a minute."""
    with TemporaryFile() as output, TemporaryFile() as error:
        process = popen(*arguments, env=env, output=output, error=error, cwd=cwd)
        try:
            code = process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise
        said = []
        for stream in (output, error):
            stream.seek(0)
            said.append(stream.read().decode())
    return subprocess.CompletedProcess(["vestibule", *arguments], code, *said)


# --------------------------------------------------------------------------- in that process


def _await_order(orders: socket.socket) -> None:
    """Fork for each order. Returns in the forked processes alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, it is for the tests
    while True:
        order, handed, *_ = socket.recv_fds(orders, 2**20, 4)
        _reap()
        if not order:
            raise SystemExit
        if os.fork() == 0:
            orders.close()
            if _runs(socket.socket(fileno=handed[3]), handed[:3]):
                arguments, env, cwd = json.loads(order)
                _become(arguments, env, cwd, handed[:3])
                return
            os._exit(0)
        for number in handed:
            os.close(number)


def _reap() -> None:
    """Forget who has ended; their CPU time counts as this process's children's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _runs(told: socket.socket, streams: list[int]) -> bool:
    """True in the process that runs the program, False in the one that waited for it."""
    child = os.fork()
    if child == 0:
        told.close()
        return True
    for number in streams:  # whoever reads a pipe is to see its end
        os.close(number)
    with told:
        told.send(str(child).encode())
        _, status = os.waitpid(child, 0)
        told.send(str(os.waitstatus_to_exitcode(status)).encode())
    return False


def _become(arguments: list[str], env: dict[str, str], cwd: str, streams: list[int]) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, number in enumerate(streams):
        os.dup2(number, place)
        os.close(number)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv[1:] = arguments


def _compile() -> None:
    """Build what depends on nothing but the program, and is kept by it. No process that is forked
    looks through all that for garbage again."""
    from vestibule.resources import RECORDS
    from vestibule.store.dialects import POSTGRES, SQLITE
    from vestibule.store.statements import compile_record
    from vestibule.store.tables import build, ddl
    from vestibule.store.ticket_statements import compile_tickets

    schema = build(RECORDS)
    ddl(schema, SQLITE.dialect)
    for sql in (SQLITE, POSTGRES):
        compile_tickets(schema, sql)
        for record in RECORDS:
            compile_record(record, schema, sql)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    for name in ("uvloop", "vestibule.keyring", "vestibule.running", "vestibule.store.postgres"):
        import_module(name)  # all that commands import when they run
    from vestibule.cli import main

    _compile()

    _await_order(socket.socket(fileno=int(sys.argv[1])))
    main()
