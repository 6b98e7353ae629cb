//! Connections: how they are made, and the statements prepared on each.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::{Client, Statement, config::TargetSessionAttrs};

use super::{
    ConnectError, PostgresOptions,
    database::{Database, why_not_secure},
    errors::words,
};

/// The pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);
/// How long one server of several may take to answer, unless the URL says otherwise.
const ONE_SERVER: Duration = Duration::from_secs(2);
/// A dead peer is noticed after this long without a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// Makes connections to the server that can write, whichever of the URL's it is.
#[derive(Debug)]
pub struct Connector {
    database: Database,
    settings: Vec<String>,
    patience: Duration,
}

impl Connector {
    pub fn new(database: Database, options: &PostgresOptions) -> Result<Connector, ConnectError> {
        let mut database = database.usable()?;
        let config = database.config_mut();
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.keepalives(true).keepalives_idle(SIGN_OF_LIFE).keepalives_interval(Duration::from_secs(2)).keepalives_retries(3);
        config.tcp_user_timeout(SIGN_OF_LIFE * 2);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(ONE_SERVER);
        }
        if config.get_application_name().is_none() {
            config.application_name("dandan journal");
        }
        Ok(Connector { database, settings: settings(options), patience: options.connect_for })
    }

    /// Connects, and keeps trying for a while: after a failover the new primary needs a moment.
    pub async fn connect(&self) -> Result<Client, String> {
        let began = Instant::now();
        loop {
            let why = match self.database.connect().await {
                Ok(client) => {
                    self.settle(&client).await;
                    return Ok(client);
                }
                // The server knows us and says no: asking again is no use.
                Err(error) if error.code().is_some_and(|code| code.code().starts_with("28") || code.code() == "3D000") => {
                    return Err(words(&error));
                }
                Err(error) => match why_not_secure(&error) {
                    Some(why) => return Err(why),
                    None => words(&error),
                },
            };
            if began.elapsed() + PAUSE > self.patience {
                return Err(why);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Sets what the session needs. An engine that doesn't know a setting does without.
    async fn settle(&self, client: &Client) {
        let answers = futures::future::join_all(self.settings.iter().map(|setting| client.batch_execute(setting))).await;
        for (setting, answer) in self.settings.iter().zip(answers) {
            if let Err(error) = answer {
                tracing::debug!(error = words(&error), setting, "journal: a setting was refused");
            }
        }
        // Whoever wants more than `on` keeps it; less would answer before the commit is durable.
        let told = client.query_typed_one("SHOW synchronous_commit", &[]).await;
        let weak = told.is_ok_and(|row| matches!(row.try_get(0), Ok("off" | "local")));
        if weak && let Err(error) = client.batch_execute("SET synchronous_commit = on").await {
            tracing::error!(error = words(&error), "journal: commits on this connection may not be durable");
        }
    }
}

/// `idle_in_transaction_session_timeout` and the keepalives have the server end a session whose client is gone, with the row
/// locks of its open transaction. Nothing here ends a statement: a COMMIT that waits for the standby is left alone.
fn settings(options: &PostgresOptions) -> Vec<String> {
    [
        format!("SET idle_in_transaction_session_timeout = {}", options.idle_transaction.as_millis()),
        format!("SET lock_timeout = {}", options.lock_wait.as_millis()),
        "SET statement_timeout = 0".to_owned(),
        // The statements are the same for one row and for a thousand; planning each time means copying all of the rows.
        "SET plan_cache_mode = force_generic_plan".to_owned(),
        "SET client_connection_check_interval = 0".to_owned(),
        format!("SET tcp_keepalives_idle = {}", SIGN_OF_LIFE.as_secs()),
        "SET tcp_keepalives_interval = 2".to_owned(),
        "SET tcp_keepalives_count = 3".to_owned(),
    ]
    .into()
}

macro_rules! statements {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $field:ident = $sql:expr;)* }) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $name {
            pub client: Client,
            $($(#[$what])* pub $field: Statement,)*
        }

        impl $name {
            /// Prepares the statements, all in one round trip.
            pub async fn new(client: Client) -> Result<$name, tokio_postgres::Error> {
                let ($($field,)*) = tokio::try_join!($(client.prepare($sql)),*)?;
                Ok($name { client, $($field),* })
            }
        }
    };
}

statements! {
    /// A connection that appends.
    WriteSession {
        /// Moves one stream's head if it is where we think.
        head = "UPDATE stream SET epoch = $5, seq = $6, hash = $7
            WHERE store_id = $1 AND stream = $2 AND seq = $3 AND hash = $4 AND epoch <= $5";
        /// Makes one stream's row.
        make_one = "INSERT INTO stream (store_id, stream, epoch, seq, hash) VALUES ($1, $2, 0, 0, $3) ON CONFLICT DO NOTHING";
        /// Locks one stream.
        lock_one = "SELECT store_id, stream, epoch, seq, hash FROM stream WHERE store_id = $1 AND stream = $2 FOR UPDATE";
        /// Which of one stream's commands are recorded.
        known_one = "SELECT store_id, stream, id FROM command WHERE store_id = $1 AND stream = $2 AND id = ANY($3)";
        /// Moves the heads of many streams, each if it is where we think.
        heads = "UPDATE stream AS s SET epoch = g.epoch, seq = g.seq, hash = g.hash
            FROM UNNEST($1::BYTEA[], $2::SMALLINT[], $3::BIGINT[], $4::BYTEA[], $5::BIGINT[], $6::BIGINT[], $7::BYTEA[])
                AS g (store_id, stream, old_seq, old_hash, epoch, seq, hash)
            WHERE s.store_id = g.store_id AND s.stream = g.stream
                AND s.seq = g.old_seq AND s.hash = g.old_hash AND s.epoch <= g.epoch";
        events = "INSERT INTO event (store_id, stream, seq, epoch, at_ms, kind, version, command, body, hash)
            SELECT * FROM UNNEST($1::BYTEA[], $2::SMALLINT[], $3::BIGINT[], $4::BIGINT[], $5::BIGINT[],
                $6::TEXT[], $7::BIGINT[], $8::BYTEA[], $9::BYTEA[], $10::BYTEA[])";
        commands = "INSERT INTO command (store_id, stream, id, fingerprint, answer, first_seq, last_seq, seal)
            SELECT * FROM UNNEST($1::BYTEA[], $2::SMALLINT[], $3::BYTEA[], $4::BYTEA[], $5::BYTEA[],
                $6::BIGINT[], $7::BIGINT[], $8::BYTEA[])";
        /// Makes the rows of streams never written. A row that is there isn't touched: ON CONFLICT by itself would wait for whoever
        /// is changing it.
        make = "INSERT INTO stream (store_id, stream, epoch, seq, hash)
            SELECT g.store_id, g.stream, 0, 0, g.hash
            FROM UNNEST($1::BYTEA[], $2::SMALLINT[], $3::BYTEA[]) AS g (store_id, stream, hash)
            WHERE NOT EXISTS (SELECT 1 FROM stream AS s WHERE s.store_id = g.store_id AND s.stream = g.stream)
            ON CONFLICT DO NOTHING";
        /// Locks streams, always in the same order, so that two who lock several don't wait for each other.
        lock = "SELECT s.store_id, s.stream, s.epoch, s.seq, s.hash
            FROM stream AS s JOIN UNNEST($1::BYTEA[], $2::SMALLINT[]) AS g (store_id, stream)
                ON s.store_id = g.store_id AND s.stream = g.stream
            ORDER BY s.store_id, s.stream FOR UPDATE OF s";
        /// Locks those streams that nobody holds.
        lock_free = "SELECT s.store_id, s.stream, s.epoch, s.seq, s.hash
            FROM stream AS s JOIN UNNEST($1::BYTEA[], $2::SMALLINT[]) AS g (store_id, stream)
                ON s.store_id = g.store_id AND s.stream = g.stream
            ORDER BY s.store_id, s.stream FOR UPDATE OF s SKIP LOCKED";
        /// Which of these commands are recorded.
        known = "SELECT c.store_id, c.stream, c.id
            FROM command AS c JOIN UNNEST($1::BYTEA[], $2::SMALLINT[], $3::BYTEA[]) AS g (store_id, stream, id)
                ON c.store_id = g.store_id AND c.stream = g.stream AND c.id = g.id";
        /// Raises a stream's epoch.
        take_over = "INSERT INTO stream (store_id, stream, epoch, seq, hash) VALUES ($1, $2, 1, 0, $3)
            ON CONFLICT (store_id, stream) DO UPDATE SET epoch = stream.epoch + 1
            RETURNING epoch, seq, hash";
    }
}

statements! {
    /// A connection that reads, and writes what no one's commit should wait for.
    ReadSession {
        events = "SELECT seq, epoch, at_ms, kind, version, command, body, hash FROM event
            WHERE store_id = $1 AND stream = $2 AND seq > $3 ORDER BY seq LIMIT $4";
        head = "SELECT epoch, seq, hash FROM stream WHERE store_id = $1 AND stream = $2";
        command = "SELECT id, fingerprint, answer, first_seq, last_seq, seal FROM command
            WHERE store_id = $1 AND stream = $2 AND id = $3";
        commands = "SELECT id, fingerprint, answer, first_seq, last_seq, seal FROM command
            WHERE store_id = $1 AND stream = $2 AND first_seq BETWEEN $3 AND $4 ORDER BY first_seq, last_seq, id";
        put_snapshot = "INSERT INTO snapshot (store_id, stream, code_version, seq, hash, digest, bytes)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (store_id, stream, code_version, seq)
            DO UPDATE SET hash = excluded.hash, digest = excluded.digest, bytes = excluded.bytes";
        /// The numbers of a version's snapshots, newest first.
        kept = "SELECT seq FROM snapshot WHERE store_id = $1 AND stream = $2 AND code_version = $3 ORDER BY seq DESC";
        trim = "DELETE FROM snapshot WHERE store_id = $1 AND stream = $2 AND code_version = $3 AND seq < $4";
        snapshots = "SELECT seq, hash, digest, bytes FROM snapshot
            WHERE store_id = $1 AND stream = $2 AND code_version = $3 ORDER BY seq DESC LIMIT 2";
        put_blob = "INSERT INTO blob (hash, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        blob = "SELECT bytes FROM blob WHERE hash = $1";
    }
}
