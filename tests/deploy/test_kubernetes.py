"""Kubernetes: what kustomize makes of deploy/kubernetes, held against schemas, the command and the metrics."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.cli.service import NAMES
from services.deployment.parts import PROCESSORS
from services.runtime.metrics import METRICS
from tests.deploy.files import DEPLOY, check_command, check_variables, tool
from topics.map import load_map

FOLDER = DEPLOY / "kubernetes"
LASTING = {*NAMES, "console"}
# Of these Kubernetes has no schema: KEDA brings its own.
FOREIGN = {"ScaledObject"}
KEDA = Path(__file__).with_name("keda") / "keda.sh_scaledobjects.yaml"
VERSION = "1.32"


@cache
def rendered() -> str:
    # The same program, alone or within kubectl.
    command = ["kustomize", "build"] if shutil.which("kustomize") else [tool("kubectl"), "kustomize"]
    return subprocess.run([*command, str(FOLDER)], capture_output=True, text=True, check=True).stdout


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    found = [document for document in yaml.safe_load_all(rendered()) if document["kind"] == kind]
    return {document["metadata"]["name"]: document for document in found}


def containers() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Every container by its place: the pod's specification and its own."""
    found = {}
    for kind in ("StatefulSet", "Job"):
        for name, document in of_kind(kind).items():
            pod = document["spec"]["template"]["spec"]
            for one in (*pod.get("initContainers", ()), *pod["containers"]):
                found[f"{name}/{one['name']}"] = (pod, one)
    return found


def variables(container: dict[str, Any]) -> dict[str, str]:
    shared = of_kind("ConfigMap")["reclaim"]["data"] if container.get("envFrom") else {}
    return {**shared, **{one["name"]: one.get("value", "classifier-0") for one in container.get("env", ())}}


def expand(text: str, values: dict[str, str]) -> str:
    """As Kubernetes fills `$(NAME)` in."""
    return re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], text)


def test_every_service_and_the_console_is_a_stateful_set() -> None:
    assert set(of_kind("StatefulSet")) == LASTING


def test_every_file_of_the_folder_is_used() -> None:
    kustomization = (FOLDER / "kustomization.yaml").read_text("utf-8")
    assert all(
        file.name in kustomization for file in FOLDER.glob("*.yaml") if file.name != "kustomization.yaml"
    )


def test_commands_and_variables_are_known(tmp_path: Path) -> None:
    for place, (_, container) in containers().items():
        values = variables(container)
        arguments = [expand(part, values) for part in container["args"]]
        check_command(arguments, tmp_path)
        check_variables(values, tmp_path)
        if "envFrom" in container:
            assert values["RECLAIM_KAFKA_SASL_USERNAME"] == place.split("/")[0]


def test_nothing_runs_as_root_or_writes_to_its_image_or_has_a_token() -> None:
    for place, (pod, container) in containers().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, place
        assert pod["securityContext"]["runAsUser"] == 10001, place
        assert pod["automountServiceAccountToken"] is False, place
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] is True, place
        assert own["allowPrivilegeEscalation"] is False, place
        assert own["capabilities"] == {"drop": ["ALL"]}, place


def test_everything_has_limits() -> None:
    for place, (_, container) in containers().items():
        assert container["resources"]["limits"].keys() >= {"cpu", "memory"}, place
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}, place


def test_probes_are_on_progress() -> None:
    for name, document in of_kind("StatefulSet").items():
        (container,) = document["spec"]["template"]["spec"]["containers"]
        asked = {
            probe: container[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "livenessProbe", "readinessProbe")
        }
        if name == "console":
            assert set(asked.values()) == {"/healthz"}
        else:
            assert asked == {
                "startupProbe": "/health",
                "livenessProbe": "/health",
                "readinessProbe": "/ready",
            }


@pytest.mark.parametrize("name", sorted(PROCESSORS))
def test_a_member_s_lasting_name_is_that_of_its_pod(name: str) -> None:
    (container,) = of_kind("StatefulSet")[name]["spec"]["template"]["spec"]["containers"]
    assert container["args"][-2:] == ["--member", "$(MEMBER)"]
    (member,) = [one for one in container["env"] if one["name"] == "MEMBER"]
    assert member["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_one_pod_of_a_service_may_be_away_at_a_time() -> None:
    budgets = of_kind("PodDisruptionBudget")
    assert set(budgets) == LASTING
    assert {budget["spec"]["maxUnavailable"] for budget in budgets.values()} == {1}


def test_nothing_is_open_that_no_policy_opens() -> None:
    policies = of_kind("NetworkPolicy")
    assert policies["none"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    opened = {
        port["port"]
        for name, policy in policies.items()
        for rule in (*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ()))
        for port in rule["ports"]
    }
    assert opened == {53, 8620, 9093, 9094, 9464}


def test_secrets_are_named_and_never_held() -> None:
    assert of_kind("Secret") == {}
    mounted = {
        volume["secret"]["secretName"]
        for pod, _ in containers().values()
        for volume in pod["volumes"]
        if "secret" in volume
    }
    assert mounted == {"reclaim-ca", "reclaim-key", "reclaim-passwords", "reclaim-provisioner"}
    for name in LASTING:
        pod = of_kind("StatefulSet")[name]["spec"]["template"]["spec"]
        (password,) = [volume for volume in pod["volumes"] if volume["name"] == "password"]
        assert password["secret"]["items"] == [{"key": name, "path": "password"}]


def test_scaling_is_on_minutes_of_lag_by_a_metric_that_is_there() -> None:
    names = {metric.name for metric in METRICS}
    scaled = of_kind("ScaledObject")
    assert set(scaled) == set(PROCESSORS) - {"delivery"}, "delivery is one for each outbox"
    for name, document in scaled.items():
        (trigger,) = document["spec"]["triggers"]
        query = trigger["metadata"]["query"]
        assert set(re.findall(r"reclaim_\w+", query)) <= names
        assert f'group="{name}"' in query
        assert query.endswith("/ 60")
        assert document["spec"]["maxReplicaCount"] <= load_map().partitions


def closed(schema: Any) -> Any:
    """The schema of a definition, with every name refused that it does not know. A cluster drops such a name and
    says nothing; a misspelt setting would be none."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: closed(value) for name, value in schema.items()}
    if isinstance(kept.get("properties"), dict) and kept.get("type") == "object":
        kept.setdefault("additionalProperties", False)
    return kept


@cache
def scaled_object() -> Draft202012Validator:
    (version,) = yaml.safe_load(KEDA.read_text("utf-8"))["spec"]["versions"]
    assert version["name"] == "v1alpha1"
    schema = closed(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}  # Kubernetes' own, checked with its schemas
    return Draft202012Validator(schema)


def test_scaled_objects_are_as_keda_defines_them() -> None:
    for name, document in of_kind("ScaledObject").items():
        assert document["apiVersion"] == "keda.sh/v1alpha1"
        assert [error.json_path for error in scaled_object().iter_errors(document)] == [], name
        spec = document["spec"]
        assert spec["minReplicaCount"] <= spec["maxReplicaCount"], name  # a rule beside the schema
        target = spec["scaleTargetRef"]
        assert target == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name}


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        ("maxReplicaCount", 0, "$.spec.maxReplicaCount"),
        ("maxReplicas", 8, "$.spec"),
        (
            "triggers",
            [{"type": "prometheus", "metadata": {"threshold": 5}}],
            "$.spec.triggers[0].metadata.threshold",
        ),
    ],
)
def test_what_keda_would_not_take_is_found(place: str, value: Any, fault: str) -> None:
    document = of_kind("ScaledObject")["classifier"]
    wrong = {**document, "spec": {**document["spec"], place: value}}
    assert [error.json_path for error in scaled_object().iter_errors(wrong)] == [fault]


def test_every_manifest_is_as_the_schemas_of_kubernetes_say(tmp_path: Path) -> None:
    file = tmp_path / "rendered.yaml"
    known = [document for document in yaml.safe_load_all(rendered()) if document["kind"] not in FOREIGN]
    file.write_text(yaml.safe_dump_all(known))
    done = subprocess.run(
        [tool("kubernetes-validate"), "-k", VERSION, "--strict", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert said.count(" passed ") == len(known)
