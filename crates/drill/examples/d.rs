use clap::Parser;
fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_env_filter(std::env::var("LOG").unwrap_or_default()).with_writer(std::io::stderr).init();
    drill::run(drill::Args::parse())
}
