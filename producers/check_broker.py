"""Check the broker: whether it answers, and whether its topics are as the configuration says."""

from collections.abc import Iterator

from kafka.errors import KafkaError

from config.messages import say
from config.settings import KafkaTable
from streams.kafka.access import NoAccess
from streams.kafka.topics import ALL, administration, differences, look


def broker(table: KafkaTable) -> Iterator[tuple[str, str]]:
    """What there is to say: its level (well, warning, wrong) and the words. Changes nothing."""
    servers = "、".join(table.servers)
    if table.security == "SASL_PLAINTEXT" and table.mechanism == "PLAIN":
        yield "warning", say("check.broker_in_clear", servers=servers)
    try:
        with administration(table) as admin:
            there = look(admin, table)
            wrong = list(differences(admin, table, there))
    except NoAccess as error:
        yield "wrong", say("check.broker_no_access", secret=table.secret, cause=str(error))
        return
    except KafkaError as error:
        yield "wrong", say("check.broker_away", servers=servers, cause=f"{type(error).__name__}: {error}")
        return
    for line in wrong:
        yield "wrong", say("check.broker_differs", cause=line)
    if not wrong and there:
        yield "well", say("check.broker", servers=servers, topics=len(there))
    if len(there) < len(ALL):
        yield "warning" if there else "well", say("check.broker_new", servers=servers)
