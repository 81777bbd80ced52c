//! A client of OAuth or a browser that others have written, as a process of its own: programs of `tests/clients`, on the
//! libraries that `npm ci` installs there. They talk by a line of JSON each way.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// One of them.
pub struct StrangeClient {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl StrangeClient {
    /// Starts the program of this name, and tells it what it needs.
    ///
    /// # Panics
    /// When `node`, or what `npm ci` installs, is not there: `tests/run` takes care of both.
    #[must_use]
    pub fn start(program: &str, told: &Value) -> Self {
        let mut process = Command::new("node")
            .arg(format!("{program}.mjs"))
            .current_dir(crate::snapshot::workspace().join("tests/clients"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let output = BufReader::new(process.stdout.take().expect("its output"));
        let mut client = Self { process, output };
        client.tell(told);
        client
    }

    /// Tells it something.
    pub fn tell(&mut self, told: &Value) {
        writeln!(self.process.stdin.as_mut().expect("its input"), "{told}").expect("it reads");
    }

    /// What it says next.
    ///
    /// # Panics
    /// When it has failed: with what it says of that.
    pub fn hear(&mut self) -> Value {
        let mut line = String::new();
        // It asks the server meanwhile.
        tokio::task::block_in_place(|| self.output.read_line(&mut line)).expect("its output can be read");
        serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut complaint = String::new();
            let _ = self.process.stderr.as_mut().expect("its complaints").read_to_string(&mut complaint);
            panic!("the client has failed; was `npm ci` run in tests/clients?\n{line}{complaint}")
        })
    }
}

impl Drop for StrangeClient {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
