"""`utm-shipper listen`: receives what a UTM sends by syslog, and appends it to files that `ship` reads."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click

from shipper.commands.notify import Notifier
from shipper.commands.options import with_settings
from shipper.commands.talk import say
from shipper.errors import SettingsError, StateError
from shipper.pipeline.receiving import delete_spent, is_of
from shipper.setting_layers import variable
from shipper.setting_sections import SyslogSettings
from shipper.settings import Settings
from shipper.sources.syslog.allowed import Allowed
from shipper.sources.syslog.certificates import CertificateFiles, Certificates
from shipper.sources.syslog.intake import Intake, Limits
from shipper.sources.syslog.listener import Listener
from shipper.sources.syslog.sender_log import Rotation
from shipper.sources.syslog.sockets import Place, open_doors
from shipper.sources.syslog.spool import Spool, open_spool
from shipper.sources.syslog.tally import Remarks, Tally, Transport
from shipper.sources.syslog.upkeep import Upkeep


@click.command()
@with_settings("syslog.spool", "syslog.udp", "syslog.tcp", "syslog.tls", "syslog.allow", "state")
def listen(settings: Settings) -> None:
    """Receive what a UTM sends by syslog.

    Appends each message as one line to files in the spool folder, one folder per sender, until it is ended by SIGTERM
    or Ctrl-C. `ship` reads these files like any log.
    """
    syslog = settings.syslog
    places, folder, allowed = _places(syslog), _spool_folder(syslog), _allowed(syslog)
    certificates = Certificates(_certificate_files(syslog)) if "tls" in places else None
    remarks = Remarks(say, time.monotonic)
    with (
        open_spool(folder, Rotation(syslog.rotate_bytes, syslog.rotate_every), time.time, say) as spool,
        open_doors(places) as doors,
        closing(Notifier.from_environment(os.environ)) as systemd,
    ):
        intake = Intake(spool, allowed, _limits(syslog), is_of(syslog.programs), remarks)
        upkeep = Upkeep(spool, certificates, remarks, systemd.alive, _clean_up(settings))
        ready = f"listening on {', '.join(door.describe() for door in doors)}; spool {folder}"
        try:
            asyncio.run(_until_signalled(Listener(doors, intake, certificates, upkeep), systemd, ready))
        finally:
            _end(spool, intake.tally)


async def _until_signalled(listener: Listener, systemd: Notifier, ready: str) -> None:
    stop = asyncio.Event()

    def end() -> None:
        systemd.stopping()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    say(ready)
    systemd.ready(ready)
    await listener.run(stop)


def _end(spool: Spool, tally: Tally) -> None:
    try:
        half_written = spool.close()
        tally.spooled -= half_written
        tally.dropped += half_written
    finally:
        say(tally.summary())


def _clean_up(settings: Settings) -> Callable[[list[Path]], None]:
    """Deletes what `syslog.keep` lets go, and nothing where it is not set."""
    keep = settings.syslog.keep

    def clean_up(finished: list[Path]) -> None:
        if keep is None:
            return
        try:
            deleted = delete_spent(finished, settings.state, before=time.time() - keep)
        except (StateError, OSError) as error:
            say(f"warning: the spool is not cleaned up: {error}")
            return
        if deleted:
            say(f"{deleted:,} spool files were deleted: stored, and older than syslog.keep")

    return clean_up


def _places(syslog: SyslogSettings) -> dict[Transport, Place]:
    given: dict[Transport, Place | None] = {"udp": syslog.udp, "tcp": syslog.tcp, "tls": syslog.tls}
    places = {transport: place for transport, place in given.items() if place}
    if not places:
        raise SettingsError("nothing to listen on is named", advice="give --udp, --tcp or --tls")
    return places


def _spool_folder(syslog: SyslogSettings) -> Path:
    if syslog.spool is None:
        raise SettingsError("no spool folder is named", advice=f"give --spool or set {variable('syslog.spool')}")
    return syslog.spool


def _allowed(syslog: SyslogSettings) -> Allowed:
    if not syslog.allow:
        raise SettingsError("nobody is allowed to send", advice=f"give --allow or set {variable('syslog.allow')}")
    return Allowed(syslog.allow, frozenset(name.lower() for name in syslog.client_names))


def _limits(syslog: SyslogSettings) -> Limits:
    return Limits(syslog.largest_message, syslog.connections, syslog.connections_per_sender, syslog.idle_timeout)


def _certificate_files(syslog: SyslogSettings) -> CertificateFiles:
    if syslog.certificate_file is None or syslog.key_file is None:
        raise SettingsError("TLS needs a certificate", advice="set syslog.certificate_file and syslog.key_file")
    if syslog.client_names and syslog.client_ca_file is None:
        raise SettingsError(
            "syslog.client_names needs certificates to look into", advice="set syslog.client_ca_file as well"
        )
    return CertificateFiles(syslog.certificate_file, syslog.key_file, syslog.client_ca_file)
