"""The four generations of the gateway's Exim, as data: everything that the log text depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    version: str  # as the daemon's start line prints it
    process_in: str = "exim-in"
    process_out: str = "exim-out"
    long_ids: bool = False  # 6-11-4
    modern: bool = False  # 4.91 and later: CV=, K, DKIM=, X= on rejections, H= on failures
    closing_time: bool = False  # D= on every closing line
    confirmation: int = 100  # bytes of the remote's reply in C="..."; 0: not logged
    spam: str = "ctasd"  # ctasd, ctasd-old, none
    dkim_lines: bool = True  # one DKIM line per signature
    key_bits: bool = False
    queue_time: bool = False  # selector queue_time: QT= on Completed
    deliver_time: bool = False  # selector deliver_time: DT= on delivery lines


DIALECTS: dict[str, Dialect] = {
    "asg7": Dialect(
        "asg7", "4.76", process_in="exim", process_out="exim", confirmation=0, spam="ctasd-old",
    ),
    "4.82": Dialect("4.82", "4.82_1-5b7a7c0-XX"),
    "4.94": Dialect(
        "4.94", "4.94.2", modern=True, confirmation=1024, spam="none", dkim_lines=False, key_bits=True,
    ),
    "4.97": Dialect(
        "4.97", "4.97.1", long_ids=True, modern=True, closing_time=True, confirmation=1024, spam="none",
        dkim_lines=False, key_bits=True,
    ),
}  # fmt: skip
