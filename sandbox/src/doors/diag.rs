//! One question to the kernel over netlink: the socket with these two ends (`sock_diag(7)`). Any user may ask; the kernel answers
//! at once, from the table that it delivers packets by.
//!
//! Knows the message's layout (`linux/inet_diag.h`) and nothing of what the answer is for.

use super::owner::{Row, canonical};
use rustix::{
    io,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
        socket_with,
    },
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const IPPROTO_TCP: u8 = 6;
const TCP_LISTEN: u8 = 10;
/// Of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Of a request: header and `struct inet_diag_req_v2`.
const REQUEST: usize = HEADER + 56;
/// Where `struct inet_diag_sockid` begins in an answer.
const ENDS: usize = HEADER + 4;
/// Where `idiag_uid` stands in an answer; `idiag_inode` comes next.
const UID: usize = ENDS + 48 + 12;

/// The socket at `local` that is connected to `remote`; nothing when there is none or the kernel can't tell.
///
/// # Errors
/// When the kernel can't be asked at all.
pub(super) fn find(local: SocketAddr, remote: SocketAddr) -> io::Result<Option<Row>> {
    let socket = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        Some(netlink::SOCK_DIAG),
    )?;
    send(&socket, &request(local, remote), SendFlags::empty())?;
    let mut answer = [0; 1024];
    let (length, _) = recv(&socket, &mut answer[..], RecvFlags::empty())?;
    Ok(answer
        .get(..length)
        .and_then(|answer| read(answer, local, remote)))
}

fn request(local: SocketAddr, remote: SocketAddr) -> [u8; REQUEST] {
    let family = if local.is_ipv4() { AF_INET } else { AF_INET6 };
    let mut bytes = Vec::with_capacity(REQUEST);
    bytes.extend_from_slice(&(REQUEST as u32).to_ne_bytes());
    bytes.extend_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    // A sequence number of one's own, and the kernel as the other side.
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&[family, IPPROTO_TCP, 0, 0]);
    // In any state.
    bytes.extend_from_slice(&u32::MAX.to_ne_bytes());
    bytes.extend_from_slice(&local.port().to_be_bytes());
    bytes.extend_from_slice(&remote.port().to_be_bytes());
    bytes.extend_from_slice(&octets(local.ip()));
    bytes.extend_from_slice(&octets(remote.ip()));
    // On any interface, by no cookie.
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&[0xff; 8]);
    let mut message = [0; REQUEST];
    message.copy_from_slice(&bytes);
    message
}

fn octets(ip: IpAddr) -> [u8; 16] {
    let mut sixteen = [0; 16];
    match ip {
        IpAddr::V4(ip) => sixteen[..4].copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => sixteen = ip.octets(),
    }
    sixteen
}

fn read(answer: &[u8], local: SocketAddr, remote: SocketAddr) -> Option<Row> {
    if u16::from_ne_bytes(part(answer, 4)?) != SOCK_DIAG_BY_FAMILY {
        return None;
    }
    let [family, state] = part(answer, HEADER)?;
    let end = |port: usize, address: usize| {
        let ip = match family {
            AF_INET => IpAddr::V4(Ipv4Addr::from(part::<4>(answer, address)?)),
            AF_INET6 => IpAddr::V6(Ipv6Addr::from(part::<16>(answer, address)?)),
            _ => return None,
        };
        let port = u16::from_be_bytes(part(answer, port)?);
        Some(canonical(SocketAddr::new(ip, port)))
    };
    // Where no connection has these ends, the kernel answers with who listens there.
    let is_it = end(ENDS, ENDS + 4)? == local && end(ENDS + 2, ENDS + 20)? == remote;
    is_it.then_some(Row {
        is_listening: state == TCP_LISTEN,
        uid: u32::from_ne_bytes(part(answer, UID)?),
        inode: u32::from_ne_bytes(part(answer, UID + 4)?).into(),
    })
}

fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}
