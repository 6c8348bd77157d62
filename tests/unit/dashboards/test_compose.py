"""The example stack: each file that it mounts exists, and each pipeline has its parts."""

from __future__ import annotations

import yaml

from dashboards.__main__ import FOLDER

COMPOSE = FOLDER / "compose"


def test_mounted_files_exist() -> None:
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    mounts = [volume for service in services.values() for volume in service.get("volumes", [])]
    assert len(mounts) >= 6
    for mount in mounts:
        assert (COMPOSE / mount.split(":")[0]).exists(), mount


def test_ports_are_local() -> None:
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_pipelines_are_complete() -> None:
    collector = yaml.safe_load((COMPOSE / "collector.yaml").read_text())
    for pipeline in collector["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(collector[kind])


def test_data_sources_match_the_links_between_them() -> None:
    sources = yaml.safe_load((COMPOSE / "datasources.yaml").read_text())["datasources"]
    uids = {source["uid"] for source in sources}
    text = (COMPOSE / "datasources.yaml").read_text()
    for uid in ("tempo", "loki", "prometheus"):
        assert uid in uids
        assert f"uid: {uid}" in text.lower()
