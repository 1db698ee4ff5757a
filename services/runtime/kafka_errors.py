"""kafka-python's errors as errors of the port. Only their kinds pass: their texts may hold keys and values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kafka import errors

from services.runtime.log import FencedError, LogError, PermanentLogError, TransientLogError

# Another instance has our transactional id, or our group instance id.
FENCED: Final = (errors.ProducerFencedError, errors.InvalidProducerEpochError, errors.FencedInstanceIdError)

NO_BUSINESS: Final = "is none of this principal's business: see `reclaim topics acls`"

_WHAT: Final = {
    errors.TopicAuthorizationFailedError: "a topic",
    errors.GroupAuthorizationFailedError: "a consumer group",
    errors.TransactionalIdAuthorizationFailedError: "a transactional id",
}

PERMANENT: Final = (
    errors.AuthorizationError,
    errors.IllegalArgumentError,
    errors.IllegalStateError,
    errors.InvalidGroupIdError,
    errors.InvalidRecordError,
    errors.InvalidReplicationFactorError,
    errors.InvalidSessionTimeoutError,
    errors.InvalidTopicError,
    errors.InvalidTransactionTimeoutError,
    errors.KafkaConfigurationError,
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.SaslAuthenticationFailedError,
    errors.UnknownTopicOrPartitionError,
    errors.UnsupportedSaslMechanismError,
    errors.UnsupportedVersionError,
)


def port_error(error: BaseException) -> LogError:
    """The error of the port that says what the caller may do."""
    text = f"kafka: {type(error).__name__}"
    if isinstance(error, errors.AuthorizationError):
        text = f"kafka: {_WHAT.get(type(error), 'what was asked')} {NO_BUSINESS}"
    if isinstance(error, FENCED):
        return FencedError(text)
    if isinstance(error, PERMANENT):
        return PermanentLogError(text)
    return TransientLogError(text)


@contextmanager
def translated() -> Iterator[None]:
    """What kafka-python raises inside leaves as an error of the port."""
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise port_error(error) from error
