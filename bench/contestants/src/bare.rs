//! The floor of the stack: hyper reads the POST and answers a constant.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;

use crate::{
    Result,
    answer::Answer,
    listen::{Listen, serve},
};

pub async fn run(options: Listen) -> Result<()> {
    let answer = Answer::read(&options.answer)?;
    let constant: Arc<(HeaderMap, Bytes)> = Arc::new((answer.header_map()?, Bytes::from(answer.body)));
    serve(&options, move |request: Request<Incoming>| {
        let constant = constant.clone();
        async move {
            let _ = request.into_body().collect().await;
            let (headers, body) = &*constant;
            let mut response = Response::new(Full::new(body.clone()));
            *response.headers_mut() = headers.clone();
            response
        }
    })
    .await
}
