"""`related.*` of a message: what its lines name, gathered in one pass."""

from __future__ import annotations

from collections.abc import Iterable

from shipper.documents.event import host_names
from shipper.model import Fields


def related(stated: Iterable[Fields]) -> dict[str, list[str]]:
    """`ip`: every valid address; `hosts`: every host name, the client's own (HELO) included, and nothing that is no
    host name; `user`: every mail address, the null sender not being one. Each once, in the order of appearance.
    """
    ips: dict[str, None] = {}
    hosts: dict[str, None] = {}
    users: dict[str, None] = {}
    for fields in stated:
        if "source.ip" in fields:
            ips[fields["source.ip"]] = None
        if "destination.ip" in fields:
            ips[fields["destination.ip"]] = None
        if "source.domain" in fields:
            hosts[fields["source.domain"]] = None
        if "sophos.utm.helo" in fields:
            hosts[fields["sophos.utm.helo"]] = None
        if "destination.domain" in fields:
            hosts[fields["destination.domain"]] = None
        if "email.sender.address" in fields and fields["email.sender.address"] != "<>":
            users[fields["email.sender.address"]] = None
        if "sophos.utm.final_address" in fields and fields["sophos.utm.final_address"] != "<>":
            users[fields["sophos.utm.final_address"]] = None
        if "sophos.utm.parent_address" in fields and fields["sophos.utm.parent_address"] != "<>":
            users[fields["sophos.utm.parent_address"]] = None
        if "email.to.address" in fields:
            for address in fields["email.to.address"]:
                users[address] = None
    names = {"ip": list(ips), "hosts": host_names(hosts), "user": list(users)}
    return {name: found for name, found in names.items() if found}
