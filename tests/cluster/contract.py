"""The types that dashboards and detections rely on, field by field."""

_TYPES = {
    "date": "@timestamp event.start event.end sophos.utm.deliveries.time sophos.utm.dkim.signed_at "
    "sophos.utm.dkim.expires_at",
    "ip": "source.ip destination.ip related.ip sophos.utm.deliveries.destination.ip",
    "wildcard": "email.message_id",
    "nested": "sophos.utm.deliveries sophos.utm.dkim.signatures",
    "match_only_text": "email.subject.text event.reason.text sophos.utm.response.text.text "
    "sophos.utm.deliveries.response.text.text",
    "float": "sophos.utm.spam.scores.re sophos.utm.spam.scores.recu sophos.utm.spam.scores.reip",
    "boolean": """
        tls.established tls.resumed sophos.utm.complete sophos.utm.sender.srs sophos.utm.sender.null
        sophos.utm.spam.cached sophos.utm.dkim.aligned sophos.utm.deliveries.tls.established sophos.utm.tls.compliant
        """,
    "long": """
        event.duration process.pid log.offset source.port destination.port sophos.utm.size.received
        sophos.utm.size.scanned sophos.utm.requeues sophos.utm.event_count sophos.utm.spam.class
        sophos.utm.dkim.key_bits sophos.utm.dkim.count sophos.utm.dkim.passed sophos.utm.dkim.failed
        sophos.utm.dkim.signatures.key_bits sophos.utm.response.code sophos.utm.defer_code
        sophos.utm.tls.inbound.bits sophos.utm.deliveries.attempts sophos.utm.deliveries.destination.port
        sophos.utm.deliveries.tls.bits sophos.utm.deliveries.response.code
        """,
    "keyword": """
        ecs.version event.kind event.category event.module event.dataset event.action event.outcome event.reason
        event.original host.name observer.vendor observer.product observer.type process.name log.file.path
        related.hosts related.user source.domain source.address destination.domain destination.address
        email.sender.address email.to.address email.subject email.local_id email.direction
        tls.version tls.version_protocol tls.cipher
        sophos.utm.stage sophos.utm.queue_id sophos.utm.parent_queue_id sophos.utm.role sophos.utm.helo
        sophos.utm.securemail.id sophos.utm.securemail.name sophos.utm.securemail.reason sophos.utm.securemail.extra
        sophos.utm.securemail.severity sophos.utm.spam.verdict sophos.utm.spam.ref_id sophos.utm.spam.items
        sophos.utm.spam.result sophos.utm.spam.not_checked_reason
        sophos.utm.dkim.domain sophos.utm.dkim.selector sophos.utm.dkim.canonicalization sophos.utm.dkim.algorithm
        sophos.utm.dkim.result sophos.utm.dkim.detail sophos.utm.dkim.domains sophos.utm.dkim.passed_domains
        sophos.utm.dkim.signatures.domain sophos.utm.dkim.signatures.selector
        sophos.utm.dkim.signatures.canonicalization sophos.utm.dkim.signatures.algorithm
        sophos.utm.dkim.signatures.result sophos.utm.dkim.signatures.detail
        sophos.utm.response.text sophos.utm.router sophos.utm.transport sophos.utm.status sophos.utm.queue_ids
        sophos.utm.bounce_of sophos.utm.rejected_recipients sophos.utm.sender.envelope
        sophos.utm.disposition.id sophos.utm.disposition.name sophos.utm.disposition.reason
        sophos.utm.disposition.extra
        sophos.utm.deliveries.recipient sophos.utm.deliveries.status sophos.utm.deliveries.queue_id
        sophos.utm.deliveries.destination.domain sophos.utm.deliveries.tls.version sophos.utm.deliveries.tls.cipher
        sophos.utm.deliveries.tls.openssl_cipher sophos.utm.deliveries.tls.grade sophos.utm.deliveries.router
        sophos.utm.deliveries.transport sophos.utm.deliveries.response.text
        sophos.utm.tls.openssl_cipher sophos.utm.tls.inbound.openssl_cipher sophos.utm.tls.inbound.grade
        sophos.utm.tls.outbound.versions sophos.utm.tls.outbound.ciphers sophos.utm.tls.outbound.grades
        sophos.utm.tls.outbound.domains sophos.utm.tls.encrypted sophos.utm.tls.weakest_version
        sophos.utm.tls.weakest_grade sophos.utm.tls.policy
        """,
}

CONTRACT = {path: kind for kind, paths in _TYPES.items() for path in paths.split()}
