"""From what a person types to what the link opens."""

from ipaddress import IPv6Address
from os.path import realpath
import re
from urllib.parse import urlsplit

DEFAULT_SCHEME = "socket"
_PORTS = range(1, 65536)
_PORT_DIGITS = 5
# Schemes whose address is a host and a port of it.
_HOST_SCHEMES = ("socket", "tcp", "rfc2217")
_HOST_NAME = re.compile(r"[^\s/@:?#\[\]]+").fullmatch


class AddressError(ValueError):
    """What was typed is no address; the message is the name of the field to look at."""


def network_url(host: str, port: int | None = None) -> str:
    """Return the URL of a gateway from its host, `host:port` or URL, and the port if it is not in there.

    A port in the text wins over the field. Raises AddressError when there is none, or no host.
    """
    text = host.strip()
    if "://" in text:
        return _with_port(text, port)
    if _is_ipv6(text):
        return _url(f"[{text}]", port)
    address, separator, typed_port = text.rpartition(":")
    if not separator or text.endswith("]"):
        return _url(text, port)
    if not typed_port.isdecimal() or len(typed_port) > _PORT_DIGITS:
        raise AddressError("host")
    return _url(address, int(typed_port))


def _url(host: str, port: int | None) -> str:
    inner = host[1:-1] if host.startswith("[") and host.endswith("]") else None
    if not (_is_ipv6(inner) if inner is not None else _HOST_NAME(host)):
        raise AddressError("host")
    if port is None:
        raise AddressError("port")
    if port not in _PORTS:
        raise AddressError("host")
    return f"{DEFAULT_SCHEME}://{host}:{port}"


def _with_port(url: str, port: int | None) -> str:
    """Return a URL as typed; one that needs a port and has none takes the field's."""
    try:
        parts = urlsplit(url)
        own_port = parts.port
    except ValueError as err:
        raise AddressError("host") from err
    if parts.scheme not in _HOST_SCHEMES:
        return url
    if not parts.hostname or own_port == 0:
        raise AddressError("host")
    if own_port is not None:
        return url
    if port is None:
        raise AddressError("port")
    return parts._replace(netloc=f"{parts.netloc.removesuffix(':')}:{port}").geturl()


def as_typed(url: str) -> tuple[str, int | None]:
    """Return host and port as a person types them for a URL; the URL itself where it says more."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, None
    host, _, port = parts.netloc.rpartition(":")
    if parts.scheme != DEFAULT_SCHEME or not port.isdecimal() or parts.path or parts.query or parts.fragment:
        return url, None
    return host, int(port)


def same_port(one: str, other: str) -> bool:
    """Return whether two paths or URLs lead to the same port, however they are written."""
    return _key(one) == _key(other)


def resolved(port: str) -> str:
    """Return the device that a path leads to; a URL, or what can be no path, as it is. Looks at the disk."""
    try:
        return realpath(port) if port.startswith("/") else port
    except ValueError:
        return port


def _key(port: str) -> tuple[object, ...]:
    try:
        parts = urlsplit(port)
        # The host comes in lower case from there.
        host, number = parts.hostname, parts.port
    except ValueError:
        return (port,)
    if parts.scheme not in _HOST_SCHEMES:
        return (port,)
    return (DEFAULT_SCHEME if parts.scheme == "tcp" else parts.scheme, host, number)


def _is_ipv6(text: str) -> bool:
    try:
        address = IPv6Address(text)
    except ValueError:
        return False
    # A URL has no place for the interface that a link-local address with a scope names.
    return address.scope_id is None
