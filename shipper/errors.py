"""Typed errors. Each prints as one line: what, where, what to do. Exit codes are documented in README.md."""

from __future__ import annotations


class ShipperError(Exception):
    """A broken world (as opposed to a bad item, which is a value).

    `exit_code` is what the command ends with; `str(error)` is the one line that the user reads.
    """

    exit_code = 1

    def __init__(self, what: str, *, advice: str = "") -> None:
        super().__init__(f"{what}; {advice}" if advice else what)
        self.what = what
        self.advice = advice


class SettingsError(ShipperError):
    """A setting is unknown, of the wrong type or out of range."""

    exit_code = 2


class PolicyError(SettingsError):
    """A TLS policy is unknown, or its file is malformed."""


class InputError(ShipperError):
    """A path is missing, unreadable, or holds no logs."""

    exit_code = 3


class FormatError(ShipperError):
    """A format declaration is malformed or does not match its own samples."""

    exit_code = 4


class ClusterError(ShipperError):
    """The cluster cannot be reached or refuses the request as a whole."""

    exit_code = 5


class AuthenticationError(ClusterError):
    """The cluster answered 401 or 403."""

    exit_code = 6


class TemplatesError(ClusterError):
    """The index templates are missing, older than this program's, or differ from them."""

    exit_code = 7


class StateError(ShipperError):
    """The state directory cannot be used."""

    exit_code = 8


class StillDeadError(ShipperError):
    """Some dead letters could not be replayed."""

    exit_code = 11


class NothingFoundError(ShipperError):
    """`trace` found no message, or not the one that was asked for."""

    exit_code = 12


class AttentionError(ShipperError):
    """`status` or `doctor` found what needs a person."""

    exit_code = 10


class PanelsError(ShipperError):
    """The declaration of dashboards is malformed, or the files made from it are older than it."""


class ListenError(ShipperError):
    """The spool folder cannot be used, an address cannot be listened on, or a certificate does not load."""


class DashboardsError(ClusterError):
    """Saved objects are missing in OpenSearch Dashboards or Kibana, or differ from this program's."""

    exit_code = 9
