//! What IAM keeps in the store: a record for each role and for each policy of the account. AWS's own policies are not kept.

use super::{Iam, Policy, Role, State, managed};
use crate::store::{Differences, Keep, Records, Shelf, StateError};

/// What IAM's records belong to.
pub const SERVICE: &str = "iam";

const ROLE: &str = "role";
const POLICY: &str = "policy";

/// What is on the disk.
#[derive(Debug, Default)]
pub struct Kept {
    roles: Differences,
    policies: Differences,
}

impl Keep for State {
    fn keep(&mut self, shelf: &Shelf) {
        self.kept.roles.keep(shelf, ROLE, self.roles.iter());
        let own = self.policies.iter().filter(|(arn, _)| is_own(arn));
        self.kept.policies.keep(shelf, POLICY, own);
    }
}

fn is_own(arn: &str) -> bool {
    !managed::is_managed(arn)
}

impl Iam {
    /// Takes in what was kept.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn restore(&self, records: &mut Records) -> Result<(), StateError> {
        let mut state = self.state();
        for record in records.take(SERVICE, "") {
            match record.kind.as_str() {
                ROLE => {
                    let role: Role = record.read()?;
                    state.roles.insert(record.key, role);
                }
                POLICY => {
                    let policy: Policy = record.read()?;
                    state.policies.insert(record.key, policy);
                }
                other => tracing::warn!(other, "a kind of record that IAM does not know"),
            }
        }
        Ok(())
    }
}
