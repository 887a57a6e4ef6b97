// What users of @octokit/rest do with a repository every day, done with the fake GitHub:
//
//   node octokit.mjs GROUP URL
//
// It ends with an error where the fake does not answer as GitHub does. The repository is
// the one of conftest.py: `main`, `topic`, the pull request #7 and the run #1001.
import assert from "node:assert/strict";
import { Octokit } from "@octokit/rest";

const [group, baseUrl] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn: console.warn, error() {} };
const client = auth => new Octokit({ auth, baseUrl, log: quiet });
const octokit = client("ghs_any");
const { actions, checks, codeScanning, git, issues, pulls, reactions, repos } = octokit.rest;
const repository = { owner: "o", repo: "r" };
const pull = { ...repository, pull_number: 7 };

// The status and the message of a refusal.
async function refused(promise) {
  const error = await promise.then(() => assert.fail("it was not refused"), error => error);
  return [error.status, error.response.data.message];
}

async function commitOn(parent, files, message = "A change") {
  const tree = Object.entries(files).map(([path, content]) => ({ path, mode: "100644", type: "blob", content }));
  const base = parent && (await git.getCommit({ ...repository, commit_sha: parent })).data.tree.sha;
  const made = await git.createTree({ ...repository, base_tree: base, tree });
  const parents = parent ? [parent] : [];
  return (await git.createCommit({ ...repository, message, tree: made.data.sha, parents })).data.sha;
}

const tip = async ref => (await git.getRef({ ...repository, ref })).data.object.sha;

const GROUPS = {
  async git() {
    const sha = await commitOn(undefined, { "badge.json": "{}", "history/one/two.json": "[1]" });
    const made = await git.createRef({ ...repository, ref: "refs/heads/gate/badges", sha });
    assert.equal(made.data.object.sha, sha);
    assert.equal(await tip("heads/gate/badges"), sha);
    const { data: tree } = await git.getTree({ ...repository, tree_sha: sha, recursive: "1" });
    assert.deepEqual(tree.tree.map(item => `${item.type} ${item.path}`),
      ["blob badge.json", "tree history", "tree history/one", "blob history/one/two.json"]);
    const { data: blob } = await git.getBlob({ ...repository, file_sha: tree.tree[3].sha });
    assert.equal(Buffer.from(blob.content, "base64").toString(), "[1]");
    const next = await commitOn(sha, { "badge.json": "{\"a\": 1}" });
    await git.updateRef({ ...repository, ref: "heads/gate/badges", sha: next });
    assert.deepEqual(await refused(git.updateRef({ ...repository, ref: "heads/gate/badges", sha })),
      [422, "Update is not a fast forward"]);
    const { data: branch } = await repos.getBranch({ ...repository, branch: "gate/badges" });
    assert.equal(branch.commit.sha, next);
    const { data: refs } = await git.listMatchingRefs({ ...repository, ref: "heads/gate" });
    assert.deepEqual(refs.map(ref => ref.ref), ["refs/heads/gate/badges"]);
    await git.deleteRef({ ...repository, ref: "heads/gate/badges" });
    assert.deepEqual(await refused(git.getRef({ ...repository, ref: "heads/gate/badges" })), [404, "Not Found"]);
  },

  async race() {
    const start = await tip("heads/main");
    const both = await Promise.all(["a", "b"].map(name => commitOn(start, { [name]: name })));
    const done = await Promise.allSettled(both.map(sha => git.updateRef({ ...repository, ref: "heads/main", sha })));
    assert.deepEqual(done.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const again = await commitOn(await tip("heads/main"), { both: "both" });
    await git.updateRef({ ...repository, ref: "heads/main", sha: again });
    const made = await Promise.allSettled([1, 2, 3].map(() =>
      git.createRef({ ...repository, ref: "refs/heads/new", sha: start })));
    assert.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
  },

  async contents() {
    const file = { ...repository, path: "docs/deep/a b#c.md", branch: "topic" };
    const content = text => Buffer.from(text).toString("base64");
    const first = await repos.createOrUpdateFileContents({ ...file, message: "One", content: content("one") });
    assert.equal(first.status, 201);
    const { data: known } = await repos.getContent({ ...file, ref: "topic" });
    assert.equal(Buffer.from(known.content, "base64").toString(), "one");
    const update = { ...file, message: "Two", content: content("two") };
    const { sha } = known;
    assert.equal((await repos.createOrUpdateFileContents({ ...update, sha })).status, 200);
    assert.equal((await refused(repos.createOrUpdateFileContents({ ...update, sha })))[0], 409);
    const raw = await repos.getContent({ ...file, ref: "topic", mediaType: { format: "raw+json" } });
    assert.equal(raw.data, "two");
    const { data: folder } = await repos.getContent({ ...repository, path: "docs", ref: "topic" });
    assert.deepEqual(folder.map(item => [item.type, item.path]), [["dir", "docs/deep"]]);
    const { data: compared } = await repos.compareCommitsWithBasehead({ ...repository, basehead: "main...topic" });
    assert.deepEqual([compared.status, compared.ahead_by], ["ahead", 3]);
  },

  async pulls() {
    const { data } = await pulls.get(pull);
    assert.deepEqual([data.head.ref, data.base.ref, data.changed_files], ["topic", "main", 3]);
    const files = await octokit.paginate(pulls.listFiles, { ...pull, per_page: 2 });
    assert.deepEqual(files.map(file => file.status), ["modified", "renamed", "modified"]);
    const { data: found } = await pulls.list({ ...repository, head: "o:topic", state: "open" });
    assert.deepEqual(found.map(({ number }) => number), [7]);
    const ofCommit = { ...repository, commit_sha: data.head.sha };
    const { data: associated } = await repos.listPullRequestsAssociatedWithCommit(ofCommit);
    assert.deepEqual(associated.map(({ number }) => number), [7]);
  },

  async comments() {
    const issue = { ...repository, issue_number: 7 };
    for (let number = 0; number < 70; number++) await issues.createComment({ ...issue, body: `comment ${number}` });
    const every = await octokit.paginate(issues.listComments, { ...issue, per_page: 30 });
    assert.equal(every.length, 70);
    const last = every.at(-1);
    await issues.updateComment({ ...repository, comment_id: last.id, body: "changed" });
    assert.equal((await issues.getComment({ ...repository, comment_id: last.id })).data.body, "changed");
    const reaction = { ...repository, comment_id: last.id, content: "rocket" };
    assert.equal((await reactions.createForIssueComment(reaction)).status, 201);
    assert.equal((await reactions.createForIssueComment(reaction)).status, 200);
    const { data: [made, ...more] } = await reactions.listForIssueComment(reaction);
    assert.equal(more.length, 0);
    await reactions.deleteForIssueComment({ ...reaction, reaction_id: made.id });
    const hide = await octokit.graphql(
      `mutation ($id: ID!, $why: ReportedContentClassifiers!) {
        minimizeComment(input: {subjectId: $id, classifier: $why}) {
          minimizedComment { isMinimized minimizedReason } } }`, { id: last.node_id, why: "OUTDATED" });
    assert.deepEqual(hide.minimizeComment.minimizedComment, { isMinimized: true, minimizedReason: "outdated" });
    const gone = octokit.graphql("query ($id: ID!) { node(id: $id) { id } }", { id: "IC_nobody" });
    await assert.rejects(gone, error => error.errors[0].type === "NOT_FOUND");
    await issues.deleteComment({ ...repository, comment_id: last.id });
    assert.equal((await refused(issues.getComment({ ...repository, comment_id: last.id })))[0], 404);
  },

  async reviews() {
    const comments = [
      { path: "src/orbits.py", line: 10, side: "RIGHT", body: "```suggestion\nline 10\n```" },
      { path: "src/new_name.py", start_line: 19, line: 21, side: "RIGHT", body: "three lines" },
    ];
    const { data: review } = await pulls.createReview({ ...pull, event: "COMMENT", body: "Two", comments });
    assert.equal(review.state, "COMMENTED");
    const made = await octokit.paginate(pulls.listReviewComments, { ...pull, per_page: 1 });
    assert.deepEqual(made.map(({ start_line, line }) => [start_line, line]), [[null, 10], [19, 21]]);
    const outside = [{ path: "src/orbits.py", line: 30, side: "RIGHT", body: "x" }];
    const error = await pulls.createReview({ ...pull, event: "COMMENT", comments: outside }).catch(error => error);
    assert.match(error.message, /line must be part of the diff/);
    const reply = await pulls.createReplyForReviewComment({ ...pull, comment_id: made[0].id, body: "Thanks" });
    assert.equal(reply.data.in_reply_to_id, made[0].id);
    await pulls.updateReviewComment({ ...repository, comment_id: made[0].id, body: "changed" });
    await pulls.deleteReviewComment({ ...repository, comment_id: made[1].id });
    const left = await octokit.paginate(pulls.listReviewComments, pull);
    assert.deepEqual(left.map(({ body }) => body), ["changed", "Thanks"]);
  },

  async checks() {
    const sha = await tip("heads/topic");
    const annotation = line =>
      ({ path: "src/orbits.py", start_line: line, end_line: line, annotation_level: "failure", message: `m ${line}` });
    const output = from => ({ title: "gate", summary: "s", annotations: Array.from({ length: 40 }, (_, n) => annotation(from + n)) });
    const { data: run } = await checks.create({ ...repository, name: "gate", head_sha: sha, external_id: "e", output: output(1) });
    for (const from of [41, 81]) await checks.update({ ...repository, check_run_id: run.id, output: output(from) });
    const end = await checks.update({ ...repository, check_run_id: run.id, conclusion: "failure" });
    assert.deepEqual([end.data.status, end.data.output.annotations_count], ["completed", 120]);
    const found = await octokit.paginate(checks.listAnnotations, { ...repository, check_run_id: run.id });
    assert.deepEqual([found.length, found.at(-1).message], [120, "m 120"]);
    const listed = await octokit.paginate(checks.listForRef, { ...repository, ref: "topic", check_name: "gate" });
    assert.deepEqual(listed.map(({ id, external_id }) => [id, external_id]), [[run.id, "e"]]);
    for (const state of ["pending", "success"])
      await repos.createCommitStatus({ ...repository, sha, state, context: "gate", description: "d" });
    const statuses = await octokit.paginate(repos.listCommitStatusesForRef, { ...repository, ref: sha, per_page: 1 });
    assert.deepEqual(statuses.map(({ state }) => state), ["success", "pending"]);
    const sarif = Buffer.from("H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==", "base64").toString("base64");
    const upload = await codeScanning.uploadSarif({ ...repository, commit_sha: sha, ref: "refs/heads/topic", sarif });
    const known = await codeScanning.getSarif({ ...repository, sarif_id: upload.data.id });
    assert.equal(known.data.processing_status, "complete");
  },

  async artifacts() {
    const run = { ...repository, run_id: 1001 };
    assert.equal((await actions.getWorkflowRun(run)).data.head_repository.full_name, "eve/r");
    const listed = await octokit.paginate(actions.listWorkflowRunArtifacts, { ...run, name: "gate" });
    assert.deepEqual(listed.map(({ name }) => name), ["gate"]);
    const id = { ...repository, artifact_id: listed[0].id, archive_format: "zip" };
    const { data } = await actions.downloadArtifact(id);
    assert.equal(Buffer.from(data).subarray(0, 2).toString(), "PK");
    assert.equal(data.byteLength, listed[0].size_in_bytes);
    const { data: old } = await actions.listWorkflowRunArtifacts({ ...run, name: "old" });
    assert.equal((await refused(actions.downloadArtifact({ ...id, artifact_id: old.artifacts[0].id })))[0], 410);
  },

  async access() {
    const reads = client("ghs_reads").rest;
    await reads.repos.getContent({ ...repository, path: "README.md" });
    const no = [403, "Resource not accessible by integration"];
    assert.deepEqual(await refused(reads.issues.createComment({ ...repository, issue_number: 7, body: "x" })), no);
    assert.deepEqual(await refused(reads.git.createBlob({ ...repository, content: "x" })), no);
    assert.deepEqual(await refused(client("ghs_nobody").rest.repos.get(repository)), [401, "Bad credentials"]);
    const again = await reads.repos.get(repository);
    const etag = { headers: { "if-none-match": again.headers.etag } };
    const error = await reads.repos.get({ ...repository, ...etag }).catch(error => error);
    assert.equal(error.status, 304);
  },
};

await GROUPS[group]();
