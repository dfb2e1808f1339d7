//! Servers that keep a caller waiting, each in its own way.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A server that takes no connection: all the places before its door are taken, as long as this lives.
#[derive(Debug)]
pub struct Shut {
    /// Where it is.
    pub url: String,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

/// Starts one that takes no connection.
pub async fn never_accepts() -> Shut {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let address = socket.local_addr().expect("a bound address");
    let listener = socket.listen(1).expect("it listens");
    let mut waiting = Vec::new();
    while let Ok(taken) = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        waiting.push(taken.expect("a place before the door"));
    }
    Shut { url: format!("http://{address}"), _listener: listener, _waiting: waiting }
}

/// Starts one that takes connections and says nothing; where it is.
pub async fn never_answers() -> String {
    speaks("", "").await
}

/// Starts one whose answers begin and do not end; where it is.
pub async fn drips() -> String {
    speaks("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", "x").await
}

/// Says `first` on every connection, once it was asked something, and then `again` for ever.
async fn speaks(first: &'static str, again: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let was_asked = stream.read(&mut [0; 16_384]).await.is_ok();
                let mut is_open = was_asked && stream.write_all(first.as_bytes()).await.is_ok();
                while is_open {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    is_open = stream.write_all(again.as_bytes()).await.is_ok();
                }
            });
        }
    });
    format!("http://{address}")
}
