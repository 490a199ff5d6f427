"""What is done at most once in a while, over all processes where they share a cache."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def first_within(seconds: int, name: str) -> bool:
    """Whether nobody asked this by this name for so long. Where the cache is away it is: done once too often harms
    nobody, and what somebody waits for goes on.
    """
    try:
        return cache.add(name, True, seconds)
    except (RedisError, OSError) as error:
        what = name.partition(":")[0]
        log.warning("the cache does not answer (%s); %s is done all the same", type(error).__name__, what)
        return True
