//! `application/vnd.amazon.eventstream`: messages with headers and a payload, each guarded by two CRC32s.
//! <https://smithy.io/2.0/aws/amazon-eventstream.html>
//!
//! The sandbox writes them (StartLiveTail, InvokeWithResponseStream); the decoder is what its tests read them with.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;

use super::json;
use crate::error::AwsError;

/// The media type of a stream of messages.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// Length of the prelude with its CRC, in bytes: total length, headers' length, CRC.
const PRELUDE: usize = 12;
/// The specification's limit for a whole message, in bytes.
const MAX_MESSAGE: usize = 24 * 1024 * 1024;

/// The value of a header.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValue {
    Flag(bool),
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    Bytes(Bytes),
    Text(String),
    /// Milliseconds since the epoch.
    Timestamp(i64),
    Uuid(u128),
}

/// One message.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// Headers in order, names like `:event-type`.
    pub headers: Vec<(String, HeaderValue)>,
    /// What it carries, in the form that `:content-type` says.
    pub payload: Bytes,
}

impl Message {
    /// An event with a JSON payload.
    pub fn event(kind: &str, payload: &Value) -> Self {
        Self::event_of(kind, "application/json", Bytes::from(payload.to_string()))
    }

    /// An event with a payload of any type; `PayloadChunk` of Lambda is `application/octet-stream`.
    pub fn event_of(kind: &str, content_type: &str, payload: Bytes) -> Self {
        Self {
            headers: vec![
                (":event-type".to_owned(), HeaderValue::Text(kind.to_owned())),
                (
                    ":content-type".to_owned(),
                    HeaderValue::Text(content_type.to_owned()),
                ),
                (
                    ":message-type".to_owned(),
                    HeaderValue::Text("event".to_owned()),
                ),
            ],
            payload,
        }
    }

    /// The first message of a stream in the json protocols: the operation's output without the stream.
    pub fn initial_response(output: &Value) -> Self {
        Self::event("initial-response", output)
    }

    /// An error in the middle of a stream; `member` is its name in the stream's union, for example
    /// `SessionTimeoutException`.
    pub fn exception(member: &str, error: &AwsError) -> Self {
        Self {
            headers: vec![
                (
                    ":exception-type".to_owned(),
                    HeaderValue::Text(member.to_owned()),
                ),
                (
                    ":content-type".to_owned(),
                    HeaderValue::Text("application/json".to_owned()),
                ),
                (
                    ":message-type".to_owned(),
                    HeaderValue::Text("exception".to_owned()),
                ),
            ],
            payload: Bytes::from(json::error_object(&error.code, error).to_string()),
        }
    }

    /// The text of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|(key, value)| match value {
            HeaderValue::Text(text) if key == name => Some(text.as_str()),
            _ => None,
        })
    }

    /// The message as bytes.
    pub fn encode(&self) -> Bytes {
        let mut headers = BytesMut::new();
        for (name, value) in &self.headers {
            put_header(&mut headers, name, value);
        }
        let total = PRELUDE + headers.len() + self.payload.len() + 4;
        let mut out = BytesMut::with_capacity(total);
        out.put_u32(total as u32);
        out.put_u32(headers.len() as u32);
        let prelude_crc = crc32fast::hash(&out);
        out.put_u32(prelude_crc);
        out.extend_from_slice(&headers);
        out.extend_from_slice(&self.payload);
        let message_crc = crc32fast::hash(&out);
        out.put_u32(message_crc);
        out.freeze()
    }
}

/// Names are cut at 255 bytes and values at 32,767, the specification's limits.
fn put_header(out: &mut BytesMut, name: &str, value: &HeaderValue) {
    let name = &name.as_bytes()[..name.len().min(255)];
    out.put_u8(name.len() as u8);
    out.put_slice(name);
    match value {
        HeaderValue::Flag(true) => out.put_u8(0),
        HeaderValue::Flag(false) => out.put_u8(1),
        HeaderValue::Byte(value) => {
            out.put_u8(2);
            out.put_i8(*value);
        }
        HeaderValue::Short(value) => {
            out.put_u8(3);
            out.put_i16(*value);
        }
        HeaderValue::Integer(value) => {
            out.put_u8(4);
            out.put_i32(*value);
        }
        HeaderValue::Long(value) => {
            out.put_u8(5);
            out.put_i64(*value);
        }
        HeaderValue::Bytes(value) => put_sized(out, 6, value),
        HeaderValue::Text(value) => put_sized(out, 7, value.as_bytes()),
        HeaderValue::Timestamp(value) => {
            out.put_u8(8);
            out.put_i64(*value);
        }
        HeaderValue::Uuid(value) => {
            out.put_u8(9);
            out.put_u128(*value);
        }
    }
}

fn put_sized(out: &mut BytesMut, kind: u8, value: &[u8]) {
    let value = &value[..value.len().min(i16::MAX as usize)];
    out.put_u8(kind);
    out.put_u16(value.len() as u16);
    out.put_slice(value);
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq)]
pub enum Damaged {
    /// The prelude's or the message's checksum is wrong.
    Checksum,
    /// A length that can't be.
    Length,
    /// A header of unknown type, or one that is cut short.
    Header,
}

/// Takes a stream apart, whatever pieces it arrives in.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: BytesMut,
}

impl Decoder {
    /// Adds what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, if it is there.
    ///
    /// # Errors
    /// When the stream is damaged; it can't be read any further then.
    pub fn next_message(&mut self) -> Result<Option<Message>, Damaged> {
        if self.buffer.len() < PRELUDE {
            return Ok(None);
        }
        let total = number(&self.buffer[0..4]) as usize;
        let headers = number(&self.buffer[4..8]) as usize;
        if crc32fast::hash(&self.buffer[..8]) != number(&self.buffer[8..12]) {
            return Err(Damaged::Checksum);
        }
        if total > MAX_MESSAGE || total < PRELUDE + headers + 4 {
            return Err(Damaged::Length);
        }
        if self.buffer.len() < total {
            return Ok(None);
        }
        let message = self.buffer.split_to(total).freeze();
        if crc32fast::hash(&message[..total - 4]) != number(&message[total - 4..]) {
            return Err(Damaged::Checksum);
        }
        Ok(Some(Message {
            headers: read_headers(&message[PRELUDE..PRELUDE + headers])?,
            payload: message.slice(PRELUDE + headers..total - 4),
        }))
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn read_headers(mut rest: &[u8]) -> Result<Vec<(String, HeaderValue)>, Damaged> {
    let mut headers = Vec::new();
    while !rest.is_empty() {
        let length = usize::from(take::<1>(&mut rest)?[0]);
        let name = text(take_slice(&mut rest, length)?)?;
        let value = read_value(&mut rest)?;
        headers.push((name, value));
    }
    Ok(headers)
}

fn read_value(rest: &mut &[u8]) -> Result<HeaderValue, Damaged> {
    Ok(match take::<1>(rest)?[0] {
        0 => HeaderValue::Flag(true),
        1 => HeaderValue::Flag(false),
        2 => HeaderValue::Byte(i8::from_be_bytes(take(rest)?)),
        3 => HeaderValue::Short(i16::from_be_bytes(take(rest)?)),
        4 => HeaderValue::Integer(i32::from_be_bytes(take(rest)?)),
        5 => HeaderValue::Long(i64::from_be_bytes(take(rest)?)),
        6 => {
            let length = u16::from_be_bytes(take(rest)?);
            HeaderValue::Bytes(Bytes::copy_from_slice(take_slice(rest, length.into())?))
        }
        7 => {
            let length = u16::from_be_bytes(take(rest)?);
            HeaderValue::Text(text(take_slice(rest, length.into())?)?)
        }
        8 => HeaderValue::Timestamp(i64::from_be_bytes(take(rest)?)),
        9 => HeaderValue::Uuid(u128::from_be_bytes(take(rest)?)),
        _ => return Err(Damaged::Header),
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Damaged> {
    let (first, after) = rest.split_first_chunk::<N>().ok_or(Damaged::Header)?;
    *rest = after;
    Ok(*first)
}

fn take_slice<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Damaged> {
    let (first, after) = rest.split_at_checked(length).ok_or(Damaged::Header)?;
    *rest = after;
    Ok(first)
}

fn text(bytes: &[u8]) -> Result<String, Damaged> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Damaged::Header)
}
