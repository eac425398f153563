"""Where the cluster is and how to log in: values only. Nothing here, nor any error made from it, prints a secret."""

from __future__ import annotations

import base64
import ssl
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from shipper.cluster.products import PRODUCTS
from shipper.errors import SettingsError

DEFAULT_PORTS = {"http": 9200, "https": 443}
_URL_EXAMPLE = "write it like https://search.example.org:9200"


class ConnectionSettings(msgspec.Struct, frozen=True):
    """How to reach and log in to a cluster.

    `urls`: one or more base URLs, each may carry `user:password@` and a path prefix. `api_key` is sent as
    `Authorization: ApiKey`; the form `id:key` is encoded first. `ca_file`: PEM file of the authorities to trust instead
    of the system's. `product`: `opensearch` or `elasticsearch`, where it can't be found out. `timeout`: seconds for one
    request. `compress`: gzip on the wire.
    """

    urls: tuple[str, ...]
    username: str | None = None
    password: str | None = None
    api_key: str | None = None
    ca_file: str | None = None
    verify_certificates: bool = True
    product: str | None = None
    timeout: float = 60.0
    compress: bool = True

    def __repr__(self) -> str:
        return f"ConnectionSettings({', '.join(f'{name}={value!r}' for name, value in self._shown().items())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return list(self._shown().items())

    def _shown(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in self.__struct_fields__}
        shown["urls"] = tuple(without_secrets(url) for url in self.urls)
        for name in ("password", "api_key"):
            shown[name] = "***" if shown[name] else None
        return shown


class Host(msgspec.Struct, frozen=True):
    """One parsed base URL. `authorization` is the complete header value; `user` names who logs in, for messages."""

    scheme: str
    name: str
    port: int
    prefix: str
    authorization: str | None
    user: str

    @property
    def url(self) -> str:
        """The base URL without secrets, as it stands in messages."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{self.scheme}://{name}:{self.port}{self.prefix}"

    def __repr__(self) -> str:
        return f"Host({self.url})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("url", self.url)]


def split_urls(text: str) -> tuple[str, ...]:
    """The URLs of a comma separated list, blanks removed."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def without_secrets(url: str) -> str:
    """The URL with user and password replaced by `***`; safe on text that is no URL."""
    scheme, separator, rest = url.rpartition("://")
    authority, slash, path = rest.partition("/")
    if "@" not in rest:
        return url
    if "@" not in authority:
        # A password with an unescaped "/" in it: everything up to the last "@" may belong to it.
        authority, slash, path = rest, "", ""
    return f"{scheme}{separator}***@{authority.rpartition('@')[2]}{slash}{path}"


def hosts_of(settings: ConnectionSettings) -> tuple[Host, ...]:
    """Every host of the settings, checked. Raises `SettingsError` naming what is wrong, without secrets."""
    if not settings.urls:
        raise SettingsError("no cluster URL is given", advice=_URL_EXAMPLE)
    if settings.product is not None and settings.product not in PRODUCTS:
        raise SettingsError(f"product {settings.product!r} is unknown", advice=f"it is one of {', '.join(PRODUCTS)}")
    _check_authorities(settings)
    return tuple(_host(url, settings) for url in settings.urls)


def _check_authorities(settings: ConnectionSettings) -> None:
    if settings.ca_file is None:
        return
    try:
        ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise SettingsError(
            f"the CA file {settings.ca_file} cannot be used: {error.strerror or error}",
            advice="give a readable file of PEM certificates",
        ) from None


def _host(url: str, settings: ConnectionSettings) -> Host:
    parts = _split(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise SettingsError(f"{without_secrets(url)!r} is not an http or https URL", advice=_URL_EXAMPLE)
    user, authorization = _credentials(parts, settings)
    return Host(
        scheme=parts.scheme,
        name=parts.hostname,
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        prefix=parts.path.rstrip("/"),
        authorization=authorization,
        user=user,
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsError(f"{without_secrets(url)!r} is not a URL", advice=_URL_EXAMPLE) from None
    return parts


def _credentials(parts: SplitResult, settings: ConnectionSettings) -> tuple[str, str | None]:
    """Who logs in and the header that does it: the URL's own user first, then the API key, then user and password."""
    if parts.username is not None:
        return _basic(unquote(parts.username), unquote(parts.password or ""))
    if settings.api_key:
        return "the API key", f"ApiKey {_header_key(settings.api_key)}"
    if settings.username is not None:
        return _basic(settings.username, settings.password or "")
    return "", None


def _header_key(api_key: str) -> str:
    """A line break would end the header, and the library's complaint about it would print the key."""
    if not (api_key.isascii() and api_key.isprintable()):
        raise SettingsError("the API key holds a character that no key has", advice="copy it anew, as one line")
    return _base64(api_key) if ":" in api_key else api_key


def _basic(username: str, password: str) -> tuple[str, str]:
    return f"user {username!r}", f"Basic {_base64(f'{username}:{password}')}"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
