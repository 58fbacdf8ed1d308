"""Do what a person does in the first five minutes with a new Home Assistant."""

from http import HTTPStatus
from typing import Any

from .client import Client
from .errors import CommandError, DemoError, RequestError

USERNAME = "demo"
PASSWORD = "demo"  # noqa: S105 (printed at every start: a demo on 127.0.0.1)

HOUSE = {
    "country": "BE",
    "currency": "EUR",
    "elevation": 20,
    "latitude": 50.8467,
    "location_name": "Demo",
    "longitude": 4.3525,
    "time_zone": "Europe/Brussels",
    "unit_system": "metric",
}


async def sign_in(client: Client, *, language: str = "en") -> None:
    """Sign in as the demo user, through what is still open of the onboarding.

    A new household speaks the given language.
    """
    open_steps = await _open_steps(client)
    code = await (_create_user(client, language) if "user" in open_steps else _log_in(client))
    await client.sign_in_with(code)
    if "core_config" in open_steps:
        await client.ws("config/core/update", language=language, **HOUSE)
        await client.post("/api/onboarding/core_config")
    if "analytics" in open_steps:
        await client.post("/api/onboarding/analytics")
    if "integration" in open_steps:
        # The code that it answers with is for the onboarding page's second sign-in.
        await client.post(
            "/api/onboarding/integration",
            {"client_id": client.client_id, "redirect_uri": client.client_id},
        )


async def promote_http_config(client: Client) -> None:
    """Confirm the address that configuration.yaml gave.

    Home Assistant takes it on trial: unconfirmed, it restarts after five minutes on its
    default, which is every network interface.
    """
    try:
        await client.ws("http/config/promote")
    except CommandError as err:
        if err.code != "not_allowed":
            raise
        # Nothing is on trial: confirmed at an earlier start.
        return
    # Its advice, no such section in configuration.yaml, is followed at the next start.
    await client.ws("repairs/ignore_issue", domain="http", issue_id="deprecated_yaml", ignore=True)


async def _open_steps(client: Client) -> set[str]:
    """Return the onboarding steps that are still to be done."""
    try:
        steps: list[dict[str, Any]] = await client.get("/api/onboarding")
    except RequestError as err:
        if err.status != HTTPStatus.NOT_FOUND:
            raise
        # The resource is gone once every step is done.
        return set()
    return {step["step"] for step in steps if not step["done"]}


async def _create_user(client: Client, language: str) -> str:
    """Create the owner and return a code to sign in with."""
    answer = await client.post(
        "/api/onboarding/users",
        {
            "client_id": client.client_id,
            "language": language,
            "name": "Demo",
            "password": PASSWORD,
            "username": USERNAME,
        },
    )
    return str(answer["auth_code"])


async def _log_in(client: Client) -> str:
    """Fill in the login form and return a code to sign in with."""
    who = {"client_id": client.client_id}
    flow = await client.post(
        "/auth/login_flow",
        {**who, "handler": ["homeassistant", None], "redirect_uri": client.client_id},
    )
    answer = await client.post(
        f"/auth/login_flow/{flow['flow_id']}",
        {**who, "username": USERNAME, "password": PASSWORD},
    )
    if answer["type"] != "create_entry":
        raise DemoError(
            f"Home Assistant did not take {USERNAME}/{PASSWORD}. "
            "Was the password changed? scripts/develop --fresh starts anew"
        )
    return str(answer["result"])
