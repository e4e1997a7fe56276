//! Requests that a browser sends on behalf of a page. A page may send simple requests (a POST of `text/plain`, an image's GET)
//! to any address, 127.0.0.1 too, without asking first. The sandbox has no page of its own, so that every page is a stranger.
//!
//! Knows headers alone. Node's own `fetch` sends `Sec-Fetch-Mode` and no more: that header by itself says nothing.

use http::{HeaderMap, Method, Uri};

/// For whom a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// AWS's APIs and the sandbox's own addresses: programs of the sandbox's user.
    Programs,
    /// What browsers are meant to call (API stages and function URLs): it answers by its own CORS rules.
    Pages,
}

/// What a browser adds when a page is about to call, or calls, another origin.
const OF_PAGES: [&str; 5] = [
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "access-control-request-private-network",
    "access-control-request-local-network",
];

/// The header that gives a page away, if there is one.
pub fn page(method: &Method, target: &Uri, headers: &HeaderMap) -> Option<&'static str> {
    if let Some(name) = OF_PAGES.iter().find(|name| headers.contains_key(**name)) {
        return Some(name);
    }
    let mut sites = headers.get_all("sec-fetch-site").iter().peekable();
    sites.peek()?;
    // `none` is a person's own doing: an address typed, pasted, or opened from another program.
    let is_own = sites.all(|site| site == "none") && is_harmless(method, target, headers);
    (!is_own).then_some("sec-fetch-site")
}

/// What an address opened in a browser may do: look, and download. An `Action` in the query could change something, and the
/// link to it may have come in a mail.
fn is_harmless(method: &Method, target: &Uri, headers: &HeaderMap) -> bool {
    let is_read = method == Method::GET || method == Method::HEAD;
    let is_navigation = headers
        .get("sec-fetch-mode")
        .is_none_or(|mode| mode == "navigate");
    let query = target.query().unwrap_or_default();
    let acts = form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "Action");
    is_read && is_navigation && !acts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn page_of(
        method: Method,
        target: &str,
        sent: &[(&'static str, &str)],
    ) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, value.parse().unwrap());
        }
        page(&method, &target.parse().unwrap(), &headers)
    }

    const METHODS: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::OPTIONS,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];

    #[test]
    fn any_origin_is_a_page_its_own_and_null_too() {
        for method in METHODS {
            for origin in [
                "null",
                "https://attacker.example",
                "http://localhost:3000",
                "http://127.0.0.1:4566",
                "",
            ] {
                assert_eq!(
                    page_of(method.clone(), "/", &[("origin", origin)]),
                    Some("origin"),
                    "{method} {origin}"
                );
            }
        }
    }

    #[test]
    fn every_site_but_none_is_a_page() {
        for method in METHODS {
            for site in ["cross-site", "same-site", "same-origin", "", "None"] {
                assert_eq!(
                    page_of(method.clone(), "/", &[("sec-fetch-site", site)]),
                    Some("sec-fetch-site"),
                    "{method} {site}"
                );
            }
        }
        let twice = [("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")];
        assert_eq!(page_of(Method::GET, "/", &twice), Some("sec-fetch-site"));
    }

    #[test]
    fn a_preflight_is_a_page_even_without_its_origin() {
        let sent = [("access-control-request-method", "PUT")];
        assert_eq!(
            page_of(Method::OPTIONS, "/", &sent),
            Some("access-control-request-method")
        );
    }

    #[test]
    fn an_address_that_a_person_opens_may_only_look() {
        let typed = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")];
        assert_eq!(page_of(Method::GET, "/_sekisho/health", &typed), None);
        assert_eq!(
            page_of(Method::HEAD, "/b/k?X-Amz-Signature=0", &typed),
            None
        );
        let refused = Some("sec-fetch-site");
        assert_eq!(page_of(Method::POST, "/", &typed), refused);
        assert_eq!(page_of(Method::GET, "/?Action=DeleteUser", &typed), refused);
        assert_eq!(
            page_of(Method::GET, "/?%41ction=DeleteUser", &typed),
            refused
        );
        let fetched = [("sec-fetch-site", "none"), ("sec-fetch-mode", "cors")];
        assert_eq!(page_of(Method::GET, "/", &fetched), refused);
    }

    #[test]
    fn programs_are_no_pages() {
        for method in METHODS {
            assert_eq!(page_of(method.clone(), "/", &[]), None);
            // As undici, Node's own fetch, sends it.
            let node = [("sec-fetch-mode", "cors"), ("user-agent", "node")];
            assert_eq!(page_of(method, "/", &node), None);
        }
    }
}
