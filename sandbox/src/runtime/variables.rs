//! The variables that a function sees, made from nothing: none of the sandbox's own reaches it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>

use std::collections::BTreeMap;
use std::path::Path;

use super::spec::FunctionSpec;

/// Tells our bootstraps that they are to ask for their function.
pub(super) const SPARE: &str = "SEKISHO_SPARE";

const LANG: &str = "en_US.UTF-8";
const TZ: &str = ":UTC";
/// What Python is started with, whatever the function.
const PYTHON: [(&str, &str); 2] = [
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONIOENCODING", "utf-8"),
];

/// The variables that a process starts with before it has a function: what every one of its kind has.
pub(super) fn spare_variables(
    runtime_dir: &Path,
    runtime_api: &str,
    python: bool,
) -> BTreeMap<String, String> {
    let home = runtime_dir.display().to_string();
    let own = [
        ("LANG", LANG),
        ("TZ", TZ),
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", &home),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        (SPARE, "1"),
    ];
    let python = PYTHON.into_iter().filter(|_| python);
    let all = own.into_iter().chain(python);
    all.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The directories of one environment.
pub(super) struct Places<'a> {
    /// The unpacked package.
    pub task_root: &'a Path,
    /// The merged layers, or an empty directory.
    pub opt: &'a Path,
    /// Our bootstraps.
    pub runtime_dir: &'a Path,
    /// The environment's own `/tmp`.
    pub tmp: &'a Path,
}

/// All variables of an environment. The function's own replace the defaults, but never the reserved ones.
pub(super) fn variables(
    spec: &FunctionSpec,
    places: &Places<'_>,
    endpoint: &str,
    runtime_api: &str,
    log_stream: &str,
) -> BTreeMap<String, String> {
    let task = places.task_root.display();
    let opt = places.opt.display();
    let runtime = places.runtime_dir.display();
    let python = format!(
        "{opt}/python/lib/{}/site-packages:{opt}/python",
        spec.runtime
    );
    let node = spec.runtime.replace("nodejs", "node").replace(".x", "");
    let mut all = BTreeMap::new();
    let mut put = |name: &str, value: String| {
        all.insert(name.to_owned(), value);
    };
    put("LANG", LANG.to_owned());
    put("TZ", TZ.to_owned());
    put("PATH", format!("{opt}/bin:/usr/local/bin:/usr/bin:/bin"));
    put("LD_LIBRARY_PATH", format!("{task}:{task}/lib:{opt}/lib"));
    if places.tmp != Path::new("/tmp") {
        put("TMPDIR", places.tmp.display().to_string());
    }
    put("HOME", places.tmp.display().to_string());
    put("AWS_ENDPOINT_URL", endpoint.to_owned());
    put("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR".to_owned());
    // The machine may be an instance with a role of its own, which is none of the function's business.
    put("AWS_EC2_METADATA_DISABLED", "true".to_owned());
    if spec.runtime.starts_with("python") {
        put("PYTHONPATH", python);
        for (name, value) in PYTHON {
            put(name, value.to_owned());
        }
    }
    if spec.runtime.starts_with("nodejs") {
        let layers = format!("{opt}/nodejs/{node}/node_modules:{opt}/nodejs/node_modules");
        put("NODE_PATH", format!("{layers}:{runtime}:{task}"));
    }
    all.extend(spec.environment.clone());
    reserved(&mut all, spec, places, runtime_api, log_stream);
    all
}

fn reserved(
    all: &mut BTreeMap<String, String>,
    spec: &FunctionSpec,
    places: &Places<'_>,
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
        ("AWS_EXECUTION_ENV", &execution),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", &spec.version),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log_group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        // Made up: they let the function sign its calls to the sandbox, and open nothing anywhere else.
        ("AWS_ACCESS_KEY_ID", "ASIASEKISHOSANDBOX00"),
        ("AWS_SECRET_ACCESS_KEY", "sandbox"),
        ("AWS_SESSION_TOKEN", "sandbox"),
        ("LAMBDA_TASK_ROOT", &task),
        ("LAMBDA_RUNTIME_DIR", &runtime),
    ];
    all.extend(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if spec.log_json {
        let level = spec.log_level.as_deref().unwrap_or("INFO");
        all.insert("AWS_LAMBDA_LOG_FORMAT".to_owned(), "JSON".to_owned());
        all.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(runtime: &str, own: &[(&str, &str)]) -> BTreeMap<String, String> {
        let spec = FunctionSpec {
            runtime: runtime.to_owned(),
            region: "eu-west-1".to_owned(),
            environment: own
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            ..FunctionSpec::default()
        };
        let places = Places {
            task_root: Path::new("/task"),
            opt: Path::new("/layers"),
            runtime_dir: Path::new("/run"),
            tmp: Path::new("/private"),
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
        let all = of("python3.13", &own);
        assert_eq!(all["TZ"], "Asia/Tokyo");
        assert_eq!(all["AWS_REGION"], "eu-west-1");
        assert_eq!(all["STAGE"], "dev");
    }

    #[test]
    fn layers_are_on_each_languages_path() {
        assert_eq!(
            of("python3.13", &[])["PYTHONPATH"],
            "/layers/python/lib/python3.13/site-packages:/layers/python"
        );
        assert!(
            of("nodejs22.x", &[])["NODE_PATH"]
                .starts_with("/layers/nodejs/node22/node_modules:/layers/nodejs/node_modules:")
        );
        assert!(of("provided.al2023", &[])["PATH"].starts_with("/layers/bin:"));
    }
}
