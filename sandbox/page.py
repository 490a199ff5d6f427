"""placeholder"""

from sandbox.api import Api
from sandbox.http_types import NOT_FOUND, Reply, Request

STYLE_PATH = "/sandbox.css"
FORMS = "/_page/"


def answer(api: Api, request: Request) -> Reply:
    return NOT_FOUND
