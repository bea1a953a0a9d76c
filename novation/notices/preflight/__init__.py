"""Whether our mails will be believed and answered: looked at before a wave may go out.

`check` looks (DNS look-ups, so never inside a transaction) and keeps what it found; `standing` reads what is kept.
"""

from novation.notices.preflight.checks import Finding, check, standing, trial
from novation.notices.preflight.dns import Dns, DnsDown, SystemDns

__all__ = ["Dns", "DnsDown", "Finding", "SystemDns", "check", "standing", "trial"]
