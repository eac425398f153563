"""How many events are in memory, whatever becomes of their messages."""

from __future__ import annotations

from random import Random

from shipper.correlate.limits import Limits
from shipper.correlate.message import OpenMessage
from shipper.correlate.open_messages import OpenMessages
from shipper.model import StageEvent

MOST = 40


class Shelf:
    """Where messages are put aside: nothing but a dictionary."""

    def __init__(self) -> None:
        self.messages: dict[str, OpenMessage] = {}

    def put(self, message: OpenMessage) -> None:
        self.messages |= dict.fromkeys(message.queue_ids, message)

    def fetch(self, host: str, queue_id: str) -> OpenMessage | None:
        message = self.messages.get(queue_id)
        for own in message.queue_ids if message else ():
            del self.messages[own]
        return message

    def unshown(self, host: str) -> list[OpenMessage]:
        return []


def event(number: int, queue_id: str, time: int, parent: str | None = None) -> StageEvent:
    fields = {"sophos.utm.parent_queue_id": parent} if parent else {}
    return StageEvent(
        str(number), "utm", time, number, "smtpd", "smtpd", 1, "scan-started", "scan-started", queue_id, fields, "", "",
        number,
    )  # fmt: skip


def held(messages: OpenMessages) -> int:
    return sum(len(message.events) for message in messages.in_memory())


def test_the_oldest_leave_memory_until_what_is_left_is_little_enough() -> None:
    messages, shelf = OpenMessages("utm", Shelf(), Limits()), Shelf()
    for number in range(60):
        messages.add(f"id-{number // 3}", event(number, f"id-{number // 3}", 100))
    for message in messages.settled(MOST):
        shelf.put(message)

    assert list(shelf.messages) == [f"id-{number}" for number in range(7)]
    assert held(messages) == 39


def test_every_event_is_counted_once() -> None:
    """Events of many messages come, some twice; messages turn out to be one, settle, come back: as counted by hand."""
    random, shelf = Random(5), Shelf()
    messages = OpenMessages("utm", shelf, Limits(settle_after=50))
    wanted: dict[str, set[str]] = {}
    for number in range(4000):
        messages.now += 1
        recent = random.randrange(number // 8, number // 8 + 30)
        old, new = f"id-{recent}", f"id-{recent // 4 * 4 + random.randrange(4)}"
        given = [event(number, old, messages.now), event(number // 2 * 2, old, messages.now)]
        message = messages.add(old, *given)
        events = wanted.setdefault(old, set())
        events |= {each.id for each in given}
        if random.random() < 0.2:
            messages.hand_off(message, event(number, old, messages.now, parent=new))
            together = events | wanted.get(new, set())
            both = {id for id, known in wanted.items() if known is events or known is wanted.get(new)} | {old, new}
            wanted |= dict.fromkeys(both, together)
        for settled in messages.settled(MOST):
            shelf.put(settled)
        assert held(messages) == messages.events <= MOST

    found = [*messages.take_all(), *shelf.messages.values()]
    assert {id: set(message.events) for message in found for id in message.queue_ids} == wanted
    assert messages.events == 0


def test_a_message_that_turned_out_to_be_part_of_another_holds_nothing() -> None:
    messages = OpenMessages("utm", Shelf(), Limits())
    messages.add("a", event(1, "a", 100), event(2, "a", 100))
    part = messages.add("b", event(3, "b", 100))
    messages.hand_off(part, event(3, "b", 100, parent="a"))

    assert part.events == {}
    assert set(messages.get("b").events) == {"1", "2", "3"}
