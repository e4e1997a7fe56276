//! The variables that a function sees, made from nothing: none of the sandbox's own reaches it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::isolation::{RUNTIME, Shell, TASK};
use super::spec::FunctionSpec;

/// Tells our bootstraps that they are to ask for their function.
pub(super) const SPARE: &str = "SEKISHO_SPARE";

/// Tells our bootstraps where the layers are, when that is not `/opt`.
const OPT: &str = "SEKISHO_OPT";

const LANG: &str = "en_US.UTF-8";
const TZ: &str = ":UTC";
const PATH: &str = "/usr/local/bin:/usr/bin/:/bin";
/// The address that X-Ray's daemon has in Lambda. Nothing listens there outside.
const XRAY: &str = "169.254.100.1";

/// The package is shared with other environments; where it is not mounted read-only, Python is not to write to it.
const NO_BYTECODE: (&str, &str) = ("PYTHONDONTWRITEBYTECODE", "1");

/// The variables that a process starts with before it has a function: what every one of its kind has.
pub(super) fn spare_variables(runtime_api: &str, no_bytecode: bool) -> BTreeMap<String, String> {
    let own = [
        ("LANG", LANG),
        ("TZ", TZ),
        ("PATH", PATH),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        (SPARE, "1"),
    ];
    let all = own.into_iter().chain(no_bytecode.then_some(NO_BYTECODE));
    all.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The directories of one environment, as the function sees them.
pub(super) struct Places {
    /// The unpacked package.
    pub task_root: PathBuf,
    /// The merged layers, or an empty directory.
    pub opt: PathBuf,
    /// Our bootstraps.
    pub runtime_dir: PathBuf,
    /// The environment's own `/tmp`.
    pub tmp: PathBuf,
    /// Whether it has a room of its own, and finds what it needs where Lambda has it.
    pub room: bool,
}

impl Places {
    /// The places within a room; what that can't give is added to what the machine lacks.
    pub fn move_in(&mut self, shell: &Shell, lacks: &mut Vec<String>) {
        self.room = true;
        self.task_root = PathBuf::from(TASK);
        self.runtime_dir = PathBuf::from(RUNTIME);
        if shell.opt {
            self.opt = PathBuf::from("/opt");
        } else {
            let place = self.opt.display();
            lacks.push(format!("/opt is this machine's own: layers are at {place}"));
        }
        if shell.tmp {
            self.tmp = PathBuf::from("/tmp");
        } else {
            let place = self.tmp.display();
            lacks.push(format!(
                "/tmp is shared with this machine, because the interpreter is there: TMPDIR is {place}"
            ));
        }
    }

    /// Where a place of Lambda's is in this environment.
    pub fn of_lambda(&self, path: &str) -> PathBuf {
        let places = [
            (TASK, &self.task_root),
            ("/opt", &self.opt),
            (RUNTIME, &self.runtime_dir),
        ];
        let path = Path::new(path);
        let found = places.iter().find_map(|(lambda, here)| {
            let rest = path.strip_prefix(lambda).ok()?;
            Some(here.join(rest))
        });
        found.unwrap_or_else(|| path.to_owned())
    }
}

/// All variables of an environment. The function's own replace the defaults, but never the reserved ones.
pub(super) fn variables(
    spec: &FunctionSpec,
    places: &Places,
    endpoint: &str,
    runtime_api: &str,
    log_stream: &str,
) -> BTreeMap<String, String> {
    let mut all = defaults(spec, places);
    all.insert("AWS_ENDPOINT_URL".into(), endpoint.to_owned());
    all.extend(spec.environment.clone());
    reserved(&mut all, spec, places, runtime_api, log_stream);
    all
}

/// What the function's own variables may replace.
fn defaults(spec: &FunctionSpec, places: &Places) -> BTreeMap<String, String> {
    let (python, node) = (
        spec.runtime.starts_with("python"),
        spec.runtime.starts_with("nodejs"),
    );
    let task = places.task_root.display();
    let opt = places.opt.display();
    let runtime = places.runtime_dir.display();
    let mut all = BTreeMap::new();
    let mut put = |name: &str, value: String| {
        all.insert(name.to_owned(), value);
    };
    put("LANG", LANG.to_owned());
    put("TZ", TZ.to_owned());
    // The managed images of provided.al2 have no language beside them.
    let has_lang = spec.runtime != "provided.al2";
    let lang = |of: &str| match has_lang && places.room {
        true => format!("/var/lang/{of}:"),
        false => String::new(),
    };
    put("PATH", format!("{}{PATH}:{opt}/bin", lang("bin")));
    let libraries = format!(
        "{}/lib64:/usr/lib64:{runtime}:{runtime}/lib:{task}:{task}/lib:{opt}/lib",
        lang("lib")
    );
    put("LD_LIBRARY_PATH", libraries);
    if places.tmp != Path::new("/tmp") {
        put("TMPDIR", places.tmp.display().to_string());
        put("HOME", places.tmp.display().to_string());
    }
    put("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned());
    put("AWS_XRAY_DAEMON_ADDRESS", format!("{XRAY}:2000"));
    put("_AWS_XRAY_DAEMON_ADDRESS", XRAY.to_owned());
    put("_AWS_XRAY_DAEMON_PORT", "2000".to_owned());
    if python || node {
        put("PWD", task.to_string());
        put("SHLVL", "0".to_owned());
    }
    if python {
        put("PYTHONPATH", runtime.to_string());
        if !places.room {
            put(NO_BYTECODE.0, NO_BYTECODE.1.to_owned());
        }
    }
    if node {
        let version = spec.runtime.replace("nodejs", "node").replace(".x", "");
        let layers = format!("{opt}/nodejs/{version}/node_modules:{opt}/nodejs/node_modules");
        let own = format!("{runtime}/node_modules:{runtime}:{task}");
        put("NODE_PATH", format!("{layers}:{own}"));
    }
    all
}

fn reserved(
    all: &mut BTreeMap<String, String>,
    spec: &FunctionSpec,
    places: &Places,
    runtime_api: &str,
    log_stream: &str,
) {
    let memory = spec.memory_mb.to_string();
    let execution = format!("AWS_Lambda_{}", spec.runtime);
    let task = places.task_root.display().to_string();
    let runtime = places.runtime_dir.display().to_string();
    let values = [
        ("_HANDLER", spec.handler.as_str()),
        ("AWS_REGION", &spec.region),
        ("AWS_DEFAULT_REGION", &spec.region),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", &spec.version),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", spec.initialization()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        // Made up: they let the function sign its calls to the sandbox, and open nothing anywhere else.
        ("AWS_ACCESS_KEY_ID", &spec.credentials.access_key),
        ("AWS_SECRET_ACCESS_KEY", &spec.credentials.secret),
        ("AWS_SESSION_TOKEN", &spec.credentials.token),
        ("LAMBDA_TASK_ROOT", &task),
        ("LAMBDA_RUNTIME_DIR", &runtime),
    ];
    all.extend(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
    // A runtime of one's own is none of AWS's.
    if !spec.runtime.starts_with("provided") {
        all.insert("AWS_EXECUTION_ENV".to_owned(), execution);
        if places.opt != Path::new("/opt") {
            all.insert(OPT.to_owned(), places.opt.display().to_string());
        }
    }
    if spec.log_json {
        let level = spec.log_level.as_deref().unwrap_or("INFO");
        all.insert("AWS_LAMBDA_LOG_FORMAT".to_owned(), "JSON".to_owned());
        all.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(runtime: &str, own: &[(&str, &str)], room: bool) -> BTreeMap<String, String> {
        let spec = FunctionSpec {
            runtime: runtime.to_owned(),
            region: "eu-west-1".to_owned(),
            environment: own
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            ..FunctionSpec::default()
        };
        let [task_root, opt, runtime_dir, tmp] = match room {
            true => ["/var/task", "/opt", "/var/runtime", "/tmp"],
            false => ["/task", "/layers", "/run", "/private"],
        }
        .map(PathBuf::from);
        let places = Places {
            task_root,
            opt,
            runtime_dir,
            tmp,
            room,
        };
        variables(
            &spec,
            &places,
            "http://127.0.0.1:1",
            "127.0.0.1:2",
            "stream",
        )
    }

    #[test]
    fn the_functions_own_variables_replace_defaults_but_nothing_reserved() {
        let own = [
            ("TZ", "Asia/Tokyo"),
            ("AWS_REGION", "mars"),
            ("STAGE", "dev"),
        ];
        let all = of("python3.13", &own, false);
        assert_eq!(all["TZ"], "Asia/Tokyo");
        assert_eq!(all["AWS_REGION"], "eu-west-1");
        assert_eq!(all["STAGE"], "dev");
    }

    /// What AWS's own environments have, as its tests of November 2025 recorded it.
    #[test]
    fn in_a_room_the_variables_are_lambdas() {
        let python = of("python3.13", &[], true);
        let node = of("nodejs20.x", &[], true);
        let provided = of("provided.al2023", &[], true);
        for all in [&python, &node, &provided] {
            assert_eq!(all["LAMBDA_TASK_ROOT"], "/var/task");
            assert_eq!(all["LAMBDA_RUNTIME_DIR"], "/var/runtime");
            assert_eq!(
                all["LD_LIBRARY_PATH"],
                "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
            );
            assert_eq!(
                all["PATH"],
                "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"
            );
            assert_eq!(all["AWS_XRAY_DAEMON_ADDRESS"], "169.254.100.1:2000");
            for name in ["HOME", "TMPDIR", OPT, "PYTHONDONTWRITEBYTECODE"] {
                assert!(!all.contains_key(name), "{name}");
            }
        }
        assert_eq!(python["PYTHONPATH"], "/var/runtime");
        assert_eq!((&*python["PWD"], &*python["SHLVL"]), ("/var/task", "0"));
        assert_eq!(
            node["NODE_PATH"],
            "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"
        );
        for name in ["AWS_EXECUTION_ENV", "PWD", "SHLVL"] {
            assert!(!provided.contains_key(name), "{name}");
        }
        let older = of("provided.al2", &[], true);
        assert_eq!(older["PATH"], "/usr/local/bin:/usr/bin/:/bin:/opt/bin");
    }

    #[test]
    fn without_a_room_the_places_are_the_machines() {
        let python = of("python3.13", &[], false);
        assert_eq!((&*python[OPT], &*python["HOME"]), ("/layers", "/private"));
        assert!(
            of("nodejs22.x", &[], false)["NODE_PATH"]
                .starts_with("/layers/nodejs/node22/node_modules:/layers/nodejs/node_modules:")
        );
        assert!(of("provided.al2023", &[], false)["PATH"].ends_with(":/layers/bin"));
    }
}
