//! The one HTTP client and the one TLS provider.

use std::time::Duration;

use super::Proxy;

/// How long a connection may take to be made, TLS included. Ten round trips to the far side of the
/// world fit; a dead address costs no more.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may be silent before it counts as stalled.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(12);

/// What we call ourselves: repositories ask tools for a telling name.
const USER_AGENT: &str = concat!("fatwood/", env!("CARGO_PKG_VERSION"));

/// Makes a client, which goes by `proxy` or else by those of the usual variables. Redirects are not followed by it: [`super::http`] does, with credentials in mind.
///
/// The machine's own certificate authorities are trusted, and a company's own among them; Mozilla's list,
/// which is built in, only where the machine has none, as in an image that holds nothing but this binary.
pub(super) fn build(proxy: Option<&Proxy>) -> Result<reqwest::Client, reqwest::Error> {
    // Fails only if a provider is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || -> Result<reqwest::ClientBuilder, reqwest::Error> {
        let proxy = proxy.map(Proxy::for_client).transpose()?;
        Ok(proxy.into_iter().fold(builder(), reqwest::ClientBuilder::proxy))
    };
    builder()?.build().or_else(|_| {
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
        let built_in: Result<Vec<_>, _> = built_in.map(|der| reqwest::Certificate::from_der(der)).collect();
        builder()?.tls_certs_only(built_in?).build()
    })
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(SILENCE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .hickory_dns(true)
        .tcp_nodelay(true)
}
