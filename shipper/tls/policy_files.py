"""Reads policy files (YAML), checked to the last word: one that by a typing error allows less accuses the innocent."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from shipper.errors import PolicyError
from shipper.tls.policy_values import VERSIONS, Criteria, TlsPolicy
from shipper.tls.registry import registered

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_TEXTS = ("name", "title", "source", "url", "edition", "date")
_WITHOUT_EXCHANGE = "1.3"


class _Place(Struct, frozen=True):
    """Where in which file: `key` is a dotted path, empty for the whole file."""

    path: Path
    key: str = ""

    def __truediv__(self, key: str) -> _Place:
        return _Place(self.path, f"{self.key}.{key}" if self.key else key)

    def refused(self, what: str, advice: str = "") -> PolicyError:
        return PolicyError(f"{self.path}: {f'{self.key}: ' if self.key else ''}{what}", advice=advice)


def read_policy(path: Path, *, check_words: bool) -> TlsPolicy:
    """The policy in a file. Raises PolicyError: one line with the file, the key, and what may stand there.

    `check_words` asks the registry whether it knows every word of the criteria and has a suite that they select.
    """
    place = _Place(path)
    given = _mapping(_yaml(place), place, needed=(*_TEXTS, "versions"), also=("about",))
    texts = {key: _text(given.get(key, ""), place / key) for key in (*_TEXTS, "about") if key in given}
    if not _NAME.fullmatch(texts["name"]):
        raise (place / "name").refused(
            f"{texts['name']!r} is no name", "use lower case letters, digits, dots, dashes and underscores"
        )
    versions = _versions(given["versions"], place / "versions")
    if check_words:
        _check_words(versions, place / "versions")
    return TlsPolicy(**texts, versions=versions)


class _Texts(yaml.CBaseLoader):
    """Scalars stay texts, as a version 1.2 is no number; a key may stand once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.constructor.ConstructorError(problem=f"{key} is given twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _yaml(place: _Place) -> Any:
    try:
        return yaml.load(place.path.read_text("utf-8"), _Texts)
    except (OSError, UnicodeDecodeError) as error:
        raise place.refused(error.strerror or str(error) if isinstance(error, OSError) else "is not UTF-8") from error
    except yaml.YAMLError as error:
        raise place.refused(f"is no readable YAML: {_one_line(error)}") from error


def _one_line(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem} (line {error.problem_mark.line + 1})"
    return " ".join(str(error).split())


def _mapping(given: Any, place: _Place, needed: Collection[str], also: Collection[str] = ()) -> dict[str, Any]:
    known = (*needed, *also)
    if not isinstance(given, dict):
        raise place.refused("must be a mapping", f"its keys are {', '.join(known)}")
    unknown = [str(key) for key in given if key not in known]
    missing = [key for key in needed if key not in given]
    if unknown or missing:
        what = f"unknown key {unknown[0]!r}" if unknown else f"the key {missing[0]!r} is missing"
        raise place.refused(what, f"the keys are {', '.join(known)}")
    return given


def _text(given: Any, place: _Place) -> str:
    if not isinstance(given, str) or not given.strip():
        raise place.refused("must be a text that is not empty")
    return " ".join(given.split())


def _versions(given: Any, place: _Place) -> tuple[tuple[str, tuple[Criteria, ...]], ...]:
    versions = _mapping(given, place, needed=(), also=VERSIONS)
    if not versions:
        raise place.refused("allows no version", f"the keys are {', '.join(VERSIONS)}")
    return tuple(
        (version, _alternatives(versions[version], place / version, version))
        for version in VERSIONS
        if version in versions
    )


def _alternatives(given: Any, place: _Place, version: str) -> tuple[Criteria, ...]:
    if not isinstance(given, list) or not given:
        raise place.refused("must be a list of criteria, with at least one member")
    return tuple(_criteria(member, place / str(number), version) for number, member in enumerate(given, start=1))


def _criteria(given: Any, place: _Place, version: str) -> Criteria:
    if version == _WITHOUT_EXCHANGE:
        return Criteria(_list(_mapping(given, place, needed=("ciphers",)), place, "ciphers"))
    lists = _mapping(given, place, needed=("key_exchange", "authentication", "ciphers"), also=("macs",))
    return Criteria(
        ciphers=_list(lists, place, "ciphers"),
        exchanges=_list(lists, place, "key_exchange"),
        authentications=_list(lists, place, "authentication"),
        macs=_list(lists, place, "macs") if "macs" in lists else (),
    )


def _list(lists: Mapping[str, Any], place: _Place, key: str) -> tuple[str, ...]:
    given = lists[key]
    if not isinstance(given, list) or not given or not all(isinstance(word, str) for word in given):
        raise (place / key).refused("must be a list of words, with at least one member")
    return tuple(given)


def _check_words(versions: Iterable[tuple[str, tuple[Criteria, ...]]], place: _Place) -> None:
    for version, alternatives in versions:
        for number, criteria in enumerate(alternatives, start=1):
            _check_criteria(criteria, place / version / str(number))


def _check_criteria(criteria: Criteria, place: _Place) -> None:
    given = {
        "key_exchange": criteria.exchanges,
        "authentication": criteria.authentications,
        "ciphers": criteria.ciphers,
        "macs": criteria.macs,
    }
    for key, words in given.items():
        known = _known_words()[key]
        unknown = [word for word in words if word not in known]
        if unknown:
            raise (place / key).refused(f"{unknown[0]!r} is unknown", f"known are {', '.join(known)}")
    suites = registered().values()
    for cipher in criteria.ciphers:
        alone = Criteria((cipher,), criteria.exchanges, criteria.authentications, criteria.macs)
        if not any(alone.select(suite) for suite in suites):
            raise (place / "ciphers").refused(
                f"no registered suite has {cipher} with the other criteria",
                "take it out, or give the key exchange, authentication or, for a cipher in CBC mode, MAC that it needs",
            )


@cache
def _known_words() -> Mapping[str, list[str]]:
    suites = registered().values()
    return {
        "key_exchange": _sorted(suite.exchange for suite in suites),
        "authentication": _sorted(suite.authentication for suite in suites),
        "ciphers": _sorted(suite.cipher for suite in suites),
        "macs": _sorted(suite.mac for suite in suites),
    }


def _sorted(words: Iterable[str | None]) -> list[str]:
    return sorted({word for word in words if word})
