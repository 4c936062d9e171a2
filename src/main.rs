//! The program: so far, only the sim.

use callboard::sim::command::{SimArgs, run};
use clap::Parser;

#[derive(Debug, Parser)]
#[command(version, about)]
enum Cli {
    Sim(SimArgs),
}

#[tokio::main]
async fn main() -> color_eyre::Result<()> {
    let Cli::Sim(args) = Cli::parse();
    Ok(run(args).await?)
}
