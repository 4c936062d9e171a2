//! Runs of like lines become one: keys pressed one by one, what is delivered again, a link that tries and tries.

use std::collections::BTreeSet;

use super::{Kind, Step, StepId};
use crate::model::{Family, Tone};
use crate::protocol::Shown;

/// Folds every run but those whose first line is named. Nothing is lost: a line names all that it stands for.
pub(super) fn fold(steps: Vec<Step>, unfolded: &BTreeSet<StepId>) -> Vec<Step> {
    let mut runs: Vec<Vec<Step>> = Vec::new();
    for step in steps {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|before| alike(before, &step)) => run.push(step),
            _ => runs.push(vec![step]),
        }
    }
    // Keys that were sent at once are no run: a command and what came of it.
    let runs = runs.into_iter().flat_map(|run| {
        let first = run.first().and_then(|step| step.control.clone());
        let at_once =
            run.iter().all(|step| is_digits(step) && step.control == first && step.tone != Tone::Faint);
        if at_once { run.into_iter().map(|step| vec![step]).collect() } else { vec![run] }
    });
    runs.flat_map(|run| if is_open(&run, unfolded) { opened(run) } else { merged(run) }).collect()
}

fn is_open(run: &[Step], unfolded: &BTreeSet<StepId>) -> bool {
    run.first().is_some_and(|first| unfolded.contains(&first.id()))
}

fn opened(mut run: Vec<Step>) -> Vec<Step> {
    let first = run.first().filter(|_| run.len() > 1).map(Step::id);
    run.iter_mut().for_each(|step| step.run = first);
    run
}

/// Whether a line only goes on with what the one above it says.
fn alike(before: &Step, step: &Step) -> bool {
    if before.is_break() || step.is_break() {
        return before.is_break()
            && step.is_break()
            && matches!(step.word.as_str(), "opening" | "authenticating" | "down");
    }
    let again = step.tone == Tone::Faint;
    let same = before.family == step.family && before.control == step.control;
    if before.leg != step.leg || (again && same) {
        return again && same && before.leg == step.leg;
    }
    // What went wrong is not hidden behind what went well, nor the other way round.
    let as_bad = (before.tone == Tone::Bad) == (step.tone == Tone::Bad);
    as_bad
        && ((same && before.word == step.word && step.family != Family::Call)
            || (is_digits(before) && is_digits(step)))
}

fn is_digits(step: &Step) -> bool {
    step.family == Family::Digits || step.word.as_str() == "send_digits"
}

/// One line for a run: the latest of it, for that holds the result; of a lost link the first, for that is when it was
/// lost.
fn merged(run: Vec<Step>) -> Vec<Step> {
    let shown = run.iter().rposition(|step| step.tone != Tone::Faint && !step.is_break()).unwrap_or(0);
    let ids: Vec<StepId> = run.iter().flat_map(|step| step.ids.clone()).collect();
    let seqs: Vec<u64> = run.iter().flat_map(|step| step.seqs.clone()).collect();
    let digits = sent(&run);
    let Some(mut step) = run.into_iter().nth(shown) else { return Vec::new() };
    if step.family == Family::Digits {
        let heard = step.arrows.iter_mut().find(|arrow| arrow.kind == Kind::Audio);
        heard.into_iter().for_each(|arrow| arrow.label = Shown::new(&digits));
    }
    vec![Step { ids, seqs, ..step }]
}

/// All keys of a run, in order.
fn sent(run: &[Step]) -> String {
    let heard = run.iter().filter(|step| step.family == Family::Digits).flat_map(|step| &step.arrows);
    heard.filter(|arrow| arrow.kind == Kind::Audio).map(|arrow| arrow.label.as_str()).collect()
}
