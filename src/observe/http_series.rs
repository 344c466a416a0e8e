//! The metrics of requests on the public listener, labelled by route, method and status.

use prometheus::IntCounterVec;

use super::{
    events::{ABANDONED, HttpRequest, MethodLabel},
    families::Families,
    handles::Handles,
    timings::Timings,
};

/// Counts requests. Values outside the closed sets count as `none` or `other`.
#[derive(Debug)]
pub(super) struct HttpSeries {
    routes: Vec<&'static str>,
    statuses: Vec<(u16, String)>,
    requests: Handles<IntCounterVec>,
    durations: Handles<Timings>,
}

impl HttpSeries {
    pub(super) fn new(
        families: &Families,
        routes: impl Iterator<Item = &'static str>,
        statuses: impl Iterator<Item = u16>,
    ) -> Self {
        let routes: Vec<&str> = routes.chain(["none"]).collect();
        let mut numbers: Vec<u16> = Vec::new();
        for status in statuses.chain([ABANDONED]) {
            if !numbers.contains(&status) {
                numbers.push(status);
            }
        }
        let mut statuses: Vec<_> = numbers.into_iter().map(|status| (status, status.to_string())).collect();
        statuses.push((0, "other".to_owned()));
        let count = routes.len() * MethodLabel::ALL.len() * statuses.len();
        Self {
            requests: Handles::new(&families.http_requests_total, count),
            durations: Handles::new(&families.http_request_duration_seconds, routes.len()),
            routes,
            statuses,
        }
    }

    pub(super) fn count(&self, request: &HttpRequest<'_>, status: u16) {
        let route = place(&self.routes, |route| *route == request.route);
        let status = place(&self.statuses, |(known, _)| *known == status);
        let index = (route * MethodLabel::ALL.len() + request.method.index()) * self.statuses.len() + status;
        let labels = [self.routes[route], request.method.as_str(), self.statuses[status].1.as_str()];
        self.requests.get(index, &labels).inc();
        let durations = self.durations.get(route, &[self.routes[route]]);
        durations.observe(request.duration, request.span.exported_trace_id());
    }
}

/// Finds a value in its closed set, whose last element stands for all other values.
fn place<T>(set: &[T], is_it: impl FnMut(&T) -> bool) -> usize {
    set.iter().position(is_it).unwrap_or(set.len() - 1)
}
