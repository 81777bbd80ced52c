//! The black-box suite: over real HTTP, on SQLite and on PostgreSQL. One binary, one file per subject.

mod main_job;
