//! A certificate that is signed by its own key, as PEM: RSA of 2048 bits and SHA-256, as those of API Gateway.
//! Source: RFC 5280.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;

const SEQUENCE: u8 = 0x30;
/// `sha256WithRSAEncryption` with its null.
const SHA256_RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00,
];
/// `commonName`.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

/// A value with its tag and its length.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let inner = parts.concat();
    let mut out = vec![tag];
    // Nothing here is longer than two bytes can say.
    let [high, low] = u16::try_from(inner.len()).unwrap_or(u16::MAX).to_be_bytes();
    match (high, low) {
        (0, 0..=127) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend(inner);
    out
}

fn name(text: &str) -> Vec<u8> {
    let attribute = der(SEQUENCE, &[&COMMON_NAME, &der(0x0c, &[text.as_bytes()])]);
    der(SEQUENCE, &[&der(0x31, &[&attribute])])
}

/// The certificate; none when no key can be made.
pub fn self_signed(of: &str, from: Timestamp, until: Timestamp) -> Option<String> {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
    let time = |at: Timestamp| {
        let text = at.strftime("%Y%m%d%H%M%SZ").to_string();
        der(0x18, &[text.as_bytes()])
    };
    let validity = der(SEQUENCE, &[&time(from), &time(until)]);
    let mut serial = *uuid::Uuid::new_v4().as_bytes();
    // A serial number is never negative.
    serial[0] = (serial[0] & 0x7f) | 0x01;
    let public = key.public_key().as_der().ok()?;
    let name = name(of);
    let body = der(
        SEQUENCE,
        &[
            // Version 3.
            &[0xa0, 0x03, 0x02, 0x01, 0x02],
            &der(0x02, &[&serial]),
            &SHA256_RSA,
            &name,
            &validity,
            &name,
            public.as_ref(),
        ],
    );
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &body,
        &mut signature,
    )
    .ok()?;
    let signature = der(0x03, &[&[0], &signature]);
    let whole = BASE64_STANDARD.encode(der(SEQUENCE, &[&body, &SHA256_RSA, &signature]));
    let mut out = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = whole.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out.push_str("-----END CERTIFICATE-----");
    Some(out)
}
