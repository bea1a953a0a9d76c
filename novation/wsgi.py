"""The web entry: `granian --interface wsgi novation.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "novation.settings")
application = get_wsgi_application()
