"""schemathesis: whatever is sent to the API, it answers as its own description says, and lets nobody in."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from coserver.accounts import api_tokens, organisations
from coserver.accounts.api_tokens import Scope
from coserver.accounts.opening import open_store
from coserver.clock import SystemClock
from coserver.web.api.door import OPERATIONS
from tests.conftest import start_demo
from tests.serving import serve_again
from tests.web.pages.in_organisations import founded

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "ignored_auth", "unsupported_method",
    "allow_header_conformance", "missing_required_header",
)  # fmt: skip
SEED, EXAMPLES, MOST_SECONDS = "20261124", "40", 240


@pytest.fixture
def club(name_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """A server in which alice owns an organisation, and a token of that which opens everything."""
    data = tmp_path_factory.mktemp("api") / "data"
    running = start_demo(data)
    running.stop()
    secret = api_tokens.make()
    store = open_store(data, clock=SystemClock())
    founded(SimpleNamespace(store=store), "club", "alice", "newcomer")
    store.write(lambda tx: api_tokens.add(tx, organisations.find(tx, "club"), secret, label="try", scopes=tuple(Scope)))
    store.close()
    serve_again(running, ("# servers = []", f'servers = ["{name_server.place}"]'))
    yield running, secret.text
    running.stop()


@pytest.mark.timeout(MOST_SECONDS + 60)
def test_api_when_anything_is_sent_then_answered_as_it_describes_itself(club: Any, tmp_path: Path) -> None:
    demo, token = club
    where = f"https://localhost:{demo.ports['https']}"
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{where}/api/v1/openapi.json", "--url", where,
        "--tls-verify", str(demo.certificate), "--header", f"Authorization: Bearer {token}",
        "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES,
        "--seed", SEED, "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert f"Tested: {len(OPERATIONS)}\n" in done.stdout
    assert "request-fault" not in demo.last_words()
