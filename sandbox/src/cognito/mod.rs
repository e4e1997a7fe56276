//! Cognito user pools, as far as an authorizer and ordinary clients need them: pools, app clients, resource servers, users, and
//! signing in by password. Tokens are real: any client verifies them with the keys that the pool shows.
//!
//! There are no messages, triggers, second factors, pages to sign in on or federated identities here; what asks for one is refused.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html>; messages are those
//! that the service is known to say.

mod attributes;
mod clients;
mod endpoints;
mod keep;
mod model;
mod passwords;
mod pools;
mod sign_in;
mod tokens;
mod users;

pub use tokens::{Claims, of_issuer, told};

use crate::{
    clock::Clock,
    error::AwsError,
    protocol::{self, RpcService, model::Model},
    region::lock,
    request::{Ctx, Request},
    services::{Answering, Row, Service, Services, Wire, absent},
    store::{Held, Records, Shelf, StateError},
};
use model::{Client, Pool, State};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, Mutex};

/// The row of user pools in the table of services.
pub static ROW: Row = Row {
    target: Some("AWSCognitoIdentityProviderService"),
    path: endpoints::is_path,
    lets_in: true,
    restore: Some(Cognito::restore_all),
    ..Row::new("Cognito user pools", "cognito-idp", Wire::Json11, answer)
};

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::load(include_str!("../protocol/model/cognito-idp.json")));

/// What users do by themselves, without credentials of AWS's.
const OPEN: [&str; 4] = [
    "SignUp",
    "InitiateAuth",
    "RespondToAuthChallenge",
    "GetUser",
];

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        if let Some(response) = endpoints::answer(services, ctx, request) {
            return response;
        }
        let Some((protocol, operation)) = protocol::recognise(request) else {
            return absent::no_operation(ctx, request);
        };
        let cognito = match OPEN.contains(&operation.as_str()) {
            true => {
                let input = protocol::read_input(&protocol, request).unwrap_or_default();
                meant(services, &input).unwrap_or_else(|| services.get(&ctx.region))
            }
            false if request.is_signed() => services.get::<Cognito>(&ctx.region),
            false => return absent::unsigned(Some(&ROW), ctx, request),
        };
        protocol::handle_rpc(cognito.as_ref(), ctx, request)
            .unwrap_or_else(|| absent::no_operation(ctx, request))
    })
}

/// The region that users mean, who sign nothing that would say it: where their client or their token is from.
fn meant(services: &Services, input: &Value) -> Option<Arc<Cognito>> {
    if let Some(client) = input["ClientId"].as_str() {
        return of_client(services, client);
    }
    let claims = told(input["AccessToken"].as_str()?)?;
    let (region, _) = of_issuer(claims.get("iss")?.as_str()?)?;
    services.made(region)
}

/// Where an app client is; their ids are good everywhere.
fn of_client(services: &Services, client: &str) -> Option<Arc<Cognito>> {
    let mut all = services.all_made::<Cognito>().into_iter();
    all.find(|cognito| lock(&cognito.state).clients.contains_key(client))
}

impl Service for Cognito {
    fn make(services: &Services, region: &str) -> Arc<Self> {
        Arc::new(Self {
            region: region.to_owned(),
            account: services.base.account.clone(),
            clock: services.base.clock.clone(),
            state: Mutex::default(),
            shelf: services.store.shelf(keep::SERVICE, region),
        })
    }
}

/// The user pools of a region.
#[derive(Debug)]
pub struct Cognito {
    region: String,
    account: String,
    clock: Clock,
    state: Mutex<State>,
    shelf: Shelf,
}

/// Why a token is none that a pool gave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrue {
    /// Not its own, not signed by it, or not meant for any client of it.
    Foreign,
    Expired,
}

impl Cognito {
    fn restore_all(services: &Services, records: &mut Records) -> Result<(), StateError> {
        for region in records.regions(keep::SERVICE) {
            let cognito = services.get::<Self>(&region);
            cognito.restore(records.take(keep::SERVICE, &region))?;
        }
        Ok(())
    }

    /// The state. What is changed is kept when it is let go.
    fn state(&self) -> Held<'_, State> {
        Held::new(&self.state, &self.shelf)
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    fn arn(&self, pool: &str) -> String {
        crate::region::arn(
            "cognito-idp",
            &self.region,
            &self.account,
            &format!("userpool/{pool}"),
        )
    }

    /// What a token says, if a pool of this region has given it out to a client that is still there, and it is good now.
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn verify(&self, token: &str) -> Result<Claims, Untrue> {
        let claims = told(token).ok_or(Untrue::Foreign)?;
        let issuer = claims.get("iss").and_then(Value::as_str);
        let (region, id) = issuer.and_then(of_issuer).ok_or(Untrue::Foreign)?;
        // The key is copied so that a signature is not verified under the lock.
        let (key, clients) = {
            let state = lock(&self.state);
            let pool = state.pools.get(id).filter(|_| region == self.region);
            let pool = pool.ok_or(Untrue::Foreign)?;
            let of = claims.get("aud").or_else(|| claims.get("client_id"));
            let client = of.and_then(Value::as_str).unwrap_or_default();
            let client = state.clients.get(client);
            (
                pool.key.clone(),
                client.is_some_and(|client| client.pool == id),
            )
        };
        let claims = key.verify(token).filter(|_| clients);
        let claims = claims.ok_or(Untrue::Foreign)?;
        let until = claims.get("exp").and_then(Value::as_i64);
        match until.is_some_and(|until| until > self.now()) {
            true => Ok(claims),
            false => Err(Untrue::Expired),
        }
    }
}

impl RpcService for Cognito {
    fn call(&self, _ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        let Some(checked) = MODEL.check(operation, &input) else {
            return Err(ROW.lacks(operation));
        };
        checked.map_err(|error| invalid(error.message))?;
        match operation {
            "CreateUserPool" => self.create_user_pool(&input),
            "DescribeUserPool" => self.describe_user_pool(&input),
            "ListUserPools" => Ok(self.list_user_pools(&input)),
            "DeleteUserPool" => self.delete_user_pool(&input),
            "CreateResourceServer" => self.create_resource_server(&input),
            "CreateUserPoolClient" => self.create_user_pool_client(&input),
            "DescribeUserPoolClient" => self.describe_user_pool_client(&input),
            "ListUserPoolClients" => self.list_user_pool_clients(&input),
            "DeleteUserPoolClient" => self.delete_user_pool_client(&input),
            "AdminCreateUser" => self.admin_create_user(&input),
            "AdminGetUser" => self.admin_get_user(&input),
            "AdminSetUserPassword" => self.admin_set_user_password(&input),
            "AdminConfirmSignUp" => self.admin_confirm_sign_up(&input),
            "SignUp" => self.sign_up(&input),
            "ListUsers" => self.list_users(&input),
            "InitiateAuth" => self.initiate_auth(&input),
            "AdminInitiateAuth" => self.admin_initiate_auth(&input),
            "RespondToAuthChallenge" => self.respond_to_auth_challenge(&input),
            "GetUser" => self.get_user(&input),
            other => Err(ROW.lacks(other)),
        }
    }
}

impl State {
    fn pool(&self, id: &str) -> Result<&Pool, AwsError> {
        let pool = self.pools.get(id);
        pool.ok_or_else(|| not_found(format!("User pool {id} does not exist.")))
    }

    fn client(&self, id: &str) -> Result<&Client, AwsError> {
        let client = self.clients.get(id);
        client.ok_or_else(|| not_found(format!("User pool client {id} does not exist.")))
    }

    /// A client of a pool.
    fn client_of(&self, pool: &str, id: &str) -> Result<&Client, AwsError> {
        self.pool(pool)?;
        let client = self.client(id).ok().filter(|client| client.pool == pool);
        client.ok_or_else(|| not_found(format!("User pool client {id} does not exist.")))
    }
}

fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_default()
}

fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "ResourceNotFoundException", message)
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterException", message)
}

fn not_authorized(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "NotAuthorizedException", message)
}

fn no_user() -> AwsError {
    AwsError::new(400, "UserNotFoundException", "User does not exist.")
}

/// The sandbox can't do something: no error of Cognito's, and in words that say so.
fn lacks(what: &str) -> AwsError {
    invalid(format!("The sandbox's user pools have no {what}."))
}

/// Something could not be made of a pool's key.
fn no_key() -> AwsError {
    AwsError::new(
        500,
        "InternalErrorException",
        "The pool's key can't be used",
    )
}

/// A time as the protocol has it: seconds since 1970, with a fraction.
#[allow(clippy::cast_precision_loss, reason = "a date fits")]
fn seconds(ms: i64) -> Value {
    json!(ms as f64 / 1000.0)
}

/// So many random letters and digits.
fn random(letters: &[u8], length: usize) -> String {
    let mut out = String::with_capacity(length);
    while out.len() < length {
        let mut bytes = [0_u8; 32];
        if getrandom::fill(&mut bytes).is_err() {
            bytes = [*uuid::Uuid::new_v4().as_bytes(); 2]
                .concat()
                .try_into()
                .unwrap_or(bytes);
        }
        // What is over the last whole turn is left out, so that no letter is likelier than another.
        let turns = 256 / letters.len() * letters.len();
        let fair = bytes.iter().map(|byte| usize::from(*byte));
        let fair = fair.filter(|byte| *byte < turns).take(length - out.len());
        out.extend(fair.map(|byte| char::from(letters[byte % letters.len()])));
    }
    out
}

const SMALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const ALL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A page of things by their keys: how many at most, after which, and what names the next page.
fn page<'a, T>(
    all: impl Iterator<Item = (&'a str, T)>,
    most: usize,
    after: &str,
) -> (Vec<T>, Option<String>) {
    let mut rest = all.skip_while(|(key, _)| !after.is_empty() && *key <= after);
    let mut items = Vec::new();
    let mut last = String::new();
    for (key, item) in rest.by_ref().take(most) {
        key.clone_into(&mut last);
        items.push(item);
    }
    let next = rest.next().map(|_| last);
    (items, next)
}
