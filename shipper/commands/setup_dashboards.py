"""The dashboards' part of `utm-shipper setup`: what is imported, compared or shown, and where to look at it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from shipper.cluster.dashboards.address import address_of_first_dashboard
from shipper.cluster.dashboards.importing import Problem, check_objects, import_objects, plan
from shipper.cluster.dashboards.server import DashboardsServer
from shipper.commands.connection import connected_dashboards
from shipper.commands.talk import say
from shipper.dashboards.saved_objects import SavedObject, saved_objects
from shipper.errors import DashboardsError
from shipper.settings import Settings


def import_dashboards(settings: Settings) -> DashboardsError | None:
    """Imports everything and reads it back; the error when an object is not there as it should be."""
    with connected_dashboards(settings) as server:
        objects = _objects(server, settings)
        problems = import_objects(server, objects)
        for problem in problems:
            say(str(problem), "error")
        if problems:
            return _error(problems, objects, server, "see the lines above for the reasons")
        say(f"{len(objects)} objects imported at {_named(server)} and read back")
        _say_where_to_look(server, objects, settings)
    return None


def check_dashboards(settings: Settings) -> DashboardsError | None:
    """Prints each object that is missing or differs, one line each difference; the error when there is any."""
    with connected_dashboards(settings) as server:
        objects = _objects(server, settings)
        problems = check_objects(server, objects)
        for problem in problems:
            click.echo(problem)
        if problems:
            return _error(problems, objects, server, "run utm-shipper setup --dashboards")
        say(f"all {len(objects)} objects are in place at {_named(server)}")
        _say_where_to_look(server, objects, settings)
    return None


def show_import(settings: Settings) -> None:
    """Prints the call that would be made, and what would be in it."""
    with connected_dashboards(settings) as server:
        call = plan(server, _objects(server, settings))
        click.echo(f"POST {call.target}\n{len(call.objects)} objects, {len(call.file):,} bytes")
        for found in call.objects:
            click.echo(f"{found['type']} {found['id']} {found['attributes']['title']}")


def _objects(server: DashboardsServer, settings: Settings) -> tuple[SavedObject, ...]:
    return saved_objects(server.product.name, settings.index.prefix)


def _named(server: DashboardsServer) -> str:
    product = f"{server.product.title} {server.version}".rstrip()
    return f"{server.where} ({product})"


def _error(
    problems: Sequence[Problem], objects: Sequence[SavedObject], server: DashboardsServer, advice: str
) -> DashboardsError:
    count = len({(problem.type, problem.id) for problem in problems})
    return DashboardsError(f"{count} of {len(objects)} objects are not in place at {_named(server)}", advice=advice)


def _say_where_to_look(server: DashboardsServer, objects: Sequence[SavedObject], settings: Settings) -> None:
    """The last line: with a server in a container, its own name for itself leads nowhere."""
    public_url = settings.dashboards.public_url or server.where
    say(f"look at {address_of_first_dashboard(server, objects, public_url)}")
