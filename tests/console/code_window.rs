//! The code of a function in the window: a package is checked, compared and uploaded; what is refused says why; what fails
//! is kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Role};
use sekisho::route::Route;

use crate::window::Window;

fn zip(folder: &Path, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o644);
        zip.start_file(*name, options).unwrap();
        zip.write_all(text).unwrap();
    }
    let path = folder.join(name);
    std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    path
}

const NEW: &[u8] = b"def handler(event, context):\n    return 'quite new'\n";

fn open() -> Option<Route> {
    "functions/orders-api/code".parse().ok()
}

fn type_path(window: &mut Window, path: &Path) {
    window.click_role(Role::RadioButton, "New package");
    window.type_into("Path of a ZIP", &path.to_string_lossy());
    window.press(Key::Enter);
}

#[test]
fn a_package_is_checked_compared_uploaded_and_then_read_in_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip(
        folder.path(),
        "new.zip",
        &[("app.py", NEW), ("b.txt", b"b")],
    );
    let (mut window, _live) = Window::over_samples(open());
    window.wait_for("Text of app.py");
    type_path(&mut window, &path);
    window.wait_for("1 added, 1 changed");
    window.click("Publish a version");
    window.type_into("Description of the version", "quite new");
    window.click("Review and upload");
    window.wait_for_part("--zip-file fileb://");
    // The dialog takes its size over the first frames.
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("runs the new package, published as version");
    window.wait_until("the new text", |window| {
        window.value("Text of app.py").contains("quite new")
    });
    assert!(!window.has_part("changed elsewhere"), "it was our own");
    window.click_role(Role::RadioButton, "Versions");
    // The sample has two versions.
    window.wait_for_role(Role::Row, "3");
}

#[test]
fn what_must_not_go_up_is_refused_with_its_reason_and_can_be_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let evil = zip(
        folder.path(),
        "evil.zip",
        &[("app.py", NEW), ("../../x", b"")],
    );
    let inside = zip(folder.path(), "inside.zip", &[("orders/app.py", NEW)]);
    let large = folder.path().join("large.zip");
    let file = std::fs::File::create(&large).unwrap();
    file.set_len(300 << 20).unwrap();
    let text = folder.path().join("text.zip");
    std::fs::write(&text, "no archive").unwrap();
    let (mut window, _live) = Window::over_samples(open());
    window.wait_for("Text of app.py");
    for (path, says) in [
        (evil, "leads out of the package"),
        (inside, "Everything is inside the folder orders"),
        (large, "more than the 250 MB"),
        (text, "It is not a ZIP archive"),
    ] {
        type_path(&mut window, &path);
        window.wait_for_part(says);
        window.click("Discard the chosen package");
        window.wait_for("Path of a ZIP");
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the console reads the file by its path".into())
    }
}

#[test]
fn an_upload_onto_code_that_changed_meanwhile_stops_keeps_the_package_and_can_be_retried() {
    let folder = tempfile::tempdir().unwrap();
    let path = zip(folder.path(), "mine.zip", &[("app.py", NEW)]);
    let theirs = zip(folder.path(), "theirs.zip", &[("app.py", b"# theirs\n")]);
    let (mut window, _live) = Window::over_samples(open());
    window.wait_for("Text of app.py");
    let dropped = Arc::new(Dropped(path));
    window.harness().input_mut().dropped_files.push(dropped);
    window.wait_for("1 changed");
    window.click("Review and upload");
    window.wait_for_role(Role::Button, "Apply");
    let cloud = window.core().cloud().unwrap().clone();
    window.block_on(async {
        let client = cloud.lambda().await.unwrap();
        let call = client.update_function_code().function_name("orders-api");
        let bytes = std::fs::read(theirs).unwrap();
        call.zip_file(bytes.into()).send().await.unwrap();
        sekisho::cloud::lambda::settle::wait_until_settled(&cloud, "orders-api")
            .await
            .unwrap();
    });
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("The deployed code changed since it was shown here");
    window.wait_for_part("changed elsewhere since you opened this");
    window.wait_for("Retry the upload");
    // Compared with theirs by now.
    window.wait_for("1 changed");
    window.click("Retry the upload");
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("runs the new package");
}
