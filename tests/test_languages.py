"""The other languages say the same as English, in the words of a Belgian bill."""

from collections import Counter
from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import slugify
import pytest

import custom_components.emucs_p1
from custom_components.emucs_p1.const import DOMAIN
from custom_components.emucs_p1.devices import _KINDS
from custom_components.emucs_p1.sensor import MBUS_SENSORS

from .conftest import an_entry, set_up
from .ports import FakePort
from .test_translations import ENTITIES, TEXTS, leaves, placeholders

GLOSSARY = (Path(__file__).parent.parent / "docs/glossary.md").read_text()
FOLDER = Path(custom_components.emucs_p1.__file__).parent / "translations"
LANGUAGES = ("de", "fr", "nl")
TRANSLATED: dict[str, dict[str, Any]] = {
    "en": TEXTS,
    **{language: json.loads((FOLDER / f"{language}.json").read_text()) for language in LANGUAGES},
}
FLAT = {language: dict(leaves(texts)) for language, texts in TRANSLATED.items()}

SAME_WORD = {
    "3 x 230 V": {"de", "fr", "nl"},
    "3 x 400 V + N": {"de", "fr", "nl"},
    "Dashboard": {"de", "nl"},
    "Gas": {"de", "nl"},
    "Host": {"de", "nl"},
    "Message": {"fr"},
    "Meter": {"nl"},
    "Open": {"nl"},
    "Options": {"fr"},
    "Port": {"de", "fr"},
    "Text": {"de"},
    "Water": {"nl"},
    "{name}": {"de", "fr", "nl"},
}
"""What is right in English and in these languages: words that they share, and figures."""

BILL = {
    ("entity", "sensor", "billed_peak", "name"): {
        "de": "Mittlere Monatsspitze",
        "fr": "Pointe mensuelle moyenne",
        "nl": "Gemiddelde maandpiek",
    },
    ("entity", "sensor", "energy_export", "name"): {
        "de": "Einspeisung",
        "fr": "Injection",
        "nl": "Injectie",
    },
    ("entity", "sensor", "energy_import", "name"): {
        "de": "Bezug",
        "fr": "Prélèvement",
        "nl": "Afname",
    },
    ("entity", "sensor", "month_peak", "name"): {
        "de": "Monatsspitze",
        "fr": "Pointe mensuelle",
        "nl": "Maandpiek",
    },
    ("entity", "sensor", "quarter_demand", "name"): {
        "de": "Viertelstundenleistung",
        "fr": "Puissance quart-horaire",
        "nl": "Kwartiervermogen",
    },
    ("entity", "sensor", "tariff", "state", "day"): {"de": "Hochtarif", "fr": "Heures pleines", "nl": "Dag"},
    ("entity", "sensor", "tariff", "state", "night"): {
        "de": "Niedertarif",
        "fr": "Heures creuses",
        "nl": "Nacht",
    },
    ("device", "electricity_meter", "name"): {
        "de": "Digitaler Zähler",
        "fr": "Compteur communicant",
        "nl": "Digitale meter",
    },
}
"""Words that a household finds on its bill or with its grid operator: docs/glossary.md."""

GRID_OPERATOR = {"de": "Netzbetreiber", "fr": "gestionnaire de réseau", "nl": "netbeheerder"}

WRONG_ADDRESS = {
    "de": r"\b(Sie|Ihnen|Ihre?[mnrs]?)\b",
    "fr": r"\b([Tt]u|[Tt]on|[Tt]a|[Tt]es|[Tt]oi)\b",
    "nl": r"\b([Uu]|[Uu]w)\b",
}
"""Home Assistant says du, vous and je."""

LONGEST_NAME = 30
LONGEST_SHORT_NAME = 16
"""On a tile of a whole column, and on one of half a telephone."""


def names(platform: str, entities: tuple[EntityDescription, ...], language: str) -> Iterator[str]:
    """Yield the names that these entities have in a language."""
    texts = TRANSLATED[language]["entity"][platform]
    for entity in entities:
        yield texts[entity.translation_key]["name"].format(**entity.translation_placeholders or {})


def devices(language: str) -> Iterator[tuple[str, str, tuple[EntityDescription, ...]]]:
    """Yield name, platform and entities of every device that a household may have, two of each kind."""
    texts = TRANSLATED[language]["device"]
    for platform in ENTITIES:
        of_meter = tuple(entity for entity in ENTITIES[platform] if entity not in MBUS_SENSORS)
        yield texts["electricity_meter"]["name"], platform, of_meter
    for kind in sorted(set(_KINDS.values())):
        types = {device_type for device_type, of_kind in _KINDS.items() if of_kind == kind}
        # A sensor is of one kind only once, whichever of the types a meter of that kind has.
        entities = tuple(sensor for sensor in MBUS_SENSORS if types & sensor.types)
        for name in (
            texts[kind]["name"],
            *(texts[f"{kind}_numbered"]["name"].format(number=number) for number in "12"),
        ):
            yield name, "sensor", entities


def twice(values: Iterator[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


def test_there_are_four_languages() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TRANSLATED)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_texts_and_placeholders_of_english(language: str) -> None:
    assert {path: placeholders(text) for path, text in FLAT[language].items()} == {
        path: placeholders(text) for path, text in FLAT["en"].items()
    }


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_file_is_sorted_indented_and_without_escapes(language: str) -> None:
    tidy = json.dumps(TRANSLATED[language], ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert (FOLDER / f"{language}.json").read_text() == tidy


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_in_english(language: str) -> None:
    left = {
        path: text
        for path, text in FLAT[language].items()
        if text == FLAT["en"][path] and language not in SAME_WORD.get(text, ())
    }
    assert not left


@pytest.mark.parametrize(
    ("text", "language"), [(text, language) for text, of in SAME_WORD.items() for language in sorted(of)]
)
def test_a_word_that_a_language_shares_with_english_is_in_use(text: str, language: str) -> None:
    assert any(text == theirs == FLAT["en"][path] for path, theirs in FLAT[language].items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_language_is_empty_or_has_blanks_around_it(language: str) -> None:
    assert not [path for path, text in FLAT[language].items() if not text or text != text.strip()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_addressed_as_home_assistant_does_not(language: str) -> None:
    wrong = {path: text for path, text in FLAT[language].items() if re.search(WRONG_ADDRESS[language], text)}
    assert not wrong


def test_french_double_marks_stay_on_the_line_of_their_word() -> None:
    assert not [path for path, text in FLAT["fr"].items() if re.search(r" [;?!:]", text)]


@pytest.mark.parametrize("language", TRANSLATED)
def test_names_of_one_device_differ_within_a_platform(language: str) -> None:
    for device, platform, entities in devices(language):
        assert not twice(slugify(name) for name in names(platform, entities, language)), device


@pytest.mark.parametrize("language", TRANSLATED)
def test_entity_ids_of_all_devices_differ(language: str) -> None:
    assert not twice(
        f"{platform}.{slugify(f'{device} {name}')}"
        for device, platform, entities in devices(language)
        for name in names(platform, entities, language)
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_names_fit_on_a_tile(language: str) -> None:
    every = [name for platform, entities in ENTITIES.items() for name in names(platform, entities, language)]
    assert not [name for name in every if len(name) > LONGEST_NAME]


@pytest.mark.parametrize("language", TRANSLATED)
def test_short_names_fit_on_half_a_telephone(language: str) -> None:
    short = {key: text for key, text in TRANSLATED[language]["common"].items() if "_short_" in key}
    assert short
    assert not {key: text for key, text in short.items() if len(text) > LONGEST_SHORT_NAME}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", BILL, ids=".".join)
def test_a_word_of_the_bill_stands_in_the_glossary(path: tuple[str, ...], language: str) -> None:
    assert BILL[path][language].casefold() in GLOSSARY.casefold()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", BILL, ids=".".join)
def test_a_name_is_the_word_of_the_bill(path: tuple[str, ...], language: str) -> None:
    assert FLAT[language][path] == BILL[path][language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_grid_operator_goes_by_one_name(language: str) -> None:
    spoken_of = {path for path, text in FLAT["en"].items() if "grid operator" in text}
    assert spoken_of
    assert not [path for path in spoken_of if GRID_OPERATOR[language] not in FLAT[language][path]]


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_action_names_the_views_by_their_titles(language: str) -> None:
    told = FLAT[language]["services", "create_dashboard_view", "description"]
    titles = [FLAT[language]["common", f"dashboard_{view}"] for view in ("now", "peaks", "meter")]
    assert [title for title in titles if title in told] == titles


@pytest.mark.parametrize(
    ("language", "entity_id"),
    [
        ("de", "sensor.digitaler_zahler_monatsspitze"),
        ("fr", "sensor.compteur_communicant_pointe_mensuelle"),
        ("nl", "sensor.digitale_meter_maandpiek"),
    ],
)
async def test_entity_ids_are_in_the_language_of_the_household(
    hass: HomeAssistant, port: FakePort, language: str, entity_id: str
) -> None:
    hass.config.language = language
    entry = an_entry(hass)
    await set_up(hass, entry)
    assert port.open_lines
    unique_id = f"{entry.unique_id}_month_peak"
    assert er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id) == entity_id


@pytest.mark.parametrize("category", TEXTS)
@pytest.mark.parametrize("language", TRANSLATED)
async def test_home_assistant_loads_the_texts(hass: HomeAssistant, language: str, category: str) -> None:
    loaded = await async_get_translations(hass, language, category, [DOMAIN])
    assert loaded == {
        f"component.{DOMAIN}.{'.'.join(path)}": text
        for path, text in FLAT[language].items()
        if path[0] == category
    }
