"""What can be wrong with a telegram or with the link that brings it."""

from enum import StrEnum


class TelegramError(Exception):
    """Base of every reason for which a frame is not a telegram."""


class FrameError(TelegramError):
    """The bytes do not run from a `/` to a `!` with four hex digits behind it."""


class CrcError(TelegramError):
    """The frame is whole but its bytes do not add up to its CRC."""


class LinkProblem(StrEnum):
    """Why no telegrams come."""

    CANNOT_CONNECT = "cannot_connect"
    """The port does not open, or the other side closes it."""
    PORT_IN_USE = "port_in_use"
    """Another program holds the serial port."""
    INVALID_ADDRESS = "invalid_address"
    """Neither a device path nor a URL with host and port."""
    NO_DATA = "no_data"
    """The port is open and silent."""
    NOT_P1 = "not_p1"
    """Bytes come, and nothing in them looks like a telegram."""
    CRC_ERRORS = "crc_errors"
    """Telegrams come, and every one is damaged."""
    ENCRYPTED = "encrypted"
    """The meter encrypts its telegrams, which no Belgian meter does."""


class LinkError(Exception):
    """No telegrams come."""

    def __init__(self, problem: LinkProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
