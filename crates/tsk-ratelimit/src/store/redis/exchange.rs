//! Commands and answers on one connection.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{
    STRANGE,
    queue::{Asks, Batch, Command, Queue},
    resp::{self, Reply},
    script,
};

/// What is read at once. An answer is far shorter.
const INPUT: usize = 16 * 1024;
/// The empty batches that are kept for their room.
const SPARE: usize = 4;

/// Sends what waits in a queue, in one write for all that there is, and tells whoever asked what was answered, in the order
/// of their commands. It ends with the reason for which the connection is of no more use.
pub(super) struct Exchange<'q, S> {
    stream: S,
    queue: &'q Queue,
    timeout: Duration,
    input: Box<[u8]>,
    /// How much of the input is an answer that has not come whole.
    filled: usize,
    sent: VecDeque<Sent>,
    /// How many batches, at the end of `sent`, are not written whole.
    unwritten: usize,
    /// Commands to which the server does not know the script, in front of which it is told.
    again: Batch,
    spare: Vec<Batch>,
    /// How many commands have got their answer since the queue was told last.
    answered: usize,
    has_yielded: bool,
    alarm: Option<Pin<Box<Sleep>>>,
}

/// A batch on its way.
struct Sent {
    batch: Batch,
    since: Instant,
    written: usize,
    /// How many of its commands are answered.
    answered: usize,
    /// Whether it was sent before.
    is_again: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Exchange<'_, S> {
    pub(super) fn new(stream: S, queue: &Queue, timeout: Duration) -> Exchange<'_, S> {
        Exchange {
            stream,
            queue,
            timeout,
            input: vec![0; INPUT].into(),
            filled: 0,
            sent: VecDeque::new(),
            unwritten: 0,
            again: Batch::default(),
            spare: Vec::new(),
            answered: 0,
            has_yielded: false,
            alarm: None,
        }
    }

    /// Goes on until it cannot, and says why.
    pub(super) async fn run(mut self) -> String {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// Reads before it looks at the time, so that an answer which is there is not late because nobody looked.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        if let Err(reason) = self.read(cx).and_then(|()| self.send(cx)) {
            return Poll::Ready(reason);
        }
        self.watch(cx)
    }

    fn read(&mut self, cx: &mut Context<'_>) -> Result<(), String> {
        loop {
            let mut buffer = ReadBuf::new(&mut self.input[self.filled..]);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(error)) => return Err(error.to_string()),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                    return Err("the connection was closed".to_owned());
                }
                Poll::Ready(Ok(())) => self.filled += buffer.filled().len(),
            }
            let input = mem::take(&mut self.input);
            let taken = self.answers(&input[..self.filled]);
            self.input = input;
            let taken = taken?;
            self.input.copy_within(taken..self.filled, 0);
            self.filled -= taken;
            if self.filled == self.input.len() {
                return Err(STRANGE.to_owned());
            }
        }
    }

    /// Gives each answer to whoever asked, and says how much of the input that was.
    fn answers(&mut self, input: &[u8]) -> Result<usize, String> {
        let mut taken = 0;
        while let Some((reply, length)) = resp::reply(&input[taken..]).map_err(|_| STRANGE.to_owned())? {
            taken += length;
            self.answer(reply)?;
        }
        Ok(taken)
    }

    fn answer(&mut self, reply: Reply<'_>) -> Result<(), String> {
        let sent = self.sent.front_mut().ok_or_else(|| STRANGE.to_owned())?;
        let at = sent.answered;
        sent.answered += 1;
        let asks = mem::replace(&mut sent.batch.commands[at].asks, Asks::Load);
        match (reply, asks) {
            (Reply::Text(_), Asks::Load) => {}
            (Reply::Numbers(_), Asks::Credit) => self.answered += 1,
            (Reply::Numbers(numbers), Asks::Debit(sender)) => {
                self.answered += 1;
                // Whoever asked may have gone.
                let _ = sender.send(numbers);
            }
            (Reply::Error(error), asks) if error.starts_with(b"NOSCRIPT") && !sent.is_again => {
                if self.again.commands.is_empty() {
                    resp::command(&mut self.again.bytes, &[b"SCRIPT", b"LOAD", script::TEXT.as_bytes()]);
                    self.again.commands.push(Command { end: self.again.bytes.len(), asks: Asks::Load });
                }
                self.again.bytes.extend_from_slice(sent.batch.bytes_of(at));
                self.again.commands.push(Command { end: self.again.bytes.len(), asks });
            }
            (Reply::Error(error), _) => return Err(String::from_utf8_lossy(error).into_owned()),
            _ => return Err(STRANGE.to_owned()),
        }
        let is_done = sent.answered == sent.batch.commands.len();
        if is_done && let Some(Sent { mut batch, .. }) = self.sent.pop_front() {
            batch.clear();
            self.keep(batch);
        }
        Ok(())
    }

    fn send(&mut self, cx: &mut Context<'_>) -> Result<(), String> {
        loop {
            if !self.again.commands.is_empty() {
                let empty = self.spare.pop().unwrap_or_default();
                let batch = mem::replace(&mut self.again, empty);
                self.push(batch, true);
            }
            while self.unwritten > 0 {
                let at = self.sent.len() - self.unwritten;
                let sent = &mut self.sent[at];
                match Pin::new(&mut self.stream).poll_write(cx, &sent.batch.bytes[sent.written..]) {
                    Poll::Pending => return Ok(()),
                    Poll::Ready(Ok(0)) => return Err("the connection was closed".to_owned()),
                    Poll::Ready(Ok(length)) => sent.written += length,
                    Poll::Ready(Err(error)) => return Err(error.to_string()),
                }
                if sent.written == sent.batch.bytes.len() {
                    self.unwritten -= 1;
                }
            }
            // What TLS has not let go of yet; a socket keeps nothing.
            if let Poll::Ready(Err(error)) = Pin::new(&mut self.stream).poll_flush(cx) {
                return Err(error.to_string());
            }
            if self.take(cx).is_pending() {
                return Ok(());
            }
        }
    }

    /// Takes what waits. The first time that something does, it lets everybody else go first: those who are about to ask as
    /// well get into the same write, which is most of what asking costs.
    fn take(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.queue.poll_waiting(cx, mem::take(&mut self.answered)));
        self.has_yielded = !self.has_yielded;
        if self.has_yielded {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let batch = self.queue.take(self.spare.pop().unwrap_or_default());
        self.push(batch, false);
        Poll::Ready(())
    }

    /// Whether the oldest command has waited for too long. The alarm is set anew only when it has rung, and not for each
    /// batch.
    fn watch(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        while let Some(oldest) = self.sent.front() {
            let due = oldest.since + self.timeout;
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
            ready!(alarm.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(format!("there was no answer within {:?}", self.timeout));
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }

    fn push(&mut self, batch: Batch, is_again: bool) {
        let since = Instant::now();
        self.sent.push_back(Sent { batch, since, written: 0, answered: 0, is_again });
        self.unwritten += 1;
    }

    fn keep(&mut self, empty: Batch) {
        if self.spare.len() < SPARE {
            self.spare.push(empty);
        }
    }
}
