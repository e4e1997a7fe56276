"""The sandbox through boto3 and the AWS CLI: the same operations that the console uses, as other people's tools see them.

    SEKISHO_ENDPOINT=http://127.0.0.1:4566 python -m unittest discover -s tests/python
"""

import datetime
import json
import os
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from support import ECHO, ENDPOINT, ROLE, TRUST, SandboxTest, decoded, package, unique, until

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


class Endpoint(SandboxTest):
    def test_health_needs_no_signature(self):
        with urllib.request.urlopen(f"{ENDPOINT}/_sekisho/health") as answer:
            self.assertEqual(json.load(answer)["service"], "sekisho-sandbox")

    def test_everything_else_does(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{ENDPOINT}/2015-03-31/functions/")
        self.assertEqual(caught.exception.code, 403)
        self.assertEqual(caught.exception.headers["x-amzn-errortype"], "MissingAuthenticationTokenException")
        caught.exception.close()


class Functions(SandboxTest):
    def test_create_read_list_update_delete(self):
        client = self.client("lambda")
        name = self.function(
            MemorySize=256,
            Timeout=7,
            Description="注文",
            Environment={"Variables": {"MODE": "one"}},
            Tags={"team": "shop"},
            EphemeralStorage={"Size": 1024},
        )
        read = client.get_function(FunctionName=name)
        self.assertEqual(read["Tags"], {"team": "shop"})
        self.assertEqual(read["Configuration"]["Description"], "注文")
        self.assertEqual(read["Configuration"]["EphemeralStorage"], {"Size": 1024})
        with urllib.request.urlopen(read["Code"]["Location"]) as answer:
            self.assertEqual(len(answer.read()), read["Configuration"]["CodeSize"])
        pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        self.assertIn(name, names)
        self.assertEqual(names, sorted(names))
        revision = read["Configuration"]["RevisionId"]
        updated = client.update_function_configuration(
            FunctionName=name, MemorySize=512, Environment={"Variables": {"MODE": "two"}}, RevisionId=revision
        )
        self.assertEqual(updated["LastUpdateStatus"], "InProgress")
        self.refused(
            "ResourceConflictException", client.update_function_configuration, FunctionName=name, Timeout=9
        )
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        self.refused(
            "PreconditionFailedException",
            client.update_function_configuration,
            FunctionName=name,
            Timeout=9,
            RevisionId=revision,
        )
        answer, _ = self.invoke(name, {"who": "me"})
        self.assertEqual(answer, {"event": {"who": "me"}, "version": "$LATEST", "mode": "two"})
        client.delete_function(FunctionName=name)
        message = self.refused("ResourceNotFoundException", client.get_function, FunctionName=name)
        self.assertEqual(message, f"Function not found: {ARN}{name}")

    def test_mistakes_are_told_in_lambdas_words(self):
        client = self.client("lambda")
        fine = {
            "FunctionName": unique("f"),
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Role": ROLE,
            "Code": {"ZipFile": package({"index.py": ECHO})},
        }
        for change, code, message in [
            ({"Timeout": 901}, "ValidationException", "Value '901' at 'timeout' failed to satisfy constraint"),
            ({"Runtime": "cobol85"}, "InvalidParameterValueException", "Value cobol85 at 'runtime' failed"),
            ({"Role": "arn:aws:iam::1:role/x"}, "ValidationException", "at 'role' failed to satisfy constraint"),
            ({"Code": {"ZipFile": b"no"}}, "InvalidParameterValueException", "Could not unzip uploaded file."),
            (
                {"Environment": {"Variables": {"BIG": "x" * 5000}}},
                "InvalidParameterValueException",
                "exceeded the 4KB limit. String measured: ",
            ),
            (
                {"Layers": [f"arn:aws:lambda:us-east-1:000000000000:layer:l{n}:1" for n in range(6)]},
                "InvalidParameterValueException",
                "Cannot reference more than 5 layers.",
            ),
        ]:
            with self.subTest(change=str(change)[:40]):
                self.assertIn(message, self.refused(code, client.create_function, **{**fine, **change}))

    def test_code_comes_inline_and_from_s3(self):
        client, s3 = self.client("lambda"), self.client("s3")
        name = self.function()
        bucket = unique("packages")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="a b/two.zip", Body=package({"index.py": "def handler(e, c): return 2"}))
        client.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key="a b/two.zip")
        self.settled(name)
        self.assertEqual(self.invoke(name)[0], 2)
        dry = client.update_function_code(
            FunctionName=name, ZipFile=package({"index.py": "def handler(e, c): return 3"}), DryRun=True
        )
        self.assertNotEqual(dry["CodeSha256"], client.get_function_configuration(FunctionName=name)["CodeSha256"])
        published = client.update_function_code(
            FunctionName=name, ZipFile=package({"index.py": "def handler(e, c): return 3"}), Publish=True
        )
        self.assertEqual(published["Version"], "1")
        self.settled(name)
        self.assertEqual(self.invoke(name, Qualifier="1")[0], 3)
        self.refused("InvalidParameterValueException", client.update_function_code, FunctionName=name, S3Bucket=bucket, S3Key="no")
        s3.delete_object(Bucket=bucket, Key="a b/two.zip")
        s3.delete_bucket(Bucket=bucket)

    def test_versions_and_aliases(self):
        client = self.client("lambda")
        name = self.function()
        first = client.publish_version(FunctionName=name, Description="first")
        self.assertEqual(first["Version"], "1")
        self.assertEqual(client.publish_version(FunctionName=name)["Version"], "1")
        client.update_function_code(FunctionName=name, ZipFile=package({"index.py": "def handler(e, c): return 2"}))
        self.settled(name)
        self.assertEqual(client.publish_version(FunctionName=name)["Version"], "2")
        versions = client.list_versions_by_function(FunctionName=name)["Versions"]
        self.assertEqual([version["Version"] for version in versions], ["$LATEST", "1", "2"])
        alias = client.create_alias(
            FunctionName=name,
            Name="live",
            FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
        )
        self.assertEqual(alias["RoutingConfig"]["AdditionalVersionWeights"], {"2": 0.25})
        moved = client.update_alias(
            FunctionName=name,
            Name="live",
            FunctionVersion="2",
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=alias["RevisionId"],
        )
        self.assertNotIn("RoutingConfig", moved)
        self.assertEqual(self.invoke(name, Qualifier="live")[0], 2)
        self.assertEqual(client.get_alias(FunctionName=name, Name="live")["FunctionVersion"], "2")
        self.assertEqual(len(client.list_aliases(FunctionName=name)["Aliases"]), 1)
        self.refused("ResourceConflictException", client.delete_function, FunctionName=name, Qualifier="2")
        client.delete_alias(FunctionName=name, Name="live")
        client.delete_function(FunctionName=name, Qualifier="2")
        self.refused("ResourceNotFoundException", client.get_alias, FunctionName=name, Name="live")

    def test_layers(self):
        client = self.client("lambda")
        layer = unique("layer")
        published = client.publish_layer_version(
            LayerName=layer,
            Content={"ZipFile": package({"python/shared.py": "TEXT = 'layer'"})},
            CompatibleRuntimes=["python3.12"],
        )
        name = self.function(
            {"index.py": "import shared\ndef handler(e, c): return shared.TEXT"},
            Layers=[published["LayerVersionArn"]],
        )
        self.assertEqual(self.invoke(name)[0], "layer")
        self.assertEqual(client.get_layer_version(LayerName=layer, VersionNumber=1)["Version"], 1)
        self.assertEqual(client.get_layer_version_by_arn(Arn=published["LayerVersionArn"])["Version"], 1)
        self.assertIn(layer, [row["LayerName"] for row in client.list_layers()["Layers"]])
        self.assertEqual(len(client.list_layer_versions(LayerName=layer)["LayerVersions"]), 1)
        client.add_layer_version_permission(
            LayerName=layer, VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
        )
        policy = json.loads(client.get_layer_version_policy(LayerName=layer, VersionNumber=1)["Policy"])
        self.assertEqual(policy["Statement"][0]["Principal"], "*")
        client.remove_layer_version_permission(LayerName=layer, VersionNumber=1, StatementId="all")
        client.delete_layer_version(LayerName=layer, VersionNumber=1)
        self.refused("ResourceNotFoundException", client.get_layer_version, LayerName=layer, VersionNumber=1)

    def test_permissions_and_tags(self):
        client = self.client("lambda")
        name = self.function()
        client.add_permission(
            FunctionName=name,
            StatementId="s3",
            Action="lambda:InvokeFunction",
            Principal="s3.amazonaws.com",
            SourceArn="arn:aws:s3:::orders",
        )
        policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
        self.assertEqual(policy["Statement"][0]["Principal"], {"Service": "s3.amazonaws.com"})
        client.remove_permission(FunctionName=name, StatementId="s3")
        self.refused("ResourceNotFoundException", client.get_policy, FunctionName=name)
        client.tag_resource(Resource=ARN + name, Tags={"team": "shop", "stage": "dev"})
        client.untag_resource(Resource=ARN + name, TagKeys=["stage"])
        self.assertEqual(client.list_tags(Resource=ARN + name)["Tags"], {"team": "shop"})
        tagging = self.client("resourcegroupstaggingapi")
        found = tagging.get_resources(
            TagFilters=[{"Key": "team", "Values": ["shop"]}], ResourceTypeFilters=["lambda:function"]
        )
        self.assertIn(ARN + name, [row["ResourceARN"] for row in found["ResourceTagMappingList"]])

    def test_concurrency(self):
        client = self.client("lambda")
        name = self.function()
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        self.addCleanup(self.forget, client.delete_function_concurrency, FunctionName=name)
        self.refused("TooManyRequestsException", client.invoke, FunctionName=name)
        self.assertEqual(client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"], 0)
        client.delete_function_concurrency(FunctionName=name)
        client.publish_version(FunctionName=name)
        client.put_provisioned_concurrency_config(
            FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=1
        )
        until(
            lambda: client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")["Status"] == "READY"
        )
        configs = client.list_provisioned_concurrency_configs(FunctionName=name)
        self.assertEqual(len(configs["ProvisionedConcurrencyConfigs"]), 1)
        client.delete_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
        settings = client.get_account_settings()
        self.assertEqual(settings["AccountLimit"]["ConcurrentExecutions"], 1000)

    def test_event_invoke_configs_mappings_and_urls(self):
        client = self.client("lambda")
        name = self.function()
        client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
        client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=120)
        config = client.get_function_event_invoke_config(FunctionName=name)
        self.assertEqual((config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]), (1, 120))
        self.assertIsInstance(config["LastModified"], datetime.datetime)
        self.assertEqual(
            len(client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]), 1
        )
        client.delete_function_event_invoke_config(FunctionName=name)
        mapping = client.create_event_source_mapping(
            FunctionName=name, EventSourceArn="arn:aws:sqs:us-east-1:000000000000:" + name, BatchSize=5
        )
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        self.assertEqual(client.get_event_source_mapping(UUID=mapping["UUID"])["State"], "Disabled")
        self.assertEqual(len(client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]), 1)
        client.delete_event_source_mapping(UUID=mapping["UUID"])
        client.create_function_url_config(FunctionName=name, AuthType="NONE")
        client.update_function_url_config(FunctionName=name, Cors={"AllowOrigins": ["*"]})
        self.assertEqual(client.get_function_url_config(FunctionName=name)["Cors"], {"AllowOrigins": ["*"]})
        self.assertEqual(len(client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]), 1)
        client.delete_function_url_config(FunctionName=name)
        self.refused("ResourceNotFoundException", client.get_function_url_config, FunctionName=name)


class Invocations(SandboxTest):
    def test_an_answer_comes_with_its_log_tail(self):
        name = self.function()
        answer, response = self.invoke(name, {"who": "me"}, LogType="Tail")
        self.assertEqual(answer["event"], {"who": "me"})
        self.assertEqual((response["StatusCode"], response["ExecutedVersion"]), (200, "$LATEST"))
        log = decoded(response["LogResult"])
        self.assertRegex(log, r"REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms")
        _, warm = self.invoke(name, {}, LogType="Tail")
        self.assertNotIn("Init Duration", decoded(warm["LogResult"]))

    def test_an_error_has_type_message_and_stack(self):
        name = self.function()
        answer, response = self.invoke(name, {"fail": True})
        self.assertEqual(response["FunctionError"], "Unhandled")
        self.assertEqual((answer["errorType"], answer["errorMessage"]), ("ValueError", "no such order"))
        self.assertTrue(answer["stackTrace"])

    def test_a_timeout_is_told(self):
        name = self.function({"index.py": "import time\ndef handler(e, c): time.sleep(30)"}, Timeout=1)
        answer, response = self.invoke(name)
        self.assertEqual(response["FunctionError"], "Unhandled")
        self.assertIn("Task timed out after 1.00 seconds", answer["errorMessage"])

    def test_node_runs(self):
        name = self.function(
            {"index.mjs": "export const handler = async (event) => ({ twice: event.n * 2 });"}, runtime="nodejs22.x"
        )
        self.assertEqual(self.invoke(name, {"n": 21})[0], {"twice": 42})

    def test_an_event_is_accepted_and_a_dry_run_runs_nothing(self):
        name = self.function()
        _, response = self.invoke(name, {"who": "async"}, InvocationType="Event")
        self.assertEqual(response["StatusCode"], 202)
        logs = self.client("logs")
        group = f"/aws/lambda/{name}"

        def written():
            try:
                return logs.filter_log_events(logGroupName=group, filterPattern='{ $.who = "async" }')["events"]
            except logs.exceptions.ResourceNotFoundException:
                return []

        until(written)
        _, response = self.invoke(name, {"who": "dry"}, InvocationType="DryRun")
        self.assertEqual(response["StatusCode"], 204)

    def test_what_is_too_large_is_refused(self):
        name = self.function()
        client = self.client("lambda")
        self.refused(
            "RequestTooLargeException",
            client.invoke,
            FunctionName=name,
            InvocationType="Event",
            Payload=json.dumps("x" * 1_048_576),
        )


class Logs(SandboxTest):
    def setUp(self):
        self.logs = self.client("logs")
        self.group = unique("/test/group")
        self.logs.create_log_group(logGroupName=self.group, tags={"team": "shop"})
        self.addCleanup(self.forget, self.logs.delete_log_group, logGroupName=self.group)
        self.logs.create_log_stream(logGroupName=self.group, logStreamName="one")

    def put(self, *messages):
        now = int(time.time() * 1000)
        self.logs.put_log_events(
            logGroupName=self.group,
            logStreamName="one",
            logEvents=[{"timestamp": now + at, "message": message} for at, message in enumerate(messages)],
        )

    def messages(self, pattern):
        pages = self.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.group, filterPattern=pattern, PaginationConfig={"PageSize": 2}
        )
        return [event["message"] for page in pages for event in page["events"]]

    def test_groups_streams_and_events(self):
        self.put("first", "second", "third")
        groups = self.logs.describe_log_groups(logGroupNamePrefix=self.group)["logGroups"]
        self.assertEqual(groups[0]["logGroupName"], self.group)
        streams = self.logs.describe_log_streams(logGroupName=self.group)["logStreams"]
        self.assertEqual(streams[0]["logStreamName"], "one")
        page = self.logs.get_log_events(
            logGroupName=self.group, logStreamName="one", startFromHead=True, limit=2
        )
        self.assertEqual([event["message"] for event in page["events"]], ["first", "second"])
        page = self.logs.get_log_events(
            logGroupName=self.group, logStreamName="one", nextToken=page["nextForwardToken"]
        )
        self.assertEqual([event["message"] for event in page["events"]], ["third"])
        self.refused(
            "ResourceNotFoundException", self.logs.get_log_events, logGroupName=self.group, logStreamName="two"
        )

    def test_filters(self):
        self.put(
            "ERROR no such order",
            "all fine",
            '{"level": "ERROR", "order": {"id": 7}}',
            '{"level": "INFO", "order": {"id": 8}}',
            "error in lower case",
        )
        self.assertEqual(self.messages('"no such"'), ["ERROR no such order"])
        self.assertEqual(len(self.messages("ERROR")), 2)
        self.assertEqual(self.messages('{ $.level = "INFO" }'), ['{"level": "INFO", "order": {"id": 8}}'])
        self.assertEqual(
            self.messages('{ ($.order.id > 6) && ($.level = "ERROR") }'),
            ['{"level": "ERROR", "order": {"id": 7}}'],
        )
        self.assertEqual(len(self.messages("?fine ?lower")), 2)

    def test_a_live_tail_follows(self):
        arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{self.group}"
        session = self.logs.start_live_tail(logGroupIdentifiers=[arn], logEventFilterPattern="wanted")
        stream = iter(session["responseStream"])
        self.assertIn("sessionStart", next(stream))
        self.put("not this one", "this is wanted")
        seen = []
        end = time.monotonic() + 15
        for update in stream:
            seen += [row["message"] for row in update.get("sessionUpdate", {}).get("sessionResults", [])]
            if seen or time.monotonic() > end:
                break
        session["responseStream"].close()
        self.assertEqual(seen, ["this is wanted"])

    def test_the_cli_reads_and_filters(self):
        self.put("first", "second ERROR")
        rows = self.cli("logs", "filter-log-events", "--log-group-name", self.group, "--filter-pattern", "ERROR")
        self.assertEqual([row["message"] for row in rows["events"]], ["second ERROR"])
        rows = self.cli("logs", "describe-log-groups", "--log-group-name-prefix", self.group)
        self.assertEqual(len(rows["logGroups"]), 1)
        complaint = self.cli(
            "logs", "get-log-events", "--log-group-name", self.group, "--log-stream-name", "no", fails=True
        )
        self.assertIn("ResourceNotFoundException", complaint)


class CloudWatch(SandboxTest):
    def test_values_are_put_and_read(self):
        client = self.client("cloudwatch")
        namespace = unique("Test")
        at = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
        dimensions = [{"Name": "Kind", "Value": "a"}]
        client.put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": "Latency",
                    "Dimensions": dimensions,
                    "Timestamp": at,
                    "Unit": "Milliseconds",
                    "Values": [float(value) for value in range(1, 101)],
                },
                {"MetricName": "Faults", "Dimensions": dimensions, "Timestamp": at, "Unit": "Count", "Value": 5},
            ],
        )
        listed = client.list_metrics(Namespace=namespace)["Metrics"]
        self.assertEqual(sorted(metric["MetricName"] for metric in listed), ["Faults", "Latency"])
        span = {"StartTime": at - datetime.timedelta(minutes=5), "EndTime": at + datetime.timedelta(minutes=5)}
        statistics = client.get_metric_statistics(
            Namespace=namespace,
            MetricName="Latency",
            Dimensions=dimensions,
            Period=60,
            Statistics=["Average", "Maximum", "SampleCount"],
            **span,
        )["Datapoints"]
        self.assertEqual(
            [(row["Average"], row["Maximum"], row["SampleCount"]) for row in statistics], [(50.5, 100.0, 100.0)]
        )
        percentiles = client.get_metric_statistics(
            Namespace=namespace, MetricName="Latency", Dimensions=dimensions, Period=60, ExtendedStatistics=["p90"], **span
        )["Datapoints"]
        self.assertAlmostEqual(percentiles[0]["ExtendedStatistics"]["p90"], 90, delta=2)

        def query(name, metric, stat):
            metric = {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}
            return {
                "Id": name,
                "ReturnData": False,
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat},
            }

        data = client.get_metric_data(
            MetricDataQueries=[
                query("faults", "Faults", "Sum"),
                query("all", "Latency", "SampleCount"),
                {"Id": "rate", "Expression": "100 * faults / all", "Label": "Fault rate"},
            ],
            **span,
        )["MetricDataResults"]
        self.assertEqual([(row["Id"], row["Label"], row["Values"]) for row in data], [("rate", "Fault rate", [5.0])])

    def test_invocations_are_counted(self):
        client = self.client("cloudwatch")
        name = self.function()
        self.invoke(name)
        self.invoke(name, {"fail": True})
        now = datetime.datetime.now(datetime.timezone.utc)
        span = {"StartTime": now - datetime.timedelta(minutes=10), "EndTime": now + datetime.timedelta(minutes=2)}

        def total(metric):
            rows = client.get_metric_statistics(
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=[{"Name": "FunctionName", "Value": name}],
                Period=3600,
                Statistics=["Sum"],
                **span,
            )["Datapoints"]
            return sum(row["Sum"] for row in rows)

        self.assertEqual((total("Invocations"), total("Errors"), total("Throttles")), (2, 1, 0))
        self.assertGreater(total("Duration"), 0)
        names = {metric["MetricName"] for metric in client.list_metrics(Namespace="AWS/Lambda", Dimensions=[{"Name": "FunctionName", "Value": name}])["Metrics"]}
        self.assertLessEqual({"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}, names)

    def test_the_cli_puts_and_reads(self):
        namespace = unique("Cli")
        self.cli("cloudwatch", "put-metric-data", "--namespace", namespace, "--metric-name", "Orders", "--value", "3")
        rows = self.cli("cloudwatch", "list-metrics", "--namespace", namespace)
        self.assertEqual(rows["Metrics"][0]["MetricName"], "Orders")
        now = datetime.datetime.now(datetime.timezone.utc)
        rows = self.cli(
            "cloudwatch", "get-metric-statistics",
            "--namespace", namespace, "--metric-name", "Orders", "--period", "300", "--statistics", "Sum",
            "--start-time", (now - datetime.timedelta(minutes=15)).isoformat(),
            "--end-time", (now + datetime.timedelta(minutes=5)).isoformat(),
        )  # fmt: skip
        self.assertEqual(sum(row["Sum"] for row in rows["Datapoints"]), 3.0)


class Identity(SandboxTest):
    def test_who_the_caller_is(self):
        me = self.client("sts").get_caller_identity()
        self.assertEqual(me["Account"], "000000000000")
        self.assertEqual(self.cli("sts", "get-caller-identity")["Arn"], me["Arn"])

    def test_a_role_is_created_and_assumed(self):
        iam, sts = self.client("iam"), self.client("sts")
        name = unique("role")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Description="a test")["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"], json.loads(TRUST))
        basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
        iam.attach_role_policy(RoleName=name, PolicyArn=basic)
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        self.assertEqual([policy["PolicyName"] for policy in attached], ["AWSLambdaBasicExecutionRole"])
        version = iam.get_policy(PolicyArn=basic)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=basic, VersionId=version)["PolicyVersion"]["Document"]
        self.assertIn("logs:PutLogEvents", document["Statement"][0]["Action"])
        own = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(own))
        self.assertEqual(iam.list_role_policies(RoleName=name)["PolicyNames"], ["own"])
        self.assertEqual(iam.get_role_policy(RoleName=name, PolicyName="own")["PolicyDocument"], own)
        credentials = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me")["Credentials"]
        me = self.client(
            "sts",
            key=credentials["AccessKeyId"],
            secret=credentials["SecretAccessKey"],
            token=credentials["SessionToken"],
        ).get_caller_identity()
        self.assertEqual(me["Arn"], f"arn:aws:sts::000000000000:assumed-role/{name}/me")
        self.assertTrue(sts.get_session_token()["Credentials"]["SessionToken"])
        self.refused("DeleteConflict", iam.delete_role, RoleName=name)
        iam.detach_role_policy(RoleName=name, PolicyArn=basic)
        iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)
        self.refused("NoSuchEntity", iam.get_role, RoleName=name)

    def test_policies_users_and_aliases(self):
        iam = self.client("iam")
        name = unique("policy")
        created = iam.create_policy(PolicyName=name, PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}')
        self.addCleanup(self.forget, iam.delete_policy, PolicyArn=created["Policy"]["Arn"])
        local = iam.list_policies(Scope="Local")["Policies"]
        self.assertIn(name, [policy["PolicyName"] for policy in local])
        self.assertEqual(iam.list_account_aliases()["AccountAliases"], ["sekisho-sandbox"])
        self.assertTrue(iam.get_user()["User"]["Arn"].endswith(":user/sekisho"))
        roles = self.cli("iam", "list-roles")
        self.assertIsInstance(roles["Roles"], list)
        self.assertIn("NoSuchEntity", self.cli("iam", "get-role", "--role-name", "nobody", fails=True))


class S3(SandboxTest):
    def setUp(self):
        self.s3 = self.client("s3")
        self.bucket = unique("bucket")
        self.s3.create_bucket(Bucket=self.bucket)
        self.addCleanup(self.empty)

    def empty(self):
        for row in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", []):
            self.s3.delete_object(Bucket=self.bucket, Key=row["Key"])
        self.forget(self.s3.delete_bucket, Bucket=self.bucket)

    def test_objects_come_back_as_they_were_put(self):
        self.s3.put_object(Bucket=self.bucket, Key="a b/注文.txt", Body=b"0123456789", Metadata={"by": "test"})
        whole = self.s3.get_object(Bucket=self.bucket, Key="a b/注文.txt")
        self.assertEqual((whole["Body"].read(), whole["Metadata"]), (b"0123456789", {"by": "test"}))
        part = self.s3.get_object(Bucket=self.bucket, Key="a b/注文.txt", Range="bytes=2-4")
        self.assertEqual(part["Body"].read(), b"234")
        self.assertEqual(self.s3.head_object(Bucket=self.bucket, Key="a b/注文.txt")["ContentLength"], 10)
        self.refused("NoSuchKey", self.s3.get_object, Bucket=self.bucket, Key="no")
        self.refused("NoSuchBucket", self.s3.list_objects_v2, Bucket=unique("no"))
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="a b/")
        self.assertEqual([row["Key"] for row in listed["Contents"]], ["a b/注文.txt"])

    def test_pages_and_folders(self):
        for key in ["a/1", "a/2", "b/1", "c"]:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=b"x")
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, PaginationConfig={"PageSize": 3}
        )
        self.assertEqual([len(page["Contents"]) for page in pages], [3, 1])
        folders = self.s3.list_objects_v2(Bucket=self.bucket, Delimiter="/")
        self.assertEqual([row["Prefix"] for row in folders["CommonPrefixes"]], ["a/", "b/"])
        self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": "a/1"}, {"Key": "c"}]})
        self.assertEqual(self.s3.list_objects_v2(Bucket=self.bucket)["KeyCount"], 2)

    def test_the_cli_copies_in_parts(self):
        with tempfile.TemporaryDirectory() as directory:
            source, back = os.path.join(directory, "big"), os.path.join(directory, "back")
            with open(source, "wb") as file:
                file.write(os.urandom(9 * 1024 * 1024))
            self.cli("s3", "cp", "--no-progress", source, f"s3://{self.bucket}/big")
            self.assertIn("-2", self.s3.head_object(Bucket=self.bucket, Key="big")["ETag"])
            self.cli("s3", "cp", "--no-progress", f"s3://{self.bucket}/big", back)
            with open(source, "rb") as one, open(back, "rb") as two:
                self.assertEqual(one.read(), two.read())
        self.assertIn("big", self.cli("s3", "ls", f"s3://{self.bucket}"))

    def test_the_cli_copies_from_s3_to_s3(self):
        content = os.urandom(20 * 1024 * 1024)
        self.s3.put_object(Bucket=self.bucket, Key="from", Body=content, Tagging="kind=large")
        self.cli("s3", "cp", "--no-progress", f"s3://{self.bucket}/from", f"s3://{self.bucket}/to")
        copy = self.s3.get_object(Bucket=self.bucket, Key="to")
        self.assertEqual(copy["Body"].read(), content)
        # What the CLI of version 2 reads of the source, to give it to the copy.
        tags = self.s3.get_object_tagging(Bucket=self.bucket, Key="from")["TagSet"]
        self.assertEqual(tags, [{"Key": "kind", "Value": "large"}])
        first = self.s3.get_object(Bucket=self.bucket, Key="to", PartNumber=1)
        self.assertEqual(first["ResponseMetadata"]["HTTPStatusCode"], 206)
        self.assertEqual(first["PartsCount"], 3)

    def fetch(self, address, **kwargs):
        """The status and the body of a plain request."""
        try:
            with urllib.request.urlopen(urllib.request.Request(address, **kwargs)) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def test_presigned_addresses_of_both_versions(self):
        self.s3.put_object(Bucket=self.bucket, Key="a b", Body=b"content")
        for version in ["s3", "s3v4"]:
            client = self.client("s3", signature=version)
            where = {"Bucket": self.bucket, "Key": "a b"}
            address = client.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
            self.assertEqual("X-Amz-Signature" in address, version == "s3v4")
            self.assertEqual(self.fetch(address), (200, b"content"), address)
            put = client.generate_presigned_url("put_object", Params={"Bucket": self.bucket, "Key": version})
            self.assertEqual(self.fetch(put, data=b"put", method="PUT")[0], 200, put)
            expired = client.generate_presigned_url("get_object", Params=where, ExpiresIn=-60)
            status, body = self.fetch(expired)
            self.assertEqual(status, 403 if version == "s3" else 400, body)
            self.assertIn(b"<Code>", body)
        address = self.cli("s3", "presign", f"s3://{self.bucket}/a b").strip()
        self.assertEqual(self.fetch(address), (200, b"content"), address)
        status, body = self.fetch(f"{ENDPOINT}/{self.bucket}/a%20b")
        self.assertEqual((status, b"<Code>AccessDenied</Code>" in body), (403, True))

    def test_a_presigned_form(self):
        for version in ["s3", "s3v4"]:
            client = self.client("s3", signature=version)
            form = client.generate_presigned_post(
                self.bucket, "in/${filename}", Conditions=[["content-length-range", 1, 4]], ExpiresIn=60
            )
            for content, status in [(b"meow", 204), (b"meow meow", 400)]:
                body = b"".join(
                    f'--sign\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                    for name, value in form["fields"].items()
                )
                body += b'--sign\r\nContent-Disposition: form-data; name="file"; filename="cat"\r\n\r\n'
                body += content + b"\r\n--sign--\r\n"
                kind = {"Content-Type": "multipart/form-data; boundary=sign"}
                answer = self.fetch(form["url"], data=body, headers=kind, method="POST")
                self.assertEqual(answer[0], status, answer)
            kept = self.s3.get_object(Bucket=self.bucket, Key="in/cat")["Body"].read()
            self.assertEqual(kept, b"meow")


class CommandLine(SandboxTest):
    """A function's life as somebody at a shell leads it."""

    def test_a_functions_life(self):
        name = unique("cli")
        with tempfile.TemporaryDirectory() as directory:
            archive, out = os.path.join(directory, "f.zip"), os.path.join(directory, "out.json")
            with open(archive, "wb") as file:
                file.write(package({"index.py": ECHO}))
            created = self.cli(
                "lambda", "create-function",
                "--function-name", name, "--runtime", "python3.12", "--handler", "index.handler",
                "--role", ROLE, "--zip-file", f"fileb://{archive}",
            )  # fmt: skip
            self.assertEqual(created["State"], "Pending")
            self.addCleanup(self.forget, self.client("lambda").delete_function, FunctionName=name)
            self.settled(name)
            self.cli("lambda", "update-function-configuration", "--function-name", name, "--memory-size", "256")
            self.settled(name)
            read = self.cli("lambda", "get-function-configuration", "--function-name", name)
            self.assertEqual(read["MemorySize"], 256)
            answer = self.cli("lambda", "invoke", "--function-name", name, "--log-type", "Tail", out)
            self.assertIn("REPORT", decoded(answer["LogResult"]))
            with open(out, encoding="utf-8") as file:
                self.assertEqual(json.load(file)["version"], "$LATEST")
            rows = self.cli("lambda", "list-functions", "--max-items", "2", "--page-size", "1")
            self.assertLessEqual(len(rows["Functions"]), 2)
            published = self.cli("lambda", "publish-version", "--function-name", name)
            self.assertEqual(published["Version"], "1")
            self.cli("lambda", "create-alias", "--function-name", name, "--name", "live", "--function-version", "1")
            self.assertEqual(len(self.cli("lambda", "list-aliases", "--function-name", name)["Aliases"]), 1)
            found = self.cli("resourcegroupstaggingapi", "get-resources", "--resource-type-filters", "lambda:function")
            self.assertIsInstance(found["ResourceTagMappingList"], list)
            self.cli("lambda", "delete-function", "--function-name", name)
            complaint = self.cli("lambda", "get-function", "--function-name", name, fails=True)
            self.assertIn("ResourceNotFoundException", complaint)


if __name__ == "__main__":
    unittest.main()
