"""Says every so often what time it is: `timezone.now()` and the clock that counts since the boot."""

import time

from django.utils import timezone

if __name__ == "__main__":
    while True:
        print(timezone.now().timestamp(), time.clock_gettime(time.CLOCK_BOOTTIME), flush=True)
        time.sleep(0.1)
