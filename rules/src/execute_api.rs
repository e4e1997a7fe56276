//! Calls of API Gateway's APIs as policies name them.

use crate::arn;

/// The action of every call.
pub const INVOKE: &str = "execute-api:Invoke";

/// A resource policy with the short form of its resources (`execute-api:/prod/GET/pets`) written out.
pub fn expanded(policy: &str, region: &str, account: &str, api: &str) -> String {
    let start = arn::arn("execute-api", region, account, &format!("{api}/"));
    policy.replace("\"execute-api:/", &format!("\"{start}"))
}

/// Whether an identity is of the form that a token authorizer looks for; none where the pattern can't be read here.
pub fn fits_expression(pattern: &str, identity: &str) -> Option<bool> {
    let pattern = regex_lite::Regex::new(&format!("^(?:{pattern})$")).ok()?;
    Some(pattern.is_match(identity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_holds_for_the_whole_identity() {
        assert_eq!(fits_expression("k-[0-9]{2}", "k-12"), Some(true));
        assert_eq!(fits_expression("k-[0-9]{2}", "k-123"), Some(false));
        assert_eq!(fits_expression("k-(", "k-"), None);
    }

    #[test]
    fn the_short_form_is_written_out() {
        let policy = r#"{"Resource": ["execute-api:/prod/GET/*", "arn:aws:x"]}"#;
        assert_eq!(
            expanded(policy, "cn-north-1", "1", "abc"),
            r#"{"Resource": ["arn:aws-cn:execute-api:cn-north-1:1:abc/prod/GET/*", "arn:aws:x"]}"#
        );
    }
}
