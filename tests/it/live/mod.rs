//! What is watched: conversations, grants, what is shared and who looks, as they change.

mod conversations;
mod killed;
mod protocol;
mod sharing;
