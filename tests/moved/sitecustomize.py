"""Every Python loads this on a moved day: libfaketime refuses the sleep that ends at a moment."""

import select
import time


def sleep(seconds: float) -> None:
    """As `time.sleep`, by another call of the system."""
    select.select((), (), (), seconds)


time.sleep = sleep
