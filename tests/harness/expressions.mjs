// GitHub's own expression evaluator (`${{ }}` and `if:`) over plain JavaScript values.
import { Evaluator, Lexer, Parser, data } from "@actions/expressions";
import { convertToIfCondition } from "@actions/workflow-parser/model/converter/if-condition";
import { splitAllowedContext } from "@actions/workflow-parser/templates/allowed-context";

function toData(value) {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === "string") return new data.StringData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, item]) => ({ key, value: toData(item) })));
}

// `allowed` are the contexts that the schema allows at this place, `status` that of the
// job so far. hashFiles() finds nothing: no cache is needed here.
function evaluate(expression, allowed, contexts, status) {
  const make = (name, value, most = 0) => ({ name, description: "", minArgs: 0, maxArgs: most, call: () => toData(value) });
  const functions = [make("success", status === "success"), make("failure", status === "failure"),
    make("cancelled", status === "cancelled"), make("always", true), make("hashFiles", "", 255)];
  const { namedContexts } = splitAllowedContext(allowed ?? []);
  const tree = new Parser(new Lexer(expression).lex().tokens, namedContexts, functions).parse();
  return new Evaluator(tree, toData(contexts), new Map(functions.map(f => [f.name.toLowerCase(), f]))).evaluate();
}

// The text of a value in a workflow or action file, its expressions evaluated.
export function text(token, contexts, status) {
  if (token === undefined) return undefined;
  if (!token.isExpression) return token.toString();
  return evaluate(token.expression, token.definitionInfo?.allowedContext, contexts, status).coerceString();
}

// Whether an `if:` holds; without one, whether all went well so far.
export function holds(token, templateContext, contexts, status) {
  if (!token) return status === "success";
  const { expression } = convertToIfCondition(templateContext, token);
  const found = evaluate(expression, token.definitionInfo?.allowedContext, contexts, status).coerceString();
  return !["false", "", "0"].includes(found);
}

// A mapping of a workflow or action file as a plain object of its values.
export const entries = token => Object.fromEntries([...token ?? []].map(({ key, value }) => [key.toString(), value]));
