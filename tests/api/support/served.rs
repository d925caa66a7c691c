//! The program as a server of its own process: started, asked, killed.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;

use super::{SECRETS, antq};

/// The program, with nothing of the environment's options but the secrets.
pub fn program() -> Command {
    clean(Command::new(env!("CARGO_BIN_EXE_antq")))
}

/// The program, for which no file may become larger than so many blocks of 512 bytes: to write more is an error, as on a disk
/// that is full. It would be killed otherwise; the limit can be raised while it runs.
pub fn program_within(blocks: u64) -> Command {
    let mut shell = Command::new("sh");
    let limited = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &limited, env!("CARGO_BIN_EXE_antq")]);
    clean(shell)
}

fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ANTQ_")) {
        command.env_remove(name);
    }
    command.env("ANTQ_SECRETS", SECRETS);
    command
}

/// A server that runs, and is killed when it is dropped.
pub struct Served {
    process: Child,
    address: String,
    said: Arc<Mutex<String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

impl Served {
    /// Serves a database, once it listens.
    pub fn start(url: &str) -> Self {
        Self::by(program(), url)
    }

    /// The same, by a program that is started so.
    pub fn by(mut command: Command, url: &str) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--database-url", url]);
        let mut process = command.stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (mut before, said) = (String::new(), Arc::new(Mutex::new(String::new())));
        let address = loop {
            let Some(Ok(line)) = lines.next() else { panic!("it does not serve: {before}") };
            match line.split_once("http://") {
                Some((_, rest)) => break rest.split('/').next().unwrap().to_owned(),
                None => before += &line,
            }
        };
        // Read to its end: a server whose log nobody reads would stand still.
        let log = said.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                log.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Self { process, address, said }
    }

    /// What it has said on standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    /// Lets it write files up to so many bytes, or of any size.
    pub fn limit_files(&self, bytes: Option<u64>) {
        prlimit(Some(self.pid()), Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    }

    /// Kills it as nobody can help.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Stops it as a supervisor does, and waits until it has.
    pub fn stop(mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success(), "{}", self.said());
    }

    /// Where another thread may ask.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Gets a page.
    pub fn get(&self, path: &str) -> Answer {
        ask(&self.address, &format!("GET {path} HTTP/1.1\r\n"), "").unwrap()
    }

    /// Posts a request for GraphQL.
    pub fn post(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        post(&self.address, headers, body).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Posts a request for GraphQL to a server that may be killed meanwhile.
pub fn post(address: &str, headers: &[(&str, &str)], body: &Value) -> io::Result<Answer> {
    let mut head = "POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\n".to_owned();
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    ask(address, &head, &body.to_string())
}

fn ask(address: &str, head: &str, body: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    write!(stream, "{head}Host: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let whole = head.to_ascii_lowercase().contains(&format!("content-length: {}", body.len()));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    match status.filter(|_| whole) {
        Some(status) => Ok(Answer { status, body: body.to_owned() }),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// A key for everything, made by the program: the header that it is sent in.
pub fn key(url: &str) -> String {
    let output = antq(&[
        "keys",
        "create",
        "--name",
        "everything",
        "--scope",
        "members:personal,registry:write,admin",
        "--database-url",
        url,
    ]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    format!("Bearer {}", String::from_utf8(output.stdout).unwrap().trim())
}
