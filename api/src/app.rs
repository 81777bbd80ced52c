//! The server: listens, serves, drains.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, middleware, web};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::background::Background;
use crate::deps::Deps;
use crate::graphql;
use crate::http::gateway::Gateway;
use crate::http::graphiql::People;
use crate::http::{observe, routes};
use crate::live::Hub;
use crate::worker::Workers;

/// Requests that are under way when the server is told to stop have this long to end, in seconds.
const DRAIN_SECONDS: u64 = 10;

/// A server that listens.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    handle: ServerHandle,
    background: Arc<Background>,
    hub: Arc<Hub>,
    reading: JoinHandle<()>,
    workers: Workers,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Starts to serve on a listener. It stops on SIGINT and SIGTERM only if `signals` says so.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub fn start(deps: Deps, listener: TcpListener, people: People, signals: bool) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (hub, reading) = Hub::start(&deps.vault);
        let schemas = graphql::Schemas::new(deps.config.introspection);
        let gateway = web::Data::new(Gateway::new(deps.clone(), schemas, Arc::clone(&hub)));
        let (background, jobs) = (Arc::clone(&deps.background), deps.clone());
        let (people, deps) = (web::Data::new(people), web::Data::new(deps));
        let workers = match deps.config.http_workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            workers => workers,
        };
        let app = move || {
            App::new()
                .app_data(web::Data::clone(&deps))
                .app_data(web::Data::clone(&gateway))
                .app_data(web::Data::clone(&people))
                .wrap(middleware::from_fn(observe))
                .configure(routes)
        };
        let mut server = HttpServer::new(app).workers(workers).shutdown_timeout(DRAIN_SECONDS).listen(listener)?;
        if !signals {
            server = server.disable_signals();
        }
        let server = server.run();
        let (handle, workers) = (server.handle(), Workers::start(&jobs));
        if signals {
            tokio::spawn(close_on_signal(Arc::clone(&hub)));
        }
        Ok(Self { address, handle, background, hub, reading, workers, task: tokio::spawn(server) })
    }

    /// Waits until the server has stopped, what it had begun is done, and the workers have stopped too.
    ///
    /// # Errors
    /// When serving failed.
    pub async fn wait(self) -> std::io::Result<()> {
        let served = self.task.await.map_err(std::io::Error::other).flatten();
        self.hub.close();
        // An error says that it has panicked, which was said then.
        let _ = self.reading.await;
        self.background.finished().await;
        self.workers.stop().await;
        served
    }

    /// Stops it: new connections are refused, requests under way are answered.
    ///
    /// # Errors
    /// When serving failed.
    pub async fn stop(self) -> std::io::Result<()> {
        self.hub.close();
        self.handle.stop(true).await;
        self.wait().await
    }
}

/// Ends what is watched as soon as the server is told to stop, so that nobody's stream holds it up.
async fn close_on_signal(hub: Arc<Hub>) {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
        () = hub.closed() => {}
    }
    hub.close();
}
