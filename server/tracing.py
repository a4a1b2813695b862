"""Traces by OpenTelemetry, for who wants them: nothing of it is imported otherwise."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final

from queueing.traced import Span

EXPORT_S: Final = 5
"""The longest that one attempt to send spans takes, and the end of the server waits for it."""
SPANS_WAITING_MAX: Final = 2_048
"""More are thrown away."""


def is_installed() -> bool:
    """Whether the extra `tracing` is there."""
    return find_spec("opentelemetry") is not None and find_spec("opentelemetry.sdk") is not None


class Tracing:
    """Sends spans to a collector (OTLP over HTTP, protobuf), in a thread of its own; a collector that is away
    costs the spans, nothing else.
    """

    def __init__(self, url: str, share: float) -> None:
        """``url``: of the collector, with the path; ``share``: of requests, 0 to 1, that are traced."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        resource = Resource.create({"service.name": "shuitong", "service.version": version("shuitong")})
        self._provider: Any = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)), resource=resource, shutdown_on_exit=False
        )
        exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=SPANS_WAITING_MAX))
        self._tracer: Any = self._provider.get_tracer("shuitong")

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, str | int]) -> Iterator[Span]:
        """As ``queueing.traced.Traced``. Of what is raised only the kind is told: words may name people."""
        with self._tracer.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                raise

    async def close(self) -> None:
        """Send what is left, for EXPORT_S at most."""
        await asyncio.to_thread(self._provider.force_flush, EXPORT_S * 1_000)
        await asyncio.to_thread(self._provider.shutdown)
