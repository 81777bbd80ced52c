//! What a trial has to say: one line with counts, and what broke a promise.

/// As many violations are told in full; the line counts all of them.
const TOLD: usize = 10;

/// The outcome of one trial on one database.
pub struct Report {
    /// Which trial, on which database.
    pub title: String,
    /// What was tried, in counts.
    pub line: String,
    /// What broke a promise; none if it holds.
    pub violations: Vec<String>,
    /// Tables and the like.
    pub details: Vec<String>,
}

impl Report {
    /// A trial that cannot be run here, and why.
    pub fn skipped(title: &str, why: &str) -> Self {
        Self { title: title.to_owned(), line: format!("skipped: {why}"), violations: Vec::new(), details: Vec::new() }
    }

    /// Prints it; whether the promise holds.
    #[expect(clippy::print_stdout, reason = "whoever runs the trials reads it")]
    pub fn print(&self) -> bool {
        let holds = self.violations.is_empty();
        let verdict = if holds { String::new() } else { format!("; {} VIOLATIONS", self.violations.len()) };
        println!("{}: {}{verdict}", self.title, self.line);
        for detail in &self.details {
            println!("    {detail}");
        }
        for violation in self.violations.iter().take(TOLD) {
            println!("    violation: {violation}");
        }
        holds
    }
}
