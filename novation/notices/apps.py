from django.apps import AppConfig
from django.conf import settings


class NoticesConfig(AppConfig):
    name = "novation.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listens to the reports of the mail service, when there are any."""
        if settings.NOVATION_MAIL_HOOK:
            from novation.notices import reports

            reports.listen()
