//! A mail server on this machine that answers as a test says and keeps what it heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// How the mail server answers whatever begins like this; `BODY` is the mail itself.
type Answers = Vec<(&'static str, &'static str)>;

/// A server that takes mails.
#[derive(Clone)]
pub(crate) struct MailServer {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    answers: Arc<Mutex<Answers>>,
    thinks: Arc<Mutex<Duration>>,
}

/// What it heard.
#[derive(Default)]
struct Heard {
    connections: usize,
    commands: Vec<String>,
    mails: Vec<Vec<u8>>,
}

impl MailServer {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server =
            Self { port, heard: Arc::default(), answers: Arc::default(), thinks: Arc::default() };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                own.heard.lock().unwrap().connections += 1;
                let own = own.clone();
                // It ends where the other side goes away.
                tokio::spawn(async move { own.listen(stream).await.ok() });
            }
        });
        server
    }

    /// Where it is found, for whom.
    pub(crate) fn url(&self, who: &str) -> String {
        format!("smtp://{who}127.0.0.1:{}", self.port)
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

    /// The mails since this was asked last, whether it took them or not.
    pub(crate) fn mails(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.heard.lock().unwrap().mails)
    }

    async fn listen(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 test\r\n").await?;
        loop {
            let mut line = Vec::new();
            if stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.heard.lock().unwrap().commands.push(line.clone());
            let usual = match line.split(' ').next().unwrap_or_default() {
                "EHLO" => "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                "AUTH" => "235 2.7.0 welcome",
                "DATA" => "354 go on",
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            let answer = self.answer_to(&line).unwrap_or(usual);
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            if line == "DATA" && answer.starts_with('3') {
                let mail = read_mail(&mut stream).await?;
                self.heard.lock().unwrap().mails.push(mail);
                let thinks = *self.thinks.lock().unwrap();
                tokio::time::sleep(thinks).await;
                let answer = self.answer_to("BODY").unwrap_or("250 taken");
                stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            }
        }
    }

    fn answer_to(&self, line: &str) -> Option<&'static str> {
        let answers = self.answers.lock().unwrap();
        answers.iter().find(|(start, _)| line.starts_with(start)).map(|(_, answer)| *answer)
    }
}

/// A mail up to the dot on a line of its own; one that breaks off is none.
async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
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
