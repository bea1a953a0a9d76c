from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Operations, steps and tasks: what was asked for, what was sent, what a person must do."""

    name = "novation.operations"
    default_auto_field = "django.db.models.BigAutoField"
