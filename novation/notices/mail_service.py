"""Mail services with an API of their own, through django-anymail: sending, and what they report back."""

from __future__ import annotations

from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import get_connection

from novation.notices.mail import Mail
from novation.notices.transport import HELD, Handed, MayGo, Outcome, always

#: Answers that say nothing about the mail: our key, our limit, their rest.
_OURS = frozenset({401, 402, 403, 407, 408, 429, 503})
#: What a service says of a recipient (django-anymail's words).
_NOT_TAKEN = frozenset({"invalid", "rejected", "failed"})
_TAKEN = frozenset({"sent", "queued"})


class MailService:
    """The service of the settings. Opens are not tracked and links not rewritten, whatever its account says."""

    def send(self, mail: Mail, may_go: MayGo = always) -> Handed:
        """Hands one mail over by one request."""
        if not may_go():
            return HELD
        # Comes back with each report, so that it finds its mail again whatever the service calls it.
        wanted: Any = mail
        wanted.metadata = {"notice": str(mail.extra_headers["Message-ID"]).strip("<>")}
        wanted.track_clicks = wanted.track_opens = False
        try:
            get_connection(settings.EMAIL_BACKEND).send_messages([mail])
        except AnymailRecipientsRefused as error:
            return Handed(Outcome.BOUNCED, _said(error))
        except AnymailAPIError as error:
            return Handed(_outcome(error), _said(error))
        except AnymailError as error:
            # Our set-up: a key that is missing, a feature that the service lacks. Nothing was sent.
            return Handed(Outcome.LATER, _said(error))
        except requests.RequestException as error:
            return Handed(_broken(error), _said(error))
        status = wanted.anymail_status
        named = str(status.message_id or "")[:200]
        if status.status and status.status <= _NOT_TAKEN:
            return Handed(
                Outcome.BOUNCED, f"The service does not write to this address: {sorted(status.status)}", named
            )
        if not named and not (status.status or set()) & _TAKEN:
            return Handed(Outcome.UNCERTAIN, "The service did not say what it did with the mail.")
        return Handed(Outcome.ACCEPTED, remote_id=named)


def _outcome(error: AnymailAPIError) -> Outcome:
    status = error.status_code
    if status is None:
        cause = error.__cause__
        return _broken(cause) if isinstance(cause, requests.RequestException) else Outcome.UNCERTAIN
    if status in _OURS:
        return Outcome.LATER
    # A gateway that gave up waiting may have let the request through.
    return Outcome.UNCERTAIN if status >= 500 else Outcome.FAILED


def _broken(error: requests.RequestException) -> Outcome:
    """No answer. Only a connection that never came about has certainly sent nothing."""
    never = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
    return Outcome.LATER if never else Outcome.UNCERTAIN


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
