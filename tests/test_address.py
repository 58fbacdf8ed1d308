from pathlib import Path

import pytest

from custom_components.emucs_p1.address import AddressError, as_typed, network_url, resolved, same_port


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("192.168.1.20", 23, "socket://192.168.1.20:23"),
        ("p1-meter.local", 8088, "socket://p1-meter.local:8088"),
        ("  192.168.1.20 ", 23, "socket://192.168.1.20:23"),
        ("192.168.1.20:2000", None, "socket://192.168.1.20:2000"),
        ("fe80::1", 23, "socket://[fe80::1]:23"),
        ("[fe80::1]", 23, "socket://[fe80::1]:23"),
        ("[fe80::1]:2000", None, "socket://[fe80::1]:2000"),
        ("tcp://gateway:2000", None, "tcp://gateway:2000"),
        ("rfc2217://gateway:2000?ign_set_control", None, "rfc2217://gateway:2000?ign_set_control"),
        ("socket://gateway", 23, "socket://gateway:23"),
        ("socket://gateway:", 23, "socket://gateway:23"),
        ("socket://[fe80::1]", 23, "socket://[fe80::1]:23"),
        ("esphome-hass://esphome/abc?port_name=P1", None, "esphome-hass://esphome/abc?port_name=P1"),
    ],
)
def test_what_people_type_becomes_a_url(host: str, port: int | None, url: str) -> None:
    assert network_url(host, port) == url


@pytest.mark.parametrize(
    ("url", "typed"),
    [
        ("socket://192.168.1.20:23", ("192.168.1.20", 23)),
        ("socket://p1-meter.local:8088", ("p1-meter.local", 8088)),
        ("socket://[fe80::1]:23", ("[fe80::1]", 23)),
        ("tcp://gateway:2000", ("tcp://gateway:2000", None)),
        ("rfc2217://gateway:2000?ign_set_control", ("rfc2217://gateway:2000?ign_set_control", None)),
        ("socket://gateway:2000/", ("socket://gateway:2000/", None)),
        ("socket://gateway", ("socket://gateway", None)),
    ],
)
def test_a_url_becomes_what_people_type_and_leads_back(url: str, typed: tuple[str, int | None]) -> None:
    assert as_typed(url) == typed
    assert network_url(typed[0], typed[1] or 23) == network_url(url, 23)


def test_what_is_no_url_is_shown_as_it_is() -> None:
    assert as_typed("socket://[fe80::1") == ("socket://[fe80::1", None)


@pytest.mark.parametrize("host", ["192.168.1.20:2000", "[fe80::1]:2000", "socket://gateway:2000"])
def test_a_port_in_the_text_wins_over_the_field(host: str) -> None:
    assert network_url(host, 23).endswith(":2000")


@pytest.mark.parametrize(
    "host", ["192.168.1.20", "fe80::1", "[fe80::1]", "socket://gateway", "tcp://gateway/"]
)
def test_without_any_port_the_port_field_is_to_blame(host: str) -> None:
    with pytest.raises(AddressError, match=r"^port$"):
        network_url(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "two words",
        "gateway/path",
        "user@gateway",
        "gateway:",
        "gateway:twenty",
        "gateway:0",
        "gateway:65536",
        f"gateway:{'9' * 5000}",
        "fe80::1%eth0",
        "[gateway]:23",
        "[fe80::1",
        "a:b:23",
        "socket://",
        "socket://:23",
        "socket://gateway:0",
        "socket://gateway:65536",
        "socket://gateway:twenty",
        "socket://[fe80::1:23",
    ],
)
def test_no_host_or_an_impossible_one_is_the_host_fields_fault(host: str) -> None:
    with pytest.raises(AddressError, match=r"^host$"):
        network_url(host, 23)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("socket://gateway:23", "tcp://gateway:23"),
        ("socket://gateway:23", "socket://GATEWAY:23/"),
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
    ],
)
def test_one_port_can_be_written_in_more_than_one_way(one: str, other: str) -> None:
    assert same_port(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("socket://gateway:23", "socket://gateway:24"),
        ("socket://gateway:23", "rfc2217://gateway:23"),
        ("/dev/ttyUSB0", "/dev/ttyUSB1"),
    ],
)
def test_other_ports_are_other_ports(one: str, other: str) -> None:
    assert not same_port(one, other)


@pytest.mark.parametrize("broken", ["socket://gateway:twenty", "socket://gateway:99999", "socket://[fe80::1"])
def test_what_is_no_address_is_no_other_port_either(broken: str) -> None:
    assert same_port(broken, broken)
    assert not same_port(broken, "socket://gateway:23")


def test_a_link_leads_to_its_device(tmp_path: Path) -> None:
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    assert resolved(str(tmp_path / "by-id")) == resolved(str(tmp_path / "ttyUSB0"))


@pytest.mark.parametrize("port", ["socket://gateway:23", "esphome-hass://esphome/abc", "", "/dev/\0"])
def test_what_is_no_path_leads_to_itself(port: str) -> None:
    assert resolved(port) == port
