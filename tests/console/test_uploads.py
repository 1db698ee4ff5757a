"""A file that is uploaded is taken in and accounted for, as if it lay in the inbox."""

from __future__ import annotations

from hashlib import sha256

import pytest

from services.console.access.gate import MOST_UPLOAD
from services.console.access.roles import Role
from tests.console.site import House
from tests.console.test_deciding import signed_in
from tests.e2e.denied_claims import submitted


def test_an_uploaded_file_is_accounted_for(house: House) -> None:
    client = signed_in(house, Role.OPERATOR, name="olga")
    data = submitted()
    answer = client.post("/api/v1/files", files={"file": ("DOE JANE.837", data)})
    file = sha256(data).hexdigest()
    assert (answer.status_code, answer.json()) == (202, {"file": file, "size": len(data)})
    assert client.get(f"/api/v1/files/{file}").json()["state"] == "waiting"
    house.work_off()
    account = client.get(f"/api/v1/files/{file}").json()
    assert account["state"] == "published"
    assert account["account"]["claims_published"] == account["account"]["held"]["claims"] > 0


def test_the_name_of_a_file_goes_nowhere(house: House) -> None:
    client = signed_in(house, Role.OPERATOR, name="olga")
    client.post("/api/v1/files", files={"file": ("DOE JANE.837", submitted())})
    assert [path.suffix for path in house.site.uploads.iterdir()] == [".edi"]
    assert not [path for path in house.site.uploads.iterdir() if "DOE" in path.name]


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08\x00broken"], ids=["empty", "a broken gzip"])
def test_what_cannot_be_read_is_refused_and_leaves_nothing(house: House, data: bytes) -> None:
    client = signed_in(house, Role.OPERATOR, name="olga")
    assert client.post("/api/v1/files", files={"file": ("x", data)}).status_code == 422
    assert list(house.site.uploads.iterdir()) == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(house: House) -> None:
    client = signed_in(house, Role.OPERATOR, name="olga")
    answer = client.post("/api/v1/files", headers={"content-length": str(MOST_UPLOAD + 1)}, content=b"x")
    assert answer.status_code == 413
