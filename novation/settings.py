"""Django's settings, all from the environment. Names and meanings: docs/reference/settings.md."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import dj_database_url

from novation import clock as novation_clock
from novation import environment as env
from novation import keys
from novation.domain.errors import BadInput

PACKAGE = Path(__file__).resolve().parent

NOVATION_HOME = Path(env.text("NOVATION_HOME", "var")).absolute()
try:
    # Keys, mails and people's data lie in it: it is its owner's alone.
    NOVATION_HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise BadInput(
        f"The folder {NOVATION_HOME} cannot be used: {error.strerror}.",
        remedy="Choose one that can be written with --home or NOVATION_HOME.",
    ) from error
_root = keys.root_secret(NOVATION_HOME, env.secret("NOVATION_SECRET_KEY"))
SECRET_KEY = keys.derive(_root, "django").hex()
NOVATION_KEYS = {purpose: keys.derive(_root, purpose) for purpose in ("link", "code", "vault")}

_clock_file = env.text("NOVATION_CLOCK_FILE")
if _clock_file:
    novation_clock.use_clock(novation_clock.SharedClock(Path(_clock_file)))

# The outside: where the three services are, where customers find us, and whose page may stand in a frame.
NOVATION_API_URL = env.text("NOVATION_API_URL", "https://api.partnercenter.microsoft.com")
NOVATION_LOGIN_URL = env.text("NOVATION_LOGIN_URL", "https://login.microsoftonline.com")
NOVATION_GRAPH_URL = env.text("NOVATION_GRAPH_URL", "https://graph.microsoft.com")
NOVATION_ADMIN_URL = env.text("NOVATION_ADMIN_URL", "https://admin.microsoft.com")
NOVATION_COMPONENT_ORIGIN = env.text("NOVATION_COMPONENT_ORIGIN", "https://partner.microsoft.com")
# The app with which people of the customers sign in (attribution A2); empty: none, and pages do not offer it.
NOVATION_SIGNIN_CLIENT = env.text("NOVATION_SIGNIN_CLIENT")
NOVATION_SIGNIN_SECRET = env.secret("NOVATION_SIGNIN_SECRET")
NOVATION_PUBLIC_URL = env.text("NOVATION_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
NOVATION_API_RATE = env.number(
    "NOVATION_API_RATE", 500
)  # requests a minute, per account and kind of resource
NOVATION_API_CONCURRENCY = env.number("NOVATION_API_CONCURRENCY", 16)  # calls at once, per account
NOVATION_API_TIMEOUT = env.seconds("NOVATION_API_TIMEOUT", 60)  # seconds to wait for an answer
NOVATION_MAIL_RATE = env.number("NOVATION_MAIL_RATE", 20)  # mails a minute
NOVATION_MAIL_DAILY = env.number("NOVATION_MAIL_DAILY", 9000)  # mails within 24 hours; 0: no limit
NOVATION_COMPANY = env.text("NOVATION_COMPANY")
# Time services (RFC 3161) that stamp the evidence log: name=URL, separated by spaces. Empty: none.
NOVATION_TIME_SERVICES = dict(
    pair.split("=", 1)
    for pair in env.text(
        "NOVATION_TIME_SERVICES",
        "digicert=http://timestamp.digicert.com sectigo=http://timestamp.sectigo.com",
    ).split()
)
NOVATION_CHECKPOINT_EVERY = env.number("NOVATION_CHECKPOINT_EVERY", 600)  # real seconds; decisions: at once
NOVATION_CHECKPOINT_MAIL = env.text(
    "NOVATION_CHECKPOINT_MAIL"
)  # address outside that gets a checkpoint every day
# Webhooks of Partner Center: hosts that may serve the signing certificate, and anchors (PEM) other than the system's.
NOVATION_WEBHOOK_HOSTS = env.text(
    "NOVATION_WEBHOOK_HOSTS", ".microsoft.com 3psostorageacct.blob.core.windows.net"
).split()
NOVATION_WEBHOOK_ROOTS = env.text("NOVATION_WEBHOOK_ROOTS")
NOVATION_CHECKPOINT_ARCHIVE_DIR = env.text(
    "NOVATION_CHECKPOINT_ARCHIVE_DIR"
)  # write-once folder that gets every checkpoint
NOVATION_LOG_ORIGIN = env.text("NOVATION_LOG_ORIGIN", "novation.local/log")  # name of the evidence log

DEBUG = env.flag("NOVATION_DEBUG", False)
_hosts = env.text("NOVATION_HOSTS", "127.0.0.1,localhost,[::1]")
ALLOWED_HOSTS = [host.strip() for host in _hosts.split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [NOVATION_PUBLIC_URL]
SECURE = NOVATION_PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("NOVATION_BEHIND_PROXY", False) else None
)
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE else 0
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "novation.console",  # before allauth: its templates are ours
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "novation.evidencelog",
    "novation.customers",
    "novation.operations",
    "novation.moves",
    "novation.notices",
    "novation.engine",
    "novation.consent",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "novation.compression.TextCompression",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "novation.urls"
WSGI_APPLICATION = "novation.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

_idle_tx_timeout = env.number("NOVATION_DB_IDLE_TX_TIMEOUT", 60)  # seconds
_database = env.secret("DATABASE_URL") or f"sqlite:///{NOVATION_HOME / 'novation.sqlite3'}"
try:
    DATABASES = {"default": dj_database_url.parse(_database, conn_max_age=600, conn_health_checks=True)}
except ValueError:
    DATABASES = {"default": {"ENGINE": ""}}
if not DATABASES["default"]["ENGINE"].endswith(("sqlite3", "postgresql")):
    raise BadInput(
        "DATABASE_URL names no database that Novation can use.",
        remedy="Write postgres://user:password@host/name or sqlite:////path/to/file.",
    )
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "novation.sqlite"
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}  # said, since only Django's own name implies it
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    # WAL and FULL: readers never wait for the writer, and a committed intent survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
        # What is erased is overwritten, and does not linger in free pages.
        "PRAGMA secure_delete=ON;",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["ENGINE"] = "novation.postgresql"
    # A frozen machine would hold the lock of the log, and everybody else would stand still until it wakes.
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = (
        f"{_options.get('options', '')} -c idle_in_transaction_session_timeout={_idle_tx_timeout}s".strip()
    )

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_ADAPTER = "novation.console.signin.ConsoleAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("cs", "Čeština"),
]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = env.text("NOVATION_TIME_ZONE", "Europe/Prague")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
# Served straight from the packages: there is no folder to collect into, and no step to forget.
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = ""  # every file: its address carries the hash of its content
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "novation.static_files.ContentAddressedFiles"},
}

NOVATION_MAIL = env.text("NOVATION_MAIL", "file")  # who carries the mails; see docs/reference/settings.md
NOVATION_MAIL_OAUTH = env.flag("NOVATION_MAIL_OAUTH", False)  # smtp: sign in with a token of Microsoft's
_mail_key, _mail_url = env.secret("NOVATION_MAIL_KEY"), env.text("NOVATION_MAIL_URL")
# What each mail service calls its key (django-anymail).
NOVATION_MAIL_SERVICES = {
    "brevo": "BREVO_API_KEY",
    "mailersend": "MAILERSEND_API_TOKEN",
    "mailgun": "MAILGUN_API_KEY",
    "mailjet": "MAILJET_API_KEY",
    "mailtrap": "MAILTRAP_API_TOKEN",
    "mandrill": "MANDRILL_API_KEY",
    "postal": "POSTAL_API_KEY",
    "postmark": "POSTMARK_SERVER_TOKEN",
    "resend": "RESEND_API_KEY",
    "sendgrid": "SENDGRID_API_KEY",
    "sparkpost": "SPARKPOST_API_KEY",
}
NOVATION_MAIL_WEBHOOK_SECRET = env.secret(
    "NOVATION_MAIL_WEBHOOK_SECRET"
)  # name:password that the service's reports must bring
NOVATION_MAIL_DKIM = env.text("NOVATION_MAIL_DKIM")  # DKIM selectors of our mails, separated by spaces
NOVATION_MAIL_SPF = env.text("NOVATION_MAIL_SPF")  # term of the SPF record that lets our mail server send
ANYMAIL: dict[str, object] = {"IGNORE_UNSUPPORTED_FEATURES": True, "REQUESTS_TIMEOUT": 30}
if NOVATION_MAIL_WEBHOOK_SECRET:
    ANYMAIL["WEBHOOK_SECRET"] = NOVATION_MAIL_WEBHOOK_SECRET
if NOVATION_MAIL in NOVATION_MAIL_SERVICES:
    ANYMAIL[NOVATION_MAIL_SERVICES[NOVATION_MAIL]] = _mail_key
    if _mail_url:
        ANYMAIL[f"{NOVATION_MAIL.upper()}_API_URL"] = _mail_url
    if env.secret("NOVATION_MAIL_SECRET"):
        ANYMAIL["MAILJET_SECRET_KEY"] = env.secret("NOVATION_MAIL_SECRET")
_trial = {"file": "filebased", "console": "console"}
if NOVATION_MAIL in NOVATION_MAIL_SERVICES:
    EMAIL_BACKEND = f"anymail.backends.{NOVATION_MAIL}.EmailBackend"
elif NOVATION_MAIL in ("smtp", "graph", *_trial):
    EMAIL_BACKEND = f"django.core.mail.backends.{_trial.get(NOVATION_MAIL, 'smtp')}.EmailBackend"
else:
    raise BadInput(
        f"NOVATION_MAIL is {NOVATION_MAIL!r}.",
        remedy=f"Use smtp, graph, file, console, {', '.join(NOVATION_MAIL_SERVICES)}.",
    )
EMAIL_FILE_PATH = NOVATION_HOME / "mail"
EMAIL_HOST = env.text("NOVATION_MAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.number("NOVATION_MAIL_PORT", 25)
EMAIL_HOST_USER = env.text("NOVATION_MAIL_USER")
EMAIL_HOST_PASSWORD = env.secret("NOVATION_MAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("NOVATION_MAIL_TLS", False)
EMAIL_TIMEOUT = 30
# The mailbox behind our address, for `novation inbound-mail --imap`.
NOVATION_IMAP_HOST = env.text("NOVATION_IMAP_HOST")
NOVATION_IMAP_PORT = env.number("NOVATION_IMAP_PORT", 993)
NOVATION_IMAP_TLS = env.flag("NOVATION_IMAP_TLS", True)
NOVATION_IMAP_USER = env.text("NOVATION_IMAP_USER")
NOVATION_IMAP_PASSWORD = env.secret("NOVATION_IMAP_PASSWORD")
NOVATION_IMAP_FOLDER = env.text("NOVATION_IMAP_FOLDER", "INBOX")

_SELF = "'self'"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [_SELF],
        "style-src": [_SELF],
        "img-src": [_SELF, "data:"],
        "font-src": [_SELF],
        "connect-src": [_SELF],
        "form-action": [_SELF],
        "frame-src": [_SELF],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("NOVATION_LOG_LEVEL", "INFO")},
    "loggers": {
        # A client that goes away or a wrong path is no news.
        "django.request": {"level": "ERROR"},
        "httpx2": {"level": "WARNING"},
    },
}

# Read by the tests alone.
env.KNOWN.update(
    (
        "NOVATION_CORPUS",
        "NOVATION_TEST_POSTGRES",
        "NOVATION_TEST_POSTGRES_URL",
        "NOVATION_TEST_DATABASE",
        "NOVATION_FAILPOINTS",
    )
)
env.refuse_unknown()
