"""The bell that many machines hear: a message on RabbitMQ that carries a job's name and an opaque id, no more."""

import threading
import time
from collections.abc import Sequence
from typing import Any

import kombu
import structlog
from celery import Celery

from incidents.foundation.jobs import QUEUES, jobs

REPEAT = 30.0  # seconds until a ring that nobody heard is rung again; its message expires with it
AHEAD = 500  # rings of one job that lie on the queue at a time, so that 10,000 due batches are no flood
PATIENCE = 2.0  # seconds that one ring waits for the broker
REST = 5.0  # seconds without another try while the broker is out of reach
_NEVER = float("-inf")
_logger = structlog.get_logger("broker")


def open_broker(url: str) -> Celery:
    """Celery on the broker at `url`, with no task yet; nothing is connected."""
    broker = Celery("tocsin", broker=url, set_as_current=False)
    broker.conf.update(
        task_queues=[_queue(name) for name in QUEUES],
        task_default_queue=QUEUES[-1],
        accept_content=["json"],
        task_ignore_result=True,
        # Acknowledged when done: what a dead worker had in its hands goes to another.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_proc_alive_timeout=120.0,  # a kit takes seconds to build on a busy machine
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=PATIENCE,
        broker_heartbeat=10.0,
        broker_transport_options={"confirm_publish": True},
    )
    return broker


class BrokerBell:
    """Rings by publishing. While the broker is out of reach nobody waits for it: the rows stay due, and the sweep rings
    again."""

    def __init__(self, broker: Celery) -> None:
        self._broker = broker
        self._lock = threading.Lock()
        self._connection: Any = None
        self._silent_until = _NEVER
        self._rung: dict[str, dict[str, float]] = {}  # job -> subject -> when
        self._drained: dict[str, float] = {}  # queue -> when nothing was left on it

    def ring(self, job: str, subject_id: str) -> None:
        """Publish one ring; one line in the log where that fails."""
        self._try(lambda producer: self._publish(producer, job, subject_id))

    def ring_all(self, job: str, due: Sequence[str]) -> None:
        """Ring for the first few of what is due, but for what was rung lately and still lies on the queue."""
        before = self._rung.get(job, {})
        rung = {subject: before.get(subject, _NEVER) for subject in due}  # what is no longer due is forgotten
        self._rung[job] = rung
        since = max(time.monotonic() - REPEAT, self._drained.get(jobs()[job].queue, _NEVER))
        # Whoever was never rung comes first, so that work which fails each time does not stand before the rest.
        silent = sorted((one for one in due if rung[one] < since), key=rung.__getitem__)
        for subject in silent[: max(0, AHEAD - (len(due) - len(silent)))]:
            rung[subject] = time.monotonic()
            if not self._try(lambda producer, one=subject: self._publish(producer, job, one)):
                rung[subject] = _NEVER
                return

    def listen(self) -> None:
        """Note which queues are empty: whatever was rung there was heard, or is lost and must be rung again."""
        self._try(self._look)

    def _look(self, producer: kombu.Producer) -> None:
        for name in QUEUES:
            now = time.monotonic()
            if not _queue(name).bind(producer.channel).queue_declare().message_count:
                self._drained[name] = now

    def _publish(self, producer: kombu.Producer, job: str, subject_id: str) -> None:
        queue = _queue(jobs()[job].queue)
        self._broker.send_task(
            job, (subject_id,), queue=queue, producer=producer, retry=False, confirm_timeout=PATIENCE
        )

    def _try(self, act: Any) -> bool:
        """Do it on a standing connection, or on a fresh one when that broke; False while the broker is out of reach."""
        with self._lock:
            if time.monotonic() < self._silent_until:
                return False
            for again in (self._connection is not None, False):
                try:
                    act(self._producer())
                    self._silent_until = _NEVER
                    return True
                except Exception as error:  # noqa: BLE001 - whatever ails the broker must not reach a request or the sweep
                    self._drop()
                    if not again:
                        # Neither the address, which holds a password, nor the text of the error.
                        _logger.warning("broker out of reach", kind=type(error).__name__)
                        self._silent_until = time.monotonic() + REST
                        return False
        return False

    def _producer(self) -> kombu.Producer:
        if self._connection is None:
            patience = {"read_timeout": PATIENCE, "write_timeout": PATIENCE}
            # No heartbeat: between rings nobody would answer one.
            self._connection = self._broker.connection_for_write(heartbeat=0, transport_options=patience)
            self._connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
            self._kept = kombu.Producer(self._connection.channel(), auto_declare=False)
        return self._kept

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.collect(PATIENCE)


def _queue(name: str) -> kombu.Queue:
    """A quorum queue outlives the loss of a broker's node. Nothing of worth lies in it: delete it at any time."""
    arguments = {"x-queue-type": "quorum", "x-message-ttl": int(REPEAT * 1000), "x-delivery-limit": 3}
    return kombu.Queue(f"tocsin.{name}", routing_key=f"tocsin.{name}", durable=True, queue_arguments=arguments)
