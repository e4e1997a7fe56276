// Runs a Node handler against Lambda's Runtime API, as the managed runtimes do: CommonJS and ES modules, async handlers,
// callbacks and response streams. It stands on Node's own modules alone, and speaks HTTP over a plain socket: an answer and
// the request for the next event leave in one piece, which saves a round trip per call.

import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import util from "node:util";
import Module, { createRequire } from "node:module";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

const API = process.env.AWS_LAMBDA_RUNTIME_API;
const PREFIX = "/2018-06-01/runtime/";
const [HOST, PORT] = API.split(":");
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

// ---- the Runtime API

const socket = net.connect({ host: HOST, port: Number(PORT), noDelay: true });
let received = Buffer.alloc(0);
const waiting = [];

socket.on("data", (chunk) => {
  received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
  for (;;) {
    const message = take();
    if (message === undefined) return;
    waiting.shift()?.(message);
  }
});
// When it closes, the sandbox is gone and so is the reason to run.
socket.on("close", () => process.exit(0));
socket.on("error", () => process.exit(0));

function take() {
  const end = received.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const lines = received.toString("utf8", 0, end).split("\r\n");
  const headers = {};
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const length = Number(headers["content-length"] ?? 0);
  const from = end + 4;
  if (received.length < from + length) return undefined;
  const body = received.subarray(from, from + length);
  received = received.subarray(from + length);
  return { headers, body };
}

const get = (where) => `GET ${PREFIX}${where} HTTP/1.1\r\nHost: ${API}\r\n\r\n`;
const NEXT = get("invocation/next");

function answered() {
  return new Promise((resolve) => waiting.push(resolve));
}

function post(where, body, kind, more = "") {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body, "utf8");
  const type = kind ? `Lambda-Runtime-Function-Error-Type: ${kind.replace(/[^\x20-\x7e]/g, "?")}\r\n` : "";
  const head =
    `POST ${PREFIX}${where} HTTP/1.1\r\nHost: ${API}\r\nContent-Type: application/json\r\n` +
    `${type}Content-Length: ${bytes.length}\r\n\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), bytes, Buffer.from(more)]));
  return answered();
}

// ---- which function this is

/** This process was started before that was known. The answer is what it would have started with. */
async function become() {
  // The first module costs several milliseconds more than those after it.
  const require = createRequire(import.meta.url);
  require("./warm.cjs");
  delete require.cache[require.resolve("./warm.cjs")];
  socket.write(get("sekisho/assignment"));
  const { body } = await answered();
  delete process.env.SEKISHO_SPARE;
  for (const [name, value] of Object.entries(JSON.parse(body.toString("utf8")))) {
    if (process.env[name] !== value) process.env[name] = value;
  }
  if (process.env.PWD !== undefined) process.env.PWD = process.env.LAMBDA_TASK_ROOT;
  // Only now: the package lies over the directory that it was before.
  process.chdir(process.env.LAMBDA_TASK_ROOT);
  // NODE_PATH was read when Node started.
  Module._initPaths();
}

if (process.env.SEKISHO_SPARE) await become();
delete process.env.SEKISHO_OPT;

const TASK_ROOT = process.env.LAMBDA_TASK_ROOT;

// ---- logging

let requestId;
/** What a call is about to be answered with: `[where, answer, kind]`. */
let ready;
let crashed = false;

function writeRecord(text) {
  const body = Buffer.from(text, "utf8");
  let data = Buffer.concat([Buffer.from(`\x1e\x02${body.length}\n`), body]);
  while (data.length > 0) {
    try {
      data = data.subarray(fs.writeSync(1, data));
    } catch (error) {
      if (error.code !== "EAGAIN") return;
    }
  }
}

const JSON_FORMAT = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const LEAST = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));

function log(level, ...parts) {
  if (LEVELS.indexOf(level) < LEAST) return;
  const timestamp = new Date().toISOString();
  if (JSON_FORMAT) {
    const single = parts.length === 1 && !(parts[0] instanceof Error) ? parts[0] : util.format(...parts);
    const record = { timestamp, level, requestId, message: single };
    const error = parts.find((part) => part instanceof Error);
    if (error) Object.assign(record, { errorType: error.name, errorMessage: error.message, stackTrace: stack(error) });
    writeRecord(JSON.stringify(record));
  } else {
    writeRecord(`${timestamp}\t${requestId ?? "undefined"}\t${level}\t${util.format(...parts)}`);
  }
}

console.log = (...parts) => log("INFO", ...parts);
console.info = (...parts) => log("INFO", ...parts);
console.debug = (...parts) => log("DEBUG", ...parts);
console.warn = (...parts) => log("WARN", ...parts);
console.error = (...parts) => log("ERROR", ...parts);
console.trace = (...parts) => log("TRACE", ...parts);
console.fatal = (...parts) => log("FATAL", ...parts);

// ---- errors

class Fault extends Error {
  constructor(kind, message) {
    super(message);
    this.name = kind;
  }
}

function stack(error) {
  return String(error?.stack ?? "").split("\n");
}

function errorFields(error) {
  if (util.types.isNativeError(error) || error instanceof Error) {
    return { errorType: String(error.name).replaceAll("\x7F", "%7F"), errorMessage: String(error.message), trace: stack(error) };
  }
  const message = typeof error === "object" && error !== null ? safeJson(error) : String(error);
  return { errorType: typeof error, errorMessage: message, trace: [] };
}

function safeJson(value) {
  try {
    return JSON.stringify(value);
  } catch {
    return util.inspect(value);
  }
}

function logError(title, error) {
  const { errorType, errorMessage } = errorFields(error);
  if (JSON_FORMAT) {
    const about = { message: title, errorType, errorMessage, stackTrace: stack(error) };
    writeRecord(safeJson({ timestamp: new Date().toISOString(), level: "ERROR", requestId, ...about }));
    return;
  }
  const fields = { errorType, errorMessage };
  if (error && typeof error === "object") {
    for (const [name, value] of Object.entries(error)) if (name !== "name") fields[name] = value;
  }
  fields.stack = stack(error);
  log("ERROR", `${title} \t${safeJson(fields)}`);
}

// ---- loading the handler

function handlerParts(text) {
  const file = path.basename(text);
  const match = file.match(/^([^.]*)\.(.*)$/);
  if (!match || text.includes("..")) throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  return { root: text.slice(0, text.length - file.length), module: match[1], names: match[2].split(".") };
}

function isModule(file) {
  if (file.endsWith(".mjs")) return true;
  if (!file.endsWith(".js")) return false;
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    try {
      return JSON.parse(fs.readFileSync(path.join(directory, "package.json"), "utf8")).type === "module";
    } catch {
      if (directory === path.dirname(directory) || directory === TASK_ROOT) return false;
    }
  }
}

async function loadModule(root, name) {
  const base = path.resolve(TASK_ROOT, root, name);
  const require = createRequire(path.join(TASK_ROOT, "index.js"));
  const file = [base, `${base}.js`, `${base}.mjs`, `${base}.cjs`].find((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile());
  if (file) return isModule(file) ? import(pathToFileURL(file).href) : require(file);
  // Last, as Node itself would look it up: a directory with an index, or a package.
  const found = require.resolve(name, { paths: [path.join(TASK_ROOT, root), TASK_ROOT] });
  return isModule(found) ? import(pathToFileURL(found).href) : require(found);
}

/** Since Node 24 a handler answers by its promise alone. */
const CALLBACK =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this " +
  "function to use a supported handler signature to use Node.js 24 or later. For more information see " +
  "https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
const CALLBACKS = Number(process.env.AWS_EXECUTION_ENV?.match(/nodejs(\d+)/)?.[1] ?? 0) < 24;

function takesCallback(handler) {
  return !CALLBACKS && !handler[STREAMING] && handler.length > 2;
}

async function load(text) {
  const { root, module, names } = handlerParts(text);
  let loaded;
  try {
    loaded = await loadModule(root, module);
  } catch (error) {
    if (error instanceof SyntaxError) throw renamed(error, "Runtime.UserCodeSyntaxError");
    if (["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(error?.code)) {
      throw renamed(error, "Runtime.ImportModuleError");
    }
    throw error;
  }
  const find = (from) => names.reduce((value, name) => value?.[name], from);
  const handler = find(loaded) ?? find(loaded?.default);
  if (handler === undefined || handler === null) {
    throw new Fault("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
  }
  if (typeof handler !== "function") throw new Fault("Runtime.HandlerNotFound", `${text} is not a function`);
  if (takesCallback(handler)) throw new Fault("Runtime.CallbackHandlerDeprecated", CALLBACK);
  return handler;
}

function renamed(error, kind) {
  const fault = new Fault(kind, String(error));
  fault.stack = `${kind}: ${error?.stack ?? error}`;
  return fault;
}

// ---- response streams

class ResponseStream extends Writable {
  chunks = [];
  prelude = undefined;
  setContentType() {}
  _write(chunk, _encoding, done) {
    this.chunks.push(Buffer.from(chunk));
    done();
  }
  bytes() {
    const body = Buffer.concat(this.chunks);
    if (this.prelude === undefined) return body;
    return Buffer.concat([Buffer.from(JSON.stringify(this.prelude)), Buffer.alloc(8), body]);
  }
}

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.prelude = prelude;
      return stream;
    },
  },
};

// ---- one invocation

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    ...(CALLBACKS ? { callbackWaitsForEmptyEventLoop: true } : {}),
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** Resolves with what the handler makes of the event, in whichever of its styles it answers. */
function run(handler, event, context) {
  return new Promise((resolve, reject) => {
    let late = () => resolve(null);
    const emptied = () => late();
    const settle = (how) => (value) => {
      process.off("beforeExit", emptied);
      how(value);
    };
    const succeed = settle(resolve);
    const fail = settle(reject);
    const callback = (error, value) => {
      const end = error !== undefined && error !== null ? () => fail(error) : () => succeed(value);
      if (context.callbackWaitsForEmptyEventLoop) late = end;
      else end();
    };
    if (CALLBACKS) Object.assign(context, { done: callback, succeed, fail });
    process.on("beforeExit", emptied);
    try {
      const returned = CALLBACKS ? handler(event, context, callback) : handler(event, context);
      if (typeof returned?.then === "function") returned.then(succeed, fail);
      // A handler without a callback parameter that returns a plain value has nothing to wait for.
      else if (returned !== undefined && handler.length < 3) succeed(returned);
    } catch (error) {
      fail(error);
    }
  });
}

async function runStreaming(handler, event, context) {
  const stream = new ResponseStream();
  const finished = new Promise((resolve, reject) => stream.once("finish", resolve).once("error", reject));
  await handler(event, stream, context);
  if (!stream.writableEnded) stream.end();
  await finished;
  return stream.bytes();
}

function marshal(value) {
  try {
    return JSON.stringify(value === undefined ? null : value) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

async function handle(handler, { headers, body }) {
  requestId = headers["lambda-runtime-aws-request-id"];
  if (headers["lambda-runtime-trace-id"]) process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const where = `invocation/${requestId}`;
  try {
    const event = JSON.parse(body.toString("utf8"));
    const context = contextOf(headers);
    const answer = handler[STREAMING]
      ? await runStreaming(handler, event, context)
      : marshal(await run(handler, event, context));
    return [`${where}/response`, answer, undefined];
  } catch (error) {
    logError("Invoke Error", error);
    const fields = errorFields(error);
    return [`${where}/error`, JSON.stringify(fields), fields.errorType];
  }
}

async function crash(title, error, status) {
  crashed = true;
  logError(title, error);
  // What the handler answered stays, and what failed beside it is in the log alone.
  if (ready) {
    socket.ref();
    await post(...ready);
    process.exit(status);
  }
  const fields = errorFields(error);
  const where = requestId ? `invocation/${requestId}/error` : "init/error";
  socket.ref();
  await post(where, JSON.stringify(fields), fields.errorType);
  process.exit(status);
}

process.on("uncaughtException", (error) => void crash("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  const error = new Fault("Runtime.UnhandledPromiseRejection", String(reason));
  const { errorType, errorMessage } = errorFields(reason);
  error.reason = reason instanceof Error ? { errorType, errorMessage, ...reason, stack: stack(reason) } : reason;
  error.promise = {};
  void crash("Unhandled Promise Rejection", error, 128);
});

async function main() {
  let handler;
  try {
    handler = await load(process.env._HANDLER);
  } catch (error) {
    return crash(CALLBACKS ? "Uncaught Exception" : "Init Error", error, 129);
  }
  socket.write(NEXT);
  let message = await answered();
  for (;;) {
    // While the handler runs, only its own work keeps the event loop alive: a callback may wait for it to be empty.
    socket.unref();
    ready = await handle(handler, message);
    socket.ref();
    // Rejections that nobody awaits are told before the next event is asked for, which would end with this process.
    await new Promise(setImmediate);
    if (crashed) return;
    const [where, answer, kind] = ready;
    ready = undefined;
    // Both answers may arrive together, so both are waited for before either has come.
    post(where, answer, kind, NEXT);
    message = await answered();
  }
}

// Not awaited: a callback that waits for an empty event loop would end a module that waits for itself.
void main();
