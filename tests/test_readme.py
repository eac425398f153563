"""What the README says is what the program does."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner

from shipper.cluster.products import PRODUCTS
from shipper.commands import main
from shipper.commands.program import BROKEN_PIPE, INTERRUPTED
from shipper.embedded.jars import OPENSEARCH_VERSION
from shipper.errors import ShipperError
from shipper.formats.declarations import load as load_formats
from shipper.model import ACTIONS
from shipper.parse.proof import prove
from shipper.setting_layers import variable
from shipper.settings import Settings, load
from shipper.tls.grades import Grade
from shipper.tls.policies import load_policies

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^<!-- example: (\S+) -->\n```\w+\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
TABLE_ROWS = re.findall(r"^\| (.*) \|$", README, re.MULTILINE)


def settings_example(folder: Path) -> Settings:
    file = folder / "settings.yaml"
    file.write_text(EXAMPLES["settings"])
    return load(file, {}, {})


def commands() -> Iterator[list[str]]:
    """Every `utm-shipper ...` in blocks and in running text, as arguments; redirections are left out."""
    blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))
    spans = "\n".join(re.findall(r"`(utm-shipper [^`\n]+)`", README))
    for found in re.finditer(r"utm-shipper (\S[^\n]*)", f"{blocks}\n{spans}"):
        lexer = shlex.shlex(re.sub(r" [<>] ?\S+", "", found[1]), posix=True, punctuation_chars=False)
        lexer.whitespace_split = True
        yield list(lexer)


def parse(arguments: list[str]) -> None:
    """Raises click's UsageError for what the command does not take."""
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        name, command_found, arguments = command.resolve_command(context, arguments)
        assert name
        assert command_found
        command, context = command_found, click.Context(command_found, parent=context, info_name=name)
    command.make_context(context.info_name, list(arguments), parent=context.parent)


def test_the_three_lines_give_the_document_that_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_text(EXAMPLES["smtp.log"])

    result = CliRunner().invoke(main, ["parse", str(log)])

    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [json.loads(EXAMPLES["message"])]
    assert EXAMPLES["smtp.log"].count("\n") == 3


def test_the_three_lines_give_the_story_that_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "smtp.log"
    log.write_text(EXAMPLES["smtp.log"])

    assert CliRunner().invoke(main, ["trace", "1haLql-0002Mh-MA", str(log)]).stdout == EXAMPLES["trace"]


def test_the_example_of_a_report_is_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    arguments = ["report", "--dashboard", "spam", "shipper/sample"]
    printed = CliRunner().invoke(main, arguments, env={"COLUMNS": "100"}, catch_exceptions=False).stdout

    assert printed.startswith(EXAMPLES["report"] + "\n")
    assert f"`utm-shipper {' '.join(arguments)}`" in README


def test_the_page_lists_each_of_its_parts() -> None:
    parts = re.findall(r"^## (.+)$", README, re.MULTILINE)
    listed = re.findall(r"\[[^\]]+\]\(#([a-z-]+)\)", README.partition("**In this page.**")[2].partition("\n## ")[0])

    assert sorted(listed) == sorted(part.lower().replace(" ", "-") for part in parts)


@pytest.mark.parametrize("arguments", [*commands()], ids=" ".join)
def test_every_command_exists_with_its_options(arguments: list[str]) -> None:
    parse(arguments)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    assert ["setup", "--check"] in list(commands())
    for wrong in (["shipp", "x"], ["ship", "--fast", "x"], ["parse", "--emit", "all", "x", "--nonsense"]):
        with pytest.raises(click.UsageError):
            parse(wrong)


def test_every_option_that_is_named_exists() -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    known = {option for parameter in _parameters(main) for option in parameter.opts}

    assert named - known == set()


def _parameters(command: click.Command) -> Iterator[click.Parameter]:
    context = click.Context(command)
    yield from command.get_params(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if found := command.get_command(context, name):
                yield from _parameters(found)


def test_the_settings_example_is_accepted(tmp_path: Path) -> None:
    settings = settings_example(tmp_path)

    assert settings.url == ("https://search.example.net:9200",)
    assert settings.formats == (tmp_path / "formats",)


def test_what_the_settings_example_calls_defaults_are_the_defaults(tmp_path: Path) -> None:
    settings = settings_example(tmp_path)
    called = re.findall(r"^(\w+):  .*# the defaults", EXAMPLES["settings"], re.MULTILINE)

    assert called == ["bulk", "index", "messages", "follow", "log"]
    assert [getattr(settings, name) for name in called] == [getattr(Settings(), name) for name in called]


def test_every_setting_is_explained(tmp_path: Path) -> None:
    origins = settings_example(tmp_path).origins
    elsewhere = {path for path in origins if f"`{path}`" in README or f"`{variable(path)}`" in README}

    assert {path for path, origin in origins.items() if origin == "default"} - elsewhere == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docker-compose.yml", ".ci/Dockerfile"])
def test_every_variable_that_is_named_is_a_setting(name: str) -> None:
    named = set(re.findall(r"UTM_SHIPPER_[A-Z_]*[A-Z]", (ROOT / name).read_text(encoding="utf-8")))
    known = {variable(path) for path in [*load(None, {}, {}).origins, "config"]}

    assert named - known == set()


def test_every_exit_code_is_listed() -> None:
    listed = {int(row.split(" | ")[0]) for row in TABLE_ROWS if re.match(r"\d+ \|", row)}

    assert listed == {0, INTERRUPTED, BROKEN_PIPE, *_exit_codes(ShipperError)}


def _exit_codes(error: type[ShipperError]) -> set[int]:
    return {error.exit_code}.union(*map(_exit_codes, error.__subclasses__()))


def test_the_line_shape_is_proven_by_its_sample(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(EXAMPLES["formats"])

    result = CliRunner().invoke(main, ["formats", "check", "--formats", str(tmp_path)])
    declarations = load_formats((tmp_path,))

    assert result.exit_code == 0
    assert "own-greylisting" in {declaration.kind.name for declaration in declarations}
    assert [str(disproof) for disproof in prove(declarations)] == []


def test_the_line_shape_is_new(tmp_path: Path) -> None:
    """Without it, its sample is a line that nobody knows."""
    (tmp_path / "own.yaml").write_text(EXAMPLES["formats"])
    sample = load_formats((tmp_path,))[0].kind.samples[0].line
    log = io.BytesIO(f"{sample}\n".encode())
    options = ["parse", "--emit", "events", "--zone", "UTC", "-"]

    without = CliRunner().invoke(main, options, input=log)
    log.seek(0)
    with_it = CliRunner().invoke(main, [*options, "--formats", str(tmp_path)], input=log)

    actions = [json.loads(result.stdout)["event"]["action"] for result in (without, with_it)]
    assert actions == ["unrecognized", "temporarily-rejected"]


def test_the_own_policy_is_listed_and_judges(tmp_path: Path) -> None:
    (tmp_path / "smtp.log").write_text(EXAMPLES["smtp.log"])
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "company-2019.yaml").write_text(EXAMPLES["policy"])
    log, options = str(tmp_path / "smtp.log"), ["--policies", str(policies)]

    shown = CliRunner().invoke(main, ["policies", "show", "company-2019", *options])
    by_default = CliRunner().invoke(main, ["parse", log, *options])
    by_own = CliRunner().invoke(main, ["parse", log, *options, "--policy", "company-2019"])

    assert shown.stdout.startswith("company-2019\n  title:   What we accepted in 2019\n")
    verdicts = [json.loads(result.stdout)["sophos"]["utm"]["tls"] for result in (by_default, by_own)]
    assert [(verdict["policy"], verdict["compliant"]) for verdict in verdicts] == [
        ("mozilla-intermediate", False),
        ("company-2019", True),
    ]


def test_the_statement_begins_and_ends_as_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smtp.log").write_text(EXAMPLES["smtp.log"])
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["tls-proof", "--partner", "example.com", "smtp.log"])

    lines = [f"{line.rstrip()}\n" for line in result.stdout.splitlines()]
    said = "".join(line for line in lines if not line.startswith(("made: ", "sha256: ")))
    assert result.exit_code == 10
    assert said.startswith(EXAMPLES["tls-proof-top"])
    assert said.endswith(EXAMPLES["tls-proof-end"])


def test_the_policies_that_are_named_are_all_that_there_are() -> None:
    section = README.partition("## TLS policy")[2].partition("\n## ")[0]
    words = set(re.findall(r"`([a-z0-9-]+)`", section))

    assert set(load_policies()) <= words
    assert set(get_args(Grade)) == set(re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE))


def test_actions_and_versions_that_are_named_exist() -> None:
    row = next(row for row in TABLE_ROWS if row.startswith("`event.action` "))

    assert set(re.findall(r"`([a-z-]+)`", row)) <= ACTIONS
    assert f"OpenSearch {OPENSEARCH_VERSION}" in README
    oldest = {name: ".".join(map(str, product.oldest)) for name, product in PRODUCTS.items()}
    assert f"OpenSearch {oldest['opensearch']} and Elasticsearch {oldest['elasticsearch']} are refused" in README
