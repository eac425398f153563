"""The tables that an export must hold, from the generator's truth alone: no name of a field is the program's."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tests.comparison import flatten
from tests.generator.model import Line, Traffic
from tests.generator.syslog import iso

Row = dict[str, Any]
Tables = dict[str, list[Row]]

_MESSAGE = """
time=@timestamp host=host.name queue_id=email.local_id status=sophos.utm.status complete=sophos.utm.complete
outcome=event.outcome reason=event.reason first_line=event.start last_line=event.end sender=email.sender.address
sender_domain=sophos.utm.sender.domain envelope_sender=sophos.utm.sender.envelope srs=sophos.utm.sender.srs
recipients=email.to.address refused_recipients=sophos.utm.rejected_recipients subject=email.subject
header_message_id=email.message_id client_ip=source.ip client_port=source.port client_domain=source.domain
helo=sophos.utm.helo size_received=sophos.utm.size.received size_scanned=sophos.utm.size.scanned
tls=tls.established tls_version=tls.version tls_cipher=tls.cipher
tls_openssl_cipher=sophos.utm.tls.inbound.openssl_cipher tls_bits=sophos.utm.tls.inbound.bits
tls_grade=sophos.utm.tls.inbound.grade encrypted=sophos.utm.tls.encrypted
weakest_version=sophos.utm.tls.weakest_version weakest_grade=sophos.utm.tls.weakest_grade
compliant=sophos.utm.tls.compliant policy=sophos.utm.tls.policy spam_result=sophos.utm.spam.result
spam_verdict=sophos.utm.spam.verdict spam_not_checked_reason=sophos.utm.spam.not_checked_reason
spam_ref_id=sophos.utm.spam.ref_id spam_class=sophos.utm.spam.class spam_score_re=sophos.utm.spam.scores.re
spam_score_recu=sophos.utm.spam.scores.recu spam_score_reip=sophos.utm.spam.scores.reip
spam_cached=sophos.utm.spam.cached dkim_result=sophos.utm.dkim.result dkim_count=sophos.utm.dkim.count
dkim_passed=sophos.utm.dkim.passed dkim_failed=sophos.utm.dkim.failed dkim_aligned=sophos.utm.dkim.aligned
disposition_id=sophos.utm.disposition.id disposition_name=sophos.utm.disposition.name
disposition_reason=sophos.utm.disposition.reason disposition_extra=sophos.utm.disposition.extra
bounce_of=sophos.utm.bounce_of requeues=sophos.utm.requeues lines=sophos.utm.event_count
"""
_DELIVERY = """
queue_id=queue_id time=time recipient=recipient status=status destination=destination.domain
destination_ip=destination.ip destination_port=destination.port tls=tls.established tls_version=tls.version
tls_cipher=tls.cipher tls_openssl_cipher=tls.openssl_cipher tls_bits=tls.bits tls_grade=tls.grade router=router
transport=transport response_code=response.code response_text=response.text attempts=attempts
"""
_SIGNATURE = """
domain=domain selector=selector canonicalization=canonicalization algorithm=algorithm key_bits=key_bits result=result
detail=detail
"""
_RECEPTION = """
host=host.name sender=email.sender.address sender_domain=sophos.utm.sender.domain
envelope_sender=sophos.utm.sender.envelope recipients=email.to.address client_ip=source.ip client_port=source.port
client_domain=source.domain helo=sophos.utm.helo header_message_id=email.message_id size=sophos.utm.size.received
tls=tls.established tls_version=tls.version tls_cipher=tls.cipher
tls_openssl_cipher=sophos.utm.tls.inbound.openssl_cipher tls_bits=sophos.utm.tls.inbound.bits
tls_grade=sophos.utm.tls.inbound.grade spam_result=sophos.utm.spam.result dkim_result=sophos.utm.dkim.result
"""
_SETS = {"queue_ids": "sophos.utm.queue_ids", "dkim_domains": "sophos.utm.dkim.domains",
         "dkim_passed_domains": "sophos.utm.dkim.passed_domains"}  # fmt: skip
_ATTEMPTS = ("delivered", "deferred", "failed")
_LOOPBACK = ("127.", "::1", "::ffff:127.")


def tables_of(traffic: Traffic) -> Tables:
    """Table -> rows with the columns that the truth knows; `message` in each is the number of its message."""
    documents = dict(zip(traffic.keys, map(flatten, traffic.messages), strict=True))
    numbers = {key: number for number, key in enumerate(traffic.keys)}
    tables: Tables = {name: [] for name in ("messages", "exim_in", "smtpd", "exim_out", "deliveries", "dkim")}
    scans: dict[str, list[Line]] = defaultdict(list)
    for key, document in documents.items():
        message = {"message": numbers[key]}
        sets = {name: sorted(document.get(path, [])) or None for name, path in _SETS.items()}
        tables["messages"].append(message | _picked(_MESSAGE, document) | sets)
        for delivery in map(flatten, document.get("sophos.utm.deliveries", [])):
            crossed = _crossed(delivery.get("destination.ip"))
            tables["deliveries"].append(message | _picked(_DELIVERY, delivery) | {"crossed_network": crossed})
        for place, signature in enumerate(document.get("sophos.utm.dkim.signatures", []), start=1):
            tables["dkim"].append(message | _picked(_SIGNATURE, signature) | {"number": place})
    for line in traffic.lines:
        if not line.message or line.queue_id is None:
            continue
        key = line.message[0]
        row = {"message": numbers.get(key), "queue_id": line.queue_id, "time": iso(line.utc), "pid": line.pid}
        if line.action == "message-received" and line.stage == "exim-in":
            crossed = _crossed(documents[key].get("source.ip"))
            tables["exim_in"].append(row | _picked(_RECEPTION, documents[key]) | {"crossed_network": crossed})
        elif line.action in _ATTEMPTS:
            tables["exim_out"].append(row | {"status": line.action})
        elif line.stage == "smtpd" and line.action in ("scan-started", "disposition"):
            scans[line.queue_id].append(line)
    tables["smtpd"] = [_scan(lines, documents, numbers) for lines in scans.values()]
    return tables


def _scan(lines: list[Line], documents: dict[Any, Row], numbers: dict[Any, int]) -> Row:
    key = lines[0].message[0]
    started = next((line for line in lines if line.action == "scan-started"), lines[0])
    return {
        "message": numbers[key],
        "queue_id": lines[0].queue_id,
        "time": iso(started.utc),
        "host": documents[key]["host.name"],
        "sender": documents[key].get("email.sender.address"),
        "size": documents[key].get("sophos.utm.size.scanned"),
        "spam_result": documents[key].get("sophos.utm.spam.result"),
    }


def _picked(names: str, document: Row) -> Row:
    pairs = (pair.partition("=") for pair in names.split())
    return {column: document.get(path) for column, _, path in pairs}


def _crossed(ip: str | None) -> bool | None:
    return None if ip is None else not ip.startswith(_LOOPBACK)
