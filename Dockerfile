# syntax=docker/dockerfile:1
# --- packages: what builds stays behind
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/venv/bin/pip install --disable-pip-version-check --no-input -r /tmp/requirements.txt

# --- the portal
FROM python:3.11-slim-bookworm
# pg_dump and psql for manage.py backup and restore; the same major version as the server in compose.yaml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 portal \
    && useradd --system --uid 10001 --gid portal --home-dir /srv/bexportal --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal -m 0750 /srv/bexportal /srv/bexportal-journal /srv/bexportal-documents /srv/backups \
       /srv/backup-keys
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=bexportal.settings \
    VAR_DIR=/srv/bexportal \
    JOURNAL_DIR=/srv/bexportal-journal \
    MEDIA_ROOT=/srv/bexportal-documents \
    LOG_FORMAT=json
# The style sheets are named by their content here, so that every process serves the same ones.
RUN python -m compileall -q accounts bexapi bexportal shipments tracking \
    && SECRET_KEY=only-for-collecting-only-for-collecting-only-for-it VAR_DIR=/tmp/var \
       python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/var
USER portal
EXPOSE 8000
VOLUME ["/srv/bexportal", "/srv/bexportal-journal", "/srv/bexportal-documents"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "python:bexportal.serving", "--bind", "0.0.0.0:8000", "bexportal.wsgi"]
