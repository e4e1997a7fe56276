//! The protocols against a service that answers what it was asked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};

use super::*;
use crate::request::Body;

/// Answers its input and its operation's name; fails when asked to.
struct Echo;

impl RpcService for Echo {
    fn call(&self, _ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        match operation {
            "Fail" => Err(AwsError::new(400, "InvalidParameterValue", "<bad> & worse")
                .with("resource", "thing")),
            "Break" => Err(AwsError::new(500, "InternalServiceError", "oops")),
            "Nothing" => Ok(Value::Null),
            "Missing" => Err(AwsError::new(
                400,
                UNKNOWN_OPERATION,
                "The echo has no Missing.",
            )),
            _ => Ok(json!({"Operation": operation, "Input": input})),
        }
    }
}

fn ctx() -> Ctx {
    Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: "req-1".into(),
        endpoint: "http://127.0.0.1:4566".into(),
    }
}

fn request(headers: &[(&str, &str)], path: &str, body: impl Into<Bytes>) -> Request {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    Request {
        method: Method::POST,
        path: path.into(),
        query: Vec::new(),
        headers: map,
        body: body.into(),
    }
}

fn target(operation: &str, minor: u8, body: impl Into<Bytes>) -> Request {
    request(
        &[
            ("x-amz-target", &format!("Logs_20140328.{operation}")),
            ("content-type", &format!("application/x-amz-json-1.{minor}")),
        ],
        "/",
        body,
    )
}

fn form(body: &str) -> Request {
    let kind = "application/x-www-form-urlencoded; charset=utf-8";
    request(&[("content-type", kind)], "/", body.to_owned())
}

fn cbor_request(operation: &str, input: &Value) -> Request {
    request(
        &[
            ("smithy-protocol", "rpc-v2-cbor"),
            ("content-type", "application/cbor"),
        ],
        &format!("/service/GraniteServiceVersion20100801/operation/{operation}"),
        cbor::encode(input),
    )
}

fn bytes(response: &Response) -> &[u8] {
    match &response.body {
        Body::Full(bytes) => bytes,
        Body::Stream(_) => panic!("a whole body was expected"),
    }
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(bytes(response)).unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut headers = response.headers.iter();
    headers.find_map(|(key, value)| (key == name).then_some(value.as_str()))
}

fn call(req: &Request) -> Response {
    handle_rpc(&Echo, &ctx(), req).expect("an RPC request")
}

#[test]
fn a_request_of_none_of_the_protocols_is_left_to_others() {
    assert!(handle_rpc(&Echo, &ctx(), &request(&[], "/2015-03-31/functions", "")).is_none());
    assert!(handle_rpc(&Echo, &ctx(), &form("NoAction=1")).is_none());
}

#[test]
fn json_answers_in_the_version_that_it_was_asked_in() {
    for minor in [0, 1] {
        let response = call(&target("Op", minor, r#"{"a":1}"#));
        let kind = format!("application/x-amz-json-1.{minor}");
        assert_eq!(header(&response, "content-type"), Some(kind.as_str()));
        assert_eq!(text(&response), r#"{"Operation":"Op","Input":{"a":1}}"#);
        assert_eq!(header(&response, "x-amzn-requestid"), Some("req-1"));
    }
}

#[test]
fn json_reads_an_empty_body_as_an_empty_input() {
    assert_eq!(
        text(&call(&target("Op", 1, ""))),
        r#"{"Operation":"Op","Input":{}}"#
    );
}

#[test]
fn json_answers_nothing_for_an_operation_without_output() {
    assert_eq!(text(&call(&target("Nothing", 1, "{}"))), "");
    assert_eq!(text(&call(&target("Nothing", 0, "{}"))), "{}");
}

#[test]
fn json_that_cannot_be_read_is_a_serialization_exception() {
    for body in ["{", "[1]", "7", "\u{7f}"] {
        let response = call(&target("Op", 1, body));
        assert_eq!(response.status, 400, "{body}");
        assert!(text(&response).contains("SerializationException"), "{body}");
    }
}

#[test]
fn json_errors_carry_type_message_and_members() {
    let response = call(&target("Fail", 1, "{}"));
    let body: Value = serde_json::from_slice(bytes(&response)).unwrap();
    assert_eq!(
        body,
        json!({"__type": "InvalidParameterValue", "message": "<bad> & worse", "resource": "thing"})
    );
    assert_eq!(header(&response, "x-amzn-query-error"), None);
}

#[test]
fn query_mode_names_the_shape_in_the_body_and_the_old_code_in_a_header() {
    let mut req = target("Fail", 0, "{}");
    req.headers
        .insert("x-amzn-query-mode", HeaderValue::from_static("true"));
    let response = call(&req);
    assert!(text(&response).contains("\"InvalidParameterValueException\""));
    assert_eq!(
        header(&response, "x-amzn-query-error"),
        Some("InvalidParameterValue;Sender")
    );
    let mut req = cbor_request("Break", &json!({}));
    req.headers
        .insert("x-amzn-query-mode", HeaderValue::from_static("true"));
    let response = call(&req);
    assert_eq!(response.status, 500);
    let body = cbor::decode(bytes(&response)).unwrap();
    assert_eq!(body["__type"], "InternalServiceFault");
    assert_eq!(
        header(&response, "x-amzn-query-error"),
        Some("InternalServiceError;Receiver")
    );
}

#[test]
fn gzip_bodies_are_unpacked_in_every_protocol() {
    let pack = |body: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(body).unwrap();
        gzip.finish().unwrap()
    };
    let mut requests = [
        target("Op", 1, pack(br#"{"a":"b"}"#)),
        form(""),
        cbor_request("Op", &json!({})),
    ];
    requests[1].body = pack(b"Action=Op&a=b").into();
    requests[2].body = pack(&cbor::encode(&json!({"a": "b"}))).into();
    for req in &mut requests {
        req.headers
            .insert("content-encoding", HeaderValue::from_static("gzip"));
        assert_eq!(call(req).status, 200);
        let protocol = recognise(req).unwrap().0;
        assert_eq!(read_input(&protocol, req).unwrap(), json!({"a": "b"}));
    }
}

#[test]
fn damaged_gzip_is_a_serialization_exception() {
    let mut req = target("Op", 1, "not gzip");
    req.headers
        .insert("content-encoding", HeaderValue::from_static("gzip"));
    assert!(text(&call(&req)).contains("SerializationException"));
}

#[test]
fn a_gzip_bomb_ends_at_the_limit() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..17 {
        gzip.write_all(&zeros).unwrap();
    }
    let mut req = target("Op", 1, gzip.finish().unwrap());
    req.headers
        .insert("content-encoding", HeaderValue::from_static("gzip"));
    assert!(text(&call(&req)).contains("too large"));
}

#[test]
fn cbor_answers_in_cbor_and_says_so() {
    let response = call(&cbor_request("Op", &json!({"Period": 60, "Value": 1.5})));
    assert_eq!(header(&response, "smithy-protocol"), Some("rpc-v2-cbor"));
    assert_eq!(header(&response, "content-type"), Some("application/cbor"));
    assert_eq!(
        cbor::decode(bytes(&response)).unwrap(),
        json!({"Operation": "Op", "Input": {"Period": 60, "Value": 1.5}})
    );
    let response = call(&cbor_request("Nothing", &json!({})));
    assert_eq!(cbor::decode(bytes(&response)).unwrap(), json!({}));
    let response = call(&cbor_request("Fail", &json!({})));
    assert_eq!(response.status, 400);
    assert_eq!(
        cbor::decode(bytes(&response)).unwrap()["__type"],
        "InvalidParameterValue"
    );
}

#[test]
fn cbor_values_come_back_as_they_went() {
    let value = json!({
        "text": "関所", "negative": -7, "big": u64::MAX, "float": 2.0, "flag": true,
        "list": [1, "two", [3.5], {}], "Timestamp": 1700000000.5, "Timestamps": [1.0, 2.0],
    });
    assert_eq!(cbor::decode(&cbor::encode(&value)).unwrap(), value);
}

#[test]
fn cbor_timestamps_are_tagged_and_other_numbers_are_not() {
    let out = cbor::encode(&json!({"Timestamp": 1.0}));
    assert_eq!(out[11], 0xc1, "tag 1 before the number");
    let out = cbor::encode(&json!({"Timestamps": [1.0]}));
    assert_eq!((out[12], out[13]), (0x81, 0xc1));
    let out = cbor::encode(&json!({"SampleCount": 1.0}));
    assert_eq!(out[13], 0xfb, "a double");
}

#[test]
fn cbor_leaves_null_members_out() {
    assert_eq!(
        cbor::encode(&json!({"a": null, "b": 1})),
        cbor::encode(&json!({"b": 1}))
    );
}

#[test]
fn cbor_reads_indefinite_forms_half_floats_and_special_numbers() {
    // {_ "a": [_ 1, 2], "b": (_ "x", "y"), "c": 1.0 as half, "d": NaN as half, "e": 0xffff ffff ffff ffff negative}
    let input =
        b"\xbf\x61a\x9f\x01\x02\xff\x61b\x7f\x61x\x61y\xff\x61c\xf9\x3c\x00\x61d\xf9\x7e\x00\xff";
    assert_eq!(
        cbor::decode(input).unwrap(),
        json!({"a": [1, 2], "b": "xy", "c": 1.0, "d": "NaN"})
    );
    // A timestamp of whole seconds, and bytes.
    assert_eq!(
        cbor::decode(b"\xc1\x1a\x65\x53\xf1\x00").unwrap(),
        json!(1700000000.0)
    );
    assert_eq!(cbor::decode(b"\x42hi").unwrap(), json!("aGk="));
}

#[test]
fn cbor_that_is_damaged_deep_or_too_long_is_an_error() {
    for body in [
        &b"\xa1"[..],
        b"\x61",
        b"\xff",
        b"\x01\x01",
        b"\xc1\x61x",
        b"\xa1\x01\x02",
    ] {
        assert!(cbor::decode(body).is_err(), "{body:x?}");
    }
    assert!(cbor::decode(&[0x81; 10_000]).is_err());
    assert!(cbor::decode(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
    assert!(cbor::read(b"\x81\x01").is_err());
    assert_eq!(cbor::read(b"").unwrap(), json!({}));
}

#[test]
fn query_answers_in_xml_with_the_namespace_of_its_version() {
    let response = call(&form("Action=Op&Version=2011-06-15&Name=a%26b"));
    assert_eq!(
        text(&response),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <OpResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><OpResult><Operation>Op</Operation>\
         <Input><Name>a&amp;b</Name></Input></OpResult><ResponseMetadata><RequestId>req-1</RequestId>\
         </ResponseMetadata></OpResponse>"
    );
}

#[test]
fn query_without_output_has_no_result() {
    let response = call(&form("Action=Nothing&Version=2010-08-01"));
    assert!(!text(&response).contains("NothingResult"));
    assert!(text(&response).contains("<ResponseMetadata>"));
}

#[test]
fn query_errors_say_who_is_to_blame() {
    let response = call(&form("Action=Fail&Version=2010-05-08"));
    assert_eq!(response.status, 400);
    let root = xml::parse(bytes(&response)).unwrap();
    let error = root.child("Error").unwrap();
    assert_eq!(error.text_of("Type"), Some("Sender"));
    assert_eq!(error.text_of("Code"), Some("InvalidParameterValue"));
    assert_eq!(error.text_of("Message"), Some("<bad> & worse"));
    assert_eq!(root.text_of("RequestId"), Some("req-1"));
    assert!(text(&call(&form("Action=Break"))).contains("<Type>Receiver</Type>"));
}

#[test]
fn an_operation_that_is_not_there_has_each_protocols_own_name() {
    assert!(text(&call(&form("Action=Missing"))).contains("<Code>InvalidAction</Code>"));
    assert!(text(&call(&target("Missing", 1, "{}"))).contains("UnknownOperationException"));
}

#[test]
fn query_may_come_in_the_query_string() {
    let mut req = request(&[], "/", "");
    req.method = Method::GET;
    req.query = vec![("Action".into(), "Op".into()), ("Key".into(), "v".into())];
    assert!(text(&call(&req)).contains("<Key>v</Key>"));
}

#[test]
fn forms_become_numbers_flags_lists_and_timestamps_by_their_path() {
    let input = |body: &str| {
        let req = form(&format!("Action=Op&{body}"));
        query::Params::of(&req).unwrap().to_value()
    };
    let cases = [
        (
            "Namespace=A&Period=60",
            json!({"Namespace": "A", "Period": 60}),
        ),
        (
            "MetricData.member.1.Dimensions.member.1.Name=F&MetricData.member.1.Dimensions.member.1.Value=1\
             &MetricData.member.1.Value=2.5&MetricData.member.1.Timestamp=2023-11-14T22:13:20Z",
            json!({"MetricData": [{"Dimensions": [{"Name": "F", "Value": "1"}], "Value": 2.5, "Timestamp": 1700000000.0}]}),
        ),
        (
            "MetricData.member.1.Values.member.1=1&MetricData.member.1.Values.member.2=2&MetricData.member.1.Counts.member.1=3",
            json!({"MetricData": [{"Values": [1.0, 2.0], "Counts": [3.0]}]}),
        ),
        (
            "Statistics.member.2=B&Statistics.member.10=C&Statistics.member.1=A",
            json!({"Statistics": ["A", "B", "C"]}),
        ),
        ("Dimensions=", json!({"Dimensions": []})),
        (
            "MetricDataQueries.member.1.ReturnData=false",
            json!({"MetricDataQueries": [{"ReturnData": false}]}),
        ),
        (
            "Tags.member.1.Key=k&Tags.member.1.Value=5",
            json!({"Tags": [{"Key": "k", "Value": "5"}]}),
        ),
        (
            "StartTime=2023-11-14T22:13:20%2B00:00",
            json!({"StartTime": 1700000000.0}),
        ),
        (
            "MetricData.member.1.Value=NaN",
            json!({"MetricData": [{"Value": "NaN"}]}),
        ),
        ("", json!({})),
    ];
    for (body, expected) in cases {
        assert_eq!(input(body).unwrap(), expected, "{body}");
    }
    for body in [
        "Period=six",
        "StartTime=yesterday",
        "ReturnData=1",
        "MetricData.member.1.Value=x",
    ] {
        assert_eq!(input(body).unwrap_err().code, "MalformedInput", "{body}");
    }
}

#[test]
fn query_lists_are_read_in_order_with_their_structures() {
    let pairs = [
        ("Tags.member.2.Key", "b"),
        ("Tags.member.1.Key", "a"),
        ("Arns.member.1", "x"),
        ("Arns.2", "y"),
    ];
    let params = query::Params::from_pairs(
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    );
    let keys: Vec<_> = params
        .structs("Tags")
        .iter()
        .map(|tag| tag.get("Key").unwrap().to_owned())
        .collect();
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(params.list("Arns"), ["x", "y"]);
    assert!(params.list("Tag").is_empty());
}

#[test]
fn query_writes_lists_flags_and_timestamps_as_aws_does() {
    let mut out = xml::Writer::fragment();
    query::members(
        &mut out,
        &json!({"Metrics": [{"Name": "a"}, {"Name": "b"}], "Empty": [], "Flag": false, "None": null,
                "Timestamp": 1700000000.0, "Timestamps": [0.5], "ExtendedStatistics": {"p99": 1.5}}),
    );
    assert_eq!(
        out.finish(),
        "<Metrics><member><Name>a</Name></member><member><Name>b</Name></member></Metrics><Empty></Empty>\
         <Flag>false</Flag><Timestamp>2023-11-14T22:13:20Z</Timestamp>\
         <Timestamps><member>1970-01-01T00:00:00.500Z</member></Timestamps>\
         <ExtendedStatistics><entry><key>p99</key><value>1.5</value></entry></ExtendedStatistics>"
    );
}

#[test]
fn xml_is_read_back_as_it_was_written() {
    let mut out = xml::Writer::new();
    out.open_with("Root", &[("xmlns", "urn:x"), ("kind", "a\"b")]);
    out.element("Key", "a<b>&\"c\" 関\r\n\u{1}");
    out.open("Inner");
    out.element("Key", "");
    let root = xml::parse(out.finish().as_bytes()).unwrap();
    assert_eq!(root.attributes, [("kind".to_owned(), "a\"b".to_owned())]);
    assert_eq!(root.text_of("Key"), Some("a<b>&\"c\" 関\r\n\u{fffd}"));
    assert_eq!(root.child("Inner").unwrap().children("Key").count(), 1);
}

#[test]
fn xml_reads_prefixes_cdata_entities_and_empty_elements() {
    let root = xml::parse(b"<?xml version='1.0'?><a:r xmlns:a='u'><!-- c --><x/><y><![CDATA[<&]]>&#65;&#x42;&apos;</y></a:r>").unwrap();
    assert_eq!(root.name, "r");
    assert!(root.child("x").is_some());
    assert_eq!(root.text_of("y"), Some("<&AB'"));
}

#[test]
fn xml_that_is_not_well_formed_is_an_error() {
    let deep = "<a>".repeat(100_000);
    let bad = [
        "",
        "x",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a>&bomb;</a>",
        "<a>&amp</a>",
        deep.as_str(),
    ];
    for document in bad {
        assert!(
            xml::parse(document.as_bytes()).is_err(),
            "{}",
            &document[..document.len().min(20)]
        );
    }
    assert!(xml::parse(b"<a>\xff</a>").is_err());
}

#[test]
fn timestamps_are_read_in_every_form_that_callers_send() {
    for text in [
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.000Z",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14T22:13:20",
        "1700000000",
    ] {
        assert_eq!(time::parse(text), Some(1_700_000_000.0), "{text}");
    }
    assert_eq!(time::parse("2023-11-14"), Some(1_699_920_000.0));
    assert_eq!(time::parse("soon"), None);
    assert_eq!(
        time::http_date(1_700_000_000.0),
        "Tue, 14 Nov 2023 22:13:20 GMT"
    );
    assert_eq!(
        time::iso8601(f64::MAX).len(),
        "9999-12-30T22:00:00.999Z".len()
    );
}

mod event_stream {
    use super::super::eventstream::{Damaged, Decoder, HeaderValue, Message};
    use super::*;

    #[test]
    fn a_message_is_what_the_specification_prints() {
        // The example of an empty message in the specification of the encoding.
        assert_eq!(
            Message::default().encode().as_ref(),
            [
                0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff
            ]
        );
    }

    #[test]
    fn messages_survive_being_cut_into_single_bytes() {
        let mut all = Message::event("sessionStart", &json!({"a": "関"}));
        all.headers.extend([
            ("flag".into(), HeaderValue::Flag(true)),
            ("off".into(), HeaderValue::Flag(false)),
            ("byte".into(), HeaderValue::Byte(-1)),
            ("short".into(), HeaderValue::Short(-2)),
            ("int".into(), HeaderValue::Integer(-3)),
            ("long".into(), HeaderValue::Long(i64::MIN)),
            (
                "bytes".into(),
                HeaderValue::Bytes(Bytes::from_static(b"\0\xff")),
            ),
            ("time".into(), HeaderValue::Timestamp(1)),
            ("uuid".into(), HeaderValue::Uuid(u128::MAX)),
        ]);
        let messages = [Message::initial_response(&json!({})), all];
        let mut decoder = Decoder::default();
        let mut read = Vec::new();
        for byte in messages
            .iter()
            .flat_map(|message| message.encode().to_vec())
        {
            decoder.push(&[byte]);
            read.extend(decoder.next_message().unwrap());
        }
        assert_eq!(read, messages);
        assert_eq!(read[1].header(":event-type"), Some("sessionStart"));
        assert_eq!(read[1].header(":message-type"), Some("event"));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_noticed() {
        let whole = Message::event("e", &json!({"k": 1})).encode();
        for at in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[at] ^= 1;
            let mut decoder = Decoder::default();
            decoder.push(&damaged);
            assert_eq!(decoder.next_message(), Err(Damaged::Checksum), "byte {at}");
        }
    }

    #[test]
    fn exceptions_name_the_member_of_the_union() {
        let error = AwsError::new(400, "SessionTimeoutException", "over");
        let message = Message::exception("SessionTimeoutException", &error);
        assert_eq!(message.header(":message-type"), Some("exception"));
        assert_eq!(
            message.header(":exception-type"),
            Some("SessionTimeoutException")
        );
        let payload: Value = serde_json::from_slice(&message.payload).unwrap();
        assert_eq!(payload["message"], "over");
    }
}
