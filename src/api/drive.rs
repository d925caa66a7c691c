//! Batches without waiting: the loads of a request are driven by the request itself.
//!
//! The stock way to batch is to wait a millisecond for more keys, on another task. It costs that millisecond a level, and
//! cuts a batch in two when a long list takes longer to walk. Here the loads are queued beside the execution, in the same
//! task, and sent when the execution can go no further: at that moment every key of the level is known.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
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
            if let Poll::Ready(answer) = this.execution.as_mut().poll(context) {
                return Poll::Ready(answer);
            }
            this.sent.extend(this.queue.take());
            let mut any_done = false;
            while let Poll::Ready(Some(())) = this.sent.poll_next_unpin(context) {
                any_done = true;
            }
            // A finished load has answers for the execution; without one there is nothing to do but wait.
            if !any_done {
                return Poll::Pending;
            }
        }
    }
}
