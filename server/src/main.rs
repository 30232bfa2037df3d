//! `floorwalk-relay`: runs a relay and answers its admin's questions about its data.
//!
//! People read words in Chinese or English; programs read `--json`, one object on standard output.
//! Errors go to standard error. Exit: 0 done, 2 wrong use, 4 not possible now, 5 damage found.

mod cli;
mod text;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use floorwalk_server::{Config, Error, Relay, RunningRelay, clock};
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

use cli::{Arguments, Command, Serve};
use text::Language;

/// Threads that run sessions. The work is the disk's and the network's; two keep one long check
/// of signatures from holding everybody up.
const WORKERS: usize = 2;
/// Threads for reading the disk and checking large messages.
const BLOCKING_THREADS_MAX: usize = 8;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return wrong_use(&error),
    };
    let language = arguments.lang.unwrap_or_else(Language::of_environment);
    let json = arguments.json;
    match run(arguments, language) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error, json, language),
    }
}

fn run(arguments: Arguments, language: Language) -> anyhow::Result<()> {
    let json = arguments.json;
    let value = match &arguments.command {
        Command::Serve(serve) => return run_relay(serve, json, language),
        Command::HostToken { data } => {
            let made = floorwalk_server::make_host_token(data)?;
            json!({"token": made.token, "expires_at": clock::rfc3339(made.expires_at)})
        }
        Command::Communities { data } => {
            let found = floorwalk_server::communities(data)?;
            json!({"communities": found.iter().map(cli::community_json).collect::<Vec<_>>()})
        }
        Command::Quota { community, bytes, data } => {
            let community = community.parse().map_err(|_| Error::UnknownCommunity)?;
            let room = floorwalk_server::quota(data, &community, *bytes)?;
            json!({"community": community.to_string(), "quota": cli::room_json(&room)})
        }
        Command::Devices { community, data } => {
            let community = community.parse().map_err(|_| Error::UnknownCommunity)?;
            let found = floorwalk_server::devices(data, &community)?;
            json!({"devices": found.iter().map(cli::device_json).collect::<Vec<_>>()})
        }
    };
    let words = if json { format!("{value}\n") } else { text::answer(&value, language) };
    print(&words)
}

fn run_relay(serve: &Serve, json: bool, language: Language) -> anyhow::Result<()> {
    begin_logging();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        // Before the relay says that it is there, so that no signal can come too early.
        let stop = signals()?;
        let config = Config {
            tls: serve.tls.clone(),
            open: serve.open,
            metrics: serve.metrics,
            ..Config::new(&serve.data, serve.listen)
        };
        let relay = Relay::start(config).await?;
        let value = listening(&relay);
        let words = if json { format!("{value}\n") } else { text::listening(&value, language) };
        print(&words)?;
        stop.await;
        relay.stop().await;
        Ok(())
    })
}

fn listening(relay: &RunningRelay) -> Value {
    let pin = relay.pin().map(|pin| cli::hex(&pin));
    let history = relay.history_id().map(|history| history.to_string());
    json!({"listening": relay.url(), "pin": pin, "history_id": history})
}

/// Listens for the signals to stop; the future ends with the first of them.
#[cfg(unix)]
fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens for the signal to stop.
#[cfg(not(unix))]
fn signals() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "there is no way to be told to stop");
            std::future::pending::<()>().await;
        }
    })
}

fn begin_logging() {
    let filter = EnvFilter::try_from_env("FLOORWALK_LOG").unwrap_or_else(|_| "info".into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { log.init() } else { log.json().init() }
}

fn print(words: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(words.as_bytes()).and_then(|()| out.flush()).context("standard output")
}

fn complain(error: &anyhow::Error, json: bool, language: Language) -> ExitCode {
    let ours = error.downcast_ref::<Error>();
    let code = ours.map_or("io", Error::code);
    if json {
        let retryable = ours.is_none_or(Error::is_retryable);
        let message = format!("{error:#}");
        let value = json!({"code": code, "message": message, "retryable": retryable});
        complain_in_json(&value);
    } else {
        eprint!("{}", text::error(code, &format!("{error:#}"), language));
    }
    ExitCode::from(ours.map_or(4, Error::exit_code))
}

/// Help and version are no errors; what is one is said as the caller reads it.
fn wrong_use(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if error.use_stderr() && json {
        let message = error.render().to_string();
        complain_in_json(&json!({"code": "usage", "message": message, "retryable": false}));
        return ExitCode::from(2);
    }
    // Nobody may be reading.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS }
}

fn complain_in_json(error: &Value) {
    eprintln!("{}", json!({ "error": error }));
}
