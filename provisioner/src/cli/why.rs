//! `fatwood why`: why something is in a set, or is not.

use super::arguments::Why;
use super::error::CliError;
use super::terminal::Terminal;
use super::{explain, input};
use crate::explain::{Graph, why};

pub(super) fn run(arguments: &Why, terminal: &Terminal) -> Result<(), CliError> {
    let manifest = input::manifest_of_set(&arguments.manifest)?;
    let answer = why::why(&Graph::of(&manifest), &arguments.coordinate)?;
    explain::print(&answer, arguments.format, terminal)
}
