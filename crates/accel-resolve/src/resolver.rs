//! The search itself: resolvelib's, as pip uses it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::agenda::Agenda;
use crate::answer;
use crate::candidate::Candidate;
use crate::criteria::{Criteria, Criterion, State};
use crate::error::ResolveError;
use crate::event::Event;
use crate::explanation;
use crate::factory::Factory;
use crate::failures::Failures;
use crate::identifier::NodeId;
use crate::preference::Preference;
use crate::provider::Provider;
use crate::request::ResolveRequest;
use crate::requirement::{Demand, Information};
use crate::resolution::Resolution;
use crate::trace::{Trace, Watch};

/// pip gives up after so many rounds.
const MAX_ROUNDS: u32 = 200_000;

/// Answers a request exactly as pip 26.3 would.
///
/// # Errors
/// [`ResolveError::Impossible`] with pip's explanation; [`ResolveError::Stopped`] if the provider
/// stopped; [`ResolveError::Refused`] for what pip refuses to work with.
pub fn resolve(
    request: &ResolveRequest,
    provider: &dyn Provider,
) -> Result<Resolution, ResolveError> {
    run(request, provider, None, &|_| true)
}

/// As [`resolve`], with notes in `trace` of what the answer rests on and what was turned down.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_traced(
    request: &ResolveRequest,
    provider: &dyn Provider,
    trace: &mut Trace,
) -> Result<Resolution, ResolveError> {
    run(request, provider, Some(trace), &|_| true)
}

/// As [`resolve`], as long as `goes_on` says so of the rounds so far.
///
/// # Errors
/// As [`resolve`]; [`ResolveError::TooDeep`] where it was ended.
pub fn resolve_within(
    request: &ResolveRequest,
    provider: &dyn Provider,
    goes_on: &dyn Fn(u32) -> bool,
) -> Result<Resolution, ResolveError> {
    run(request, provider, None, goes_on)
}

fn run(
    request: &ResolveRequest,
    provider: &dyn Provider,
    trace: Option<&mut Trace>,
    goes_on: &dyn Fn(u32) -> bool,
) -> Result<Resolution, ResolveError> {
    let mut factory = Factory::new(provider, request);
    let roots = factory.root_demands()?;
    let mut search = Search::new(&mut factory, MAX_ROUNDS);
    search.watch = trace.is_some().then(Watch::default);
    let outcome = search.run(&roots, goes_on);
    let (state, watch, rounds, rejected) = search.finish();
    if let (Some(trace), Some(watch)) = (trace, &watch) {
        *trace = watch.trace(&factory, &state);
    }
    match outcome {
        Ok(()) => answer::resolution(&mut factory, &state, rounds, rejected),
        Err(Dead::Impossible(causes)) => {
            let explanation = explanation::impossible(&mut factory, &causes)?;
            Err(ResolveError::Impossible {
                explanation: explanation.lines,
                message: explanation.message,
                rounds,
                rejected,
            })
        }
        Err(Dead::Error(error)) => Err(error),
    }
}

/// How a search ends without an answer.
pub(crate) enum Dead {
    /// Contradicting information.
    Impossible(Rc<[Rc<Information>]>),
    /// Anything else.
    Error(ResolveError),
}

impl<E: Into<ResolveError>> From<E> for Dead {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// What came of trying to pin a node.
enum Pinned {
    /// These nodes have another criterion or pin now.
    Changed(Vec<NodeId>),
    /// The criteria that failed.
    Failed(Vec<Rc<Criterion>>),
}

/// What came of trying one requirement or candidate.
enum Outcome<T> {
    Fits(T),
    /// The criterion for which nothing is left.
    Conflict(Rc<Criterion>),
}

/// A search in progress.
pub(crate) struct Search<'f, 'p> {
    pub(crate) factory: &'f mut Factory<'p>,
    /// The last is the current one.
    pub(crate) states: Vec<State>,
    /// Whether unrelated pins are skipped while jumping back.
    pub(crate) optimistic: bool,
    /// The states before the first such skip.
    pub(crate) saved: Option<Vec<State>>,
    /// Notes for those who want to know why; none as a rule.
    pub(crate) watch: Option<Watch>,
    preference: Preference,
    /// What the current state leaves to be done.
    agenda: Agenda,
    failures: Failures,
    rejections: HashMap<NodeId, u32>,
    rejected: u32,
    rounds: u32,
    max_rounds: u32,
}

impl<'f, 'p> Search<'f, 'p> {
    pub(crate) fn new(factory: &'f mut Factory<'p>, max_rounds: u32) -> Self {
        Self {
            factory,
            states: vec![State::default()],
            optimistic: true,
            saved: None,
            watch: None,
            preference: Preference::default(),
            agenda: Agenda::default(),
            failures: Failures::default(),
            rejections: HashMap::new(),
            rejected: 0,
            rounds: 0,
            max_rounds,
        }
    }

    /// The final state, with the notes, rounds and rejections that led to it.
    pub(crate) fn finish(mut self) -> (State, Option<Watch>, u32, u32) {
        let state = self.states.pop().unwrap_or_default();
        (state, self.watch, self.rounds, self.rejected)
    }

    /// Searches until every criterion is satisfied.
    pub(crate) fn run(
        &mut self,
        roots: &[Rc<Demand>],
        goes_on: &dyn Fn(u32) -> bool,
    ) -> Result<(), Dead> {
        for root in roots {
            let mut criteria = self.state().criteria.clone();
            match self.add(&mut criteria, root, None)? {
                Outcome::Fits(()) => self.state_mut().criteria = criteria,
                Outcome::Conflict(criterion) => {
                    return Err(Dead::Impossible(criterion.information.as_slice().into()));
                }
            }
        }
        self.push();
        self.look_at_all();

        // The first round after a save starts the optimistic part; it may use a tenth of the rest.
        let mut optimistic_until = None;
        for round in 0..self.max_rounds {
            self.rounds = round + 1;
            if !goes_on(round) {
                break;
            }
            if self.optimistic && self.saved.is_some() {
                let until =
                    *optimistic_until.get_or_insert_with(|| round + (self.max_rounds - round) / 10);
                if round >= until {
                    self.roll_back();
                    self.look_at_all();
                    continue;
                }
            }
            let state = self.states.last().expect("there is always a state");
            let next = self.preference.next(&mut self.agenda, state, self.factory);
            let Some(node) = next else { return Ok(()) };
            match self.pin(node)? {
                Pinned::Changed(changed) => {
                    self.forget_stale(&changed);
                    self.push();
                }
                Pinned::Failed(failures) => {
                    self.resolve_conflict(&causes_of(&failures))?;
                    self.look_at_all();
                }
            }
        }
        Err(ResolveError::TooDeep.into())
    }

    pub(crate) fn state(&self) -> &State {
        self.states.last().expect("there is always a state")
    }

    pub(crate) fn state_mut(&mut self) -> &mut State {
        self.states.last_mut().expect("there is always a state")
    }

    pub(crate) fn push(&mut self) {
        let copy = self.state().clone();
        self.states.push(copy);
    }

    /// Back to the saved states, and no skipping from now on.
    pub(crate) fn roll_back(&mut self) {
        self.optimistic = false;
        if let Some(saved) = self.saved.take() {
            self.states = saved;
        }
    }

    /// Jumps back from a conflict, or gives up.
    fn resolve_conflict(&mut self, causes: &Rc<[Rc<Information>]>) -> Result<(), Dead> {
        let jumped = self.backjump(causes)?;
        if !jumped && self.optimistic && self.saved.is_some() {
            self.roll_back();
            return Ok(());
        }
        if !jumped {
            return Err(Dead::Impossible(Rc::clone(causes)));
        }
        self.state_mut().causes = Rc::clone(causes);
        Ok(())
    }

    /// Works out which nodes have no satisfying pin.
    fn look_at_all(&mut self) {
        let mut agenda = std::mem::take(&mut self.agenda);
        let criteria = self.state().criteria.iter();
        let unsatisfied = criteria.filter(|(node, criterion)| !self.is_satisfied(*node, criterion));
        agenda.begin(unsatisfied.map(|(node, _)| node));
        self.agenda = agenda;
    }

    fn is_satisfied(&self, node: NodeId, criterion: &Criterion) -> bool {
        let Some(pin) = self.state().pins.get(node) else {
            return false;
        };
        if let Some((judged, verdict)) = criterion.judged.get()
            && judged == pin.id
        {
            return verdict;
        }
        let verdict = criterion
            .information
            .iter()
            .all(|information| self.factory.satisfies(&information.demand, pin));
        criterion.judged.set(Some((pin.id, verdict)));
        verdict
    }

    /// Adds one requirement to the criteria; on conflict they stay as they are.
    fn add(
        &mut self,
        criteria: &mut Criteria,
        demand: &Rc<Demand>,
        parent: Option<&Rc<Candidate>>,
    ) -> Result<Outcome<()>, ResolveError> {
        let node = demand.node;
        let information =
            Rc::new(Information { demand: Rc::clone(demand), parent: parent.cloned() });
        let incompatible =
            criteria.get(node).map(|criterion| criterion.incompatible.clone()).unwrap_or_default();
        let candidates = self.factory.find(node, criteria, Some(&information), &incompatible)?;
        let mut all = criteria.information(node).to_vec();
        all.push(information);
        let any = candidates.any(self.factory)?;
        let criterion = Criterion::new(candidates, all, incompatible);
        if !any {
            return Ok(Outcome::Conflict(criterion));
        }
        criteria.set(node, criterion);
        Ok(Outcome::Fits(()))
    }

    /// Pins the first candidate whose dependencies fit.
    fn pin(&mut self, node: NodeId) -> Result<Pinned, ResolveError> {
        let criterion = self.state().criteria.get(node).cloned();
        let Some(criterion) = criterion else {
            return Ok(Pinned::Changed(Vec::new()));
        };
        let mut failures = Vec::new();
        let mut walk = criterion.candidates.walk();
        while let Some(candidate) = walk.next(self.factory)? {
            match self.with_dependencies(&candidate)? {
                Outcome::Conflict(criterion) => {
                    self.report_rejection(&candidate, &criterion);
                    failures.push(criterion);
                }
                Outcome::Fits((criteria, mut changed)) => {
                    self.factory
                        .say(&Event::Pinned { name: &candidate.name, version: &candidate.version });
                    let state = self.state_mut();
                    state.criteria = criteria;
                    state.pins.pin(node, candidate);
                    changed.push(node);
                    return Ok(Pinned::Changed(changed));
                }
            }
        }
        // A list that gives nothing at all fails nothing, and pins nothing.
        Ok(if failures.is_empty() { Pinned::Changed(Vec::new()) } else { Pinned::Failed(failures) })
    }

    /// The criteria as they become with a candidate's dependencies, and the nodes of the new ones.
    fn with_dependencies(
        &mut self,
        candidate: &Rc<Candidate>,
    ) -> Result<Outcome<(Criteria, Vec<NodeId>)>, ResolveError> {
        let before = self.state().criteria.clone();
        if let Some(criterion) = self.failures.again(candidate, &before) {
            return Ok(Outcome::Conflict(criterion));
        }
        let activity = self.factory.activity();
        let mut met = Vec::new();
        let mut criteria = before.clone();
        let steps = self.factory.steps(candidate);
        for step in steps.iter() {
            for demand in self.factory.take_step(step, candidate)?.iter() {
                met.extend([demand.node, self.factory.nodes.get(demand.node).base]);
                if let Outcome::Conflict(criterion) =
                    self.add(&mut criteria, demand, Some(candidate))?
                {
                    // What was said or asked for would be said and asked for again.
                    if self.factory.activity() == activity {
                        self.failures.note(candidate, &before, &met, &criterion);
                    }
                    return Ok(Outcome::Conflict(criterion));
                }
            }
        }
        Ok(Outcome::Fits((criteria, met)))
    }

    /// What was satisfied before the pin and is not any more loses what it required of others.
    /// `changed` are the nodes whose criterion or pin is another one now.
    fn forget_stale(&mut self, changed: &[NodeId]) {
        let mut stale = Vec::new();
        for node in changed {
            let now = self.states.last().expect("there is always a state");
            let Some(criterion) = now.criteria.get(*node) else { continue };
            if self.is_satisfied(*node, criterion) {
                self.agenda.remove(*node);
                continue;
            }
            if !self.agenda.contains(*node) && now.pins.get(*node).is_some() {
                stale.push(*node);
            }
            self.agenda.insert(*node, || self.preference.key(*node, now, self.factory));
        }
        if stale.is_empty() {
            return;
        }
        let criteria = &mut self.state_mut().criteria;
        for node in criteria.nodes().iter() {
            let Some(criterion) = criteria.get(*node) else {
                continue;
            };
            let kept = |information: &&Rc<Information>| {
                let parent = information.parent.as_ref();
                parent.is_none_or(|parent| !stale.contains(&parent.node))
            };
            let information: Vec<_> = criterion.information.iter().filter(kept).cloned().collect();
            if information.len() < criterion.information.len() {
                let candidates = criterion.candidates.clone();
                let incompatible = criterion.incompatible.clone();
                criteria.set(*node, Criterion::new(candidates, information, incompatible));
            }
        }
        self.look_at_all();
    }

    fn report_rejection(&mut self, candidate: &Rc<Candidate>, criterion: &Criterion) {
        self.rejected += 1;
        if let Some(watch) = &mut self.watch {
            watch.turned_down(candidate, &criterion.information);
        }
        let count = self.rejections.entry(candidate.node).or_default();
        *count += 1;
        if matches!(*count, 2 | 8 | 13) {
            let rejected = *count;
            self.factory.say(&Event::Backtracking { name: &candidate.name, rejected });
        }
        let conflict = explanation::Conflict::new(self.factory, candidate, criterion);
        self.factory.say(&Event::Rejected { candidate: &**candidate, conflict: &conflict });
    }
}

/// The information of failed criteria, each once.
fn causes_of(failures: &[Rc<Criterion>]) -> Rc<[Rc<Information>]> {
    let mut seen = std::collections::HashSet::new();
    failures
        .iter()
        .flat_map(|criterion| &criterion.information)
        .filter(|information| seen.insert(Rc::as_ptr(information)))
        .cloned()
        .collect()
}
