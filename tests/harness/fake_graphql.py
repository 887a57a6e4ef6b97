"""GraphQL: what is asked of nodes and of hidden comments, strictly.

The schema is GitHub's own (npm's @octokit/graphql-schema, MIT), cut down to what is
asked; a document that does not fit it is a violation.
"""

from __future__ import annotations

import json

import graphql

from contract import Asked, Json
from fake_access import Access
from fake_base import Told
from fake_issues import Issues
from fake_reviews import Reviews

SCHEMA = """
interface Node { id: ID! }
interface Actor { login: String! }
type Bot implements Actor & Node { id: ID! login: String! }
type User implements Actor & Node { id: ID! login: String! }
interface Minimizable {
  isMinimized: Boolean!
  minimizedReason: String
  viewerCanMinimize: Boolean!
}
type IssueComment implements Minimizable & Node {
  id: ID!
  databaseId: Int
  fullDatabaseId: BigInt
  body: String!
  author: Actor
  url: URI!
  isMinimized: Boolean!
  minimizedReason: String
  viewerCanMinimize: Boolean!
}
type PullRequestReviewComment implements Minimizable & Node {
  id: ID!
  fullDatabaseId: BigInt
  databaseId: Int
  body: String!
  author: Actor
  url: URI!
  outdated: Boolean!
  isMinimized: Boolean!
  minimizedReason: String
  viewerCanMinimize: Boolean!
}
scalar BigInt
scalar URI
enum ReportedContentClassifiers {
  ABUSE DUPLICATE OFF_TOPIC OUTDATED RESOLVED SPAM
}
input MinimizeCommentInput {
  classifier: ReportedContentClassifiers!
  clientMutationId: String
  subjectId: ID!
}
input UnminimizeCommentInput { clientMutationId: String subjectId: ID! }
type MinimizeCommentPayload {
  clientMutationId: String
  minimizedComment: Minimizable
}
type UnminimizeCommentPayload {
  clientMutationId: String
  unminimizedComment: Minimizable
}
type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! }
type Mutation {
  minimizeComment(input: MinimizeCommentInput!): MinimizeCommentPayload
  unminimizeComment(input: UnminimizeCommentInput!): UnminimizeCommentPayload
}
"""
WRITES = "issues=write; pull_requests=write"
READS = "issues=read; pull_requests=read"


class Refused(Exception):
    """An error that is told with its type, as GitHub does."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class GraphQL(Reviews, Issues, Access):
    """Answers to GraphQL."""

    _schema = graphql.build_schema(SCHEMA)

    def graphql(self, method: str, asked: Asked) -> Told:
        """The answer to a document: 200, also when it holds errors."""
        body, document, wrong = _read(asked.body, self._schema)
        if method != "POST" or wrong:
            self.state.violations.append(f"{method} /graphql: {wrong}")
            return Told(200, {"errors": [{"message": text} for text in wrong]})
        result = graphql.execute_sync(
            self._schema,
            document,
            root_value=self._root(asked),
            variable_values=body.get("variables"),
            operation_name=body.get("operationName"),
            type_resolver=lambda value, *_: value["__typename"],
        )
        answer: Json = {"data": result.data}
        if result.errors:
            answer["errors"] = [self._told(error) for error in result.errors]
        return Told(200, answer)

    def _told(self, error: graphql.GraphQLError) -> Json:
        """An error as GitHub tells it; what is none of GitHub's is a violation."""
        cause = error.original_error
        if not isinstance(cause, Refused):
            self.state.violations.append(f"POST /graphql: {error.message}")
            return {"message": error.message}
        return {"type": cause.kind, "path": error.path, "message": error.message}

    def _root(self, asked: Asked) -> Json:
        """What the fields of queries and mutations call."""

        def hide(result: str, reason: str | None, given: Json) -> Json:
            if self.lacking(WRITES, asked.token):
                raise Refused("FORBIDDEN", "Resource not accessible by integration")
            done = {result: self._hide(given["subjectId"], reason)}
            return {**done, "clientMutationId": given.get("clientMutationId")}

        def node(info: object, id: str) -> Json:
            if self.lacking(READS, asked.token):
                raise Refused("FORBIDDEN", "Resource not accessible by integration")
            return self._found(id)[0]

        def minimize(info: object, input: Json) -> Json:
            reason = input["classifier"].lower().replace("_", "-")
            return hide("minimizedComment", reason, input)

        def unminimize(info: object, input: Json) -> Json:
            return hide("unminimizedComment", None, input)

        def nodes(info: object, ids: list[str]) -> list[Json]:
            return [node(info, one) for one in ids]

        return {
            "node": node,
            "nodes": nodes,
            "minimizeComment": minimize,
            "unminimizeComment": unminimize,
        }

    def _hide(self, name: str, reason: str | None) -> Json:
        """Minimize a comment, or with None show it again; what it is then."""
        known = self._found(name)[1]
        known["minimized"] = None if reason is None else {"reason": reason}
        return self._found(name)[0]

    def _found(self, name: str) -> tuple[Json, Json]:
        """What a global name is the name of: as GraphQL tells it, and as it is held."""
        for comment in self.state.comments.values():
            if comment["node_id"] == name:
                return _node("IssueComment", comment, comment), comment
        for number, known in self.state.review_comments.items():
            if self.node("PRRC", number) == name:
                comment = self._review_comment(number)
                shown = _node("PullRequestReviewComment", comment, known)
                return {**shown, "outdated": comment["line"] is None}, known
        text = f"Could not resolve to a node with the global id of '{name}'"
        raise Refused("NOT_FOUND", text)


def _read(raw: bytes, schema: graphql.GraphQLSchema) -> tuple[Json, Json, list[str]]:
    """A request's body and its document, and what is wrong with them."""
    try:
        body = json.loads(raw)
        if not isinstance(body.get("variables") or {}, dict):
            return body, None, ["the variables are no object"]
        document = graphql.parse(body["query"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return None, None, [f"no GraphQL request: {error!r}"]
    except graphql.GraphQLError as error:
        return None, None, [error.message]
    wrong = [error.message for error in graphql.validate(schema, document)]
    return body, document, wrong


def _node(kind: str, comment: Json, known: Json) -> Json:
    """A comment as GraphQL tells it."""
    by, hidden = comment["user"], known.get("minimized")
    return {
        "__typename": kind,
        "id": comment["node_id"],
        "databaseId": comment["id"],
        "fullDatabaseId": str(comment["id"]),
        "body": comment["body"],
        "url": comment["html_url"],
        "author": {
            "__typename": by["type"],
            "id": by["node_id"],
            "login": by["login"].removesuffix("[bot]"),
        },
        "isMinimized": hidden is not None,
        "minimizedReason": hidden and hidden["reason"],
        "viewerCanMinimize": True,
    }
