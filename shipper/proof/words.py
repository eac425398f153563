"""What a statement says in sentences: its verdict, and how each number is defined."""

from __future__ import annotations

from collections.abc import Iterator

from shipper.proof.statement import Outcome, PolicyFacts, Question
from shipper.proof.tally import Row


def outcome_of(total: Row) -> Outcome:
    """`meets` needs a leg that meets, and none that is known not to."""
    if total.failing or total.plaintext:
        return "exceptions"
    return "meets" if total.meeting else "nothing proven"


def verdict_of(question: Question, policy: PolicyFacts, total: Row, refused: int, missing_days: int) -> str:
    """In a few plain sentences; `refused` of the exceptions brought no mail."""
    return " ".join(_verdict(question, policy, total, refused, missing_days))


def _verdict(question: Question, policy: PolicyFacts, total: Row, refused: int, missing_days: int) -> Iterator[str]:
    provable, bad = total.legs - total.unproven, total.failing + total.plaintext
    mail = f"mail from and to {_listed((*question.partners, *(['subdomains'] if question.subdomains else [])))}"
    if not total.legs:
        yield f"Nothing proven: there is no {mail} in the period."
    elif not provable:
        yield f"Nothing proven: of none of the {total.legs:,} legs of {mail} does the log tell enough."
    elif bad:
        yield (
            f"Not met: {bad:,} of {provable:,} provable legs of {mail} do not meet the policy {policy.name}:"
            f" {total.plaintext:,} in plaintext, {total.failing:,} with a version or suite that it does not allow."
        )
        if refused:
            yield f"{refused:,} of them brought no mail, as it was refused or abandoned (--accepted leaves those out)."
    else:
        yield f"Met: {total.meeting:,} of {provable:,} provable legs of {mail} meet the policy {policy.name}."
    if total.unproven and provable:
        yield f"Of {total.unproven:,} more legs the log does not tell enough."
    if missing_days:
        yield f"On {missing_days:,} days of the period a gateway has nothing in the archive."


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def definitions(question: Question) -> tuple[tuple[str, str], ...]:
    """Term -> what it means in this statement."""
    exact = (
        "A domain is the partner's when it is the partner's name or ends with a dot and that name"
        if question.subdomains
        else "A domain is the partner's when it is the partner's name; subdomains are others'"
    )
    attempts = (
        "Sessions whose mail was refused or abandoned are left out"
        if question.accepted_only
        else "A session whose mail was refused or abandoned counts as well"
    )
    return (
        (
            "Inbound leg",
            "The session in which a client handed over a message whose envelope sender has the partner's domain. The"
            " sender is the one that the scanner logged, so that SRS is undone, else that of the reception. It is what"
            f" the client claimed. The null sender (<>, bounces) has no domain and is nobody's. {attempts}.",
        ),
        (
            "Outbound leg",
            "The last attempt to deliver a message to one envelope recipient with the partner's domain: one leg for"
            " each message and recipient. The recipient is the original one, also where the gateway redirected it.",
        ),
        ("The partner's domain", f"What stands after the last @, compared without regard to case. {exact}."),
        (
            "Not counted",
            "What stayed on the gateway: mail from or to its own loopback addresses, or handed over by its own"
            " programs.",
        ),
        ("Meets the policy", "TLS of a version that the policy allows, with a suite that it allows there."),
        (
            "Fails",
            "TLS or SSL whose version or suite the log names, and which the policy does not allow.",
        ),
        ("Plaintext", "The log tells that the session had no TLS."),
        (
            "Not provable",
            "No line tells whether there was TLS (refusals of older versions, deliveries that failed before a session"
            " or whose line does not tell), or it was TLS and its version or suite is not logged or not known.",
        ),
        ("Legs", "Those that meet + fail + plaintext + not provable. Each table divides all legs."),
        (
            "Grade",
            "Independent of the policy. recommended: TLS 1.3, or 1.2 with forward secrecy and AEAD; acceptable: 1.2"
            " with one of the two; weak: 1.2 with neither, 1.1, 1.0; insecure: SSL, or a broken suite, or fewer than"
            " 112 bits.",
        ),
        (
            "Period, month",
            "A message belongs to the second (UTC) in which its reception began, from the first moment that was asked"
            " for to before the last, and so do its deliveries, whenever they came.",
        ),
        (
            "Days without anything",
            "Days (UTC) of which the archive has neither a line nor a message of that gateway: within the period that"
            " was asked for, and where it is open, between the gateway's first and last day.",
        ),
    )
