from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import battycoda_nb as bc
from battycoda_nb.cluster import environment, protocol
from battycoda_nb.cluster.connection import redis_client
from battycoda_nb.cluster.embedded import EmbeddedServer


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "BATTYCODA_BROKER_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "broker"
    path.touch(0o600)
    path.write_text("rediss://:pw@den")
    monkeypatch.setenv("BATTYCODA_BROKER_FILE", str(path))
    return path


def test_without_settings_no_server_is_named() -> None:
    assert environment.named_broker() is None
    assert environment.broker_url() == environment.result_url(environment.broker_url()) == "redis://localhost:6379/0"


def test_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "rediss://lab")
    assert environment.named_broker() == environment.broker_url() == "rediss://lab?ssl_cert_reqs=required"
    assert environment.result_url("rediss://lab") == "rediss://lab?ssl_cert_reqs=required"


def test_a_file_names_one(file: Path) -> None:
    assert environment.named_broker() == environment.broker_url() == "rediss://:pw@den?ssl_cert_reqs=required"


def test_the_environment_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://lab")
    file.chmod(0o644)
    assert environment.broker_url() == "redis://lab"


def test_a_file_that_others_can_read_is_not_passed_over(file: Path) -> None:
    file.chmod(0o644)
    with pytest.raises(bc.ClusterError, match="chmod 600"):
        bc.connect()


def test_results_may_be_kept_elsewhere(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "rediss://store")
    assert environment.result_url("rediss://:pw@den") == "rediss://store?ssl_cert_reqs=required"
    assert environment.result_url("redis://other") == "redis://other"  # that setting was not made for this server


def test_connect_uses_the_file(server: EmbeddedServer, file: Path) -> None:
    file.write_text(server.url)
    client = bc.connect()
    assert client.status().broker == server.url
    client.close()


def test_a_named_server_is_used_though_the_environment_names_another(
    server: EmbeddedServer, until: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://localhost:1/0")  # Celery would prefer this
    client = bc.connect(server.url)
    client.workers.find("cellar", "0" * 32)
    until(lambda: redis_client(server.url).llen(protocol.queues("cellar")[0]) == 1, "it lies in the queue")
    client.close()
