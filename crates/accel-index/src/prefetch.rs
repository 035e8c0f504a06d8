//! Fetching beforehand: threads that ask the questions that will be asked soon.
//!
//! What they find is remembered by the very memos that answer the real question, so they change
//! when something arrives and never what it is.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use accel_types::link::Link;
use accel_types::name::PackageName;

use crate::index::Shared;
use crate::memo::locked;
use crate::settings::Lookup;

/// Threads at once; they mostly wait for answers.
const THREADS: usize = 16;

/// One question.
pub(crate) enum Task {
    Links(PackageName, Lookup),
    Metadata(Link),
}

#[derive(Default)]
pub(crate) struct Prefetch {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Task>,
    threads: usize,
}

impl Prefetch {
    /// Queues tasks and sees to it that enough threads work on them.
    pub(crate) fn start(shared: &Arc<Shared>, tasks: Vec<Task>) {
        let mut queue = locked(&shared.prefetch.queue);
        queue.tasks.extend(tasks);
        while queue.threads < THREADS.min(queue.tasks.len()) {
            // A thread must not keep alive what nobody else wants any more.
            let weak = Arc::downgrade(shared);
            let work = move || {
                while let Some(shared) = weak.upgrade() {
                    let Some(task) = next(&shared) else { return };
                    task.ask(&shared);
                }
            };
            let spawned = std::thread::Builder::new().name("prefetch".to_owned()).spawn(work);
            if spawned.is_err() {
                // Without threads everything is fetched when it is asked for.
                break;
            }
            queue.threads += 1;
        }
    }
}

/// The next task; a thread that gets none has ended.
fn next(shared: &Shared) -> Option<Task> {
    let mut queue = locked(&shared.prefetch.queue);
    let task = queue.tasks.pop_front();
    if task.is_none() {
        queue.threads -= 1;
    }
    task
}

impl Task {
    fn ask(self, shared: &Shared) {
        match self {
            Self::Links(project, lookup) => drop(shared.project(&project, lookup)),
            Self::Metadata(link) => drop(shared.metadata(&link)),
        }
    }
}
