//! X-Ray's tracing header, read and made: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
//!
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>

use super::journal::now_ms;

/// The trace that a call belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trace {
    /// `1-`, eight and twenty-four hexadecimal digits.
    pub root: String,
    /// The segment of this call.
    pub segment: String,
    /// Whether the trace is kept.
    pub sampled: bool,
}

impl Trace {
    /// Continues the caller's trace, or begins one that is sampled when the function traces actively.
    pub fn begin(header: Option<&str>, active: bool) -> Self {
        let field = |name: &str| {
            header.and_then(|header| {
                header.split(';').find_map(|part| {
                    let (key, value) = part.trim().split_once('=')?;
                    key.eq_ignore_ascii_case(name).then(|| value.to_owned())
                })
            })
        };
        let root = field("Root").filter(|root| root.len() == 35 && root.starts_with("1-"));
        let sampled = match (&root, field("Sampled").as_deref()) {
            (Some(_), Some("1")) => true,
            (Some(_), Some("0")) => false,
            _ => active,
        };
        Self {
            root: root.unwrap_or_else(|| format!("1-{:08x}-{}", now_ms() / 1000, hex(24))),
            segment: hex(16),
            sampled,
        }
    }

    /// The header for the function.
    pub fn header(&self) -> String {
        let sampled = u8::from(self.sampled);
        format!(
            "Root={};Parent={};Sampled={sampled}",
            self.root, self.segment
        )
    }
}

fn hex(digits: usize) -> String {
    let mut text = uuid::Uuid::new_v4().simple().to_string();
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::Trace;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn the_callers_trace_goes_on_with_its_decision() {
        let trace = Trace::begin(
            Some(&format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1")),
            false,
        );
        assert_eq!((trace.root.as_str(), trace.sampled), (ROOT, true));
        assert!(
            trace
                .header()
                .starts_with(&format!("Root={ROOT};Parent={}", trace.segment))
        );
        assert!(!Trace::begin(Some(&format!("Root={ROOT};Sampled=0")), true).sampled);
    }

    #[test]
    fn a_function_that_traces_actively_begins_a_trace_of_its_own() {
        let trace = Trace::begin(None, true);
        assert!(trace.sampled && trace.root.len() == ROOT.len() && trace.segment.len() == 16);
        assert!(!Trace::begin(Some("nonsense"), false).sampled);
    }
}
