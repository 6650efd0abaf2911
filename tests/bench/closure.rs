//! The programs that are measured and are nobody else's: the resolver without the locking of jars, and the
//! bare transfer of documents that are known beforehand.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use fatwood_resolver::cache::Cache;
use fatwood_resolver::fetch::{Fetcher, Location};
use fatwood_resolver::manifest::Target;
use fatwood_resolver::maven::{self, Request};
use fatwood_resolver::pin::Context;
use fatwood_resolver::progress::{Event, Observer};
use fatwood_resolver::requirements::{Coordinate, Rules};
use fatwood_resolver::sources::Repository;
use futures_util::{StreamExt as _, stream};
use tokio::runtime::{Builder, Runtime};
use url::Url;

/// How many documents the bare transfer fetches at once: as many as the resolver's network allows.
const RAW_AT_ONCE: usize = 32;
/// The largest document, in bytes.
const MAX_DOCUMENT: usize = 64 << 20;

/// Resolves a closure as `fatwood resolve` does before it locks the jars, and prints its releases.
///
/// The closure is whole: peers leave nothing out either.
#[derive(Debug, Args)]
pub(crate) struct Closure {
    /// The only repository.
    #[arg(long)]
    repository: Url,
    /// The cache.
    #[arg(long)]
    cache: PathBuf,
    /// What to resolve.
    #[arg(required = true)]
    packages: Vec<Coordinate>,
}

/// Fetches documents that are known beforehand.
#[derive(Debug, Args)]
pub(crate) struct Raw {
    /// A file with their URLs, one a line.
    list: PathBuf,
}

pub(crate) fn run(closure: &Closure) -> ExitCode {
    let observer: Arc<dyn Observer> = Arc::new(Nobody);
    let cache = Cache::open(&closure.cache).expect("a cache directory");
    let context = Context { fetcher: Fetcher::new(), cache, observer };
    let id = "central".parse().expect("a plain id");
    let url = closure.repository.clone();
    let repository = Repository { id, url, credentials: None, groups: Vec::new(), proxies: None };
    let resolved = whole(&closure.packages, |request| {
        runtime().block_on(maven::closure(request, &[repository], &context))
    });
    match resolved {
        Ok(graph) => {
            for node in &graph.nodes {
                println!("{}", node.gav);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}: {:?}", std::error::Error::source(&error));
            ExitCode::FAILURE
        }
    }
}

/// Hands out the request of which the workloads measure the resolution.
pub(crate) fn whole<T>(packages: &[Coordinate], use_it: impl FnOnce(&Request<'_>) -> T) -> T {
    let (target, rules) = (Target::default(), Rules { spark_excludes: Some(false), ..Rules::default() });
    use_it(&Request { packages, excludes: &[], transitive: true, target: &target, rules: &rules })
}

pub(crate) fn fetch(raw: &Raw) -> ExitCode {
    let list = std::fs::read_to_string(&raw.list).expect("a list of URLs");
    let urls: Vec<Url> = list.lines().map(|line| line.parse().expect("a URL")).collect();
    let fetcher = Fetcher::new();
    runtime().block_on(async {
        let fetches = stream::iter(urls.into_iter().map(|url| {
            let fetcher = fetcher.clone();
            async move { fetcher.document(&Location::new(url), "*/*", MAX_DOCUMENT).await }
        }));
        let mut fetches = fetches.buffer_unordered(RAW_AT_ONCE);
        while let Some(document) = fetches.next().await {
            document.expect("a mirror answers").expect("a document of the recording");
        }
    });
    ExitCode::SUCCESS
}

/// As the command's own.
fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().expect("a runtime starts")
}

/// Nobody listens.
struct Nobody;

impl Observer for Nobody {
    fn event(&self, _: Event<'_>) {}
}
