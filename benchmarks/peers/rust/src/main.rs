//! hyper and jsonwebtoken, or ring alone, on one thread; see benchmarks/README.md.

mod kept_key;
mod signer;

use hyper::service::{make_service_fn, service_fn};
use hyper::{header, Body, Request, Response, Server, StatusCode};
use ring::{constant_time, digest};
use signer::Signer;
use std::convert::Infallible;

/// The setting `name` of benchmarks/run.
pub fn setting(name: &str) -> String {
    std::env::var(format!("PEER_{name}")).unwrap_or_default()
}

struct Peer {
    app_key: digest::Digest,
    signer: Signer,
}

impl Peer {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let given = request
            .headers()
            .get(header::AUTHORIZATION)
            .map_or(&b""[..], |key| key.as_bytes());
        let given = digest::digest(&digest::SHA256, given);
        if constant_time::verify_slices_are_equal(given.as_ref(), self.app_key.as_ref()).is_err() {
            return failure(StatusCode::UNAUTHORIZED);
        }
        let body = match hyper::body::to_bytes(request.into_body()).await {
            Ok(body) => body,
            Err(_) => return failure(StatusCode::BAD_REQUEST),
        };
        match serde_json::from_slice(&body) {
            Ok(claims) => Response::builder()
                .header(header::CONTENT_TYPE, "application/json")
                .body(self.signer.pair(claims).into())
                .unwrap(),
            Err(_) => failure(StatusCode::BAD_REQUEST),
        }
    }
}

fn failure(status: StatusCode) -> Response<Body> {
    Response::builder()
        .status(status)
        .body(Body::empty())
        .unwrap()
}

fn main() {
    let app_key = digest::digest(&digest::SHA256, setting("APP_KEY").as_bytes());
    let keeps_key = std::env::args().any(|argument| argument == "ring");
    let peer: &'static Peer = Box::leak(Box::new(Peer {
        app_key,
        signer: Signer::new(keeps_key),
    }));
    let address = ([127, 0, 0, 1], setting("PORT").parse().unwrap()).into();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let service = make_service_fn(move |_| async move {
            Ok::<_, Infallible>(service_fn(move |request| async move {
                Ok::<_, Infallible>(peer.answer(request).await)
            }))
        });
        Server::bind(&address)
            .tcp_nodelay(true)
            .serve(service)
            .await
            .unwrap();
    });
}
