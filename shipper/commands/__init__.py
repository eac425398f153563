"""The command `utm-shipper`: one file per subcommand, imported only when it is the one that was asked for."""

from __future__ import annotations

from pathlib import Path

import click

from shipper import __version__
from shipper.commands.program import Program

_commands = {
    "demo": (
        "shipper.commands.demo:demo",
        "Start an OpenSearch, ship the sample, print what landed.",
    ),
    "ship": ("shipper.commands.ship:ship", "Store the events and messages of logs in a cluster."),
    "listen": ("shipper.commands.listen:listen", "Receive what a UTM sends by syslog, into files to ship."),
    "dead-letters": (
        "shipper.commands.dead_letters:dead_letters",
        "See, replay or drop what could not be stored.",
    ),
    "parse": ("shipper.commands.parse:parse", "Print the documents of logs as JSON lines, without a cluster."),
    "export": ("shipper.commands.export:export", "Write messages as tables: CSV, NDJSON or Parquet."),
    "trace": ("shipper.commands.trace:trace", "Tell a message's story, stage by stage, with its raw lines."),
    "report": ("shipper.commands.report:report", "Print what the dashboards show, or write it as one page."),
    "tls-proof": ("shipper.commands.tls_proof:tls_proof", "State over which TLS mail from and to a partner went."),
    "setup": ("shipper.commands.setup:setup", "Bring a cluster's index templates to what this program needs."),
    "prune": ("shipper.commands.prune:prune", "Delete indices of old documents, when told to."),
    "formats": ("shipper.commands.formats:formats", "Check and list the declared line shapes."),
    "policies": ("shipper.commands.policies:policies", "List the TLS policies, and show exactly what one accepts."),
    "dashboards": ("shipper.commands.dashboards:dashboards", "Make the files of dashboards that can be imported."),
    "searches": ("shipper.commands.searches:searches", "Print ready searches for Dashboards and Kibana."),
    "status": ("shipper.commands.status:status", "Show how far each log is stored, and what is open."),
    "doctor": ("shipper.commands.doctor:doctor", "Check all that shipping needs, and say what to do."),
    "systemd-unit": ("shipper.commands.systemd_unit:systemd_unit", "Print a unit that runs this as a service."),
    "config": ("shipper.commands.config:config", "Show the effective settings and where each comes from."),
}


@click.group(cls=Program, commands_by_name=_commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="utm-shipper", message="%(prog)s %(version)s")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings file (YAML).")
def main(config: Path | None) -> None:
    """Make Sophos UTM mail logs searchable for years.

    Reads SMTP logs, joins the lines of each message, and indexes both into OpenSearch or Elasticsearch, or prints the
    same documents as JSON lines.

    Every setting can stand in the settings file or in an environment variable UTM_SHIPPER_...; options win over
    variables, variables over the file. Data goes to standard output, everything else to standard error.
    """
