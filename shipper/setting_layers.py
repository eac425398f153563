"""Where settings come from: a YAML file, environment variables, options. Each gives flat values with their place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from shipper.errors import SettingsError
from shipper.setting_kinds import Kind

type_of_origin = Literal["default", "file", "environment", "option"]
type_of_schema = Mapping[str, Kind]

PREFIX = "UTM_SHIPPER_"
_list_them = "`utm-shipper config show` lists the settings"


class Given(msgspec.Struct, frozen=True):
    """One value as it was given: `path` is dotted (`cluster.timeout`), `where` names the line or variable for the user.

    Relative paths in a file count from `folder`, the file's own.
    """

    path: str
    value: Any
    origin: type_of_origin
    where: str
    folder: Path | None = None


def variable(path: str) -> str:
    """The environment variable of a setting: `cluster.timeout` is `UTM_SHIPPER_CLUSTER_TIMEOUT`."""
    return PREFIX + path.replace(".", "_").upper()


def read_options(overrides: Mapping[str, Any], schema: type_of_schema) -> Iterator[Given]:
    """Options that were not given are None and stay out."""
    for path, value in overrides.items():
        if value is None:
            continue
        if path not in schema:
            raise _unknown(path, "option", schema)
        yield Given(path, value, "option", f"option --{option_word(path).replace('_', '-')}")


def option_word(path: str) -> str:
    """The word by which a setting is an option: `in_flight` for `bulk.in_flight`, `dashboards` for `dashboards.url`."""
    section, _, name = path.rpartition(".")
    return section if section and name == "url" else name


def read_environment(environ: Mapping[str, str], schema: type_of_schema) -> Iterator[Given]:
    """A variable that is set but empty counts as not set, as container tools pass them."""
    known = {variable(path): path for path in schema}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == variable("config"):
            continue
        if name not in known:
            raise _unknown_variable(name, [*known, variable("config")])
        if value:
            yield Given(known[name], value, "environment", name)


def read_file(file: Path, schema: type_of_schema) -> list[Given]:
    """The leaves of the YAML mapping in `file`. A key without a value leaves the default."""
    try:
        loader = yaml.SafeLoader(_text_of(file))
        root = loader.get_single_node()
        leaves = list(_leaves(loader, root, "", file, schema)) if root else []
    except (yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"{file} is not readable YAML: {_one_line(error)}") from error
    given = [leaf for leaf in leaves if leaf.value is not None]
    for leaf in given:
        if schema[leaf.path].secret:
            raise SettingsError(
                f"{leaf.path} may not stand in a settings file ({leaf.where})",
                advice=f"set {variable(leaf.path)}, or name a file that holds it in {leaf.path}_file",
            )
    return given


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"cannot read the settings file {file}: {reason}") from error


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{error.problem} (line {error.problem_mark.line + 1})"
    return " ".join(str(error).split())


def _leaves(
    loader: yaml.SafeLoader, node: yaml.Node, prefix: str, file: Path, schema: type_of_schema
) -> Iterator[Given]:
    if not isinstance(node, yaml.MappingNode):
        if node.tag.endswith(":null"):
            return
        raise SettingsError(f"{prefix.rstrip('.') or file} must be a mapping of settings ({_place(file, node)})")
    seen: set[str] = set()
    for key, value in node.value:
        path = f"{prefix}{loader.construct_object(key, deep=True)}"
        where = _place(file, key)
        if path in seen:
            raise SettingsError(f"{path} is given twice ({where})")
        seen.add(path)
        if path in schema:
            yield Given(path, loader.construct_object(value, deep=True), "file", where, file.parent)
        elif any(known.startswith(f"{path}.") for known in schema):
            yield from _leaves(loader, value, f"{path}.", file, schema)
        else:
            raise _unknown(path, where, schema)


def _place(file: Path, node: yaml.Node) -> str:
    return f"{file}, line {node.start_mark.line + 1}"


def _unknown_variable(name: str, known: list[str]) -> SettingsError:
    words = [other.removeprefix(PREFIX) for other in known]
    close = difflib.get_close_matches(name.removeprefix(PREFIX), words, n=1, cutoff=0.7)
    advice = f"did you mean {PREFIX}{close[0]}?" if close else _list_them
    return SettingsError(f"the environment variable {name} is not a setting", advice=advice)


def _unknown(path: str, where: str, schema: Iterable[str]) -> SettingsError:
    close = _closest(path, list(schema))
    advice = f"did you mean {close}?" if close else _list_them
    return SettingsError(f"{path} is not a setting ({where})", advice=advice)


def _closest(path: str, known: list[str]) -> str | None:
    """By the whole path or a section's name, else by the last word: `username` alone means `cluster.username`."""
    sections = sorted({name.split(".")[0] for name in known if "." in name})
    whole = difflib.get_close_matches(path, known + sections, n=1, cutoff=0.7)
    if whole:
        return whole[0]
    by_word = {name.split(".")[-1]: name for name in reversed(known)}
    word = difflib.get_close_matches(path.split(".")[-1], by_word, n=1, cutoff=0.7)
    return by_word[word[0]] if word else None
