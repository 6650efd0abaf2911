//! The one HTTP client and the one TLS provider.

use std::time::Duration;

/// How long a connection may take to be made, TLS included. Ten round trips to the far side of the
/// world fit; a dead address costs no more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be silent before it counts as stalled.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(12);

/// What we call ourselves: repositories ask tools for a telling name.
const USER_AGENT: &str = concat!("fatwood/", env!("CARGO_PKG_VERSION"));

/// Makes the client. Redirects are not followed by it: [`super::http`] does, with credentials in mind.
pub(super) fn build() -> Result<reqwest::Client, reqwest::Error> {
    // Fails only if a provider is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .hickory_dns(true)
        .tcp_nodelay(true)
        .build()
}
