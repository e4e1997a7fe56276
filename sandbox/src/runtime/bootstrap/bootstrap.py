"""Runs a Python handler against Lambda's Runtime API, as the managed runtimes do.

It stands on the standard library alone, on any Python 3.6 or later. It speaks HTTP over a plain socket: an answer and the
request for the next event leave in one piece, which saves a round trip per call.
"""
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = "/2018-06-01/runtime/"


class RuntimeApi:
    """One connection, kept open. When it closes, the sandbox is gone and so is the reason to run."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.host = address.encode()
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.next_request = self.get("invocation/next")

    def get(self, path):
        return b"GET %s%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (PREFIX.encode(), path.encode(), self.host)

    def ask(self):
        self.socket.sendall(self.next_request)

    def post(self, path, body, kind=None, and_ask=False):
        head = b"POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % (
            PREFIX.encode(), path.encode(), self.host, len(body))
        if kind:
            head += b"Lambda-Runtime-Function-Error-Type: " + kind.encode("ascii", "replace") + b"\r\n"
        tail = self.next_request if and_ask else b""
        self.socket.sendall(b"".join((head, b"\r\n", body, tail)))
        return self.read()

    def read(self):
        while b"\r\n\r\n" not in self.buffer:
            self.fill()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        parts, have = [self.buffer], len(self.buffer)
        while have < length:
            parts.append(self.receive())
            have += len(parts[-1])
        everything = b"".join(parts)
        body, self.buffer = everything[:length], everything[length:]
        return int(lines[0].split(" ")[1]), headers, body

    def fill(self):
        self.buffer += self.receive()

    def receive(self):
        data = self.socket.recv(262144)
        if not data:
            os._exit(0)
        return data


def become(api):
    """This process was started before it was known for which function. The answer is what it would have started with."""
    api.socket.sendall(api.get("sekisho/assignment"))
    _, _, body = api.read()
    del os.environ["SEKISHO_SPARE"]
    os.environ.update(json.loads(body.decode("utf-8")))
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    if "PWD" in os.environ:
        os.environ["PWD"] = task_root
    # Only now: the package lies over the directory that it was before.
    os.chdir(task_root)
    time.tzset()
    sys.path[1:1] = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]


def find_modules():
    """The package comes before the layers, and both before what PYTHONPATH names."""
    opt = os.environ.pop("SEKISHO_OPT", "/opt")
    version = os.environ.get("AWS_EXECUTION_ENV", "").rpartition("_")[2]
    layers = os.path.join(opt, "python")
    sys.path[0:1] = [os.environ["LAMBDA_TASK_ROOT"], os.path.join(layers, "lib", version, "site-packages"), layers]


class CognitoIdentity:
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __init__(self, fields=None):
        fields = fields or {}
        self.cognito_identity_id = fields.get("cognitoIdentityId")
        self.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")


class Client:
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]


class ClientContext:
    __slots__ = ["custom", "env", "client"]


def client_context(text):
    if not text:
        return None
    fields = json.loads(text)
    context = ClientContext()
    context.custom = fields.get("custom")
    context.env = fields.get("env")
    context.client = None
    if isinstance(fields.get("client"), dict):
        context.client = Client()
        for name in Client.__slots__:
            setattr(context.client, name, fields["client"].get(name))
    return context


class LambdaContext:
    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.client_context = client_context(headers.get("lambda-runtime-client-context"))
        cognito = headers.get("lambda-runtime-cognito-identity")
        self.identity = CognitoIdentity(json.loads(cognito) if cognito else None)
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(self._deadline_ms - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = ["aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity"]
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in names)


class Fault(Exception):
    """An error that the runtime itself words, not the function."""

    def __init__(self, kind, message, trace=None):
        Exception.__init__(self, message)
        self.kind = kind
        self.message = message
        self.trace = trace or []


def write_record(text):
    """One log event, whatever line feeds it holds: the sandbox reads the length before the record."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
    body = text.encode("utf-8", "replace")
    data = b"\x1e\x02%d\n%s" % (len(body), body)
    while data:
        data = data[os.write(1, data):]


class RequestIdFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = current["request_id"]
        return True


class LambdaHandler(logging.Handler):
    def emit(self, record):
        try:
            write_record(self.format(record))
        except Exception:
            self.handleError(record)


JSON_KEYS = {"name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text",
             "stack_info", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName",
             "processName", "process", "taskName", "aws_request_id", "asctime", "message"}


class JsonFormatter(logging.Formatter):
    """`LogFormat: JSON`."""

    def format(self, record):
        fields = {"timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname,
                  "message": record.getMessage(), "logger": record.name, "requestId": record.aws_request_id}
        fields.update((name, value) for name, value in record.__dict__.items() if name not in JSON_KEYS)
        if record.exc_info and record.exc_info[0]:
            fields["errorType"] = record.exc_info[0].__name__
            fields["errorMessage"] = str(record.exc_info[1])
            fields["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return json.dumps(fields, ensure_ascii=False, default=str)


def json_format():
    return os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


def set_up_logging():
    if json_format():
        formatter = JsonFormatter()
    else:
        formatter = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                                      "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = LambdaHandler()
    handler.setFormatter(formatter)
    handler.addFilter(RequestIdFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level)
    if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        root.setLevel(level)


def error_body(message, kind, trace, request_id):
    fields = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace}
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


def log_error(message, kind, trace):
    if json_format():
        now = time.gmtime()
        fields = {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", now), "level": "ERROR", "errorMessage": message,
                  "errorType": kind, "requestId": current["request_id"], "stackTrace": trace}
        return write_record(json.dumps(fields, ensure_ascii=False))
    write_record("[ERROR] %s: %s\nTraceback (most recent call last):\n%s" % (kind, message, "".join(trace)))


def load(handler):
    try:
        module_name, function_name = handler.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (handler, error))
    try:
        if module_name.split(".")[0] in sys.builtin_module_names:
            raise Fault("Runtime.BuiltInModuleConflict",
                        "Cannot use built-in module %s as a handler module" % module_name)
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


STDLIB = os.path.dirname(os.__file__) + os.sep


def own_frames(tb):
    """All but the frames of this file that lead to them. The library is where Lambda has it."""
    # As plain tuples they are written without the markers under the line, as in Lambda.
    frames = [tuple(frame) for frame in traceback.extract_tb(tb)]
    while frames and frames[0][0].startswith(HERE + os.sep):
        frames.pop(0)
    lang = "/var/lang/lib/%s/" % os.environ.get("AWS_EXECUTION_ENV", "").rpartition("_")[2]
    seen = [(lang + frame[0][len(STDLIB):],) + frame[1:]
            if HERE == "/var/runtime" and frame[0].startswith(STDLIB) and "site-packages" not in frame[0]
            else frame for frame in frames]
    return traceback.format_list(seen)


def plain(value):
    import decimal
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def marshal(result):
    try:
        return json.dumps(result, ensure_ascii=False, default=plain).encode("utf-8")
    except Exception as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)


def unmarshal(body):
    try:
        return json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)


current = {"request_id": ""}


def handle(function, headers, body):
    """The path and the body of what is posted, with the error's type if it is one."""
    request_id = headers["lambda-runtime-aws-request-id"]
    current["request_id"] = request_id
    trace = headers.get("lambda-runtime-trace-id")
    if trace:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    try:
        answer = marshal(function(unmarshal(body), LambdaContext(headers)))
        return "invocation/%s/response" % request_id, answer, None
    except Fault as fault:
        message, kind, frames = fault.message, fault.kind, fault.trace
    except Exception as error:
        message, kind, frames = str(error), type(error).__name__, own_frames(error.__traceback__)
    log_error(message, kind, frames)
    return "invocation/%s/error" % request_id, error_body(message, kind, frames, request_id), kind


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass


def fail_to_start(api, error):
    if isinstance(error, Fault):
        message, kind, frames = error.message, error.kind, error.trace
    else:
        message, kind, frames = str(error), type(error).__name__, own_frames(error.__traceback__)
    log_error(message, kind, frames)
    flush()
    api.post("init/error", error_body(message, kind, frames, ""), kind)
    os._exit(1)


def main():
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    sys.argv = [os.path.join(HERE, "bootstrap.py")]
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    if "SEKISHO_SPARE" in os.environ:
        become(api)
    find_modules()
    set_up_logging()
    try:
        function = load(os.environ["_HANDLER"])
    except Exception as error:
        fail_to_start(api, error)
    flush()
    api.ask()
    while True:
        _, headers, body = api.read()
        path, answer, kind = handle(function, headers, body)
        flush()
        api.post(path, answer, kind, and_ask=True)


if __name__ == "__main__":
    # The function's modules may look for this file as `bootstrap`, as they could in Lambda.
    sys.modules.setdefault("bootstrap", sys.modules["__main__"])
    main()
