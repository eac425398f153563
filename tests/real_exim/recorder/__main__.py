"""`unshare --mount --net python -m tests.real_exim.recorder usual`: makes a recording of the installed Exim."""

from __future__ import annotations

import argparse
import gzip
from pathlib import Path

from tests.real_exim.notes import Notes
from tests.real_exim.recorder import accepted, given_up, names, passed_on, refused, servers
from tests.real_exim.recorder.administrator import take_off_the_queue
from tests.real_exim.recorder.clients import Clients
from tests.real_exim.recorder.gateway import MAILBOXES, SELECTORS, Gateway
from tests.real_exim.recorder.ground import Ground, add_addresses
from tests.real_exim.recorder.log import Log
from tests.real_exim.recorder.signers import Signers
from tests.real_exim.recorder.taking import note_mailbox

RECORDINGS = Path(__file__).parents[1] / "recordings"
_SCENARIOS = (*accepted.SCENARIOS, *passed_on.SCENARIOS, *refused.SCENARIOS, *given_up.SCENARIOS)
_LONGER_THAN_ANY_TIMEOUT = 4.0


def main() -> None:
    wanted = _arguments().parse_args()
    root = wanted.root.resolve()
    ground = Ground(root)
    log = Log(ground.log_socket)
    notes = _record(Gateway(root, wanted.exim), ground, log, wanted.selector)
    for kind, content in {"log": log.content(), "json": notes.as_json().encode()}.items():
        packed = wanted.to / f"{notes.exim}-{wanted.selector}.{kind}.gz"
        packed.write_bytes(gzip.compress(content, mtime=0))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.real_exim.recorder", description=__doc__)
    parser.add_argument("selector", choices=SELECTORS, help="what Exim logs")
    parser.add_argument("--root", type=Path, default=Path("/"), help="the folder of another system, with another Exim")
    parser.add_argument("--exim", default="/usr/sbin/exim4", help="the program, as seen from that folder")
    parser.add_argument("--to", type=Path, default=RECORDINGS, help="the folder for the recording")
    return parser


def _record(gateway: Gateway, ground: Ground, log: Log, selector: str) -> Notes:
    add_addresses(names.ADDRESSES)
    signers = Signers.make()
    names.serve(signers.records())
    certificate = gateway.set_up(ground, selector)
    notes = Notes(gateway.version(), selector)
    servers.serve(notes, certificate)
    with gateway.running():
        _play(Clients(notes, gateway, signers), gateway, log)
        notes.waiting = gateway.waiting()
        take_off_the_queue(gateway, notes)
        log.wait_for_silence(_LONGER_THAN_ANY_TIMEOUT)
    for name in MAILBOXES:
        note_mailbox(notes, ground.spool / name)
    return notes


def _play(clients: Clients, gateway: Gateway, log: Log) -> None:
    """All scenarios; then what could not be delivered is tried again."""
    for scenario in _SCENARIOS:
        clients.play(scenario)
    log.wait_for_silence(_LONGER_THAN_ANY_TIMEOUT)
    gateway.run("-qff")
    log.wait_for_silence(_LONGER_THAN_ANY_TIMEOUT)


if __name__ == "__main__":
    main()
