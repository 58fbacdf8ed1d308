"""A Home Assistant of its own, whose meters run in the test's process."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from demo.process import DOMAIN, HOST, free_port
from demo.waiting import until
from simulator.clock import QUARTER
from simulator.household import Household
from simulator.meter import Meter
from simulator.meter_clock import MeterClock
from simulator.model import Model
from simulator.reading import Reading
from simulator.server import MeterServer

from ..home import Home
from ..sources import INSTALLED, SEED
from ..states import ABSENT, Change
from .recorder import recorded
from .truth import Truth

SETTLE = 60.0
"""Seconds that things may take before we give up."""
INTERVAL = 12.0
"""Seconds in which everything that changes is written at least once."""


def quarter_ends_in(seconds: float, *, hours: int = 0) -> MeterClock:
    """Return a clock by which a quarter ends so soon: up to a quarter from the right time, and hours more.

    Whole seconds from it, as the telegrams come at whole seconds.
    """
    now = datetime.now(UTC)
    there = now.timestamp() + hours * 3600
    ends = (there // QUARTER + (hours >= 0)) * QUARTER
    return MeterClock(start=now + timedelta(seconds=round(ends - seconds - now.timestamp())))


class Metered:
    """A meter behind a gateway that can be switched off."""

    def __init__(self, number: int = 1, *, clock: MeterClock | None = None) -> None:
        self.serial = f"1SAG32{number:08d}"
        model = Model(
            serial=self.serial, gas_serial=f"7FLO22{number:08d}", water_serial=f"8SEU02{number:08d}"
        )
        self.clock = clock or MeterClock()
        self._ahead = timedelta(seconds=round((self.clock.now() - datetime.now(UTC)).total_seconds()))
        self._meter = Meter(Household(SEED), installed=INSTALLED, model=model)
        self._port = free_port()
        self._server: MeterServer | None = None
        self.entry_id = ""
        self.entity_ids: dict[str, str] = {}
        """By unique id."""

    @property
    def form(self) -> dict[str, object]:
        """What to fill in at the config flow's step for a network."""
        return {"host": HOST, "port": self._port}

    @property
    def serials(self) -> tuple[str, ...]:
        """What nobody may read in a log."""
        return (self.serial, self._meter.model.gas_serial, self._meter.model.water_serial)

    async def open(self) -> None:
        """Switch the gateway on."""
        self._server = MeterServer(self._meter, port=self._port, clock=self.clock)
        await self._server.__aenter__()

    async def close(self) -> None:
        """Switch it off."""
        if self._server is not None:
            await self._server.__aexit__()
            self._server = None

    def said_at(self, moment: datetime) -> Reading:
        """Return what the meter said at a moment of the computer's clock."""
        return self._meter.reading(moment + self._ahead)

    def shows(self, moment: datetime) -> datetime:
        """Return what its clock shows at a moment of the computer's."""
        return moment + self._ahead

    def took_before(self, end: datetime) -> float:
        """Return what a quarter of its clock took, kW."""
        begin, last = (self._meter.reading(end - timedelta(seconds=ago)) for ago in (QUARTER, 0))
        imported = (last.import_day_ws + last.import_night_ws) - (begin.import_day_ws + begin.import_night_ws)
        return imported / QUARTER / 1000

    def entity_id(self, key: str) -> str:
        return self.entity_ids[f"{self.serial}_{key}"]


class Dwelling:
    """A Home Assistant with such meters."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "config")
        self.meters: list[Metered] = []
        self._before: list[Change] = []

    @property
    def changes(self) -> list[Change]:
        """Return every state that was written, before a restart too."""
        return [*self._before, *self.home.states_now.changes]

    def changes_of(self, meter: Metered, *, since: float = 0.0) -> list[Change]:
        """Return those of a meter since a moment (monotonic)."""
        ids = set(meter.entity_ids.values())
        return [change for change in self.changes if change.at >= since and change.entity_id in ids]

    def wrong(self) -> list[str]:
        """Return the states, seen or recorded, that the meters never spoke of."""
        changes = [*self.changes, *self._recorded()]
        return [
            each for meter in self.meters for each in Truth(meter.entity_ids, meter.said_at).wrong(changes)
        ]

    @property
    def database(self) -> Path:
        """Where the recorder writes."""
        return self.home.process.config_dir / "home-assistant_v2.db"

    def _recorded(self) -> list[Change]:
        """Return what the recorder has: it was there when Home Assistant started, before we looked."""
        return [
            Change(
                0.0,
                row.entity_id,
                {
                    "state": row.state,
                    "last_updated": datetime.fromtimestamp(row.at, UTC).isoformat(),
                    "attributes": {},
                },
            )
            for row in recorded(self.database)
        ]

    async def close(self) -> None:
        """End everything."""
        await self.home.stop()
        for meter in self.meters:
            await meter.close()

    async def stop(self) -> None:
        """Stop Home Assistant in good order."""
        self._before += self.home.states_now.changes
        await self.home.stop()

    async def kill(self) -> None:
        """Take Home Assistant's power."""
        self._before += self.home.states_now.changes
        await self.home.kill()

    async def start(self) -> None:
        """Start it again, and see what it shows from the beginning."""
        await self.home.start()

    async def add(self, meter: Metered) -> None:
        """Switch a meter's gateway on, add it, wait until it is shown."""
        self.meters.append(meter)
        await meter.open()
        meter.entry_id, meter.entity_ids = await self.take(meter.serial, meter.form)
        await self.until_there(meter)

    async def take(self, serial: str, form: Mapping[str, object]) -> tuple[str, dict[str, str]]:
        """Add what is at an address; return its entry and its entity ids by unique id."""
        menu = await self.home.start_flow(DOMAIN)
        at_form = await self.home.configure_flow(menu["flow_id"], {"next_step_id": "network"})
        step = await self.home.configure_flow(at_form["flow_id"], dict(form))
        assert step["type"] == "create_entry", step
        entry_id = step["result"]["entry_id"]

        async def registered() -> dict[str, str] | None:
            ids = {
                entity["unique_id"]: entity["entity_id"]
                for entity in await self.home.entities(DOMAIN)
                if entity["config_entry_id"] == entry_id and not entity["disabled_by"]
            }
            return ids if f"{serial}_quarter_demand" in ids else None

        return entry_id, await until(registered, seconds=SETTLE, otherwise="No entities came")

    async def until_there(self, meter: Metered) -> float:
        """Wait until a meter is shown; return the seconds that it took."""
        ids = [meter.entity_id(key) for key in ("energy_import", "power", "quarter_forecast")]
        return await self.home.states_now.until_there(ids, seconds=SETTLE)

    async def until(self, true: Callable[[], bool], *, what: str) -> float:
        """Wait for something to become true of the states; return the seconds that it took."""
        return await self.home.states_now.until(true, seconds=SETTLE, what=what)

    def shown(self, meter: Metered) -> dict[str, str]:
        """Return the states of a meter by key."""
        now = self.home.states_now.now
        return {
            unique_id.partition("_")[2]: now[entity_id]
            for unique_id, entity_id in meter.entity_ids.items()
            if entity_id in now
        }

    def is_gone(self, meter: Metered) -> bool:
        """Whether nothing is known of a meter."""
        return self.shown(meter)["power"] in ABSENT

    async def choose(self, meter: Metered, key: str, value: float) -> None:
        """Set a number."""
        await self.home.ws(
            "call_service",
            domain="number",
            service="set_value",
            service_data={"value": value},
            target={"entity_id": meter.entity_id(key)},
        )

    def remembered(self, meter: Metered) -> dict[str, Any]:
        """Return what is known of a meter, as it lies on the disk."""
        data: dict[str, Any] = json.loads(self._file(meter).read_text())["data"]
        return data

    def learned(self, meter: Metered) -> int:
        """Return how many minutes of the house behind a meter lie on the disk."""
        file = self._file(meter, ".learned")
        if not file.exists():
            return 0
        return len(b64decode(json.loads(file.read_text())["data"]["moments"]["minutes"])) // 2

    def _file(self, meter: Metered, what: str = "") -> Path:
        return self.home.process.config_dir / ".storage" / f"{DOMAIN}.{meter.entry_id}{what}"


async def later(clock: MeterClock, moment: datetime) -> None:
    """Wait until a clock shows a moment."""
    await asyncio.sleep(max(0.0, clock.seconds_until(moment)))


def next_quarter(clock: MeterClock) -> datetime:
    """Return when the quarter that runs by a clock ends."""
    return datetime.fromtimestamp((clock.now().timestamp() // QUARTER + 1) * QUARTER, UTC)
