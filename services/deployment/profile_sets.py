"""Which set of payer profiles a command means: the active one, that of this release, an earlier one, or files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from schemas.control import PayerProfiles
from services.core.resubmission.profile_cases import check_cases
from services.core.resubmission.profile_documents import ProfileDocument, ProfileError
from services.core.resubmission.profiles import Profile, Profiles, bundle, load_bundle
from services.core.yaml_document import read_document
from services.deployment.definitions import PROFILES, in_force, read_file
from services.deployment.faults import Failure, WrongUse
from services.deployment.opening import Deployment
from services.runtime.configuration import SHIPPED, shipped_documents, shipped_profiles

ACTIVE: Final = "active"

SITE: Final = "site"
"""The name of the set that an installation makes its own."""


def active_profiles(deployment: Deployment) -> Profiles:
    """The set in force: that of this release where the installation has made none its own."""
    active = in_force(deployment).profiles
    return _published(deployment, f"{active.name}@{active.version}") if active else shipped_profiles()


def find_set(deployment: Deployment, named: str) -> Profiles:
    """`active`, `shipped`, NAME@VERSION of `payer-profiles`, or files: a YAML file or a folder of them, laid over the
    active set as `reclaim load payer_profiles` would. Raises WrongUse, Failure."""
    if named == ACTIVE:
        return active_profiles(deployment)
    if named == SHIPPED:
        return shipped_profiles()
    path = Path(named)
    if path.exists():
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        try:
            return laid_over(deployment, files)[1]
        except ProfileError as error:
            raise Failure(str(error)) from error
    return _published(deployment, named)


def laid_over(deployment: Deployment, files: Sequence[Path]) -> tuple[bytes, Profiles]:
    """Documents laid over the active set: its canonical bytes and what they hold. The cases of all must pass, and each
    of the documents must have some. Raises ProfileError, Failure."""
    documents = _texts(files)
    active = {
        f"{document.level}-{document.name}": json.dumps(document.model_dump(mode="json"))
        for document in active_profiles(deployment).documents.values()
    }
    data = bundle(_layers(shipped_documents(PROFILES), active, documents))
    loaded = load_bundle(data, SITE)
    check_cases(
        loaded,
        [read_document(ProfileDocument, name, text, ProfileError).name for name, text in documents.items()],
    )
    return data, loaded


def _published(deployment: Deployment, key: str) -> Profiles:
    sets = deployment.latest("payer-profiles")
    record = sets.get(key)
    if record is None:
        known = ", ".join([ACTIVE, SHIPPED, *sorted(sets)])
        raise WrongUse(f"there is no such set of profiles: give one of {known}, a file or a folder")
    digest = PayerProfiles.parse(record.value or b"").digest
    return load_bundle(deployment.blobs.get(digest), key.partition("@")[0])


def _texts(files: Sequence[Path]) -> dict[str, str]:
    try:
        return {file.name: read_file(file).decode() for file in files}
    except UnicodeDecodeError as error:
        raise ProfileError("a file is not UTF-8 text") from error


def _layers(*layers: Mapping[str, str]) -> dict[str, str]:
    """One set of documents in which a later layer goes before an earlier one: `bundle` sorts by name."""
    return {f"{number}/{name}": text for number, layer in enumerate(layers) for name, text in layer.items()}


def find_profile(
    profiles: Profiles, payer: str, indicator: str | None = None, state: str | None = None
) -> Profile:
    """What holds for a payer, or for a family by its name. Raises Failure where nothing says so."""
    profile = profiles.of(payer, indicator, state)
    if profile.known or indicator is not None:
        return profile
    if payer in profiles.documents:
        return profiles.own(payer)
    raise Failure(
        "no profile of this payer; give --filing-indicator for its family, or see `reclaim payers list`"
    )
