"""How long a payer has sent no remittance, in business days.

Both days are business days of the data: that of the payer's latest 835 (DTM*405, else BPR16) and the day that was
opened last. So history that is read again tells the same.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from services.core.resubmission.spans import is_day_off

LONGEST: Final = 400
"""Days after which it no longer matters how many: a payer that left."""


def silent_days(last: date, today: date) -> int:
    """Business days after `last` up to and with `today`; 0 where `last` is today or later."""
    span = min((today - last).days, LONGEST)
    return sum(not is_day_off(today - timedelta(days=back)) for back in range(span))
