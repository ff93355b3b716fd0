"""`/metrics` in the Prometheus text format, protected by a token; no figure is about a person."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from ipaddress import ip_address

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from reviewqueue.core.errors import NotFound
from reviewqueue.db import disk
from reviewqueue.measurement.metrics import prometheus
from reviewqueue.web.extensions import now, session, settings
from reviewqueue.web.proxies import UNNAMED

blueprint = Blueprint("monitoring", __name__)


class _GaugeCollector(Collector):
    """The metric families at this moment."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each family with its members."""
        left = prometheus.Gauge(
            "disk_free_bytes", "Free disk space for data.", (), (((), disk.free_bytes(settings())),)
        )
        for gauge in [*prometheus.gauges(session(), now()), left]:
            family = GaugeMetricFamily(f"reviewqueue_{gauge.name}", gauge.says, labels=gauge.labels)
            for labels, value in gauge.values:
                family.add_metric(labels, value)
            yield family


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """The gauges. 404 without the right token."""
    if not _is_allowed():
        raise NotFound()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_GaugeCollector())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_allowed() -> bool:
    """With a token in the settings: whether the request sends it. Without one: whether the request comes from this
    machine, and no proxy is in front by the settings or by the request's headers: behind one, every request comes from
    this machine."""
    known = settings().metrics_token
    if known is not None:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), known.get_secret_value().encode())
    try:
        proxied = settings().public_url or settings().trusted_proxies.strip() or request.environ.get(UNNAMED)
        return not proxied and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
