"""What can Prometheus scrape? The snapshot as it stands; a scrape asks the database nothing.

What could not be observed has no sample: a count of 0 is a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from lib.checks import default_partition_rows, orphan_rows, partition_coverage, wrong_keys
from lib.core.results import Report, Status
from lib.history.figures import months_ahead, orphans, sums
from lib.watch.snapshot import Snapshot
from lib.watch.watch import Watch

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_STATUSES = "0 ok, 1 warning, 2 unknown, 3 critical"


class Metrics(Collector):
    """One registry of its own, for one watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._registry = CollectorRegistry()
        self._durations = Histogram(
            "watchtower_verification_duration_seconds",
            "How long the verifications of this copy took",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._registry.register(self)
        watch.on_verified.append(lambda run: self._durations.observe(run.duration_ms / 1000))

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing beforehand: what there is depends on what was seen."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily | InfoMetricFamily]:
        """Each metric as the snapshot has it now."""
        known, now = self._watch.snapshot, datetime.now(UTC)
        yield InfoMetricFamily(
            "watchtower",
            "Is it the embedded demo that is watched?",
            {"demo": "true" if known.demo else "false"},
        )
        yield _one("watchtower_status", f"The worst check: {_STATUSES}", known.status(now))
        yield _one(
            "watchtower_up",
            "Could the database be read in the last refresh?",
            known.current(now),
        )
        verified = [run for run in known.history.verifications() if run.status < Status.UNKNOWN]
        if verified:
            yield _one(
                "watchtower_last_success_timestamp_seconds",
                "When a verification last found nothing critical and nothing unknown",
                verified[-1].at.timestamp(),
            )
        yield from _alerts(known)
        if known.report is not None:
            yield from _checks(known, known.report, now)
        if known.report is not None and known.current(now):
            yield from _counts(known.report)


def _alerts(known: Snapshot) -> Iterator[CounterMetricFamily]:
    """By channel, which goes by its number and its service: its address is secret."""
    for name, words, count in (
        ("watchtower_alerts_sent", "Alerts that the channel took from this copy", "taken"),
        (
            "watchtower_alert_failures",
            "Alerts of this copy that the channel did not take",
            "failed",
        ),
    ):
        family = CounterMetricFamily(name, words, labels=["channel"])
        for channel in known.alerts.channels:
            family.add_metric([channel.name], getattr(channel, count))
        yield family


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))


def _labelled(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family


def _checks(known: Snapshot, report: Report, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Each check's status, and how old it is: what a refresh does not ask is as old as its run."""
    age = (known.age(now) or timedelta()).total_seconds()  # the database's clock may be another
    ages = {check.check: age for check in report.checks}
    statuses = known.standing(now)
    applies = {check.check: check.applies for check in report.checks}
    if (verified := known.verified) is not None:
        for check in verified.checks:
            if applies.setdefault(check.check, check.applies):
                statuses.setdefault(check.check, check.status)
            ages.setdefault(check.check, (now - verified.checked_at).total_seconds())
    what = "Does the check apply to this database? One that does not has no status"
    yield _labelled("watchtower_check_status", f"Each check: {_STATUSES}", "check", statuses)
    yield _labelled("watchtower_check_applies", what, "check", applies)
    yield _labelled("watchtower_check_age_seconds", "How old each check's answer is", "check", ages)


def _counts(report: Report) -> Iterator[GaugeMetricFamily]:
    """Rows of the recent window, by table."""
    own, joins = wrong_keys.CHECK.of(report), orphan_rows.CHECK.of(report)
    rows, joined = sums(joins, "rows"), sums(joins, "joined")
    counts: tuple[tuple[str, str, Mapping[str, float]], ...] = (
        (
            "watchtower_wrong_keys",
            "Recent rows with a wrong month key",
            sums(own, "wrong") | sums(joins, "wrong_month"),
        ),
        (
            "watchtower_null_keys",
            "Recent rows with a null month key",
            sums(own, "nulls") | sums(joins, "nulls"),
        ),
        (
            "watchtower_orphan_rows",
            "Recent rows without the session that they name",
            orphans(report),
        ),
        (
            "watchtower_join_ratio",
            "Share of recent rows that find their session by id and month, 0 to 1",
            {table: joined[table] / count for table, count in rows.items() if count},
        ),
        ("watchtower_default_rows", "Rows in a DEFAULT partition", _default_rows(report)),
        (
            "watchtower_months_ahead",
            "Months after the current one that have a partition, without a gap",
            months_ahead(report),
        ),
    )
    for name, words, values in counts:
        yield _labelled(name, words, "table", values)


def _default_rows(report: Report) -> dict[str, float]:
    check = default_partition_rows.CHECK.of(report)
    if check.status is Status.UNKNOWN:
        return {}
    found = {
        row["table"]: 0.0 for row in partition_coverage.CHECK.of(report).tables.get("months", ())
    }
    for row in check.tables.get("strays", ()):
        found[row["table"]] = found.get(row["table"], 0) + float(row["rows"])
    return found
