//! Calls to addresses that somebody else has named: only to the public internet ([`Reach`]).
//!
//! The check stands where the connection is made: a name is looked up once, by whoever connects, and what it leads to is either
//! called or refused. Looking first and connecting later would ask twice, and a name can answer differently the second time.
//! No redirect is followed, no proxy asked, and nothing of an answer is read but its status.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::Client;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::is_secure;
use super::public::Reach;

/// No call takes longer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Nor does it take longer to be connected.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where names lead.
pub trait Names: Send + Sync {
    /// The addresses of a host; none if nobody knows it.
    fn find(&self, host: String) -> BoxFuture<'static, Vec<IpAddr>>;
}

/// The names as this machine knows them.
pub struct SystemNames;

impl Names for SystemNames {
    fn find(&self, host: String) -> BoxFuture<'static, Vec<IpAddr>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await;
            found.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
        })
    }
}

/// Why something was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// The answer had this status.
    Refused(u16),
    /// Nobody answered in time, or not as TLS and HTTP want it.
    Unreached,
    /// It leads to where nobody may be called; nothing was sent.
    NotPublic,
}

/// Posts to addresses that somebody else has named. Cheap to clone.
#[derive(Clone)]
pub struct Messenger {
    reach: Reach,
    names: Arc<dyn Names>,
    /// Made when it is needed first: it reads the authorities of this machine, which need not be there where nobody is told.
    client: Arc<OnceLock<Option<Client>>>,
}

impl Messenger {
    /// One that reaches so far.
    #[must_use]
    pub fn new(reach: Reach, names: Arc<dyn Names>) -> Self {
        Self { reach, names, client: Arc::default() }
    }

    /// Whether an address on this machine, which need not be https, may be named: where the operator says so.
    #[must_use]
    pub fn permits_plain(&self, address: &str) -> bool {
        let is_number = |url: Url| !matches!(url.host(), Some(Host::Domain(_)));
        address.starts_with("http://") && self.check(address).is_ok_and(is_number)
    }

    fn client(&self) -> Option<&Client> {
        let prepared = self.client.get_or_init(|| {
            let client = Client::builder()
                .redirect(Policy::none())
                .no_proxy()
                .timeout(TIMEOUT)
                .connect_timeout(CONNECT_TIMEOUT)
                .user_agent("rapport-webhooks")
                .dns_resolver(Arc::new(Guarded { reach: self.reach.clone(), names: Arc::clone(&self.names) }))
                .build();
            if client.is_err() {
                tracing::error!("webhooks cannot be told; are certificate authorities installed (ca-certificates)?");
            }
            client.ok()
        });
        prepared.as_ref()
    }

    /// Posts JSON with these headers: the status of success.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn post(&self, address: &str, headers: &[(&str, &str)], json: String) -> Result<u16, NotTaken> {
        let url = self.check(address)?;
        let Some(client) = self.client() else { return Err(NotTaken::Unreached) };
        let request = client.post(url).header("content-type", "application/json").body(json);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(response.status().as_u16()),
            Ok(response) => Err(NotTaken::Refused(response.status().as_u16())),
            Err(error) if is_about_the_guard(&error) => Err(NotTaken::NotPublic),
            Err(_) => Err(NotTaken::Unreached),
        }
    }

    /// An address that is a number is called without being looked up, so it is judged here.
    fn check(&self, address: &str) -> Result<Url, NotTaken> {
        let url = Url::parse(address).map_err(|_| NotTaken::Unreached)?;
        if !is_secure(url.as_str()) {
            return Err(NotTaken::NotPublic);
        }
        let number = match url.host() {
            Some(Host::Ipv4(number)) => Some(IpAddr::from(number)),
            Some(Host::Ipv6(number)) => Some(IpAddr::from(number)),
            Some(Host::Domain(_)) => None,
            None => return Err(NotTaken::Unreached),
        };
        if number.is_none_or(|number| self.reach.permits(number)) { Ok(url) } else { Err(NotTaken::NotPublic) }
    }
}

/// Looks names up for whoever connects, and gives nothing that may not be called.
struct Guarded {
    reach: Reach,
    names: Arc<dyn Names>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach.clone(), self.names.find(name.as_str().to_owned()));
        Box::pin(async move {
            let found = found.await;
            // One that leads inside taints the others: whoever answers for the name means no good, or has erred.
            if !found.iter().all(|address| reach.permits(*address)) {
                return Err(Inside.into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// A name leads to where nobody may be called.
#[derive(Debug)]
struct Inside;

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to an address that is not public")
    }
}

impl Error for Inside {}

fn is_about_the_guard(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if error.is::<Inside>() {
            return true;
        }
        cause = error.source();
    }
    false
}
