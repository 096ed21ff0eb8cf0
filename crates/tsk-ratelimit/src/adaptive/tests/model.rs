//! A service in the form of numbers: arrivals at random, stations with so many servers and a queue, and a clock of its own.

use std::{
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    rc::Rc,
    time::{Duration, Instant},
};

use crate::adaptive::{
    Config, Priority,
    limiter::{Limiter, Waiter},
};

/// Where requests are worked on: so many at a time, the others in the order in which they came.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) servers: usize,
    busy: usize,
    queue: VecDeque<usize>,
}

/// Requests of a kind: how many come, to which route, and what they need.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traffic {
    pub(super) rate: f64,
    pub(super) route: usize,
    pub(super) priority: Priority,
    /// `None` for what is not worked on by any station, but just takes its time.
    pub(super) station: Option<usize>,
    pub(super) takes: Takes,
    /// Whether it is answered as it should be.
    pub(super) succeeds: bool,
    /// How many come at once.
    pub(super) at_once: usize,
}

/// How long the work takes, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    Exactly(f64),
    /// From nearly nothing to several times as much.
    Exponentially(f64),
    /// One in ten takes so much, and the others a hundredth of it.
    Seldom(f64),
}

impl Takes {
    pub(super) fn mean(self) -> f64 {
        match self {
            Self::Exactly(millis) | Self::Exponentially(millis) => millis,
            Self::Seldom(millis) => millis * (0.1 + 0.9 * 0.01),
        }
    }
}

impl Traffic {
    pub(super) fn new(rate: f64, takes: Takes) -> Self {
        Self {
            rate,
            route: 0,
            priority: Priority::Normal,
            station: Some(0),
            takes,
            succeeds: true,
            at_once: 1,
        }
    }
}

/// What has come of the requests of a kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Count {
    pub(super) asked: usize,
    pub(super) done: usize,
    pub(super) refused: usize,
    /// In milliseconds, from when they came.
    pub(super) took: Vec<f64>,
}

impl Count {
    pub(super) fn percentile(&self, part: f64) -> f64 {
        let mut took = self.took.clone();
        took.sort_by(f64::total_cmp);
        took[((took.len() - 1) as f64 * part) as usize]
    }

    pub(super) fn share_done(&self) -> f64 {
        self.done as f64 / self.asked.max(1) as f64
    }
}

#[derive(Debug, Clone, Copy)]
struct Request {
    kind: usize,
    came: f64,
    began: f64,
    work: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Event {
    Comes(usize, u32),
    Done(usize),
    GivesUp(usize),
}

pub(super) struct Model {
    start: Instant,
    now: f64,
    random: u64,
    events: BinaryHeap<Reverse<Entry>>,
    order: u64,
    requests: Vec<Request>,
    waits: Vec<Option<Rc<Cell<bool>>>>,
    admitted: Rc<RefCell<Vec<usize>>>,
    pub(super) limiter: Limiter<Waits>,
    patience: f64,
    pub(super) stations: Vec<Station>,
    traffic: Vec<Traffic>,
    epoch: u32,
    pub(super) counts: Vec<Count>,
    limits: Vec<u32>,
}

struct Entry(f64, u64, Event);

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

#[derive(Debug)]
pub(super) struct Waits {
    request: usize,
    is_there: Rc<Cell<bool>>,
    admitted: Rc<RefCell<Vec<usize>>>,
}

impl Waiter for Waits {
    fn admit(&self) -> bool {
        if self.is_there.replace(false) {
            self.admitted.borrow_mut().push(self.request);
            return true;
        }
        false
    }

    fn wake(&self) {}

    fn waits(&self) -> bool {
        self.is_there.get()
    }
}

impl Model {
    pub(super) fn new(config: &Config, routes: usize, servers: &[usize]) -> Self {
        let start = Instant::now();
        Self {
            start,
            now: 0.0,
            random: 0x2545_f491_4f6c_dd1d,
            events: BinaryHeap::new(),
            order: 0,
            requests: Vec::new(),
            waits: Vec::new(),
            admitted: Rc::default(),
            limiter: Limiter::new(config, routes, start),
            patience: config.queue_timeout.as_secs_f64(),
            stations: servers
                .iter()
                .map(|&servers| Station { servers, busy: 0, queue: VecDeque::new() })
                .collect(),
            traffic: Vec::new(),
            epoch: 0,
            counts: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Runs for so many seconds under some traffic, and counts anew. Gives the limits that there were, one each 100 ms.
    pub(super) fn run(&mut self, seconds: f64, traffic: &[Traffic]) -> Vec<u32> {
        self.traffic = traffic.to_vec();
        self.epoch += 1;
        self.counts = vec![Count::default(); traffic.len()];
        self.limits.clear();
        for kind in 0..traffic.len() {
            self.next(kind);
        }
        let (end, mut look) = (self.now + seconds, self.now);
        while let Some(Reverse(Entry(at, ..))) = self.events.peek() {
            while look <= at.min(end) {
                self.limits.push(self.limiter.limit());
                look += 0.1;
            }
            if *at > end {
                break;
            }
            let Some(Reverse(Entry(at, _, event))) = self.events.pop() else { break };
            self.now = at;
            self.event(event);
        }
        self.now = end;
        std::mem::take(&mut self.limits)
    }

    /// Of what came and what was done by all.
    pub(super) fn throughput(&self, seconds: f64) -> f64 {
        self.counts.iter().map(|count| count.done).sum::<usize>() as f64 / seconds
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Comes(kind, epoch) if epoch == self.epoch => {
                self.next(kind);
                for _ in 0..self.traffic[kind].at_once {
                    self.comes(kind);
                }
            }
            Event::Comes(..) => {}
            Event::Done(request) => self.done(request),
            Event::GivesUp(request) => {
                if self.waits[request].take().is_some_and(|is_there| is_there.replace(false)) {
                    self.refused(request);
                }
            }
        }
        let admitted = std::mem::take(&mut *self.admitted.borrow_mut());
        for request in admitted {
            self.begins(request);
        }
    }

    fn next(&mut self, kind: usize) {
        let gap = self.exponential() / self.traffic[kind].rate;
        self.at(self.now + gap, Event::Comes(kind, self.epoch));
    }

    fn comes(&mut self, kind: usize) {
        let Traffic { priority, takes, .. } = self.traffic[kind];
        let work = match takes {
            Takes::Exactly(millis) => millis,
            Takes::Exponentially(millis) => millis * self.exponential(),
            Takes::Seldom(millis) => millis * if self.uniform() < 0.1 { 1.0 } else { 0.01 },
        };
        let request = self.requests.len();
        self.requests.push(Request { kind, came: self.now, began: 0.0, work: work / 1e3 });
        self.waits.push(None);
        self.counts[kind].asked += 1;
        if self.limiter.enter(priority) {
            return self.begins(request);
        }
        let is_there = Rc::new(Cell::new(true));
        self.waits[request] = Some(Rc::clone(&is_there));
        let waiter = Waits { request, is_there, admitted: Rc::clone(&self.admitted) };
        let out = self.limiter.wait(waiter, priority, self.instant());
        match out {
            Some(out) => {
                out.is_there.set(false);
                self.refused(out.request);
            }
            None => self.at(self.now + self.patience, Event::GivesUp(request)),
        }
    }

    fn refused(&mut self, request: usize) {
        let kind = self.requests[request].kind;
        if let Some(count) = self.counts.get_mut(kind) {
            count.refused += 1;
        }
    }

    fn begins(&mut self, request: usize) {
        self.requests[request].began = self.now;
        match self.traffic.get(self.requests[request].kind).and_then(|traffic| traffic.station) {
            None => self.works(request),
            Some(station) => {
                let station = &mut self.stations[station];
                if station.busy < station.servers {
                    station.busy += 1;
                    self.works(request);
                } else {
                    station.queue.push_back(request);
                }
            }
        }
    }

    fn works(&mut self, request: usize) {
        self.at(self.now + self.requests[request].work, Event::Done(request));
    }

    fn done(&mut self, request: usize) {
        let Request { kind, came, began, .. } = self.requests[request];
        let Some(&Traffic { route, station, succeeds, .. }) = self.traffic.get(kind) else { return };
        let took = Duration::from_secs_f64(self.now - began);
        self.limiter.measure(route, took, succeeds, self.instant());
        self.limiter.leave(false);
        if self.limiter.is_waited_for() {
            self.limiter.call(self.instant());
        }
        let count = &mut self.counts[kind];
        count.done += 1;
        count.took.push((self.now - came) * 1e3);
        if let Some(station) = station {
            self.stations[station].busy -= 1;
            self.work_on(station);
        }
    }

    /// Has the servers that have nothing to do take from the queue; there may be more of them than before.
    fn work_on(&mut self, station: usize) {
        while self.stations[station].busy < self.stations[station].servers {
            let Some(next) = self.stations[station].queue.pop_front() else { return };
            self.stations[station].busy += 1;
            self.works(next);
        }
    }

    fn at(&mut self, at: f64, event: Event) {
        self.order += 1;
        self.events.push(Reverse(Entry(at, self.order, event)));
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_secs_f64(self.now)
    }

    /// The same in every run (xorshift64*).
    fn uniform(&mut self) -> f64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        ((self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }
}
