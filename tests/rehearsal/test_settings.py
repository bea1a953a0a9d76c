"""A rehearsal saves only where nothing is to be protected, and the product's own settings stay as they are."""

import novation.settings
from novation.rehearsal import settings


def test_a_rehearsal_neither_waits_for_the_disk_nor_for_passwords() -> None:
    assert "synchronous=NORMAL" in settings.DATABASES["default"]["OPTIONS"]["init_command"]
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.MD5PasswordHasher"]


def test_the_product_does_both() -> None:
    assert "synchronous=FULL" in novation.settings.DATABASES["default"]["OPTIONS"]["init_command"]
    assert not hasattr(novation.settings, "PASSWORD_HASHERS")
