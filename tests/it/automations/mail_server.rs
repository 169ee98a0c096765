//! A mail server on this machine that answers as a test says and keeps what it heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// By which it is known, made for this machine; `authority.pem` has signed it for a hundred years.
const CERTIFICATE: &[u8] = include_bytes!("tls/server.pem");
const KEY: &[u8] = include_bytes!("tls/server.key.pem");

/// How the mail server answers whatever begins like this; `BODY` is the mail itself.
type Answers = Vec<(&'static str, &'static str)>;

/// A server that takes mails.
#[derive(Clone)]
pub(crate) struct MailServer {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    answers: Arc<Mutex<Answers>>,
    thinks: Arc<Mutex<Duration>>,
    encrypts: Encrypts,
}

/// When it encrypts what is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encrypts {
    Never,
    /// Once it is asked to (STARTTLS).
    Asked,
    FromTheStart,
}

/// What it heard.
#[derive(Default)]
struct Heard {
    connections: usize,
    commands: Vec<String>,
    /// The commands that anybody could have heard.
    in_the_open: Vec<String>,
    mails: Vec<Vec<u8>>,
}

impl MailServer {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        Self::encrypting(Encrypts::Never).await
    }

    /// The same, with what is said encrypted.
    pub(crate) async fn encrypting(encrypts: Encrypts) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, answers, thinks) = (Arc::default(), Arc::default(), Arc::default());
        let server = Self { port, heard, answers, thinks, encrypts };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.heard.lock().unwrap().connections += 1;
                let own = own.clone();
                // It ends where the other side goes away.
                tokio::spawn(async move { own.take(stream).await.ok() });
            }
        });
        server
    }

    /// Where it is found, for whom.
    pub(crate) fn url(&self, who: &str) -> String {
        let scheme = if self.encrypts == Encrypts::FromTheStart { "smtps" } else { "smtp" };
        format!("{scheme}://{who}127.0.0.1:{}", self.port)
    }

    /// From now on it answers like this; all else it takes.
    pub(crate) fn answer(&self, answers: &[(&'static str, &'static str)]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }

    /// From now on it thinks for so long before it answers to a mail.
    pub(crate) fn think(&self, how_long: Duration) {
        *self.thinks.lock().unwrap() = how_long;
    }

    /// How often it was connected to.
    pub(crate) fn connections(&self) -> usize {
        self.heard.lock().unwrap().connections
    }

    /// The commands since this was asked last.
    pub(crate) fn commands(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap().commands)
    }

    /// Those of all commands that were not encrypted.
    pub(crate) fn in_the_open(&self) -> Vec<String> {
        self.heard.lock().unwrap().in_the_open.clone()
    }

    /// The mails since this was asked last, whether it took them or not.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.heard.lock().unwrap().mails)
    }

    async fn take(&self, stream: TcpStream) -> std::io::Result<()> {
        let (greeting, mut plain) = (Some("220 test"), BufReader::new(stream));
        if self.encrypts == Encrypts::FromTheStart {
            let mut stream = BufReader::new(acceptor().accept(plain.into_inner()).await?);
            return self.listen(&mut stream, greeting, true).await.map(drop);
        }
        if self.listen(&mut plain, greeting, false).await? {
            let mut stream = BufReader::new(acceptor().accept(plain.into_inner()).await?);
            self.listen(&mut stream, None, true).await?;
        }
        Ok(())
    }

    /// Listens until the other side goes away, or is to be listened to encrypted: whether it is.
    async fn listen<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        greeting: Option<&str>,
        is_encrypted: bool,
    ) -> std::io::Result<bool> {
        if let Some(greeting) = greeting {
            stream.write_all(format!("{greeting}\r\n").as_bytes()).await?;
        }
        let offers = self.encrypts == Encrypts::Asked && !is_encrypted;
        loop {
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(false);
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.hear(&line, is_encrypted);
            let usual = match line.split(' ').next().unwrap_or_default() {
                "EHLO" if offers => "250-test\r\n250-8BITMIME\r\n250 STARTTLS",
                "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => "235 2.7.0 welcome",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            let answer = self.answer_to(&line).unwrap_or(usual);
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            stream.flush().await?;
            if line == "STARTTLS" && offers {
                return Ok(true);
            }
            if line == "DATA" && answer.starts_with('3') {
                let mail = read_mail(stream).await?;
                self.heard.lock().unwrap().mails.push(mail);
                let thinks = *self.thinks.lock().unwrap();
                tokio::time::sleep(thinks).await;
                let answer = self.answer_to("BODY").unwrap_or("250 taken");
                stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
                stream.flush().await?;
            }
        }
    }

    fn hear(&self, line: &str, is_encrypted: bool) {
        let mut heard = self.heard.lock().unwrap();
        heard.commands.push(line.to_owned());
        heard.in_the_open.extend((!is_encrypted).then(|| line.to_owned()));
    }

    fn answer_to(&self, line: &str) -> Option<&'static str> {
        let answers = self.answers.lock().unwrap();
        answers.iter().find(|(start, _)| line.starts_with(start)).map(|(_, answer)| *answer)
    }
}

fn acceptor() -> TlsAcceptor {
    crossgrade::gateway::choose_cryptography();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let made = ServerConfig::builder().with_no_client_auth();
    TlsAcceptor::from(Arc::new(made.with_single_cert(vec![certificate], key).unwrap()))
}

/// A mail up to the dot on a line of its own; one that breaks off is none.
async fn read_mail<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<Vec<u8>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(mail);
        }
        let line = if line.starts_with(b"..") { &line[1..] } else { &line[..] };
        mail.extend_from_slice(line);
    }
}
