"""GitHub's contract: its OpenAPI description, and rules that it enforces beyond that.

The description holds the paths used here, cut from npm's @octokit/openapi (MIT).
"""

from __future__ import annotations

import base64
import binascii
import copy
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from jsonschema import ValidationError
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

Json = Any
SPEC = Path(__file__).with_name("github-api-subset.json")
URN = "urn:github"
COMMENTS = (
    "issues/create-comment",
    "issues/update-comment",
    "pulls/create-reply-for-review-comment",
    "pulls/create-review-comment",
    "pulls/update-review-comment",
)
OLDER = r"\1/commits/\2/statuses"
NOW = "2026-01-01T00:00:00Z"


class Asked(NamedTuple):
    """A request's parameters and decoded body, the address it went to, and the rest."""

    path: dict[str, str]
    query: dict[str, str]
    body: Json
    url: str
    token: str = ""
    headers: dict[str, str] = {}


class Spec:
    """GitHub's OpenAPI description: which operation a request is, and what fits it."""

    def __init__(self, path: Path = SPEC) -> None:
        # Absolute references, so that every part of it is a schema on its own.
        text = path.read_text("utf-8").replace('"#/', f'"{URN}#/')
        self.document = json.loads(text)
        _correct(self.document["components"]["schemas"])
        _correct_protection(self.document["paths"])
        _say_null(self.document)
        self._samples: dict[int, tuple[Json, Json]] = {}
        self._looked_at: dict[tuple[int, bytes], tuple[Json, list[str]]] = {}
        resource = DRAFT4.create_resource(self.document)
        self._registry = Registry().with_resource(URN, resource)
        routes = [
            (_pattern(template, self._multi(item)), template, item)
            for template, item in self.document["paths"].items()
        ]
        self._routes = sorted(routes, key=lambda r: (r[1].count("{"), -len(r[1])))

    def _multi(self, item: Json) -> set[str]:
        """The parameters that hold slashes, as a file's path does."""
        parameters = (
            self.resolve(parameter)
            for operation in item.values()
            if isinstance(operation, dict)
            for parameter in operation.get("parameters", [])
        )
        return {p["name"] for p in parameters if p.get("x-multi-segment")}

    def resolve(self, node: Json) -> Json:
        """What a node with a $ref stands for."""
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].partition("#/")[2].split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def match(self, method: str, path: str) -> tuple[Json, dict[str, str]] | None:
        """The operation of a request and its path's parameters."""
        if path.endswith("/contents"):
            path += "/"  # the repository's own folder
        if method == "GET":  # the older name of the same
            path = re.sub(r"^(/repos/[^/]+/[^/]+)/statuses/(.+)", OLDER, path)
        for pattern, _, item in self._routes:
            match = re.fullmatch(pattern, path)
            if match and method.lower() in item:
                parameters = {k: unquote(v) for k, v in match.groupdict().items()}
                return item[method.lower()], parameters
        return None

    def errors(self, schema: Json, value: Json) -> list[str]:
        """Why a value does not fit a schema."""
        # A validator's look at a pull request takes longer than all the rest.
        key = (id(schema), hashlib.sha1(json.dumps(value).encode()).digest())
        if key not in self._looked_at:
            validator = OAS30Validator(schema, registry=self._registry)
            errors = [_told(error) for error in validator.iter_errors(value)]
            self._looked_at[key] = schema, errors  # kept, so that no other has its id
        return [*self._looked_at[key][1]]

    def request_errors(self, operation: Json, asked: Asked) -> list[str]:
        """Why a request does not fit its operation."""
        found = []
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            found += self.errors(content["schema"], asked.body)
        for parameter in map(self.resolve, operation.get("parameters", [])):
            found += self._parameter_errors(parameter, asked)
        return found

    def _parameter_errors(self, parameter: Json, asked: Asked) -> list[str]:
        name = parameter["name"]
        given = {"path": asked.path, "query": asked.query}.get(parameter["in"], {})
        value: Json = given.get(name)
        if value is None:
            return [f"missing {name}"] if parameter.get("required") else []
        if self.resolve(parameter["schema"]).get("type") == "integer":
            if not re.fullmatch(r"-?\d+", value):
                return [f"{name}: not an integer: {value}"]
            value = int(value)
        elif self.resolve(parameter["schema"]).get("type") == "boolean":
            value = {"true": True, "false": False}.get(value, value)
        return self.errors(parameter["schema"], value)

    def answer_schema(self, operation: Json, status: int) -> Json:
        """The schema of an operation's answer, None when it has no JSON."""
        answer = self.resolve(operation["responses"].get(str(status), {}))
        return answer.get("content", {}).get("application/json", {}).get("schema")

    def sample(self, schema: Json) -> Json:
        """The smallest value that fits a schema: what is required and nothing else."""
        schema = self.resolve(schema)
        if id(schema) not in self._samples:
            # Kept with the schema: else its id could become another one's.
            self._samples[id(schema)] = schema, self._sample(schema)
        return copy.deepcopy(self._samples[id(schema)][1])

    def component(self, name: str) -> Json:
        """The smallest value of a schema that has a name, even of a nullable one."""
        schema = self.document["components"]["schemas"][name]
        if not schema.get("nullable"):
            return self.sample(schema)
        return self._sample({**schema, "nullable": False})

    def _sample(self, schema: Json) -> Json:
        example = schema.get("example")
        if isinstance(example, (str, int)) and not self.errors(schema, example):
            return example
        if schema.get("nullable") and schema.get("type") != "object":
            if "allOf" not in schema and "properties" not in schema:
                return None
        if "enum" in schema:
            return schema["enum"][0]
        if "allOf" in schema:
            return {k: v for s in schema["allOf"] for k, v in self.sample(s).items()}
        if "anyOf" in schema:
            return self.sample(schema["anyOf"][0])
        return self._sample_of_type(schema)

    def _sample_of_type(self, schema: Json) -> Json:
        kind, properties = schema.get("type"), schema.get("properties", {})
        if kind == "object" or properties:
            required = [k for k in schema.get("required", []) if k in properties]
            return {k: self.sample(properties[k]) for k in required}
        if kind == "array":
            return [self.sample(schema["items"])] * schema.get("minItems", 0)
        if kind in ("integer", "number"):
            return max(schema.get("minimum", 1), 1)
        if kind == "boolean":
            return False
        formats = {"date-time": NOW, "uri": "https://example.invalid/x"}
        return formats.get(schema.get("format"), "x")


def _told(error: ValidationError) -> str:
    place = "/".join(map(str, error.absolute_path)) or "(body)"
    return f"{place}: {_short(error.message)}"


def _short(message: str) -> str:
    """A message, which begins with the value that is wrong, however long that is."""
    return message if len(message) < 200 else f"{message[:100]} ... {message[-90:]}"


def _correct(schemas: Json) -> None:
    """Allow what GitHub answers though its description does not have it."""
    for name in ("pull-request", "pull-request-simple"):  # the fork was deleted
        head = schemas[name]["properties"]["head"]["properties"]
        nothing = {"nullable": True, "enum": [None]}
        head["repo"] = {"anyOf": [head["repo"], nothing]}
    comment = schemas["pull-request-review-comment"]["properties"]
    for name in ("line", "position"):  # the line is no longer in the diff
        comment[name]["nullable"] = True


def _correct_protection(paths: Json) -> None:
    """Allow what GitHub takes though its description does not have it.

    Of `contexts` and `checks` exactly one may be there, and a switch may be null:
    https://github.com/google/go-github/pull/2276, and what PyGithub sends.
    """
    put = paths["/repos/{owner}/{repo}/branches/{branch}/protection"]["put"]
    content = put["requestBody"]["content"]
    properties = content["application/json"]["schema"]["properties"]
    properties["required_status_checks"]["required"] = ["strict"]
    for switch in properties.values():
        switch["nullable"] = True


def _say_null(node: Json) -> None:
    """Let `nullable` count beside `enum` and `anyOf`, as GitHub means it.

    And take a `oneOf` for an `anyOf`: its choices overlap, and where a property is to
    tell which it is, one of them is a list.
    """
    if isinstance(node, list):
        for item in node:
            _say_null(item)
    if not isinstance(node, dict):
        return
    node.pop("discriminator", None)
    if "oneOf" in node:
        node["anyOf"] = node.pop("oneOf")
    for value in node.values():
        _say_null(value)
    if node.get("nullable") is not True:
        return
    if None not in node.get("enum", [None]):
        node["enum"] = [*node["enum"], None]
    if "anyOf" in node:
        node["anyOf"] = [*node["anyOf"], {"nullable": True, "enum": [None]}]


def _pattern(template: str, multi: set[str]) -> str:
    return re.sub(
        r"\{(\w+)\}",
        lambda m: f"(?P<{m[1]}>{'.*' if m[1] in multi else '[^/]+'})",
        template,
    )


def unwritten_rules(name: str, body: Json) -> Iterator[str]:
    """What GitHub refuses though its OpenAPI description allows it."""
    if name in COMMENTS:
        yield from _comment_rules(body["body"])
    elif name == "pulls/create-review":
        for comment in (body or {}).get("comments", []):
            yield from _comment_rules(comment["body"])
    elif name == "repos/create-commit-status":
        yield from _status_rules(body)
    elif name == "repos/update-branch-protection":
        checks = body["required_status_checks"]
        if checks and len({"contexts", "checks"} & set(checks)) != 1:
            yield "exactly one of contexts and checks has to be given"
    elif name in ("checks/create", "checks/update"):
        if body.get("status") == "completed" and not body.get("conclusion"):
            yield "conclusion is required when status is completed"
    elif name == "code-scanning/upload-sarif":
        try:
            gzip.decompress(base64.b64decode(body["sarif"], validate=True))
        except (binascii.Error, OSError, EOFError):
            yield "sarif is not gzip in Base64"


def _comment_rules(body: str) -> Iterator[str]:
    if len(body) > 65536:
        yield "body is too long (maximum is 65536 characters)"
    if not body.strip():
        yield "body cannot be blank"


def _status_rules(body: Json) -> Iterator[str]:
    for key in ("description", "context"):
        if any(char > "\uffff" for char in body.get(key) or ""):
            yield f"{key} doesn't accept 4-byte Unicode"
    if len(body.get("description") or "") > 140:
        yield "description is too long (maximum is 140 characters)"
