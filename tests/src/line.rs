//! A line between devices and a relay that does not do what lines should: it breaks, it swallows
//! everything, it carries byte by byte, or slowly. Real sockets, nothing is looked into.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use floorwalk_replica::records::RelayAddress;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What is wrong with a line.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Each connection breaks after just so many bytes towards the relay.
    CutUp(u64),
    /// Each connection breaks after just so many bytes from the relay.
    CutDown(u64),
    /// The line breaks whenever so many more bytes have gone towards the relay, so many times.
    CutEvery(u64, u64),
    /// Everything that the relay sends after so many bytes is swallowed; nothing is closed.
    Swallow(u64),
    /// One byte at a time, in either direction.
    Dribble,
    /// At most so many bytes in a millisecond, in either direction.
    Slow(u64),
}

/// A line to a relay.
pub struct Line {
    address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    swallowing: AtomicBool,
}

impl Line {
    /// Opens a line.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub async fn open(relay: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let counts = Arc::<Counts>::default();
        let counted = counts.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(relay).await else { continue };
                tokio::spawn(carry(near, far, manner, counted.clone()));
            }
        });
        Self { address, counts }
    }

    /// Its end near the device, as a relay's address.
    pub fn as_relay(&self) -> RelayAddress {
        RelayAddress { url: format!("http://{}", self.address), pin: None }
    }

    /// Bytes that went towards the relay and from it, over all connections.
    pub fn carried(&self) -> (u64, u64) {
        (self.counts.up.load(Relaxed), self.counts.down.load(Relaxed))
    }

    /// Whether it has begun to swallow.
    pub fn is_swallowing(&self) -> bool {
        self.counts.swallowing.load(Relaxed)
    }
}

/// Carries until one side ends or the line breaks; then both ends are dropped.
async fn carry(near: TcpStream, far: TcpStream, manner: Manner, counts: Arc<Counts>) {
    // A socket without a port of its own any more breaks all the same.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let (up_max, down_max) = match manner {
        Manner::CutUp(bytes) => (bytes, u64::MAX),
        Manner::CutDown(bytes) => (u64::MAX, bytes),
        _ => (u64::MAX, u64::MAX),
    };
    let swallowing = Some(&counts.swallowing);
    tokio::select! {
        () = pour(near_read, far_write, up_max, manner, (&counts.up, None)) => {}
        () = pour(far_read, near_write, down_max, manner, (&counts.down, swallowing)) => {}
    }
}

async fn pour(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    bytes_max: u64,
    manner: Manner,
    (count, swallowing): (&AtomicU64, Option<&AtomicBool>),
) {
    let (mut buffer, mut carried) = ([0; 4096], 0);
    loop {
        let left = bytes_max - carried;
        if left == 0 {
            return;
        }
        let most = match manner {
            Manner::Dribble => 1,
            Manner::Slow(bytes) => bytes,
            _ => buffer.len() as u64,
        };
        let part = &mut buffer[..most.min(left).min(4096) as usize];
        let Ok(read @ 1..) = from.read(part).await else { return };
        carried += read as u64;
        let before = count.fetch_add(read as u64, Relaxed);
        if let (Manner::Swallow(after), Some(swallowing)) = (manner, swallowing)
            && carried > after
        {
            swallowing.store(true, Relaxed);
            continue;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        match manner {
            Manner::CutEvery(every, times) if swallowing.is_none() => {
                let after = before + read as u64;
                if before / every != after / every && after / every <= times {
                    return;
                }
            }
            Manner::Slow(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            _ => {}
        }
    }
}
