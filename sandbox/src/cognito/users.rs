//! Users, made by an administrator or by themselves, and finding them.
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>.

use super::{
    ALL, Cognito, attributes, invalid, lacks,
    model::{Pool, State, User, within},
    no_user, not_authorized, page, passwords,
    passwords::Hashed,
    random, seconds, sign_in, text,
};
use crate::error::AwsError;
use serde_json::{Value, json};

const CONFIRMED: &str = "CONFIRMED";
const UNCONFIRMED: &str = "UNCONFIRMED";
pub const TO_CHANGE: &str = "FORCE_CHANGE_PASSWORD";
const DAY_MS: i64 = 86_400_000;

impl Pool {
    fn list(&self, name: &str) -> Vec<&str> {
        let all = self.settings.get(name).and_then(Value::as_array);
        all.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Whether usernames are told apart by their capitals, as they are unless it is said otherwise.
    fn minds_capitals(&self) -> bool {
        let settings = self.settings.get("UsernameConfiguration");
        settings.is_none_or(|settings| settings["CaseSensitive"] != false)
    }

    fn folded(&self, name: &str) -> String {
        match self.minds_capitals() {
            true => name.to_owned(),
            false => name.to_lowercase(),
        }
    }
}

impl State {
    /// The key of a user by their name, or by an attribute that a pool takes for one.
    pub fn key_of(&self, pool: &Pool, name: &str) -> Option<String> {
        let wanted = pool.folded(name);
        let key = within(&pool.id, &wanted);
        if self.users.contains_key(&key) {
            return Some(key);
        }
        let (usernames, aliases) = (
            pool.list("UsernameAttributes"),
            pool.list("AliasAttributes"),
        );
        let mut all = self.users.iter().filter(|(_, user)| user.pool == pool.id);
        let is = |user: &User, attribute: &str| {
            user.attribute(attribute)
                .is_some_and(|value| pool.folded(value) == wanted)
        };
        let is_meant = |user: &User| {
            user.sub() == name
                || usernames.iter().any(|attribute| is(user, attribute))
                || aliases.iter().any(|attribute| {
                    let verified = format!("{attribute}_verified");
                    let counts = *attribute == "preferred_username"
                        || user.attribute(&verified) == Some("true");
                    counts && is(user, attribute)
                })
        };
        all.find(|(_, user)| is_meant(user))
            .map(|(key, _)| key.clone())
    }

    fn user(&self, pool: &str, name: &str) -> Result<&User, AwsError> {
        let key = self.key_of(self.pool(pool)?, name);
        let user = key.and_then(|key| self.users.get(&key));
        user.ok_or_else(no_user)
    }

    fn user_mut(&mut self, pool: &str, name: &str) -> Result<&mut User, AwsError> {
        let key = self.key_of(self.pool(pool)?, name);
        let user = key.and_then(|key| self.users.get_mut(&key));
        user.ok_or_else(no_user)
    }

    /// A new user without a password, who is not put among the others yet.
    fn new_user(
        &self,
        pool: &Pool,
        name: &str,
        given: Vec<(String, String)>,
        exists: &str,
    ) -> Result<(String, User), AwsError> {
        let sub = uuid::Uuid::new_v4().to_string();
        let mut all = vec![("sub".to_owned(), sub.clone())];
        all.extend(given.into_iter().filter(|(name, _)| name != "sub"));
        let usernames = pool.list("UsernameAttributes");
        let username = match by_attribute(&usernames, name)? {
            Some(attribute) => {
                if !all.iter().any(|(known, _)| known == attribute) {
                    all.push((attribute.to_owned(), name.to_owned()));
                }
                sub
            }
            None => pool.folded(name),
        };
        if usernames.is_empty()
            && pool.list("AliasAttributes").contains(&"email")
            && attributes::is_email(name)
        {
            return Err(invalid(
                "Username cannot be of email format, since user pool is configured for email alias.",
            ));
        }
        attributes::check(pool, &all)?;
        if self.key_of(pool, name).is_some() {
            return Err(AwsError::new(400, "UsernameExistsException", exists));
        }
        let user = User {
            pool: pool.id.clone(),
            username: username.clone(),
            attributes: all,
            enabled: true,
            ..User::default()
        };
        Ok((within(&pool.id, &username), user))
    }
}

/// The attribute that a name is of, in a pool whose users are named by one.
fn by_attribute(usernames: &[&str], name: &str) -> Result<Option<&'static str>, AwsError> {
    let (email, phone) = (
        usernames.contains(&"email"),
        usernames.contains(&"phone_number"),
    );
    match (email, phone) {
        (false, false) => Ok(None),
        (true, _) if attributes::is_email(name) => Ok(Some("email")),
        (_, true) if attributes::is_phone(name) => Ok(Some("phone_number")),
        (true, true) => Err(invalid(
            "Username should be either an email or a phone number.",
        )),
        (true, false) => Err(invalid("Username should be an email.")),
        (false, true) => Err(invalid("Username should be a phone number.")),
    }
}

/// A user as lists and AdminCreateUser show them.
fn shown(user: &User) -> Value {
    json!({
        "Username": user.username, "Attributes": attributes::shown(&user.attributes),
        "UserCreateDate": seconds(user.created), "UserLastModifiedDate": seconds(user.modified),
        "Enabled": user.enabled, "UserStatus": user.status,
    })
}

impl Cognito {
    pub(super) fn admin_create_user(&self, input: &Value) -> Result<Value, AwsError> {
        if input["MessageAction"] == "RESEND" {
            return Err(lacks("messages, so that none can be sent again"));
        }
        let (id, name) = (text(input, "UserPoolId"), text(input, "Username"));
        let pool = self.state().pool(id)?.clone();
        let given = input["TemporaryPassword"].as_str();
        if let Some(password) = given {
            passwords::check(&pool, password)?;
        }
        // Nobody is told a password that is made up here: it would have gone out in a message.
        let made = || format!("{}aA1!", random(ALL, 24));
        let password = Hashed::of(&given.map_or_else(made, str::to_owned));
        let now = self.clock.now_ms();
        let mut state = self.state();
        let attributes = attributes::given(&input["UserAttributes"]);
        let (key, user) = state.new_user(&pool, name, attributes, "User account already exists")?;
        let user = User {
            status: TO_CHANGE.into(),
            password: Some(password),
            temporary_until: Some(now + passwords::temporary_days(&pool) * DAY_MS),
            created: now,
            modified: now,
            ..user
        };
        let answer = shown(&user);
        state.users.insert(key, user);
        Ok(json!({"User": answer}))
    }

    pub(super) fn admin_get_user(&self, input: &Value) -> Result<Value, AwsError> {
        let state = self.state();
        let user = state.user(text(input, "UserPoolId"), text(input, "Username"))?;
        let mut out = shown(user);
        let attributes = out["Attributes"].take();
        if let Some(members) = out.as_object_mut() {
            members.remove("Attributes");
        }
        out["UserAttributes"] = attributes;
        Ok(out)
    }

    pub(super) fn admin_set_user_password(&self, input: &Value) -> Result<Value, AwsError> {
        let (id, name) = (text(input, "UserPoolId"), text(input, "Username"));
        let pool = {
            let state = self.state();
            state.user(id, name)?;
            state.pool(id)?.clone()
        };
        let password = text(input, "Password");
        passwords::check(&pool, password)?;
        let password = Hashed::of(password);
        let now = self.clock.now_ms();
        let is_permanent = input["Permanent"] == true;
        let mut state = self.state();
        let user = state.user_mut(id, name)?;
        user.password = Some(password);
        user.modified = now;
        let days = passwords::temporary_days(&pool);
        (user.status, user.temporary_until) = match is_permanent {
            true => (CONFIRMED.to_owned(), None),
            false => (TO_CHANGE.to_owned(), Some(now + days * DAY_MS)),
        };
        Ok(json!({}))
    }

    pub(super) fn admin_confirm_sign_up(&self, input: &Value) -> Result<Value, AwsError> {
        let now = self.clock.now_ms();
        let mut state = self.state();
        let user = state.user_mut(text(input, "UserPoolId"), text(input, "Username"))?;
        if user.status != UNCONFIRMED {
            return Err(not_authorized(format!(
                "User cannot be confirmed. Current status is {}",
                user.status
            )));
        }
        user.status = CONFIRMED.to_owned();
        user.modified = now;
        Ok(json!({}))
    }

    pub(super) fn sign_up(&self, input: &Value) -> Result<Value, AwsError> {
        let name = text(input, "Username");
        let (client, pool) = {
            let state = self.state();
            let client = state.client(text(input, "ClientId"))?.clone();
            let pool = state.pool(&client.pool)?.clone();
            (client, pool)
        };
        sign_in::check_secret(&client, name, input["SecretHash"].as_str())?;
        if pool.settings["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] == true {
            return Err(not_authorized("SignUp is not permitted for this user pool"));
        }
        let password = input["Password"].as_str();
        let password = password.ok_or_else(|| lacks("sign-up without a password"))?;
        passwords::check(&pool, password)?;
        let password = Hashed::of(password);
        let now = self.clock.now_ms();
        let mut state = self.state();
        let attributes = attributes::given(&input["UserAttributes"]);
        let (key, user) = state.new_user(&pool, name, attributes, "User already exists")?;
        let user = User {
            status: UNCONFIRMED.into(),
            password: Some(password),
            created: now,
            modified: now,
            ..user
        };
        let answer = json!({"UserConfirmed": false, "UserSub": user.sub()});
        state.users.insert(key, user);
        Ok(answer)
    }

    pub(super) fn list_users(&self, input: &Value) -> Result<Value, AwsError> {
        let id = text(input, "UserPoolId");
        let filter = Filter::read(text(input, "Filter"))?;
        let state = self.state();
        state.pool(id)?;
        let wanted = input["AttributesToGet"].as_array();
        let all = state.users.values().filter(|user| user.pool == id);
        let all = all.filter(|user| filter.as_ref().is_none_or(|filter| filter.takes(user)));
        let all = all.map(|user| {
            let mut out = shown(user);
            if let Some(wanted) = wanted {
                let mut some = user.attributes.clone();
                some.retain(|(name, _)| wanted.iter().any(|of| of == name.as_str()));
                out["Attributes"] = attributes::shown(&some);
            }
            (user.username.as_str(), out)
        });
        let most = input["Limit"].as_u64().unwrap_or(60);
        let (users, next) = page(all, most as usize, text(input, "PaginationToken"));
        let mut out = json!({"Users": users});
        if let Some(next) = next {
            out["PaginationToken"] = next.into();
        }
        Ok(out)
    }
}

/// `email ^= "a"`: an attribute that is something or begins with it.
struct Filter {
    name: String,
    begins: bool,
    value: String,
}

impl Filter {
    /// # Errors
    /// When a text is no filter, or its attribute can't be searched for.
    fn read(text: &str) -> Result<Option<Self>, AwsError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let wrong = || invalid("Error while parsing filter.");
        let (before, value) = text.split_once('=').ok_or_else(wrong)?;
        let value = value.trim().strip_prefix('"').ok_or_else(wrong)?;
        let value = value.strip_suffix('"').ok_or_else(wrong)?;
        let (name, begins) = match before.trim_end().strip_suffix('^') {
            Some(name) => (name, true),
            None => (before, false),
        };
        let name = name.trim().trim_matches('"').to_owned();
        let known = [
            "username",
            "email",
            "phone_number",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "cognito:user_status",
            "status",
            "sub",
        ];
        if !known.contains(&name.as_str()) {
            return Err(invalid(format!("Invalid search attribute: {name}")));
        }
        Ok(Some(Self {
            name,
            begins,
            value: value.replace("\\\"", "\""),
        }))
    }

    fn takes(&self, user: &User) -> bool {
        let held = match self.name.as_str() {
            "username" => user.username.as_str(),
            "cognito:user_status" => &user.status,
            "status" if user.enabled => "Enabled",
            "status" => "Disabled",
            name => user.attribute(name).unwrap_or_default(),
        };
        match self.begins {
            true => held.starts_with(&self.value),
            false => held == self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn users_are_found_by_what_an_attribute_is_or_begins_with() {
        let user = User {
            username: "ann".into(),
            attributes: vec![("email".into(), "ann@b.example".into())],
            enabled: true,
            status: CONFIRMED.into(),
            ..User::default()
        };
        let takes = |filter: &str| Filter::read(filter).unwrap().unwrap().takes(&user);
        for filter in [
            "email = \"ann@b.example\"",
            "email ^= \"ann@\"",
            "username=\"ann\"",
            "\"cognito:user_status\" = \"CONFIRMED\"",
            "status = \"Enabled\"",
        ] {
            assert!(takes(filter), "{filter}");
        }
        assert!(!takes("email = \"ann\""));
        assert!(!takes("name ^= \"ann\""));
        assert!(Filter::read(" ").unwrap().is_none());
        for wrong in ["email", "email = ann", "shoe = \"1\""] {
            assert!(Filter::read(wrong).is_err(), "{wrong}");
        }
    }
}
