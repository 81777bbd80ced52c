//! The operator: acts through the command line only.

/// Whoever can start the executable with its configuration can do what needs this witness.
#[derive(Debug, Clone, Copy)]
pub struct Operator(());

impl Operator {
    /// For the commands of the command line; no request ever calls this.
    #[must_use]
    pub const fn at_the_command_line() -> Self {
        Self(())
    }
}
