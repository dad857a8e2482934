//! Requests to the hub, each on its own thread, so that waiting for an answer can be cancelled at once.
//!
//! The token is sent only to the hub's host: files come from another host, to which the hub redirects with a signed URL.

use std::{
    io::Read,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use ureq::{
    Agent,
    config::RedirectAuthHeaders,
    http::{HeaderMap, StatusCode},
    tls::{RootCerts, TlsConfig},
};

use super::{Access, retries::Failure};
use tauscope_core::{
    CancelToken, caught,
    error::{Error, Result},
};

/// A connection without data for this long counts as lost.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(15);
/// Size of one piece of a response body.
const PIECE_BYTES: usize = 64 << 10;
/// Number of pieces that may wait to be written.
const PIECES: usize = 16;

/// Sends requests to the hub.
pub(super) struct Client {
    agent: Agent,
    authorization: Option<String>,
}

impl Client {
    pub(super) fn new(access: &Access) -> Self {
        let config = Agent::config_builder()
            .user_agent(concat!("tauscope/", env!("CARGO_PKG_VERSION")))
            // The system's certificates, since a company's proxy may have its own.
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE));
        let authorization = access.token.as_ref().map(super::Token::bearer);
        Self { agent: config.build().into(), authorization }
    }

    /// Requests `url` from byte `from` on.
    ///
    /// # Errors
    /// [`Failure::Temporary`] if there is no answer, [`Failure::Permanent`] if the request cannot be made.
    pub(super) fn get(&self, url: &str, from: u64, cancel: &CancelToken) -> Result<Answer, Failure> {
        // A compressed download could not be resumed.
        let mut request = self.agent.get(url).header("accept-encoding", "identity");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if from > 0 {
            request = request.header("range", format!("bytes={from}-"));
        }
        let messages = on_thread(move |sender| match request.call() {
            Ok(response) => {
                let (head, body) = response.into_parts();
                // The receiver may be gone; then there is nothing to do.
                if sender.send(Message::Head(head.status, head.headers)).is_ok() {
                    send_body(body.into_reader(), sender);
                }
            }
            Err(error) => {
                let _ = sender.send(Message::Failed(error));
            }
        })?;
        match next_message(&messages, cancel)? {
            Some(Message::Head(status, headers)) => Ok(Answer { status, headers, messages }),
            Some(Message::Failed(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_)))) => {
                let problem = format!("{url} cannot be requested: {error}.");
                Err(Error::input(problem, "Check HF_ENDPOINT.").into())
            }
            Some(Message::Failed(error)) => {
                Err(Failure::connection(format!("{url} cannot be reached ({error})")))
            }
            _ => Err(Failure::connection("the request ended without an answer")),
        }
    }
}

/// What a request's thread sends: `Head`, any number of `Bytes`, `End`; or an error in place of the rest.
enum Message {
    Head(StatusCode, HeaderMap),
    Bytes(Vec<u8>),
    End,
    /// The request failed without an answer.
    Failed(ureq::Error),
    /// The connection broke while the body was read.
    Interrupted(std::io::Error),
    /// The thread panicked.
    Panicked(Error),
}

/// Makes a request on a thread of its own, which sends what comes.
fn on_thread(request: impl FnOnce(&SyncSender<Message>) + Send + 'static) -> Result<Receiver<Message>> {
    let (sender, messages) = sync_channel(PIECES);
    thread::Builder::new()
        .name("hub request".to_owned())
        .spawn(move || {
            if let Err(error) = caught("requesting a file of the hub", || request(&sender)) {
                let _ = sender.send(Message::Panicked(error));
            }
        })
        .map_err(|error| Error::Internal(format!("a request's thread could not be started ({error}).")))?;
    Ok(messages)
}

fn send_body(mut body: impl Read, sender: &SyncSender<Message>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let message = match body.read(&mut piece) {
            Ok(0) => Message::End,
            Ok(length) => {
                piece.truncate(length);
                Message::Bytes(piece)
            }
            Err(error) => Message::Interrupted(error),
        };
        let is_over = !matches!(message, Message::Bytes(_));
        if sender.send(message).is_err() || is_over {
            return;
        }
    }
}

/// The next message; `None` if the thread has ended.
///
/// # Errors
/// [`Error::Cancelled`], and a panic of the thread.
fn next_message(messages: &Receiver<Message>, cancel: &CancelToken) -> Result<Option<Message>> {
    loop {
        cancel.check()?;
        match messages.recv_timeout(Duration::from_millis(50)) {
            Ok(Message::Panicked(error)) => return Err(error),
            Ok(message) => return Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

/// A response whose body is read piece by piece.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    messages: Receiver<Message>,
}

impl Answer {
    /// The next bytes of the body; `None` at its end.
    pub(super) fn next(&self, cancel: &CancelToken) -> Result<Option<Vec<u8>>, Failure> {
        match next_message(&self.messages, cancel)? {
            Some(Message::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Message::End) => Ok(None),
            Some(Message::Interrupted(error)) => {
                Err(Failure::connection(format!("the connection was lost ({error})")))
            }
            _ => Err(Failure::connection("the connection was lost")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its panic looked like a lost connection, and the request was made again and again.
    #[test]
    fn a_panic_in_a_request_is_told() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                panic!("broken body")
            }
        }
        let messages = on_thread(|sender| {
            let _ = sender.send(Message::Head(StatusCode::OK, HeaderMap::new()));
            send_body(Broken, sender);
        })
        .unwrap();
        let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), messages };
        assert!(matches!(next_message(&answer.messages, &CancelToken::new()), Ok(Some(Message::Head(..)))));
        match answer.next(&CancelToken::new()) {
            Err(Failure::Permanent(error)) => assert!(error.to_string().contains("broken body"), "{error}"),
            other => panic!("{other:?}"),
        }
    }
}
