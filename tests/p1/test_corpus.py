"""Published telegrams of real meters, where their folder stands beside the repository.

What they say is read a second time here, by regular expressions over the text that share nothing with p1.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
import random
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.emucs_p1.p1 import Telegram, TelegramReader
from simulator.crc import crc16

FOLDER = Path(__file__).parents[3] / "shared" / "telegrams"
FILES = sorted(FOLDER.glob("*.txt"))
pytestmark = pytest.mark.skipif(not FILES, reason="the published telegrams are not here")

FRAME = re.compile(rb"^(/[^\r\n]*\r?\n(?:(?![/!]).*\n)*!)([0-9A-Fa-f]{4})?", re.MULTILINE)
TST = r"(\d{12})([SW]?)"
NUMBERS = {
    "energy_import_day": "1-0:1.8.1",
    "energy_import_night": "1-0:1.8.2",
    "energy_export_day": "1-0:2.8.1",
    "energy_export_night": "1-0:2.8.2",
    "power_import": "1-0:1.7.0",
    "power_export": "1-0:2.7.0",
    "power_import_l1": "1-0:21.7.0",
    "power_import_l2": "1-0:41.7.0",
    "power_import_l3": "1-0:61.7.0",
    "power_export_l1": "1-0:22.7.0",
    "power_export_l2": "1-0:42.7.0",
    "power_export_l3": "1-0:62.7.0",
    "voltage_l1": "1-0:32.7.0",
    "voltage_l2": "1-0:52.7.0",
    "voltage_l3": "1-0:72.7.0",
    "current_l1": "1-0:31.7.0",
    "current_l2": "1-0:51.7.0",
    "current_l3": "1-0:71.7.0",
    "quarter_demand": "1-0:1.4.0",
}
STATES = {"0": "disconnected", "1": "connected", "2": "ready_for_reconnection"}
KNOWN = re.compile(
    r"0-0:(96\.1\.[0124]|1\.0\.0|96\.14\.0|98\.1\.0|96\.3\.10|17\.0\.0|96\.13\.0)"
    r"|1-0:([12]\.8\.[012]|1\.[46]\.0|[12]\.7\.0|[246][12]\.7\.0|[357][12]\.7\.0|31\.4\.0|94\.32\.1)"
    r"|1-3:0\.2\.8|0-[1-4]:96\.3\.10|0-[1-8]:(24\.1\.0|96\.1\.[012]|24\.4\.0|24\.2\.[13])"
)


def published(data: bytes) -> Iterator[tuple[str, bool]]:
    """Return the text of each frame and whether its checksum is right."""
    for found in FRAME.finditer(data):
        yield (
            found[1].decode("latin-1").replace("\r", ""),
            bool(found[2]) and crc16(found[1]) == int(found[2], 16),
        )


class Text:
    """What a telegram says by its text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def groups(self, code: str, pattern: str) -> tuple[str, ...] | None:
        found = re.findall(rf"^{re.escape(code)}{pattern}$", self.text, re.MULTILINE)
        return found[-1] if found else None

    def plain(self, code: str) -> str | None:
        found = self.groups(code, r"(\((.*)\))")
        return (found[1] or None) if found else None

    def number(self, code: str, *sentinels: str) -> float | None:
        found = self.groups(code, r"\((-?[\d.]+)(?:\*(k?Wh?|V|A))?\)")
        if not found or found[0].lstrip("0") in sentinels:
            return None
        return round(float(found[0]) / (1000 if found[1] in ("W", "Wh") else 1), 6)

    def hexed(self, code: str) -> str | None:
        text = self.plain(code)
        if text is None or len(text) < 13 or not re.fullmatch(r"(?:[2-7][0-9A-Fa-f])+(?:00)*", text):
            return text
        return bytes.fromhex(text).decode("ascii").rstrip("\0").strip() or None

    def moment(self, code: str) -> datetime | None:
        found = self.groups(code, rf"\({TST}\)")
        return moment(*found) if found else None


def moment(digits: str, flag: str) -> datetime | None:
    # Undefined, or a clock that still stood at its beginning.
    if digits.startswith(("632525", "700101", "000101")):
        return None
    zone = timezone(timedelta(hours=1 + (flag == "S"))) if flag else ZoneInfo("Europe/Brussels")
    return datetime.strptime(digits, "%y%m%d%H%M%S").replace(tzinfo=zone)


def total(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round(one + other, 6)


def independent(text: str) -> dict[str, Any]:
    """Return the fields of a telegram by another way."""
    said = Text(text)
    values: dict[str, Any] = {name: said.number(code) for name, code in NUMBERS.items()}
    values["identification"] = re.match(r"/(.*)", text)[1].strip()  # type: ignore[index]
    values["tariff"] = {"0001": "day", "0002": "night"}.get(said.plain("0-0:96.14.0") or "")
    if dutch := said.plain("1-3:0.2.8"):
        for way in ("import", "export"):
            day, night = f"energy_{way}_day", f"energy_{way}_night"
            values[day], values[night] = values[night], values[day]
        values["tariff"] = {"day": "night", "night": "day"}.get(values["tariff"])
    for way, code in (("import", "1-0:1.8.0"), ("export", "1-0:2.8.0")):
        sent = said.number(code)
        values[f"energy_{way}"] = (
            sent if sent is not None else total(values[f"energy_{way}_day"], values[f"energy_{way}_night"])
        )
    if values["power_import"] is not None:
        values["power"] = round(values["power_import"] - values["power_export"], 6)
    values["version"] = said.plain("0-0:96.1.4") or dutch
    values["equipment_id"] = said.hexed("0-0:96.1.1") or said.hexed("0-0:96.1.0")
    values["ean"] = said.hexed("0-0:96.1.2")
    values["timestamp"] = said.moment("0-0:1.0.0")
    peak = said.groups("1-0:1.6.0", rf"\({TST}\)\(([\d.]+)\*kW\)")
    values["month_peak_time"] = moment(*peak[:2]) if peak else None
    values["month_peak"] = float(peak[2]) if peak and values["month_peak_time"] else None
    values["history"] = history(text)
    values["breaker"] = STATES.get(said.plain("0-0:96.3.10") or "")
    for relay in range(1, 5):
        values[f"relay_{relay}"] = {"0": False, "1": True}.get(said.plain(f"0-{relay}:96.3.10") or "")
    values["limiter_threshold"] = said.number("0-0:17.0.0", "999.9", "99.999")
    values["fuse_threshold"] = said.number("1-0:31.4.0", "999", "999.99")
    values["grid"] = said.plain("1-0:94.32.1")
    message = said.plain("0-0:96.13.0")
    values["message"] = bytes.fromhex(message).decode() if message else None
    values["mbus"] = [device for channel in range(1, 9) if (device := mbus(said, channel))]
    values["unknown"] = [
        line for line in text.split("\n")[1:-1] if line.strip() and not KNOWN.fullmatch(line.split("(")[0])
    ]
    return values


def history(text: str) -> list[tuple[Any, ...]]:
    line = re.search(r"^0-0:98\.1\.0\(.*$", text, re.MULTILINE)
    rows = re.findall(rf"\({TST}\)\({TST}\)\(([\d.]+)\*kW\)", line[0]) if line else []
    peaks = []
    for closed, closed_flag, captured, captured_flag, demand in rows:
        when = moment(captured, captured_flag)
        peaks.append((moment(closed, closed_flag), when, float(demand) if when else None))
    return sorted(peaks, key=lambda peak: peak[0])


def mbus(said: Text, channel: int) -> tuple[Any, ...] | None:
    kind = said.plain(f"0-{channel}:24.1.0")
    found = said.groups(f"0-{channel}:24.2", rf"\.[13]\({TST}\)\(([\d.]+)(?:\*(\w+))?\)")
    if kind is None and not found:
        return None
    when = moment(*found[:2]) if found else None
    reading = float(found[2]) if found and when else None
    return (
        channel,
        int(kind) if kind else None,
        said.hexed(f"0-{channel}:96.1.1") or said.hexed(f"0-{channel}:96.1.0"),
        STATES.get(said.plain(f"0-{channel}:24.4.0") or ""),
        reading,
        when,
    )


def said_by(read: Telegram, names: dict[str, Any]) -> dict[str, Any]:
    """Return the same of a telegram that p1 has read."""
    values = {name: getattr(read, name) for name in names if name != "history"}
    values["history"] = [(peak.month_end, peak.captured, peak.demand) for peak in read.peak_history]
    values["mbus"] = [
        (meter.channel, meter.type, meter.equipment_id, meter.valve, meter.reading, meter.reading_time)
        for meter in read.mbus
    ]
    values["unknown"] = list(read.unknown)
    return values


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def data(request: pytest.FixtureRequest) -> bytes:
    """Return the bytes of one file."""
    path: Path = request.param
    return path.read_bytes()


def test_every_frame_with_a_right_checksum_is_read_and_no_other(data: bytes) -> None:
    read = TelegramReader().feed(data)
    expected = [independent(text) for text, valid in published(data) if valid]
    assert [said_by(one, names) for one, names in zip(read, expected, strict=True)] == expected


def test_a_frame_with_a_wrong_checksum_is_an_error_or_cut(data: bytes) -> None:
    reader = TelegramReader()
    reader.feed(data)
    assert reader.stats.crc_errors == sum(not valid for _, valid in published(data))


def test_a_belgian_meter_sends_no_malformed_lines() -> None:
    belgian = b"".join(path.read_bytes() for path in FILES if path.stem.startswith("be_"))
    assert [one.malformed for one in TelegramReader().feed(belgian) if one.malformed] == []


def test_byte_by_byte_and_in_random_chunks_the_result_is_the_same(data: bytes) -> None:
    chance = random.Random(len(data))
    cuts = sorted({0, len(data), *(chance.randrange(len(data)) for _ in range(200))})
    for edges in (range(len(data) + 1), cuts):
        reader, whole = TelegramReader(), TelegramReader()
        pieces = [data[start:end] for start, end in pairwise(edges)]
        assert [one for piece in pieces for one in reader.feed(piece)] == whole.feed(data)
        assert reader.stats == whole.stats


def test_the_files_hold_many_frames() -> None:
    frames = [valid for path in FILES for _, valid in published(path.read_bytes())]
    assert sum(frames) > len(frames) / 2 > 50
