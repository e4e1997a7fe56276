//! What user pools keep in the store: a record for each pool, client, resource server and user.

use super::{
    Cognito,
    model::{Client, Pool, Server, State, User},
};
use crate::store::{Differences, Keep, Record, Shelf, StateError};

/// What its records belong to.
pub const SERVICE: &str = "cognito-idp";

const POOL: &str = "pool";
const CLIENT: &str = "client";
const SERVER: &str = "resource-server";
const USER: &str = "user";

/// What is on the disk.
#[derive(Debug, Default)]
pub struct Kept {
    pools: Differences,
    clients: Differences,
    servers: Differences,
    users: Differences,
}

impl Keep for State {
    fn keep(&mut self, shelf: &Shelf) {
        self.kept.pools.keep(shelf, POOL, self.pools.iter());
        self.kept.clients.keep(shelf, CLIENT, self.clients.iter());
        self.kept.servers.keep(shelf, SERVER, self.servers.iter());
        self.kept.users.keep(shelf, USER, self.users.iter());
    }
}

impl Cognito {
    /// Takes in what was kept.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn restore(&self, records: Vec<Record>) -> Result<(), StateError> {
        let mut state = self.state();
        for record in records {
            match record.kind.as_str() {
                POOL => {
                    let pool: Pool = record.read()?;
                    state.pools.insert(record.key, pool);
                }
                CLIENT => {
                    let client: Client = record.read()?;
                    state.clients.insert(record.key, client);
                }
                SERVER => {
                    let server: Server = record.read()?;
                    state.servers.insert(record.key, server);
                }
                USER => {
                    let user: User = record.read()?;
                    state.users.insert(record.key, user);
                }
                other => tracing::warn!(other, "a kind of record that user pools do not know"),
            }
        }
        Ok(())
    }
}
