#!/usr/bin/env python3
"""Makes the sandbox's data about AWS's services from botocore's package: names and constraints, never a text.

    packaging/shapes.py            # downloads botocore with pip into a temporary folder
    packaging/shapes.py FOLDER     # takes an unpacked botocore from there

It writes
- sandbox/src/services/aws/names.tsv: every service (signing name, id, wire protocol, target prefix, API version);
- sandbox/src/protocol/model/SERVICE.json: of the services in MODELLED the shapes of the operations that the sandbox has, and
  the names of those that only AWS has.

botocore is Apache-2.0: its LICENSE and NOTICE are written beside the data.
"""

import glob
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zipfile

# The operations that the sandbox has, of the services whose protocol is driven by shapes.
MODELLED = {
    "cognito-idp": [
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminGetUser",
        "AdminInitiateAuth",
        "AdminSetUserPassword",
        "CreateResourceServer",
        "CreateUserPool",
        "CreateUserPoolClient",
        "DeleteUserPool",
        "DeleteUserPoolClient",
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "GetUser",
        "InitiateAuth",
        "ListUserPoolClients",
        "ListUserPools",
        "ListUsers",
        "RespondToAuthChallenge",
        "SignUp",
    ],
    "sts": ["AssumeRole", "GetAccessKeyInfo", "GetCallerIdentity", "GetFederationToken", "GetSessionToken"],
    "iam": [
        "AttachRolePolicy",
        "CreatePolicy",
        "CreatePolicyVersion",
        "CreateRole",
        "CreateServiceLinkedRole",
        "DeletePolicy",
        "DeletePolicyVersion",
        "DeleteRole",
        "DeleteRolePermissionsBoundary",
        "DeleteRolePolicy",
        "DeleteServiceLinkedRole",
        "DetachRolePolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "GetRole",
        "GetRolePolicy",
        "GetServiceLinkedRoleDeletionStatus",
        "GetUser",
        "ListAccountAliases",
        "ListAttachedRolePolicies",
        "ListPolicies",
        "ListPolicyTags",
        "ListPolicyVersions",
        "ListRolePolicies",
        "ListRoleTags",
        "ListRoles",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "SetDefaultPolicyVersion",
        "SimulateCustomPolicy",
        "SimulatePrincipalPolicy",
        "TagPolicy",
        "TagRole",
        "UntagPolicy",
        "UntagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
    ],
}

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sandbox", "src")


def model(folder):
    """The newest API version of one service."""
    files = sorted(glob.glob(os.path.join(folder, "*", "service-2.json*")))
    if not files:
        return None
    opened = gzip.open if files[-1].endswith(".gz") else open
    with opened(files[-1], "rt", encoding="utf-8") as file:
        return json.load(file)


def wire(metadata):
    """The protocol in the words of the sandbox's `Wire`."""
    protocol = metadata["protocol"]
    if protocol == "json":
        return "json1.0" if metadata.get("jsonVersion") == "1.0" else "json1.1"
    return {"smithy-rpc-v2-cbor": "cbor"}.get(protocol, protocol)


def names(data):
    rows = []
    for service in sorted(os.listdir(data)):
        found = model(os.path.join(data, service))
        if not found:
            continue
        meta = found["metadata"]
        rows.append(
            (
                meta.get("signingName") or meta["endpointPrefix"],
                meta.get("serviceId") or service,
                wire(meta),
                meta.get("targetPrefix", ""),
                meta.get("apiVersion", ""),
            )
        )
    return sorted(set(rows))


def shape(of):
    """One shape without its texts, in the words of the sandbox's `Shape`."""
    kept = {"type": of["type"]}
    for name in ("min", "max", "pattern", "enum", "required", "flattened", "sensitive"):
        if of.get(name):
            kept[name] = of[name]
    if "members" in of:
        kept["members"] = [
            [name, member["shape"], member["locationName"]]
            if member.get("locationName", name) != name
            else [name, member["shape"]]
            for name, member in of["members"].items()
        ]
    for name in ("member", "key", "value"):
        if isinstance(of.get(name), dict):
            kept[name] = of[name]["shape"]
    return kept


def compact(found, served):
    """What a service's protocol needs of its model: operations, and the shapes that they reach."""
    operations, waiting = {}, []
    for name in served:
        operation = found["operations"][name]
        kept = {}
        for side in ("input", "output"):
            if side in operation:
                kept[side] = operation[side]["shape"]
                waiting.append(kept[side])
        operations[name] = kept
    shapes = {}
    while waiting:
        name = waiting.pop()
        if name in shapes:
            continue
        of = found["shapes"][name]
        shapes[name] = shape(of)
        waiting.extend(member["shape"] for member in of.get("members", {}).values())
        waiting.extend(of[side]["shape"] for side in ("member", "key", "value") if isinstance(of.get(side), dict))
    return {
        "version": found["metadata"]["apiVersion"],
        "namespace": found["metadata"].get("xmlNamespace", ""),
        "operations": operations,
        "elsewhere": sorted(set(found["operations"]) - set(served)),
        "shapes": dict(sorted(shapes.items())),
    }


def unpacked(into):
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", into, "botocore"], check=True
    )
    (wheel,) = glob.glob(os.path.join(into, "botocore-*.whl"))
    with zipfile.ZipFile(wheel) as file:
        file.extractall(into)
    return into


def legal(source, into):
    """The licence and the notice that the data stands under."""
    for name in ("LICENSE", "NOTICE"):
        (found,) = glob.glob(os.path.join(source, "botocore-*.dist-info", "**", name + "*"), recursive=True)
        with open(found, encoding="utf-8") as text, open(os.path.join(into, name), "w", encoding="utf-8") as out:
            out.write(text.read())


def models(source):
    into = os.path.join(ROOT, "protocol", "model")
    legal(source, into)
    for service, served in MODELLED.items():
        kept = compact(model(os.path.join(source, "botocore", "data", service)), served)
        with open(os.path.join(into, service + ".json"), "w", encoding="utf-8") as out:
            parts = {name: json.dumps(value, separators=(",", ":")) for name, value in kept.items() if name != "shapes"}
            out.write("{\n" + "".join(f'"{name}":{text},\n' for name, text in parts.items()) + '"shapes":{\n')
            lines = [f'"{name}":{json.dumps(of, separators=(",", ":"))}' for name, of in kept["shapes"].items()]
            out.write(",\n".join(lines) + "\n}}\n")


def main(source):
    into = os.path.join(ROOT, "services", "aws")
    os.makedirs(into, exist_ok=True)
    legal(source, into)
    with open(os.path.join(into, "names.tsv"), "w", encoding="utf-8") as out:
        for row in names(os.path.join(source, "botocore", "data")):
            out.write("\t".join(row) + "\n")
    models(source)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(unpacked(folder))
