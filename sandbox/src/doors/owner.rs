//! Whose a connection on loopback is: the kernel knows which user opened the other end.
//!
//! The kernel is asked for exactly that socket (`diag`), which takes some twenty microseconds however many there are. Where it
//! does not answer (a module that is not there, a container's filter), `/proc/net/tcp` is read instead. Nothing is kept: a port is
//! soon somebody else's.

#[cfg(target_os = "linux")]
use super::diag;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// What the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    User(u32),
    /// No process holds the other end any more. The kernel shows such a socket as root's, which it need not have been.
    Gone,
    /// The system does not tell.
    Untold,
}

/// One end of a connection, as the system's table shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub is_listening: bool,
    pub uid: u32,
    /// Zero when no process holds it.
    pub inode: u64,
}

impl Row {
    pub(super) fn owner(self) -> Owner {
        if self.inode == 0 || self.is_listening {
            Owner::Gone
        } else {
            Owner::User(self.uid)
        }
    }
}

/// The user of this process.
pub fn own_user() -> Option<u32> {
    #[cfg(unix)]
    return Some(rustix::process::geteuid().as_raw());
    #[cfg(not(unix))]
    None
}

/// Who holds the socket at `theirs` that is connected to `ours`.
#[cfg(target_os = "linux")]
pub async fn of(theirs: SocketAddr, ours: SocketAddr) -> Owner {
    let (theirs, ours) = (canonical(theirs), canonical(ours));
    if let Ok(Some(row)) = diag::find(theirs, ours) {
        return row.owner();
    }
    // Reading the whole table takes milliseconds where it is large.
    tokio::task::spawn_blocking(move || in_table(theirs, ours))
        .await
        .unwrap_or(Owner::Untold)
}

/// Only Linux tells.
#[cfg(not(target_os = "linux"))]
pub async fn of(_theirs: SocketAddr, _ours: SocketAddr) -> Owner {
    Owner::Untold
}

#[cfg(target_os = "linux")]
fn in_table(theirs: SocketAddr, ours: SocketAddr) -> Owner {
    let mut owner = Owner::Untold;
    // A program with an IPv6 socket may well call an IPv4 address: then it stands in the other table.
    for (file, is_v6) in [("/proc/net/tcp", false), ("/proc/net/tcp6", true)] {
        let (Some(local), Some(remote)) = (written(theirs, is_v6), written(ours, is_v6)) else {
            continue;
        };
        let Ok(table) = std::fs::read_to_string(file) else {
            continue;
        };
        match row(&table, &local, &remote) {
            Some(row) => return row.owner(),
            None => owner = Owner::Gone,
        }
    }
    owner
}

/// The line of a table with these two ends.
#[cfg(any(target_os = "linux", test))]
fn row(table: &str, local: &str, remote: &str) -> Option<Row> {
    table.lines().find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        if fields.next()? != local || fields.next()? != remote {
            return None;
        }
        let is_listening = fields.next()? == "0A";
        let uid = fields.nth(3)?.parse().ok()?;
        let inode = fields.nth(1)?.parse().ok()?;
        Some(Row {
            is_listening,
            uid,
            inode,
        })
    })
}

/// An end as `/proc/net/tcp` writes it: each word of the address as it lies in memory, and the port.
#[cfg(any(target_os = "linux", test))]
fn written(end: SocketAddr, is_v6: bool) -> Option<String> {
    let words = |octets: &[u8]| -> String {
        octets
            .chunks_exact(4)
            .map(|four| {
                let mut word = [0; 4];
                word.copy_from_slice(four);
                format!("{:08X}", u32::from_ne_bytes(word))
            })
            .collect()
    };
    let address = match (end.ip(), is_v6) {
        (IpAddr::V4(ip), false) => words(&ip.octets()),
        (IpAddr::V4(ip), true) => words(&ip.to_ipv6_mapped().octets()),
        (IpAddr::V6(ip), true) => words(&Ipv6Addr::octets(&ip)),
        (IpAddr::V6(_), false) => return None,
    };
    Some(format!("{address}:{:04X}", end.port()))
}

/// `::ffff:127.0.0.1` is 127.0.0.1.
pub(super) fn canonical(end: SocketAddr) -> SocketAddr {
    SocketAddr::new(end.ip().to_canonical(), end.port())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:11D6 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 39144 1 0 100 0 0 10 0
   1: 0100007F:E594 0100007F:11D6 01 00000000:00000000 00:00000000 00000000 65534        0 39145 2 0 20 0 0 10 -1
   2: 0100007F:E596 0100007F:11D6 04 00000001:00000000 01:00000014 00000000     0        0 0 2 0 20 0 0 10 -1";

    #[test]
    fn a_row_is_found_by_both_ends_and_an_end_that_nobody_holds_is_nobodys() {
        let owner = |local, remote| row(TABLE, local, remote).map(Row::owner);
        let ours = "0100007F:11D6";
        assert_eq!(owner("0100007F:E594", ours), Some(Owner::User(65534)));
        assert_eq!(owner("0100007F:E596", ours), Some(Owner::Gone));
        assert_eq!(owner(ours, "00000000:0000"), Some(Owner::Gone));
        assert_eq!(owner("0100007F:E598", ours), None);
        assert_eq!(owner(ours, "0100007F:E594"), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn an_end_is_written_as_the_table_does() {
        let v4: SocketAddr = "127.0.0.1:4566".parse().unwrap();
        assert_eq!(written(v4, false).unwrap(), "0100007F:11D6");
        let mapped = "0000000000000000FFFF00000100007F:11D6";
        assert_eq!(written(v4, true).unwrap(), mapped);
        let v6: SocketAddr = "[::1]:80".parse().unwrap();
        assert_eq!(written(v6, false), None);
        assert_eq!(
            written(v6, true).unwrap(),
            "00000000000000000000000001000000:0050"
        );
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn both_ways_know_a_live_connection_and_neither_knows_one_that_was_let_go() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let client = tokio::net::TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (served, peer) = listener.accept().await.unwrap();
        let ours = served.local_addr().unwrap();
        let me = Owner::User(own_user().unwrap());
        assert_eq!(of(peer, ours).await, me);
        assert_eq!(in_table(peer, ours), me);
        // The listener answers for no connection that is not there.
        let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
        assert_eq!(of(nobody, ours).await, Owner::Gone);
        drop(client);
        assert_eq!(of(peer, ours).await, Owner::Gone);
        assert_eq!(in_table(peer, ours), Owner::Gone);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_ipv6_socket_that_calls_an_ipv4_address_is_known() {
        let Ok(listener) = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await else {
            return;
        };
        let port = listener.local_addr().unwrap().port();
        let mapped =
            std::net::SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), port);
        let Ok(_client) = tokio::net::TcpStream::connect(mapped).await else {
            println!("skipped: this machine has no IPv6");
            return;
        };
        let (served, peer) = listener.accept().await.unwrap();
        let ours = served.local_addr().unwrap();
        let me = Owner::User(own_user().unwrap());
        assert_eq!(of(peer, ours).await, me);
        assert_eq!(in_table(peer, ours), me);
    }
}
