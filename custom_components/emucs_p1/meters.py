"""Who the meters are: identities, makers, models."""

import re

from .p1 import MbusDevice, Telegram

# The three letters of a serial number (DIN 43863-5, FLAG association).
_MANUFACTURERS = {
    "ELS": "Elster",
    "FLO": "Flonidan",
    "ISK": "Iskraemeco",
    "ITR": "Itron",
    "KAM": "Kamstrup",
    "KFM": "Kaifa",
    "LGZ": "Landis+Gyr",
    "MIT": "MeteRSit",
    "SAG": "Sagemcom",
    "SEN": "Sensus",
}
_SERIAL = re.compile(r"\d?([A-Z]{3})\d{4,}").fullmatch

# Part numbers in the header of meters built to the specification of Fluvius.
_MODELS = {
    "253769484": "T211-D",
    "253770234": "S211",
    "253967035": "XT211",
    "253972606": "XS212",
}
_PART_NUMBER = re.compile(r"FLU5\\(\d{9})_").match
_HEADER = re.compile(r"[A-Za-z]{3}\d\\?(.*)").fullmatch
# A model goes into titles, logs and repairs, which are read as Markdown: letters and digits, and what
# stands between them in the names of meters. Headers of neighbours hold serial numbers.
_FOREIGN = re.compile(r"[^0-9A-Za-z ?+_-]+").sub
_SERIAL_DIGITS = re.compile(r"\d{6,}(?!\d|_)").sub
_MODEL_LENGTH = 32
_NAMELESS = "P1"

# 502 (DSMR 5.0.2), major and minor: 50217 is eMUCS-P1 1.7.
_EDITION = re.compile(r"502(\d)(\d)").fullmatch
_DSMR = re.compile(r"(\d)(\d)").fullmatch

# A run of X, one sign all through, or anything but letters and digits is a mask.
_USABLE_ID = re.compile(r"(?!.*[Xx]{4})(?!(.)\1*$)[0-9A-Za-z]{6,}").fullmatch


def manufacturer_of(equipment_id: str | None) -> str | None:
    """Return the maker that the letters of a serial number name, or the letters."""
    if equipment_id is None or not (match := _SERIAL(equipment_id)):
        return None
    return _MANUFACTURERS.get(match[1], match[1])


def known_model(identification: str) -> str | None:
    """Return the model that the part number in the header of a telegram stands for."""
    match = _PART_NUMBER(identification)
    return _MODELS.get(match[1]) if match else None


def model_of(identification: str) -> str:
    """Return the model that the header of a telegram names, else what stands behind its vendor."""
    if model := known_model(identification):
        return model
    match = _HEADER(identification)
    return _plain(_SERIAL_DIGITS("", (match[1] if match else "") or identification)) or _NAMELESS


def edition_of(version: str | None) -> str | None:
    """Return the edition of eMUCS-P1 or DSMR in words."""
    if version is None:
        return None
    if match := _EDITION(version):
        return f"eMUCS-P1 {match[1]}.{match[2]}"
    if match := _DSMR(version):
        return f"DSMR {match[1]}.{match[2]}"
    return _plain(version)


def title_of(telegram: Telegram) -> str:
    """Return a name that tells two meters apart: model and last four signs of the serial number."""
    return f"{model_of(telegram.identification)} {_plain((telegram.equipment_id or '')[-4:])}".strip()


def _plain(text: str) -> str:
    return _FOREIGN("", text)[:_MODEL_LENGTH].strip()


def identify_mbus(electricity_id: str, devices: tuple[MbusDevice, ...]) -> dict[str, MbusDevice]:
    """Return the meters on the M-Bus by identity: their own id, else the channel that they are on.

    The channel tells little, for it changes with the order of installation: it serves where the id
    is empty, masked or shared.
    """
    ids = [device.equipment_id for device in devices]
    identities: dict[str, MbusDevice] = {}
    for device in devices:
        own = device.equipment_id
        usable = own is not None and own != electricity_id and _USABLE_ID(own) and ids.count(own) == 1
        identity = own if usable and own else f"{electricity_id}_mbus{device.channel}"
        identities[identity] = device
    return identities


def same_form(one: str, other: str) -> bool:
    """Return whether two ids have digits, and anything else, in the same places."""
    return [sign.isdecimal() for sign in one] == [sign.isdecimal() for sign in other]
