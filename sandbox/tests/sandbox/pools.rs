//! User pools as clients call them, and stages that let in who shows one of their tokens.

use crate::{
    doors::raw,
    gateway::{call, client, create_api, create_resource, deploy, permit, proxied},
    support::Live,
};
use aws_sdk_apigateway::{
    Client,
    types::{AuthorizerType, IntegrationType, Op},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jiff::Timestamp;
use sekisho_sandbox::{Options, clock::Clock};
use serde_json::{Value, json};
use std::time::Duration;

fn address(live: &Live) -> String {
    live.sandbox.endpoint().replace("http://", "")
}

/// What an operation answers: its output, or an error's code and message.
pub async fn idp(live: &Live, operation: &str, input: Value) -> Result<Value, (String, String)> {
    let open = [
        "SignUp",
        "InitiateAuth",
        "RespondToAuthChallenge",
        "GetUser",
    ];
    let signed = match open.contains(&operation) {
        true => "",
        false => {
            "authorization: AWS4-HMAC-SHA256 Credential=AKIDANY/20261127/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0\r\n"
        }
    };
    let (body, at) = (input.to_string(), address(live));
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n{signed}content-type: application/x-amz-json-1.1\r\nx-amz-target: AWSCognitoIdentityProviderService.{operation}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let (status, _, body) = raw(&at, &request).await;
    let answer = match body.is_empty() {
        true => json!({}),
        false => serde_json::from_str::<Value>(&body).unwrap(),
    };
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    match status {
        200 => Ok(answer),
        _ => Err((text("__type"), text("message"))),
    }
}

async fn get(live: &Live, path: &str) -> (u16, Value) {
    let at = address(live);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    let (status, _, body) = raw(&at, &request).await;
    (status, serde_json::from_str(&body).unwrap_or_default())
}

/// A pool with a client that signs in by password, and a user of a name whose password is `Passw0rd!`.
pub async fn pool(live: &Live, user: &str) -> (String, String) {
    let made = idp(live, "CreateUserPool", json!({"PoolName": "shop"})).await;
    let pool = made.unwrap()["UserPool"]["Id"].as_str().unwrap().to_owned();
    let flows = [
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    ];
    let wanted = json!({"UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": flows});
    let made = idp(live, "CreateUserPoolClient", wanted).await.unwrap();
    let client = &made["UserPoolClient"]["ClientId"];
    let client = client.as_str().unwrap().to_owned();
    let attributes = json!([{"Name": "email", "Value": "ann@b.example"}, {"Name": "email_verified", "Value": "true"}]);
    let wanted = json!({"UserPoolId": pool, "Username": user, "UserAttributes": attributes});
    idp(live, "AdminCreateUser", wanted).await.unwrap();
    let wanted =
        json!({"UserPoolId": pool, "Username": user, "Password": "Passw0rd!", "Permanent": true});
    idp(live, "AdminSetUserPassword", wanted).await.unwrap();
    (pool, client)
}

/// The tokens of a user whose password is `Passw0rd!`.
pub async fn sign_in(live: &Live, client: &str, user: &str) -> Value {
    let given = json!({"USERNAME": user, "PASSWORD": "Passw0rd!"});
    let wanted =
        json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given});
    let answer = idp(live, "InitiateAuth", wanted).await.unwrap();
    answer["AuthenticationResult"].clone()
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn refused(answer: Result<Value, (String, String)>) -> String {
    let (code, message) = answer.unwrap_err();
    format!("{code}: {message}")
}

#[tokio::test]
async fn a_pool_and_its_clients_are_made_shown_listed_and_gone() {
    let live = Live::start().await;
    let made = idp(&live, "CreateUserPool", json!({"PoolName": "shop"})).await;
    let made = made.unwrap()["UserPool"].clone();
    let id = made["Id"].as_str().unwrap();
    assert!(id.starts_with("us-east-1_") && id.len() == 19, "{id}");
    assert_eq!(
        made["Arn"],
        format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{id}")
    );
    assert_eq!(made["Policies"]["PasswordPolicy"]["MinimumLength"], 8);
    assert_eq!(made["SchemaAttributes"].as_array().unwrap().len(), 21);
    let of = json!({"UserPoolId": id});
    let shown = idp(&live, "DescribeUserPool", of.clone()).await.unwrap();
    assert_eq!(shown["UserPool"], made);
    let listed = idp(&live, "ListUserPools", json!({"MaxResults": 10})).await;
    assert_eq!(listed.unwrap()["UserPools"][0]["Name"], "shop");
    let wanted = json!({"UserPoolId": id, "ClientName": "web", "GenerateSecret": true});
    let client =
        idp(&live, "CreateUserPoolClient", wanted).await.unwrap()["UserPoolClient"].clone();
    assert_eq!(client["ClientId"].as_str().unwrap().len(), 26);
    assert_eq!(client["RefreshTokenValidity"], 30);
    assert!(client["ClientSecret"].as_str().unwrap().len() > 50);
    let which = json!({"UserPoolId": id, "ClientId": client["ClientId"]});
    let shown = idp(&live, "DescribeUserPoolClient", which.clone()).await;
    assert_eq!(shown.unwrap()["UserPoolClient"], client);
    let listed = idp(&live, "ListUserPoolClients", of.clone()).await.unwrap();
    assert_eq!(
        listed["UserPoolClients"],
        json!([{"ClientId": client["ClientId"], "UserPoolId": id, "ClientName": "web"}])
    );
    idp(&live, "DeleteUserPoolClient", which.clone())
        .await
        .unwrap();
    let id_of = client["ClientId"].as_str().unwrap();
    assert_eq!(
        refused(idp(&live, "DescribeUserPoolClient", which).await),
        format!("ResourceNotFoundException: User pool client {id_of} does not exist.")
    );
    idp(&live, "DeleteUserPool", of.clone()).await.unwrap();
    assert_eq!(
        refused(idp(&live, "DescribeUserPool", of).await),
        format!("ResourceNotFoundException: User pool {id} does not exist.")
    );
}

#[tokio::test]
async fn what_pools_are_asked_wrongly_is_told_in_cognitos_words() {
    let live = Live::start().await;
    let (pool, client) = pool(&live, "ann").await;
    for (operation, input, told) in [
        (
            "DescribeUserPool",
            json!({"UserPoolId": "shop"}),
            r"InvalidParameterException: 1 validation error detected: Value 'shop' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+",
        ),
        (
            "AdminSetUserPassword",
            json!({"UserPoolId": pool, "Username": "ann", "Password": "a b"}),
            r"InvalidParameterException: 1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+",
        ),
        (
            "AdminSetUserPassword",
            json!({"UserPoolId": pool, "Username": "ann", "Password": "short"}),
            "InvalidPasswordException: Password did not conform with policy: Password not long enough",
        ),
        (
            "AdminGetUser",
            json!({"UserPoolId": pool, "Username": "bob"}),
            "UserNotFoundException: User does not exist.",
        ),
        (
            "AdminCreateUser",
            json!({"UserPoolId": pool, "Username": "ann"}),
            "UsernameExistsException: User account already exists",
        ),
        (
            "AdminConfirmSignUp",
            json!({"UserPoolId": pool, "Username": "ann"}),
            "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED",
        ),
        (
            "InitiateAuth",
            json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ann", "PASSWORD": "wrong"}}),
            "NotAuthorizedException: Incorrect username or password.",
        ),
        (
            "InitiateAuth",
            json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ann"}}),
            "InvalidParameterException: Missing required parameter PASSWORD",
        ),
        (
            "InitiateAuth",
            json!({"ClientId": client, "AuthFlow": "ADMIN_NO_SRP_AUTH", "AuthParameters": {}}),
            "InvalidParameterException: Initiate Auth method not supported.",
        ),
        (
            "InitiateAuth",
            json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": "x"}}),
            "NotAuthorizedException: Invalid Refresh Token",
        ),
        (
            "GetUser",
            json!({"AccessToken": "a.b.c"}),
            "NotAuthorizedException: Invalid Access Token",
        ),
        (
            "CreateUserPoolClient",
            json!({"UserPoolId": pool, "ClientName": "m", "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["openid"]}),
            "InvalidOAuthFlowException: client_credentials flow can not be selected if client does not have a client secret.",
        ),
        (
            "AdminDeleteUser",
            json!({"UserPoolId": pool, "Username": "ann"}),
            "UnknownOperationException: The sandbox's Cognito user pools has no AdminDeleteUser.",
        ),
    ] {
        let answer = idp(&live, operation, input.clone()).await;
        assert_eq!(refused(answer), told, "{operation} {input}");
    }
    let at = address(&live);
    let unsigned = format!(
        "POST / HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\nx-amz-target: AWSCognitoIdentityProviderService.ListUsers\r\ncontent-length: 0\r\n\r\n"
    );
    let (status, _, body) = raw(&at, &unsigned).await;
    assert_eq!(status, 403, "{body}");
}

#[tokio::test]
async fn a_temporary_password_is_changed_at_the_first_sign_in() {
    let live = Live::start().await;
    let (pool, client) = pool(&live, "ann").await;
    let wanted = json!({"UserPoolId": pool, "Username": "bob", "TemporaryPassword": "Tempor4ry!"});
    let made = idp(&live, "AdminCreateUser", wanted).await.unwrap();
    assert_eq!(made["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
    let begin = json!({
        "UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "bob", "PASSWORD": "Tempor4ry!"},
    });
    let asked = idp(&live, "AdminInitiateAuth", begin).await.unwrap();
    assert_eq!(asked["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert!(asked.get("AuthenticationResult").is_none());
    let respond = |session: &Value, password: &str| {
        json!({
            "ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session,
            "ChallengeResponses": {"USERNAME": "bob", "NEW_PASSWORD": password},
        })
    };
    let weak = respond(&asked["Session"], "onlysmall");
    let answer = idp(&live, "RespondToAuthChallenge", weak).await;
    assert!(refused(answer).starts_with("InvalidPasswordException"));
    let good = respond(&asked["Session"], "Passw0rd!");
    let answer = idp(&live, "RespondToAuthChallenge", good.clone()).await;
    let tokens = answer.unwrap()["AuthenticationResult"].clone();
    assert_eq!(claims(&tokens["IdToken"])["cognito:username"], "bob");
    // A session is good once.
    assert_eq!(
        refused(idp(&live, "RespondToAuthChallenge", good).await),
        "NotAuthorizedException: Invalid session for the user."
    );
    sign_in(&live, &client, "bob").await;
}

#[tokio::test]
async fn who_signs_up_is_confirmed_signs_in_and_refreshes() {
    let live = Live::start().await;
    let (pool, client) = pool(&live, "ann").await;
    let wanted = json!({"ClientId": client, "Username": "eve", "Password": "Passw0rd!", "UserAttributes": [{"Name": "email", "Value": "eve@b.example"}]});
    let made = idp(&live, "SignUp", wanted.clone()).await.unwrap();
    assert_eq!(made["UserConfirmed"], false);
    assert_eq!(
        refused(idp(&live, "SignUp", wanted).await),
        "UsernameExistsException: User already exists"
    );
    let given = json!({"USERNAME": "eve", "PASSWORD": "Passw0rd!"});
    let begin =
        json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given});
    assert_eq!(
        refused(idp(&live, "InitiateAuth", begin).await),
        "UserNotConfirmedException: User is not confirmed."
    );
    let of = json!({"UserPoolId": pool, "Username": "eve"});
    idp(&live, "AdminConfirmSignUp", of).await.unwrap();
    let tokens = sign_in(&live, &client, "eve").await;
    assert_eq!(
        (&tokens["ExpiresIn"], &tokens["TokenType"]),
        (&json!(3600), &json!("Bearer"))
    );
    let (id, access) = (claims(&tokens["IdToken"]), claims(&tokens["AccessToken"]));
    assert_eq!(id["sub"], made["UserSub"]);
    assert_eq!(id["aud"], client.as_str());
    assert_eq!(id["email"], "eve@b.example");
    assert_eq!(access["client_id"], client.as_str());
    assert_eq!(access["scope"], "aws.cognito.signin.user.admin");
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{pool}");
    assert_eq!(
        (&id["iss"], &access["iss"]),
        (&json!(issuer), &json!(issuer))
    );
    let me = json!({"AccessToken": tokens["AccessToken"]});
    assert_eq!(idp(&live, "GetUser", me).await.unwrap()["Username"], "eve");
    let id_token = json!({"AccessToken": tokens["IdToken"]});
    assert!(idp(&live, "GetUser", id_token).await.is_err());
    let given = json!({"REFRESH_TOKEN": tokens["RefreshToken"]});
    let again =
        json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": given});
    let again = idp(&live, "InitiateAuth", again).await.unwrap()["AuthenticationResult"].clone();
    assert!(again.get("RefreshToken").is_none());
    let access_again = claims(&again["AccessToken"]);
    assert_eq!(access_again["origin_jti"], access["origin_jti"]);
    assert_ne!(access_again["jti"], access["jti"]);
    let filter = json!({"UserPoolId": pool, "Filter": "email ^= \"eve\""});
    let found = idp(&live, "ListUsers", filter).await.unwrap();
    assert_eq!(found["Users"][0]["Username"], "eve");
    assert_eq!(found["Users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_pool_shows_the_keys_of_its_tokens_and_where_they_are() {
    let live = Live::start().await;
    let (pool, client) = pool(&live, "ann").await;
    let tokens = sign_in(&live, &client, "ann").await;
    let head = tokens["IdToken"]
        .as_str()
        .unwrap()
        .split('.')
        .next()
        .unwrap();
    let head: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
    let (status, keys) = get(&live, &format!("/{pool}/.well-known/jwks.json")).await;
    assert_eq!((status, &keys["keys"][0]["kid"]), (200, &head["kid"]));
    assert_eq!(head["alg"], "RS256");
    let path = format!("/{pool}/.well-known/openid-configuration");
    let (_, told) = get(&live, &path).await;
    assert_eq!(told["issuer"], claims(&tokens["IdToken"])["iss"]);
    let endpoint = live.sandbox.endpoint();
    assert_eq!(
        told["jwks_uri"],
        format!("{endpoint}/{pool}/.well-known/jwks.json")
    );
    let (status, _) = get(&live, "/us-east-1_nothing/.well-known/jwks.json").await;
    assert_eq!(status, 400);
}

/// A client that speaks for itself for `shop/read` and `shop/write`: its id and its secret.
async fn machine(live: &Live, pool: &str) -> (String, String) {
    let scope = |name: &str| json!({"ScopeName": name, "ScopeDescription": name});
    let wanted = json!({"UserPoolId": pool, "Identifier": "shop", "Name": "shop", "Scopes": [scope("read"), scope("write")]});
    idp(live, "CreateResourceServer", wanted).await.unwrap();
    let wanted = json!({
        "UserPoolId": pool, "ClientName": "m", "GenerateSecret": true,
        "AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["shop/read", "shop/write"],
    });
    let made = idp(live, "CreateUserPoolClient", wanted).await.unwrap();
    let text = |name: &str| made["UserPoolClient"][name].as_str().unwrap().to_owned();
    (text("ClientId"), text("ClientSecret"))
}

async fn token(live: &Live, basic: Option<(&str, &str)>, form: &str) -> (u16, Value) {
    let at = address(live);
    let basic = basic.map(|(id, secret)| BASE64_STANDARD.encode(format!("{id}:{secret}")));
    let basic = basic.map(|basic| format!("authorization: Basic {basic}\r\n"));
    let (basic, length) = (basic.unwrap_or_default(), form.len());
    let request = format!(
        "POST /oauth2/token HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n{basic}content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    );
    let (status, _, body) = raw(&at, &request).await;
    (status, serde_json::from_str(&body).unwrap())
}

#[tokio::test]
async fn a_client_with_a_secret_gets_tokens_for_its_scopes() {
    let live = Live::start().await;
    let (pool, public) = pool(&live, "ann").await;
    let (id, secret) = machine(&live, &pool).await;
    let basic = Some((id.as_str(), secret.as_str()));
    let (status, given) = token(
        &live,
        basic,
        "grant_type=client_credentials&scope=shop%2Fread",
    )
    .await;
    assert_eq!(status, 200, "{given}");
    let told = claims(&given["access_token"]);
    assert_eq!(
        (&told["scope"], &told["sub"]),
        (&json!("shop/read"), &json!(id))
    );
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let (_, given) = token(&live, None, &form).await;
    assert_eq!(
        claims(&given["access_token"])["scope"],
        "shop/read shop/write"
    );
    let public = format!("grant_type=client_credentials&client_id={public}");
    let wrong = Some((id.as_str(), "wrong"));
    for (basic, form, error) in [
        (
            basic,
            "grant_type=client_credentials&scope=shop/none",
            "invalid_scope",
        ),
        (wrong, "grant_type=client_credentials", "invalid_client"),
        (basic, "grant_type=magic", "unsupported_grant_type"),
        (basic, "scope=shop/read", "invalid_request"),
        (None, public.as_str(), "unauthorized_client"),
    ] {
        let (status, told) = token(&live, basic, form).await;
        assert_eq!(
            (status, told["error"].as_str()),
            (400, Some(error)),
            "{form}"
        );
    }
}

#[tokio::test]
async fn a_client_with_a_secret_is_believed_by_its_hash_alone() {
    let live = Live::start().await;
    let (pool, _) = pool(&live, "ann").await;
    let wanted = json!({
        "UserPoolId": pool, "ClientName": "web", "ClientSecret": "abcdefghijklmnopqrstuvwxyz0123456789",
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    });
    let made = idp(&live, "CreateUserPoolClient", wanted).await.unwrap();
    let client = made["UserPoolClient"]["ClientId"].as_str().unwrap();
    let begin = |hash: Option<&str>| {
        let mut given = json!({"USERNAME": "ann", "PASSWORD": "Passw0rd!"});
        if let Some(hash) = hash {
            given["SECRET_HASH"] = hash.into();
        }
        json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": given})
    };
    assert_eq!(
        refused(idp(&live, "InitiateAuth", begin(None)).await),
        format!(
            "NotAuthorizedException: Client {client} is configured with secret but SECRET_HASH was not received"
        )
    );
    assert_eq!(
        refused(idp(&live, "InitiateAuth", begin(Some("bm90IGl0"))).await),
        format!("NotAuthorizedException: Unable to verify secret hash for client {client}")
    );
}

/// An API with a function behind it that a pool's authorizer stands before: `/open` for ID tokens, `/scoped` for access tokens
/// that may read.
async fn guarded(live: &Live, pool: &str) -> (Client, String, String) {
    let client = client(live);
    let (api, root) = create_api(&client, "shop").await;
    let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}");
    let made = client.create_authorizer().rest_api_id(&api).name("pool");
    let made = made
        .r#type(AuthorizerType::CognitoUserPools)
        .provider_arns(arn)
        .identity_source("method.request.header.Authorization")
        .send()
        .await
        .unwrap();
    let authorizer = made.id().unwrap().to_owned();
    let open = create_resource(&client, &api, &root, "open").await;
    proxied(live, &client, &api, &open, "echo").await;
    permit(live, "echo", &api).await;
    let kind = |op: Op, path: &str, value: &str| crate::gateway::patch(op, path, value);
    let change = client.update_method().rest_api_id(&api).resource_id(&open);
    change
        .http_method("ANY")
        .patch_operations(kind(
            Op::Replace,
            "/authorizationType",
            "COGNITO_USER_POOLS",
        ))
        .patch_operations(kind(Op::Replace, "/authorizerId", &authorizer))
        .send()
        .await
        .unwrap();
    let scoped = create_resource(&client, &api, &root, "scoped").await;
    let method = client.put_method().rest_api_id(&api).resource_id(&scoped);
    method
        .http_method("GET")
        .authorization_type("COGNITO_USER_POOLS")
        .authorizer_id(&authorizer)
        .authorization_scopes("shop/read")
        .authorization_scopes("shop/admin")
        .send()
        .await
        .unwrap();
    let answer = r#"$context.authorizer.claims.client_id $context.authorizer.claims.scope"#;
    let made = client.put_integration().rest_api_id(&api);
    made.resource_id(&scoped)
        .http_method("GET")
        .r#type(IntegrationType::Mock)
        .request_templates("application/json", r#"{"statusCode": 200}"#)
        .send()
        .await
        .unwrap();
    let method = client.put_method_response().rest_api_id(&api);
    let method = method.resource_id(&scoped).http_method("GET");
    method.status_code("200").send().await.unwrap();
    let made = client.put_integration_response().rest_api_id(&api);
    let made = made.resource_id(&scoped).http_method("GET");
    made.status_code("200")
        .response_templates("application/json", answer)
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    (client, api, authorizer)
}

fn shows(token: &Value) -> String {
    format!("Authorization: {}", token.as_str().unwrap())
}

#[tokio::test]
async fn a_stage_lets_in_who_shows_an_id_token_of_the_pool() {
    let clock = Clock::manual(Timestamp::now());
    let live = Live::start_with(Options {
        clock: clock.clone(),
        // Nobody moves the clock on while a function settles.
        settle: Duration::ZERO,
        ..Options::default()
    })
    .await;
    let (pool, app) = pool(&live, "ann").await;
    let (_, api, _) = guarded(&live, &pool).await;
    let ask = async |headers: &[&str]| {
        let (status, head, body) = call(&live, &api, "GET /s/open", headers, "").await;
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        (status, head, body)
    };
    let tokens = sign_in(&live, &app, "ann").await;
    let id = shows(&tokens["IdToken"]);
    let (status, _, event) = ask(&[&id]).await;
    assert_eq!(status, 203, "{event}");
    let told = &event["requestContext"]["authorizer"]["claims"];
    assert_eq!(told["cognito:username"], "ann");
    assert_eq!(told["email_verified"], "true");
    assert_eq!(told["aud"], app.as_str());
    assert_eq!(told["auth_time"], clock.now().as_second().to_string());
    assert!(told["exp"].as_str().unwrap().contains(" UTC "), "{told}");
    assert!(told.as_object().unwrap().values().all(Value::is_string));
    assert_eq!(
        event["requestContext"]["authorizer"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
    let bearer = id.replace("Authorization: ", "Authorization: Bearer ");
    assert_eq!(ask(&[&bearer]).await.0, 203);
    let access = shows(&tokens["AccessToken"]);
    let forged = format!("{}x", &id[..id.len() - 4]);
    for headers in [&[][..], &["Authorization: me"], &[&access], &[&forged]] {
        let (status, head, body) = ask(headers).await;
        assert_eq!(status, 401, "{body}");
        assert_eq!(body["message"], "Unauthorized");
        assert!(
            head.contains("x-amzn-errortype: unauthorizedexception"),
            "{head}"
        );
    }
    // A pool that the authorizer does not name.
    let (_, other) = self::pool(&live, "ann").await;
    let other = sign_in(&live, &other, "ann").await;
    assert_eq!(ask(&[&shows(&other["IdToken"])]).await.0, 401);
    clock.advance(Duration::from_secs(3601));
    let (status, _, body) = ask(&[&id]).await;
    assert_eq!(status, 401);
    assert_eq!(body["message"], "The incoming token has expired");
}

#[tokio::test]
async fn a_method_with_scopes_wants_an_access_token_with_one_of_them() {
    let live = Live::start().await;
    let (pool, app) = pool(&live, "ann").await;
    let (_, api, _) = guarded(&live, &pool).await;
    let (id, secret) = machine(&live, &pool).await;
    let ask = async |token: &Value| {
        let shown = shows(token);
        let (status, _, body) = call(&live, &api, "GET /s/scoped", &[&shown], "").await;
        (status, body)
    };
    let of = async |scope: &str| {
        let form = format!("grant_type=client_credentials&scope={scope}");
        let (_, given) = token(&live, Some((&id, &secret)), &form).await;
        given["access_token"].clone()
    };
    let (status, body) = ask(&of("shop/read").await).await;
    assert_eq!((status, body), (200, format!("{id} shop/read")));
    let (status, body) = ask(&of("shop/write").await).await;
    assert_eq!(status, 403, "{body}");
    let tokens = sign_in(&live, &app, "ann").await;
    assert_eq!(ask(&tokens["AccessToken"]).await.0, 403);
    assert_eq!(ask(&tokens["IdToken"]).await.0, 401);
}

#[tokio::test]
async fn an_authorizer_of_a_pool_is_tried_and_looks_at_the_audience() {
    let live = Live::start().await;
    let (pool, app) = pool(&live, "ann").await;
    let (client, api, authorizer) = guarded(&live, &pool).await;
    let tokens = sign_in(&live, &app, "ann").await;
    let token = tokens["IdToken"].as_str().unwrap();
    let try_it = async || {
        let trial = client.test_invoke_authorizer().rest_api_id(&api);
        let trial = trial.authorizer_id(&authorizer);
        trial.headers("Authorization", token).send().await.unwrap()
    };
    let trial = try_it().await;
    assert_eq!(trial.client_status(), 0);
    assert_eq!(trial.claims().unwrap()["cognito:username"], "ann");
    let change = async |value: &str| {
        let path = "/identityValidationExpression";
        let patch = crate::gateway::patch(Op::Replace, path, value);
        let change = client.update_authorizer().rest_api_id(&api);
        let change = change.authorizer_id(&authorizer).patch_operations(patch);
        change.send().await.unwrap();
    };
    change("somebody-else").await;
    let trial = try_it().await;
    assert_eq!(trial.client_status(), 401);
    assert!(!trial.log().unwrap().contains(token));
    change(&format!("{app}|other")).await;
    assert_eq!(try_it().await.client_status(), 0);
}

#[tokio::test]
async fn pools_outlive_the_sandbox_and_their_tokens_stay_good() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        Live::start_with(Options {
            state: Some(folder.path().to_owned()),
            ..Options::default()
        })
        .await
    };
    let live = start().await;
    let (pool, client) = pool(&live, "ann").await;
    let tokens = sign_in(&live, &client, "ann").await;
    live.sandbox.shutdown().await;
    drop(live);
    let live = start().await;
    let me = json!({"AccessToken": tokens["AccessToken"]});
    assert_eq!(idp(&live, "GetUser", me).await.unwrap()["Username"], "ann");
    let given = json!({"REFRESH_TOKEN": tokens["RefreshToken"]});
    let again =
        json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": given});
    idp(&live, "InitiateAuth", again).await.unwrap();
    sign_in(&live, &client, "ann").await;
    let shown = idp(&live, "DescribeUserPool", json!({"UserPoolId": pool})).await;
    assert_eq!(shown.unwrap()["UserPool"]["EstimatedNumberOfUsers"], 1);
    live.sandbox.shutdown().await;
}
