"""What the OpenAPI says is what is answered: Schemathesis asks whatever it allows, and whatever it does not."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from serving.served import Service, serve

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def asked(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose OpenAPI is followed."""
    folder = Path(shutil.copytree(founded, tmp_path_factory.mktemp("asked") / "data"))
    with serve(folder, seconds=5) as service:
        yield service


@pytest.fixture(scope="module")
def operations(asked: Service) -> dict[str, Any]:
    """The operations of the OpenAPI, by what is asked."""
    schema = schemathesis.openapi.from_url(f"{asked.url}/openapi.json")
    found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    return {f"{operation.method.upper()} {operation.path}": operation for operation in found}


OPERATIONS = [
    "GET /log/checkpoint",
    "GET /log/{path}",
    "POST /api/v1/events",
    "POST /api/v1/imports",
    "POST /api/v1/prepare",
    "POST /api/v1/openings",
    "GET /api/v1/openings",
    "GET /api/v1/registries/{name}",
    "GET /api/v1/plans",
    "GET /api/v1/draws",
    "GET /api/v1/draws/{id}",
    "GET /api/v1/draws/{id}/enterprises/{code}",
    "GET /api/v1/cases",
    "GET /api/v1/cases/{id}",
    "GET /api/v1/disclosures",
    "GET /api/v1/statistics/{year}",
    "GET /api/v1/overdue",
    "GET /api/v1/search",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
]


def test_these_are_all(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_allowed_is_answered_as_documented(operations: dict[str, Any], name: str) -> None:
    ask(operations[name], GenerationMode.POSITIVE)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "/api/" in name])
def test_what_is_not_allowed_is_answered_as_documented(operations: dict[str, Any], name: str) -> None:
    ask(operations[name], GenerationMode.NEGATIVE)


def ask(operation: Any, mode: GenerationMode) -> None:
    """Ask in sixty ways, and check what is answered."""

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def ask_once(case: Any) -> None:
        case.call_and_validate(checks=CHECKS)

    ask_once()


def test_it_reads_well(asked: Service) -> None:
    """Every operation has a name of its own, a summary, and a description; every problem a code that is documented."""
    openapi = asked.ask("GET", "/openapi.json").json()
    operations = [
        operation
        for path in openapi["paths"].values()
        for method, operation in path.items()
        if method in ("get", "post")
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids)) > 6
    for operation in operations:
        assert operation["summary"]
        assert operation.get("description"), operation["operationId"]
        assert operation["tags"]
        assert all(answer["description"] for answer in operation["responses"].values())
    assert {tag for operation in operations for tag in operation["tags"]} == {tag["name"] for tag in openapi["tags"]}
    assert "HTTPValidationError" not in str(openapi)


def test_nothing_was_recorded_by_all_that(asked: Service) -> None:
    assert asked.size == 1
