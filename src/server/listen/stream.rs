//! The bytes of a connection, watched as they come and go.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::activity::Activity;

/// A TCP connection that tells its [`Activity`] when something comes, and when nothing goes.
pub(super) struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
    /// Whether there are bytes that the system did not take when it was last asked.
    stuck: bool,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, activity: Arc<Activity>) -> Self {
        Self { stream, activity, stuck: false }
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        Pin::new(&mut self.get_mut().stream)
    }

    fn written(mut self: Pin<&mut Self>, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if self.stuck != result.is_pending() {
            self.stuck = result.is_pending();
            self.activity.stuck(self.stuck);
        }
        result
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.stuck {
            // The answer is broken off. Without a reset the system would keep what it has of it, which may be megabytes, for a
            // client that does not read.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(self.as_mut().stream().poll_read(context, into))?;
        if into.filled().len() > before {
            self.activity.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = self.as_mut().stream().poll_write(context, bytes);
        self.written(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = self.as_mut().stream().poll_write_vectored(context, parts);
        self.written(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(context)
    }
}
