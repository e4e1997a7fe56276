"""What the tests of the sandbox share: clients, the AWS CLI, packages, waiting.

Standard library, boto3 and the AWS CLI only; the endpoint comes from SEKISHO_ENDPOINT.
"""

import base64
import io
import json
import os
import subprocess
import tempfile
import time
import unittest
import uuid
import zipfile

try:
    import boto3
    from botocore.config import Config
except ImportError:  # packaging/test.sh says so before it comes here
    boto3 = None

ENDPOINT = os.environ.get("SEKISHO_ENDPOINT", "")
REGION = "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/sekisho-test"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
ECHO = """
import json, os
def handler(event, context):
    print(json.dumps({"level": "INFO", "message": "hello", "who": event.get("who")}))
    if event.get("fail"):
        raise ValueError("no such order")
    return {"event": event, "version": context.function_version, "mode": os.environ.get("MODE")}
"""


def package(files):
    """The bytes of a ZIP file with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o755 << 16
            archive.writestr(info, text)
    return buffer.getvalue()


def unique(prefix):
    """A name that no other test uses: all of them share one sandbox."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def until(holds, seconds=15):
    """Waits until something holds, and gives it."""
    end = time.monotonic() + seconds
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"it did not come to hold within {seconds} seconds")
        time.sleep(0.05)


@unittest.skipUnless(ENDPOINT, "SEKISHO_ENDPOINT is not set: no sandbox to test")
@unittest.skipUnless(boto3, "boto3 is not installed")
class SandboxTest(unittest.TestCase):
    """A test of the sandbox."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        """The role that functions are given: Lambda takes only one that is there and trusts it."""
        iam = cls.client("iam")
        try:
            iam.create_role(RoleName=ROLE.rsplit("/", 1)[1], AssumeRolePolicyDocument=TRUST)
        except iam.exceptions.EntityAlreadyExistsException:
            pass

    @staticmethod
    def client(service, region=REGION, key="AKIDSEKISHO", secret="secret", token=None, signature=None):
        return boto3.client(
            service,
            endpoint_url=ENDPOINT,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            # The prefix before the host of StartLiveTail can't be resolved for an address in numbers.
            config=Config(
                retries={"total_max_attempts": 1}, inject_host_prefix=False, signature_version=signature
            ),
        )

    def cli(self, *arguments, fails=False):
        """Runs the AWS CLI; its output as JSON where it is JSON, or its complaint if it is to fail."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": tempfile.gettempdir(),
            "AWS_ACCESS_KEY_ID": "AKIDSEKISHO",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_PAGER": "",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }
        done = subprocess.run(
            ["aws", "--endpoint-url", ENDPOINT, "--output", "json", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if fails:
            self.assertNotEqual(done.returncode, 0, done.stdout)
            return done.stderr
        self.assertEqual(done.returncode, 0, done.stderr)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout

    def refused(self, code, call, **arguments):
        """Calls, expects to be refused with a code, and gives the message."""
        from botocore.exceptions import ClientError

        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response
        self.assertEqual(error["Error"]["Code"], code, error)
        self.assertTrue(error["ResponseMetadata"].get("RequestId"), error)
        return error["Error"]["Message"]

    def function(self, files=None, runtime="python3.12", handler="index.handler", **more):
        """Creates a function, waits until it is active, and deletes it after the test."""
        client = self.client("lambda")
        name = unique("f")
        client.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=handler,
            Role=ROLE,
            Code={"ZipFile": package(files or {"index.py": ECHO})},
            **more,
        )
        self.addCleanup(self.forget, client.delete_function, FunctionName=name)
        until(lambda: client.get_function_configuration(FunctionName=name)["State"] == "Active")
        return name

    def settled(self, name):
        """Waits until the function's update is through."""
        client = self.client("lambda")
        until(lambda: client.get_function_configuration(FunctionName=name).get("LastUpdateStatus") == "Successful")

    def invoke(self, name, event=None, **more):
        """Invokes: the answer as JSON, and the whole response."""
        response = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}), **more)
        body = response["Payload"].read()
        return (json.loads(body) if body else None), response

    @staticmethod
    def forget(call, **arguments):
        """Tidies up; what is gone already is no failure."""
        from botocore.exceptions import ClientError

        try:
            call(**arguments)
        except ClientError:
            pass


def decoded(text):
    """Base64 to text."""
    return base64.b64decode(text).decode()
