"""Monitoring: `/metrics` in Prometheus' text format, for whoever holds the token; nothing in it is about a person."""

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

from reviewqueue import disk, exposition
from reviewqueue.refusals import NotThere
from reviewqueue.web.extensions import now, session, settings
from reviewqueue.web.proxies import UNNAMED

blueprint = Blueprint("monitoring", __name__)


class _Read(Collector):
    """The families as they are at this moment."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each family with its members."""
        left = exposition.Gauge("disk_free_bytes", "Room left for data.", (), (((), disk.left(settings())),))
        for gauge in [*exposition.gauges(session(), now()), left]:
            family = GaugeMetricFamily(f"reviewqueue_{gauge.name}", gauge.says, labels=gauge.labels)
            for labels, value in gauge.values:
                family.add_metric(labels, value)
            yield family


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """The gauges. Without the right token there is nothing here."""
    if not _welcome():
        raise NotThere()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Read())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _welcome() -> bool:
    """With a token in the settings, whoever sends it. Without one, this machine alone, and only where no proxy
    stands in front, by the settings or by what was sent: behind one, everybody comes from this machine."""
    known = settings().metrics_token
    if known is not None:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), known.get_secret_value().encode())
    try:
        proxied = settings().public_url or settings().trusted_proxies.strip() or request.environ.get(UNNAMED)
        return not proxied and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
