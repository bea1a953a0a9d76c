from typing import Any

from django.apps import AppConfig
from django.conf import settings


class NoticesConfig(AppConfig):
    name = "novation.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listens to the reports of the mail service, when there are any."""
        if settings.NOVATION_MAIL_WEBHOOK_SECRET:
            from novation.notices.inbound import reports

            reports.listen()

        from novation.moves.services.erasure import people_erased
        from novation.notices.services.erasure import erase

        def forget(move: Any, now: Any, **_: Any) -> None:
            erase(move, now=now)

        people_erased.connect(forget, weak=False, dispatch_uid="notices")
