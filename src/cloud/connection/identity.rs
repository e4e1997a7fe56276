//! Who the caller is: shown before anything else loads.

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::connection::Identity;
use crate::model::error::CloudError;

/// The caller's account, ARN and id by STS, with the account's alias where IAM tells it.
///
/// # Errors
/// Those of `GetCallerIdentity`, which no policy can refuse: what fails here is the sign-in or the network. A missing alias
/// is no error.
pub async fn who_am_i(cloud: &Cloud) -> Result<Identity, CloudError> {
    let caller = async {
        let client = cloud.sts().await?;
        let answer = client.get_caller_identity().send().await;
        answer.map_err(|error| from_sdk("GetCallerIdentity", "", error))
    };
    let (caller, alias) = tokio::join!(caller, alias(cloud));
    let caller = caller?;
    Ok(Identity {
        account: caller.account().unwrap_or_default().to_owned(),
        arn: caller.arn().unwrap_or_default().to_owned(),
        user_id: caller.user_id().unwrap_or_default().to_owned(),
        alias,
    })
}

/// The first alias: an account has at most one. Many callers may not read it, and the line must not wait for it long.
async fn alias(cloud: &Cloud) -> Option<String> {
    let asked = async {
        let client = cloud.iam().await.ok()?;
        let answer = client.list_account_aliases().send().await.ok()?;
        answer.account_aliases().first().cloned()
    };
    let most = std::time::Duration::from_secs(4);
    tokio::time::timeout(most, asked).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cloud::Hooks;
    use crate::cloud::connection::machine::Machine;
    use crate::cloud::testing::{Reply, Server};
    use crate::model::connection::ConnectionSpec;
    use crate::model::error::ErrorKind;

    const CALLER: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

    fn cloud(server: &Server) -> Cloud {
        let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
        Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet())
    }

    fn asks_for_the_alias(body: &[u8]) -> bool {
        String::from_utf8_lossy(body).contains("Action=ListAccountAliases")
    }

    #[tokio::test]
    async fn account_arn_and_alias_come_together() {
        let server = Server::start(|_, seen| {
            if asks_for_the_alias(&seen.body) {
                Reply::xml(
                    200,
                    "<ListAccountAliasesResponse><ListAccountAliasesResult><AccountAliases><member>acme</member></AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>",
                )
            } else {
                Reply::xml(200, CALLER)
            }
        });
        let identity = who_am_i(&cloud(&server)).await.unwrap();
        assert_eq!(identity.account, "123456789012");
        assert_eq!(identity.account_label(), "acme");
        assert_eq!(identity.caller(), "ana");
    }

    #[tokio::test]
    async fn a_refused_alias_is_no_error() {
        let server = Server::start(|_, seen| {
            if asks_for_the_alias(&seen.body) {
                Reply::xml(
                    403,
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
                )
            } else {
                Reply::xml(200, CALLER)
            }
        });
        let identity = who_am_i(&cloud(&server)).await.unwrap();
        assert_eq!(identity.account_label(), "123456789012");
    }

    #[tokio::test]
    async fn an_expired_token_is_told_as_such() {
        let server = Server::start(|_, _| {
            Reply::xml(
                403,
                "<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error><RequestId>r-1</RequestId></ErrorResponse>",
            )
        });
        let error = who_am_i(&cloud(&server)).await.unwrap_err();
        let expired = ErrorKind::SignIn {
            sso: false,
            expired: true,
        };
        assert_eq!(error.kind, expired);
        assert_eq!(error.operation, "GetCallerIdentity");
    }
}
