"""Settings: everything that differs between installations comes from the environment (see `.env.example`)."""

from datetime import timedelta
from typing import Any

from csp.constants import SELF

from bexportal.env import BASE_DIR, USUAL_GRACE_PERIOD, Settings
from bexportal.logs import logging_config

read = Settings()

# --- the installation ------------------------------------------------------------------------------------------------
DEBUG = read.flag("DEBUG", default=False)
SECRET_KEY = read.secret_key("SECRET_KEY", "a-long-random-text-of-50-characters-or-more")
ALLOWED_HOSTS = read.hosts("ALLOWED_HOSTS", "portal.example.co.za,127.0.0.1", default=["127.0.0.1", "localhost"])
PUBLIC_URL = read.url("PUBLIC_URL", "https://portal.example.co.za", default="http://127.0.0.1:8000", path=False)
TRUSTED_PROXIES = read.words("TRUSTED_PROXIES", "10.0.0.5,10.0.1.0/24", default=[])
# How long a service is given to stop: by compose.yaml, by systemd (TimeoutStopSec).
STOP_GRACE_PERIOD = read.period("STOP_GRACE_PERIOD", USUAL_GRACE_PERIOD)
VAR_DIR = read.made_folder("VAR_DIR", "/srv/bexportal", default=BASE_DIR / "var")

# --- the courier -----------------------------------------------------------------------------------------------------
BEX_API_URL = read.url("BEX_API_URL", "https://api.bex.co.za", default="https://api.bex.co.za")
BEX_WEBHOOK_URL = read.url("BEX_WEBHOOK_URL", "https://webhook.bex.co.za", default="https://webhook.bex.co.za")
BEX_CONNECT_TIMEOUT = read.seconds("BEX_CONNECT_TIMEOUT", 5)
BEX_READ_TIMEOUT = read.seconds("BEX_READ_TIMEOUT", 30)
BEX_DEADLINE = read.seconds("BEX_DEADLINE", 40)
# Calls at a time, of all processes together; for how many seconds one waits for its turn.
BEX_CONCURRENCY = read.whole("BEX_CONCURRENCY", 8)
TRACKING_CONCURRENCY = read.whole("TRACKING_CONCURRENCY", max(BEX_CONCURRENCY - 2, 1))
BEX_PATIENCE = read.seconds("BEX_PATIENCE", 5)
# For an installation whose canaries were never found by their additional reference.
REFERENCE_IN_SENDERS_REF = read.flag("REFERENCE_IN_SENDERS_REF", default=False)
BEX_TELEPHONE = read.text("BEX_TELEPHONE", "011 000 0000", default="")
JOURNAL_DIR = str(read.folder("JOURNAL_DIR", "/srv/bexportal-journal", default=VAR_DIR / "journal"))
FIELD_ENCRYPTION_KEYS = read.keys("FIELD_ENCRYPTION_KEYS")
QUOTE_FRESH_FOR = timedelta(minutes=15)
# Days for which deliveries are kept as they came, once what they told was taken out of them.
WEBHOOK_RETENTION_DAYS = read.whole("WEBHOOK_RETENTION_DAYS", 90)
# Requests of one address to the receivers, in each web process.
WEBHOOK_CALLS_PER_MINUTE = read.whole("WEBHOOK_CALLS_PER_MINUTE", 6000)
API_CALLS_PER_MINUTE = read.whole("API_CALLS_PER_MINUTE", 600)

# --- Django ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "bexportal",
    "accounts",
    "shipments",
    "tracking",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "tracking.webhooks.receiving.ReceiverMiddleware",
    "bexportal.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "bexportal.middleware.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # BREACH: tokens of forms are masked anew each time, each answer gets padding of its own, and cookies are Lax.
    "django.middleware.gzip.GZipMiddleware",
    "bexportal.middleware.MaintenanceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bexportal.middleware.SignInRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "bexportal.urls"
WSGI_APPLICATION = "bexportal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bexportal.context.portal",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": read.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL and IMMEDIATE: readers never wait, and two writers wait for each other instead of failing.
    # FULL: a committed claim is on the disk before anything is sent.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        timeout=20,
        transaction_mode="IMMEDIATE",
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    )
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Last, so that it holds whatever DATABASE_URL says.
    _options = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = f"{_options.get('options', '')} -c synchronous_commit=on".strip()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = read.redis("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.NameOrEmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
# Failures count per name and address together: nobody can lock out another person from elsewhere.
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=10)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "accounts.backends.counted_name"
AXES_CLIENT_IP_CALLABLE = "bexportal.middleware.client_address"
AXES_LOCKOUT_CALLABLE = "bexportal.views.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "ip_address"]
AXES_VERBOSE = False

LANGUAGE_CODE = "en-za"
TIME_ZONE = "Africa/Johannesburg"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = None
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATIC_ROOT = read.folder("STATIC_ROOT", "/srv/bexportal-static", default=BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = str(read.folder("MEDIA_ROOT", "/srv/bexportal-documents", default=VAR_DIR / "documents"))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": ("django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "bexportal.static.Hashed")
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

vars().update(read.email("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10  # seconds; a page waits for it
DEFAULT_FROM_EMAIL = read.text("DEFAULT_FROM_EMAIL", "portal@example.co.za", default="bexportal@localhost")

# --- security --------------------------------------------------------------------------------------------------------
_https = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = _https
# A redirect would turn a webhook's POST into a GET.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^hooks/"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 12
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "bexportal.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
        "img-src": [SELF, "data:"],
        "object-src": ["'none'"],
        "report-uri": "/csp-report",
    }
}

# --- Celery ----------------------------------------------------------------------------------------------------------
# Seconds. A task makes several calls one after another, and none of them is cut off.
CELERY_TASK_TIME_LIMIT = int(max(300, 4 * BEX_DEADLINE))
CELERY_TASK_SOFT_TIME_LIMIT = CELERY_TASK_TIME_LIMIT - 60
CELERY_BROKER_URL = REDIS_URL or "files://localhost"  # bexportal/broker.py
BROKER_DIR = VAR_DIR / "broker"
if REDIS_URL:
    # Longer than the longest task: a message is handed out again only when its worker is surely gone.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 3 * CELERY_TASK_TIME_LIMIT}
else:
    BROKER_DIR.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULER = "bexportal.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat": {"task": "bexportal.tasks.heartbeat", "schedule": 15.0, "options": {"expires": 15}},
    "send-what-waits": {"task": "shipments.tasks.send_what_waits", "schedule": 10.0, "options": {"expires": 10}},
    "end-leases": {"task": "shipments.tasks.end_leases", "schedule": 10.0, "options": {"expires": 10}},
    "look-up-attempts": {"task": "shipments.tasks.look_up_attempts", "schedule": 20.0, "options": {"expires": 20}},
    "tell-what-needs-a-person": {
        "task": "shipments.tasks.tell_what_needs_a_person",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "derive-anew": {"task": "tracking.tasks.derive_anew", "schedule": 60.0, "options": {"expires": 60}},
    "take-inbox": {"task": "tracking.tasks.take_inbox", "schedule": 10.0, "options": {"expires": 10}},
    "forget-deliveries": {"task": "tracking.tasks.forget_deliveries", "schedule": 3600.0, "options": {"expires": 3600}},
    "sync-tracking": {"task": "tracking.tasks.sync_tracking", "schedule": 30.0, "options": {"expires": 30}},
}

# --- seen from outside -----------------------------------------------------------------------------------------------
# Whoever shows it may read /metrics; without one nobody may.
METRICS_TOKEN = read.token("METRICS_TOKEN")
# Errors, and a share of traces, are told there; without one nowhere.
SENTRY_DSN = read.dsn("SENTRY_DSN")
SENTRY_ENVIRONMENT = read.text("SENTRY_ENVIRONMENT", "production", default="production")
SENTRY_TRACES_SAMPLE_RATE = read.share("SENTRY_TRACES_SAMPLE_RATE", 0.0)

LOG_FORMAT = read.choice("LOG_FORMAT", ("json", "readable"), default="readable" if DEBUG else "json")
LOGGING = logging_config(LOG_FORMAT)
