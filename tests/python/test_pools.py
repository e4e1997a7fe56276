"""Cognito user pools through boto3, and a stage that lets in who signed in: tokens are verified by an implementation of RSA that is
not the sandbox's own.
"""

import base64
import hashlib
import hmac
import json
import unittest
import urllib.error
import urllib.parse
import urllib.request

from support import ENDPOINT, SandboxTest, unique

try:
    import rsa  # the AWS CLI brings it
except ImportError:
    rsa = None

PASSWORD = "Passw0rd!"
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def part(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def claims(token):
    return json.loads(part(token.split(".")[1]))


def fetched(url, headers=None, form=None):
    """Status and body of an address."""
    data = urllib.parse.urlencode(form).encode() if form else None
    request = urllib.request.Request(url, headers=headers or {}, data=data)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


class Pools(SandboxTest):
    # Not the region that a request without a signature falls back to.
    REGION = "eu-west-1"

    def setUp(self):
        self.idp = self.client("cognito-idp", region=self.REGION)
        self.pool = self.idp.create_user_pool(PoolName=unique("pool"))["UserPool"]
        made = self.idp.create_user_pool_client(
            UserPoolId=self.pool["Id"], ClientName="app", ExplicitAuthFlows=FLOWS
        )
        self.app = made["UserPoolClient"]["ClientId"]

    def tearDown(self):
        self.idp.delete_user_pool(UserPoolId=self.pool["Id"])

    def sign_in(self, user, client=None, **more):
        answer = self.idp.initiate_auth(
            ClientId=client or self.app,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD, **more},
        )
        return answer["AuthenticationResult"]

    def user(self, name):
        self.idp.admin_create_user(
            UserPoolId=self.pool["Id"],
            Username=name,
            UserAttributes=[{"Name": "email", "Value": f"{name}@b.example"}],
        )
        self.idp.admin_set_user_password(
            UserPoolId=self.pool["Id"], Username=name, Password=PASSWORD, Permanent=True
        )

    def test_pools_and_clients(self):
        described = self.idp.describe_user_pool(UserPoolId=self.pool["Id"])["UserPool"]
        self.assertEqual(described["Arn"], self.pool["Arn"])
        self.assertIn(self.REGION, described["Id"])
        pools = self.idp.get_paginator("list_user_pools").paginate(MaxResults=1)
        self.assertIn(self.pool["Id"], [one["Id"] for page in pools for one in page["UserPools"]])
        listed = self.idp.list_user_pool_clients(UserPoolId=self.pool["Id"], MaxResults=10)
        self.assertEqual([one["ClientId"] for one in listed["UserPoolClients"]], [self.app])
        message = self.refused(
            "ResourceNotFoundException", self.idp.describe_user_pool, UserPoolId=f"{self.REGION}_nothing"
        )
        self.assertEqual(message, f"User pool {self.REGION}_nothing does not exist.")

    def test_sign_up_and_sign_in(self):
        made = self.idp.sign_up(
            ClientId=self.app,
            Username="eve",
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": "eve@b.example"}],
        )
        message = self.refused(
            "UserNotConfirmedException",
            self.idp.initiate_auth,
            ClientId=self.app,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "eve", "PASSWORD": PASSWORD},
        )
        self.assertEqual(message, "User is not confirmed.")
        self.idp.admin_confirm_sign_up(UserPoolId=self.pool["Id"], Username="eve")
        tokens = self.sign_in("eve")
        told = self.idp.get_user(AccessToken=tokens["AccessToken"])
        self.assertEqual(told["Username"], "eve")
        self.assertIn({"Name": "sub", "Value": made["UserSub"]}, told["UserAttributes"])
        again = self.idp.initiate_auth(
            ClientId=self.app,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )["AuthenticationResult"]
        self.assertEqual(claims(again["IdToken"])["sub"], made["UserSub"])
        got = self.idp.admin_get_user(UserPoolId=self.pool["Id"], Username="eve")
        self.assertEqual(got["UserStatus"], "CONFIRMED")

    def test_a_temporary_password_is_changed(self):
        self.idp.admin_create_user(
            UserPoolId=self.pool["Id"], Username="bob", TemporaryPassword="Tempor4ry!"
        )
        asked = self.idp.admin_initiate_auth(
            UserPoolId=self.pool["Id"],
            ClientId=self.app,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "bob", "PASSWORD": "Tempor4ry!"},
        )
        self.assertEqual(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED")
        answer = self.idp.respond_to_auth_challenge(
            ClientId=self.app,
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": "bob", "NEW_PASSWORD": PASSWORD},
        )
        self.assertEqual(claims(answer["AuthenticationResult"]["IdToken"])["cognito:username"], "bob")
        self.sign_in("bob")

    def test_a_client_with_a_secret(self):
        made = self.idp.create_user_pool_client(
            UserPoolId=self.pool["Id"], ClientName="web", GenerateSecret=True, ExplicitAuthFlows=FLOWS
        )["UserPoolClient"]
        client, secret = made["ClientId"], made["ClientSecret"]
        self.user("ann")
        message = self.refused(
            "NotAuthorizedException",
            self.idp.initiate_auth,
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
        )
        self.assertEqual(message, f"Client {client} is configured with secret but SECRET_HASH was not received")
        digest = hmac.new(secret.encode(), f"ann{client}".encode(), hashlib.sha256).digest()
        self.sign_in("ann", client, SECRET_HASH=base64.b64encode(digest).decode())

    def test_users_are_listed_and_found(self):
        for name in ("ann", "bob"):
            self.user(name)
        pages = self.idp.get_paginator("list_users").paginate(UserPoolId=self.pool["Id"], Limit=1)
        self.assertEqual([one["Username"] for page in pages for one in page["Users"]], ["ann", "bob"])
        found = self.idp.list_users(UserPoolId=self.pool["Id"], Filter='email = "bob@b.example"')
        self.assertEqual([one["Username"] for one in found["Users"]], ["bob"])

    @unittest.skipUnless(rsa, "the package rsa is not installed")
    def test_tokens_are_verified_by_the_keys_that_the_pool_shows(self):
        self.user("ann")
        tokens = self.sign_in("ann")
        _, told = fetched(f"{ENDPOINT}/{self.pool['Id']}/.well-known/openid-configuration")
        _, keys = fetched(told["jwks_uri"])
        number = lambda text: int.from_bytes(part(text), "big")
        for token in (tokens["IdToken"], tokens["AccessToken"]):
            head, body, signature = token.split(".")
            kid = json.loads(part(head))["kid"]
            (key,) = [key for key in keys["keys"] if key["kid"] == kid]
            public = rsa.PublicKey(number(key["n"]), number(key["e"]))
            self.assertEqual(rsa.verify(f"{head}.{body}".encode(), part(signature), public), "SHA-256")
            self.assertEqual(claims(token)["iss"], told["issuer"])

    def test_a_stage_lets_in_who_signed_in(self):
        self.user("ann")
        self.idp.create_resource_server(
            UserPoolId=self.pool["Id"],
            Identifier="shop",
            Name="shop",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "reading"}],
        )
        machine = self.idp.create_user_pool_client(
            UserPoolId=self.pool["Id"],
            ClientName="m",
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["shop/read"],
        )["UserPoolClient"]
        gateway = self.client("apigateway", region=self.REGION)
        api = gateway.create_rest_api(name=unique("guarded"))
        of = {"restApiId": api["id"]}
        authorizer = gateway.create_authorizer(
            **of,
            name="pool",
            type="COGNITO_USER_POOLS",
            providerARNs=[self.pool["Arn"]],
            identitySource="method.request.header.Authorization",
        )["id"]
        for name, scopes, says in (
            ("who", [], "$context.authorizer.claims['cognito:username']"),
            ("scoped", ["shop/read"], "$context.authorizer.claims.scope"),
        ):
            made = gateway.create_resource(**of, parentId=api["rootResourceId"], pathPart=name)
            at = {**of, "resourceId": made["id"], "httpMethod": "GET"}
            gateway.put_method(
                **at,
                authorizationType="COGNITO_USER_POOLS",
                authorizerId=authorizer,
                authorizationScopes=scopes,
            )
            gateway.put_integration(
                **at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
            )
            gateway.put_method_response(**at, statusCode="200")
            answer = {"application/json": f'{{"said": "{says}"}}'}
            gateway.put_integration_response(**at, statusCode="200", responseTemplates=answer)
        gateway.create_deployment(**of, stageName="s")
        stage = f"{ENDPOINT}/_aws/execute-api/{api['id']}/s"
        tokens = self.sign_in("ann")
        shown = lambda token: {"Authorization": f"Bearer {token}"}
        self.assertEqual(fetched(f"{stage}/who"), (401, {"message": "Unauthorized"}))
        self.assertEqual(fetched(f"{stage}/who", shown(tokens["IdToken"])), (200, {"said": "ann"}))
        self.assertEqual(fetched(f"{stage}/who", shown(tokens["AccessToken"]))[0], 401)
        basic = base64.b64encode(f"{machine['ClientId']}:{machine['ClientSecret']}".encode()).decode()
        form = {"grant_type": "client_credentials", "scope": "shop/read"}
        status, given = fetched(f"{ENDPOINT}/oauth2/token", {"Authorization": f"Basic {basic}"}, form)
        self.assertEqual(status, 200, given)
        scoped = fetched(f"{stage}/scoped", shown(given["access_token"]))
        self.assertEqual(scoped, (200, {"said": "shop/read"}))
        self.assertEqual(fetched(f"{stage}/scoped", shown(tokens["AccessToken"]))[0], 403)
        tried = gateway.test_invoke_authorizer(
            **of, authorizerId=authorizer, headers={"Authorization": tokens["IdToken"]}
        )
        self.assertEqual((tried["clientStatus"], tried["claims"]["cognito:username"]), (0, "ann"))
        gateway.delete_rest_api(**of)


if __name__ == "__main__":
    unittest.main()
