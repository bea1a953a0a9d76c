from django.apps import AppConfig


class EvidenceLogConfig(AppConfig):
    """The evidence log: entries, documents, checkpoints, timestamps, bundles."""

    name = "novation.evidencelog"
    default_auto_field = "django.db.models.BigAutoField"
