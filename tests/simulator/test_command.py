from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
import re
import signal
import socket
import subprocess
import sys

import pytest

from simulator.__main__ import _arguments

ROOT = Path(__file__).parents[2]


@contextmanager
def simulator(*arguments: str, stdin: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "simulator", *arguments],
        cwd=ROOT,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.usefixtures("socket_enabled")
def test_it_says_where_it_listens_obeys_and_stops() -> None:
    arguments = ("--tcp", "0", "--speed", "20", "--start", "2025-11-12T18:00", "--installed", "2025-11-10")
    with simulator(*arguments, "--phases", "1") as process:
        host, port = process.stdout.readline().strip().split(":")
        assert host == "127.0.0.1"
        with socket.create_connection((host, int(port)), timeout=5) as client:
            lines = client.makefile("rb")
            assert lines.readline() == b"/FLU5\\253770234_A\r\n"
            process.stdin.write("dance\nswitch sauna 9000\n")
            process.stdin.flush()
            assert process.stderr.readline() == "not a control line: 'dance'\n"
            assert any(
                re.match(rb"1-0:1\.7\.0\((09|1\d)\.", line)
                for _, line in zip(range(400), lines, strict=False)
            )
            assert next(line for line in lines if line.startswith(b"0-0:1.0.0")).startswith(
                b"0-0:1.0.0(25111218"
            )
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert process.stderr.read() == ""


def test_without_standard_input_it_goes_on(tmp_path: Path) -> None:
    link = tmp_path / "p1"
    with simulator("--pty", str(link), stdin=subprocess.DEVNULL) as process:
        assert Path(process.stdout.readline().strip()) == link.resolve()
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert not link.is_symlink()


@pytest.mark.usefixtures("socket_enabled")
def test_it_says_what_stands_there() -> None:
    arguments = ("--tcp", "0", "--start", "2026-02-12T18:00", "--installed", "2026-02-10", "--speed", "20")
    what = ("--version", "50221", "--delta", "--mbus", "8", "--serial", "1SAG3200000007", "--heat-pump")
    with simulator(*arguments, *what, "--every", "5") as process:
        host, port = process.stdout.readline().strip().split(":")
        with socket.create_connection((host, int(port)), timeout=5) as client:
            lines = client.makefile("rb")
            while lines.readline()[:1] != b"!":
                pass
            telegram, stamps = [], []
            while len(stamps) < 3:
                telegram.append(lines.readline())
                if telegram[-1].startswith(b"0-0:1.0.0("):
                    stamps.append(int(telegram[-1][20:22]))
    assert b"0-0:96.1.4(50221)\r\n" in telegram
    assert b"1-0:94.32.1(230)\r\n" in telegram
    assert b"0-0:96.1.1(%b)\r\n" % b"1SAG3200000007".hex().upper().encode() in telegram
    assert b"0-8:24.1.0(012)\r\n" in telegram
    assert {(after - before) % 60 for before, after in pairwise(stamps)} == {5}


@pytest.mark.parametrize(
    "arguments", [("--version", "4"), ("--serial", "short"), ("--mbus", "9"), ("--every", "0")]
)
def test_what_no_meter_is_is_refused(
    arguments: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulator", "--tcp", "0", *arguments])
    with pytest.raises(SystemExit) as end:
        _arguments()
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: simulator ")
