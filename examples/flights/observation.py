"""Prometheus for the demo: Debian's server, which scrapes this process and evaluates the alerts."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from prometheus_client import start_http_server

ROOT = Path(__file__).parents[2]
RULES = ROOT / "dashboards" / "prometheus" / "rules.yml"
SECONDS_TO_START = 30


def meter_provider() -> tuple[MeterProvider, int]:
    """Return a provider whose metrics are served on a local port, and the port."""
    resource = Resource.create({SERVICE_NAME: "flights"})
    provider = MeterProvider([PrometheusMetricReader()], resource=resource)
    server, _thread = start_http_server(0, addr="127.0.0.1")
    return provider, int(server.server_port)


def export_metrics() -> int:
    """Serve this process's metrics on a free local port, and return the port."""
    provider, port = meter_provider()
    metrics.set_meter_provider(provider)
    return port


@contextmanager
def prometheus(folder: Path, target: int, seconds: int = 5) -> Iterator[str]:
    """Run Prometheus with its data in `folder`, and yield its address.

    It scrapes the local port `target` each `seconds`. Raises SystemExit if Debian's package
    cannot be downloaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "prometheus.json"  # JSON is YAML
    configuration.write_text(
        json.dumps(
            {
                "global": {
                    "scrape_interval": f"{seconds}s",
                    "scrape_timeout": f"{seconds}s",
                    "evaluation_interval": "15s",
                },
                "rule_files": [str(RULES)],
                "scrape_configs": [
                    {
                        "job_name": "flights",
                        "static_configs": [{"targets": [f"127.0.0.1:{target}"]}],
                    }
                ],
            }
        )
    )
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        f"{binaries()}/prometheus",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=2h",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        wait_for(f"{address}/-/ready", process)
        yield address
    finally:
        process.terminate()
        process.wait()


def binaries() -> str:
    """Return the folder of Debian's prometheus, which is downloaded once."""
    script = ["bash", str(ROOT / ".ci" / "prometheus")]
    result = subprocess.run(script, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise SystemExit("--observe needs Debian's package prometheus; apt's message is above.")
    return result.stdout.strip()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the URL answers; raise SystemExit if the process ends or takes too long."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(url, timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("Prometheus did not start; its message is above.")
