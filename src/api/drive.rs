//! Batches without waiting: the loads of a request are driven by the request itself.
//!
//! The stock way to batch is to wait a millisecond for more keys, on another task. It costs that millisecond a level, and
//! cuts a batch in two when a long list takes longer to walk. Here the loads are queued beside the execution, in the same
//! task, and sent when the execution can go no further: at that moment every key of the level is known. The statements of a
//! request are the same each time, in the same order.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use async_graphql::{dataloader::DataLoader, runtime::Timer};
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::FuturesUnordered,
    task::{FutureObj, Spawn, SpawnError},
};

use super::context::Loads;
use crate::store::Reader;

type Load = FutureObj<'static, ()>;

/// Loads that were asked for and not yet sent.
#[derive(Clone, Default)]
pub struct Queue(Arc<Mutex<Vec<Load>>>);

impl Queue {
    /// The loads of a request, which [`drive`] with this queue sends.
    pub fn loads(&self, reader: Reader) -> Loads {
        // A batch is a level, however large: the loader must never send one early because it is full.
        DataLoader::new(reader, self.clone(), NoDelay).max_batch_size(usize::MAX)
    }

    fn take(&self) -> Vec<Load> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Spawn for Queue {
    fn spawn_obj(&self, load: Load) -> Result<(), SpawnError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
        Ok(())
    }
}

/// The loader need not wait for more keys: its task is not polled before there can be no more.
struct NoDelay;

impl Timer for NoDelay {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Runs `execution` to its end and sends its loads whenever it waits for them. Dropped, it drops the loads with it.
pub fn drive<F: Future>(queue: Queue, execution: F) -> impl Future<Output = F::Output> {
    Drive { execution: Box::pin(execution), queue, sent: FuturesUnordered::new() }
}

struct Drive<F> {
    execution: Pin<Box<F>>,
    queue: Queue,
    sent: FuturesUnordered<Load>,
}

impl<F: Future> Future for Drive<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        loop {
            // All loads of a level are waited for before the execution goes on: if it went on with the first that is done,
            // the next level would be asked for in parts, and how many depended on the database's mood.
            while let Some(()) = ready!(this.sent.poll_next_unpin(context)) {}
            if let Poll::Ready(answer) = this.execution.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            let asked = this.queue.take();
            if asked.is_empty() {
                return Poll::Pending;
            }
            this.sent.extend(asked);
        }
    }
}
