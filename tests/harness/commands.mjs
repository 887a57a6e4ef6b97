// What the runner reads out of a step: workflow commands in its output, and the files
// named by GITHUB_OUTPUT, GITHUB_ENV and so on. Written after the runner's own source
// (ActionCommand.cs, FileCommandManager.cs, ProcessInvoker.cs).

export const COMMANDS = ["set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher", "remove-matcher",
  "debug", "warning", "error", "notice", "group", "endgroup", "echo", "stop-commands"];

const decode = pairs => text => pairs.reduce((value, [code, character]) => value.replaceAll(code, character), text);
const LINES = [["%0D", "\r"], ["%0A", "\n"]], PERCENT = ["%25", "%"];
const decodeData = decode([...LINES, PERCENT]);
const decodeProperty = decode([...LINES, ["%3A", ":"], ["%2C", ","], PERCENT]);
const decodeOld = decode([["%3B", ";"], ...LINES, ["%5D", "]"], PERCENT]);

function properties(text, separator, decoded) {
  const pairs = text.split(separator).map(pair => pair.split(/=(.*)/s)).filter(pair => pair.length > 1 && pair[1] !== "");
  return Object.fromEntries(pairs.map(([key, value]) => [key.trim().toLowerCase(), decoded(value)]));
}

function command(head, registered, separator, decoded) {
  const [, name, rest] = /^(\S*)\s?(.*)$/s.exec(head);
  return registered.has(name.toLowerCase()) && { name: name.toLowerCase(), properties: properties(rest, separator, decoded) };
}

// `::name key=value,key=value::data`, or the older `##[name key=value;]data`, which is
// honoured anywhere in a line.
export function parseCommand(line, registered) {
  const trimmed = line.trimStart(), end = trimmed.indexOf("::", 2);
  if (trimmed.startsWith("::") && end >= 0) {
    const found = command(trimmed.slice(2, end), registered, ",", decodeProperty);
    if (found) return { ...found, data: decodeData(trimmed.slice(end + 2)) };
  }
  const start = line.indexOf("##["), close = line.indexOf("]", start);
  if (start >= 0 && close >= 0) {
    const found = command(line.slice(start + 3, close), registered, ";", decodeOld);
    if (found) return { ...found, data: decodeOld(line.slice(close + 1)) };
  }
}

// `key=value` lines and `key<<MARK` ... `MARK` blocks, as [key, value] pairs.
export function parseEnvironmentFile(text) {
  const lines = text.split("\n"), pairs = [];
  if (lines.at(-1) === "") lines.pop();
  while (lines.length) {
    const line = lines.shift();
    if (line === "") continue;
    const equals = line.indexOf("="), block = line.indexOf("<<");
    if (equals >= 0 && (block < 0 || equals < block)) {
      pairs.push([line.slice(0, equals), line.slice(equals + 1)]);
    } else if (block > 0 && line.length > block + 2) {
      const end = lines.indexOf(line.slice(block + 2));
      if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${line.slice(block + 2)}'`);
      pairs.push([line.slice(0, block), lines.splice(0, end + 1).slice(0, -1).join("\n")]);
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return pairs;
}

// A process's output in lines, as .NET's ReadLine has it: \n, \r\n and a lone \r end one.
export function readLines(stream, onLine) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", text => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(onLine);
  });
  stream.on("end", () => { if (rest) onLine(rest.replace(/\r$/, "")); });
}
