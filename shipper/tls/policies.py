"""TLS policies: which versions and suites an authority accepts, stated as criteria, and whether a leg meets one.

A policy names no suite. For each version it states alternatives of key exchange, authentication, bulk cipher and MAC;
what they select from the registry is what it allows. The files say where the criteria come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path

from msgspec import Struct

from shipper.errors import PolicyError
from shipper.tls.policy_files import read_policy
from shipper.tls.policy_values import TlsPolicy
from shipper.tls.registry import Suite, registered

DEFAULT = "mozilla-intermediate"
BUILT_IN = Path(__file__).parent / "policies"


class _Found(Struct, frozen=True):
    policy: TlsPolicy
    path: Path


def load_policies(folders: Sequence[Path] = ()) -> dict[str, TlsPolicy]:
    """The built-in policies and those of `folders`, by name.

    Raises PolicyError for a malformed file and for a name that two files have. The words of the built-in ones are held
    by tests: checking them here would import the registry.
    """
    found: dict[str, _Found] = {}
    for path in [*_files(BUILT_IN), *(path for folder in folders for path in _files(folder))]:
        policy = read_policy(path, check_words=path.parent != BUILT_IN)
        if policy.name in found:
            raise PolicyError(
                f"{path}: the name {policy.name!r} is that of {found[policy.name].path}", advice="give it another name"
            )
        found[policy.name] = _Found(policy, path)
    return {name: each.policy for name, each in found.items()}


def choose_policy(name: str, folders: Sequence[Path] = ()) -> TlsPolicy:
    """The policy of this name. Raises PolicyError when there is none, and as `load_policies` does."""
    policies = load_policies(folders)
    if name not in policies:
        raise PolicyError(
            f"no TLS policy is named {name!r}",
            advice=f"known are {', '.join(policies)}; tls.policies names folders of more",
        )
    return policies[name]


@cache
def default_policy() -> TlsPolicy:
    """What a leg is judged by unless a setting names another policy."""
    return choose_policy(DEFAULT)


@lru_cache(maxsize=4096)
def meets(policy: TlsPolicy, version: str | None, protocol: str | None, cipher: str | None) -> bool:
    """Whether a leg with TLS meets the policy: its version is one of the policy's, and its suite is allowed there.

    `version` and `protocol` as in ECS, `cipher` IANA's name of the suite. What is not known meets nothing.
    """
    if version is None or protocol != "tls" or not cipher:
        return False
    suite = registered().get(cipher)
    return suite is not None and any(criteria.select(suite) for criteria in policy.criteria(version))


def allowed_suites(policy: TlsPolicy) -> Mapping[str, Sequence[Suite]]:
    """Version -> the registered suites that the policy allows there, in the order of the registry."""
    suites = registered().values()
    return {
        version: [suite for suite in suites if meets(policy, version, "tls", suite.name)]
        for version, _ in policy.versions
    }


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PolicyError(f"{folder} is not a folder", advice="name a folder that holds *.yaml policies")
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
