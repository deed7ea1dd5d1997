"""The first-boot scripts of the stacks that tests/deploy/cdk.sh has synthesised."""

import json
import os
import re
from pathlib import Path

SYNTH = Path(os.environ.get("FRESHET_SYNTH") or Path(__file__).resolve().parents[2] / "build" / "aws-cdk")


def text_of(value):
    """What CloudFormation would make of it, as far as a test needs: names for what only AWS knows."""
    if isinstance(value, str):
        return value
    (kind, what), = value.items()
    if kind == "Fn::Join":
        return what[0].join(text_of(part) for part in what[1])
    if kind == "Fn::Sub":
        return re.sub(r"\$\{AWS::(\w+)\}", r"\1", what)
    if kind == "Fn::GetAtt":
        return "10.0.0.9" if what[1] == "PrivateIp" else f"secret-{what[0]}"
    assert kind == "Ref", value
    return {"AWS::Region": "eu-central-1"}.get(what, what)


def template_of(stack):
    """What was synthesised into SYNTH/STACK."""
    return json.loads((SYNTH / stack / "Freshet.template.json").read_text())


def allowed(stack, role):
    """[action, resource] of what the host's role may do."""
    name = {"primary": "PrimaryRole", "secondary": "SecondaryRole"}[role]
    roles = template_of(stack)["Resources"].items()
    (found,) = [r["Properties"] for key, r in roles if r["Type"] == "AWS::IAM::Role" and key.startswith(name)]
    each = lambda value: value if isinstance(value, list) else [value]  # noqa: E731
    return [
        [action, text_of(resource)]
        for policy in found["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in each(statement["Action"])
        for resource in each(statement["Resource"])
    ]


def user_data(stack, role):
    template = template_of(stack)
    kind = "AWS::EC2::Instance" if role == "primary" else "AWS::EC2::LaunchTemplate"
    found = [r["Properties"] for r in template["Resources"].values() if r["Type"] == kind]
    assert len(found) == 1
    return text_of(found[0].get("LaunchTemplateData", found[0])["UserData"]["Fn::Base64"])
