"""Trying again: the one place that decides whether a failed request gets another chance, and when.

A turn's text and a sentence's speech are streams that hand on what they have while they run, so each keeps its own
loop; a retry library wraps calls, not streams.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from vcg_tui.errors import ProviderError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently.

    Attributes:
        retries: tries after the first one.
        deadline_s: no further try begins later than this after the first one began, waits included.
        first_wait_s: the wait before the second try; doubles from try to try.
        longest_wait_s: no wait of our own is longer. A service's own ``retry_after`` is kept, if the deadline allows.
    """

    retries: int = 3
    deadline_s: float = 60.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 8.0

    def wait_before_retry(self, error: ProviderError, attempts: int, elapsed_s: float) -> float | None:
        """Seconds to wait before the next try; None: give up.

        Args:
            error: how the last try failed.
            attempts: tries made so far.
            elapsed_s: since the first try began.
        """
        if not error.kind.retryable or attempts > self.retries:
            return None
        if error.retry_after is not None:
            wait = error.retry_after
        else:
            # Jitter on the upper half: calls that failed together should not come back together.
            wait = min(self.first_wait_s * 2 ** (attempts - 1), self.longest_wait_s) * random.uniform(0.5, 1.0)
        return wait if elapsed_s + wait <= self.deadline_s else None
