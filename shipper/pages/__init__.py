"""HTML pages that open from disk: each one file, without scripts, and forbidden to ask the network for anything.

    html = page("report.html", version=__version__, title="Mail: TLS", ...)

Templates are in `templates/`, extend `base.html` and build their tables with the macros of `parts.html`. Every value is
escaped, and a name that a template uses but was not given is an error. Inline `style` attributes have no effect, as the
page's own rule on content allows its one style sheet only: classes belong into `style.css`.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).resolve().parent / "templates"


def page(template: str, *, version: str, title: str, **values: Any) -> str:
    """The page that `template`, a file name in `templates/`, makes of `values`; `version` is of this program.

    Raises `jinja2.UndefinedError` for a value that the template needs and was not given.
    """
    return _environment().get_template(template).render(values, version=version, title=title)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    style = (_TEMPLATES / "style.css").read_text("utf-8")
    environment.globals |= {"style": Markup(style), "content_policy": _content_policy(style)}
    environment.filters["number"] = "{:,}".format
    environment.filters["longest_word"] = lambda value: max(map(len, str(value).split()), default=0)
    return environment


def _content_policy(style: str) -> str:
    """Nothing may be loaded, run or sent; the one style sheet is known by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
