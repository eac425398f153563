"""What a trace must find and tell, from the generator's truth alone."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any

from shipper.trace.story import Story
from tests.comparison import identity
from tests.generator.model import Line, Traffic

Told = tuple[Any, ...]
"""A message, and the texts of its lines in the order of the log."""


class Truth:
    """Each message of a log with its lines."""

    def __init__(self, traffic: Traffic) -> None:
        self.messages = traffic.messages
        lines: dict[int, list[Line]] = {key: [] for key in traffic.keys}
        for line in traffic.lines:
            for key in set(line.message):
                lines[key].append(line)
        self.lines = [[line.text for line in lines[key]] for key in traffic.keys]
        self._attempts = {
            key for key, message in zip(traffic.keys, traffic.messages, strict=True) if "email" in message
        }

    def stories(self) -> list[Told]:
        """All messages with their lines."""
        told = zip(self.messages, self.lines, strict=True)
        return sorted(((*identity(message), *lines) for message, lines in told), key=str)

    def bounced(self) -> dict[Told, list[str]]:
        """Message -> the ids of the bounces that report it, where there are any."""
        found: dict[Told, list[str]] = {}
        for message in self.messages:
            for bounce in self.messages:
                utm = bounce["sophos"]["utm"]
                same_host = bounce["host"] == message["host"]
                if same_host and utm.get("bounce_of") in message["sophos"]["utm"].get("queue_ids", ()):
                    found.setdefault(identity(message), []).append(bounce["email"]["local_id"])
        return {message: sorted(bounces) for message, bounces in found.items()}

    def having(self, kind: str, text: str) -> list[Told]:
        """The messages that fit, read from the meaning of the kind."""
        fits = {
            "queue-id": lambda m: text in m["sophos"]["utm"].get("queue_ids", ()),
            "message-id": lambda m: m.get("email", {}).get("message_id") == text,
            "address": lambda m: text.lower() in map(str.lower, m["related"].get("user", ())),
            "client": lambda m: "ip" in m.get("source", {}) and ip_address(m["source"]["ip"]) in ip_network(text),
            "subject": lambda m: _words(text) <= _words(m.get("email", {}).get("subject", "")),
        }[kind]
        return sorted((identity(message) for message in self.messages if fits(message)), key=str)


def _words(text: str) -> set[str]:
    """Enough for subjects without symbols inside of words."""
    return set(re.findall(r"\w+", text.lower()))


def as_told(story: Story) -> Told:
    """A story in the same form."""
    lines = (line["event"]["original"].encode(_encoding(line)) for line in story.lines)
    return (*identity(story.message), *lines)


def _encoding(line: dict[str, Any]) -> str:
    encoding: str = line["sophos"]["utm"].get("original_encoding", "utf-8")
    return encoding
