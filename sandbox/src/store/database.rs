//! The SQLite file of a state: its format, whether it is whole, reading all of it, committing a batch. It knows no thread.

use super::{Place, Row, StateError, files};
use rusqlite::{Connection, OpenFlags, OptionalExtension, config::DbConfig, params};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// The file's name.
pub const FILE: &str = "state.sqlite";

/// The format that this Sekisho writes; it reads this one and those before it.
pub const FORMAT: i64 = 1;

/// "SEKI": tells our file from other SQLite files (`PRAGMA application_id`).
const APPLICATION: i64 = 0x5345_4b49;

const SCHEMA: &str = "
    CREATE TABLE record (
        service TEXT NOT NULL,
        region TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        value BLOB NOT NULL,
        files TEXT NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (service, region, kind, key)
    ) STRICT;";

/// A record as it was read.
#[derive(Debug)]
pub struct Record {
    pub kind: String,
    pub key: String,
    value: Vec<u8>,
}

impl Record {
    /// The value.
    ///
    /// # Errors
    /// When it is not of the form that this Sekisho writes.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, StateError> {
        serde_json::from_slice(&self.value).map_err(|error| self.damaged(error))
    }

    /// The error of a record that makes no sense.
    pub fn damaged(&self, what: impl std::fmt::Display) -> StateError {
        let what = format!("the record {} {}: {what}", self.kind, self.key);
        StateError::damaged(Path::new(FILE), what)
    }
}

/// All records of a state, taken out by their services.
#[derive(Debug, Default)]
pub struct Records {
    rows: HashMap<(String, String), Vec<Record>>,
    /// Which record names which files.
    files: HashMap<Place, Vec<String>>,
    /// Nothing was ever kept here.
    pub is_fresh: bool,
}

impl Records {
    /// Records of a state that keeps nothing.
    pub fn none() -> Self {
        Self {
            is_fresh: true,
            ..Self::default()
        }
    }

    /// The records of a service in a region; the second time none.
    pub fn take(&mut self, service: &str, region: &str) -> Vec<Record> {
        self.rows
            .remove(&(service.to_owned(), region.to_owned()))
            .unwrap_or_default()
    }

    /// The regions that a service has records of.
    pub fn regions(&self, service: &str) -> Vec<String> {
        let places = self.rows.keys();
        let mut regions: Vec<String> = places
            .filter(|(of, _)| of == service)
            .map(|(_, region)| region.clone())
            .collect();
        regions.sort();
        regions
    }

    /// Which record names which files.
    pub(super) fn files(&self) -> &HashMap<Place, Vec<String>> {
        &self.files
    }
}

/// Opens the file, made if need be, after all of it has been read and found whole.
///
/// # Errors
/// When it is damaged, newer or not ours; then it was not written to.
pub fn open(data: &Path) -> Result<(Connection, Records), StateError> {
    files::make_private(data).map_err(StateError::disk(data))?;
    let path = data.join(FILE);
    if !path.exists() {
        create(data, &path)?;
    }
    let records = read(&path)?;
    let connection = Connection::open_with_flags(
        &path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .and_then(|connection| {
        // The folder's lock keeps others out: the file's own need not be taken for every batch.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
        connection.set_prepared_statement_cache_capacity(8);
        Ok(connection)
    })
    .map_err(|error| StateError::damaged(&path, error))?;
    Ok((connection, records))
}

/// Makes an empty file under another name first, so that one which is there has its tables.
fn create(data: &Path, path: &Path) -> Result<(), StateError> {
    let partial = path.with_extension("sqlite-journal.part");
    let _leftover = fs::remove_file(&partial);
    files::create_private(&partial).map_err(StateError::disk(data))?;
    let make = || -> rusqlite::Result<()> {
        let connection = Connection::open(&partial)?;
        connection.execute_batch(SCHEMA)?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.close().map_err(|(_, error)| error)
    };
    make().map_err(|error| StateError::damaged(&partial, error))?;
    fs::rename(&partial, path)
        .and_then(|()| files::sync_folder(data))
        .map_err(StateError::disk(data))
}

/// Reads all of a file without writing to it.
///
/// # Errors
/// When it is damaged, newer or not ours.
pub fn read(path: &Path) -> Result<Records, StateError> {
    check_header(path)?;
    let damaged = |error: rusqlite::Error| StateError::damaged(path, error);
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(damaged)?;
    // What is damaged stays as it is: nothing of the log is brought into the file when this closes.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(damaged)?;
    let found: Option<String> = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .optional()
        .map_err(damaged)?;
    if let Some(found) = found.filter(|found| found != "ok") {
        return Err(StateError::damaged(path, found));
    }
    read_records(path, &connection)
}

fn read_records(path: &Path, connection: &Connection) -> Result<Records, StateError> {
    let damaged = |error: rusqlite::Error| StateError::damaged(path, error);
    let mut records = Records {
        is_fresh: true,
        ..Records::default()
    };
    let mut statement = connection
        .prepare(
            "SELECT service, region, kind, key, value, files, sum FROM record ORDER BY kind, key",
        )
        .map_err(damaged)?;
    let mut rows = statement.query([]).map_err(damaged)?;
    while let Some(row) = rows.next().map_err(damaged)? {
        let text = |at: usize| row.get::<_, String>(at).map_err(damaged);
        let (service, region, kind, key) = (text(0)?, text(1)?, text(2)?, text(3)?);
        let value: Vec<u8> = row.get(4).map_err(damaged)?;
        let named = text(5)?;
        let sum: i64 = row.get(6).map_err(damaged)?;
        if sum != sum_of([&service, &region, &kind, &key, &named], &value) {
            let what = format!("the record {service} {region} {kind} {key} has a wrong checksum");
            return Err(StateError::damaged(path, what));
        }
        if !named.is_empty() {
            let place = Place {
                service: service.clone().into(),
                region: region.clone(),
                kind: kind.clone().into(),
                key: key.clone(),
            };
            let names = named.split(' ').map(str::to_owned).collect();
            records.files.insert(place, names);
        }
        records.is_fresh = false;
        let place = records.rows.entry((service, region)).or_default();
        place.push(Record { kind, key, value });
    }
    Ok(records)
}

/// The first hundred bytes say what a file is, and can be read without SQLite.
/// Source: <https://www.sqlite.org/fileformat.html#the_database_header>.
fn check_header(path: &Path) -> Result<(), StateError> {
    let mut header = [0_u8; 100];
    let mut file = File::open(path).map_err(StateError::disk(path))?;
    file.read_exact(&mut header)
        .map_err(|_| StateError::damaged(path, "it is too short to be a state"))?;
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(StateError::damaged(path, "it is no SQLite file"));
    }
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        i64::from(i32::from_be_bytes(bytes))
    };
    if number(68) != APPLICATION {
        return Err(StateError::damaged(
            path,
            "it is a SQLite file of another program",
        ));
    }
    match number(60) {
        format if format > FORMAT => Err(StateError::Newer {
            path: PathBuf::from(path),
            format,
        }),
        FORMAT => Ok(()),
        format => Err(StateError::damaged(
            path,
            format!("there is no format {format}"),
        )),
    }
}

fn sum_of(names: [&str; 5], value: &[u8]) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    for name in names {
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
    }
    hasher.update(value);
    i64::from(hasher.finalize())
}

/// Commits changes, all or none of them.
pub(super) fn commit(
    connection: &mut Connection,
    rows: &HashMap<Place, Option<Row>>,
) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut put = transaction.prepare_cached(
            "INSERT OR REPLACE INTO record (service, region, kind, key, value, files, sum) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?;
        let mut remove = transaction.prepare_cached(
            "DELETE FROM record WHERE service = ? AND region = ? AND kind = ? AND key = ?",
        )?;
        for (place, row) in rows {
            let Place {
                service,
                region,
                kind,
                key,
            } = place;
            match row {
                Some(Row { value, files }) => {
                    let files = files.join(" ");
                    let sum = sum_of([service, region, kind, key, &files], value);
                    put.execute(params![service, region, kind, key, value, files, sum])?;
                }
                None => {
                    remove.execute(params![service, region, kind, key])?;
                }
            }
        }
    }
    transaction.commit()
}

/// Copies the records as they are now into a new file.
pub(super) fn copy(connection: &Connection, to: &Path) -> rusqlite::Result<()> {
    connection
        .execute("VACUUM INTO ?", [to.to_string_lossy().as_ref()])
        .map(drop)
}
