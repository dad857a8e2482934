//! Requests to the hub, each on a thread of its own, so that whoever waits for an answer can be cancelled at once.
//!
//! The token goes to the hub's host alone: files come from another one, to which the hub redirects with an address that
//! is secret enough.

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

use super::{Access, patience::Trouble};
use tauscope_core::{
    CancelToken,
    error::{Error, Result},
};

/// A connection that is silent for longer is lost.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(15);
/// One piece of an answer.
const PIECE_BYTES: usize = 64 << 10;
/// So many pieces may wait to be written.
const PIECES: usize = 16;

/// Who asks the hub.
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

    /// Asks for `url`, from the byte `from` on.
    pub(super) fn get(&self, url: &str, from: u64, cancel: &CancelToken) -> Result<Answer, Trouble> {
        // A compressed answer could not be gone on with.
        let mut request = self.agent.get(url).header("accept-encoding", "identity");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        if from > 0 {
            request = request.header("range", format!("bytes={from}-"));
        }
        let (say, said) = sync_channel(PIECES);
        thread::Builder::new()
            .name("hub request".to_owned())
            .spawn(move || match request.call() {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    // Who asked may have gone; then nobody needs to know.
                    if say.send(Said::Head(head.status, head.headers)).is_ok() {
                        pass_on(body.into_reader(), &say);
                    }
                }
                Err(error) => {
                    let _ = say.send(Said::Nothing(error));
                }
            })
            .map_err(|error| {
                Error::Internal(format!("a request's thread could not be started ({error})."))
            })?;
        match hear(&said, cancel)? {
            Some(Said::Head(status, headers)) => Ok(Answer { status, headers, said }),
            Some(Said::Nothing(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_)))) => {
                let problem = format!("The hub cannot be asked for {url}: {error}.");
                Err(Error::input(problem, "Check HF_ENDPOINT.").into())
            }
            Some(Said::Nothing(error)) => Err(Trouble::lost(format!("{url} cannot be reached ({error})"))),
            _ => Err(Trouble::lost("the request ended without an answer")),
        }
    }
}

/// What a request's thread says: `Head`, any number of `Bytes`, `End`; or what went wrong instead of the rest.
enum Said {
    Head(StatusCode, HeaderMap),
    Bytes(Vec<u8>),
    End,
    /// There is no answer.
    Nothing(ureq::Error),
    /// The answer breaks off.
    BrokenOff(std::io::Error),
}

fn pass_on(mut body: impl Read, say: &SyncSender<Said>) {
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let said = match body.read(&mut piece) {
            Ok(0) => Said::End,
            Ok(length) => {
                piece.truncate(length);
                Said::Bytes(piece)
            }
            Err(error) => Said::BrokenOff(error),
        };
        let is_over = !matches!(said, Said::Bytes(_));
        if say.send(said).is_err() || is_over {
            return;
        }
    }
}

/// The next that is said; `None` if the thread has ended.
fn hear(said: &Receiver<Said>, cancel: &CancelToken) -> Result<Option<Said>> {
    loop {
        cancel.check()?;
        match said.recv_timeout(Duration::from_millis(50)) {
            Ok(said) => return Ok(Some(said)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

/// An answer, whose body comes piece by piece.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    said: Receiver<Said>,
}

impl Answer {
    /// The next bytes of the body; `None` at its end.
    pub(super) fn next(&self, cancel: &CancelToken) -> Result<Option<Vec<u8>>, Trouble> {
        match hear(&self.said, cancel)? {
            Some(Said::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Said::End) => Ok(None),
            Some(Said::BrokenOff(error)) => Err(Trouble::lost(format!("the connection was lost ({error})"))),
            _ => Err(Trouble::lost("the connection was lost")),
        }
    }
}
