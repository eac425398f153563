"""Sophos UTM SMTP logs with their ground truth, made from scripts of what happens to each message.

A second implementation of the log format and of the documents, which shares nothing with the program: it never reads
the lines it writes. See README.md beside this file for what it had to decide.
"""

from tests.generator.model import ACTIONS, IGNORED, Line, Traffic
from tests.generator.reshape import FORMS, cut, interleave, merge, render
from tests.generator.scenarios import SCENARIOS
from tests.generator.stress import Stress
from tests.generator.traffic import generate, stream
from tests.generator.years import archive_traffic

__all__ = [
    "ACTIONS", "FORMS", "IGNORED", "SCENARIOS", "Line", "Stress", "Traffic", "archive_traffic", "cut", "generate",
    "interleave", "merge", "render", "stream",
]  # fmt: skip
