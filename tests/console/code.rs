//! A function's code over a live sandbox: up, down, published, moved to another architecture, deleted, and what can go
//! wrong on the way.
#![allow(
    clippy::disallowed_methods,
    reason = "a proxy stands still on a thread of its own"
)]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aws_sdk_lambda::types::{FunctionCode, Runtime};
use sekisho::cloud::cloudwatch::called_lately;
use sekisho::cloud::lambda::alias::{MoveAlias, get_alias};
use sekisho::cloud::lambda::code::{
    ChangeArchitecture, PublishVersion, S3Target, UploadCode, Uploaded, deployed_bytes,
};
use sekisho::cloud::lambda::configuration::UpdateConfiguration;
use sekisho::cloud::lambda::delete::DeleteFunction;
use sekisho::cloud::lambda::function::get_function;
use sekisho::cloud::lambda::related::versions_of;
use sekisho::cloud::{Cloud, Hooks, undo};
use sekisho::model::cli::CliContext;
use sekisho::model::connection::ConnectionSpec;
use sekisho::model::draft::ConfigurationDraft;
use sekisho::model::error::{CloudError, ErrorKind};
use sekisho::model::function::{Architecture, Function};
use sekisho::model::package::{Package, PackageProblem, Source, Watch};
use sekisho::model::plan::Risk;
use sekisho::store::{Action, Applied, Progress};
use sekisho_sandbox::{Options, Sandbox};

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .unix_permissions(0o644);
        zip.start_file(*name, options).unwrap();
        zip.write_all(text).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const FIRST: &[u8] = b"def handler(event, context):\n    return 1\n";
const SECOND: &[u8] = b"def handler(event, context):\n    return 2\n";

struct House {
    sandbox: Sandbox,
    cloud: Arc<Cloud>,
    folder: tempfile::TempDir,
}

fn cloud_at(endpoint: &str) -> Arc<Cloud> {
    let spec = ConnectionSpec::of_discovered("sandbox", endpoint);
    Arc::new(Cloud::new(spec, Hooks::quiet()))
}

/// Whom the functions' role trusts.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

async fn house() -> House {
    let sandbox = Sandbox::start(Options {
        port: 0,
        empty: true,
        workload: false,
        settle: Duration::from_millis(50),
        ..Options::default()
    })
    .await
    .unwrap();
    let cloud = cloud_at(&sandbox.endpoint());
    let client = cloud.lambda().await.unwrap();
    let iam = cloud.iam().await.unwrap();
    let role = iam.create_role().role_name("orders");
    role.assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    let code = FunctionCode::builder().zip_file(zip(&[("app.py", FIRST)]).into());
    client
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .role("arn:aws:iam::000000000000:role/orders")
        .handler("app.handler")
        .code(code.build())
        .send()
        .await
        .unwrap();
    sekisho::cloud::lambda::settle::wait_until_settled(&cloud, "orders")
        .await
        .unwrap();
    House {
        sandbox,
        cloud,
        folder: tempfile::tempdir().unwrap(),
    }
}

impl House {
    async fn function(&self) -> Arc<Function> {
        let detail = get_function(&self.cloud, "orders", None).await.unwrap();
        detail.function
    }

    fn write(&self, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    async fn upload_of(&self, bytes: &[u8]) -> UploadCode {
        let path = self.write("new.zip", bytes);
        UploadCode {
            function: self.function().await,
            package: Arc::new(open(&path).unwrap()),
            path,
            changes: String::new(),
            publish: None,
            architecture: None,
            via: None,
            dry_run: false,
            keep: None,
            context: CliContext::default(),
        }
    }
}

fn open(path: &Path) -> Result<Package, PackageProblem> {
    let mut watch = Watch {
        cancel: &AtomicBool::new(false),
        progress: &mut |_| {},
    };
    Package::open(Source::File(path.to_owned()), &mut watch)
}

fn progress() -> Arc<Progress> {
    Arc::new(Progress::new(Arc::new(|| {})))
}

async fn apply(
    cloud: &Arc<Cloud>,
    action: impl Action<Cloud>,
) -> Result<(Applied, Arc<Progress>), CloudError> {
    let progress = progress();
    let applied = Arc::new(action)
        .apply(cloud.clone(), progress.clone())
        .await?;
    Ok((applied, progress))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_uploaded_is_deployed_published_and_comes_back_the_same() {
    let house = house().await;
    let bytes = zip(&[("app.py", SECOND), ("more.txt", b"more")]);
    let mut upload = house.upload_of(&bytes).await;
    upload.publish = Some("the second".into());
    let plan = upload.plan();
    assert_eq!(plan.risk, Risk::Changes);
    assert!(plan.cli.contains("--zip-file fileb://") && plan.cli.contains("publish-version"));
    let (sha, size) = (upload.package.code_sha256.clone(), upload.package.size);
    assert_eq!(plan.differences[0].after, sha);
    let (applied, progress) = apply(&house.cloud, upload).await.unwrap();
    let uploaded = applied.output::<Uploaded>().unwrap();
    assert_eq!(uploaded.version.as_deref(), Some("1"));
    assert_eq!(uploaded.function.code_sha256, sha);
    // Counted in bytes of the file, not of its Base64.
    assert_eq!(progress.amount(), (size, size));
    let down = self::progress();
    let back = deployed_bytes(&house.cloud, "orders", &sha, &down).await;
    assert_eq!(back.unwrap(), bytes);
    assert_eq!(down.amount(), (size, size));
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_changes_nothing() {
    let house = house().await;
    let before = house.function().await;
    let mut upload = house.upload_of(&zip(&[("app.py", SECOND)])).await;
    upload.dry_run = true;
    assert_eq!(upload.plan().risk, Risk::Safe);
    let (applied, _) = apply(&house.cloud, upload).await.unwrap();
    assert!(applied.summary.contains("nothing was changed"));
    let after = house.function().await;
    assert_eq!(before.code_sha256, after.code_sha256);
    assert_eq!(before.revision_id, after.revision_id);
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_or_configuration_that_changed_meanwhile_stops_an_upload_and_says_which() {
    let house = house().await;
    let late = house.upload_of(&zip(&[("app.py", SECOND)])).await;
    let publish = PublishVersion {
        function: late.function.clone(),
        description: String::new(),
        context: CliContext::default(),
    };
    let other = house.upload_of(&zip(&[("app.py", b"# other\n")])).await;
    let sha = other.package.code_sha256.clone();
    apply(&house.cloud, other).await.unwrap();
    std::fs::write(
        house.folder.path().join("new.zip"),
        zip(&[("app.py", SECOND)]),
    )
    .unwrap();
    let error = apply(&house.cloud, late).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("deployed code changed"), "{error}");
    let error = apply(&house.cloud, publish).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert_eq!(house.function().await.code_sha256, sha);

    let late = house.upload_of(&zip(&[("app.py", SECOND)])).await;
    let client = house.cloud.lambda().await.unwrap();
    let call = client.update_function_configuration();
    call.function_name("orders")
        .timeout(9)
        .send()
        .await
        .unwrap();
    let error = apply(&house.cloud, late).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("configuration"), "{error}");
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_the_one_that_was_checked_is_not_sent() {
    let house = house().await;
    let upload = house.upload_of(&zip(&[("app.py", SECOND)])).await;
    house.write("new.zip", &zip(&[("app.py", b"# evil\n")]));
    let error = apply(&house.cloud, upload).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(
        error.message.contains("changed after it was checked"),
        "{error}"
    );
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_architecture_takes_the_same_package_along() {
    let house = house().await;
    let function = house.function().await;
    let change = ChangeArchitecture {
        function: function.clone(),
        to: Architecture::Arm64,
        undoing: false,
        context: CliContext::default(),
    };
    apply(&house.cloud, change).await.unwrap();
    let after = house.function().await;
    assert_eq!(after.architecture, Architecture::Arm64);
    assert_eq!(after.code_sha256, function.code_sha256);
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_package_goes_through_the_bucket_that_is_named_and_nowhere_without_one() {
    let house = house().await;
    let client = house.cloud.s3().await.unwrap();
    client
        .create_bucket()
        .bucket("packages")
        .send()
        .await
        .unwrap();
    let bytes = zip(&[("app.py", SECOND)]);
    let mut upload = house.upload_of(&bytes).await;
    let mut large = (*upload.package).clone();
    large.size = sekisho::model::limits::ZIP_DIRECT_BYTES + 1;
    let sha = large.code_sha256.clone();
    upload.package = Arc::new(large);
    let error = apply(&house.cloud, upload).await.err().unwrap();
    assert!(error.message.contains("S3 bucket"), "{error}");
    let mut upload = house.upload_of(&bytes).await;
    upload.via = Some(S3Target {
        bucket: "packages".into(),
        key: "orders.zip".into(),
    });
    assert!(upload.plan().cli.contains("aws s3 cp"));
    apply(&house.cloud, upload).await.unwrap();
    assert_eq!(house.function().await.code_sha256, sha);
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_function_is_gone_and_asks_for_its_name_first() {
    let house = house().await;
    let called = called_lately(&house.cloud, "orders").await.unwrap();
    let delete = || DeleteFunction {
        name: "orders".into(),
        arn: "arn:aws:lambda:us-east-1:000000000000:function:orders".into(),
        called: called.clone(),
        log_group: "/aws/lambda/orders".into(),
        context: CliContext::default(),
    };
    let notes = delete().notes();
    assert_eq!(notes[0], "It can't be undone.");
    assert!(notes[1].starts_with("It was not called"), "{notes:?}");
    assert!(notes[2].contains("/aws/lambda/orders stays"), "{notes:?}");
    let plan = delete().plan();
    assert_eq!((plan.risk, plan.target_name()), (Risk::Destroys, "orders"));
    apply(&house.cloud, delete()).await.unwrap();
    let error = get_function(&house.cloud, "orders", None)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let error = apply(&house.cloud, delete()).await.err().unwrap();
    assert_eq!(error.kind, ErrorKind::NotFound);
    house.sandbox.shutdown().await;
}

/// Passes everything on, until a package comes up: of that it reads the beginning and then stands still.
fn stalling(endpoint: &str) -> String {
    let to = endpoint.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(client), to) = (stream, to.clone()) else {
                return;
            };
            std::thread::spawn(move || pass(&client, &TcpStream::connect(to).unwrap()));
        }
    });
    address
}

fn pass(client: &TcpStream, server: &TcpStream) {
    let (mut back, mut forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ended = std::io::copy(&mut back, &mut forth);
        let _closed = forth.shutdown(Shutdown::Write);
    });
    let (mut client, mut server) = (client, server);
    let mut piece = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut piece) {
        let is_upload = String::from_utf8_lossy(&piece[..count.min(200)]).starts_with("PUT ");
        if server.write_all(&piece[..count]).is_err() || is_upload {
            break;
        }
    }
    // Nothing more is read: the client's own buffers fill, and the upload stands.
    std::thread::sleep(Duration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cancelled_leaves_the_function_as_it_was() {
    let house = house().await;
    let before = house.function().await;
    let large = vec![b'x'; 12 << 20];
    let upload = house
        .upload_of(&zip(&[("app.py", SECOND), ("x", &large)]))
        .await;
    let size = upload.package.size;
    let slow = cloud_at(&stalling(&house.sandbox.endpoint()));
    let progress = progress();
    let work = Arc::new(upload).apply(slow, progress.clone());
    let seen = progress.clone();
    let under_way = async move {
        while seen.amount().0 == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    tokio::select! {
        _ = work => panic!("it ended"),
        () = under_way => {}
    }
    let (done, total) = progress.amount();
    assert!(
        done > 0 && done < size && total == size,
        "{done} of {total}"
    );
    let after = house.function().await;
    assert_eq!(before.code_sha256, after.code_sha256);
    assert_eq!(before.revision_id, after.revision_id);
    house.sandbox.shutdown().await;
}

#[test]
fn a_file_that_is_too_large_is_refused_by_its_size_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.zip");
    let file = std::fs::File::create(&path).unwrap();
    // Nobody could read that much: it is all hole.
    file.set_len(1 << 40).unwrap();
    let problem = open(&path).unwrap_err();
    assert!(
        matches!(problem, PackageProblem::TooLarge { .. }),
        "{problem}"
    );
}

/// The action that takes `applied` back, as the journal makes it once it has looked.
async fn back(
    house: &House,
    made: &sekisho::model::plan::Plan,
    applied: &Applied,
) -> Result<Arc<dyn Action<Cloud>>, CloudError> {
    let undo = applied.undo.clone().unwrap();
    // What the journal keeps on the disk is all that is known later.
    let undo = serde_json::from_str(&serde_json::to_string(&undo).unwrap()).unwrap();
    let now = undo::look(&house.cloud, &undo, &made.differences).await?;
    let keep = Some(house.folder.path().join("packages"));
    Ok(undo::action(&undo, &now, keep, CliContext::default()).unwrap())
}

async fn run(house: &House, action: Arc<dyn Action<Cloud>>) -> Applied {
    let applied = action.apply(house.cloud.clone(), progress()).await;
    applied.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_taken_back_to_the_package_that_was_there_and_once_more() {
    let house = house().await;
    let first = house.function().await.code_sha256.clone();
    let upload = UploadCode {
        keep: Some(house.folder.path().join("packages")),
        ..house.upload_of(&zip(&[("app.py", SECOND)])).await
    };
    assert!(
        upload
            .notes()
            .iter()
            .any(|note| note.contains("keeps a copy"))
    );
    let plan = upload.plan();
    let (applied, _) = apply(&house.cloud, upload).await.unwrap();
    let second = house.function().await.code_sha256.clone();
    assert_ne!(first, second);
    let undo = back(&house, &plan, &applied).await.unwrap();
    let undo_plan = undo.plan();
    assert_eq!(undo_plan.title, "Undo: upload code");
    let undone = run(&house, undo).await;
    assert_eq!(house.function().await.code_sha256, first);
    // The undo of the undo brings the new package back; the first undo is no longer there to be taken.
    let stale = back(&house, &plan, &applied).await.err().unwrap();
    assert_eq!(stale.kind, ErrorKind::Conflict);
    assert!(stale.message.contains("again already"), "{}", stale.message);
    let redo = back(&house, &undo_plan, &undone).await.unwrap();
    run(&house, redo).await;
    assert_eq!(house.function().await.code_sha256, second);
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_kept_copy_the_version_with_that_code_is_deployed_again() {
    let house = house().await;
    let publish = PublishVersion {
        function: house.function().await,
        description: String::new(),
        context: CliContext::default(),
    };
    apply(&house.cloud, publish).await.unwrap();
    let first = house.function().await.code_sha256.clone();
    let upload = house.upload_of(&zip(&[("app.py", SECOND)])).await;
    let plan = upload.plan();
    let (applied, _) = apply(&house.cloud, upload).await.unwrap();
    let undo = back(&house, &plan, &applied).await.unwrap();
    assert!(
        undo.plan().cli.contains("--qualifier 1"),
        "{}",
        undo.plan().cli
    );
    run(&house, undo).await;
    assert_eq!(house.function().await.code_sha256, first);
    // Neither kept nor published: said, and nothing is done.
    let third = zip(&[("app.py", SECOND), ("more.py", FIRST)]);
    let upload = house.upload_of(&third).await;
    apply(&house.cloud, upload).await.unwrap();
    let upload = house.upload_of(&zip(&[("app.py", SECOND)])).await;
    let plan = upload.plan();
    let (applied, _) = apply(&house.cloud, upload).await.unwrap();
    let nowhere = back(&house, &plan, &applied).await.err().unwrap();
    assert_eq!(nowhere.kind, ErrorKind::NotFound, "{nowhere:?}");
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_is_moved_and_moved_back() {
    let house = house().await;
    let client = house.cloud.lambda().await.unwrap();
    for n in 1..=2 {
        let publish = PublishVersion {
            function: house.function().await,
            description: String::new(),
            context: CliContext::default(),
        };
        apply(&house.cloud, publish).await.unwrap();
        if n == 1 {
            let alias = client.create_alias().function_name("orders").name("live");
            alias.function_version("1").send().await.unwrap();
            let upload = house.upload_of(&zip(&[("app.py", SECOND)])).await;
            apply(&house.cloud, upload).await.unwrap();
        }
    }
    let live = || async { get_alias(&house.cloud, "orders", "live").await.unwrap() };
    let versions = versions_of(&house.cloud, "orders").await.unwrap();
    assert_eq!(live().await.misses(&versions).unwrap().version, "2");
    let moving = MoveAlias {
        function: "orders".into(),
        alias: live().await,
        to: "2".into(),
        additional: None,
        undoing: false,
        context: CliContext::default(),
    };
    let plan = moving.plan();
    let (applied, _) = apply(&house.cloud, moving).await.unwrap();
    assert_eq!(live().await.version, "2");
    assert!(live().await.misses(&versions).is_none());
    let undo = back(&house, &plan, &applied).await.unwrap();
    run(&house, undo).await;
    assert_eq!(live().await.version, "1");
    house.sandbox.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_is_taken_back_as_far_as_it_is_known_and_over_what_is_there_now() {
    fn edit(function: &Function, memory: &str, token: Option<&str>) -> UpdateConfiguration {
        let mut draft = ConfigurationDraft::new(function);
        draft.mine.memory = memory.into();
        if let Some(token) = token {
            draft.mine.set_variable("TOKEN", Some(token.into()));
        }
        UpdateConfiguration::of(&draft, &function.arn, CliContext::default()).unwrap()
    }
    let house = house().await;
    let before = house.function().await;
    let memory_before = before.memory_mb;
    let change = edit(&before, "400", Some("one"));
    apply(&house.cloud, change).await.unwrap();
    let now = house.function().await;
    let change = edit(&now, "512", Some("two"));
    assert!(change.notes()[0].contains("the earlier value of TOKEN"));
    let plan = change.plan();
    let (applied, _) = apply(&house.cloud, change).await.unwrap();
    // After a restart: memory is known, the value of TOKEN is not.
    let undo = back(&house, &plan, &applied).await.unwrap();
    assert!(
        undo.plan().cli.contains("--revision-id"),
        "{}",
        undo.plan().cli
    );
    let fields: Vec<String> = undo
        .plan()
        .differences
        .into_iter()
        .map(|d| d.field)
        .collect();
    assert_eq!(fields, ["MemorySize"]);
    run(&house, undo).await;
    let now = house.function().await;
    assert_eq!((memory_before != 400, now.memory_mb), (true, 400));
    // Somebody sets another memory: what is shown is what is there, and nothing is overwritten unasked.
    apply(&house.cloud, edit(&now, "300", None)).await.unwrap();
    let undo = applied.undo.clone().unwrap();
    let undo::Now::Configuration(function, rows) =
        undo::look(&house.cloud, &undo, &plan.differences)
            .await
            .unwrap()
    else {
        panic!("it is of a configuration");
    };
    assert_eq!(function.memory_mb, 300);
    let memory = rows.iter().find(|row| row.name == "MemorySize").unwrap();
    assert!(memory.stale && !memory.chosen);
    assert_eq!(memory.now, "300 MB");
    // Within the session the value of TOKEN is known too.
    let token = rows
        .iter()
        .find(|row| row.name == "Environment.TOKEN")
        .unwrap();
    assert!(!token.asks && token.chosen);
    house.sandbox.shutdown().await;
}
