"""What happens at a meter is told once, at the telegram that decides it."""

from homeassistant.core import HomeAssistant
import pytest

from .conftest import House, an_entry, set_up, until
from .house import at
from .ports import FakePort
from .variants import OLD, THREE_ID, VARIANTS, build, hexed
from .watching import registered, told

QUARTER = "event.digital_meter_quarter"
TEXT_MESSAGE = "event.digital_meter_text_message"
MONTH_PEAK = "sensor.digital_meter_month_peak"

MESSAGE = "0-0:96.13.0"
MONDAY = "Power cut on Monday"
TUESDAY = "Power cut on Tuesday"


@pytest.mark.parametrize(
    ("key", "types"),
    [
        ("quarter", ["quarter_completed", "month_peak_raised", "threshold_passed"]),
        ("text_message", ["received"]),
    ],
)
async def test_both_are_on_by_default_and_name_their_types(
    hass: HomeAssistant, meter: FakePort, key: str, types: list[str]
) -> None:
    assert meter.open_lines
    entity = registered(hass, "event", f"{THREE_ID}_{key}")
    assert (entity.disabled_by, entity.entity_category, entity.original_device_class) == (None, None, None)
    assert entity.capabilities == {"event_types": types}


async def test_a_meter_without_a_message_line_tells_of_quarters_only(
    hass: HomeAssistant, port: FakePort
) -> None:
    header, equipment_id, lines = VARIANTS["dutch"]
    port.greeting = build(lines, header)
    await set_up(hass, an_entry(hass, unique_id=equipment_id))
    assert hass.states.async_entity_ids("event") == [QUARTER]


async def test_a_meter_without_power_tells_of_messages_only(
    hass: HomeAssistant, port: FakePort, house: House
) -> None:
    assert port
    del house.lines["1-0:1.7.0"]
    await house.move_in()
    assert hass.states.async_entity_ids("event") == [TEXT_MESSAGE]


async def test_a_quarter_that_is_over_is_told_with_its_figures(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(1.0, at(12, 15))
    assert events == [
        {
            "event_type": "quarter_completed",
            "start": "2026-03-03T11:00:00+00:00",
            "end": "2026-03-03T11:15:00+00:00",
            "demand": pytest.approx(1.0, abs=0.004),
            "complete": True,
            "threshold": 3.456,
        }
    ]


async def test_a_quarter_that_was_joined_midway_is_not_complete(hass: HomeAssistant, house: House) -> None:
    house.pass_time(300)
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(0.5, at(12, 30))
    half = pytest.approx(0.5, abs=0.004)
    assert [(event["complete"], event["demand"]) for event in events] == [(False, half), (True, half)]


async def test_a_quarter_goes_on_over_a_restart_and_is_complete(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(2.0, at(12, 7))
    await house.restart()
    await house.draw(2.0, at(12, 15))
    assert [(event["complete"], event["demand"]) for event in events] == [(True, 2.0)]


async def test_a_quarter_that_nobody_saw_end_is_not_told(hass: HomeAssistant, house: House) -> None:
    # Without a ramp the registers cannot tell what fell on which side of the boundary.
    house.lines = dict(OLD)
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(1.0, at(12, 7))
    house.pass_time(480)
    house.pass_time(480)
    await house.draw(1.0, at(12, 29))
    assert events == []


async def test_a_higher_peak_is_told_after_the_quarter_that_set_it(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(6.0, at(12, 15))
    assert [event["event_type"] for event in events] == [
        "threshold_passed",
        "quarter_completed",
        "month_peak_raised",
    ]
    assert events[2] == {
        "event_type": "month_peak_raised",
        "month_peak": 6.0,
        "month_peak_time": "2026-03-03T11:15:00+00:00",
        "previous": 3.456,
    }


async def test_passing_the_threshold_is_told_once_at_the_telegram_that_does_it(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    events = told(hass, QUARTER)
    # 3.456 kW x 900 s / 6 kW = 518.4 s.
    await house.draw(6.0, at(12, 8, 38))
    assert events == []
    await house.draw(6.0, at(12, 8, 39))
    assert [event["event_type"] for event in events] == ["threshold_passed"]
    assert events[0]["seconds_left"] == 381
    await house.draw(6.0, at(12, 14, 59))
    assert len(events) == 1


async def test_a_threshold_that_was_passed_is_not_told_again_after_a_restart(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(6.0, at(12, 9))
    events = told(hass, QUARTER)
    await house.restart()
    await house.draw(6.0, at(12, 14))
    assert events == []


async def test_events_do_not_wait_for_the_update_interval(hass: HomeAssistant, house: House) -> None:
    hass.config_entries.async_update_entry(house.entry, options={"update_interval": 300})
    await house.move_in()
    await house.draw(0.5, at(12, 14, 59), every=60)
    await house.draw(0.5, at(12, 15), every=1)
    events = told(hass, QUARTER)
    await house.draw(0.5, at(12, 29, 59))
    assert events == []
    await house.draw(0.5, at(12, 30))
    house.trouble[MESSAGE] = hexed(MONDAY)
    messages = told(hass, TEXT_MESSAGE)
    await house.draw(0.5, at(12, 30, 1))
    assert [event["event_type"] for event in events + messages] == ["quarter_completed", "received"]


@pytest.mark.parametrize("edition", ["50213", "50215"])
async def test_a_meter_without_peaks_has_them_raised_by_quarters_seen_whole(
    hass: HomeAssistant, house: House, edition: str
) -> None:
    house.lines = OLD | {"0-0:96.1.4": f"({edition})"}
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(1.0, at(12, 15))
    await house.draw(2.0, at(12, 30))
    await house.draw(1.5, at(12, 45))
    peaks = [event for event in events if event["event_type"] == "month_peak_raised"]
    assert [(event["previous"], event["month_peak"]) for event in peaks] == [(None, 1.0), (1.0, 2.0)]


async def test_a_joined_quarter_never_raises_a_peak_of_our_own_record(
    hass: HomeAssistant, house: House
) -> None:
    house.lines = dict(OLD)
    house.pass_time(5)
    await house.move_in()
    events = told(hass, QUARTER)
    await house.draw(2.0, at(12, 15))
    assert [(event["event_type"], event["complete"]) for event in events] == [("quarter_completed", False)]
    assert hass.states.get(MONTH_PEAK).state == "unknown"


async def test_a_message_is_told_once_with_its_text(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    house.trouble[MESSAGE] = hexed(MONDAY)
    await house.draw(0.5, at(12, 2))
    assert events == [{"event_type": "received", "text": MONDAY}]


async def test_another_message_is_told_too(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    for minute, text in enumerate((MONDAY, TUESDAY), start=1):
        house.trouble[MESSAGE] = hexed(text)
        await house.draw(0.5, at(12, minute))
    assert [event["text"] for event in events] == [MONDAY, TUESDAY]


async def test_a_message_that_is_sent_again_after_it_was_cleared_is_told_again(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    for minute, value in enumerate((hexed(MONDAY), "()", hexed(MONDAY)), start=1):
        house.trouble[MESSAGE] = value
        await house.draw(0.5, at(12, minute))
    assert [event["text"] for event in events] == [MONDAY, MONDAY]


async def test_a_message_that_was_there_before_the_first_set_up_is_not_told(
    hass: HomeAssistant, house: House
) -> None:
    house.trouble[MESSAGE] = hexed(MONDAY)
    events = told(hass, TEXT_MESSAGE)
    await house.move_in()
    await house.draw(0.5, at(12, 1))
    assert events == []


async def test_a_message_is_not_told_again_after_a_restart(hass: HomeAssistant, house: House) -> None:
    await house.move_in()
    house.trouble[MESSAGE] = hexed(MONDAY)
    await house.draw(0.5, at(12, 1))
    events = told(hass, TEXT_MESSAGE)
    await house.restart()
    await house.draw(0.5, at(12, 2))
    assert events == []


async def test_a_message_that_came_during_a_restart_is_told_after_it(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    house.trouble[MESSAGE] = hexed(MONDAY)
    await house.restart()
    await house.draw(0.5, at(12, 1))
    assert [event["text"] for event in events] == [MONDAY]


@pytest.mark.parametrize("before", ["()", hexed(MONDAY)])
async def test_a_damaged_line_is_no_message_and_does_not_make_the_old_one_news(
    hass: HomeAssistant, house: House, before: str
) -> None:
    house.trouble[MESSAGE] = before
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    for minute, value in enumerate(("(506F776572", before), start=1):
        house.trouble[MESSAGE] = value
        await house.draw(0.5, at(12, minute))
    assert events == []


async def test_a_message_there_before_the_first_set_up_may_have_been_damaged_at_first(
    hass: HomeAssistant, house: House
) -> None:
    house.trouble[MESSAGE] = "(506F776572"
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    house.trouble[MESSAGE] = hexed(MONDAY)
    await house.draw(0.5, at(12, 1))
    assert events == []


async def test_nor_one_that_was_damaged_until_a_restart(hass: HomeAssistant, house: House) -> None:
    house.trouble[MESSAGE] = "(506F776572"
    await house.move_in()
    events = told(hass, TEXT_MESSAGE)
    house.trouble[MESSAGE] = hexed(MONDAY)
    await house.restart()
    await house.draw(0.5, at(12, 1))
    assert events == []


@pytest.mark.usefixtures("quick")
async def test_events_are_unavailable_while_the_link_is_down_and_keep_the_last_one(
    hass: HomeAssistant, house: House
) -> None:
    await house.move_in()
    await house.draw(0.5, at(12, 15))
    last = hass.states.get(QUARTER)
    port = house.later.port
    port.refusal = OSError()
    port.drop()
    await until(lambda: hass.states.get(QUARTER).state == "unavailable")
    port.refusal = None
    await until(lambda: hass.states.get(QUARTER).state != "unavailable")
    assert hass.states.get(QUARTER).state == last.state
    assert hass.states.get(QUARTER).attributes == last.attributes
