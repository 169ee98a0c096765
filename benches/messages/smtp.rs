//! A mail server that takes everything, and the plainest of clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server that takes everything.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    taken: Arc<AtomicUsize>,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = Self { port, taken: Arc::default() };
        let taken = server.taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("an option");
                let taken = taken.clone();
                tokio::spawn(async move { listen(BufReader::new(stream), &taken).await });
            }
        });
        server
    }

    /// How many mails it has taken since this was asked last.
    pub(crate) fn taken(&self) -> usize {
        self.taken.swap(0, Ordering::Relaxed)
    }
}

async fn listen(mut stream: BufReader<TcpStream>, taken: &AtomicUsize) -> std::io::Result<()> {
    stream.write_all(b"220 bench\r\n").await?;
    let (mut line, mut in_mail) = (Vec::new(), false);
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        if in_mail {
            if line == b".\r\n" {
                taken.fetch_add(1, Ordering::Relaxed);
                in_mail = false;
                stream.write_all(b"250 taken\r\n").await?;
            }
            continue;
        }
        in_mail = line.starts_with(b"DATA");
        let answer: &[u8] = if in_mail { b"354 go on\r\n" } else { b"250 fine\r\n" };
        stream.write_all(answer).await?;
    }
}

/// A connection that is kept.
pub(crate) struct MailClient(BufReader<TcpStream>);

impl MailClient {
    pub(crate) async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a server");
        stream.set_nodelay(true).expect("an option");
        let mut client = Self(BufReader::new(stream));
        client.answer().await;
        client.say("EHLO bench\r\n").await;
        client
    }

    /// Sends a mail of about the length of the engine's.
    pub(crate) async fn send(&mut self, id: &str) {
        self.say("MAIL FROM:<shop@shop.example>\r\n").await;
        self.say(&format!("RCPT TO:<{id}@mail.example>\r\n")).await;
        self.say("DATA\r\n").await;
        let headers = "Auto-Submitted: auto-generated\r\n".repeat(14);
        let text = "Enjoy Paper, and come back to see us soon.\r\n".repeat(10);
        self.say(&format!("Message-ID: <{id}@shop.example>\r\n{headers}\r\n{text}.\r\n")).await;
    }

    async fn say(&mut self, what: &str) {
        self.0.write_all(what.as_bytes()).await.expect("a server");
        self.answer().await;
    }

    async fn answer(&mut self) {
        let mut line = String::new();
        self.0.read_line(&mut line).await.expect("an answer");
        assert!(line.starts_with(['2', '3']), "{line}");
    }
}
