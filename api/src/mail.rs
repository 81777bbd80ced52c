//! Mail: to files on disk by default, to a mail server by setting. Addresses and texts never reach the log.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use entity::values::EmailAddress;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::file::AsyncFileTransport;
use lettre::transport::smtp::AsyncSmtpTransport;
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};

/// Why mail cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailFault {
    /// `RAPPORT_MAIL` or `RAPPORT_MAIL_FROM` cannot be used.
    #[error("{0}")]
    Setting(&'static str),
    /// It was not taken; the address is not repeated.
    #[error("the mail was not taken by {0}")]
    NotTaken(&'static str),
}

/// A brand's reply, from its own address.
pub struct Reply {
    /// What the brand is called, and the address that customers write to.
    pub from: (String, EmailAddress),
    /// To whom.
    pub to: EmailAddress,
    /// What it is about.
    pub subject: String,
    /// Its id, with angle brackets (RFC 5322 section 3.6.4).
    pub message_id: String,
    /// The id of the mail that it answers.
    pub answers: Option<String>,
    /// The text.
    pub text: String,
}

/// What became of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// It was taken.
    Taken,
    /// It was not, and may be later: the server is away, or says so (4xx).
    NotNow,
    /// It will never be (5xx), or is no mail.
    Refused,
    /// The server broke off when it may have had it all.
    Unknown,
}

/// A JSON file that goes with a mail.
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its content.
    pub text: String,
}

enum Transport {
    Folder(AsyncFileTransport<Tokio1Executor>),
    Server(Box<AsyncSmtpTransport<Tokio1Executor>>),
}

/// Codes and the password of the mail server never travel in clear, unless `?tls=none` says so.
fn with_tls(url: &str) -> String {
    if let Some(plain) = url.strip_suffix("?tls=none") {
        return plain.to_owned();
    }
    let is_open = url.starts_with("smtp://") && !url.contains("tls=");
    let joint = if url.contains('?') { '&' } else { '?' };
    if is_open { format!("{url}{joint}tls=required") } else { url.to_owned() }
}

/// Sends mail.
pub struct Mailer {
    transport: Transport,
    from: Mailbox,
    folder: Option<PathBuf>,
}

impl Mailer {
    /// From `RAPPORT_MAIL` and `RAPPORT_MAIL_FROM`.
    ///
    /// # Errors
    /// When a setting cannot be used or the folder cannot be made.
    pub fn new(url: &str, from: &str) -> Result<Self, MailFault> {
        let from = from.parse().map_err(|_| {
            MailFault::Setting("RAPPORT_MAIL_FROM must be an address, such as Rapport <no-reply@example.org>")
        })?;
        if let Some(folder) = url.strip_prefix("file://") {
            let folder = PathBuf::from(folder);
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .map_err(|_| MailFault::Setting("RAPPORT_MAIL: the folder cannot be made; check its parent"))?;
            let transport = Transport::Folder(AsyncFileTransport::new(&folder));
            return Ok(Self { transport, from, folder: Some(folder) });
        }
        let expected = MailFault::Setting("RAPPORT_MAIL must be file://FOLDER, smtp://HOST:PORT or smtps://HOST:PORT");
        let url = with_tls(url);
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map_err(|_| expected)?.build();
        Ok(Self { transport: Transport::Server(Box::new(server)), from, folder: None })
    }

    /// The folder that mail goes to, if it does.
    #[must_use]
    pub const fn folder(&self) -> Option<&PathBuf> {
        self.folder.as_ref()
    }

    /// Sends a plain text.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn send(&self, to: &EmailAddress, subject: &str, body: String) -> Result<(), MailFault> {
        let message = self.message(to, subject)?.header(ContentType::TEXT_PLAIN).body(body);
        self.deliver(message.map_err(|_| MailFault::NotTaken("the message builder"))?).await
    }

    /// Sends a plain text with JSON files.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn send_with(
        &self,
        to: &EmailAddress,
        subject: &str,
        body: String,
        attachments: Vec<Attachment>,
    ) -> Result<(), MailFault> {
        let json = ContentType::parse("application/json").map_err(|_| MailFault::NotTaken("the message builder"))?;
        let files = attachments
            .into_iter()
            .map(|file| lettre::message::Attachment::new(file.name).body(file.text, json.clone()));
        let parts = files.fold(MultiPart::mixed().singlepart(SinglePart::plain(body)), MultiPart::singlepart);
        let message = self.message(to, subject)?.multipart(parts);
        self.deliver(message.map_err(|_| MailFault::NotTaken("the message builder"))?).await
    }

    /// Whether it would take something now.
    pub async fn is_ready(&self) -> bool {
        match &self.transport {
            Transport::Folder(_) => true,
            Transport::Server(server) => server.test_connection().await.unwrap_or(false),
        }
    }

    /// Sends a brand's reply.
    pub async fn reply(&self, reply: Reply) -> Posted {
        let Reply { from: (name, from), to, subject, message_id, answers, text } = reply;
        let (from, to) = (from.as_str().parse::<Address>(), to.as_str().parse::<Address>());
        let (Ok(from), Ok(to)) = (from, to) else { return Posted::Refused };
        let mut message = Message::builder()
            .from(Mailbox::new(Some(name), from))
            .to(Mailbox::new(None, to))
            .subject(subject)
            .message_id(Some(message_id))
            .header(ContentType::TEXT_PLAIN);
        // What a channel calls its message may be no id of a mail.
        if let Some(answers) = answers.filter(|id| is_message_id(id)) {
            message = message.in_reply_to(answers.clone()).references(answers);
        }
        let Ok(message) = message.body(text) else { return Posted::Refused };
        match &self.transport {
            Transport::Folder(folder) => folder.send(message).await.map_or(Posted::NotNow, |_| Posted::Taken),
            Transport::Server(server) => post(server, message).await,
        }
    }

    fn message(&self, to: &EmailAddress, subject: &str) -> Result<MessageBuilder, MailFault> {
        let to: Mailbox = to.as_str().parse().map_err(|_| MailFault::NotTaken("the address check"))?;
        Ok(Message::builder().from(self.from.clone()).to(to).subject(subject))
    }

    async fn deliver(&self, message: Message) -> Result<(), MailFault> {
        match &self.transport {
            Transport::Folder(folder) => {
                folder.send(message).await.map(drop).map_err(|_| MailFault::NotTaken("the folder"))
            }
            Transport::Server(server) => {
                server.send(message).await.map(drop).map_err(|_| MailFault::NotTaken("the mail server"))
            }
        }
    }
}

/// A server that breaks off may have it.
async fn post(server: &AsyncSmtpTransport<Tokio1Executor>, message: Message) -> Posted {
    match server.send(message).await {
        Ok(_) => Posted::Taken,
        Err(error) if error.is_permanent() || error.is_client() => Posted::Refused,
        Err(error) if error.is_transient() || error.is_tls() || error.is_transport_shutdown() => Posted::NotNow,
        Err(_) => Posted::Unknown,
    }
}

/// `<left@right>`, without anything that would begin another header.
fn is_message_id(id: &str) -> bool {
    let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    inner.is_some_and(|inner| inner.len() <= 900 && inner.contains('@') && inner.bytes().all(plain))
}
