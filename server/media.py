"""What carries the calls: the relay of this process, or media workers."""

from queueing.connection import Link
from rtc.relay import MediaRelay
from rtc.settings import RelaySettings
from rtc.workers.bounds import WorkerBounds
from rtc.workers.client import MediaWorkers
from server.addresses import announced_addresses, media_host
from server.settings import MediaNode, Settings

Media = MediaRelay | MediaWorkers


def relay_settings(settings: Settings | MediaNode) -> RelaySettings:
    return RelaySettings(
        host=media_host(settings),
        port=settings.media_port,
        announced=announced_addresses(settings),
        grace_ms=settings.media_grace_ms,
        connect_ms=settings.media_connect_ms,
        silent_ms=settings.media_silent_ms,
        quality_ms=settings.media_quality_ms,
        calls_max=settings.media_calls_max,
    )


def worker_bounds(settings: Settings | MediaNode) -> WorkerBounds:
    return WorkerBounds(
        lease_ms=settings.media_worker_lease_ms,
        look_ms=settings.media_worker_look_ms,
        answer_ms=settings.media_worker_answer_ms,
        drain_ms=settings.media_worker_drain_ms,
        backlog_max=settings.media_worker_backlog_max,
    )


def build_media(settings: Settings, link: Link) -> Media:
    if settings.media_workers == 0:
        return MediaRelay(relay_settings(settings))
    return MediaWorkers(link.redis, worker_bounds(settings))
