//! A mail server that takes what it is given, or does not, as the test wants. It speaks SMTP (RFC 5321).

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes everything.
    Takes,
    /// Answers so when it is told to whom.
    SaysOfWhom(&'static str),
    /// Answers so when it has all of it.
    SaysOfAll(&'static str),
    /// Has all of it, and breaks off.
    BreaksOff,
    /// Has all of it, and says nothing.
    IsSilent,
}

/// The server.
pub struct PostOffice {
    /// As a setting.
    pub url: String,
    manner: Arc<Mutex<Manner>>,
    mails: UnboundedReceiver<String>,
}

impl PostOffice {
    /// Starts one that takes everything and listens until the test ends.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("smtp://{}?tls=none", listener.local_addr().expect("an address"));
        let manner = Arc::new(Mutex::new(Manner::Takes));
        let (shared, (bag, mails)) = (Arc::clone(&manner), unbounded_channel());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (manner, bag) = (Arc::clone(&shared), bag.clone());
                tokio::spawn(async move { serve(stream, &manner, &bag).await });
            }
        });
        Self { url, manner, mails }
    }

    /// Changes how it behaves.
    pub fn behave(&self, manner: Manner) {
        *self.manner.lock().expect("nobody panicked") = manner;
    }

    /// The next mail that it was given whole, as it travelled; whether it has taken it is another question.
    pub async fn next(&mut self) -> String {
        self.mails.recv().await.expect("it is open")
    }

    /// How many it was given that nobody has looked at.
    #[must_use]
    pub fn count(&self) -> usize {
        self.mails.len()
    }
}

async fn serve(stream: TcpStream, manner: &Mutex<Manner>, bag: &UnboundedSender<String>) -> Option<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 post.example\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let now = *manner.lock().expect("nobody panicked");
        let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        let answer = match (verb.as_str(), now) {
            ("EHLO" | "HELO", _) => "250 post.example",
            ("RCPT", Manner::SaysOfWhom(answer)) => answer,
            ("QUIT", _) => "221 bye",
            ("DATA", _) => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                bag.send(mail).ok()?;
                match now {
                    Manner::SaysOfAll(answer) => answer,
                    Manner::BreaksOff => return None,
                    Manner::IsSilent => std::future::pending().await,
                    Manner::Takes | Manner::SaysOfWhom(_) => "250 taken",
                }
            }
            _ => "250 fine",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    None
}
