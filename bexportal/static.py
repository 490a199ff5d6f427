"""Static files under names that change with what is in them, so that browsers keep them for good."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.staticfiles.storage import ManifestStaticFilesStorage as Storage
else:  # WhiteNoise has no types
    from whitenoise.storage import CompressedManifestStaticFilesStorage as Storage

# Our own modules import each other by "./name.js"; what other packages ship is left as it is.
IMPORTS = (
    (
        r"""(?P<matched>(?P<what>import\s[^"';]*?from\s*)["'](?P<url>\./[^"']+)["'])""",
        '%(what)s"%(url)s"',
    ),
    (r"""(?P<matched>import\s*["'](?P<url>\./[^"']+)["'])""", 'import "%(url)s"'),
)


class Hashed(Storage):
    """The modules that a script imports too: an old script never meets a new module after an upgrade."""

    patterns = (*Storage.patterns, ("js/*.js", IMPORTS))
