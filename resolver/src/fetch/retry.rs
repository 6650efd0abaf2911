//! Trying again: the policy, with its constants and their reasons.

use std::future::Future;
use std::time::Duration;

use super::FetchError;

/// How often something is tried without any progress. Five tries with the waits below outlast a
/// restart of a repository behind a load balancer (about 15 s), and no more.
pub(super) const MAX_TRIES: u32 = 5;

/// The longest wait before the second try; it doubles with every further one.
const FIRST_WAIT: Duration = Duration::from_millis(400);

/// The longest wait that we choose.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The longest `Retry-After` that is obeyed; a server that asks for more is as good as down.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(1);

/// Runs `attempt` until it succeeds, fails for good, or has had [`MAX_TRIES`] tries.
pub(super) async fn persist<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, FetchError>
where
    F: Future<Output = Result<T, FetchError>>,
{
    let mut tries = 1;
    loop {
        let error = match attempt().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        match wait_before_next(tries, &error) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => return Err(error),
        }
        tries += 1;
    }
}

/// How long to wait after the `tries`th try failed with `error`; `None` to give up.
pub(super) fn wait_before_next(tries: u32, error: &FetchError) -> Option<Duration> {
    if !error.is_transient() || tries >= MAX_TRIES {
        return None;
    }
    match error.retry_after().map(Duration::from_secs) {
        Some(wait) if wait > LONGEST_RETRY_AFTER => None,
        Some(wait) => Some(wait + jittered(FIRST_WAIT)),
        None => Some(jittered((FIRST_WAIT * 2_u32.pow(tries - 1)).min(LONGEST_WAIT))),
    }
}

/// Full jitter: clients that failed together must not come back together.
fn jittered(longest: Duration) -> Duration {
    longest.mul_f64(rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn unavailable(retry_after: Option<u64>) -> FetchError {
        FetchError::Unavailable { url: String::new(), status: StatusCode::TOO_MANY_REQUESTS, retry_after }
    }

    #[test]
    fn waits_are_bounded_and_retry_after_is_obeyed_up_to_a_cap() {
        for tries in 1..MAX_TRIES {
            let wait = wait_before_next(tries, &unavailable(None)).expect("another try");
            assert!(wait <= FIRST_WAIT * 2_u32.pow(tries - 1));
        }
        assert!(wait_before_next(MAX_TRIES, &unavailable(None)).is_none());
        assert!(wait_before_next(1, &unavailable(Some(7))).expect("another try").as_secs() >= 7);
        assert!(wait_before_next(1, &unavailable(Some(3600))).is_none());
        let denied = FetchError::Denied { url: String::new(), status: StatusCode::FORBIDDEN };
        assert!(wait_before_next(1, &denied).is_none());
    }
}
