"""All settings as one frozen value: defaults < YAML file < `UTM_SHIPPER_*` variables < options.

The declaration below is the only list of settings: names, variables, checks and `config show` come from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec
import platformdirs
import yaml
from msgspec import Struct, field

from shipper import setting_kinds as kinds
from shipper.errors import SettingsError
from shipper.setting_kinds import MASK, Kind, ValueRefusedError
from shipper.setting_layers import (
    Given,
    read_environment,
    read_file,
    read_options,
    type_of_origin,
    variable,
)
from shipper.setting_sections import (
    BulkSettings,
    ClusterSettings,
    DashboardsSettings,
    DkimSettings,
    FollowSettings,
    IndexSettings,
    LogSettings,
    MessagesSettings,
    MetricsSettings,
    SyslogSettings,
    TlsSettings,
)

_program = "utm-shipper"


class Settings(Struct, frozen=True):
    """The effective settings.

    `url`: the cluster's nodes; `state`: folder of what survives a run; `host`: name for lines whose prefix lost it;
    `zone`: IANA zone of the logs; `local_domains`: lower case; `ignore`: regular expressions on whole lines; `formats`:
    folders with own declarations. `config` is the settings file that was read; `origins` says for each dotted path
    where its value came from.
    """

    url: Annotated[tuple[str, ...], kinds.urls] = ()
    state: Annotated[Path, kinds.path] = field(default_factory=lambda: platformdirs.user_state_path(_program))
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    dashboards: DashboardsSettings = field(default_factory=DashboardsSettings)
    bulk: BulkSettings = field(default_factory=BulkSettings)
    index: IndexSettings = field(default_factory=IndexSettings)
    host: Annotated[str | None, kinds.text] = None
    zone: Annotated[str | None, kinds.zone] = None
    local_domains: Annotated[tuple[str, ...], kinds.domains] = ()
    ignore: Annotated[tuple[str, ...], kinds.patterns] = ()
    formats: Annotated[tuple[Path, ...], kinds.paths] = ()
    messages: MessagesSettings = field(default_factory=MessagesSettings)
    follow: FollowSettings = field(default_factory=FollowSettings)
    dkim: DkimSettings = field(default_factory=DkimSettings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    syslog: SyslogSettings = field(default_factory=SyslogSettings)
    log: LogSettings = field(default_factory=LogSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    config: Path | None = None
    origins: Mapping[str, type_of_origin] = field(default_factory=dict)

    def required_url(self) -> tuple[str, ...]:
        """The cluster's nodes. Raises SettingsError without one: nothing is written to a place that nobody named."""
        if not self.url:
            raise SettingsError("no cluster is named", advice=f"give --url or set {variable('url')}")
        return self.url


def load(config: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> Settings:
    """The settings of one run. Raises SettingsError with the key, its place and what would be right.

    `config` is the file named by an option; without it `UTM_SHIPPER_CONFIG`, else `config.yaml` in the user's
    configuration folder where there is one. `overrides` are options by dotted path (`{"cluster.timeout": 5}`); None
    means not given.
    """
    file = _config_file(config, environ)
    schema = _schema()
    layers = [
        *(read_file(file, schema) if file else ()),
        *read_environment(environ, schema),
        *read_options(overrides, schema),
    ]
    given = {value.path: value for value in layers}
    settings = _build(Settings, "", {path: _convert(value, schema[path]) for path, value in given.items()})
    origins: dict[str, type_of_origin] = {path: given[path].origin if path in given else "default" for path in schema}
    return _checked(msgspec.structs.replace(settings, config=file, origins=origins))


def describe(settings: Settings) -> str:
    """The settings as YAML, secrets masked, each line with its value's origin as a comment."""
    lines = list(_describe(settings, Settings, "", settings.origins))
    width = max(len(line) for line, _ in lines)
    body = [f"{line:<{width}}  # {origin}" if origin else line for line, origin in lines]
    return "\n".join([f"# settings file: {settings.config or 'none'}", *body, ""])


def _config_file(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = config or environ.get(variable("config"))
    if named:
        return Path(named).expanduser()
    usual = platformdirs.user_config_path(_program) / "config.yaml"
    return usual if usual.is_file() else None


def _fields(struct: type[Struct], prefix: str) -> Iterator[tuple[str, str, Any]]:
    """Name, dotted path, and the Kind of a setting or the Struct of a section."""
    for name, hint in get_type_hints(struct, include_extras=True).items():
        kind = next((extra for extra in getattr(hint, "__metadata__", ()) if isinstance(extra, Kind)), None)
        if kind or (isinstance(hint, type) and issubclass(hint, Struct)):
            yield name, f"{prefix}{name}", kind or hint


def _schema(struct: type[Struct] = Settings, prefix: str = "") -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for _, path, kind in _fields(struct, prefix):
        found.update({path: kind} if isinstance(kind, Kind) else _schema(kind, f"{path}."))
    return found


def _build(struct: type[Struct], prefix: str, values: Mapping[str, Any]) -> Any:
    arguments: dict[str, Any] = {}
    for name, path, kind in _fields(struct, prefix):
        if not isinstance(kind, Kind):
            arguments[name] = _build(kind, f"{path}.", values)
        elif path in values:
            arguments[name] = values[path]
    return struct(**arguments)


def _convert(given: Given, kind: Kind) -> Any:
    try:
        value = kind.read(given.value, from_text=given.origin != "file")
    except ValueRefusedError as refused:
        raise SettingsError(f"{given.path} is refused: {refused} ({given.where})") from refused
    except (ValueError, msgspec.ValidationError) as error:
        instead = "" if kind.secret else f", not {given.value!r}"
        raise SettingsError(f"{given.path} must be {kind.expected}{instead} ({given.where})") from error
    if not kind.path:
        return value
    return tuple(_located(path, given) for path in value) if isinstance(value, tuple) else _located(value, given)


def _located(path: Path, given: Given) -> Path:
    expanded = path.expanduser()
    return given.folder / expanded if given.folder else expanded


def _checked(settings: Settings) -> Settings:
    """What no single setting shows: secrets given twice or incompletely, times in the wrong order."""
    for name, section in (("cluster", settings.cluster), ("dashboards", settings.dashboards)):
        _check_credentials(name, section, settings.origins)
    if settings.messages.settle_after > settings.messages.expire_after:
        raise SettingsError("messages.settle_after must not be longer than messages.expire_after")
    if settings.metrics.listen and not settings.metrics.allow_remote and not _is_loopback(settings.metrics.listen[0]):
        raise SettingsError(
            f"metrics.listen would answer other machines at {settings.metrics.listen[0]}",
            advice="listen on 127.0.0.1 or ::1, or set metrics.allow_remote: true",
        )
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _check_credentials(section: str, given: ClusterSettings | DashboardsSettings, origins: Mapping[str, str]) -> None:
    for name, file in (("password", given.password_file), ("api_key", given.api_key_file)):
        path = f"{section}.{name}"
        if getattr(given, name) and file and origins[path] == origins[f"{path}_file"]:
            raise SettingsError(f"{path} and {path}_file are both set", advice="keep one of them")
    password, api_key = given.password or given.password_file, given.api_key or given.api_key_file
    if api_key and (given.username or password):
        raise SettingsError(
            f"{section}.api_key and {section}.username or password are both set", advice="keep one of them"
        )
    if bool(given.username) != bool(password):
        there, missing = ("username", "password") if given.username else ("password", "username")
        raise SettingsError(
            f"{section}.{there} is set without {section}.{missing}", advice=f"set {variable(f'{section}.{missing}')}"
        )


def _describe(section: Any, struct: type[Struct], prefix: str, origins: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    indent = "  " * prefix.count(".")
    for name, path, kind in _fields(struct, prefix):
        value = getattr(section, name)
        if isinstance(kind, Kind):
            yield f"{indent}{name}: {_as_yaml(value, kind)}", origins.get(path, "default")
        else:
            yield f"{indent}{name}:", ""
            yield from _describe(value, kind, f"{path}.", origins)


def _as_yaml(value: Any, kind: Kind) -> str:
    if value is not None:
        value = MASK if kind.secret else kind.show(value)
    dumped = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"))
    return dumped.removesuffix("...\n").strip()
