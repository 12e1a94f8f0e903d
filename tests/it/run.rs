//! A run of the program, built up and then looked at.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use image::RgbaImage;
use tempfile::TempDir;

/// The program in a folder of its own, with nothing on standard input.
pub struct Run {
    folder: TempDir,
    /// A program that runs it, with arguments of its own.
    under: Vec<String>,
    args: Vec<String>,
    stdin: Option<Vec<u8>>,
    threads: usize,
    env: Vec<(String, PathBuf)>,
}

/// What came of it.
pub struct Done {
    pub folder: TempDir,
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// With arguments, separated by blanks.
    pub fn new(args: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self {
            folder,
            under: Vec::new(),
            args: args.split_whitespace().map(str::to_owned).collect(),
            stdin: None,
            threads: 2,
            env: Vec::new(),
        }
    }

    /// One more argument, as it is.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_string_lossy().into_owned());
        self
    }

    /// A file in the folder where it runs, or in a folder in that.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(name);
        let folder = path.parent().expect("the folder of a file");
        std::fs::create_dir_all(folder).expect("a folder in a temporary folder");
        std::fs::write(path, content).expect("a file in a temporary folder");
        self
    }

    pub fn stdin(mut self, content: impl AsRef<[u8]>) -> Self {
        self.stdin = Some(content.as_ref().to_owned());
        self
    }

    /// With a variable of the environment.
    pub fn env(mut self, name: &str, value: impl Into<PathBuf>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// As the arguments of another program, which has some of its own, separated by blanks.
    pub fn under(mut self, program: &str) -> Self {
        self.under = program.split_whitespace().map(str::to_owned).collect();
        self
    }

    /// The folder where it runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    pub fn go(self) -> Done {
        let heatmap = env!("CARGO_BIN_EXE_heatmap").to_owned();
        let mut words = self.under.iter().chain([&heatmap]).chain(&self.args);
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).current_dir(self.folder.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.env("RAYON_NUM_THREADS", self.threads.to_string());
        let Output {
            status,
            stdout,
            stderr,
        } = match &self.stdin {
            None => command
                .stdin(Stdio::null())
                .output()
                .expect("the program starts"),
            Some(bytes) => fed(&mut command, bytes),
        };
        let code = status.code().expect("no signal ends it");
        Done {
            folder: self.folder,
            code,
            stdout,
            stderr: String::from_utf8(stderr).expect("messages are UTF-8"),
        }
    }

    /// Runs, and is sure that all went well.
    pub fn ok(self) -> Done {
        let done = self.go();
        assert_eq!(done.code, 0, "{}", done.stderr);
        done
    }

    /// Runs, and is sure that it ends with an exit code and a message.
    pub fn fails(self, code: i32, message: &str) -> Done {
        let done = self.go();
        assert_eq!(done.code, code, "{}", done.stderr);
        assert!(
            done.stderr.contains(message),
            "{message:?} is not in {}",
            done.stderr
        );
        done
    }
}

impl Done {
    /// A picture that it wrote.
    pub fn picture(&self, name: &str) -> RgbaImage {
        let path = self.folder.path().join(name);
        image::open(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .into_rgba8()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).expect("a file that it wrote")
    }

    pub fn says(self, message: &str) -> Self {
        assert!(
            self.stderr.contains(message),
            "{message:?} is not in {}",
            self.stderr
        );
        self
    }

    /// The maximum density that `-v` says.
    pub fn maximum(&self) -> f64 {
        let (_, after) = self
            .stderr
            .split_once("maximum density: ")
            .expect("-v says the maximum density");
        after
            .lines()
            .next()
            .expect("a line")
            .trim()
            .parse()
            .expect("a number")
    }
}

fn fed(command: &mut Command, bytes: &[u8]) -> Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        // It may end before it has read everything.
        scope.spawn(move || pipe.write_all(bytes).ok());
        child.wait_with_output().expect("the program ends")
    })
}

/// Whether the tests were started with a signal ignored, as what a shell runs in the background is:
/// then the program, which inherits that, ignores it as well.
pub fn ignores(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.unwrap_or(0) & 1 << (signal - 1) != 0
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn data(name: &str) -> PathBuf {
    root().join("tests/data").join(name)
}

/// What a script of Python says in a folder.
///
/// # Panics
/// When it fails.
#[track_caller]
pub fn python(folder: &Path, script: &str) -> String {
    let mut python = Command::new("python3");
    let run = python.args(["-c", script]).current_dir(folder).output();
    let run = run.expect("Python");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{errors}");
    String::from_utf8(run.stdout).expect("text")
}
