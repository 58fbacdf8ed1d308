"""What can go wrong, in words for the person at the keyboard."""


class DemoError(Exception):
    """Say what happened and what to do about it."""


class CommandError(DemoError):
    """Say what Home Assistant answered to a command that it refused."""

    def __init__(self, command: str, *, code: str, message: str) -> None:
        super().__init__(f"Home Assistant refused {command}: {message} ({code})")
        self.code = code


class RequestError(DemoError):
    """Say what Home Assistant answered to a request that it refused."""

    def __init__(self, request: str, *, status: int, message: str) -> None:
        super().__init__(f"Home Assistant answered {request} with {status}: {message}")
        self.status = status
