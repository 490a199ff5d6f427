"""gunicorn's configuration: `gunicorn --config python:bexportal.serving bexportal.wsgi`. Its options on the command
line come on top.
"""

from bexportal.env import USUAL_GRACE_PERIOD, Settings

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = 2
threads = 12
accesslog = None
# What asks BEX is answered before its process ends, and the process ends before it is killed.
graceful_timeout = int(Settings().period("STOP_GRACE_PERIOD", USUAL_GRACE_PERIOD)) - 5
timeout = graceful_timeout + 30
