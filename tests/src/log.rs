//! The server's log at its most talkative, kept for tests that search it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::{EnvFilter, fmt};

static LOG: OnceLock<Log> = OnceLock::new();

/// Everything that this process logs from the first call of [`capture`] on.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// Starts to keep the log, at TRACE, of all servers in this process. The test's own HTTP client is left out.
///
/// # Panics
/// When something else has taken the log already.
pub fn capture() -> &'static Log {
    LOG.get_or_init(|| {
        let log = Log::default();
        let filter = EnvFilter::new("trace,hyper=off,hyper_util=off,reqwest=off");
        let lines = fmt().with_env_filter(filter).with_ansi(false).with_span_events(FmtSpan::NEW);
        lines.with_writer(log.clone()).try_init().expect("nobody else keeps the log");
        log
    })
}

impl Log {
    /// What was logged so far.
    ///
    /// # Panics
    /// When a writer has panicked.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("nobody panicked")).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
