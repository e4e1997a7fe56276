//! rpc-v2-cbor: the operation in the path, CBOR in and out.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
//!
//! Inside, values are JSON. Timestamps (tag 1) become epoch seconds on the way in and are found again by their member's
//! name on the way out; byte strings become base64; NaN and the infinities travel by name.

use base64::Engine;
use bytes::Bytes;
use minicbor::data::{IanaTag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Value};

use super::{json, serialization, shapes};
use crate::error::AwsError;
use crate::request::{Body, Ctx, Response};

/// How deep a value may nest, as the SDKs limit it.
const MAX_DEPTH: u32 = 128;

/// The input of an operation; an empty body is an empty input.
///
/// # Errors
/// `SerializationException` for anything but one CBOR map.
pub fn read(body: &[u8]) -> Result<Value, AwsError> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match decode(body) {
        Ok(input @ Value::Object(_)) => Ok(input),
        Ok(_) => Err(serialization("The body is not a CBOR map.")),
        Err(error) => Err(serialization(&format!("The body is not CBOR: {error}"))),
    }
}

/// The answer of an operation that went well.
pub fn answer(ctx: &Ctx, output: &Value) -> Response {
    let empty = Value::Object(Map::new());
    let output = if output.is_null() { &empty } else { output };
    Response {
        status: 200,
        headers: headers(ctx),
        body: Body::Full(Bytes::from(encode(output))),
    }
}

/// An error's answer; with `query_mode` also the code that query would have used.
pub fn failure(ctx: &Ctx, error: &AwsError, query_mode: bool) -> Response {
    let mut headers = headers(ctx);
    let mut kind = error.code.as_str();
    if query_mode {
        kind = shapes::error_shape(&error.code);
        headers.push(json::query_error(error));
    }
    let status = match error.code.as_str() {
        super::UNKNOWN_OPERATION => 404,
        _ => error.status,
    };
    Response {
        status,
        headers,
        body: Body::Full(Bytes::from(encode(&json::error_object(kind, error)))),
    }
}

fn headers(ctx: &Ctx) -> Vec<(String, String)> {
    vec![
        ("content-type".to_owned(), "application/cbor".to_owned()),
        ("smithy-protocol".to_owned(), "rpc-v2-cbor".to_owned()),
        ("x-amzn-requestid".to_owned(), ctx.request_id.clone()),
    ]
}

/// One CBOR item as JSON; nothing may follow it.
///
/// # Errors
/// When it isn't well-formed, nests deeper than 128, or has a map key that is no string.
pub fn decode(body: &[u8]) -> Result<Value, minicbor::decode::Error> {
    let mut decoder = Decoder::new(body);
    let value = item(&mut decoder, 0)?;
    if decoder.position() == body.len() {
        Ok(value)
    } else {
        Err(minicbor::decode::Error::message("data after the end"))
    }
}

fn item(decoder: &mut Decoder<'_>, depth: u32) -> Result<Value, minicbor::decode::Error> {
    if depth > MAX_DEPTH {
        return Err(minicbor::decode::Error::message("nested too deep"));
    }
    match decoder.datatype()? {
        Type::Bool => decoder.bool().map(Value::Bool),
        Type::Null => decoder.null().map(|()| Value::Null),
        Type::Undefined => decoder.undefined().map(|()| Value::Null),
        Type::F16 => decoder.f16().map(|value| shapes::float(f64::from(value))),
        Type::F32 => decoder.f32().map(|value| shapes::float(f64::from(value))),
        Type::F64 => decoder.f64().map(shapes::float),
        Type::String | Type::StringIndef => text(decoder).map(Value::String),
        Type::Bytes | Type::BytesIndef => bytes(decoder),
        Type::Array | Type::ArrayIndef => array(decoder, depth),
        Type::Map | Type::MapIndef => map(decoder, depth),
        Type::Tag => tagged(decoder, depth),
        _ => integer(decoder),
    }
}

fn integer(decoder: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    let value = i128::from(decoder.int()?);
    Ok(i64::try_from(value)
        .map(Value::from)
        .or_else(|_| u64::try_from(value).map(Value::from))
        .unwrap_or_else(|_| shapes::float(value as f64)))
}

fn text(decoder: &mut Decoder<'_>) -> Result<String, minicbor::decode::Error> {
    decoder.str_iter()?.collect()
}

fn bytes(decoder: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    let mut all = Vec::new();
    for chunk in decoder.bytes_iter()? {
        all.extend_from_slice(chunk?);
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(all);
    Ok(Value::String(encoded))
}

fn array(decoder: &mut Decoder<'_>, depth: u32) -> Result<Value, minicbor::decode::Error> {
    let length = decoder.array()?;
    let mut items = Vec::new();
    while !at_end(decoder, length, items.len())? {
        items.push(item(decoder, depth + 1)?);
    }
    Ok(Value::Array(items))
}

fn map(decoder: &mut Decoder<'_>, depth: u32) -> Result<Value, minicbor::decode::Error> {
    let length = decoder.map()?;
    let mut members = Map::new();
    let mut read = 0;
    while !at_end(decoder, length, read)? {
        let name = text(decoder)?;
        let value = item(decoder, depth + 1)?;
        members.insert(name, value);
        read += 1;
    }
    Ok(Value::Object(members))
}

/// Collections of known length end by count, the others by a break, which is consumed here.
fn at_end(
    decoder: &mut Decoder<'_>,
    length: Option<u64>,
    read: usize,
) -> Result<bool, minicbor::decode::Error> {
    match length {
        Some(length) => Ok(read as u64 >= length),
        None if decoder.datatype()? == Type::Break => decoder.skip().map(|()| true),
        None => Ok(false),
    }
}

/// Tag 1 holds epoch seconds, whole or not; every other tag is looked through.
fn tagged(decoder: &mut Decoder<'_>, depth: u32) -> Result<Value, minicbor::decode::Error> {
    let tag = decoder.tag()?;
    let value = item(decoder, depth + 1)?;
    if tag == IanaTag::Timestamp.tag() {
        return value
            .as_f64()
            .map(Value::from)
            .ok_or_else(|| minicbor::decode::Error::message("a timestamp must be a number"));
    }
    Ok(value)
}

/// A JSON value as CBOR; members that are null are left out, as the protocol wants it.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    // Writing to a Vec has no way to fail.
    let Ok(()) = put(&mut encoder, value, false) else {
        return Vec::new();
    };
    encoder.into_writer()
}

type Out = Encoder<Vec<u8>>;
type Put = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn put(out: &mut Out, value: &Value, timestamp: bool) -> Put {
    match value {
        Value::Null => out.null()?,
        Value::Bool(flag) => out.bool(*flag)?,
        Value::String(text) => out.str(text)?,
        Value::Number(number) => return put_number(out, number, timestamp),
        Value::Array(items) => {
            out.array(items.len() as u64)?;
            for item in items {
                put(out, item, timestamp)?;
            }
            out
        }
        Value::Object(members) => {
            let present = members.values().filter(|value| !value.is_null()).count();
            out.map(present as u64)?;
            for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                out.str(name)?;
                put(out, value, shapes::is_timestamp(name))?;
            }
            out
        }
    };
    Ok(())
}

fn put_number(out: &mut Out, number: &serde_json::Number, timestamp: bool) -> Put {
    if timestamp {
        out.tag(IanaTag::Timestamp)?;
        out.f64(number.as_f64().unwrap_or_default())?;
    } else if let Some(value) = number.as_i64() {
        out.i64(value)?;
    } else if let Some(value) = number.as_u64() {
        out.u64(value)?;
    } else {
        out.f64(number.as_f64().unwrap_or_default())?;
    }
    Ok(())
}
