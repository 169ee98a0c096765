//! Mails over SMTP, by connections that are kept while the server likes it. What a server says no
//! to is told apart by the command that it answers: only what it says of the recipient is the
//! recipient's.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue, Subject};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use percent_encoding::percent_decode_str;
use tokio::sync::Semaphore;

use crate::domain::message::HandOverResult;

use super::{BoxFuture, Mail, Mailer};

/// How long connecting may take.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long handing a mail over may take.
const ATTEMPT_TIME_MAX: Duration = Duration::from_secs(20);
/// How many connections there are at a time.
pub const CONNECTIONS_MAX: usize = 8;
/// How many bytes of a text an encoded word of a header holds: a line with one has 76 characters at
/// most.
const WORD_LENGTH_MAX: usize = 39;
/// How much of what went wrong is kept, in characters.
const ERROR_LENGTH_MAX: usize = 300;

/// Why mails cannot be sent through a server that was named.
#[derive(Debug, thiserror::Error)]
pub enum NoServer {
    /// The address of the server is none.
    #[error(
        "it must be `smtp://HOST` or `smtps://HOST`, with `USER:PASSWORD@` and `:PORT` if need be"
    )]
    Url,
    /// What is asked of it is unknown.
    #[error("after the `?` only `tls=required` is known")]
    Query,
    /// The sender is no mail address.
    #[error("it must be a mail address, such as `Shop <shop@example.com>`")]
    Sender,
    /// There are no trusted roots, or the name of the server is none.
    #[error("mails cannot be sent encrypted: {0}")]
    Tls(#[from] Error),
}

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From its beginning.
    Always,
    /// Before anything is said; else nothing is sent.
    Required,
    /// Where the server offers it.
    Offered,
}

/// A server that takes mails.
#[derive(Clone)]
pub struct MailServer {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
}

impl MailServer {
    /// Reads `smtp://user:password@host:587` or `smtps://…`; `?tls=required` refuses a server that
    /// offers no STARTTLS.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(url: &str) -> Result<Self, NoServer> {
        let url = reqwest::Url::parse(url).map_err(|_| NoServer::Url)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(NoServer::Url)?;
        let encryption = match (url.scheme(), url.query()) {
            ("smtps", None) => Encryption::Always,
            ("smtp", None) => Encryption::Offered,
            ("smtp", Some("tls=required")) => Encryption::Required,
            ("smtp" | "smtps", Some(_)) => return Err(NoServer::Query),
            _ => return Err(NoServer::Url),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(NoServer::Url);
        }
        let plain =
            |text: &str| percent_decode_str(text).decode_utf8().map(std::borrow::Cow::into_owned);
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                let (user, password) = (plain(user), plain(password));
                let whole = |_| NoServer::Url;
                Some(Credentials::new(user.map_err(whole)?, password.map_err(whole)?))
            }
            _ => return Err(NoServer::Url),
        };
        let usual = if encryption == Encryption::Always { 465 } else { 587 };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual),
            encryption,
            credentials,
        })
    }
}

/// Reads who sends: `shop@example.com` or `Shop <shop@example.com>`.
///
/// # Errors
/// Where it is no mail address.
pub fn sender(text: &str) -> Result<Mailbox, NoServer> {
    text.parse().map_err(|_| NoServer::Sender)
}

/// Sends mails through a server.
pub struct Smtp {
    server: MailServer,
    from: Mailbox,
    tls: TlsParameters,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
    turns: Arc<Semaphore>,
}

impl Smtp {
    /// Mails of a sender through a server, which is not called yet.
    ///
    /// # Errors
    /// Where this machine has no trusted roots.
    pub fn new(server: MailServer, from: Mailbox) -> Result<Self, NoServer> {
        let tls = TlsParameters::new(server.host.clone())?;
        let turns = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Ok(Self { server, from, tls, idle: Mutex::default(), turns })
    }

    async fn attempt(&self, mail: &Mail) -> HandOverResult {
        // What is no address reaches nobody, now or later.
        let Ok(to) = in_ascii(&mail.to).parse::<Address>() else {
            return HandOverResult::Undeliverable("the mail address is none".to_owned());
        };
        let written = match self.written(mail, to.clone()) {
            Ok(written) => written,
            Err(error) => {
                return HandOverResult::NotYet(format!("the mail cannot be written: {error}"));
            }
        };
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(error) => return not_yet("no connection to the mail server", &error),
        };
        let handed = self.say(&mut connection, to, &written).await;
        if handed == HandOverResult::Taken {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < CONNECTIONS_MAX {
                idle.push(connection);
            }
        } else {
            connection.abort().await;
        }
        handed
    }

    async fn say(
        &self,
        to_server: &mut AsyncSmtpConnection,
        to: Address,
        mail: &[u8],
    ) -> HandOverResult {
        let mut says = Vec::new();
        if !AsRef::<str>::as_ref(&to).is_ascii() {
            if !to_server.server_info().supports_feature(Extension::SmtpUtfEight) {
                let why = "the mail server takes ASCII addresses only (no SMTPUTF8)";
                return HandOverResult::NotYet(why.to_owned());
            }
            says.push(MailParameter::SmtpUtfEight);
        }
        let from = From::new(Some(self.from.email.clone()), says);
        if let Err(error) = to_server.command(from).await {
            return not_yet("the mail server does not take the sender", &error);
        }
        if let Err(error) = to_server.command(Rcpt::new(to, Vec::new())).await {
            return of_recipient(&error);
        }
        if let Err(error) = to_server.command(Data).await {
            return not_yet("the mail server takes no mail", &error);
        }
        match to_server.message(mail).await {
            Ok(_) => HandOverResult::Taken,
            Err(error) => not_yet("the mail server does not take the mail", &error),
        }
    }

    /// One that is kept and still answers, else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut kept) = kept else { return self.connect().await };
            if kept.test_connected().await {
                return Ok(kept);
            }
            kept.abort().await;
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let MailServer { host, port, encryption, credentials } = &self.server;
        let (hello, place) = (ClientId::default(), (host.as_str(), *port));
        let from_start = (*encryption == Encryption::Always).then(|| self.tls.clone());
        let time = Some(CONNECT_TIME_MAX);
        let mut made =
            AsyncSmtpConnection::connect_tokio1(place, time, &hello, from_start, None).await?;
        let upgrades = match encryption {
            Encryption::Always => false,
            Encryption::Required => true,
            Encryption::Offered => made.can_starttls(),
        };
        if upgrades {
            made.starttls(self.tls.clone(), &hello).await?;
        }
        if let Some(credentials) = credentials {
            made.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(made)
    }

    /// The mail as it is sent: plain text, and HTML where there is any.
    fn written(&self, mail: &Mail, to: Address) -> Result<Vec<u8>, lettre::error::Error> {
        let mut parts = MultiPart::alternative().singlepart(SinglePart::plain(mail.text.clone()));
        if let Some(html) = &mail.html {
            parts = parts.singlepart(SinglePart::html(html.clone()));
        }
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let mut message = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(mail.name.as_deref().and_then(in_one_line), to))
            .date(SystemTime::from(mail.at))
            .message_id(Some(id))
            .multipart(parts)?;
        let headers = message.headers_mut();
        if mail.subject.contains("=?") {
            let (name, raw) = (HeaderName::new_from_ascii_str("Subject"), mail.subject.clone());
            let words = encoded_words(&raw);
            headers.insert_raw(HeaderValue::dangerous_new_pre_encoded(name, raw, words));
        } else {
            headers.set(Subject::from(mail.subject.clone()));
        }
        let mut add = |name: &'static str, value: &str| {
            let name = HeaderName::new_from_ascii_str(name);
            // Plain ASCII of ours, which no encoding may touch.
            let value = value.to_owned();
            headers.insert_raw(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
        };
        add("Auto-Submitted", "auto-generated");
        if let Some(link) = &mail.unsubscribe {
            add("List-Unsubscribe", &format!("<{link}>"));
            add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        Ok(message.formatted())
    }
}

impl Mailer for Smtp {
    fn send(&self, mail: Mail) -> BoxFuture<'_, HandOverResult> {
        Box::pin(async move {
            // Never closed.
            let _turn = self.turns.acquire().await;
            let ended = tokio::time::timeout(ATTEMPT_TIME_MAX, self.attempt(&mail)).await;
            ended.unwrap_or_else(|_| {
                HandOverResult::NotYet("the mail server did not answer in time".to_owned())
            })
        })
    }
}

/// Whether a mail can be sent to an address at all, as far as it can be seen from the address.
#[must_use]
pub fn can_be_mailed(address: &str) -> bool {
    in_ascii(address).parse::<Address>().is_ok()
}

/// A mail address with its domain as the network writes it: `a@exämple.de` is
/// `a@xn--exmple-cua.de`.
fn in_ascii(address: &str) -> Cow<'_, str> {
    let Some((local, domain)) = address.rsplit_once('@').filter(|(_, it)| !it.is_ascii()) else {
        return Cow::Borrowed(address);
    };
    let url = reqwest::Url::parse(&format!("http://{domain}"));
    let host = url.ok().and_then(|url| Some(url.host_str()?.to_owned()));
    host.map_or(Cow::Borrowed(address), |host| Cow::Owned(format!("{local}@{host}")))
}

/// A name as a header takes it: in one line; none where nothing is left of it.
fn in_one_line(name: &str) -> Option<String> {
    let words = name.split(|c: char| c.is_control() || c.is_whitespace());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// A text as encoded words of a header (RFC 2047), each on a line of its own: what looks like such
/// a word in a text is none, and nobody reads it as one.
fn encoded_words(text: &str) -> String {
    let mut parts = vec![String::new()];
    for letter in text.chars() {
        match parts.last_mut() {
            Some(part) if part.len() + letter.len_utf8() <= WORD_LENGTH_MAX => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
    }
    let word = |part: &String| format!("=?utf-8?B?{}?=", STANDARD.encode(part));
    parts.iter().map(word).collect::<Vec<_>>().join("\r\n ")
}

/// What a server says of the recipient: for good, unless it is a matter of policy or of who asks.
fn of_recipient(error: &Error) -> HandOverResult {
    let said = explain(error);
    let asks_who_we_are =
        error.status().is_some_and(|code| matches!(u16::from(code), 530 | 534 | 535 | 538));
    // It stands right behind the code (RFC 2034); further on it is a word like any other.
    let is_policy = said.split_whitespace().nth(1).is_some_and(|word| word.starts_with("5.7."));
    if error.is_permanent() && !asks_who_we_are && !is_policy {
        return HandOverResult::Undeliverable(said);
    }
    HandOverResult::NotYet(said)
}

fn not_yet(what: &str, error: &Error) -> HandOverResult {
    HandOverResult::NotYet(
        format!("{what}: {}", explain(error)).chars().take(ERROR_LENGTH_MAX).collect(),
    )
}

/// What went wrong: the code, and what the server says of it.
fn explain(error: &Error) -> String {
    let code = error.status().map(|code| format!("{code} ")).unwrap_or_default();
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let said = format!("{code}{deepest}");
    said.chars().filter(|c| !c.is_control()).take(ERROR_LENGTH_MAX).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn whatever_somebody_is_called_the_header_is_one_line() {
        let server = MailServer::parse("smtp://localhost").unwrap();
        let smtp = Smtp::new(server, sender("Shop <shop@example.com>").unwrap()).unwrap();
        for (name, wanted) in [
            ("Ann\nLee", Some("Ann Lee")),
            ("Ann\r\nBcc: x@example.org", Some("Ann Bcc: x@example.org")),
            ("\r\n \t", None),
            ("\u{b}Ann\u{7f}\u{85}\u{2028}Lee\0", Some("Ann Lee")),
            ("a\"b\\c", Some("a\"b\\c")),
        ] {
            let mail = Mail {
                id: "msg_1".to_owned(),
                at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
                to: "ann@example.org".to_owned(),
                name: Some(name.to_owned()),
                subject: "Thanks".to_owned(),
                text: "Enjoy.".to_owned(),
                html: None,
                unsubscribe: None,
            };
            let written = smtp.written(&mail, "ann@example.org".parse().unwrap()).unwrap();
            let read = MessageParser::default().parse(&written).unwrap();
            let to: Vec<_> =
                read.to().unwrap().iter().map(|one| (one.name(), one.address())).collect();
            assert_eq!(to, [(wanted, Some("ann@example.org"))], "{name:?}");
            assert!(read.bcc().is_none(), "{name:?}");
        }
    }

    #[test]
    fn what_looks_like_an_encoded_word_is_read_as_it_stands() {
        let server = MailServer::parse("smtp://localhost").unwrap();
        let smtp = Smtp::new(server, sender("Shop <shop@example.com>").unwrap()).unwrap();
        let long = format!("=?{}", "ä€x".repeat(40));
        for text in
            ["=?utf-8?q?You_won_1000=0D=0A?=", "Grüße, =?utf-8?b?SGk=?=", "a =? b", long.as_str()]
        {
            let mail = Mail {
                id: "msg_1".to_owned(),
                at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
                to: "ann@example.org".to_owned(),
                name: Some(text.to_owned()),
                subject: text.to_owned(),
                text: "Enjoy.".to_owned(),
                html: None,
                unsubscribe: None,
            };
            let written = smtp.written(&mail, "ann@example.org".parse().unwrap()).unwrap();
            let lines = String::from_utf8(written.clone()).unwrap();
            let words: Vec<&str> =
                lines.lines().filter(|line| line.contains("=?utf-8?B?")).collect();
            assert!(!words.is_empty() && words.iter().all(|line| line.len() <= 76), "{lines}");
            let read = MessageParser::default().parse(&written).unwrap();
            assert_eq!(read.subject(), Some(text));
            assert_eq!(read.to().unwrap().first().unwrap().name(), Some(text));
        }
    }

    #[test]
    fn an_address_that_no_mail_server_would_take_is_told_apart() {
        let long = format!("{}@example.org", "a".repeat(65));
        for (address, wanted) in [
            ("ada@example.org", true),
            ("a.b+c@exämple.de", true),
            ("a@b", true),
            ("a..b@example.org", false),
            (".a.@example.org", false),
            (long.as_str(), false),
        ] {
            assert_eq!(can_be_mailed(address), wanted, "{address}");
        }
    }

    #[test]
    fn a_domain_is_written_as_the_network_writes_it() {
        for (address, wanted) in [
            ("ada@example.org", "ada@example.org"),
            ("a@exämple.de", "a@xn--exmple-cua.de"),
            ("jürgen@example.org", "jürgen@example.org"),
            ("no address", "no address"),
        ] {
            assert_eq!(in_ascii(address), wanted, "{address}");
        }
    }
}
