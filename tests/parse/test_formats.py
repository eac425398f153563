"""Declarations: all built-in ones are proven by their samples, and what is wrong with one is found and said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shipper.errors import FormatError
from shipper.formats.declarations import load
from shipper.model import ACTIONS
from shipper.parse.head import read_head
from shipper.parse.lines import LineParser
from shipper.parse.proof import prove

HEAD = "2021:11:10-11:04:40 utm exim-in[9103]: 2021-11-10 11:04:40 1mkzxY-0002Mp-2G "
LINE = HEAD + "sasi reports class 'spam' probability 8%"
KIND: dict[str, Any] = {
    "name": "sasi-verdict",
    "action": "spam-checked",
    "pattern": r"sasi[ ]reports[ ]class[ ]'(?P<spam_verdict>[^']*)'[ ]probability[ ](?P<probability>[0-9]+)%",
    "captures": {"probability": {"field": "sophos.utm.spam.probability", "type": "long"}},
    "samples": [
        {
            "line": LINE,
            "queue_id": "1mkzxY-0002Mp-2G",
            "fields": {"sophos.utm.spam.verdict": "spam", "sophos.utm.spam.probability": 8},
        }
    ],
}


def folder_with(folder: Path, *kinds: dict[str, Any], **tables: Any) -> Path:
    (folder / "own.yaml").write_text(yaml.safe_dump({"kinds": list(kinds), **tables}), "utf-8")
    return folder


def sample(**changes: Any) -> dict[str, Any]:
    return {**KIND, "samples": [{**KIND["samples"][0], **changes}]}


def test_all_built_in_declarations_are_proven() -> None:
    assert [str(disproof) for disproof in prove(load())] == []


def test_every_action_is_declared() -> None:
    declared = {action for d in load() for action in (d.kind.action, *d.kind.actions.values())}
    assert ACTIONS - declared == {"continuation", "unrecognized"}


def test_names_are_unique() -> None:
    names = [declaration.kind.name for declaration in load()]
    assert len(names) == len(set(names))


def test_every_alternative_of_an_action_has_a_sample() -> None:
    for declaration in load():
        shown = {found.action or declaration.kind.action for found in declaration.kind.samples}
        assert shown >= set(declaration.kind.actions.values()), declaration.kind.name


def test_a_users_own_declaration_is_tried_first(tmp_path: Path) -> None:
    declarations = load((folder_with(tmp_path, KIND),))
    assert declarations[0].kind.name == "sasi-verdict"
    assert prove(declarations) == []
    head = read_head(LINE.encode())
    assert head is not None
    assert LineParser(declarations).parse(head).action == "spam-checked"
    assert LineParser(load()).parse(head).action == "unrecognized"


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (sample(fields={"sophos.utm.spam.verdict": "spam"}), "fields should be"),
        (sample(fields={"sophos.utm.spam.verdict": "ham", "sophos.utm.spam.probability": 8}), "fields should be"),
        (
            sample(fields={"sophos.utm.spam.verdict": "spam", "sophos.utm.spam.probability": 8, "event.reason": "x"}),
            "fields should be",
        ),
        (sample(queue_id="1mkzxY-0002Mp-2H"), "queue id should be 1mkzxY-0002Mp-2H, found 1mkzxY-0002Mp-2G"),
        (sample(action="rejected"), "action should be rejected, found spam-checked"),
        (sample(line=LINE.replace("sasi", "sesi")), "kind should be sasi-verdict, found unrecognized"),
        (sample(line="no time " + LINE), "the sample has no readable head"),
        ({**KIND, "queue_id": "no"}, "kind should be sasi-verdict, found unrecognized"),
        ({**KIND, "program": "smtpd"}, "kind should be sasi-verdict, found unrecognized"),
        ({**KIND, "starts": ["sesi"]}, "kind should be sasi-verdict, found unrecognized"),
    ],
)
def test_a_sample_that_is_not_as_declared_is_a_disproof(tmp_path: Path, kind: dict[str, Any], what: str) -> None:
    (disproof,) = prove(load((folder_with(tmp_path, kind),)))
    assert (disproof.kind, disproof.what.startswith(what)) == ("sasi-verdict", True), disproof.what
    assert "own.yaml" in str(disproof)


def test_a_shape_that_takes_another_shapes_sample_is_found(tmp_path: Path) -> None:
    greedy = {**KIND, "name": "greedy", "pattern": r"(?P<reason>.*)", "samples": [KIND["samples"][0]]}
    assert len(prove(load((folder_with(tmp_path, greedy),)))) > 10


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kinds: [", "own.yaml"),
        ("kinds: {}", "own.yaml"),
        ("knids: []", "knids"),
        ("- 1", "own.yaml"),
    ],
)
def test_malformed_files(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(FormatError, match=what):
        load((tmp_path,))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"pattern": "(unclosed"}, "no regular expression"),
        ({"pattern": "{{no_such_fragment}}"}, "unknown fragment 'no_such_fragment'"),
        ({"pattern": "(?P<no_such_capture>x)"}, "no capture declared for no_such_capture"),
        ({"action": "spam-chekced"}, "unknown action 'spam-chekced'"),
        ({"samples": []}, "no sample"),
        ({"nmae": "x"}, "nmae"),
        ({"queue_id": "perhaps"}, "perhaps"),
    ],
)
def test_malformed_kinds(tmp_path: Path, changes: dict[str, Any], what: str) -> None:
    with pytest.raises(FormatError, match=what):
        load((folder_with(tmp_path, KIND | changes),))


def test_an_unknown_type_is_named(tmp_path: Path) -> None:
    kind = KIND | {"captures": {"probability": {"field": "x", "type": "percent"}}}
    with pytest.raises(FormatError, match="unknown type 'percent'"):
        LineParser(load((folder_with(tmp_path, kind),)))


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="not a folder"):
        load((tmp_path / "missing",))
