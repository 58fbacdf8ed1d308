"""Views that go into a household's dashboard."""

from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.emucs_p1.const import DOMAIN

from .conftest import device_of
from .test_dashboards import ACTION, ask

ADDRESS = "digital-meter"


@pytest.fixture
async def lovelace(hass: HomeAssistant, hass_storage: dict[str, Any]) -> None:
    """Set dashboards up: one that is empty, one that Home Assistant makes up, and one in YAML."""
    items = [
        {
            "id": address.replace("-", "_"),
            "url_path": address,
            "title": address,
            "mode": "storage",
            "require_admin": False,
            "show_in_sidebar": True,
        }
        for address in (ADDRESS, "made-up")
    ]
    hass_storage["lovelace_dashboards"] = {
        "version": 1,
        "key": "lovelace_dashboards",
        "data": {"items": items},
    }
    by_hand = {"mode": "yaml", "filename": "by_hand.yaml", "title": "By hand"}
    config = {"lovelace": {"dashboards": {"by-hand": by_hand}}}
    assert await async_setup_component(hass, "lovelace", config)
    await save(hass, "made-up", {"strategy": {"type": "map"}})


async def save(hass: HomeAssistant, address: str, config: dict[str, Any]) -> None:
    await hass.data[LOVELACE_DATA].dashboards[address].async_save(config)


async def saved(hass: HomeAssistant, address: str = ADDRESS) -> dict[str, Any]:
    return await hass.data[LOVELACE_DATA].dashboards[address].async_load(force=False)


@pytest.mark.usefixtures("lovelace", "meter")
async def test_without_a_dashboard_nothing_is_changed(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await save(hass, ADDRESS, {"views": []})
    await ask(hass, entry)
    assert await saved(hass) == {"views": []}


@pytest.mark.parametrize(
    "address",
    [ADDRESS, f"/{ADDRESS}", f"/{ADDRESS}/0", f" {ADDRESS}/now/ ", f"http://house.example:8123/{ADDRESS}/0"],
)
@pytest.mark.usefixtures("lovelace", "meter")
async def test_the_views_go_into_a_new_dashboard(
    hass: HomeAssistant, entry: MockConfigEntry, address: str
) -> None:
    response = await ask(hass, entry, dashboard=address)
    assert await saved(hass) == {"views": response["views"]}


@pytest.mark.usefixtures("lovelace", "meter")
async def test_the_views_are_installed_when_nobody_asks_for_an_answer(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    data = {"device_id": device_of(hass, entry), "dashboard": ADDRESS}
    await hass.services.async_call(DOMAIN, ACTION, data, blocking=True)
    assert [view["path"] for view in (await saved(hass))["views"]] == ["p1-now", "p1-peaks", "p1-meter"]


@pytest.mark.usefixtures("lovelace", "meter")
async def test_views_are_replaced_in_their_place_and_all_else_stays(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    ours, cameras, nameless = {"path": "p1-peaks", "title": "Old"}, {"path": "cameras"}, {"title": "Nameless"}
    await save(hass, ADDRESS, {"title": "House", "views": [cameras, ours, nameless]})
    response = await ask(hass, entry, dashboard=ADDRESS)
    now, peaks, meter = response["views"]
    assert await saved(hass) == {"title": "House", "views": [cameras, peaks, nameless, now, meter]}


@pytest.mark.usefixtures("lovelace", "meter")
async def test_the_blank_view_of_a_new_dashboard_goes(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    heading = {"type": "heading", "heading": "New section"}
    blank = {"type": "sections", "sections": [{"type": "grid", "cards": [heading]}]}
    used = {"type": "sections", "sections": [{"type": "grid", "cards": [heading, {"type": "clock"}]}]}
    made_up = {"type": "sections", "sections": [{"strategy": {"type": "common-controls"}}]}
    badge = {"type": "entity", "entity": "sun.sun"}
    told = {"type": "sections", "sections": [{"type": "grid", "cards": [heading | {"badges": [badge]}]}]}
    kept = [used, {"title": "Mine"} | blank, made_up, told]
    await save(hass, ADDRESS, {"views": [blank, *kept]})
    response = await ask(hass, entry, dashboard=ADDRESS)
    assert (await saved(hass))["views"] == [*kept, *response["views"]]


@pytest.mark.usefixtures("lovelace", "meter")
async def test_an_empty_address_is_none(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    await save(hass, ADDRESS, {"views": []})
    assert (await ask(hass, entry, dashboard=""))["views"]
    assert await saved(hass) == {"views": []}


@pytest.mark.usefixtures("lovelace", "meter")
async def test_a_meter_with_nothing_to_show_leaves_the_dashboard_as_it_is(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await save(hass, ADDRESS, {"views": []})
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert (await ask(hass, entry))["views"] == []
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, entry, dashboard=ADDRESS)
    assert error.value.translation_key == "nothing_to_show"
    assert await saved(hass) == {"views": []}


@pytest.mark.usefixtures("lovelace", "meter")
@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("by-hand", "dashboard_in_yaml"),
        ("made-up", "dashboard_generated"),
        ("nowhere", "dashboard_unknown"),
    ],
)
async def test_a_dashboard_that_cannot_take_views_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, address: str, reason: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, entry, dashboard=address)
    assert (error.value.translation_domain, error.value.translation_key) == (DOMAIN, reason)
    assert address in str(error.value)


@pytest.mark.usefixtures("meter")
async def test_without_dashboards_at_all_that_is_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await ask(hass, entry, dashboard=ADDRESS)
    assert error.value.translation_key == "dashboards_not_running"


@pytest.mark.usefixtures("lovelace", "meter")
async def test_who_may_not_change_dashboards_may_not_here(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: User
) -> None:
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await ask(hass, entry, context, dashboard=ADDRESS)
    assert (await ask(hass, entry, context))["views"]


@pytest.mark.usefixtures("lovelace", "meter")
async def test_a_user_who_is_gone_may_change_nothing(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    with pytest.raises(UnknownUser):
        await ask(hass, entry, Context(user_id="gone"), dashboard=ADDRESS)


@pytest.mark.usefixtures("lovelace", "meter")
async def test_an_administrator_may_change_dashboards(
    hass: HomeAssistant, entry: MockConfigEntry, hass_admin_user: User
) -> None:
    response = await ask(hass, entry, Context(user_id=hass_admin_user.id), dashboard=ADDRESS)
    assert await saved(hass) == {"views": response["views"]}
